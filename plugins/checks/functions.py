"""Causes that are seen in what numbers went through: a function that is missing or another, or another axis."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from plugins.checks.parts import Clue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from plugins.checks.parts import Explanation, Looked, Part, Seen

    Function = Callable[[Any], Any]


def sigmoid(x: Any) -> Any:
    """Return 1 / (1 + exp(-x)) without an overflow."""
    return 0.5 + 0.5 * np.tanh(0.5 * x)


def softmax(scores: Any, axis: int) -> Any:
    """Return the softmax along an axis."""
    powers = np.exp(scores - np.max(scores, axis=axis, keepdims=True, initial=-np.inf))
    return powers / powers.sum(axis=axis, keepdims=True)


def by_sum(array: Any, axis: int) -> Any:
    """Return an array divided by its sum along an axis."""
    return array / array.sum(axis=axis, keepdims=True)


def by_norm(array: Any, axis: int) -> Any:
    """Return an array divided by the root of the sum of its squares along an axis."""
    return array / np.linalg.norm(array, axis=axis, keepdims=True)


NORMED = (
    (softmax, "softmax missing", "holds scores, and softmax along axis {} makes them right"),
    (by_sum, "not normalised", "becomes right when it is divided by its sum along axis {}"),
    (by_norm, "not normalised", "becomes right when it is divided by its norm along axis {}"),
)


def not_normalised(part: Part) -> Iterator[Clue]:
    """A softmax is missing, or a division by a sum or a norm is missing or divides by something else."""
    for axis in range(min(seen.expected.ndim for seen in part.seen)):
        for function, cause, words in NORMED:
            if part.fits(partial(_brought, function=partial(function, axis=axis), axis=axis)):
                if function is by_sum and all(seen.same(seen.got.sum(), np.ones(())) for seen in part.seen):
                    fact = f"{part.words} is divided by the sum of all its entries, not by each sum along axis {axis}."
                    yield Clue("wrong axis", fact)
                yield Clue(cause, f"{part.words} {words.format(axis)}.")


def _brought(seen: Seen, function: Function, axis: int | None = None) -> Looked:
    """Look at what a function makes of the student's answer; an overflow hides that, an axis of length 1 as well."""
    made = function(seen.got)
    hidden = ~np.isfinite(made) & np.isfinite(seen.expected) & ~np.isfinite(seen.got).all()
    shows = seen.wrong & ~hidden & (axis is None or seen.got.shape[axis] > 1)
    return np.where(hidden, seen.expected, made), seen.expected, np.where(shows, np.nan, seen.expected)


def softmax_over_another_axis(part: Part) -> Iterator[Clue]:
    """Entries sum to one along another axis than they should, and are otherwise in the right proportions."""
    axes = range(min(seen.expected.ndim for seen in part.seen))
    for wanted in axes:
        for used in axes:
            if wanted != used and part.fits(partial(_proportions, wanted=wanted, used=used)):
                yield Clue(
                    "wrong axis", f"{part.words} sums to 1 along axis {used}, where it should along axis {wanted}."
                )


def _proportions(seen: Seen, wanted: int, used: int) -> Looked:
    got, expected = seen.got, seen.expected
    if not (got > 0).all() or not (expected > 0).all():
        return None
    sums = got.sum(axis=used), expected.sum(axis=wanted)
    if not all(seen.same(each, np.ones_like(each)) for each in sums):
        return None
    ratio = np.log(got) - np.log(expected)
    centred = ratio - ratio.mean(axis=wanted, keepdims=True)
    return (
        centred - centred.mean(axis=used, keepdims=True),
        np.zeros(got.shape),
        np.where(abs(centred) > 1e-6, 1.0, 0.0),
    )


def not_summed(part: Part) -> Iterator[Clue]:
    """A sum or mean along an axis is missing."""
    for axis in range(min(seen.got.ndim for seen in part.seen)):
        for function, words in ((np.sum, "summed"), (np.mean, "averaged")):
            if part.fits(partial(_summed, function=function, axis=axis)):
                yield Clue("sum missing", f"{part.words} becomes right when it is {words} along axis {axis}.")


def _summed(seen: Seen, function: Callable[..., Any], axis: int) -> Looked:
    if seen.got.ndim != seen.expected.ndim + 1 or not seen.got.size:
        return None
    made = function(seen.got, axis=axis)
    return made, seen.expected, seen.expected if seen.got.shape[axis] == 1 else np.full(seen.expected.shape, np.nan)


def same_total(part: Part) -> Iterator[Clue]:
    """The shape is another, but all entries add up to the same."""
    if not part.aligned and not part.whole and part.fits(_total):
        yield Clue("wrong axis", f"{part.words} has the right total, but was summed over other axes than it should be.")


def _total(seen: Seen) -> Looked:
    """Look at a total; that of probabilities is a whole number whatever they are, and shows nothing."""
    total = seen.expected.sum()
    shows = seen.got.size != seen.expected.size and abs(total - np.rint(total)) > 1e-6
    return seen.got.sum(), total, np.nan if shows else total


MISSING: tuple[tuple[Function, str, str], ...] = (
    (np.sqrt, "root missing", "is the square of what was expected"),
    (np.square, "square missing", "is the root of what was expected"),
    (np.log, "logarithm missing", "is what the logarithm was to be taken of"),
    (np.exp, "exponential missing", "is the logarithm of what was expected"),
    (np.tanh, "activation missing", "did not go through tanh"),
    (sigmoid, "activation missing", "did not go through a sigmoid"),
    (
        partial(np.maximum, 0.0),
        "negative numbers",
        "has negative numbers where 0 was expected, and is right elsewhere",
    ),
)
"""What would make the student's answer right."""

INSTEAD: tuple[tuple[Function, str, str], ...] = (
    (lambda x: 1.0 - x, "complement", "is 1 minus what was expected"),
    (np.reciprocal, "reciprocal", "is 1 divided by what was expected"),
    (lambda x: sigmoid(np.arctanh(x)), "another activation", "went through a sigmoid in the place of tanh"),
    (lambda x: np.tanh(np.log(x / (1 - x))), "another activation", "went through tanh in the place of a sigmoid"),
    (np.tanh, "activation twice", "went through tanh once too often"),
    (sigmoid, "activation twice", "went through a sigmoid once too often"),
    (partial(np.minimum, 1.0), "presence, not count", "says whether something occurs, where it should say how often"),
)
"""What makes the student's answer of the right one."""


def another_function(part: Part) -> Iterator[Clue]:
    """A function is missing, there once too often, or in the place of another."""
    if part.whole and part.variety < 3:
        return
    for function, cause, words in MISSING:
        if part.fits(partial(_brought, function=function)):
            yield Clue(cause, f"{part.words} {words}.")
    for function, cause, words in INSTEAD:
        if part.fits(partial(_made, function=function)):
            yield Clue(cause, f"{part.words} {words}.")


def _made(seen: Seen, function: Function) -> Looked:
    return seen.got, function(seen.expected), seen.expected


OF_FUNCTION: tuple[Explanation, ...] = (softmax_over_another_axis, not_normalised, another_function)
