"""t-SNE for many points: neighbours attract one by one, and all points repel one another through a grid.

The gradient of `tsne.py` has two halves. Attraction weighs with p_ij, which is next to nothing beyond the nearest
points: a sparse P of three times perplexity neighbours is enough. Repulsion weighs with q_ij, by which each point meets
all others; `repulsion.py` has it.

    dC/dy_i = 4 (sum_j p_ij w_ij (y_i - y_j) - 1/Z sum_j w_ij^2 (y_i - y_j))
    C       = sum_ij p_ij log p_ij + sum_ij p_ij log(1 + |y_i - y_j|^2) + log Z

Y (N, 2) are the places, P (N, N) is sparse and symmetric, with E pairs i < j that attract one another;
w_ij = 1 / (1 + |y_i - y_j|^2), and Z is the sum of all w_ij but those on the diagonal.

L. van der Maaten, "Accelerating t-SNE using tree-based algorithms", Journal of Machine Learning Research 15 (2014), for
the sparse P; G. C. Linderman and others (2019) for the grid.
Left out: more than one thread; first phases on fewer points.
What limits it: from some ten thousand points on, attraction, whose every operation passes over all E pairs in memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse
from scipy.special import xlogy

from reference.projection.descent import Schedule, descend, start
from reference.projection.nearest import nearest, nearly_nearest
from reference.projection.pca import pca
from reference.projection.repulsion import repulsion
from reference.projection.tsne import first_places, neighbour_probabilities, perplexities

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from reference.activations import Array
    from reference.projection.descent import State

BRUTE_FORCE = 10_000  # up to so many points, comparing all with all is faster than a forest


def sparse_probabilities(neighbours: NDArray[np.int64], D: Array, perplexity: float) -> Any:
    """Compute the joint probabilities p_ij of points that pick their neighbours among a few only.

    neighbours (N, K), D (N, K): other points near to each point, and their squared distances
    perplexity: the perplexity that each row is to have, at most K; else a ValueError
    Returns P (N, N), a symmetric sparse CSR array whose entries sum to 1.
    """
    N, K = D.shape
    conditional = neighbour_probabilities(D, perplexity, perplexities)  # (N, K)
    ends = np.arange(0, N * K + 1, K, dtype=np.int32)
    P = sparse.csr_array((conditional.ravel(), neighbours.ravel().astype(np.int32), ends), shape=(N, N))
    joint = sparse.csr_array((P + P.T) / (2 * N))
    joint.sort_indices()
    return joint


@dataclass(frozen=True, eq=False)
class Pairs:
    """The pairs i < j of points that attract one another, row by row.

    P: their p_ij, a sparse upper triangle (N, N) with E entries
    counts (N,): how many of them each row has
    """

    P: Any
    counts: NDArray[np.int32]

    @classmethod
    def of(cls, P: Any) -> Pairs:
        """Take the upper triangle of symmetric probabilities P (N, N)."""
        upper = sparse.csr_array(sparse.triu(P, 1))
        return cls(upper, np.diff(upper.indptr))

    def one_plus_distances(self, Y: Array) -> Array:
        """Return 1 + |y_i - y_j|^2 for every pair, (E,)."""
        total = np.ones(self.P.nnz)
        for y in Y.T:
            apart = np.repeat(y, self.counts)
            apart -= y[self.P.indices]
            apart *= apart
            total += apart
        return total


def attraction(pairs: Pairs, Y: Array) -> Array:
    """Return sum_j p_ij w_ij (y_i - y_j) for each of the places Y (N, 2)."""
    strength = pairs.P.data / pairs.one_plus_distances(Y)  # (E,), p_ij w_ij
    W = sparse.csr_array((strength, pairs.P.indices, pairs.P.indptr), shape=pairs.P.shape)
    places = np.column_stack([Y, np.ones(len(Y))])  # (N, 3)
    drawn = W @ places + W.T @ places  # (N, 3): where to, and how strongly in all
    force: Array = drawn[:, 2:] * Y - drawn[:, :2]
    return force


def fast_forces(P: Any) -> Callable[[Array, float], Array]:
    """Return the gradient as the descent asks for it, for sparse symmetric probabilities P (N, N)."""
    pairs = Pairs.of(P)

    def forces(Y: Array, exaggeration: float) -> Array:
        repelled, Z = repulsion(Y)
        dY: Array = 4 * (exaggeration * attraction(pairs, Y) - repelled / Z)
        return dY

    return forces


def fast_tsne_loss(P: Any, Y: Array) -> float:
    """Compute KL(P || Q) of sparse symmetric probabilities P (N, N) that sum to 1, with Z from the grid."""
    pairs = Pairs.of(P)
    p = pairs.P.data
    return float(2 * (xlogy(p, p) + p * np.log(pairs.one_plus_distances(Y))).sum() + np.log(repulsion(Y)[1]))


def nearby_probabilities(X: Array, perplexity: float, generator: np.random.Generator) -> Any:
    """Return the sparse joint probabilities of points X (N, D), each with three times perplexity neighbours."""
    K = min(len(X) - 1, int(3 * perplexity))
    found = nearest(X, K) if len(X) <= BRUTE_FORCE else nearly_nearest(X, K, generator)
    return sparse_probabilities(*found, perplexity)


def fast_tsne(
    X: Array,
    generator: np.random.Generator,
    *,
    perplexity: float = 30.0,
    dimensions: int = 50,
    schedule: Schedule | None = None,
    Y: Array | None = None,
    progress: Callable[[State], None] | None = None,
) -> State:
    """Place points X (N, D) in the plane, and return the last state: its Y (N, 2) are the places.

    generator: draws the directions in which many points are parted; up to BRUTE_FORCE of them, nothing is drawn
    perplexity: how many neighbours each point effectively has; three times as many are looked at
    dimensions: how many principal components distances are measured along, if points have more
    Y: the first places, the principal components unless others are given
    progress: called with the state after every step
    For a run that is to stop and go on, see `descend`, of which this is the whole in one go.
    """
    near = pca(X, dimensions) if min(X.shape) > dimensions else X
    P = nearby_probabilities(near, perplexity, generator)
    state = start(first_places(near) if Y is None else Y)
    return descend(state, fast_forces(P), schedule or Schedule(), progress=progress)
