"""What is counted in many draws: how often each outcome came, and how often two draws were alike."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from plugins.checks.chances import Reason, Tallies

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from plugins.checks.draws import Law

    Array = NDArray[Any]

SHARES = Reason(
    "other probabilities",
    "Count what comes in many draws yourself, and compare with how probable it should be; then look at each step.",
)
BY_GENERATOR = Reason(
    "generator not used",
    "Draw with the generator that is passed: a seed set inside the function, or a result without any chance in it, is "
    "the same in every call.",
)
ANEW = Reason(
    "draws not independent",
    "Each entry needs a draw of its own: ask the generator for as many as the result has entries, and use none of them "
    "twice; nor may draws be sorted, or be drawn without putting back.",
)
IN_ALL = Reason(
    "a fixed number",
    "Each entry is left to chance by itself, so that how many there are in all is left to chance, too.",
)
MOST_COUNTS = 100_000
"""Where there are more counts than this of one kind, that kind is left out."""


def shares(law: Law, outcomes: Array) -> Iterator[Tallies]:
    """Yield how often each outcome came, for all entries and for those with one distribution.

    outcomes (R, *entries)
    """
    calls, (groups, count) = len(outcomes), law.rows.shape
    sizes = np.bincount(law.row.ravel(), minlength=groups)
    group_of = np.broadcast_to(law.row, outcomes.shape)
    came = np.bincount((group_of * count + outcomes).ravel(), minlength=groups * count).reshape(groups, count)
    pooled = (sizes[:, None] * law.rows).sum(axis=0) / sizes.sum()
    whole = np.full(count, outcomes.size)
    yield Tallies(came.sum(axis=0), whole, pooled, lambda k: (law.name(k), ""), SHARES)
    if groups > 1 and groups * count <= MOST_COUNTS:
        trials = np.repeat(calls * sizes, count)

        def say(i: int) -> tuple[str, str]:
            return law.name(i % count), _of_group(law, i // count)

        yield Tallies(came.ravel(), trials, law.rows.ravel(), say, SHARES)


def _of_group(law: Law, group: int) -> str:
    place = tuple(int(index) for index in np.argwhere(law.row == group)[0])
    return law.where(place) + (" and wherever it is as probable" if (law.row == group).sum() > 1 else "")


def at_each_place(law: Law, outcomes: Array) -> Iterator[Tallies]:
    """Yield how often each outcome came at each place of a result."""
    count, entries = law.rows.shape[1], law.row.size
    if not 1 < entries <= MOST_COUNTS // count:
        return
    at = np.arange(entries) * count + outcomes.reshape(len(outcomes), entries)
    came = np.bincount(at.ravel(), minlength=entries * count)

    def say(i: int) -> tuple[str, str]:
        place = tuple(int(index) for index in np.unravel_index(i // count, law.row.shape))
        return law.name(i % count), law.where(place)

    yield Tallies(came, np.full(came.shape, len(outcomes)), law.rows[law.row.ravel()].ravel(), say, SHARES)


def repeats(law: Law, outcomes: Array) -> Iterator[Tallies]:
    """Yield how often neighbours are alike: from call to call, then along each axis of a result.

    Each draw is in one pair of a count at most, so that pairs are independent of each other.
    """
    alike = law.rows @ law.rows.T
    for axis in range(outcomes.ndim):
        for first in (0, 1):
            one, other = _pairs(outcomes, axis, first)
            if one.size:
                row = np.broadcast_to(law.row, outcomes.shape)
                chance = alike[_pairs(row, axis, first)]
                came = np.array([np.count_nonzero(one == other)])
                reason = BY_GENERATOR if axis == 0 and came == one.size else ANEW
                share = np.array([chance.mean()])
                yield Tallies(came, np.array([one.size]), share, partial(_neighbours, axis), reason)


def totals(law: Law, outcomes: Array) -> Iterator[Tallies]:
    """Yield how often two calls in a row have an outcome equally often: who hands out a fixed number always does.

    Only where all entries have one distribution, and the outcome looked at is the one that is nearest to a coin's toss.
    """
    entries = law.row.size
    if len(law.rows) > 1 or entries < 2:
        return
    outcome = int(np.abs(law.rows[0] - 0.5).argmin())
    often = (outcomes == outcome).reshape(len(outcomes), entries).sum(axis=1)
    chance = float((_binomial(entries, float(law.rows[0, outcome])) ** 2).sum())
    for first in (0, 1):
        one, other = _pairs(often, 0, first)
        came = np.array([np.count_nonzero(one == other)])
        if one.size:
            say = partial(_as_often, law.name(outcome))
            yield Tallies(came, np.array([one.size]), np.array([chance]), say, IN_ALL)


def _binomial(trials: int, share: float) -> Array:
    """Return how probable each count from 0 to the number of trials is."""
    if not 0 < share < 1:
        return np.array([1.0])
    logarithms = [math.lgamma(n + 1) for n in range(trials + 1)]
    ways = logarithms[-1] - np.array(logarithms) - np.array(logarithms[::-1])
    came = np.arange(trials + 1)
    probable: Array = np.exp(ways + came * math.log(share) + (trials - came) * math.log1p(-share))
    return probable


def _as_often(name: str, _: int) -> tuple[str, str]:
    return name, " equally often in two calls"


def _pairs(array: Array, axis: int, first: int) -> tuple[Array, Array]:
    pairs = (array.shape[axis] - first) // 2
    one = np.arange(pairs) * 2 + first
    return np.take(array, one, axis), np.take(array, one + 1, axis)


def _neighbours(axis: int, _: int) -> tuple[str, str]:
    if axis == 0:
        return "the same outcome", " at the same place of two calls, with generators of different seeds"
    return "the same outcome", f" at two neighbours along axis {axis - 1} of the result"
