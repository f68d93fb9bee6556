"""Nearest neighbours among many points: all of them by brute force, or nearly all by a forest of random trees.

Brute force compares N^2 pairs. A tree halves the points again and again by where they lie along a random direction,
until few are left together, and only those are compared: N log N work. Neighbours that a cut has parted in one tree
are together in another, so what is nearest is gathered over several trees.

S. Dasgupta and Y. Freund, "Random projection trees and low dimensional manifolds", STOC (2008).
Left out: looking among neighbours of neighbours for what all trees have missed; an index for new points.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from reference.activations import Array

    Indices = NDArray[np.int64]

BLOCK = 2_000_000  # distances at a time, 16 MB


def nearest(X: Array, k: int) -> tuple[Indices, Array]:
    """Find the k nearest other points of each of the points X (N, D), from 1 to N - 1; else a ValueError.

    Returns (neighbours, D), both (N, k) and in no particular order: which points they are, and their squared distances.
    """
    N = len(X)
    _check_count(k, N)
    found, D = np.empty((N, k), dtype=np.int64), np.empty((N, k))
    height = max(1, BLOCK // N)
    for top in range(0, N, height):
        rows = np.arange(top, min(top + height, N))
        found[rows], D[rows] = _nearest_of(X, rows, np.arange(N), k)
    return found, D


def nearly_nearest(
    X: Array, k: int, generator: np.random.Generator, *, trees: int = 8, leaf: int = 1000
) -> tuple[Indices, Array]:
    """Find nearly all of the k nearest other points of each of the points X (N, D), in time that grows as N log N.

    trees: how many random trees to gather neighbours from; the more, the fewer are missed
    leaf: how many points may stay together in a tree, more than 2k; else a ValueError
    Returns (neighbours, D), both (N, k), as `nearest` does.
    """
    N = len(X)
    _check_count(k, N)
    if leaf <= 2 * k:
        raise ValueError(
            f"leaf must be more than 2 k = {2 * k}, so that each half of a cut has k neighbours, not {leaf}"
        )
    found, D = np.full((N, k), -1), np.full((N, k), np.inf)
    for _ in range(trees):
        for rows in leaves(X, np.arange(N), leaf, generator):
            here, distances = _nearest_of(X, rows, rows, k)
            found[rows], D[rows] = _best(np.hstack([found[rows], here]), np.hstack([D[rows], distances]), k)
    return found, D


def leaves(X: Array, rows: Indices, most: int, generator: np.random.Generator) -> Iterator[Indices]:
    """Halve the rows of X (N, D) along random directions until at most so many are together; yield each such group."""
    if len(rows) <= most:
        yield rows
        return
    one, other = X[generator.choice(rows, 2, replace=False)]
    half = len(rows) // 2
    order = rows[np.argpartition(X[rows] @ (one - other), half)]
    yield from leaves(X, order[:half], most, generator)
    yield from leaves(X, order[half:], most, generator)


def _nearest_of(X: Array, rows: Indices, among: Indices, k: int) -> tuple[Indices, Array]:
    """Return which k of the points `among` are nearest to each row, and their squared distances; never the row."""
    A, B = X[rows], X[among]
    D = (A**2).sum(axis=1)[:, None] + (B**2).sum(axis=1) - 2 * A @ B.T  # (rows, among)
    D[rows[:, None] == among] = np.inf
    near = np.argpartition(D, k - 1, axis=1)[:, :k]
    return among[near], np.maximum(np.take_along_axis(D, near, axis=1), 0)


def _best(found: Indices, D: Array, k: int) -> tuple[Indices, Array]:
    """Return the k nearest of candidates (n, m), of which some stand there twice."""
    order = np.argsort(found, axis=1)
    found, D = np.take_along_axis(found, order, axis=1), np.take_along_axis(D, order, axis=1)
    D[:, 1:][found[:, 1:] == found[:, :-1]] = np.inf
    near = np.argpartition(D, k - 1, axis=1)[:, :k]
    return np.take_along_axis(found, near, axis=1), np.take_along_axis(D, near, axis=1)


def _check_count(k: int, N: int) -> None:
    if not 1 <= k < N:
        raise ValueError(f"k must be from 1 to {N - 1} for {N} points, not {k}")
