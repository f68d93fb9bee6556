"""How far back a loss is felt: the norm of the gradient at each hidden state, for a loss at the last one.

Each step back multiplies the gradient by the transpose of da<t>/da<t-1>. If that shrinks on average, what happened long
ago cannot be learnt from (vanishing); if it stretches, a small change of the parameters throws everything about
(exploding). An LSTM's memory is multiplied by its forget gate alone, and so can carry a gradient far.

    g<T> = dL/da<T>        g<t-1> = (da<t>/da<t-1>)^T g<t>        |g<t>| for t = T, T - 1, ..., 1

S. Hochreiter, "Untersuchungen zu dynamischen neuronalen Netzen", diploma thesis, TU München (1991); Y. Bengio,
P. Simard and P. Frasconi, "Learning long-term dependencies with gradient descent is difficult", IEEE Transactions on
Neural Networks 5 (1994); R. Pascanu, T. Mikolov and Y. Bengio, "On the difficulty of training recurrent neural
networks", ICML 2013.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from reference.recurrent.rnn import rnn_cell_backward

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reference.activations import Array


def gradient_norms(
    da_last: Array,
    caches: tuple[Sequence[Any], Array],
    *,
    cell_backward: Callable[..., dict[str, Array]] = rnn_cell_backward,
    states: int = 1,
) -> Array:
    """Follow the gradient of a loss at the last hidden state back through time, and measure it at every state.

    Arguments:
        da_last (n_a, m): the gradient at the hidden state after the last step
        caches: the tuple (list of the T_x caches of the steps, x) that rnn_forward returned

    Returns an array (T_x, m): for each example, the Euclidean norm of the gradient at the hidden state after each step,
    the first step's first.

    Parts: cell_backward is the step that is repeated, and states says how many states it hands back: 1 for
    rnn_cell_backward and gru_cell_backward, 2 (da, dc) for lstm_cell_backward. With two, the norm is of both together.
    """
    carried = [da_last, *[np.zeros(da_last.shape)] * (states - 1)]  # (n_a, m) each
    norms = []
    for cache in reversed(caches[0]):
        norms.append(np.sqrt(np.sum([(each**2).sum(axis=0) for each in carried], axis=0)))  # (m,)
        step = cell_backward(*carried, cache)
        carried = [step[name] for name in ("da_prev", "dc_prev")[:states]]
    return np.stack(norms[::-1])  # (T_x, m)
