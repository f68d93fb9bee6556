"""How surprising a count is: bounds on chance that hold for every number of trials, without any approximation.

A count of independent trials, whose probabilities need not be alike, is at least as far above (or below) its mean as
the one seen with a probability of at most exp(-n KL(seen share, expected share)): Chernoff's bound, for unlike trials
by W. Hoeffding, "Probability inequalities for sums of bounded random variables", JASA 1963. The largest distance
between the shares seen below each point and the right ones exceeds d with a probability of at most 2 exp(-2 n d^2):
P. Massart, "The tight constant in the Dvoretzky-Kiefer-Wolfowitz inequality", Annals of Probability 1990.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Array = NDArray[Any]

RATE = 1e-6
"""So often at most may one whole check fail a right function, over everything that it tests."""


@dataclass(frozen=True)
class Reason:
    """The kind of mistake by which a count goes wrong, and what helps."""

    cause: str
    hint: str


@dataclass(frozen=True)
class Tallies:
    """Counts of one kind: how often each came, in how many independent trials, and which share was expected.

    `say` puts the count with a given place in the arrays into a verdict's words, `reason` is why one may be wrong.
    """

    came: Array
    trials: Array
    share: Array
    say: Callable[[int], tuple[str, str]]
    reason: Reason

    def surprises(self) -> Array:
        """Return for each count minus the logarithm of a bound on its probability, on its side of the expectation."""
        seen = self.came / self.trials
        expected = np.clip(self.share, 0.0, 1.0)
        distance: Array = self.trials * (_part(seen, expected) + _part(1.0 - seen, 1.0 - expected))
        return distance


def _part(seen: Array, expected: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(seen > 0, seen * np.log(seen / expected), 0.0)


@dataclass(frozen=True)
class Found:
    """A count that chance does not explain: which of which tallies."""

    tallies: Tallies
    place: int

    @property
    def words(self) -> tuple[str, str]:
        """What was counted, and where."""
        return self.tallies.say(self.place)

    @property
    def trials(self) -> int:
        """In how many trials it was counted."""
        return int(self.tallies.trials[self.place])

    @property
    def seen(self) -> float:
        """The share that was seen."""
        return float(self.tallies.came[self.place] / self.tallies.trials[self.place])

    @property
    def expected(self) -> float:
        """The share that was expected."""
        return float(self.tallies.share[self.place])


def limit(tests: int, rate: float = RATE) -> float:
    """Return the surprise that none of so many tests, each on two sides, exceeds but with this probability in all."""
    return math.log(2 * max(tests, 1) / rate)


def tests_in(families: Sequence[Tallies]) -> int:
    """Return how many counts are tested."""
    return sum(family.came.size for family in families)


def beyond_chance(families: Sequence[Tallies], most: float) -> Found | None:
    """Return the most surprising count of the first family that has one beyond what is allowed."""
    for family in families:
        surprises = family.surprises()
        if surprises.size and not surprises.max() <= most:
            return Found(family, int(np.argmax(np.where(np.isnan(surprises), np.inf, surprises))))
    return None


def distance_from_uniform(sorted_places: Array) -> float:
    """Return the largest distance between the shares of numbers below each point and those of a uniform law."""
    n = len(sorted_places)
    above = np.arange(1, n + 1) / n - sorted_places
    below = sorted_places - np.arange(n) / n
    return float(max(above.max(initial=0.0), below.max(initial=0.0)))


def surprise_of_distance(distance: float, n: int) -> float:
    """Return minus the logarithm of the bound on such a distance, with the two sides counted by `limit`."""
    return 2.0 * n * distance * distance
