"""The right answers of this assignment: the references, and what a student writes at less length than they do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from reference.projection.descent import tsne_step
from reference.projection.trustworthiness import trustworthiness  # noqa: F401
from reference.projection.tsne import (
    conditional_probabilities,  # noqa: F401
    joint_probabilities,  # noqa: F401
    perplexities,  # noqa: F401
    squared_distances,  # noqa: F401
    student_t_weights,  # noqa: F401
    tsne_gradient,
    tsne_loss,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Array = NDArray[np.float64]


def pca(X: Array, k: int = 2) -> Array:
    """Draw points along their k principal components.

    Arguments:
        X (N, D): the points
        k: how many directions to keep, from 1 to min(N, D); else a ValueError

    Returns Y (N, k): the centred points along the directions of most spread, the widest first. The sign of a direction
    is such that its entry that is largest in size is positive.
    """
    if not 1 <= k <= min(X.shape):
        raise ValueError(f"k must be from 1 to {min(X.shape)}, not {k}")
    centred = X - X.mean(axis=0)  # (N, D)
    Vt = np.linalg.svd(centred, full_matrices=False)[2][:k]  # (k, D)
    largest = Vt[np.arange(k), np.abs(Vt).argmax(axis=1)]  # (k,)
    return centred @ (Vt.T * np.sign(largest))  # (N, k)


def descend(
    P: Array,
    start: Array,
    steps: int,
    *,
    loss: Callable[[Array, Array], float] = tsne_loss,
    gradient: Callable[[Array, Array], Array] = tsne_gradient,
    step: Callable[..., tuple[Array, Array, Array]] = tsne_step,
) -> tuple[Array, list[float]]:
    """Let the places of N points move until they show who is whose neighbour.

    Arguments:
        P (N, N): the joint probabilities of the points, symmetric, with zeros on the diagonal
        start (N, d): the places before the first step
        steps: how many steps to take, 0 or more

    Returns the tuple (Y, losses):
        Y (N, d): the places after the last step
        losses: steps + 1 numbers, the loss of P itself (never exaggerated) at the start and after each step

    The velocities begin at 0, the gains at 1. Step t, counted from 0, is early if t < steps / 4. An early step takes
    the gradient of 12 P with the learning rate N / 48 and the momentum 0.5; a later one that of P with N / 4 and 0.8.

    Parts: `loss`, `gradient` and `step` are tsne_loss, tsne_gradient and tsne_step.
    """
    N = len(start)
    Y, velocity, gains = start, np.zeros(start.shape), np.ones(start.shape)  # (N, d) each
    losses = [loss(P, Y)]
    for t in range(steps):
        exaggeration, momentum = (12, 0.5) if t < steps / 4 else (1, 0.8)
        dY = gradient(exaggeration * P, Y)  # (N, d)
        Y, velocity, gains = step(Y, velocity, gains, dY, N / (4 * exaggeration), momentum)
        losses.append(loss(P, Y))
    return Y, losses


def untrained(inputs: dict[str, Any], held_out: dict[str, Any]) -> Array:  # noqa: ARG001  (as every baseline)
    """Answer with the places before the first step."""
    return inputs["start"]  # type: ignore[no-any-return]


def principal_components(inputs: dict[str, Any], held_out: dict[str, Any]) -> Array:
    """Answer with the principal components, as large as is best for them."""
    Y = pca(held_out["X"])
    return min((size * Y for size in np.geomspace(1, 100, 20)), key=lambda places: tsne_loss(inputs["P"], places))


def plain_descent(inputs: dict[str, Any], held_out: dict[str, Any]) -> Array:  # noqa: ARG001  (as every baseline)
    """Answer with as many steps straight down the gradient, without momentum and gains."""
    P, Y = inputs["P"], inputs["start"]
    for t in range(inputs["steps"]):
        exaggeration = 12 if t < inputs["steps"] / 4 else 1
        Y = Y - len(Y) / (4 * exaggeration) * tsne_gradient(exaggeration * P, Y)
    return Y  # type: ignore[no-any-return]
