"""Latent semantic analysis: documents and words in one space of few dimensions, by the singular value decomposition.

Words that occur in the same documents are folded into the same direction, so that a document about cars comes near one
that only speaks of automobiles. No other k directions lose less of the matrix, in squared error.

    X ~ U S V^T            documents: U S = X V            words: V S = X^T U            a new document x: x V

X (D, V) holds counts or TF-IDF of V words in D documents; U (D, k) and V (V, k) have orthogonal columns of length one,
S is diagonal with the k largest singular values s, in falling order. In the code Vt (k, V) stands for V^T.
U and V are free up to the sign of each direction: here the largest entry, in size, of each row of Vt is positive.

S. Deerwester, S. T. Dumais, G. W. Furnas, T. K. Landauer and R. Harshman, "Indexing by latent semantic analysis",
Journal of the American Society for Information Science 41 (1990). They divide a folded document by S, which makes it
comparable with rows of U; here it is comparable with rows of U S, whose products are those of the documents themselves.
Left out: taking the mean from the columns first, which would make this a principal component analysis.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import svds

from reference.counts.rows import as_rows

if TYPE_CHECKING:
    from reference.counts.rows import Dense, Rows, Vector


@dataclass(frozen=True, eq=False)
class LatentSpace:
    """The k directions in which documents and words differ most.

    U (D, k), s (k,), Vt (k, V): the decomposition, as truncated_svd returns it
    """

    U: Dense
    s: Vector
    Vt: Dense

    @property
    def documents(self) -> Dense:
        """The documents in the latent space, (D, k): their products are, nearly, the products of the rows of X."""
        return self.U * self.s

    @property
    def words(self) -> Dense:
        """The words in the latent space, (V, k): their products are, nearly, the products of the columns of X."""
        return self.Vt.T * self.s

    def fold_in(self, X: Rows) -> Dense:
        """Return new documents X (m, V), weighed as those of the space were, beside `documents`: (m, k)."""
        folded: Dense = as_rows(X) @ self.Vt.T
        return folded  # (m, k)


def lsa(X: Rows, k: int) -> LatentSpace:
    """Find the latent space of k dimensions of documents X (D, V), dense or sparse, of counts or TF-IDF."""
    return LatentSpace(*truncated_svd(X, k))


def truncated_svd(X: Rows, k: int) -> tuple[Dense, Vector, Dense]:
    """Decompose a matrix into its k strongest directions.

    Arguments:
        X (D, V): the matrix; a dense one is decomposed in full and cut, of a sparse one no more is found than is asked
        k: the number of directions, at most min(D, V), and less than that if X is sparse; else a ValueError

    Returns (U, s, Vt):
        U (D, k), Vt (k, V): directions of documents and of words; the largest entry, in size, of each row of Vt is
            positive
        s (k,): the singular values, in falling order
    """
    X = as_rows(X)
    most = min(X.shape) - sparse.issparse(X)
    if not 1 <= k <= most:
        message = f"k must be from 1 to {most} for a matrix of shape {X.shape}, not {k}"
        raise ValueError(message)
    U, s, Vt = _sparse_svd(X, k) if sparse.issparse(X) else np.linalg.svd(X, full_matrices=False)
    U, s, Vt = U[:, :k], s[:k], Vt[:k]
    largest = np.abs(Vt).argmax(axis=1)  # (k,)
    signs = np.sign(Vt[np.arange(k), largest])  # (k,)
    return U * signs, s, Vt * signs[:, np.newaxis]


def _sparse_svd(X: Rows, k: int) -> tuple[Dense, Vector, Dense]:
    # The iteration starts from one and the same vector, so that it ends with the same digits.
    start = np.random.default_rng(0).uniform(-1, 1, min(X.shape))
    U, s, Vt = svds(X, k, v0=start)
    return U[:, ::-1], s[::-1], Vt[::-1]  # in falling order
