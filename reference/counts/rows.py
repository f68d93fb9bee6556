"""Vectors as the rows of a matrix, dense or sparse, through the same lines.

A matrix of counts is nearly all zeros, and a large one fits into memory only if those are not kept. What is done with
it need not be written twice: a product with a diagonal matrix scales columns or rows and leaves zeros zero, and SciPy's
sparse arrays share the operators of NumPy's.

    X diag(w)   scales column j by w_j            diag(w) X   scales row i by w_i

Left out: whatever fills in the zeros, such as taking the mean from every column.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Vector = NDArray[np.float64]
Dense = NDArray[np.float64]
Rows: TypeAlias = Dense | sparse.csr_array


def as_rows(X: Any) -> Rows:
    """Return X (n, d) as numbers of type float64: a CSR array if X is sparse of any kind, else a NumPy array.

    SciPy's older sparse matrices are taken in too; they multiply differently and must not go further than this.
    """
    return sparse.csr_array(X, dtype=np.float64) if sparse.issparse(X) else np.asarray(X, dtype=np.float64)


def scale_columns(X: Rows, w: Vector) -> Rows:
    """Return X (n, d) with column j multiplied by w[j], for w (d,)."""
    return X @ sparse.diags_array(w)  # (n, d)


def scale_rows(X: Rows, w: Vector) -> Rows:
    """Return X (n, d) with row i multiplied by w[i], for w (n,)."""
    return sparse.diags_array(w) @ X  # (n, d)


def squared_lengths(X: Rows) -> Vector:
    """Return the sum of the squares of each row of X (n, d), as an array (n,)."""
    squares: Vector = (X**2).sum(axis=1)
    return squares  # (n,)


def unit_rows(X: Rows) -> Rows:
    """Return X (n, d) with every row brought to length one; a row of zeros stays as it is."""
    lengths = np.sqrt(squared_lengths(X))  # (n,)
    return scale_rows(X, 1 / np.where(lengths > 0, lengths, 1))
