"""Scaled dot-product attention, and several of it side by side: what transformers are made of.

Every place asks a question, its query, and every place offers a key to be found by and a value to be read. The product
of a query and a key of length d_k has a variance that grows with d_k; dividing by sqrt(d_k) keeps the softmax from
putting all on one place before anything is learnt. One head can look at one thing at a time, so there are several, each
with projections of its own.

    Attention(Q, K, V) = softmax(Q K^T / sqrt(d_k)) V
    MultiHead(Q, K, V) = [head_1; ...; head_h] WO + bO        head_i = Attention(Q WQ_i, K WK_i, V WV_i)

Here rows are places, as in the paper: Q (..., T_q, d_k), K (..., T_k, d_k), V (..., T_k, d_v), with any leading axes
for examples and heads. WQ, WK, WV, WO (d, d) hold the projections of all heads, head i being the columns from i d/h to
(i + 1) d/h; bQ, bK, bV, bO (d,) are biases.

A. Vaswani and others, "Attention is all you need", NIPS 2017. The biases are not theirs; they came into use, and torch
has them.
Left out: dropout of the weights; keys and values of another width than the queries.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from reference.activations import Array, Parameters
from reference.attention.weights import Mask, attention_weights, attention_weights_backward

Cache = tuple[Array, Array, Array, Array]
Attention = Callable[[Array, Array, Array, Mask | None], tuple[Array, Array, Any]]
AttentionBackward = Callable[[Array, Any], dict[str, Array]]
MultiHeadCache = tuple[Array, Array, Array, Array, Any, int, Parameters]


def scaled_dot_product_forward(Q: Array, K: Array, V: Array, mask: Mask | None = None) -> tuple[Array, Array, Cache]:
    """Let every query read the values whose keys are like it.

        alpha = softmax(Q K^T / sqrt(d_k)) over the keys that the mask allows
        O = alpha V

    Arguments:
        Q (..., T_q, d_k): the queries, a row for each
        K (..., T_k, d_k): the keys
        V (..., T_k, d_v): the values
        mask: booleans that broadcast to (..., T_q, T_k), True where a query may look at a key; None allows all

    Returns (O, alpha, cache):
        O (..., T_q, d_v): what each query read
        alpha (..., T_q, T_k): the weights; a query that may look at nothing has zeros, and reads zeros
        cache: the tuple (Q, K, V, alpha), for the backward pass
    """
    e = Q @ K.swapaxes(-1, -2) / np.sqrt(Q.shape[-1])  # (..., T_q, T_k)
    alpha = attention_weights(e, mask)  # (..., T_q, T_k)
    return alpha @ V, alpha, (Q, K, V, alpha)


def scaled_dot_product_backward(dO: Array, cache: Cache) -> dict[str, Array]:
    """Compute the gradients at queries, keys and values, given that at what was read.

    For a loss L, dX stands for dL/dX and has the shape of X.

    Arguments:
        dO (..., T_q, d_v): the gradient at O
        cache: the tuple (Q, K, V, alpha) that scaled_dot_product_forward returned

    Returns a dict with dQ (..., T_q, d_k), dK (..., T_k, d_k), dV (..., T_k, d_v).
    """
    Q, K, V, alpha = cache
    dalpha = dO @ V.swapaxes(-1, -2)  # (..., T_q, T_k)
    de = attention_weights_backward(dalpha, alpha) / np.sqrt(Q.shape[-1])  # (..., T_q, T_k), at Q K^T
    return {"dQ": de @ K, "dK": de.swapaxes(-1, -2) @ Q, "dV": alpha.swapaxes(-1, -2) @ dO}


def causal_mask(T: int) -> Mask:
    """Allow every place to look at itself and at what came before it.

    Arguments:
        T: how many places there are

    Returns booleans (T, T), True at [i, j] where j <= i.
    """
    return np.tri(T, dtype=bool)


def split_heads(x: Array, heads: int) -> Array:
    """Cut the last axis into heads, (m, T, d) to (m, heads, T, d / heads).

    Arguments:
        x (m, T, d): the projections of all heads side by side
        heads: how many heads there are

    Returns the projections (m, heads, T, d / heads). Raises ValueError if the heads do not divide d.
    """
    m, T, d = x.shape
    if d % heads:
        raise ValueError(f"{heads} heads cannot share a width of {d}: choose a number of heads that divides it")
    return x.reshape(m, T, heads, d // heads).swapaxes(1, 2)


def join_heads(x: Array) -> Array:
    """Put heads side by side again, (m, heads, T, d / heads) to (m, T, d): split_heads undone.

    Arguments:
        x (m, heads, T, d / heads): what each head has

    Returns an array (m, T, d).
    """
    m, heads, T, width = x.shape
    return x.swapaxes(1, 2).reshape(m, T, heads * width)


def multi_head_forward(
    Q: Array,
    K: Array,
    V: Array,
    parameters: Parameters,
    heads: int,
    mask: Mask | None = None,
    *,
    attend: Attention = scaled_dot_product_forward,
) -> tuple[Array, Array, MultiHeadCache]:
    """Attend with several heads side by side, each with projections of its own.

        head_i = softmax(Q_i K_i^T / sqrt(d / heads)) V_i    with Q_i, K_i, V_i the i-th share of the columns of
                                                              Q WQ + bQ, K WK + bK, V WV + bV
        O = [head_1; ...; head_h] WO + bO

    Arguments:
        Q (m, T_q, d): what asks, a row for each place of each of the m examples
        K (m, T_k, d): what is looked at to find
        V (m, T_k, d): what is read; in self-attention all three are the same
        parameters: a dict with WQ, WK, WV, WO (d, d), bQ, bK, bV, bO (d,)
        heads: how many heads there are; it divides d
        mask: booleans that broadcast to (m, heads, T_q, T_k), True where a place may look; None allows all

    Returns (O, alpha, cache):
        O (m, T_q, d): what was read
        alpha (m, heads, T_q, T_k): the weights of each head
        cache: the tuple (Q, K, V, joined, cache of the attention, heads, parameters) with joined (m, T_q, d) what the
        heads read, side by side, for the backward pass

    Parts: attend is what each head does; whatever keeps the contract of scaled_dot_product_forward can take its
    place.
    """
    projected = [
        split_heads(x @ parameters[f"W{name}"] + parameters[f"b{name}"], heads)  # (m, heads, T, d / heads)
        for name, x in (("Q", Q), ("K", K), ("V", V))
    ]
    read, alpha, inner = attend(projected[0], projected[1], projected[2], mask)
    joined = join_heads(read)  # (m, T_q, d)
    return joined @ parameters["WO"] + parameters["bO"], alpha, (Q, K, V, joined, inner, heads, parameters)


def multi_head_backward(
    dO: Array, cache: MultiHeadCache, *, attend_backward: AttentionBackward = scaled_dot_product_backward
) -> dict[str, Array]:
    """Compute the gradients of attention with several heads, given that at what was read.

    For a loss L, dX stands for dL/dX and has the shape of X. Where one array was given as Q, K and V, its gradient is
    the sum of the three. Gradients of parameters are summed over places and examples.

    Arguments:
        dO (m, T_q, d): the gradient at O
        cache: the tuple (Q, K, V, joined, cache of the attention, heads, parameters) from multi_head_forward

    Returns a dict:
        dQ (m, T_q, d), dK (m, T_k, d), dV (m, T_k, d): the gradients at the inputs
        dWQ, dWK, dWV, dWO (d, d), dbQ, dbK, dbV, dbO (d,): the gradients at the parameters

    Parts: attend_backward is the gradient of what each head does; whatever keeps the contract of
    scaled_dot_product_backward can take its place.
    """
    Q, K, V, joined, inner, heads, parameters = cache
    dread = split_heads(dO @ parameters["WO"].T, heads)  # (m, heads, T_q, d / heads)
    gradients = attend_backward(dread, inner)
    found = {"dWO": np.tensordot(joined, dO, axes=((0, 1), (0, 1))), "dbO": dO.sum(axis=(0, 1))}
    for name, x in (("Q", Q), ("K", K), ("V", V)):
        dprojected = join_heads(gradients[f"d{name}"])  # (m, T, d)
        found[f"d{name}"] = dprojected @ parameters[f"W{name}"].T  # (m, T, d)
        found[f"dW{name}"] = np.tensordot(x, dprojected, axes=((0, 1), (0, 1)))  # (d, d)
        found[f"db{name}"] = dprojected.sum(axis=(0, 1))  # (d,)
    return found
