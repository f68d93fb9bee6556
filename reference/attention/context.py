"""Attention over encoder states: instead of one summary of all that was read, a new one at every step of writing.

A decoder that must remember a whole sentence in one vector forgets long ones. With attention it looks back: it scores
every encoder state against its own, makes the scores into weights, and reads the weighted mean.

    e_j = score(s, h_j)        alpha = softmax(e)        c = sum_j alpha_j h_j

s (n_s, m) is the state of the decoder, h (n_h, m, T) the encoder states, alpha (m, T) the weights and c (n_h, m) the
context, for m examples side by side. How a place is scored is exchangeable: see reference/attention/scorers.py.
The decoder without attention is the case in which all the weight lies on the last place: last_state_forward.

D. Bahdanau, K. Cho and Y. Bengio, "Neural machine translation by jointly learning to align and translate", ICLR 2015.
Left out: Luong's local attention, which looks through a window.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from reference.activations import Array, Parameters
from reference.attention.scorers import Scorer, ScorerBackward, additive_score_backward, additive_score_forward
from reference.attention.weights import Mask, attention_weights, attention_weights_backward

Cache = tuple[Array, Array, Any]
Attention = Callable[[Array, Array, Parameters, Mask | None], tuple[Array, Array, Any]]
AttentionBackward = Callable[[Array, Any], dict[str, Array]]


def attention_forward(
    s: Array,
    h: Array,
    parameters: Parameters,
    mask: Mask | None = None,
    *,
    scorer: Scorer = additive_score_forward,
    weigh: Callable[[Array, Mask | None], Array] = attention_weights,
) -> tuple[Array, Array, Cache]:
    """Look back at the encoder states from one state of the decoder.

        e_j = va^T tanh(Wa s + Ua h_j)
        alpha = softmax(e) over the places that the mask allows
        c = sum over j of alpha_j h_j

    Arguments:
        s (n_s, m): the state of the decoder, one column for each of the m examples
        h (n_h, m, T): the encoder states, h[:, :, j] being that of place j
        parameters: a dict with Wa (n_e, n_s), Ua (n_e, n_h), va (n_e, 1)
        mask (m, T): True where there is a word, False where there is padding; None if there is no padding

    Returns (c, alpha, cache):
        c (n_h, m): the context
        alpha (m, T): the weights; each row sums to one, zero in masked places
        cache: the tuple (alpha, h, cache of the scores), for the backward pass

    Parts: scorer is how places are scored, and weigh how scores become weights; whatever keeps the contracts of
    additive_score_forward and of attention_weights can take their places.
    """
    e, score_cache = scorer(s, h, parameters)  # (m, T)
    alpha = weigh(e, mask)  # (m, T)
    c = np.einsum("mt,nmt->nm", alpha, h)  # (n_h, m)
    return c, alpha, (alpha, h, score_cache)


def attention_backward(
    dc: Array, cache: Cache, *, scorer_backward: ScorerBackward = additive_score_backward
) -> dict[str, Array]:
    """Compute the gradients of one look back, given that at the context.

    For a loss L, dX stands for dL/dX and has the shape of X. An encoder state matters twice: by what it adds to the
    context, and by the weight that its own score draws. Gradients of parameters are summed over places and examples.

    Arguments:
        dc (n_h, m): the gradient at the context
        cache: the tuple (alpha, h, cache of the scores) that attention_forward returned

    Returns a dict with ds (n_s, m), dh (n_h, m, T), dWa (n_e, n_s), dUa (n_e, n_h), dva (n_e, 1).

    Parts: scorer_backward is the gradient of the scores; whatever keeps the contract of additive_score_backward can
    take its place.
    """
    alpha, h, score_cache = cache
    dalpha = np.einsum("nm,nmt->mt", dc, h)  # (m, T)
    gradients = scorer_backward(attention_weights_backward(dalpha, alpha), score_cache)
    return {**gradients, "dh": gradients["dh"] + dc[:, :, np.newaxis] * alpha}


def last_state_forward(
    s: Array,
    h: Array,
    parameters: Parameters,  # noqa: ARG001 (the contract of attention_forward)
    mask: Mask | None = None,
) -> tuple[Array, Array, tuple[Array, Array]]:
    """Do without attention: whatever the decoder asks, the context is the encoder's last state.

    Arguments:
        s (n_s, m): the state of the decoder; its values are not read
        h (n_h, m, T): the encoder states, h[:, :, j] being that of place j
        parameters: not read, since there are none
        mask (m, T): True where there is a word; the last state is that of the last True. None if there is no padding

    Returns (c, alpha, cache):
        c (n_h, m): the last state
        alpha (m, T): one at the last place that the mask allows, else zero
        cache: the tuple (alpha, s), for the backward pass
    """
    m, T = h.shape[1:]
    last = np.full(m, T - 1) if mask is None else T - 1 - np.argmax(mask[:, ::-1], axis=1)  # (m,)
    alpha = np.eye(T)[last]  # (m, T)
    return np.einsum("mt,nmt->nm", alpha, h), alpha, (alpha, s)


def last_state_backward(dc: Array, cache: tuple[Array, Array]) -> dict[str, Array]:
    """Compute the gradients where the context is the last state: all of it goes there.

    For a loss L, dX stands for dL/dX and has the shape of X.

    Arguments:
        dc (n_h, m): the gradient at the context
        cache: the tuple (alpha, s) that last_state_forward returned

    Returns a dict with ds (n_s, m), all zeros, and dh (n_h, m, T), zero but for the last place.
    """
    alpha, s = cache
    return {"ds": np.zeros(s.shape), "dh": dc[:, :, np.newaxis] * alpha}
