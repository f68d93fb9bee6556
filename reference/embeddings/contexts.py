"""What a word is learned from: the words around it, and how they are made into one vector.

Skip-gram predicts each word of the surroundings from the word in their middle; CBOW predicts the middle from all of
them at once, as a mean or as a row of vectors in their order.

    skip-gram           h = v_c                                 one question for each word of the context
    CBOW                h = (v_1 + ... + v_C) / C               one question for all of them
    CBOW, in order      h = (v_1; v_2; ...; v_C)                likewise, and the output vectors have length C d

v_w (d,) is row w of the input vectors W (V, d). What the loss asks of h is given back to the rows that made it.

T. Mikolov et al., "Efficient estimation of word representations in vector space", arXiv:1301.3781 (2013), and
"Distributed representations of words and phrases and their compositionality", NeurIPS 2013.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reference.activations import Array

Numbers = NDArray[np.integer[Any]]


def context_of(sentence: Sequence[int], position: int, window: int) -> list[int]:
    """List the words around a position of a sentence, without the one at the position itself.

    Arguments:
        sentence: T numbers of words
        position: a place in it, counted from 0
        window: how many words to each side are context; fewer at the ends of the sentence

    Returns the numbers of these words, from left to right.
    """
    return [*sentence[max(position - window, 0) : position], *sentence[position + 1 : position + 1 + window]]


def skip_gram_pairs(sentence: Sequence[int], window: int) -> list[tuple[int, int]]:
    """List what skip-gram learns from a sentence: each word with every word of its context.

    Arguments:
        sentence: T numbers of words
        window: how many words to each side are context; fewer at the ends of the sentence

    Returns pairs (centre, context), in the order of the sentence, and of the context within one centre.
    """
    return [
        (centre, context)
        for position, centre in enumerate(sentence)
        for context in context_of(sentence, position, window)
    ]


def cbow_pairs(sentence: Sequence[int], window: int) -> list[tuple[list[int], int]]:
    """List what CBOW learns from a sentence: the context of each word with the word; none for a word without context.

    Arguments:
        sentence: T numbers of words
        window: how many words to each side are context; fewer at the ends of the sentence

    Returns pairs (context, centre), in the order of the sentence.
    """
    pairs = ((context_of(sentence, position, window), centre) for position, centre in enumerate(sentence))
    return [(context, centre) for context, centre in pairs if context]


def mean_context(W: Array, context: Numbers) -> Array:
    """Make h as the mean of the input vectors of the words of a context.

    Arguments:
        W (V, d): the input vectors, a row for whatever may be in a context
        context (C,): the numbers of the words around the centre, one or more; a word named twice counts twice

    Returns h (d,).
    """
    h: Array = W[context].mean(axis=0)
    return h


def mean_context_gradient(dh: Array, W: Array, context: Numbers) -> Array:
    """Give the gradient at the mean of a context back to the rows it was made of.

    The published programs give each row the whole of dh instead of its share dh / C, which amounts to a learning rate C
    times as large for the input vectors; this is the gradient itself.

    Arguments:
        dh (d,): the gradient at h
        W (V, d): the input vectors, a row for whatever may be in a context
        context (C,): the numbers of the words that h is the mean of

    Returns dW (V, d), 0 in the rows that are not in the context.
    """
    return add_to_rows(W, context, np.tile(dh / len(context), (len(context), 1)))


def concatenated_context(W: Array, context: Numbers) -> Array:
    """Make h as the input vectors of the words of a context, one after another.

    Arguments:
        W (V, d): the input vectors, a row for whatever may be in a context
        context (C,): the numbers of the words around the centre, in their order

    Returns h (C d,).
    """
    return W[context].ravel()


def concatenated_context_gradient(dh: Array, W: Array, context: Numbers) -> Array:
    """Give the gradient at a concatenation back to the rows it was made of: to each its own piece.

    Arguments:
        dh (C d,): the gradient at h
        W (V, d): the input vectors, a row for whatever may be in a context
        context (C,): the numbers of the words that h was made of, in their order

    Returns dW (V, d), 0 in the rows that are not in the context.
    """
    return add_to_rows(W, context, dh.reshape(len(context), -1))


def add_to_rows(W: Array, rows: Numbers, pieces: Array) -> Array:
    """Return an array like W (V, d), 0 but for the pieces (n, d) added to its rows (n,).

    dW[rows] += pieces would forget all but the last of the pieces for one row.
    """
    dW = np.zeros(W.shape)
    np.add.at(dW, rows, pieces)
    return dW
