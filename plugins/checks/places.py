"""Causes that are seen in where numbers stand: axes, order, borders, entries that lie in another's place."""

from __future__ import annotations

from collections import Counter
from functools import partial
from itertools import permutations
from typing import TYPE_CHECKING, Any

import numpy as np

from plugins.checks.parts import Clue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from plugins.checks.parts import Explanation, Looked, Part, Seen

MOST_AXES = 4
LONG_ENOUGH = 4
"""Along a shorter axis a border is too large a part of the whole to be told from it."""


def transposed(part: Part) -> Iterator[Clue]:
    """The right numbers lie along other axes."""
    for order in list(permutations(range(_axes(part))))[1:]:
        if part.fits(partial(_with_axes, order=order)):
            how = "transposed" if len(order) == 2 else "with its axes in another order"
            yield Clue("transposed axis", f"{part.words} has the right numbers, but {how}.")


def _with_axes(seen: Seen, order: tuple[int, ...]) -> Looked:
    return seen.got, seen.expected.transpose(order), seen.expected


def turned_shape(part: Part) -> Iterator[Clue]:
    """Every shape is the right one with its axes in another order, whatever the numbers are."""
    telling = [seen for seen in part.seen if len(set(seen.expected.shape)) == seen.expected.ndim > 1]
    for order in list(permutations(range(_axes(part))))[1:]:
        turned = all(seen.got.shape == tuple(seen.expected.shape[axis] for axis in order) for seen in part.seen)
        if turned and len({seen.expected.shape for seen in telling}) > 1:
            yield Clue("transposed axis", f"{part.words} has its axes in another order than is asked for.")


def only_ones(part: Part) -> Iterator[Clue]:
    """No more than axes of length one differ."""
    if not part.aligned and part.fits(_squeezed):
        yield Clue(
            "an axis of length 1", f"{part.words} has the right numbers; only axes of length 1 are missing or added."
        )


def _squeezed(seen: Seen) -> Looked:
    got, expected = ([n for n in each.shape if n != 1] for each in (seen.got, seen.expected))
    return (seen.got.reshape(seen.expected.shape), seen.expected, None) if got == expected else None


def one_too_many_or_few(part: Part) -> Iterator[Clue]:
    """An entry at one end is missing, or was not asked for."""
    for axis in range(_axes(part)):
        for longer in (True, False):
            for first in (True, False):
                if part.fits(partial(_without_one, axis=axis, longer=longer, first=first)):
                    where = "before the first" if first else "after the last"
                    what = f"one entry more {where}" if longer else f"all but the {'first' if first else 'last'} entry"
                    yield Clue("off by one", f"{part.words} has {what} along axis {axis}; the others are right.")


def _without_one(seen: Seen, axis: int, *, longer: bool, first: bool) -> Looked:
    more, less = (seen.got, seen.expected) if longer else (seen.expected, seen.got)
    if more.shape != tuple(n + (a == axis) for a, n in enumerate(less.shape)):
        return None
    kept = _cut(more, axis, int(first), more.shape[axis] - (not first))
    left, right = (kept, less) if longer else (less, kept)
    return left, right, np.full(right.shape, np.nan)


def a_corner(part: Part) -> Iterator[Clue]:
    """The right entries are a part of what came back, at its beginning or end; or the other way round."""
    for longer in (True, False):
        for last in (False, True):
            if _axes(part) and part.fits(partial(_within, longer=longer, last=last)):
                where = "end" if last else "beginning"
                what = (
                    f"more than is asked for; its {where} is right"
                    if longer
                    else f"the {where} only of what is asked for"
                )
                yield Clue("another slice", f"{part.words} has {what}.")


def _within(seen: Seen, *, longer: bool, last: bool) -> Looked:
    more, less = (seen.got, seen.expected) if longer else (seen.expected, seen.got)
    if not less.size or any(a < b for a, b in zip(more.shape, less.shape, strict=True)):
        return None
    ends = zip(more.shape, less.shape, strict=True)
    kept = more[tuple(slice(a - b, a) if last else slice(0, b) for a, b in ends)]
    left, right = (kept, less) if longer else (less, kept)
    return left, right, right if more.shape == less.shape else np.full(right.shape, np.nan)


def shifted(part: Part) -> Iterator[Clue]:
    """Every entry is its neighbour's."""
    for axis in range(_axes(part)):
        for late in (True, False):
            if part.fits(partial(_neighbours, axis=axis, late=late)):
                which = "before" if late else "after"
                yield Clue(
                    "shifted by one",
                    f"{part.words} is shifted by one along axis {axis}: each entry is the one that belongs {which} it.",
                )


def _neighbours(seen: Seen, axis: int, *, late: bool) -> Looked:
    length = seen.got.shape[axis]
    ends = (0, max(length - 1, 0)), (min(1, length), length)
    here, there = reversed(ends) if late else ends
    return _cut(seen.got, axis, *here), _cut(seen.expected, axis, *there), _cut(seen.expected, axis, *here)


def border(part: Part) -> Iterator[Clue]:
    """Only the first or only the last entries are wrong."""
    for axis in range(_axes(part)):
        for last in (False, True):
            if part.fits(partial(_all_but, axis=axis, last=last)):
                empty = not any(seen.got[seen.wrong].any() for seen in part.seen)
                where, what = "last" if last else "first", "zero, as if never filled" if empty else "wrong"
                cause = "off by one" if empty else "the border"
                yield Clue(cause, f"Only the {where} entries of {part.words} along axis {axis} are {what}.")


def _all_but(seen: Seen, axis: int, *, last: bool) -> Looked:
    length = seen.got.shape[axis]
    inside = (0, max(length - 1, 0)) if last else (min(1, length), length)
    edge = (max(length - 1, 0), length) if last else (0, min(1, length))
    if _cut(seen.wrong, axis, *inside).any():
        return None
    shown = _cut(seen.wrong, axis, *edge) & (length >= LONG_ENOUGH)
    return np.zeros(shown.shape), np.zeros(shown.shape), shown.astype(float)


def turned_round(part: Part) -> Iterator[Clue]:
    """The order along an axis is the other way round."""
    for axis in range(_axes(part)):
        if part.fits(partial(_flipped, axis=axis)):
            yield Clue("order reversed", f"{part.words} has the right entries in reverse order along axis {axis}.")


def _flipped(seen: Seen, axis: int) -> Looked:
    return seen.got, np.flip(seen.expected, axis), seen.expected


def another_order(part: Part) -> Iterator[Clue]:
    """The rows are the right ones in an order that is not."""
    if _axes(part) in (1, 2) and part.fits(_sorted):
        yield Clue("another order", f"{part.words} has the right entries in another order.")


def _sorted(seen: Seen) -> Looked:
    right = _in_order(seen.expected)
    return _in_order(seen.got), right, np.where(seen.wrong, np.nan, right)


def _in_order(rows: Any) -> Any:
    return np.sort(rows) if rows.ndim == 1 else rows[np.lexsort(rows.T[::-1])]


def each_once(part: Part) -> Iterator[Clue]:
    """What occurs more than once is there but once."""
    if _axes(part) in (1, 2) and not part.aligned and part.fits(_without_repeats):
        yield Clue("repetition lost", f"{part.words} has each entry once, where some belong there more than once.")


def _without_repeats(seen: Seen) -> Looked:
    rows = np.unique(seen.expected, axis=0)
    if rows.shape != seen.got.shape:
        return None
    repeats = len(rows) < len(seen.expected)
    return _in_order(seen.got), _in_order(rows), np.full(rows.shape, np.nan) if repeats else _in_order(rows)


def some_only(part: Part) -> Iterator[Clue]:
    """All that is right is there and more, or a part of it."""
    for longer, cause, words in (
        (True, "some too many", "everything that is asked for, and more between"),
        (False, "some missing", "nothing that is wrong, but lacks some of what is asked for"),
    ):
        if _axes(part) in (1, 2) and not part.numbers and part.fits(partial(_among, longer=longer)):
            yield Clue(cause, f"{part.words} has {words}.")


def _among(seen: Seen, *, longer: bool) -> Looked:
    got, expected = (Counter(map(tuple, np.atleast_2d(each.T).T)) for each in (seen.got, seen.expected))
    apart = (expected - got) if longer else (got - expected)
    more = (got - expected) if longer else (expected - got)
    return np.zeros(1), np.full(1, float(bool(apart))), np.full(1, 1.0 if more else 0.0)


def one_everywhere(part: Part) -> Iterator[Clue]:
    """Every entry along an axis is the one at its end or beginning."""
    for axis in range(_axes(part)):
        for place, where in ((-1, "last"), (0, "first")):
            if part.fits(partial(_repeated, axis=axis, place=place)):
                yield Clue(f"always the {where}", f"Every entry of {part.words} along axis {axis} is the {where} one.")


def _repeated(seen: Seen, axis: int, place: int) -> Looked:
    if not seen.expected.size:
        return seen.got, seen.expected, seen.expected
    one = np.take(seen.expected, [place], axis)
    return seen.got, np.broadcast_to(one, seen.expected.shape), seen.expected


def diagonal(part: Part) -> Iterator[Clue]:
    """A square matrix is wrong on its diagonal alone."""
    if part.fits(partial(_only_in, region=np.eye)):
        yield Clue("the diagonal", f"{part.words} is wrong on its diagonal alone.")


def one_side(part: Part) -> Iterator[Clue]:
    """A square matrix is wrong above its diagonal alone, or below."""
    for region, where in ((_above, "above"), (_below, "below")):
        if part.fits(partial(_only_in, region=region)):
            yield Clue("one side only", f"{part.words} is wrong {where} its diagonal alone.")


def one_direction(part: Part) -> Iterator[Clue]:
    """A symmetric matrix has only one of its halves, or both halves in one."""
    for share, words in ((1.0, "the right answer"), (0.5, "twice the right answer")):
        if part.fits(partial(_with_transpose, share=share)):
            yield Clue("one side only", f"{part.words} and its transpose add up to {words}.")


def _with_transpose(seen: Seen, share: float) -> Looked:
    if seen.got.ndim != 2 or len(set(seen.got.shape)) != 1 or not np.array_equal(seen.expected, seen.expected.T):
        return None
    return share * (seen.got + seen.got.T), seen.expected, np.where(seen.wrong, np.nan, seen.expected)


def _above(size: int) -> Any:
    return np.triu(np.ones((size, size)), 1)


def _below(size: int) -> Any:
    return np.tril(np.ones((size, size)), -1)


def _only_in(seen: Seen, region: Any) -> Looked:
    """Look at what lies outside a region; of a small matrix that shows nothing."""
    if seen.got.ndim != 2 or len(set(seen.got.shape)) != 1:
        return None
    inside = region(len(seen.got)).astype(bool)
    outside = np.where(inside, 0.0, seen.expected)
    shown = np.where(inside & seen.wrong & (len(inside) >= LONG_ENOUGH), np.nan, outside)
    return np.where(inside, 0.0, seen.got), outside, shown


def repeated_indices(part: Part) -> Iterator[Clue]:
    """Just those rows are wrong whose index occurs more than once in an input."""
    for name in part.common(lambda seen: seen.arrays):
        if part.fits(partial(_of_repeated, name=name)):
            fact = (
                f"The rows of {part.words} that are wrong are just those whose index comes more than once in `{name}`."
            )
            yield Clue("repeated indices", fact)


def _of_repeated(seen: Seen, name: str) -> Looked:
    indices = seen.arrays[name]
    if not seen.got.ndim or not indices.size or not np.array_equal(indices, np.rint(indices)):
        return None
    found, counts = np.unique(indices.astype(int), return_counts=True)
    if found[0] < 0 or found[-1] >= len(seen.got):
        return None
    rows = np.zeros(len(seen.got))
    rows[found[counts > 1]] = 1.0
    wrong = seen.wrong.reshape(len(rows), -1).any(axis=1).astype(float)
    return wrong, rows, np.zeros(len(rows)) if (counts == 1).any() else rows


def _cut(array: Any, axis: int, start: int, stop: int) -> Any:
    return np.take(array, np.arange(start, stop), axis)


def _axes(part: Part) -> int:
    """Return how many axes the right answer has, if the student's has always as many and they are few."""
    counts = {each.ndim for seen in part.seen for each in (seen.got, seen.expected)}
    return counts.pop() if len(counts) == 1 and max(counts) <= MOST_AXES else 0


OF_FORM: tuple[Explanation, ...] = (transposed, only_ones, one_too_many_or_few, a_corner, each_once, some_only)
OF_ORDER: tuple[Explanation, ...] = (
    turned_round, shifted, border, one_everywhere, another_order, diagonal, one_side, one_direction,
    repeated_indices,
)  # fmt: skip
"""Those that need answers of the right shape."""
