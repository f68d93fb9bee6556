"""The auto-encoder: a net that repeats its input, and must get it through a code that is shorter or mostly silent.

    h = f(W1 x + b1)            y = g(W2 h + b2)            J = 1/2m sum (y - x)^2 + penalty

x (n, m) are m examples side by side, h (k, m) their codes, y (n, m) what is restored from them; W1 (k, n), b1 (k, 1),
W2 (n, k) and b2 (n, 1) are the parameters. The kinds differ in what keeps the net from copying:

    plain       k < n: the code is too short
    tied        W2 = W1^T: half as many weights; W2 is then no parameter
    denoising   the net reads x with entries set to 0, and is to restore x as it was
    sparse      penalty = beta sum_j KL(rho || rho_j), rho_j the mean of h_j: each unit is to be active a part rho only

If neither f nor g bends anything, the best code is that of PCA, or any other with the same span: nothing linear can do
better, and the principal components do as well.

G. E. Hinton and R. R. Salakhutdinov, "Reducing the dimensionality of data with neural networks", Science 313 (2006).
P. Vincent and others, "Extracting and composing robust features with denoising autoencoders", ICML 2008.
P. Baldi and K. Hornik, "Neural networks and principal component analysis", Neural Networks 2 (1989).
A. Ng, "Sparse autoencoder", lecture notes CS294A (2011).
Left out: contractive penalties; codes with more units than inputs and nothing to hold them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from reference.activations import Array, Parameters
from reference.networks.dense import activation, dense_backward, dense_forward
from reference.networks.feed_forward import BENDS
from reference.networks.parameters import Twin

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

AutoencoderCache = tuple[Array, Array, Array, Parameters, str, str]


def autoencoder_forward(
    x: Array, parameters: Parameters, hidden: str = "sigmoid", output: str = "identity"
) -> tuple[Array, Array, AutoencoderCache]:
    """Encode examples, and restore them from their codes.

    Arguments:
        x (n, m): what is read, one column for each of m examples
        parameters: a dict with W1 (k, n), b1 (k, 1), b2 (n, 1), and W2 (n, k) unless it is tied to be W1 transposed
        hidden, output: what bends the code and what is restored, "identity", "relu", "sigmoid", "softmax" or "tanh"

    Returns (y, h, cache): what is restored (n, m), the codes (k, m), and for the backward pass the tuple (x, h, y,
    parameters, hidden, output).
    """
    h = activation(hidden).forward(dense_forward(x, parameters["W1"], parameters["b1"])[0])  # (k, m)
    y = activation(output).forward(dense_forward(h, _decoder(parameters), parameters["b2"])[0])  # (n, m)
    return y, h, (x, h, y, parameters, hidden, output)


def _decoder(parameters: Parameters) -> Array:
    return parameters["W2"] if "W2" in parameters else parameters["W1"].T


def autoencoder_backward(dy: Array, dh: Array, cache: AutoencoderCache) -> dict[str, Array]:
    """Compute the gradients of an auto-encoder, given those at what is restored and directly at the codes.

    Arguments:
        dy (n, m): the gradient at what is restored
        dh (k, m): what a penalty asks of the codes directly, zeros if there is none
        cache: what autoencoder_forward returned

    Returns a dict with dx (n, m), dW1 (k, n), db1 (k, 1), db2 (n, 1), and dW2 (n, k) unless that is tied: then dW1 has
    the gradients of both its uses.
    """
    x, h, y, parameters, hidden, output = cache
    out = dense_backward(activation(output).backward(dy, y), (h, _decoder(parameters)))
    back = dense_backward(activation(hidden).backward(out["dA"] + dh, h), (x, parameters["W1"]))
    shared = {"dx": back["dA"], "db1": back["db"], "db2": out["db"]}
    if "W2" not in parameters:
        return {**shared, "dW1": back["dW"] + out["dW"].T}
    return {**shared, "dW1": back["dW"], "dW2": out["dW"]}


def corrupt(x: Array, p: float, generator: np.random.Generator) -> Array:
    """Destroy a part of the input, for a net that is to restore it.

    Arguments:
        x: an array of any shape, which is not changed
        p: the probability with which an entry is set to 0
        generator: where that is drawn

    Returns an array of the shape of x.
    """
    return np.where(generator.random(x.shape) < p, 0.0, x)


def sparsity_penalty(h: Array, rho: float, beta: float) -> float:
    """Compute how far units are from being silent but for a part of the time.

        beta sum_j rho log(rho / rho_j) + (1 - rho) log((1 - rho) / (1 - rho_j))

    Arguments:
        h (k, m): codes between 0 and 1 of m examples; rho_j is the mean of row j
        rho: the part of the time that a unit is to be active, between 0 and 1
        beta: what this counts beside the loss

    Returns the penalty, a number: 0 if every mean is rho.
    """
    means = h.mean(axis=1)  # (k,)
    return beta * float((rho * np.log(rho / means) + (1 - rho) * np.log((1 - rho) / (1 - means))).sum())


def sparsity_gradient(h: Array, rho: float, beta: float) -> Array:
    """Compute the gradient of beta sum_j rho log(rho / rho_j) + (1 - rho) log((1 - rho) / (1 - rho_j)).

    Arguments:
        h (k, m): codes between 0 and 1 of m examples; rho_j is the mean of row j
        rho: the part of the time that a unit is to be active, between 0 and 1
        beta: what this counts beside the loss

    Returns dh (k, m).
    """
    means = h.mean(axis=1, keepdims=True)  # (k, 1)
    slope: Array = beta * ((1 - rho) / (1 - means) - rho / means) / h.shape[1]
    return np.broadcast_to(slope, h.shape).copy()


class Autoencoder(Twin):
    """The twin: the same auto-encoder on the same parameters, for training."""

    def __init__(
        self,
        parameters: Parameters,
        hidden: str = "sigmoid",
        output: str = "identity",
        dtype: torch.dtype = torch.float64,
    ) -> None:
        super().__init__(parameters, dtype)
        self.f, self.g = BENDS[hidden], BENDS[output]

    def code(self, x: torch.Tensor) -> torch.Tensor:
        """Return the codes h (k, m) of x (n, m)."""
        return self.f(self.theta["W1"] @ x + self.theta["b1"])

    def restored(self, h: torch.Tensor) -> torch.Tensor:
        """Return what is restored (n, m) from codes h (k, m)."""
        W2 = self.theta["W2"] if "W2" in self.theta else self.theta["W1"].T
        return self.g(W2 @ h + self.theta["b2"])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return what is restored (n, m) of x (n, m)."""
        return self.restored(self.code(x))


def reconstruction_loss(
    p: float = 0.0, rho: float = 0.05, beta: float = 0.0
) -> Callable[[Autoencoder, Sequence[torch.Tensor]], torch.Tensor]:
    """Return the loss that `train` makes small, for batches of examples (m, n).

    p: the probability with which an entry of what the net reads is set to 0
    rho, beta: the part of the time that a unit is to be active, and what that counts; 0 for no penalty
    """

    def loss(model: Autoencoder, batch: Sequence[torch.Tensor]) -> torch.Tensor:
        x = batch[0].T  # (n, m)
        h = model.code(torch.where(torch.rand_like(x) < p, 0, x) if p else x)  # (k, m)
        J = ((model.restored(h) - x) ** 2).sum() / (2 * x.shape[1])
        if not beta:
            return J
        means = h.mean(dim=1)  # (k,)
        apart = rho * torch.log(rho / means) + (1 - rho) * torch.log((1 - rho) / (1 - means))
        return J + beta * apart.sum()

    return loss
