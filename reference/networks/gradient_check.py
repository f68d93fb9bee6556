"""Gradient checking: whether a backward pass computes the slope of the forward pass, found by moving one number.

    numerical:  g~_k = (J(theta + h e_k) - J(theta - h e_k)) / 2h
    difference: |g - g~| / (|g| + |g~|)                             over all numbers of all parameters together

J is the loss, theta all parameters in one row, e_k a row that is 1 at k and 0 elsewhere. The error of g~ falls with h^2
until rounding, which grows with 1/h, takes over; about 1e-5 is best for numbers of size 1. A difference below 1e-7 is
what a right gradient leaves; 1e-3 means a mistake.

Left out: a point where the loss has a kink (relu at 0), at which a right gradient differs too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from reference.activations import Array, Parameters


def numerical_gradients(
    loss: Callable[[dict[str, Array]], float], parameters: Parameters, h: float = 1e-5
) -> dict[str, Array]:
    """Compute the slope of a loss in each number of each parameter, by moving it up and down.

    Arguments:
        loss: a function from a dict of arrays to a number
        parameters: the dict at which the slopes are wanted; it is not changed
        h: how far a number is moved

    Returns a dict with the gradient of each parameter, under its name with a leading d.
    """
    gradients = {}
    for name, theta in parameters.items():
        gradients[f"d{name}"] = slopes = np.zeros(theta.shape)
        for k in np.ndindex(*theta.shape):
            e = np.zeros(theta.shape)
            e[k] = h
            up, down = loss({**parameters, name: theta + e}), loss({**parameters, name: theta - e})
            slopes[k] = (up - down) / (2 * h)
    return gradients


def gradient_difference(gradients: Parameters, expected: Parameters) -> float:
    """Compare gradients, |g - g~| / (|g| + |g~|) over all numbers together.

    Arguments:
        gradients, expected: dicts with the same names and shapes; a ValueError says which names differ

    Returns a number from 0 (the same) to 1 (opposite); 0 also if all of both are 0.
    """
    if gradients.keys() != expected.keys():
        odd = ", ".join(sorted(gradients.keys() ^ expected.keys()))
        message = f"Both sides must have the gradients of the same parameters; only one of them has {odd}."
        raise ValueError(message)
    g = np.concatenate([gradients[name].ravel() for name in expected])
    other = np.concatenate([expected[name].ravel() for name in expected])
    scale = np.linalg.norm(g) + np.linalg.norm(other)
    return float(np.linalg.norm(g - other) / scale) if scale else 0.0


def gradient_check(
    loss: Callable[[dict[str, Array]], float], parameters: Parameters, gradients: Parameters, h: float = 1e-5
) -> float:
    """Hold gradients against the slopes of the loss itself.

    Arguments:
        loss: a function from a dict of arrays to a number
        parameters: the dict at which the gradients were computed
        gradients: a dict with the gradient of each parameter, under its name with a leading d
        h: how far a number is moved

    Returns |g - g~| / (|g| + |g~|): below 1e-7 for a right gradient, above 1e-3 for a wrong one.
    """
    return gradient_difference(gradients, numerical_gradients(loss, parameters, h))
