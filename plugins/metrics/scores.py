"""Scores of a student's answer; one that has not the right form is refused in words that the student reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.compare import Tolerance, kind_of, plain, same_answer

if TYPE_CHECKING:
    from numpy.typing import NDArray

EXACTLY = Tolerance(0.0, 0.0)


def accuracy(answer: Any, expected: Any) -> float:
    """Return the share of labels that are right; labels are numbers or texts, in a list or an array of shape (n,)."""
    return float(np.mean([same_answer(_label(a), _label(b), EXACTLY) for a, b in _pairs(answer, expected)]))


def exact_match(answer: Any, expected: Any) -> float:
    """Return the share of answers that are right in every part; each may be a text or a list."""
    return float(np.mean([same_answer(a, b, EXACTLY) for a, b in _pairs(answer, expected)]))


def pearson(answer: Any, expected: Any) -> float:
    """Return Pearson's correlation with the expected numbers; 0 for numbers that are all the same."""
    return _correlation(*_numbers(answer, expected))


def spearman(answer: Any, expected: Any) -> float:
    """Return Spearman's rank correlation, equal numbers sharing their mean rank; 0 if all are the same."""
    got, wanted = _numbers(answer, expected)
    return _correlation(_ranks(got), _ranks(wanted))


def mean_squared_error(answer: Any, expected: Any) -> float:
    """Return the mean of the squared differences."""
    got, wanted = _numbers(answer, expected)
    with np.errstate(over="ignore"):
        return float(np.mean((got - wanted) ** 2))


def _pairs(answer: Any, expected: Any) -> list[tuple[Any, Any]]:
    """Return the entries side by side; ValueError if there are not as many."""
    got, wanted = plain(answer), plain(expected)
    if not isinstance(got, (list, tuple, np.ndarray)) or (isinstance(got, np.ndarray) and got.ndim == 0):
        raise ValueError(f"the answer is {kind_of(answer)}, expected {len(wanted)} entries")
    if isinstance(got, np.ndarray) and got.dtype.kind == "f" and np.isnan(got).any():
        raise ValueError("the answer holds NaN")
    if len(got) != len(wanted):
        raise ValueError(f"the answer has {len(got)} entries, expected {len(wanted)}")
    return list(zip(got, wanted, strict=True))


def _label(value: Any) -> Any:
    """Return a label that stands alone in an array as itself, and a NumPy text as a text."""
    value = plain(value)
    if isinstance(value, np.ndarray) and value.size == 1:
        value = value.reshape(())[()]
    return value.item() if isinstance(value, np.generic) else value


def _numbers(answer: Any, expected: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return both as vectors of numbers; ValueError if the answer is none of the right length, or not finite."""
    wanted = np.asarray(plain(expected), dtype=np.float64).reshape(-1)
    try:
        got = np.asarray(plain(answer))
    except ValueError:
        got = np.asarray("uneven")
    if got.dtype.kind not in "biuf":
        raise ValueError(f"the answer is {kind_of(answer)}, expected {wanted.size} numbers")
    if got.size != wanted.size:
        raise ValueError(f"the answer has {got.size} numbers, expected {wanted.size}")
    if not np.isfinite(got).all():
        raise ValueError("the answer holds NaN or infinity")
    return got.reshape(-1).astype(np.float64), wanted


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[place]


def _correlation(got: NDArray[np.float64], wanted: NDArray[np.float64]) -> float:
    """Return Pearson's correlation of two vectors, scaled first so that large numbers do not overflow."""
    one, other = _centred(got), _centred(wanted)
    size = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(one @ other) / size if size > 0 else 0.0


def _centred(values: NDArray[np.float64]) -> NDArray[np.float64]:
    largest = float(np.max(np.abs(values), initial=0.0))
    scaled = values / largest if largest > 0 else values
    return scaled - scaled.mean()  # type: ignore[no-any-return]
