"""Attention weights: scores made into shares of one, with some places out of bounds.

    alpha_j = exp(e_j) / sum over allowed k of exp(e_k)        for allowed j, else 0

e (..., T) are scores of T places, alpha (..., T) their weights, mask (..., T) is True where a place may be looked at:
not where a shorter sequence has been padded, nor, in a language model, where a word is yet to come.

A row in which no place is allowed gets zeros: there is nothing to look at, and so nothing is seen. Frameworks that add
minus infinity to the scores give nan there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from reference.activations import Array

Mask = NDArray[np.bool_]


def attention_weights(e: Array, mask: Mask | None = None) -> Array:
    """Turn scores into weights: a softmax over the last axis that passes over what is masked.

    Arguments:
        e (..., T): the scores of T places
        mask: booleans that broadcast to the shape of e, True where a place may be looked at; None allows every place

    Returns alpha (..., T): each row sums to one, with zeros where the mask is False; a row that allows nothing is zero.
    """
    allowed = np.broadcast_to(True if mask is None else mask, e.shape)
    # The largest allowed score is moved to zero, so that exp cannot overflow, whatever stands in masked places.
    largest = np.max(e, axis=-1, keepdims=True, where=allowed, initial=-np.inf)  # (..., 1)
    shifted = e - np.where(np.isneginf(largest), 0, largest)  # (..., T)
    shares = np.exp(np.where(allowed, shifted, -np.inf))  # (..., T)
    total = shares.sum(axis=-1, keepdims=True)  # (..., 1)
    alpha: Array = shares / np.where(total == 0, 1, total)
    return alpha


def attention_weights_backward(dalpha: Array, alpha: Array) -> Array:
    """Compute the gradient at the scores, given that at the weights.

    For a loss L, dX stands for dL/dX and has the shape of X. The weights compete: raising one score lowers every other
    weight, and so each gradient is counted from the weighted mean of them all.

    Arguments:
        dalpha (..., T): the gradient at the weights
        alpha (..., T): the weights that attention_weights returned

    Returns de (..., T): the gradient at the scores, zero in masked places.
    """
    mean = (alpha * dalpha).sum(axis=-1, keepdims=True)  # (..., 1)
    de: Array = alpha * (dalpha - mean)
    return de
