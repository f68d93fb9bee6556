"""Positional encoding: waves of many lengths that tell a transformer where a word stands.

Attention sees a set of places; without help it could not tell a sentence from its words shuffled. So a vector that
depends on the place alone is added to each word's. Its entries are waves, the first two with a period of 2 pi places,
the last with one of ten thousand times as many; and since a shift turns each pair of sine and cosine by an angle of its
own, what stands k places away can be found by a linear map that is the same everywhere.

    PE[pos, 2i] = sin(pos / 10000^(2i/d))        PE[pos, 2i + 1] = cos(pos / 10000^(2i/d))

A. Vaswani and others, "Attention is all you need", NIPS 2017.
Left out: encodings that are learnt; those of distances.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from reference.activations import Array


def positional_encoding(T: int, d: int) -> Array:
    """Return the vectors of T places.

        PE[pos, 2i] = sin(pos / 10000^(2i/d)),  PE[pos, 2i + 1] = cos(pos / 10000^(2i/d))

    Arguments:
        T: how many places there are, counted from 0
        d: the width of a vector; if it is odd, the last cosine is left out

    Returns an array PE (T, d).
    """
    even = np.arange(0, d, 2)  # 2i, ((d + 1) // 2,)
    angles = np.arange(T)[:, np.newaxis] / 10000 ** (even / d)  # (T, (d + 1) // 2)
    PE = np.empty((T, d))
    PE[:, 0::2] = np.sin(angles)
    PE[:, 1::2] = np.cos(angles)[:, : d // 2]
    return PE
