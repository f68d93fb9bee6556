"""t-SNE: points in a plane, placed so that the neighbours of each are those that it has in many dimensions.

Distances in many dimensions become probabilities: p_j|i is how likely i would pick j as its neighbour, if it picked
under a Gaussian around itself. The width of that Gaussian is chosen point by point, so that each has the same effective
number of neighbours, the perplexity. In the plane, Student's t with one degree of freedom takes the Gaussian's place:
its heavy tail lets points that are moderately far apart lie much farther apart there, for which there would be no room
otherwise. Then the points move until one distribution tells as little from the other as it can.

    p_j|i = exp(-beta_i |x_i - x_j|^2) / sum_k!=i exp(-beta_i |x_i - x_k|^2)        2^H(p_.|i) = perplexity
    p_ij  = (p_j|i + p_i|j) / 2N
    w_ij  = 1 / (1 + |y_i - y_j|^2)            q_ij = w_ij / Z            Z = sum_k!=l w_kl
    C     = KL(P || Q) = sum_ij p_ij log(p_ij / q_ij)
    dC/dy_i = 4 sum_j (p_ij - q_ij) w_ij (y_i - y_j)

X (N, D) are the points, Y (N, 2) their places, P and Q (N, N) with zeros on the diagonal; beta_i = 1 / (2 sigma_i^2).

L. van der Maaten and G. Hinton, "Visualizing data using t-SNE", Journal of Machine Learning Research 9 (2008). They
start from random places; D. Kobak and G. C. Linderman, "Initialization is critical for preserving global data structure
in both t-SNE and UMAP", Nature Biotechnology 39 (2021), show that to start from the principal components keeps what
lies far apart in its order. `descent.py` has how the points move.
Left out: N^2 distances at a time are worked out at every step; `fast_tsne.py` does not. No places for new points.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import entr, xlogy

from reference.projection.descent import Schedule, descend, start
from reference.projection.pca import pca

if TYPE_CHECKING:
    from collections.abc import Callable

    from reference.activations import Array
    from reference.projection.descent import State

    Step = Callable[[Array], Array]

# Bisection halves the bracket of log beta each time: by then nothing is left of it in double precision.
HALVINGS = 100


def squared_distances(X: Array) -> Array:
    """Compute the squared Euclidean distance between every two points.

    Arguments:
        X (N, D): the points

    Returns D (N, N): |x_i - x_j|^2, symmetric, never negative, exactly 0 on the diagonal.
    """
    X = X - X.mean(axis=0)  # distances stay as they are, and rounding errors shrink with the lengths
    lengths = (X**2).sum(axis=1)  # (N,)
    D = np.maximum(lengths[:, None] + lengths - 2 * X @ X.T, 0)  # (N, N)
    np.fill_diagonal(D, 0)
    symmetric: Array = (D + D.T) / 2
    return symmetric


def perplexities(P: Array) -> Array:
    """Compute the perplexity of each row of probabilities: how many equally likely neighbours would be as uncertain.

    Arguments:
        P (N, K): each row a distribution; entries may be 0

    Returns (N,): 2 to the power of each row's entropy in bits, -sum_j p_j log2 p_j.
    """
    found: Array = np.exp(entr(P).sum(axis=1))
    return found


def conditional_probabilities(D: Array, perplexity: float = 30.0, *, measure: Step = perplexities) -> Array:
    """Turn distances into the probabilities p_j|i with which each point picks each other one as its neighbour.

        p_j|i = exp(-beta_i D_ij) / sum_k!=i exp(-beta_i D_ik)            p_i|i = 0

    Arguments:
        D (N, N): the squared distances |x_i - x_j|^2; the diagonal plays no part
        perplexity: the perplexity that each row is to have, from 1 to N - 1; else a ValueError

    Returns P (N, N): in row i the distribution p_.|i, with beta_i found by bisection. A point that has more nearest
    neighbours at one and the same distance than perplexity asks for gives each of these the same probability.

    Parts: measure is how the perplexity of rows is found; whatever keeps the contract of perplexities can take its
    place.
    """
    apart = np.array(D, dtype=np.float64)  # (N, N)
    np.fill_diagonal(apart, np.inf)
    return neighbour_probabilities(apart, perplexity, measure)


def neighbour_probabilities(D: Array, perplexity: float, measure: Step) -> Array:
    """Do the same for the squared distances D (N, K) from each point to K others only; where D is inf, p is 0."""
    most = float(np.isfinite(D).sum(axis=1).min(initial=len(D)))
    if not 1 <= perplexity <= most:
        raise ValueError(f"perplexity must be from 1 to {most:.0f}, the number of neighbours, not {perplexity}")
    D = D - D.min(axis=1, keepdims=True)  # (N, K); a common shift cancels, and exp(-beta D) cannot vanish altogether
    beta = find_precisions(D, perplexity, measure)  # (N,)
    return _gaussian_rows(D, beta)


def find_precisions(D: Array, perplexity: float, measure: Step, tolerance: float = 1e-10) -> Array:
    """Find beta (N,) such that the entropy of each row of probabilities is within tolerance of log(perplexity).

    D (N, K) are squared distances of which the least in each row is 0. The entropy falls as beta grows; so log beta is
    bracketed, and the bracket halved, for all rows side by side until each is near enough.
    """
    scale = np.where(np.isfinite(D), D, 0).sum(axis=1) / np.isfinite(D).sum(axis=1)  # (N,)
    middle = -np.log(np.where(scale > 0, scale, 1))
    low, high = middle - 60, middle + 60  # beta times the mean distance may be anything from e^-60 to e^60
    rows = np.arange(len(D))
    for _ in range(HALVINGS):
        found = measure(_gaussian_rows(D[rows], np.exp(middle[rows])))
        off = np.log(found) - np.log(perplexity)
        low[rows] = np.where(off > 0, middle[rows], low[rows])
        high[rows] = np.where(off > 0, high[rows], middle[rows])
        rows = rows[np.abs(off) > tolerance]
        if not len(rows):
            break
        middle[rows] = (low[rows] + high[rows]) / 2
    beta: Array = np.exp(middle)
    return beta


def _gaussian_rows(D: Array, beta: Array) -> Array:
    weights = np.exp(-beta[:, None] * D)  # (N, K)
    P: Array = weights / weights.sum(axis=1, keepdims=True)
    return P


def joint_probabilities(P: Array) -> Array:
    """Make the probabilities symmetric, so that a point far from all others still counts for something.

    Arguments:
        P (N, N): p_j|i in row i and column j

    Returns (N, N): (p_j|i + p_i|j) / 2N; all entries together sum to 1.
    """
    joint: Array = (P + P.T) / (2 * len(P))
    return joint


def student_t_weights(Y: Array, *, distances: Step = squared_distances) -> Array:
    """Compute how near every two places in the plane are, by Student's t with one degree of freedom.

    Arguments:
        Y (N, d): the places

    Returns w (N, N): 1 / (1 + |y_i - y_j|^2), with zeros on the diagonal. Divided by their sum, these are Q.

    Parts: distances is how places are compared; whatever keeps the contract of squared_distances can take its place.
    """
    w: Array = 1 / (1 + distances(Y))
    np.fill_diagonal(w, 0)
    return w


def tsne_loss(P: Array, Y: Array, *, weights: Step = student_t_weights) -> float:
    """Compute the divergence of the places from the points: KL(P || Q), in nats.

    Arguments:
        P (N, N): the joint probabilities of the points
        Y (N, d): their places, of which Q is made

    Returns sum_ij p_ij log(p_ij / q_ij), in which entries of P that are 0 count nothing.

    Parts: weights is how near two places are; whatever keeps the contract of student_t_weights can take its place.
    """
    w = weights(Y)  # (N, N)
    off_diagonal = ~np.eye(len(P), dtype=bool)
    return float((xlogy(P, P)[off_diagonal] - P[off_diagonal] * np.log(w[off_diagonal] / w.sum())).sum())


def tsne_gradient(P: Array, Y: Array, *, weights: Step = student_t_weights) -> Array:
    """Compute the gradient of tsne_loss at the places.

    Arguments:
        P (N, N): the joint probabilities of the points, symmetric, with zeros on the diagonal
        Y (N, d): their places

    Returns dY (N, d): 4 sum_j (p_ij - q_ij) w_ij (y_i - y_j) in row i. P is taken as it comes, even if its entries do
    not sum to 1: a P times 12 draws twelve times as hard, as early exaggeration wants it.

    Parts: weights is how near two places are; whatever keeps the contract of student_t_weights can take its place.
    """
    w = weights(Y)  # (N, N)
    forces = (P - w / w.sum()) * w  # (N, N)
    dY: Array = 4 * (forces.sum(axis=1, keepdims=True) * Y - forces @ Y)
    return dY


def first_places(X: Array) -> Array:
    """Return the first two principal components of points X (N, D), shrunk until the wider has deviation 1e-4: (N, 2).

    So near to one another, all points are each other's neighbours, and each is free to go anywhere.
    """
    Y = pca(X, 2)  # (N, 2)
    spread = float(Y[:, 0].std())
    if not spread > 0:
        raise ValueError("these points give no first places: they are all equal, or one of them is not finite")
    return 1e-4 * Y / spread


def tsne(
    X: Array,
    *,
    perplexity: float = 30.0,
    schedule: Schedule | None = None,
    Y: Array | None = None,
    progress: Callable[[State], None] | None = None,
) -> State:
    """Place points X (N, D) in the plane, and return the last state: its Y (N, 2) are the places.

    perplexity: how many neighbours each point effectively has
    Y: the first places, the principal components unless others are given
    progress: called with the state after every step
    For a run that is to stop and go on, see `descend`, of which this is the whole in one go.
    """
    P = joint_probabilities(conditional_probabilities(squared_distances(X), perplexity))  # (N, N)
    state = start(first_places(X) if Y is None else Y)
    return descend(state, exact_forces(P), schedule or Schedule(), progress=progress)


def exact_forces(P: Array) -> Callable[[Array, float], Array]:
    """Return the gradient as the descent asks for it: of places and of a factor by which P is exaggerated."""
    return lambda Y, exaggeration: tsne_gradient(exaggeration * P, Y)
