"""The right answers of this assignment: references where the contract is theirs, and what has no reference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from reference.counts.cooccurrence import cooccurrence  # noqa: F401
from reference.embeddings.glove import (
    glove_gradients,
    glove_loss,
    glove_step,
    glove_weight,  # noqa: F401
    probe_ratios,  # noqa: F401
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Numbers = NDArray[np.integer[Any]]
    Parameters = dict[str, Array]


def cells(X: Any) -> tuple[Numbers, Numbers, Array]:
    """Return where a table is not 0, and what stands there.

    Arguments:
        X (V, V): a table of counts, a NumPy array or a sparse array of SciPy's

    Returns (i, j, x), three arrays of shape (N,): X[i[n], j[n]] is x[n], and all other entries are 0.
    """
    table = sparse.coo_array(X)
    there = table.data != 0
    return table.row[there], table.col[there], table.data[there]


def dense(X: Any) -> Array:
    """Return a table of counts, a NumPy array or a sparse array of SciPy's, as a NumPy array with all its zeros."""
    return X.toarray() if sparse.issparse(X) else np.asarray(X)


def predicted_ratios(parameters: Parameters, i: int, j: int, probes: Sequence[int]) -> Array:
    """Tell two words apart by their vectors: how many times likelier each probe is near the one than near the other.

    Arguments:
        parameters: a dict with W (V, d), W_tilde (V, d), b (V,), b_tilde (V,)
        i, j: the numbers of the two words
        probes: a list of the numbers k of n words

    Returns (n,): exp((w_i - w_j) w~_k) for each probe k, which stands for P(k|i) / P(k|j).
    """
    difference = parameters["W"][i] - parameters["W"][j]  # (d,)
    return np.exp(parameters["W_tilde"][list(probes)] @ difference)  # (n,)


def train(
    X: Any,
    start: Parameters,
    epochs: int,
    seed: int,
    learning_rate: float = 0.05,
    x_max: float = 10,
    *,
    loss: Callable[..., float] = glove_loss,
    gradients: Callable[..., Parameters] = glove_gradients,
    step: Callable[..., tuple[Array, Array]] = glove_step,
) -> tuple[Parameters, list[float]]:
    """Fit vectors and biases to a table of counts, by AdaGrad over its diagonals in random order.

    Arguments:
        X (V, V): how often word j is met near word i, dense or sparse
        start: a dict with W (V, d), W_tilde (V, d), b (V,), b_tilde (V,), the parameters before the training; they
            must stay as they are
        epochs: how often to go through all cells
        seed: an integer; the order of the diagonals comes from np.random.default_rng(seed)
        learning_rate: that of glove_step
        x_max: that of f(x); alpha is 0.75

    Returns the tuple (parameters, losses):
        parameters: a dict with W (V, d), W_tilde (V, d), b (V,), b_tilde (V,), trained
        losses: a list of epochs + 1 numbers, the loss J of the whole table before the training and after each epoch

    Parts: `loss`, `gradients` and `step` are glove_loss, glove_gradients and glove_step.
    """
    generator = np.random.default_rng(seed)
    i, j, x = cells(X)
    V = X.shape[0]
    diagonal = (j - i) % V  # (N,)
    tables = [
        sparse.coo_array((x[here], (i[here], j[here])), shape=(V, V)) for here in (diagonal == k for k in range(V))
    ]
    parameters = dict(start)
    squares = {name: np.ones(theta.shape) for name, theta in parameters.items()}
    losses = [loss(X, parameters, x_max)]
    for _ in range(epochs):
        for k in generator.permutation(V):
            slopes = gradients(tables[k], parameters, x_max)
            for name, theta in parameters.items():
                parameters[name], squares[name] = step(theta, slopes[f"d{name}"], squares[name], learning_rate)
        losses.append(loss(X, parameters, x_max))
    return parameters, losses


def untrained(inputs: dict[str, Any], held_out: dict[str, Any]) -> Parameters:  # noqa: ARG001  (as every baseline)
    """Answer with the parameters before the training."""
    return inputs["start"]  # type: ignore[no-any-return]


def chance(inputs: dict[str, Any], held_out: dict[str, Any]) -> Parameters:  # noqa: ARG001  (as every baseline)
    """Answer as if words met by chance alone, each as often as both are frequent, and the vectors knew nothing."""
    i, j, x = cells(inputs["X"])
    start, V = inputs["start"], len(inputs["start"]["b"])
    rows, columns = np.bincount(i, x, V), np.bincount(j, x, V)  # (V,) each
    return _without_vectors(start) | {"b": np.log(rows), "b_tilde": np.log(columns / rows.sum())}


def biases_alone(inputs: dict[str, Any], held_out: dict[str, Any]) -> Parameters:  # noqa: ARG001  (as every baseline)
    """Answer with biases that were trained without any vectors: vectors that are all zero have no slope."""
    return train(**inputs | {"start": _without_vectors(inputs["start"])})[0]


def _without_vectors(start: Parameters) -> Parameters:
    return start | {name: np.zeros(start[name].shape) for name in ("W", "W_tilde")}
