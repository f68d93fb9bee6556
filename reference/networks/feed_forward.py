"""The feed-forward net: layers one after another, each of which reads what the one before it has made of the input.

    A_0 = X                Z_l = W_l A_l-1 + b_l            A_l = f(Z_l) M_l            l = 1, ..., L - 1
    Z = W_L A_L-1 + b_L

X (n_0, m) is the input for m examples side by side, Z (n_L, m) the scores, f what bends the hidden layers, W_l (n_l,
n_l-1) and b_l (n_l, 1) the parameters. M_l is a dropout mask, or 1. With a single layer this is logistic regression.
The backward pass is the chain rule, from the last layer to the first: back-propagation.

D. E. Rumelhart, G. E. Hinton and R. J. Williams, "Learning representations by back-propagating errors", Nature 323
(1986).
Left out: connections that skip layers; batch normalisation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from reference.networks.dense import Activation, activation, dense_backward, dense_forward
from reference.networks.parameters import Twin

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from reference.activations import Array, Parameters
    from reference.networks.dense import DenseCache

Caches = tuple["list[tuple[DenseCache, Array, Array | float]]", Activation]


def feed_forward(
    X: Array, parameters: Parameters, hidden: str = "relu", masks: Sequence[Array] = ()
) -> tuple[Array, Caches]:
    """Compute the scores of a feed-forward net.

    Arguments:
        X (n_0, m): the input, one column for each of m examples
        parameters: a dict with W1 (n_1, n_0), b1 (n_1, 1), W2 (n_2, n_1), and so on
        hidden: what bends the hidden layers, "relu", "tanh", "sigmoid" or "identity"; the last layer is not bent
        masks: dropout masks M_1 (n_1, m), M_2, ..., which the hidden layers are multiplied by; none without dropout

    Returns (Z, caches): the scores (n_L, m), and the tuple (a cache for each layer, the activation).
    """
    f, L = activation(hidden), len(parameters) // 2
    A, caches = X, []
    for layer in range(1, L + 1):
        Z, cache = dense_forward(A, parameters[f"W{layer}"], parameters[f"b{layer}"])  # (n_l, m)
        mask = masks[layer - 1] if masks and layer < L else 1.0
        A = f.forward(Z) if layer < L else Z  # (n_l, m)
        caches.append((cache, A, mask))
        A = A * mask
    return A, (caches, f)


def feed_forward_backward(dZ: Array, caches: Caches) -> dict[str, Array]:
    """Compute the gradients of a feed-forward net, given that at its scores: back-propagation.

    For a loss L, dX stands for dL/dX and has the shape of X. Gradients of parameters are summed over the examples.

    Arguments:
        dZ (n_L, m): the gradient at the scores
        caches: the tuple that feed_forward returned

    Returns a dict with dX (n_0, m), dW1 (n_1, n_0), db1 (n_1, 1), and so on.
    """
    layers, f = caches
    gradients, dA = {}, dZ
    for layer, (cache, A, mask) in reversed(list(enumerate(layers, start=1))):
        dA = dA * mask
        step = dense_backward(dA if layer == len(layers) else f.backward(dA, A), cache)
        dA = step["dA"]  # (n_l-1, m)
        gradients[f"dW{layer}"], gradients[f"db{layer}"] = step["dW"], step["db"]
    return {"dX": dA, **gradients}


BENDS: Mapping[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "identity": lambda Z: Z,
    "relu": torch.relu,
    "sigmoid": torch.sigmoid,
    "softmax": lambda Z: torch.softmax(Z, 0),
    "tanh": torch.tanh,
}


class FeedForward(Twin):
    """The twin: the same net on the same parameters, for training.

    hidden: what bends the hidden layers
    p: the probability with which a hidden unit is silent while training
    """

    def __init__(
        self, parameters: Parameters, hidden: str = "relu", p: float = 0.0, dtype: torch.dtype = torch.float64
    ) -> None:
        super().__init__(parameters, dtype)
        self.hidden, self.p = BENDS[hidden], p

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """Return the scores Z (n_L, m) of X (n_0, m)."""
        L = len(self.theta) // 2
        for layer in range(1, L):
            X = self.hidden(self.theta[f"W{layer}"] @ X + self.theta[f"b{layer}"])
            X = torch.nn.functional.dropout(X, self.p, self.training)
        Z: torch.Tensor = self.theta[f"W{L}"] @ X + self.theta[f"b{L}"]
        return Z


def classification_loss(l2: float = 0.0) -> Callable[[Twin, Sequence[torch.Tensor]], torch.Tensor]:
    """Return the loss that `train` makes small, for batches of examples (m, ...) and their right classes (m,).

    l2: lambda, for lambda/2 times the sum of the squares of all weights, added to the mean cross-entropy
    """

    def loss(model: Twin, batch: Sequence[torch.Tensor]) -> torch.Tensor:
        x, t = batch
        J = torch.nn.functional.cross_entropy(model(x.movedim(0, -1)).T, t)
        weights = (W for name, W in model.theta.items() if name.startswith("W"))
        return J + l2 / 2 * torch.stack([(W**2).sum() for W in weights]).sum() if l2 else J

    return loss
