"""What a network is to make small: how improbable it finds what is right, how far off it is, how large its weights are.

    cross-entropy:   J = -1/m sum_i log softmax(Z)[t_i, i]                         dZ = (softmax(Z) - one_hot(t)) / m
    binary:          J = -1/m sum_ki T log s(Z) + (1 - T) log(1 - s(Z))            dZ = (s(Z) - T) / m
    squared error:   J =  1/2m sum_ki (Y - T)^2                                    dY = (Y - T) / m
    L2:              J =  lambda/2 sum over all weights of W^2                     dW = lambda W

Z (k, m) are scores, t (m,) the numbers of the right classes, T (k, m) the right answers, for m examples side by side; s
is the logistic function. Both entropies are computed from scores and not from probabilities: log softmax(Z) = Z - log
sum exp(Z) is exact where the probability itself has long become 0.

Left out: weights for classes or examples; L1, whose slope jumps at 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from reference.activations import Array, Parameters, sigmoid, softmax

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.integer[Any]]


def log_softmax(Z: Array) -> Array:
    """Return the logarithm of the softmax over the first axis of Z, exact also where a probability vanishes."""
    shifted: Array = Z - Z.max(axis=0, keepdims=True)
    total: Array = np.log(np.exp(shifted).sum(axis=0, keepdims=True))
    return shifted - total


def cross_entropy(Z: Array, t: Numbers) -> float:
    """Compute J = -1/m sum_i log softmax(Z)[t_i, i].

    Arguments:
        Z (k, m): the scores of k classes for m examples
        t (m,): the number of the right class of each

    Returns J, a number: the mean over the examples.
    """
    return -float(log_softmax(Z)[t, np.arange(len(t))].mean())


def cross_entropy_gradient(Z: Array, t: Numbers) -> Array:
    """Compute the gradient of J = -1/m sum_i log softmax(Z)[t_i, i].

    Arguments:
        Z (k, m): the scores of k classes for m examples
        t (m,): the number of the right class of each

    Returns dZ (k, m) = (softmax(Z) - one_hot(t)) / m.
    """
    dZ = softmax(Z)  # (k, m)
    dZ[t, np.arange(len(t))] -= 1
    return dZ / len(t)


def binary_cross_entropy(Z: Array, T: Array) -> float:
    """Compute J = -1/m sum_ki T log s(Z) + (1 - T) log(1 - s(Z)), for s the logistic function.

    Arguments:
        Z (k, m): the scores of k questions for m examples
        T (k, m): the right answers, from 0 to 1

    Returns J, a number: summed over the questions, and the mean over the examples.
    """
    # -log s(z) = log(1 + exp(-z)) = max(-z, 0) + log(1 + exp(-|z|)), in which nothing overflows.
    J = np.maximum(Z, 0) - T * Z + np.log1p(np.exp(-np.abs(Z)))  # (k, m)
    return float(J.sum() / Z.shape[1])


def binary_cross_entropy_gradient(Z: Array, T: Array) -> Array:
    """Compute the gradient of J = -1/m sum_ki T log s(Z) + (1 - T) log(1 - s(Z)), for s the logistic function.

    Arguments:
        Z (k, m): the scores of k questions for m examples
        T (k, m): the right answers, from 0 to 1

    Returns dZ (k, m) = (s(Z) - T) / m.
    """
    dZ: Array = (sigmoid(Z) - T) / Z.shape[1]
    return dZ


def squared_error(Y: Array, T: Array) -> float:
    """Compute J = 1/2m sum_ki (Y - T)^2.

    Arguments:
        Y (k, m): the outputs for m examples
        T (k, m): the right answers

    Returns J, a number: half the squared distance, and the mean over the examples.
    """
    return float(((Y - T) ** 2).sum() / (2 * Y.shape[1]))


def squared_error_gradient(Y: Array, T: Array) -> Array:
    """Compute the gradient of J = 1/2m sum_ki (Y - T)^2.

    Arguments:
        Y (k, m): the outputs for m examples
        T (k, m): the right answers

    Returns dY (k, m) = (Y - T) / m.
    """
    dY: Array = (Y - T) / Y.shape[1]
    return dY


def l2_penalty(parameters: Parameters, strength: float) -> float:
    """Compute J = lambda/2 times the sum of the squares of all weights; biases go free.

    Arguments:
        parameters: a dict of arrays; those whose name begins with W are weights
        strength: lambda

    Returns J, a number.
    """
    return strength / 2 * sum(float((W**2).sum()) for name, W in parameters.items() if name.startswith("W"))


def l2_gradients(parameters: Parameters, strength: float) -> dict[str, Array]:
    """Compute the gradients of J = lambda/2 times the sum of the squares of all weights; biases go free.

    Arguments:
        parameters: a dict of arrays; those whose name begins with W are weights
        strength: lambda

    Returns a dict with dW = lambda W for each of the weights W, under its name with a leading d.
    """
    return {f"d{name}": strength * W for name, W in parameters.items() if name.startswith("W")}
