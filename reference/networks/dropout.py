"""Dropout: at every step of training another random part of the units is silent, so that none can rely on the others.

    A' = M A / (1 - p)            dA = M dA' / (1 - p)            M = 1 with probability 1 - p, else 0

A and M have one shape; what is not silenced is scaled up, so that the expectation stays and nothing has to be changed
when the network is used (where no mask is drawn at all).

N. Srivastava and others, "Dropout: a simple way to prevent neural networks from overfitting", JMLR 15 (2014), which
scales down in use instead of scaling up in training.
Left out: masks that are shared by the steps of a sequence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from reference.activations import Array


def dropout_mask(shape: tuple[int, ...], p: float, generator: np.random.Generator) -> Array:
    """Draw which units are silent.

    Arguments:
        shape: the shape of what the mask is for
        p: the probability of being silent, from 0 up to but not including 1; anything else raises a ValueError
        generator: where the mask is drawn

    Returns a mask of that shape: 0 with probability p, else 1 / (1 - p).
    """
    if not 0 <= p < 1:
        message = f"A unit can be silent with a probability from 0 up to but not including 1, not {p}."
        raise ValueError(message)
    return (generator.random(shape) >= p) / (1 - p)
