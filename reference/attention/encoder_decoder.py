"""The encoder-decoder: one recurrent network reads a sequence, another one writes a sequence of any other length.

    h = encoder(x)        s_0 = the encoder's last state        y = decoder(words, h, s_0)
    J = - sum over examples and steps of log y_t[t-th word of the target]

The decoder is trained by teacher forcing: it is told the right word before each prediction, so that one early mistake
does not spoil all that follows; see reference/attention/decoder.py. How it looks back is a part: attention_forward with
any scorer, or last_state_forward, which makes of it the network without attention, whose only notes are one vector.

I. Sutskever, O. Vinyals and Q. Le, "Sequence to sequence learning with neural networks", NIPS 2014. K. Cho and others,
"Learning phrase representations using RNN encoder-decoder for statistical machine translation", EMNLP 2014.
Left out: an encoder that reads from both ends, as Bahdanau's does; scheduled sampling.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np

from reference.activations import Array, Parameters
from reference.attention.context import (
    Attention,
    AttentionBackward,
    attention_backward,
    attention_forward,
    last_state_backward,
    last_state_forward,
)
from reference.attention.decoder import Cell, CellBackward, Words, decoder_backward, decoder_forward
from reference.recurrent.gru import gru_cell_backward, gru_cell_forward

if TYPE_CHECKING:
    from reference.attention.weights import Mask


class EncoderDecoderParameters(TypedDict):
    """The parameters of both networks: each has vectors E for its own words, and a cell."""

    encoder: Parameters
    decoder: Parameters


Cache = tuple[Any, Any, Any, Array]


def encoder_forward(
    words: Words, parameters: Parameters, *, cell: Cell = gru_cell_forward
) -> tuple[Array, tuple[Words, list[Any], Parameters]]:
    """Read a sequence, and keep the state after every word.

    The state before the first word is all zeros. Where a sequence has been padded at its end the states go on; whoever
    looks at them is to pass over those.

    Arguments:
        words (m, T_x): the numbers of the words
        parameters: a dict with E (n_e, V), Wu, Wr, Wc (n_h, n_h + n_e), bu, br, bc (n_h, 1)

    Returns (h, cache):
        h (n_h, m, T_x): the states
        cache: the tuple (words, list of the T_x caches of the steps, parameters), for the backward pass

    Parts: cell is the step; whatever keeps the contract of gru_cell_forward or of rnn_cell_forward can take its place.
    """
    n_h = _width(parameters)
    silent = {**parameters, "Wy": np.zeros((1, n_h)), "by": np.zeros((1, 1))}  # an encoder predicts nothing
    h, states, caches = np.zeros((n_h, len(words))), [], []
    for t in range(words.shape[1]):
        h, _, cache = cell(parameters["E"][:, words[:, t]], h, silent)  # (n_h, m)
        states.append(h)
        caches.append(cache)
    return np.stack(states, axis=2), (words, caches, parameters)


def encoder_backward(
    dh: Array, cache: tuple[Words, list[Any], Parameters], *, cell_backward: CellBackward = gru_cell_backward
) -> dict[str, Array]:
    """Compute the gradients of a sequence that was read, given those at its states.

    For a loss L, dX stands for dL/dX and has the shape of X. Gradients are summed over the steps and the m examples.

    Arguments:
        dh (n_h, m, T_x): the direct gradient at each state
        cache: the tuple (words, list of the caches of the steps, parameters) that encoder_forward returned

    Returns a dict with dE (n_e, V), dWu, dWr, dWc (n_h, n_h + n_e), dbu, dbr, dbc (n_h, 1).

    Parts: cell_backward is the gradient of the step; whatever keeps the contract of gru_cell_backward can take its
    place.
    """
    words, caches, parameters = cache
    gradients = {f"d{name}": np.zeros(array.shape) for name, array in parameters.items()}
    dh_next = np.zeros(dh.shape[:2])  # (n_h, m), by way of later steps
    for t in reversed(range(len(caches))):
        step = cell_backward(dh[:, :, t] + dh_next, caches[t])
        dh_next = step.pop("da_prev")
        np.add.at(gradients["dE"].T, words[:, t], step.pop("dxt").T)
        for name, found in step.items():
            gradients[name] += found
    return gradients


def translation_loss(
    source: Words,
    target: Words,
    parameters: EncoderDecoderParameters,
    start: int,
    source_mask: Mask | None = None,
    target_mask: Mask | None = None,
    *,
    attend: Attention = attention_forward,
    cell: Cell = gru_cell_forward,
) -> tuple[float, Array, Cache]:
    """Read the sources, write the targets by teacher forcing, and sum up how surprised the network is by them.

    Arguments:
        source (m, T_x): the numbers of the words to read
        target (m, T_y): the numbers of the words to write
        parameters: a dict with two dicts:
            encoder: E (n_e, V_x), Wu, Wr, Wc (n, n + n_e), bu, br, bc (n, 1)
            decoder: E (n_e, V_y), Wa (n_a, n), Ua (n_a, n), va (n_a, 1), Wu, Wr, Wc (n, n + n_e + n), bu, br, bc
            (n, 1), Wy (V_y, n), by (V_y, 1)
        start: the number of the word that the decoder is told before the first
        source_mask (m, T_x), target_mask (m, T_y): True where there is a word, False where there is padding, which
        comes last; None if there is none

    Returns (J, alpha, cache):
        J: the cross-entropy in nats, summed over the words of the targets
        alpha (m, T_y, T_x): where the decoder looked
        cache: whatever translation_gradients needs

    Parts: attend is the look back and `cell` the step of both networks; whatever keeps the contract of
    attention_forward, and of gru_cell_forward, can take their places.
    """
    h, encoded = encoder_forward(source, parameters["encoder"], cell=cell)
    s0, _, summed_up = last_state_forward(h[:, :, -1], h, {}, source_mask)
    told = np.concatenate([np.full((len(target), 1), start), target[:, :-1]], axis=1)  # (m, T_y)
    _, y, alpha, decoded = decoder_forward(told, h, s0, parameters["decoder"], source_mask, attend=attend, cell=cell)
    counted = np.ones(target.shape) if target_mask is None else target_mask.astype(np.float64)  # (m, T_y)
    m, T_y = np.indices(target.shape)
    J = -float((counted * np.log(y[target, m, T_y])).sum())
    dz = y * counted  # (V_y, m, T_y)
    dz[target, m, T_y] -= counted
    return J, alpha, (encoded, summed_up, decoded, dz)


def translation_gradients(
    cache: Cache,
    *,
    attend_backward: AttentionBackward = attention_backward,
    cell_backward: CellBackward = gru_cell_backward,
) -> dict[str, dict[str, Array]]:
    """Compute the gradients of translation_loss.

    dX stands for dJ/dX and has the shape of X. An encoder state is asked by every look back of the decoder, and the
    last one by the decoder's first state too.

    Arguments:
        cache: what translation_loss returned

    Returns a dict with two dicts, encoder and decoder: a gradient for each parameter.

    Parts: attend_backward and cell_backward are the gradients of the look back and of the step of both networks.
    """
    encoded, summed_up, decoded, dz = cache
    decoder = decoder_backward(dz, decoded, attend_backward=attend_backward, cell_backward=cell_backward)
    dh = decoder.pop("dh") + last_state_backward(decoder.pop("ds0"), summed_up)["dh"]  # (n_h, m, T_x)
    return {"encoder": encoder_backward(dh, encoded, cell_backward=cell_backward), "decoder": decoder}


def _width(parameters: Parameters) -> int:
    """Return how many rows the states have: those of whichever bias the cell has."""
    return next(len(array) for name, array in parameters.items() if name.startswith("b"))
