"""Truncated back-propagation through time: long sequences are learnt from in pieces.

The forward pass goes on from piece to piece, but the backward pass stops where a piece begins, as if the state that was
handed over were a constant. Memory and time are then those of one piece, and what lies further back than that is still
felt, but no longer learnt from.

    pieces of k steps:   dL/da<t> runs back only to the first step of the piece that t lies in

R. J. Williams and J. Peng, "An efficient gradient-based algorithm for on-line training of recurrent network
trajectories", Neural Computation 2 (1990).
Left out: pieces that overlap (their k1 < k2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from reference.recurrent.rnn import rnn_backward

if TYPE_CHECKING:
    from collections.abc import Callable

    from reference.activations import Array


def truncated_backward(
    da: Array,
    caches: tuple[list[Any], Array],
    k: int,
    *,
    backward: Callable[[Array, Any], dict[str, Array]] = rnn_backward,
) -> dict[str, Array]:
    """Compute the gradients of a sequence, following them back no further than to the beginning of their piece.

    The sequence is cut into pieces of k steps, from step 0 on; the last one may be shorter. The state, and the memory,
    with which a piece begins counts as a constant.

    Arguments:
        da (n_a, m, T_x): the direct gradient at each hidden state
        caches: the tuple (list of the T_x caches of the steps, x) that rnn_forward returned
        k: how many steps a piece has, 1 or more; with T_x or more, nothing is cut

    Returns a dict as rnn_backward returns it: dx (n_x, m, T_x), da0 (n_a, m), which only the first piece reaches, and
    the gradients at the parameters, summed over the pieces.

    Parts: backward is the backward pass of a whole sequence; rnn_backward, gru_backward or lstm_backward.
    """
    steps, x = caches
    cuts = range(0, x.shape[2], k)
    pieces = [backward(da[:, :, t : t + k], (steps[t : t + k], x[:, :, t : t + k])) for t in cuts]
    learned = [name for name in pieces[0] if name not in {"dx", "da0"}]
    return {
        "dx": np.concatenate([piece["dx"] for piece in pieces], axis=2),  # (n_x, m, T_x)
        "da0": pieces[0]["da0"],  # (n_a, m)
        **{name: np.sum([piece[name] for piece in pieces], axis=0) for name in learned},
    }
