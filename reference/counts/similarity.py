"""How alike two vectors are: by the angle between them, or by the distance.

A long document has larger counts than a short one on the same subject. The cosine looks at directions only, and calls
them alike; the Euclidean distance sees how far apart the ends are. For vectors of length one both say the same, since
then |u - v|^2 = 2 - 2 cos(u, v).

    cos(u, v) = u v / (|u| |v|)            |u - v| = sqrt(|u|^2 + |v|^2 - 2 u v)            1 / (1 + |u - v|)

u and v (d,) are vectors; the rows of X (n, d) and Y (m, d) are n and m of them, compared each with each.
A vector of zeros has no direction: its cosine with anything is said to be 0, with itself too.

Left out: similarities of sets, and distances other than these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reference.counts.rows import as_rows, squared_lengths, unit_rows

if TYPE_CHECKING:
    from reference.counts.rows import Dense, Rows, Vector


def cosine_similarity(u: Vector, v: Vector) -> float:
    """Compute the cosine of the angle between two vectors.

    Arguments:
        u (d,), v (d,): the vectors

    Returns a number from -1 to 1: u v / (|u| |v|), or 0 if one of the vectors is all zeros.
    """
    lengths = np.linalg.norm(u) * np.linalg.norm(v)
    return float(u @ v / lengths) if lengths > 0 else 0.0


def euclidean_distance(u: Vector, v: Vector) -> float:
    """Compute the distance between the ends of two vectors.

    Arguments:
        u (d,), v (d,): the vectors

    Returns |u - v|, the square root of the sum of the squared differences.
    """
    return float(np.linalg.norm(u - v))


def euclidean_similarity(u: Vector, v: Vector) -> float:
    """Turn the distance between two vectors into a similarity.

    Arguments:
        u (d,), v (d,): the vectors

    Returns 1 / (1 + |u - v|): 1 for equal vectors, and towards 0 as they part.
    """
    return 1 / (1 + euclidean_distance(u, v))


def cosine_similarities(X: Rows, Y: Rows) -> Rows:
    """Compute the cosine of every row of one matrix with every row of another.

    Arguments:
        X (n, d), Y (m, d): the vectors, dense or sparse

    Returns S (n, m): S[i, j] is the cosine of X[i] and Y[j], or 0 if one of them is all zeros. Sparse if X and Y are.
    """
    return unit_rows(as_rows(X)) @ unit_rows(as_rows(Y)).T  # (n, m)


def euclidean_distances(X: Rows, Y: Rows) -> Dense:
    """Compute the distance of every row of one matrix from every row of another.

    Arguments:
        X (n, d), Y (m, d): the vectors, dense or sparse

    Returns D (n, m), dense: D[i, j] is |X[i] - Y[j]|. It is found from |x|^2 + |y|^2 - 2 x y, in which nearly equal
    rows cancel: a distance below 1e-7 of the lengths is lost in rounding.
    """
    X, Y = as_rows(X), as_rows(Y)
    squares = squared_lengths(X)[:, np.newaxis] + squared_lengths(Y) - 2 * (X @ Y.T)  # (n, m)
    distances: Dense = np.sqrt(np.maximum(squares, 0))
    return distances
