"""Where an answer parts from the expected one: the first difference, in words that name the place."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.sandbox.worker.values import Made, Opaque, Sparse, Tensor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

SHOWN_LIMIT = 80
TOLD_BELOW = 1e-3
"""A relative error that is larger shows in the two numbers; a sentence need not say it again."""


@dataclass(frozen=True)
class Tolerance:
    """How close a number must come: |got - expected| <= absolute + relative * |expected|, in units of the data."""

    relative: float = 1e-6
    absolute: float = 1e-9


@dataclass(frozen=True)
class Difference:
    """The first place where two answers part; `problem` is a whole sentence."""

    where: str
    problem: str
    got: str = ""
    expected: str = ""
    relative_error: float | None = None
    limit: float | None = None


def name_results(results: tuple[str, ...], value: Any) -> list[tuple[str, Any]]:
    """Return the entries of a result with the names that the assignment gives them."""
    if len(results) > 1 and isinstance(value, (tuple, list)):
        return list(zip(results, value, strict=False))
    return [(results[0] if results else "the result", value)]


def first_difference(got: Any, expected: Any, tolerance: Tolerance, where: str = "the result") -> Difference | None:
    """Return the first difference in kind, shape or value, or None if the answers agree.

    Tuples and lists stand for each other, as do numbers, NumPy scalars and arrays without axes, and tensors and arrays.
    """
    return difference_in_form(got, expected, where, dtypes=False) or _difference_in_value(
        got, expected, tolerance, where
    )


def difference_in_form(got: Any, expected: Any, where: str, *, dtypes: bool) -> Difference | None:
    """Return the first difference in kind, length, keys or shape; with `dtypes` also in dtype."""
    got, expected = plain(got), plain(expected)
    if _is_numeric(expected):
        return _numeric_form(got, expected, where, dtypes=dtypes)
    if isinstance(expected, dict):
        return _dict_form(got, expected, where, dtypes=dtypes)
    if isinstance(expected, (tuple, list)):
        return _sequence_form(got, expected, where, dtypes=dtypes)
    if isinstance(expected, Opaque):
        return None
    if type(got) is not type(expected):
        return _wrong_kind(got, expected, where)
    return None


def plain(value: Any) -> Any:
    """Return a tensor or sparse matrix as the array of its numbers, and what is to be made as what it is made of."""
    if isinstance(value, Made):
        return value.function, value.arguments, dict(value.keywords)
    if isinstance(value, Tensor):
        return value.array
    if isinstance(value, Sparse):
        return _dense(value)
    return value


def _dense(value: Sparse) -> Any:
    rows, columns = value.shape
    if rows * max(columns, 1) > 50_000_000 or len(value.indptr) != rows + 1:
        return Opaque("a sparse matrix that is too large to be compared, or malformed")
    dense = np.zeros(value.shape, value.data.dtype)
    np.add.at(dense, (np.repeat(np.arange(rows), np.diff(value.indptr)), value.indices), value.data)
    return dense


def _is_numeric(value: object) -> bool:
    return isinstance(value, (bool, int, float, complex, np.ndarray, np.generic))


def _wrong_kind(got: Any, expected: Any, where: str) -> Difference:
    kind, wanted = kind_of(got), kind_of(expected)
    return Difference(where, f"{where} is {kind}, expected {wanted}.", kind, wanted)


def kind_of(value: Any) -> str:
    """Return what a value is, in words for a student."""
    match value:
        case None:
            return "None"
        case np.ndarray():
            return f"an array of shape {_shape(value.shape)} and dtype {value.dtype}"
        case Tensor():
            return f"a torch tensor of shape {_shape(value.array.shape)}"
        case Sparse():
            return f"a sparse matrix of shape {_shape(value.shape)}"
        case Opaque():
            return value.type_name if " " in value.type_name else f"a {value.type_name}"
        case bool() | int() | float() | complex() | np.generic():
            return f"a number ({type(value).__name__})"
        case str():
            return "a string"
        case tuple() | list():
            return f"a {type(value).__name__} of length {len(value)}"
    return f"a {type(value).__name__}"


def _shape(shape: tuple[int, ...]) -> str:
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def _numeric_form(got: Any, expected: Any, where: str, *, dtypes: bool) -> Difference | None:
    if not _is_numeric(got):
        return _wrong_kind(got, expected, where)
    have, want = np.asarray(got), np.asarray(expected)
    if have.shape != want.shape:
        return _wrong_shape(have, want, where)
    if dtypes and isinstance(expected, np.ndarray) and have.dtype != want.dtype:
        problem = f"{where} has dtype {have.dtype}, expected {want.dtype}."
        return Difference(where, problem, str(have.dtype), str(want.dtype))
    if have.dtype.kind in "US" or want.dtype.kind in "US":
        return None if have.dtype.kind == want.dtype.kind else _wrong_kind(got, expected, where)
    return None


def _wrong_shape(have: NDArray[Any], want: NDArray[Any], where: str) -> Difference:
    got, expected = _shape(have.shape), _shape(want.shape)
    problem = f"{where} has shape {got}, expected {expected}{_axis_words(have.shape, want.shape)}."
    return Difference(where, problem, got, expected)


def _axis_words(have: tuple[int, ...], want: tuple[int, ...]) -> str:
    """Say which axis is wrong, and whether a transpose, or one axis more or less, explains it."""
    if len(have) > 1 and have == want[::-1]:
        return "; its transpose has the right shape"
    if sorted(have) == sorted(want) and len(have) == len(want) > 1:
        order = ", ".join(str(have.index(n)) for n in want)
        return f"; with its axes in the order ({order}) it has the right shape" if len(set(want)) == len(want) else ""
    if len(have) != len(want):
        squeezed = tuple(n for n in have if n != 1) == tuple(n for n in want if n != 1)
        reason = "; only axes of length 1 differ" if squeezed else ""
        return f": it has {counted(len(have), 'axis', 'axes')} instead of {len(want)}{reason}"
    wrong = [axis for axis, (a, b) in enumerate(zip(have, want, strict=True)) if a != b]
    return ": " + ", ".join(f"axis {axis} has length {have[axis]} instead of {want[axis]}" for axis in wrong)


def _dict_form(got: Any, expected: dict[Any, Any], where: str, *, dtypes: bool) -> Difference | None:
    if not isinstance(got, dict):
        return _wrong_kind(got, expected, where)
    missing = [key for key in expected if key not in got]
    if missing:
        problem = f"{where} lacks the key {missing[0]!r}; it has {listed(got)}."
        return Difference(where, problem, listed(got), listed(expected))
    return _first(
        difference_in_form(got[key], value, f"{where}[{key!r}]", dtypes=dtypes) for key, value in expected.items()
    )


def _sequence_form(got: Any, expected: Any, where: str, *, dtypes: bool) -> Difference | None:
    if not isinstance(got, (tuple, list)):
        return _wrong_kind(got, expected, where)
    if len(got) != len(expected):
        problem = f"{where} has {counted(len(got), 'entry', 'entries')}, expected {len(expected)}."
        return Difference(where, problem, str(len(got)), str(len(expected)))
    pairs = enumerate(zip(got, expected, strict=True))
    return _first(difference_in_form(a, b, f"{where}[{index}]", dtypes=dtypes) for index, (a, b) in pairs)


def _first(differences: Any) -> Difference | None:
    return next((each for each in differences if each is not None), None)


def _difference_in_value(got: Any, expected: Any, tolerance: Tolerance, where: str) -> Difference | None:
    got, expected = plain(got), plain(expected)
    if isinstance(expected, dict):
        return _first(
            _difference_in_value(got[key], value, tolerance, f"{where}[{key!r}]") for key, value in expected.items()
        )
    if isinstance(expected, (tuple, list)):
        pairs = enumerate(zip(got, expected, strict=True))
        return _first(_difference_in_value(a, b, tolerance, f"{where}[{index}]") for index, (a, b) in pairs)
    if _is_numeric(expected):
        return _numeric_difference(np.asarray(got), np.asarray(expected), tolerance, where)
    if isinstance(expected, Opaque) or got == expected:
        return None
    return Difference(where, f"{where} is {shown(got)}, expected {shown(expected)}.", shown(got), shown(expected))


def _numeric_difference(
    got: NDArray[Any], expected: NDArray[Any], tolerance: Tolerance, where: str
) -> Difference | None:
    if expected.dtype.kind not in "fc" and got.dtype.kind not in "fc":
        error = np.asarray(got != expected).astype(float)
        wrong = error > 0
    else:
        error, wrong = _errors(got, expected, tolerance)
    if not wrong.any():
        return None
    return _worst(got, expected, np.where(wrong, error, -1.0), tolerance, where)


def _errors(got: NDArray[Any], expected: NDArray[Any], tolerance: Tolerance) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return every entry's error, and whether it is too large; equal infinities agree, and so do two NaN."""
    with np.errstate(all="ignore"):
        error = np.abs(got - expected)
        wrong = ~(error <= tolerance.absolute + tolerance.relative * np.abs(expected))
        if wrong.any() or not np.isfinite(expected).all():
            same = (got == expected) | (np.isnan(got) & np.isnan(expected))
            wrong = (wrong | ~np.isfinite(expected)) & ~same
    return error, wrong


def _worst(
    got: NDArray[Any],
    expected: NDArray[Any],
    error: NDArray[Any],
    tolerance: Tolerance,
    where: str,
) -> Difference:
    index = np.unravel_index(int(np.argmax(np.where(np.isnan(error), np.inf, error))), error.shape)
    place = f"{where}[{', '.join(map(str, index))}]" if index else where
    have, want = shown(got[index]), shown(expected[index])
    kinds = {got.dtype.kind, expected.dtype.kind}
    if not kinds <= set("biufc") or kinds.isdisjoint("fc"):  # whole numbers are right or wrong, and not nearly right
        return Difference(place, f"{place} is {have}, expected {want}.", have, want)
    relative = relative_error(got[index], expected[index])
    how_far = f" (relative error {relative:.0e}, limit {tolerance.relative:.0e})" if relative < TOLD_BELOW else ""
    problem = f"{place} is {have}, expected {want}{how_far}."
    return Difference(place, problem, have, want, relative, tolerance.relative)


def relative_error(got: Any, expected: Any) -> float:
    """Return |got - expected| / max(|got|, |expected|), infinity where one of them is no number."""
    with np.errstate(all="ignore"):
        have, want = np.complex128(got), np.complex128(expected)  # whose size may be infinite, where Python's may not
        scale = max(float(np.abs(have)), float(np.abs(want)))
        error = float(np.abs(have - want)) / scale if scale else 0.0
    return error if math.isfinite(error) else math.inf


def shown(value: Any) -> str:
    """Return a value as it is shown in a sentence: numbers to six digits, long texts cut."""
    if isinstance(value, (float, np.floating)):
        return f"{float(value) + 0.0:.6g}"  # adding zero takes the sign from a negative zero
    text = repr(value.item() if isinstance(value, np.generic) else value)
    return text if len(text) <= SHOWN_LIMIT else text[: SHOWN_LIMIT - 1] + "…"


def counted(count: int, one: str, more: str) -> str:
    """Return a number with its noun."""
    return f"{count} {one if count == 1 else more}"


def listed(table: Mapping[Any, Any]) -> str:
    """Return the keys of a table as they are shown in a sentence."""
    return ", ".join(sorted(map(str, table)))[:SHOWN_LIMIT] or "no keys"


def same_answer(got: Any, expected: Any, tolerance: Tolerance) -> bool:
    """Whether two answers agree in form and value."""
    return first_difference(got, expected, tolerance) is None
