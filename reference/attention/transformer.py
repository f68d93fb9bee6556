"""A small transformer that predicts the next word: attention alone, no recurrence.

Every place looks at those before it, as many as there are, in one step; a layer of its own then works on what it found.
Both are added to what was there instead of taking its place, so that the gradient has a way around them, and what goes
into each is normed first, so that a deep stack can be trained without care at the start.

    x = sqrt(d) E[words] + PE                       x (m, T, d)
    x = x + MultiHead(LN1(x), causal)               in each block
    x = x + relu(LN2(x) W1 + b1) W2 + b2
    z = LN(x) E^T                                   the scores of the V words, by the same vectors that were read
    LN(x) = g * (x - mean) / sqrt(variance + 1e-5) + s

Rows are places, for m examples side by side: words (m, T), E (V, d), PE (T, d). A block's parameters are those of
reference/attention/multi_head.py, W1 (d, d_ff), b1 (d_ff,), W2 (d_ff, d), b2 (d,), and for its two norms g1, s1, g2, s2
(d,); g, s (d,) are those of the last norm.

A. Vaswani and others, "Attention is all you need", NIPS 2017: there the norm comes after the sum. Before, as here, it
has been since R. Xiong and others, "On layer normalization in the transformer architecture", ICML 2020.
Left out: dropout; the encoder; a store of keys and values for writing one word after another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from reference.activations import Array, Parameters
from reference.attention.multi_head import causal_mask, multi_head_backward, multi_head_forward
from reference.attention.positional_encoding import positional_encoding

if TYPE_CHECKING:
    from collections.abc import Sequence

Words = NDArray[np.int64]
NormCache = tuple[Array, Array, Array]


class TransformerParameters(TypedDict):
    """The vectors of the words, the blocks from the first to the last, and the last norm."""

    E: Array
    blocks: Sequence[Parameters]
    g: Array
    s: Array


def layer_norm_forward(x: Array, g: Array, s: Array) -> tuple[Array, NormCache]:
    """Give each vector the mean zero and the variance one, then a scale and a shift that are learnt.

        y = g * (x - mean) / sqrt(variance + 1e-5) + s

    Arguments:
        x (..., d): vectors; mean and variance are over the d entries of each
        g (d,), s (d,): scale and shift

    Returns (y, cache):
        y (..., d): the vectors
        cache: the tuple (normed, deviation, g) for the backward pass, with normed (..., d) the vectors before scale and
        shift, and deviation (..., 1) the square roots
    """
    deviation = np.sqrt(x.var(axis=-1, keepdims=True) + 1e-5)  # (..., 1)
    normed = (x - x.mean(axis=-1, keepdims=True)) / deviation  # (..., d)
    return g * normed + s, (normed, deviation, g)


def layer_norm_backward(dy: Array, cache: NormCache) -> dict[str, Array]:
    """Compute the gradients of a norm over each vector, given that at its result.

    For a loss L, dX stands for dL/dX and has the shape of X. What would only shift or stretch a vector is lost in the
    norm, and is taken out of the gradient. Those of g and s are summed over all vectors.

    Arguments:
        dy (..., d): the gradient at the result
        cache: the tuple (normed, deviation, g) that layer_norm_forward returned

    Returns a dict with dx (..., d), dg (d,), ds (d,).
    """
    normed, deviation, g = cache
    dnormed = g * dy  # (..., d)
    along = (dnormed * normed).mean(axis=-1, keepdims=True)  # (..., 1)
    dx = (dnormed - dnormed.mean(axis=-1, keepdims=True) - along * normed) / deviation
    others = tuple(range(dy.ndim - 1))
    return {"dx": dx, "dg": (dy * normed).sum(axis=others), "ds": dy.sum(axis=others)}


def transformer_block_forward(x: Array, parameters: Parameters, heads: int) -> tuple[Array, tuple[Any, ...]]:
    """Let every place look back, then think about what it found.

        x = x + MultiHead(LN1(x)), looking at no later place
        y = x + relu(LN2(x) W1 + b1) W2 + b2

    Arguments:
        x (m, T, d): the vectors of T places in m examples
        parameters: a dict with WQ, WK, WV, WO (d, d), bQ, bK, bV, bO (d,), W1 (d, d_ff), b1 (d_ff,), W2 (d_ff, d), b2
        (d,), and g1, s1, g2, s2 (d,) for the two norms
        heads: how many heads there are; it divides d

    Returns (y, cache):
        y (m, T, d): the vectors after the block
        cache: whatever transformer_block_backward needs
    """
    n1, normed1 = layer_norm_forward(x, parameters["g1"], parameters["s1"])  # (m, T, d)
    looked, _, attended = multi_head_forward(n1, n1, n1, parameters, heads, causal_mask(x.shape[1]))
    middle = x + looked  # (m, T, d)
    n2, normed2 = layer_norm_forward(middle, parameters["g2"], parameters["s2"])
    a = np.maximum(n2 @ parameters["W1"] + parameters["b1"], 0)  # (m, T, d_ff)
    return middle + a @ parameters["W2"] + parameters["b2"], (normed1, attended, normed2, n2, a, parameters)


def transformer_block_backward(dy: Array, cache: tuple[Any, ...]) -> dict[str, Array]:
    """Compute the gradients of one block, given that at its result.

    For a loss L, dX stands for dL/dX and has the shape of X. Gradients of parameters are summed over places and
    examples.

    Arguments:
        dy (m, T, d): the gradient at the result
        cache: what transformer_block_forward returned

    Returns a dict with dx (m, T, d) and a gradient for each parameter, of its shape.
    """
    normed1, attended, normed2, n2, a, parameters = cache
    da = (dy @ parameters["W2"].T) * (a > 0)  # (m, T, d_ff), at the argument of relu
    second = layer_norm_backward(da @ parameters["W1"].T, normed2)
    dmiddle = dy + second["dx"]  # (m, T, d)
    look = multi_head_backward(dmiddle, attended)
    first = layer_norm_backward(look["dQ"] + look["dK"] + look["dV"], normed1)
    return {
        "dx": dmiddle + first["dx"],
        **{f"d{kind}{name}": look[f"d{kind}{name}"] for kind in "Wb" for name in "QKVO"},
        "dW1": np.tensordot(n2, da, axes=((0, 1), (0, 1))),
        "db1": da.sum(axis=(0, 1)),
        "dW2": np.tensordot(a, dy, axes=((0, 1), (0, 1))),
        "db2": dy.sum(axis=(0, 1)),
        "dg1": first["dg"],
        "ds1": first["ds"],
        "dg2": second["dg"],
        "ds2": second["ds"],
    }


def transformer_forward(words: Words, parameters: TransformerParameters, heads: int) -> tuple[Array, tuple[Any, ...]]:
    """Score, at every place, the words that may come next.

        x = sqrt(d) E[words] + PE,  then block after block,  z = LN(x) E^T

    Arguments:
        words (m, T): the numbers of the words
        parameters: a dict with E (V, d), g (d,), s (d,), and blocks, a list with the dict of each block
        heads: how many heads there are in each block; it divides d

    Returns (z, cache):
        z (m, T, V): the scores of what follows each place; their softmax is the prediction
        cache: whatever transformer_backward needs
    """
    E = parameters["E"]
    d = E.shape[1]
    x = np.sqrt(d) * E[words] + positional_encoding(words.shape[1], d)  # (m, T, d)
    caches = []
    for block in parameters["blocks"]:
        x, cache = transformer_block_forward(x, block, heads)
        caches.append(cache)
    last, normed = layer_norm_forward(x, parameters["g"], parameters["s"])  # (m, T, d)
    return last @ E.T, (words, last, normed, caches, E)


def transformer_backward(dz: Array, cache: tuple[Any, ...]) -> dict[str, Any]:
    """Compute the gradients of all parameters, given that at the scores.

    For a loss L, dX stands for dL/dX and has the shape of X. The vectors E are read at the beginning and again for the
    scores, and get what both ask of them.

    Arguments:
        dz (m, T, V): the gradient at the scores
        cache: what transformer_forward returned

    Returns a dict with dE (V, d), dg (d,), ds (d,), and blocks, a list with the dict of gradients of each block.
    """
    words, last, normed, caches, E = cache
    step = layer_norm_backward(dz @ E, normed)
    dE = np.tensordot(dz, last, axes=((0, 1), (0, 1)))  # (V, d)
    dx, blocks = step["dx"], []
    for block in reversed(caches):
        found = transformer_block_backward(dx, block)
        dx = found.pop("dx")
        blocks.append(found)
    np.add.at(dE, words, np.sqrt(E.shape[1]) * dx)
    return {"dE": dE, "dg": step["dg"], "ds": step["ds"], "blocks": blocks[::-1]}
