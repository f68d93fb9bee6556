"""What the recurrent networks share: the type of their arrays, and two activations that hold at any size of input.

    sigmoid(z) = 1 / (1 + exp(-z))        softmax(z)_k = exp(z_k) / sum_j exp(z_j)

Both are rewritten so that exp only ever sees numbers that are not positive: it may vanish, but it cannot overflow.
Left out: their derivatives, which the backward passes write in terms of the activation itself.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Parameters = Mapping[str, Array]


def sigmoid(z: Array) -> Array:
    """Return the logistic function of every entry of z, in the shape of z."""
    e: Array = np.exp(-np.abs(z))
    return np.where(z >= 0, 1.0, e) / (1.0 + e)


def softmax(z: Array) -> Array:
    """Return the softmax over the first axis of z: each column becomes a distribution over the rows.

    Arguments:
        z (k, m): any numbers, in columns

    Returns an array in the shape of z, whose columns sum to 1.
    """
    # A shift common to the whole column cancels in the quotient, so the largest entry may be moved to zero.
    e: Array = np.exp(z - z.max(axis=0, keepdims=True))
    total: Array = e.sum(axis=0, keepdims=True)
    return e / total
