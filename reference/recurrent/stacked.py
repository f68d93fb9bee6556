"""Recurrent networks on top of one another, and side by side in both directions, of whatever cell.

Each layer reads the hidden states of the one below it as its input, so higher layers see summaries of summaries.
A bidirectional layer is two networks, of which one reads every sequence from its end; and it is itself a layer.

    a[0] = x        a[l] = layer(a[l-1], a0[l], parameters[l])         l = 1, ..., L
    [layer(x, a0→, parameters→); turn(layer(turn(x), a0←, parameters←))]

A layer is a function such as rnn_forward, gru_forward or lstm_forward: from x (n_x, m, T_x), a0 (n_a, m) and parameters
to a tuple that begins with the hidden states (n_a, m, T_x) and ends with caches; its backward takes the gradient at the
states and the caches. The predictions of the layers play no part.

J. Schmidhuber, "Learning complex, extended sequences using the principle of history compression", Neural Computation 4
(1992), stacks; A. Graves, A.-r. Mohamed and G. Hinton, "Speech recognition with deep recurrent neural networks",
ICASSP 2013, does so in both directions.
Left out: connections that skip layers; dropout, which the torch twin (Stack in twins.py) has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from reference.activations import Array, Parameters
from reference.recurrent.lstm import lstm_backward, lstm_forward
from reference.recurrent.variable_lengths import Lengths, turn_around

Layer = Callable[[Array, Array, Parameters], tuple[Any, ...]]
LayerBackward = Callable[[Array, Any], dict[str, Array]]
Turn = Callable[[Array, Lengths], Array]


def stacked_forward(
    x: Array, a0: Sequence[Array], parameters: Sequence[Parameters], *, layer: Layer = lstm_forward
) -> tuple[Array, list[Any]]:
    """Read a sequence by L LSTMs on top of one another, each reading the hidden states of the one below.

    Arguments:
        x (n_x, m, T_x): the input of the lowest one, x[:, :, t] being that of step t
        a0: a list of L arrays (n_a, m), the hidden states before the first step, the lowest one's first
        parameters: a list of L dicts, each with what lstm_forward needs: Wf, Wi, Wc, Wo (n_a, n_a + n_x), bf, bi, bc,
            bo (n_a, 1), Wy (n_y, n_a), by (n_y, 1), where the n_x of a higher one is the n_a of the one below

    Returns (a, caches):
        a (n_a, m, T_x): the hidden states of the highest LSTM
        caches: a list of what each of them keeps for the backward pass, the lowest one's first

    Parts: layer reads a sequence; whatever keeps the contract of rnn_forward, gru_forward or lstm_forward can take its
    place.
    """
    a, caches = x, []
    for start, theta in zip(a0, parameters, strict=True):
        a, *_, cache = layer(a, start, theta)  # (n_a, m, T_x)
        caches.append(cache)
    return a, caches


def stacked_backward(
    da: Array, caches: Sequence[Any], *, layer_backward: LayerBackward = lstm_backward
) -> list[dict[str, Array]]:
    """Compute the gradients of all layers, given those at the hidden states of the highest one.

    Arguments:
        da (n_a, m, T_x): the direct gradient at each hidden state of the highest layer
        caches: the list that stacked_forward returned

    Returns a list of L dicts, the lowest layer's first, each as lstm_backward returns it: dx and da0, and the gradients
    at its parameters. The dx of a layer is the gradient at the hidden states of the one below.

    Parts: layer_backward is the backward pass of the layer that was given to stacked_forward.
    """
    gradients: list[dict[str, Array]] = []
    for cache in reversed(caches):
        gradients.append(layer_backward(da, cache))
        da = gradients[-1]["dx"]  # (n_x, m, T_x)
    return gradients[::-1]


def bidirectional_forward(
    x: Array,
    a0_forward: Array,
    a0_backward: Array,
    parameters: Mapping[str, Parameters],
    lengths: Lengths,
    *,
    layer: Layer = lstm_forward,
    turn: Turn = turn_around,
) -> tuple[Array, tuple[Any, Any, Lengths]]:
    """Read sequences of different lengths from both ends, by two LSTMs.

    Arguments:
        x (n_x, m, T_x): the input, x[:, :, t] being that of step t
        a0_forward (n_a, m), a0_backward (n_a, m): the hidden states with which the two begin, at either end
        parameters: a dict with "forward" and "backward", each a dict with what lstm_forward needs
        lengths (m,): how many steps each sequence has, from 1 to T_x

    Returns (a, caches):
        a (2 n_a, m, T_x): the hidden states, those of the one that reads forwards on top; beyond the end of a sequence
            they mean nothing
        caches: the tuple (what the forward half keeps, what the backward half keeps, lengths)

    Parts: layer reads a sequence; whatever keeps the contract of rnn_forward, gru_forward or lstm_forward can take its
    place. turn is turn_around.
    """
    forwards, *_, cache_forward = layer(x, a0_forward, parameters["forward"])
    backwards, *_, cache_backward = layer(turn(x, lengths), a0_backward, parameters["backward"])
    a = np.concatenate([forwards, turn(backwards, lengths)])  # (2 n_a, m, T_x)
    return a, (cache_forward, cache_backward, lengths)


def bidirectional_backward(
    da: Array,
    caches: tuple[Any, Any, Lengths],
    *,
    layer_backward: LayerBackward = lstm_backward,
    turn: Turn = turn_around,
) -> tuple[Array, dict[str, dict[str, Array]]]:
    """Compute the gradients of both halves, given those at the hidden states.

    Arguments:
        da (2 n_a, m, T_x): the direct gradient at each hidden state, zero beyond the end of a sequence
        caches: the tuple that bidirectional_forward returned

    Returns (dx, gradients):
        dx (n_x, m, T_x): the gradient at the input, which both halves read
        gradients: a dict with "forward" and "backward", each as lstm_backward returns it, its own share of dx included

    Parts: layer_backward is the backward pass of the layer that was given to bidirectional_forward, and turn is
    turn_around.
    """
    cache_forward, cache_backward, lengths = caches
    n_a = len(da) // 2
    forwards = layer_backward(da[:n_a], cache_forward)
    backwards = layer_backward(turn(da[n_a:], lengths), cache_backward)
    backwards = {**backwards, "dx": turn(backwards["dx"], lengths)}
    return forwards["dx"] + backwards["dx"], {"forward": forwards, "backward": backwards}
