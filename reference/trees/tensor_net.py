"""The recursive tensor net: a composition in which the two parts act on one another.

In one layer over [b; c] each part adds its share whatever the other one is, but for the squashing. "Not" does not add,
though: it turns around what it meets. So every entry of the phrase also gets a bilinear form of the parts, a slice of a
tensor, in which the left word may multiply the right one.

    p_k = tanh([b; c]^T V_k [b; c] + W_k [b; c] + bias_k)        k = 1, ..., d

b and c (d, m) are the vectors of the parts, p (d, m) that of the phrase, for m phrases side by side; [b; c] (2d, m)
puts the rows of b above those of c. V (d, 2d, 2d) holds the slices V_k, W (d, 2d) the rows W_k; the bias is (d, 1).

R. Socher and others, "Recursive deep models for semantic compositionality over a sentiment treebank", EMNLP 2013.
Left out: slices of low rank, which would make large d affordable.
"""

from __future__ import annotations

import numpy as np

from reference.activations import Array, Parameters

Cache = tuple[Array, Array, Array, Parameters]


def tensor_compose_forward(left: Array, right: Array, parameters: Parameters) -> tuple[Array, Cache]:
    """Make the vector of a phrase from those of its two parts, by a layer and by what the parts do to one another.

        u = [left; right]
        p_k = tanh(u^T V_k u + W_k u + b_k)

    Arguments:
        left (d, m), right (d, m): the vectors of the parts, one column for each of the m phrases
        parameters: a dict with V (d, 2d, 2d), V[k] being the slice V_k, W (d, 2d), b (d, 1)

    Returns (p, cache):
        p (d, m): the vectors of the phrases
        cache: the tuple (p, left, right, parameters), for the backward pass
    """
    u = np.concatenate([left, right])  # (2d, m)
    bilinear = np.einsum("im,kij,jm->km", u, parameters["V"], u, optimize=True)  # (d, m)
    p = np.tanh(bilinear + parameters["W"] @ u + parameters["b"])  # (d, m)
    return p, (p, left, right, parameters)


def tensor_compose_backward(dp: Array, cache: Cache) -> dict[str, Array]:
    """Compute the gradients of one composition with a tensor, given that at the phrase.

    For a loss J, dX stands for dJ/dX and has the shape of X. The parts stand on both sides of each slice, and so both
    V_k and its transpose carry the gradient back. Gradients of parameters are summed over the m phrases.

    Arguments:
        dp (d, m): the gradient at the vectors of the phrases
        cache: the tuple (p, left, right, parameters) that tensor_compose_forward returned

    Returns a dict with dleft (d, m), dright (d, m), dV (d, 2d, 2d), dW (d, 2d), db (d, 1).
    """
    p, left, right, parameters = cache
    u = np.concatenate([left, right])  # (2d, m)
    dz = dp * (1 - p**2)  # (d, m), at the argument of tanh
    both = parameters["V"] + parameters["V"].swapaxes(1, 2)  # (d, 2d, 2d)
    du = np.einsum("km,kij,jm->im", dz, both, u, optimize=True) + parameters["W"].T @ dz  # (2d, m)
    return {
        "dleft": du[: len(left)],  # (d, m)
        "dright": du[len(left) :],  # (d, m)
        "dV": np.einsum("km,im,jm->kij", dz, u, u, optimize=True),  # (d, 2d, 2d)
        "dW": dz @ u.T,  # (d, 2d)
        "db": dz.sum(axis=1, keepdims=True),  # (d, 1)
    }
