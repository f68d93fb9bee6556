"""How far to trust a picture: whether neighbours in it are neighbours indeed.

For each point, its k nearest places are looked at. One that belongs to a point that is not among the k nearest costs
its rank among all points: an intruder from far away costs more than one from next door.

    T = 1 - 2 / (N k (2N - 3k - 1)) sum_i sum_j max(0, r(i, j) - k)

where j runs over the k nearest neighbours of i in the picture, and r(i, j) is the rank of j among the points by their
distance from i, 1 being the nearest. T is 1 if there are no intruders, and about a half for places drawn at random.
With points and picture changed over, it measures continuity: whether neighbours have been torn apart.

J. Venna and S. Kaski, "Neighborhood preservation in nonlinear projection methods: an experimental study", ICANN (2001).
Left out: distances that are not Euclidean.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reference.projection.tsne import squared_distances

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from reference.activations import Array

    Distances = Callable[[Array], Array]


def trustworthiness(X: Array, Y: Array, k: int = 5, *, distances: Distances = squared_distances) -> float:
    """Measure whether the neighbours that a picture shows are neighbours indeed.

    Arguments:
        X (N, D): the points
        Y (N, d): their places in the picture
        k: how many neighbours are looked at, less than N / 2; else a ValueError

    Returns T, from 0 to 1: 1 - 2 / (N k (2N - 3k - 1)) times the sum of max(0, r(i, j) - k) over the k nearest
    neighbours j of each i in Y, where r(i, j) is the rank of j by its distance from i in X, 1 being the nearest. Of
    points that are equally far, the one with the lower number counts as the nearer.

    Parts: distances is how points are compared; whatever keeps the contract of squared_distances can take its place.
    """
    N = len(X)
    if not 1 <= k < N / 2:
        raise ValueError(f"k must be at least 1 and less than half of the {N} points, not {k}")
    shown = _by_distance(distances(Y))[:, :k]  # (N, k)
    ranks = np.argsort(_by_distance(distances(X)), axis=1) + 1  # (N, N), the inverse of the order
    excess = np.maximum(np.take_along_axis(ranks, shown, axis=1) - k, 0).sum()
    return float(1 - 2 * excess / (N * k * (2 * N - 3 * k - 1)))


def _by_distance(D: Array) -> NDArray[np.int64]:
    """Return for each of N points the N points by their distances D (N, N), the nearest first and itself last."""
    D = np.array(D, dtype=np.float64)
    np.fill_diagonal(D, np.inf)
    order: NDArray[np.int64] = np.argsort(D, axis=1, kind="stable")
    return order
