"""Three ways to score how well each encoder state answers the state that the decoder is in.

    additive   e_j = va^T tanh(Wa s + Ua h_j)       a small layer that looks at both (Bahdanau)
    dot        e_j = s^T h_j                        how far both point the same way (Luong)
    general    e_j = s^T Wa h_j                     the same, after one has been turned towards the other (Luong)

s (n_s, m) is the state of the decoder, h (n_h, m, T) holds the encoder states h_1, ..., h_T, and e (m, T) the scores,
for m examples side by side. Wa (n_e, n_s), Ua (n_e, n_h) and va (n_e, 1) are the parameters of
the additive scorer, Wa (n_s, n_h) that of the general one; the dot scorer has none, and needs n_s = n_h.

All three keep one contract, so that each can stand in the other's place in reference/attention/context.py:
forward(s, h, parameters) gives (e, cache), backward(de, cache) gives ds, dh and a gradient for each parameter.

D. Bahdanau, K. Cho and Y. Bengio, "Neural machine translation by jointly learning to align and translate", ICLR 2015.
M.-T. Luong, H. Pham and C. D. Manning, "Effective approaches to attention-based neural machine translation", EMNLP
2015.
Luong's concat scorer is the additive one, with Wa and Ua side by side.
Left out: Luong's location scorer, which does not look at h.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from reference.activations import Array, Parameters

Scorer = Callable[[Array, Array, Parameters], tuple[Array, Any]]
ScorerBackward = Callable[[Array, Any], dict[str, Array]]

AdditiveCache = tuple[Array, Array, Array, Parameters]
Cache = tuple[Array, Array, Parameters]


def additive_score_forward(s: Array, h: Array, parameters: Parameters) -> tuple[Array, AdditiveCache]:
    """Score every encoder state with a layer that looks at it and at the state of the decoder.

        e_j = va^T tanh(Wa s + Ua h_j)

    Arguments:
        s (n_s, m): the state of the decoder, one column for each of the m examples
        h (n_h, m, T): the encoder states, h[:, :, j] being that of place j
        parameters: a dict with Wa (n_e, n_s), Ua (n_e, n_h), va (n_e, 1)

    Returns (e, cache):
        e (m, T): the score of each place
        cache: the tuple (z, s, h, parameters) with z (n_e, m, T) the values of tanh, for the backward pass
    """
    asked = (parameters["Wa"] @ s)[:, :, np.newaxis]  # (n_e, m, 1)
    z = np.tanh(asked + np.tensordot(parameters["Ua"], h, axes=1))  # (n_e, m, T)
    e = np.tensordot(parameters["va"][:, 0], z, axes=1)  # (m, T)
    return e, (z, s, h, parameters)


def additive_score_backward(de: Array, cache: AdditiveCache) -> dict[str, Array]:
    """Compute the gradients of the additive scores, given that at the scores.

    For a loss L, dX stands for dL/dX and has the shape of X. Gradients of parameters are summed over places and
    examples.

    Arguments:
        de (m, T): the gradient at the scores
        cache: the tuple (z, s, h, parameters) that additive_score_forward returned

    Returns a dict with ds (n_s, m), dh (n_h, m, T), dWa (n_e, n_s), dUa (n_e, n_h), dva (n_e, 1).
    """
    z, s, h, parameters = cache
    dz = parameters["va"][:, :, np.newaxis] * de * (1 - z**2)  # (n_e, m, T), at the argument of tanh
    dasked = dz.sum(axis=2)  # (n_e, m): one state of the decoder is compared with every place
    return {
        "ds": parameters["Wa"].T @ dasked,  # (n_s, m)
        "dh": np.tensordot(parameters["Ua"].T, dz, axes=1),  # (n_h, m, T)
        "dWa": dasked @ s.T,  # (n_e, n_s)
        "dUa": np.tensordot(dz, h, axes=((1, 2), (1, 2))),  # (n_e, n_h)
        "dva": np.tensordot(z, de, axes=2)[:, np.newaxis],  # (n_e, 1)
    }


def dot_score_forward(s: Array, h: Array, parameters: Parameters) -> tuple[Array, Cache]:
    """Score every encoder state by its product with the state of the decoder, e_j = s^T h_j.

    Arguments:
        s (n, m): the state of the decoder, one column for each of the m examples
        h (n, m, T): the encoder states, h[:, :, j] being that of place j
        parameters: not read, since this scorer has none

    Returns (e, cache):
        e (m, T): the score of each place
        cache: the tuple (s, h, parameters), for the backward pass
    """
    return np.einsum("nm,nmt->mt", s, h), (s, h, parameters)  # (m, T)


def dot_score_backward(de: Array, cache: Cache) -> dict[str, Array]:
    """Compute the gradients of the products, given that at the scores.

    For a loss L, dX stands for dL/dX and has the shape of X.

    Arguments:
        de (m, T): the gradient at the scores
        cache: the tuple (s, h, parameters) that dot_score_forward returned

    Returns a dict with ds (n, m), dh (n, m, T).
    """
    s, h, _ = cache
    return {"ds": np.einsum("mt,nmt->nm", de, h), "dh": s[:, :, np.newaxis] * de}


def general_score_forward(s: Array, h: Array, parameters: Parameters) -> tuple[Array, Cache]:
    """Score every encoder state by a product with weights in between, e_j = s^T Wa h_j.

    Arguments:
        s (n_s, m): the state of the decoder, one column for each of the m examples
        h (n_h, m, T): the encoder states, h[:, :, j] being that of place j
        parameters: a dict with Wa (n_s, n_h)

    Returns (e, cache):
        e (m, T): the score of each place
        cache: the tuple (s, h, parameters), for the backward pass
    """
    e, _ = dot_score_forward(parameters["Wa"].T @ s, h, parameters)  # (m, T)
    return e, (s, h, parameters)


def general_score_backward(de: Array, cache: Cache) -> dict[str, Array]:
    """Compute the gradients of the weighted products, given that at the scores.

    For a loss L, dX stands for dL/dX and has the shape of X. The gradient of the parameter is summed over places and
    examples.

    Arguments:
        de (m, T): the gradient at the scores
        cache: the tuple (s, h, parameters) that general_score_forward returned

    Returns a dict with ds (n_s, m), dh (n_h, m, T), dWa (n_s, n_h).
    """
    s, h, parameters = cache
    Wa = parameters["Wa"]
    inner = dot_score_backward(de, (Wa.T @ s, h, parameters))  # ds is (n_h, m), at Wa^T s
    return {"ds": Wa @ inner["ds"], "dh": inner["dh"], "dWa": s @ inner["ds"].T}
