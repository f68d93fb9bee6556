"""The decoder: a recurrent network that writes, and looks back before each word at what was read.

At every step it reads the word that it should have written last (teacher forcing: the right one, whatever it would have
said itself) together with the context that attention gives it, and predicts the next word.

    c_t = attend(s_{t-1}, h)        s_t, y_t = cell([E y_{t-1}; c_t], s_{t-1})

h (n_h, m, T_x) are the encoder states, c_t (n_h, m) the context, s (n_s, m, T_y) the states of the decoder, y (V, m,
T_y) its predictions over V words, for m examples side by side; E (n_e, V) has a column for each word. The parameters
are E, those of the attention, and those of a cell for inputs of n_e + n_h rows.

D. Bahdanau, K. Cho and Y. Bengio, "Neural machine translation by jointly learning to align and translate", ICLR 2015;
without attention K. Cho and others, EMNLP 2014.
Cell and attention are parts. Their prediction also reads the context and the last word, by a maxout layer; here what
the state has taken up of them must do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from reference.activations import Array, Parameters
from reference.attention.context import Attention, AttentionBackward, attention_backward, attention_forward
from reference.recurrent.gru import gru_cell_backward, gru_cell_forward

if TYPE_CHECKING:
    from reference.attention.weights import Mask

Words = NDArray[np.int64]
Cell = Callable[[Array, Array, Parameters], tuple[Array, Array, Any]]
CellBackward = Callable[[Array, Any], dict[str, Array]]
Cache = tuple[Words, Array, list[tuple[Any, Any]], tuple[int, int, int], Parameters]


def decoder_forward(
    words: Words,
    h: Array,
    s0: Array,
    parameters: Parameters,
    mask: Mask | None = None,
    *,
    attend: Attention = attention_forward,
    cell: Cell = gru_cell_forward,
) -> tuple[Array, Array, Array, Cache]:
    """Write a sequence while the right words are dictated, looking back at the encoder states before each.

        c_t = the attention from s_{t-1} over h, with weights alpha_t
        s_t, y_t = a step of a GRU from s_{t-1} with the input [E[:, words[:, t]]; c_t]

    Arguments:
        words (m, T_y): the number of the word that is read at each step: the one before that which is to be predicted
        h (n_h, m, T_x): the encoder states
        s0 (n_s, m): the state of the decoder before the first step
        parameters: a dict with E (n_e, V); Wa (n_a, n_s), Ua (n_a, n_h), va (n_a, 1) of the attention; Wu, Wr, Wc (n_s,
        n_s + n_e + n_h), bu, br, bc (n_s, 1), Wy (V, n_s), by (V, 1) of the GRU
        mask (m, T_x): True where there is a word to look at, False where there is padding; None if there is no padding

    Returns (s, y, alpha, cache):
        s (n_s, m, T_y): the states
        y (V, m, T_y): the predictions, y[:, :, t] that of what follows words[:, t]
        alpha (m, T_y, T_x): the weights of each look back
        cache: the tuple (words, s, steps, shape of h, parameters), for the backward pass; steps has for each step the
        two caches of its look back and of its GRU

    Parts: attend is the look back and `cell` the step; whatever keeps the contract of attention_forward, and of
    gru_cell_forward or rnn_cell_forward, can take their places.
    """
    s, states, predictions, weights, steps = s0, [], [], [], []
    for t in range(words.shape[1]):
        c, alpha, looked = attend(s, h, parameters, mask)  # (n_h, m), (m, T_x)
        xt = np.concatenate([parameters["E"][:, words[:, t]], c])  # (n_e + n_h, m)
        s, y, stepped = cell(xt, s, parameters)  # (n_s, m), (V, m)
        states.append(s)
        predictions.append(y)
        weights.append(alpha)
        steps.append((looked, stepped))
    s_all, y_all = np.stack(states, axis=2), np.stack(predictions, axis=2)  # (n_s, m, T_y), (V, m, T_y)
    n_h, m, T_x = h.shape
    return s_all, y_all, np.stack(weights, axis=1), (words, s_all, steps, (n_h, m, T_x), parameters)


def decoder_backward(
    dz: Array,
    cache: Cache,
    *,
    attend_backward: AttentionBackward = attention_backward,
    cell_backward: CellBackward = gru_cell_backward,
) -> dict[str, Array]:
    """Compute the gradients of a whole sequence that was written, given those at the scores of its predictions.

    For a loss L, dX stands for dL/dX and has the shape of X. The scores z are what the softmax of y is taken of; for
    the cross-entropy dz is y, less one at the right word. A state matters to its own prediction, to the next state, and
    to where the decoder looks next. Gradients of parameters are summed over the steps and over the m examples.

    Arguments:
        dz (V, m, T_y): the gradient at the scores of each step
        cache: the tuple (words, s, steps, shape of h, parameters) that decoder_forward returned

    Returns a dict:
        dh (n_h, m, T_x), ds0 (n_s, m): the gradients at the encoder states and at the first state
        dE (n_e, V), and a gradient for each parameter of the attention and of the GRU, of its shape

    Parts: attend_backward and cell_backward are the gradients of the look back and of the step; whatever keeps the
    contracts of attention_backward and of gru_cell_backward can take their places.
    """
    words, s, steps, shape_of_h, parameters = cache
    gradients = {f"d{name}": np.zeros(array.shape) for name, array in parameters.items()}
    gradients["dWy"] = np.tensordot(dz, s, axes=((1, 2), (1, 2)))  # (V, n_s)
    gradients["dby"] = dz.sum(axis=(1, 2))[:, np.newaxis]  # (V, 1)
    gradients["dh"] = np.zeros(shape_of_h)
    n_e, ds_next = len(parameters["E"]), np.zeros(s.shape[:2])  # (n_s, m), by way of later steps
    for t in reversed(range(len(steps))):
        looked, stepped = steps[t]
        step = cell_backward(parameters["Wy"].T @ dz[:, :, t] + ds_next, stepped)
        look = attend_backward(step["dxt"][n_e:], looked)
        np.add.at(gradients["dE"].T, words[:, t], step["dxt"][:n_e].T)  # a word may stand in several examples
        ds_next = step["da_prev"] + look["ds"]  # (n_s, m)
        for name, found in {**step, **look}.items():
            if name not in ("dxt", "da_prev", "ds"):
                gradients[name] += found
    return {**gradients, "ds0": ds_next}
