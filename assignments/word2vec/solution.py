"""The right answers of this assignment: references where the contract is theirs, and what has no reference."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Any

import numpy as np

from reference.activations import sigmoid, softmax  # noqa: F401
from reference.embeddings.contexts import skip_gram_pairs  # noqa: F401
from reference.embeddings.frequencies import keep_probability, noise_distribution  # noqa: F401
from reference.embeddings.objectives import (
    negative_sampling_gradients,
    negative_sampling_loss,
    softmax_gradients,  # noqa: F401
    softmax_loss,  # noqa: F401
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Numbers = NDArray[np.integer[Any]]


def subsample(tokens: Numbers, keep: Array, generator: np.random.Generator) -> Numbers:
    """Thin out a text: toss a coin for each of its tokens, and keep those for which it falls well.

    Arguments:
        tokens (T,): the numbers of the words of a text, in their order
        keep (V,): for each word, how probable it is that one occurrence of it is kept
        generator: a np.random.Generator, from which all chance comes

    Returns the tokens that are kept, in their order.
    """
    return tokens[generator.random(len(tokens)) < keep[tokens]]


def draw_negatives(q: Array, n: int, generator: np.random.Generator) -> Numbers:
    """Draw words as noise, each independently of the others.

    Arguments:
        q (V,): how probable each word is; the probabilities sum to one
        n: how many words to draw
        generator: a np.random.Generator, from which all chance comes

    Returns (n,), the numbers of the words drawn, from 0 to V - 1.
    """
    edges = np.cumsum(q)  # (V,), where the piece of each word ends
    return np.searchsorted(edges / edges[-1], generator.random(n), side="right")


def huffman_codes(counts: Sequence[int]) -> list[str]:
    """Build Huffman's tree and return the way from its root to each word.

    Arguments:
        counts (V,): how often each word was seen

    Returns V strings of "0" and "1", the turns on the way to each word. Whenever two trees are joined, the words of
    the rarer one get a "0" in front of their codes and those of the other a "1". A single word has the code "".
    """
    codes = [""] * len(counts)
    trees = [(int(count), word, [word]) for word, count in enumerate(counts)]  # count, a number of its own, words
    heapq.heapify(trees)
    for number in range(len(counts), 2 * len(counts) - 1):
        rare, _, left = heapq.heappop(trees)
        common, _, right = heapq.heappop(trees)
        for turn, words in (("0", left), ("1", right)):
            for word in words:
                codes[word] = turn + codes[word]
        heapq.heappush(trees, (rare + common, number, left + right))
    return codes


def cbow_loss_and_gradients(
    W: Array,
    U: Array,
    context: Numbers,
    target: int,
    negatives: Numbers,
    *,
    loss: Callable[..., float] = negative_sampling_loss,
    gradients: Callable[..., dict[str, Array]] = negative_sampling_gradients,
) -> tuple[float, Array, Array]:
    """Predict a word from the mean of its context, by negative sampling, and find all gradients.

    Arguments:
        W (V, d): the input vectors of all words
        U (V, d): the output vectors of all words
        context (C,): the numbers of the words around the target, one or more; a word named twice counts twice
        target: the number of the word that is to be predicted
        negatives (k,): the numbers of words drawn as noise; one drawn twice counts twice

    Returns the tuple (loss, dW, dU):
        loss: a number
        dW (V, d), dU (V, d): the gradients, 0 in the rows of words that play no part

    Parts: `loss` and `gradients` are negative_sampling_loss and negative_sampling_gradients.
    """
    h = W[context].mean(axis=0)  # (d,)
    at_h = gradients(h, U, target, negatives)
    dW = np.zeros(W.shape)
    np.add.at(dW, context, at_h["dh"] / len(context))
    return loss(h, U, target, negatives), dW, at_h["dU"]
