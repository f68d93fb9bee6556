"""Causes that are seen in how large numbers are: what was lost of them, and by what they differ."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from plugins.checks.parts import Clue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from plugins.checks.parts import Explanation, Looked, Part, Seen

BASES = {
    1 / math.log(2): "to base 2 where the natural one",
    math.log(2): "with the natural one where base 2",
    1 / math.log(10): "to base 10 where the natural one",
    math.log(10): "with the natural one where base 10",
    math.log(10) / math.log(2): "to base 2 where base 10",
    math.log(2) / math.log(10): "to base 10 where base 2",
}
"""What multiplies a logarithm that was taken to another base."""


def left_at_zero(part: Part) -> Iterator[Clue]:
    """All is zero."""
    if part.fits(lambda seen: (seen.got, np.zeros(seen.expected.shape), seen.expected)):
        yield Clue("left at zero", f"{part.words} is zero everywhere.")


def not_finite(part: Part) -> Iterator[Clue]:
    """NaN or infinity stands in the place of a number, and nothing else is wrong."""
    if part.fits(_finite):
        fact = f"{part.words} is NaN or infinite where a number is expected, and right elsewhere."
        yield Clue("not a finite number", fact)


def _finite(seen: Seen) -> Looked:
    odd = ~np.isfinite(seen.got) & np.isfinite(seen.expected)
    return np.where(odd, seen.expected, seen.got), seen.expected, np.where(odd, np.nan, seen.expected)


def input_itself(part: Part) -> Iterator[Clue]:
    """An input came back as it was."""
    for name in part.common(lambda seen: seen.arrays):
        if part.fits(partial(_itself, name=name)):
            yield Clue("left as it came", f"{part.words} is the input `{name}` as it came in.")


def _itself(seen: Seen, name: str) -> Looked:
    return seen.got, seen.arrays[name], seen.expected


def whole_numbers(part: Part) -> Iterator[Clue]:
    """Fractions were cut off."""
    cuts = (np.trunc, np.floor, np.rint)
    if not part.whole and any(part.fits(partial(_out_of, function=cut)) for cut in cuts):
        yield Clue("whole numbers", f"{part.words} has the right numbers without their fractions.")


def single_precision(part: Part) -> Iterator[Clue]:
    """Numbers were rounded to 32 bits or fewer."""
    if not part.whole and part.fits(_rounded):
        yield Clue("float32", f"{part.words} is right to the digits that float32 holds, and no further.")


def _rounded(seen: Seen) -> Looked:
    largest = float(np.max(np.abs(seen.expected[np.isfinite(seen.expected)]), initial=0.0))
    near = np.abs(seen.got - seen.expected) <= 1e-4 * np.abs(seen.expected) + 1e-6 * largest
    cut = seen.got.astype(np.float32).astype(np.float64)
    return (
        np.where(near & (cut == seen.got), 0.0, 1.0),
        np.zeros(seen.got.shape),
        np.where(seen.got == seen.expected, 0.0, np.nan),
    )


def sign(part: Part) -> Iterator[Clue]:
    """Each number is its opposite, or has lost its sign."""
    if part.fits(partial(_out_of, function=np.negative)):
        yield Clue("wrong sign", f"{part.words} is right but for its sign: each entry is minus the expected one.")
    elif part.fits(partial(_out_of, function=np.abs)):
        yield Clue(
            "wrong sign", f"{part.words} has lost its signs: each entry is the absolute value of the expected one."
        )


def logarithm(part: Part) -> Iterator[Clue]:
    """A logarithm was taken to another base."""
    for factor, words in BASES.items():
        if part.fits(partial(_times, factor=factor)):
            fact = (
                f"{part.words} is {factor:.4g} times too large everywhere: what a logarithm gives {words} is asked for."
            )
            yield Clue("base of the logarithm", fact)


def of_length(part: Part) -> Iterator[Clue]:
    """The factor is the length of something, its inverse, or its root: a sum in the place of a mean."""
    if part.whole and part.variety < 2:
        return
    for name in part.common(lambda seen: seen.lengths):
        if {seen.lengths[name] for seen in part.seen if seen.wrong.any()} <= {0, 1, 2}:
            continue  # that cannot be told from a factor 2
        for cause, words, factor in LENGTHS:
            if part.fits(partial(_by_length, name=name, factor=factor)):
                yield Clue(cause, f"{part.words} is {words.format(name)}.")


LENGTHS: tuple[tuple[str, str, Callable[[int], float]], ...] = (
    ("sum against mean", "the expected value times {}: a sum for a mean, or a division that is missing", float),
    ("sum against mean", "the expected value divided by {}: a mean for a sum, or a division too many", lambda n: 1 / n),
    ("sum against mean", "the expected value times the square of {}: multiplied, not divided", lambda n: n * n),
    ("sum against mean", "the expected value divided by the square of {}: divided, not multiplied", lambda n: 1 / n**2),
    ("root of a length", "the expected value times the root of {}", math.sqrt),
    ("root of a length", "the expected value divided by the root of {}", lambda n: 1 / math.sqrt(n)),
    ("n or n - 1", "divided by {} - 1, where all of it should divide", lambda n: n / (n - 1)),
    ("n or n - 1", "divided by {}, where one less should divide", lambda n: (n - 1) / n),
)


def _by_length(seen: Seen, name: str, factor: Callable[[int], float]) -> Looked:
    try:
        return _times(seen, factor(seen.lengths[name]))
    except (ZeroDivisionError, ValueError):
        return None if seen.wrong.any() else (seen.got, seen.got, seen.got)


def by_an_input(part: Part) -> Iterator[Clue]:
    """The factor is one of the input numbers, or is made of one input."""
    if part.whole and part.variety < 2:
        return
    for name in part.common(lambda seen: seen.measures):
        for power, words in ((1.0, "times"), (-1.0, "divided by")):
            if part.fits(partial(_measured, name=name, power=power)):
                yield Clue("scaled by an input", f"{part.words} is the expected value {words} {name}.")


def _measured(seen: Seen, name: str, power: float) -> Looked:
    return _times(seen, seen.measures[name] ** power)


def constant_factor(part: Part) -> Iterator[Clue]:
    """The factor is one number everywhere."""
    seen = part.seen[0]
    place = np.argmax(np.where(seen.wrong & np.isfinite(seen.expected), np.abs(seen.expected), -1.0))
    factor = float(seen.got.flat[place] / seen.expected.flat[place])
    usable = math.isfinite(factor) and abs(factor) > 1e-9
    if usable and part.variety > 2 and part.fits(partial(_times, factor=factor)):
        yield Clue("constant factor", f"{part.words} is {factor:.5g} times the expected value, everywhere.")


def _times(seen: Seen, factor: Any) -> tuple[Any, Any, Any]:
    return seen.got, seen.expected * factor, seen.expected


def constant_term(part: Part) -> Iterator[Clue]:
    """One number was added everywhere, or 1 within a logarithm."""
    seen = part.seen[0]
    place = int(np.argmax(seen.wrong))
    term = float(seen.got.flat[place] - seen.expected.flat[place])
    if math.isfinite(term) and part.variety > 2 and part.fits(partial(_plus, term=term)):
        how = "large" if term > 0 else "small"
        yield Clue("constant term", f"{part.words} is {abs(term):.5g} too {how}, everywhere.")
    for one, words in ((1.0, "larger"), (-1.0, "smaller")):
        if part.fits(partial(_one_within, one=one)):
            fact = f"{part.words} is the logarithm of something that is 1 {words} than it should be, everywhere."
            yield Clue("one within the logarithm", fact)


def _one_within(seen: Seen, one: float) -> Looked:
    right = np.exp(seen.expected)
    return np.exp(seen.got), right + one, right


def added_input(part: Part) -> Iterator[Clue]:
    """The difference is an input, such as a bias; perhaps within a function through which the sum went."""
    for name in part.common(lambda seen: seen.arrays):
        for cause, words, times in ADDED:
            for where, inverse in INVERSES:
                if part.fits(partial(_with_input, name=name, times=times, inverse=inverse)):
                    yield Clue(cause, f"{part.words}{where} {words.format(name)}.")


ADDED = (
    ("missing bias", "lacks the input `{}`, and differs by nothing else", -1.0),
    ("wrong sign", "has the input `{}` with the wrong sign: the difference is twice that", -2.0),
    ("wrong sign", "has the input `{}` with the wrong sign: the difference is twice that", 2.0),
    ("a term twice", "has the input `{}` added once too often, and differs by nothing else", 1.0),
)


def _identity(values: Any) -> Any:
    return values


def _logit(values: Any) -> Any:
    return np.log(values) - np.log1p(-values)


def _scores(shares: Any, axis: int) -> Any:
    """Return what softmax was taken of, up to what it does not see."""
    scores = np.log(shares)
    return scores - scores.mean(axis=axis, keepdims=True)


INVERSES: tuple[tuple[str, Callable[[Any], Any]], ...] = (
    ("", _identity),
    (", before tanh,", np.arctanh),
    (", before the sigmoid,", _logit),
    (", before softmax,", partial(_scores, axis=0)),
    (", before softmax,", partial(_scores, axis=-1)),
)
NEARLY_ONE = 1.0 - 1e-6
"""What is nearer to 1 has lost what went into it."""


def _with_input(seen: Seen, name: str, times: float, inverse: Callable[[Any], Any]) -> Looked:
    term, shape = seen.arrays[name], seen.expected.shape
    if not _fits_into(term.shape, shape) or (inverse is not _identity and not shape):
        return None
    if inverse is _identity:
        return seen.got, seen.expected + times * term, seen.expected
    got, expected = inverse(seen.got), inverse(seen.expected)
    term = np.broadcast_to(times * term, shape)
    term = _scores(np.exp(term), **inverse.keywords) if isinstance(inverse, partial) else term
    kept = (
        np.isfinite(got) & np.isfinite(expected) & (np.abs(seen.got) < NEARLY_ONE) & (abs(seen.expected) < NEARLY_ONE)
    )
    return np.where(kept, got, 0.0), np.where(kept, expected + term, 0.0), np.where(kept, expected, 0.0)


def _fits_into(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether an array of one shape can be added to one of another without making it larger."""
    pairs = zip(reversed(one), reversed(other), strict=False)
    return len(one) <= len(other) and all(a in (1, b) for a, b in pairs)


def _plus(seen: Seen, term: Any) -> Looked:
    return seen.got, seen.expected + term, seen.expected


def _out_of(seen: Seen, function: Callable[[Any], Any]) -> Looked:
    return seen.got, function(seen.expected), seen.expected


OF_AMOUNT: tuple[Explanation, ...] = (
    left_at_zero, not_finite, single_precision, sign, logarithm, of_length, added_input, constant_term,
)  # fmt: skip
FREELY: tuple[Explanation, ...] = (input_itself, whole_numbers, by_an_input, constant_factor)
"""Those with so many possibilities that anything more specific comes first."""
