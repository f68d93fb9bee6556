"""A dense layer, and what bends its output: without a bend, two layers could do no more than one.

    Z = W A + b            A' = f(Z)

A (n, m) is the input for m examples side by side, W (k, n) and b (k, 1) the parameters, Z and A' (k, m) the output.
f works entry by entry, but for softmax, whose outputs share out one unit of probability:

    relu(z) = max(z, 0)    f' = [z > 0]            sigmoid    f' = f (1 - f)
    tanh                   f' = 1 - f^2            softmax    dZ = f (dA' - sum over the column of f dA')
    identity               f' = 1

All of these derivatives are known from the output alone, so the output is all that is kept.

V. Nair and G. E. Hinton, "Rectified linear units improve restricted Boltzmann machines", ICML 2010.
Any slope from 0 to 1 is right for relu at 0; here it is 0.
Left out: activations whose derivative asks for Z, such as GELU.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from reference.activations import Array, sigmoid, softmax

if TYPE_CHECKING:
    from collections.abc import Callable

DenseCache = tuple[Array, Array]


@dataclass(frozen=True)
class Activation:
    """A function that bends, and its way back.

    forward: A' from Z
    backward: dZ from dA' and A'
    """

    forward: Callable[[Array], Array]
    backward: Callable[[Array, Array], Array]


def dense_forward(A: Array, W: Array, b: Array) -> tuple[Array, DenseCache]:
    """Compute the scores of a layer, Z = W A + b.

    Arguments:
        A (n, m): the input, one column for each of m examples
        W (k, n), b (k, 1): the parameters

    Returns (Z, cache): Z (k, m), and the tuple (A, W) for the backward pass.
    """
    return W @ A + b, (A, W)  # (k, m)


def dense_backward(dZ: Array, cache: DenseCache) -> dict[str, Array]:
    """Compute the gradients of a layer, given that at its scores.

    For a loss J, dX stands for dJ/dX and has the shape of X. Gradients of parameters are summed over the examples.

    Arguments:
        dZ (k, m): the gradient at Z
        cache: the tuple (A, W) that dense_forward returned

    Returns a dict with dA (n, m), dW (k, n), db (k, 1).
    """
    A, W = cache
    return {"dA": W.T @ dZ, "dW": dZ @ A.T, "db": dZ.sum(axis=1, keepdims=True)}


def relu(Z: Array) -> Array:
    """Cut off what is below 0.

    Arguments:
        Z: scores, an array of any shape

    Returns max(Z, 0), entry by entry.
    """
    return np.maximum(Z, 0)


def softmax_backward(dA: Array, A: Array) -> Array:
    """Compute the gradient at the scores of a softmax, given that at its probabilities.

    Arguments:
        dA (k, m): the gradient at the probabilities
        A (k, m): the probabilities, a distribution in each column

    Returns dZ (k, m), the gradient at the scores.
    """
    mean: Array = (A * dA).sum(axis=0, keepdims=True)  # (1, m)
    return A * (dA - mean)


ACTIVATIONS = {
    "identity": Activation(lambda Z: Z, lambda dA, _: dA),
    "relu": Activation(relu, lambda dA, A: dA * (A > 0)),
    "sigmoid": Activation(sigmoid, lambda dA, A: dA * A * (1 - A)),
    "softmax": Activation(softmax, softmax_backward),
    "tanh": Activation(np.tanh, lambda dA, A: dA * (1 - A**2)),
}


def activation(name: str) -> Activation:
    """Return an activation by its name; a KeyError lists those that there are."""
    if name not in ACTIVATIONS:
        message = f"There is no activation {name!r}; there are {', '.join(ACTIVATIONS)}."
        raise KeyError(message)
    return ACTIVATIONS[name]
