"""Sequences of different lengths side by side: what lies beyond the end of a shorter one must count for nothing.

A network that reads forwards comes upon what lies beyond an end only after all that counts, so it can do no harm as
long as nobody looks there: states beyond the end are hidden in the forward pass, their gradients in the backward pass.
One that reads backwards would begin there; so each sequence is turned around within its own length instead.

    hide(a)<t> = a<t> if t < T, else 0        turn(x)<t> = x<T - 1 - t> if t < T, else x<t>         T = lengths[example]

x (n, m, T_x) holds m sequences, of which example k has the first lengths[k] steps; lengths (m,) are from 1 to T_x.
Both are linear and their own transpose, so each is its own backward pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from reference.activations import Array

Lengths = NDArray[np.integer[Any]]


def hide_beyond(a: Array, lengths: Lengths) -> Array:
    """Set what lies beyond the end of each sequence to zero: states, or the gradients at them.

    Arguments:
        a (n, m, T_x): one column for each of m sequences at each of T_x steps
        lengths (m,): how many steps each sequence has

    Returns an array (n, m, T_x).
    """
    return np.where(np.arange(a.shape[2]) < lengths[:, np.newaxis], a, 0.0)


def turn_around(x: Array, lengths: Lengths) -> Array:
    """Turn each sequence around within its own length; what lies beyond stays where it is.

    Arguments:
        x (n, m, T_x): one column for each of m sequences at each of T_x steps
        lengths (m,): how many steps each sequence has

    Returns an array (n, m, T_x), in which the last step of each sequence has come first.
    """
    t, ends = np.arange(x.shape[2]), lengths[:, np.newaxis]  # (T_x,), (m, 1)
    places = np.where(t < ends, ends - 1 - t, t)  # (m, T_x)
    return np.take_along_axis(x, places[np.newaxis], axis=2)


def last_states(a: Array, lengths: Lengths) -> Array:
    """Return the state of each sequence at its own last step.

    Arguments:
        a (n_a, m, T_x): the hidden states of m sequences
        lengths (m,): how many steps each sequence has

    Returns an array (n_a, m).
    """
    return a[:, np.arange(a.shape[1]), lengths - 1]


def last_states_backward(da_last: Array, lengths: Lengths, T_x: int) -> Array:
    """Compute the gradient at all hidden states, given that at the last state of each sequence.

    Arguments:
        da_last (n_a, m): the gradient at what last_states returned
        lengths (m,): how many steps each sequence has
        T_x: how many steps the longest one may have

    Returns da (n_a, m, T_x), zero but at the last step of each sequence.
    """
    da = np.zeros((*da_last.shape, T_x))
    da[:, np.arange(len(lengths)), lengths - 1] = da_last
    return da
