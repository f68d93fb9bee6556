"""Tables of which many are right: what they stand for is compared, not how they are laid out."""

from __future__ import annotations

from typing import Any

import numpy as np

ROUNDING = 1e-9


def alias_table(value: Any) -> Any:
    """Bring a table of the alias method, the tuple (share, alias), to the probabilities (V,) that it draws from.

    They are NaN where a column cannot be drawn from: its share is not between 0 and 1, or its alias is not one of V.
    What is no tuple of two arrays of the same length, the second of integers, is brought to None.
    """
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        return None
    share, alias = map(_vector, value)
    if share is None or alias is None or share.shape != alias.shape or alias.dtype.kind not in "iu":
        return None
    share = share.astype(np.float64)
    known = (share >= -ROUNDING) & (share <= 1 + ROUNDING) & (alias >= 0) & (alias < len(alias))
    rest = np.bincount(alias[known].astype(np.int64), weights=1 - share[known], minlength=len(alias))
    return np.where(known, (share + rest) / max(len(share), 1), np.nan)


def _vector(value: Any) -> np.ndarray[Any, Any] | None:
    try:
        array = np.asarray(value)
    except ValueError:
        return None
    return array if array.ndim == 1 and array.dtype.kind in "iuf" else None
