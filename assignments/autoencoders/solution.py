"""The right answers: references, and what a student writes with the help of what is given.

The auto-encoder is that of `reference/autoencoders/autoencoder.py` once more, which finds what bends its layers in a
table that a notebook does not have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from reference.activations import sigmoid, softmax
from reference.autoencoders.autoencoder import corrupt, sparsity_gradient, sparsity_penalty  # noqa: F401
from reference.autoencoders.stacked import unrolled  # noqa: F401
from reference.autoencoders.topics import topic_words  # noqa: F401
from reference.autoencoders.variational import gaussian_kl, variational_backward, variational_forward  # noqa: F401
from reference.counts.similarity import cosine_similarity, euclidean_distance, euclidean_similarity  # noqa: F401
from reference.networks.dense import dense_backward, dense_forward  # noqa: F401
from reference.networks.losses import binary_cross_entropy, binary_cross_entropy_gradient  # noqa: F401
from reference.networks.optimisers import adam_step

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Parameters = Mapping[str, Array]
    Cache = tuple[Array, Array, Array, Parameters, str, str]


def bend(Z: Array, kind: str) -> Array:
    """Return f(Z), in the shape of Z (k, m), for f identity, relu, sigmoid, softmax (of each column) or tanh."""
    kinds = {"relu": lambda Z: np.maximum(Z, 0), "sigmoid": sigmoid, "softmax": softmax, "tanh": np.tanh}
    return Z if kind == "identity" else kinds[kind](Z)


def bend_backward(dA: Array, A: Array, kind: str) -> Array:
    """Return the gradient at Z, given that at A = bend(Z, kind); all three are of the shape (k, m)."""
    if kind == "softmax":
        return A * (dA - (A * dA).sum(axis=0, keepdims=True))
    return dA * {"identity": 1.0, "relu": A > 0, "sigmoid": A * (1 - A), "tanh": 1 - A**2}[kind]


def similarity_lost(before: Array, after: Array, similarity: Callable[[Array, Array], float]) -> float:
    """Return by how much the similarity of two rows differs before and after, as a mean over all pairs of rows."""
    pairs = [(i, j) for i in range(len(before)) for j in range(i)]
    changes = [similarity(before[i], before[j]) - similarity(after[i], after[j]) for i, j in pairs]
    return float(np.mean(np.abs(changes)))


def autoencoder_forward(
    x: Array, parameters: Parameters, hidden: str = "sigmoid", output: str = "identity"
) -> tuple[Array, Array, Cache]:
    """Encode examples, and restore them from their codes.

        h = f(W1 x + b1)            y = g(W2 h + b2), or g(W1^T h + b2) if the weights are tied

    Arguments:
        x (n, m): what is read, one column for each of m examples
        parameters: a dict with W1 (k, n), b1 (k, 1), b2 (n, 1), and W2 (n, k) unless it is tied to be W1 transposed
        hidden, output: what bends the code and what is restored, "identity", "relu", "sigmoid", "softmax" or "tanh"

    Returns the tuple (y, h, cache):
        y (n, m): what is restored
        h (k, m): the codes
        cache: the tuple (x, h, y, parameters, hidden, output)
    """
    W1 = parameters["W1"]
    W2 = parameters.get("W2", W1.T)
    h = bend(W1 @ x + parameters["b1"], hidden)  # (k, m)
    y = bend(W2 @ h + parameters["b2"], output)  # (n, m)
    return y, h, (x, h, y, parameters, hidden, output)


def autoencoder_backward(dy: Array, dh: Array, cache: Cache) -> dict[str, Array]:
    """Compute the gradients of an auto-encoder, given those at what is restored and directly at the codes.

    Arguments:
        dy (n, m): the gradient at what is restored
        dh (k, m): what a penalty asks of the codes directly, zeros if there is none
        cache: the tuple (x, h, y, parameters, hidden, output) that autoencoder_forward returned

    Returns a dict with dx (n, m), dW1 (k, n), db1 (k, 1), db2 (n, 1), and dW2 (n, k) unless that is tied: then dW1 has
    the gradients of both its uses.
    """
    x, h, y, parameters, hidden, output = cache
    W1 = parameters["W1"]
    W2 = parameters.get("W2", W1.T)
    decoded = bend_backward(dy, y, output)  # (n, m), at the argument of g
    encoded = bend_backward(W2.T @ decoded + dh, h, hidden)  # (k, m), at the argument of f
    of_encoder, of_decoder = encoded @ x.T, decoded @ h.T  # (k, n), (n, k)
    gradients = {
        "dx": W1.T @ encoded,
        "db1": encoded.sum(axis=1, keepdims=True),
        "db2": decoded.sum(axis=1, keepdims=True),
    }
    if "W2" in parameters:
        return {**gradients, "dW1": of_encoder, "dW2": of_decoder}
    return {**gradients, "dW1": of_encoder + of_decoder.T}


def corruption_values(x: Array, p: float) -> Array:  # noqa: ARG001  (asked with the inputs of the case)
    """Return what an entry of a corrupted input may be, (*x.shape, 2), for the check of corrupt."""
    return np.stack([0 * x, x], axis=-1)


def corruption_chances(x: Array, p: float) -> Array:
    """Return how probable each of these is, (*x.shape, 2)."""
    return np.broadcast_to([p, 1 - p], (*x.shape, 2))


def train(
    start: Parameters,
    x: Array,
    epochs: int,
    seed: int,
    hidden: str = "sigmoid",
    output: str = "identity",
    p: float = 0.0,
    rate: float = 0.01,
    batch: int = 50,
    *,
    forward: Callable[..., tuple[Array, Array, Any]] = autoencoder_forward,
    backward: Callable[[Array, Array, Any], Mapping[str, Array]] = autoencoder_backward,
    destroy: Callable[[Array, float, np.random.Generator], Array] = corrupt,
) -> tuple[Parameters, list[float]]:
    """Train an auto-encoder, plain or denoising, and watch how its loss falls.

        J = 1 / 2m times the sum of (y - x)^2

    Arguments:
        start: the dict of its parameters before the training, as in autoencoder_forward; they must stay as they are
        x (n, m): m examples
        epochs: how often to go through the examples
        seed: an integer; all chance comes from np.random.default_rng(seed)
        hidden, output: what bends the code and what is restored, as in autoencoder_forward
        p: the probability with which an entry of what the net reads is set to 0 while training
        rate: the learning rate of Adam
        batch: how many examples make a batch; the last one of an epoch may be smaller

    Returns the tuple (parameters, losses):
        parameters: the dict of the parameters after the training, arrays with the names and shapes of `start`
        losses: epochs + 1 numbers, the loss of all examples, none of them destroyed, before the training and after each
            epoch

    Parts: `forward`, `backward` and `destroy` are autoencoder_forward, autoencoder_backward and corrupt.
    """
    generator, m = np.random.default_rng(seed), x.shape[1]
    parameters, step = dict(start), 0
    v = s = {name: np.zeros(array.shape) for name, array in parameters.items()}
    losses = [float(((forward(x, parameters, hidden, output)[0] - x) ** 2).sum() / (2 * m))]
    for _ in range(epochs):
        order = generator.permutation(m)
        for first in range(0, m, batch):
            whole = x[:, order[first : first + batch]]  # (n, at most batch)
            y, h, cache = forward(destroy(whole, p, generator), parameters, hidden, output)
            gradients = backward((y - whole) / whole.shape[1], np.zeros(h.shape), cache)
            step += 1
            parameters, v, s = adam_step(parameters, gradients, v, s, step, rate)
        losses.append(float(((forward(x, parameters, hidden, output)[0] - x) ** 2).sum() / (2 * m)))
    return parameters, losses


def loss_after(parameters: Parameters, inputs: Mapping[str, Any]) -> float:
    """Return the loss of parameters on the examples that they were trained on."""
    x = inputs["x"]
    y, _, _ = autoencoder_forward(x, parameters, inputs["hidden"], inputs["output"])
    return float(((y - x) ** 2).sum() / (2 * x.shape[1]))


def untrained(inputs: Mapping[str, Any], held_out: Mapping[str, Any]) -> Parameters:  # noqa: ARG001
    """Return the parameters as they were before the training, a baseline: what they keep is what chance keeps."""
    start: Parameters = inputs["start"]
    return start


def some_directions(inputs: Mapping[str, Any], held_out: Mapping[str, Any]) -> Parameters:  # noqa: ARG001
    """Return an encoder that keeps some directions at right angles and drops the others, a baseline."""
    W1 = np.linalg.qr(inputs["start"]["W1"].T)[0].T  # (k, d)
    return {**inputs["start"], "W1": W1}


def draw_codes(mu: Array, log_var: Array, generator: np.random.Generator) -> Array:
    """Draw codes from normal distributions, by a function through which gradients can pass.

        z = mu + exp(l / 2) eps, with l for log_var and eps drawn from a standard normal distribution

    Arguments:
        mu, log_var (k, m): the means and the logarithms l of the variances, for k numbers of m examples
        generator: a np.random.Generator, from which all chance comes

    Returns z (k, m), each entry drawn by itself.
    """
    return mu + np.exp(log_var / 2) * generator.standard_normal(mu.shape)


def law_of_codes(mu: Array, log_var: Array) -> tuple[Array, Array]:
    """Return mean and standard deviation of each entry of z (k, m), for the check of draw_codes."""
    return mu, np.exp(log_var / 2)
