"""The simplest composition: one layer makes the vector of a phrase from the vectors of its two parts.

    p = tanh(W [b; c] + bias)

b and c (d, m) are the vectors of the left and of the right part, p (d, m) that of the phrase, for m phrases side by
side; [b; c] (2d, m) puts the rows of b above those of c. W (d, 2d) and bias (d, 1) are the parameters. Since p has the
width of b and c, it can be a part in its turn, and a whole tree is put together with one layer.

This is the contract that every composition keeps, so that each can stand in the other's place in
reference/trees/recursive_net.py: compose(left, right, parameters) gives (p, cache), its backward (dp, cache) gives
dleft, dright and a gradient for each parameter. What is handed up from a word is made by a leaf, here the vector of the
word as it is.

R. Socher, C. D. Manning and A. Y. Ng, "Learning continuous phrase representations and syntactic parsing with recursive
neural networks", NIPS Deep Learning Workshop 2010.
Left out: the score by which the paper chooses between parses.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from reference.activations import Array, Parameters

Compose = Callable[[Array, Array, Parameters], tuple[Array, Any]]
ComposeBackward = Callable[[Array, Any], dict[str, Array]]
Leaf = Callable[[Array, Parameters], tuple[Array, Any]]
LeafBackward = Callable[[Array, Any], dict[str, Array]]

Cache = tuple[Array, Array, Array, Parameters]


def compose_forward(left: Array, right: Array, parameters: Parameters) -> tuple[Array, Cache]:
    """Make the vector of a phrase from those of its two parts.

        p = tanh(W [left; right] + b)

    [left; right] (2d, m) puts the rows of left above those of right.

    Arguments:
        left (d, m), right (d, m): the vectors of the parts, one column for each of the m phrases
        parameters: a dict with W (d, 2d), b (d, 1)

    Returns (p, cache):
        p (d, m): the vectors of the phrases
        cache: the tuple (p, left, right, parameters), for the backward pass
    """
    p = np.tanh(parameters["W"] @ np.concatenate([left, right]) + parameters["b"])  # (d, m)
    return p, (p, left, right, parameters)


def compose_backward(dp: Array, cache: Cache) -> dict[str, Array]:
    """Compute the gradients of one composition, given that at the phrase.

    For a loss J, dX stands for dJ/dX and has the shape of X. Gradients of parameters are summed over the m phrases.

    Arguments:
        dp (d, m): the gradient at the vectors of the phrases
        cache: the tuple (p, left, right, parameters) that compose_forward returned

    Returns a dict with dleft (d, m), dright (d, m), dW (d, 2d), db (d, 1).
    """
    p, left, right, parameters = cache
    dz = dp * (1 - p**2)  # (d, m), at the argument of tanh
    dparts = parameters["W"].T @ dz  # (2d, m)
    return {
        "dleft": dparts[: len(left)],  # (d, m)
        "dright": dparts[len(left) :],  # (d, m)
        "dW": dz @ np.concatenate([left, right]).T,  # (d, 2d)
        "db": dz.sum(axis=1, keepdims=True),  # (d, 1)
    }


def word_vector_forward(x: Array, parameters: Parameters) -> tuple[Array, None]:  # noqa: ARG001 (a leaf's contract)
    """Hand a word's vector up to the tree as it is.

    Arguments:
        x (d, m): the vectors of m words
        parameters: not read, since there are none

    Returns (x, None).
    """
    return x, None


def word_vector_backward(dp: Array, cache: None) -> dict[str, Array]:  # noqa: ARG001 (a leaf's contract)
    """Hand the gradient at what a word gave to the tree down to its vector as it is.

    Arguments:
        dp (d, m): the gradient at what m words gave
        cache: None, as word_vector_forward returned

    Returns a dict with dx (d, m).
    """
    return {"dx": dp}
