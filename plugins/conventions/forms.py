"""Bringing accepted forms of one result to the same form; what is none of them is left as it is, to be found wrong."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.sandbox.worker.values import Tensor


def any_vector(value: Any) -> Any:
    """Accept a vector as (d,), (d, 1) or (1, d), or as lists of numbers."""
    value = _array(value)
    if isinstance(value, np.ndarray) and value.ndim == 2 and 1 in value.shape:
        return value.reshape(-1)
    return value


def number(value: Any) -> Any:
    """Accept a number as such, or as an array or tensor with one entry."""
    value = _array(value)
    return float(value.reshape(())) if isinstance(value, np.ndarray) and value.size == 1 else value


def text_list(value: Any) -> Any:
    """Accept strings in a list, a tuple or an array."""
    if isinstance(value, np.ndarray) and value.dtype.kind == "U" and value.ndim == 1:
        return [str(each) for each in value]
    return list(value) if isinstance(value, tuple) else value


def whole_numbers(value: Any) -> Any:
    """Accept integers of any width, in an array or in lists of equal length."""
    if isinstance(value, (list, tuple)):
        try:
            value = np.asarray(value)
        except ValueError:
            return value
    whole = isinstance(value, np.ndarray) and value.dtype.kind in "iu"
    return value.astype(np.int64) if whole else value


def _array(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.array
    if isinstance(value, (list, tuple)):
        try:
            return np.asarray(value, dtype=np.float64)
        except (TypeError, ValueError):
            return value
    return np.asarray(value) if isinstance(value, (int, float)) else value
