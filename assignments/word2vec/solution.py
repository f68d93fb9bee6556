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
    Vectors = dict[str, Array]


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


def chance_of_each(q: Array, n: int) -> Array:  # noqa: ARG001  (it is told all that draw_negatives is)
    """Return how probable each word is at every draw, (V,), for the check of draw_negatives."""
    return q


def keep_of_each(tokens: Numbers, keep: Array) -> Array:
    """Return how probable it is that each token is kept, (T,), for the check of subsample."""
    return keep[tokens]


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


def exam_loss(vectors: Vectors, exam: Numbers) -> float:
    """Return the mean loss of negative sampling over the rows of an exam.

    Arguments:
        vectors: the dict with W (V, d) and U (V, d)
        exam (n, 2 + k): in each row a centre, a word of its context, and k words of noise
    """
    h = vectors["W"][exam[:, 0]]  # (n, d)
    scores = np.einsum("nd,nkd->nk", h, vectors["U"][exam[:, 1:]])  # (n, 1 + k)
    scores[:, 0] *= -1
    return float(np.logaddexp(0, scores).sum(axis=1).mean())


def train(
    start: Vectors,
    text: Numbers,
    keep: Array,
    q: Array,
    exam: Numbers,
    epochs: int,
    seed: int,
    window: int = 5,
    negatives: int = 5,
    rate: float = 0.04,
) -> tuple[Vectors, list[float]]:
    """Train word vectors by skip-gram with negative sampling, and watch how their loss falls.

    Arguments:
        start: the dict with W (V, d) and U (V, d), the vectors before the training; they must stay as they are
        text (T,): the numbers of the words of a text, in their order
        keep (V,): for each word, how probable it is that one occurrence of it is kept; drawn anew in each epoch
        q (V,): how probable each word is as noise
        exam (n, 2 + k): questions by which the loss is measured, see exam_loss; they are not for learning
        epochs: how often to go through the text
        seed: an integer; all chance comes from np.random.default_rng(seed)
        window: how many words to each side are context
        negatives: how many words of noise belong to each pair
        rate: the learning rate at the beginning; it falls to zero on a straight line

    Returns the tuple (vectors, losses):
        vectors: the dict with W (V, d) and U (V, d), trained
        losses: epochs + 1 numbers, the exam's loss before the training and after each epoch
    """
    generator = np.random.default_rng(seed)
    W, U = start["W"].copy(), start["U"].copy()
    apart = np.abs(np.subtract.outer(np.arange(50), np.arange(50)))  # (B, B), how far two places of a block are apart
    near = (apart > 0) & (apart <= window)  # (B, B), which pairs of places are centre and context
    weight = near.sum(axis=1, keepdims=True) * negatives / 50  # (B, 1), for how many words each drawn one stands
    losses = [exam_loss({"W": W, "U": U}, exam)]
    for epoch in range(epochs):
        kept = subsample(text, keep, generator)
        blocks = generator.permutation(kept[: len(kept) // 50 * 50].reshape(-1, 50))  # (N, B)
        noise = draw_negatives(q, blocks.size, generator).reshape(blocks.shape)  # (N, B)
        for number, (block, drawn) in enumerate(zip(blocks, noise, strict=True)):
            h, u, v = W[block], U[block], U[drawn]  # (B, d) each
            right = (sigmoid(h @ u.T) - 1) * near  # (B, B), dJ by the scores of the pairs
            wrong = sigmoid(h @ v.T) * weight  # (B, B), and by those of the noise
            step = rate * (1 - (epoch + number / len(blocks)) / epochs)
            np.add.at(W, block, -step * (right @ u + wrong @ v))
            np.add.at(U, block, -step * (right.T @ h))
            np.add.at(U, drawn, -step * (wrong.T @ h))
        losses.append(exam_loss({"W": W, "U": U}, exam))
    return {"W": W, "U": U}, losses


def loss_after(vectors: Vectors, inputs: dict[str, Any]) -> float:
    """Return the loss of trained vectors, for the check of train."""
    return exam_loss(vectors, inputs["exam"])


def untrained(inputs: dict[str, Any], held_out: dict[str, Any]) -> Vectors:  # noqa: ARG001  (as every baseline)
    """Answer with the vectors before the training."""
    return inputs["start"]  # type: ignore[no-any-return]


def frequency(inputs: dict[str, Any], held_out: dict[str, Any]) -> Vectors:  # noqa: ARG001  (as every baseline)
    """Answer with vectors that know how frequent a word is, and nothing else."""
    rank = np.log(inputs["q"] + 1e-9)
    return {"W": np.stack([rank - rank.mean(), np.ones(len(rank))], axis=1)}


def neighbours_added_up(inputs: dict[str, Any], held_out: dict[str, Any]) -> Vectors:  # noqa: ARG001  (as every baseline)
    """Answer with sums of the random vectors of all neighbours: who was seen beside whom, and no learning."""
    text, W = inputs["text"], inputs["start"]["W"]
    sums = np.zeros(W.shape)
    for far in range(1, 6):
        np.add.at(sums, text[far:], W[text[:-far]])
        np.add.at(sums, text[:-far], W[text[far:]])
    return {"W": sums}
