"""Reading what was drawn: which of the possible outcomes each entry of a result is, and how probable each was."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.compare import Difference, kind_of, plain, shown
from plugins.checks.chances import distance_from_uniform, surprise_of_distance

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Array = NDArray[Any]

BINS = 10
"""Into so many equally probable pieces a continuous law is cut, to see whether draws follow on one another."""


@dataclass(frozen=True)
class Law:
    """What may be drawn: for each entry of a result, the probability of each of the outcomes 0 to K - 1.

    `rows` (g, K) are the distributions that differ, `row` (*entries) says which of them an entry has; `read` turns one
    result into outcomes (*entries), or says why it cannot be one. `name` says what an outcome is, `where` which entry.
    A normal law has its mean and deviation (*entries); there `read` returns entries brought to mean 0 and deviation 1.
    """

    rows: Array
    row: Array
    read: Callable[[Any], Array | Difference]
    name: Callable[[int], str]
    where: Callable[[tuple[int, ...]], str]
    normal: tuple[Array, Array] | None = None


def numbers(chances: Array, shape: tuple[int, ...]) -> Law:
    """Return the law of whole numbers: `chances` (K,) for every entry alike, or (*shape, K) for each its own."""
    rows, row = _distributions(chances, shape)
    count = rows.shape[1]

    def read(result: Any) -> Array | Difference:
        drawn = np.asarray(result)
        with np.errstate(invalid="ignore"):
            whole = drawn.astype(np.int64)
        wrong = (whole != drawn) | (whole < 0) | (whole >= count)
        if wrong.any():
            return _impossible(drawn, wrong, f"a whole number from 0 to {count - 1}")
        return whole

    return Law(rows, row, read, lambda outcome: f"the number {outcome}", _at)


def choices(values: Array, chances: Array, shape: tuple[int, ...], relative: float) -> Law:
    """Return the law of entries that are one of a few values, (*shape, K), with the probabilities `chances`."""
    count = values.shape[-1]
    values = np.broadcast_to(values, (*shape, count))
    chances = _merged(values, np.broadcast_to(chances, (*shape, count)))
    rows, row = _distributions(chances, shape)

    def read(result: Any) -> Array | Difference:
        drawn = np.asarray(result)[..., None]
        fits = np.abs(drawn - values) <= 1e-12 + relative * np.abs(values)
        fits &= chances > 0
        wrong = ~fits.any(axis=-1)
        if wrong.any():
            possible = values[tuple(np.argwhere(wrong)[0])]
            return _impossible(drawn[..., 0], wrong, " or ".join(shown(float(value)) for value in np.unique(possible)))
        outcomes: Array = fits.argmax(axis=-1)
        return outcomes

    names = _names_of_choices(values)
    return Law(rows, row, read, lambda outcome: names[outcome], _at)


def _names_of_choices(values: Array) -> list[str]:
    """Return what each choice is called: by its value, where that is the same for every entry."""
    own = [np.unique(values[..., k]) for k in range(values.shape[-1])]
    fixed = " or ".join(shown(float(each[0])) for each in own if len(each) == 1)
    others = f"a value other than {fixed}" if fixed else "one of the possible values"
    return [f"the value {shown(float(each[0]))}" if len(each) == 1 else others for each in own]


def _merged(values: Array, chances: Array) -> Array:
    """Return the chances with those of equal values added up at the first of them."""
    merged = np.zeros(values.shape)
    for k in range(values.shape[-1]):
        first = (values == values[..., k : k + 1]).argmax(axis=-1)[..., None]
        np.put_along_axis(merged, first, np.take_along_axis(merged, first, -1) + chances[..., k : k + 1], -1)
    return merged


def subset(items: Array, chances: Array, random: np.random.Generator) -> Law:
    """Return the law of which items are kept, each with its own chance, those that are alike with the same.

    Of items that are alike a result does not say which ones were kept; which, is then drawn here, which leaves each as
    probable and as independent as it was. So entries are the items in the order of their kind.
    """
    order = np.argsort(items, kind="stable")
    kinds, counts = np.unique(items, return_counts=True)
    chance = chances[order]
    rows, row = _distributions(np.stack([1.0 - chance, chance], axis=-1), items.shape)
    if len(np.unique(np.stack([items[order], chance]), axis=1).T) != len(kinds):
        raise ValueError("items that are alike must be kept with the same chance")

    def read(result: Any) -> Array | Difference:
        kept = np.asarray(result)
        strange = _not_in_order(items, kept)
        if strange is not None:
            return strange
        found = dict(zip(*np.unique(kept, return_counts=True), strict=True))
        places = [random.permutation(np.arange(n) < found.get(kind, 0)) for kind, n in zip(kinds, counts, strict=True)]
        return np.concatenate([np.zeros(0, dtype=bool), *places]).astype(np.int64)

    def name(outcome: int) -> str:
        return "an item that was kept" if outcome else "an item that was left out"

    return Law(rows, row, read, name, lambda place: f", where it is {shown(items[order][place])},")


def _not_in_order(items: Array, kept: Array) -> Difference | None:
    left = iter(items.tolist())
    for place, item in enumerate(kept.tolist()):
        if item not in left:
            where = f"the result[{place}]"
            left_over = "of which the input has none left: what is kept stays in its order, and comes no more than once"
            problem = f"{where} is {shown(item)}, {left_over}."
            return Difference(where, problem, shown(item), "the items that were kept, in their order")
    return None


def normal_law(mean: Array, deviation: Array, shape: tuple[int, ...], random: np.random.Generator) -> Law:
    """Return the normal law; outcomes are the pieces of equal probability that an entry falls into.

    An entry without deviation is certain: it must be its mean, and is then drawn here, so that it is as any other.
    """
    mean, deviation = (np.broadcast_to(np.asarray(part, dtype=float), shape) for part in (mean, deviation))
    certain = deviation == 0
    if not (deviation >= 0).all() or certain.all():
        raise ValueError("a normal law must have deviations larger than zero, and none below")

    def read(result: Any) -> Array | Difference:
        drawn = np.asarray(result, dtype=float)
        if not np.isfinite(drawn).all():
            return _impossible(drawn, ~np.isfinite(drawn), "a number")
        wrong = certain & (np.abs(drawn - mean) > 1e-9 + 1e-6 * np.abs(mean))
        if wrong.any():
            return _impossible(drawn, wrong, shown(float(mean[wrong][0])))
        return np.where(certain, random.standard_normal(shape), (drawn - mean) / np.where(certain, 1.0, deviation))

    rows, row = _distributions(np.full(BINS, 1.0 / BINS), shape)
    return Law(rows, row, read, lambda outcome: f"piece {outcome + 1} of {BINS}", _at, (mean, deviation))


def shares_below(standard: Array) -> Array:
    """Return for standard normal numbers how probable a smaller one is."""
    root = math.sqrt(2.0)
    return np.array([0.5 * math.erfc(-z / root) for z in standard.ravel().tolist()]).reshape(standard.shape)


def in_bins(places: Array) -> Array:
    """Return the piece of equal probability that each share belongs to."""
    return np.minimum((places * BINS).astype(np.int64), BINS - 1)


@dataclass(frozen=True)
class Curve:
    """Draws from a normal law: `standard` (R, *entries) are brought to the mean 0 and the standard deviation 1."""

    standard: Array
    mean: Array
    deviation: Array

    @property
    def surprise(self) -> float:
        """How far all of them together are from a normal curve."""
        places = np.sort(shares_below(self.standard), axis=None)
        return surprise_of_distance(distance_from_uniform(places), len(places))

    @property
    def farthest(self) -> tuple[int, ...]:
        """The entry whose mean or standard deviation is most wrong."""
        off = np.maximum(np.abs(self.standard.mean(axis=0)), np.abs(self.standard.std(axis=0) - 1.0))
        return tuple(int(index) for index in np.unravel_index(int(off.argmax()), off.shape))

    def at(self, place: tuple[int, ...]) -> tuple[Array, float, float]:
        """Return what was drawn for an entry, and the mean and standard deviation that it should have."""
        mean, deviation = float(self.mean[place]), float(self.deviation[place])
        drawn: Array = mean + deviation * np.moveaxis(self.standard, 0, -1)[place]
        return drawn, mean, deviation


def _distributions(chances: Array, shape: tuple[int, ...]) -> tuple[Array, Array]:
    """Return the distributions that differ, and for each entry which of them it has."""
    chances = np.asarray(chances, dtype=float)
    if not (chances >= 0).all() or not np.allclose(chances.sum(axis=-1), 1.0, atol=1e-8):
        raise ValueError("the probabilities of what may be drawn must not be negative, and sum to one")
    if chances.ndim == 1:
        return chances[None], np.zeros(shape, dtype=np.int64)
    each = np.broadcast_to(chances, (*shape, chances.shape[-1])).reshape(-1, chances.shape[-1])
    rows, row = np.unique(each, axis=0, return_inverse=True)
    return rows, row.reshape(shape)


def _at(place: tuple[int, ...]) -> str:
    return f" at the result[{', '.join(map(str, place))}]" if place else ""


def _impossible(drawn: Array, wrong: Array, possible: str) -> Difference:
    place = tuple(int(index) for index in np.argwhere(wrong)[0])
    where = f"the result[{', '.join(map(str, place))}]" if place else "the result"
    have = shown(drawn[place])
    return Difference(where, f"{where} is {have}, where only {possible} can come.", have, possible)


def wrong_form(got: Any, expected: Any, *, any_length: bool) -> Difference | None:
    """Return why a result is no array of numbers of the expected shape, or for a subset, of one axis."""
    got, wanted = plain(got), np.shape(plain(expected))
    drawn = np.asarray(got) if isinstance(got, (int, float, np.ndarray, np.generic)) else None
    if drawn is None or drawn.dtype.kind not in "biuf":
        return Difference("the result", f"the result is {kind_of(got)}, expected numbers.", kind_of(got), "numbers")
    if (any_length and drawn.ndim == 1) or drawn.shape == wanted:
        return None
    want = "one axis" if any_length else f"shape {wanted}"
    return Difference("the result", f"the result has shape {drawn.shape}, expected {want}.", str(drawn.shape), want)
