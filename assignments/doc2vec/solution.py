"""The right answers of this assignment: references where the contract is theirs, and PV-DBOW with its training."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Any

import numpy as np

from reference.activations import sigmoid, softmax  # noqa: F401
from reference.embeddings.contexts import (
    cbow_pairs,  # noqa: F401
    concatenated_context,  # noqa: F401
    concatenated_context_gradient,  # noqa: F401
    mean_context,  # noqa: F401
    mean_context_gradient,  # noqa: F401
)
from reference.embeddings.frequencies import learning_rate_at
from reference.embeddings.objectives import (
    hierarchical_softmax_gradients,  # noqa: F401
    hierarchical_softmax_loss,  # noqa: F401
    sampled_softmax_gradients,  # noqa: F401
    sampled_softmax_loss,  # noqa: F401
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Numbers = NDArray[np.integer[Any]]
    Vectors = dict[str, Array]
    Route = tuple[list[int], list[int]]


def words_and_noise(
    document: Numbers, keep: Array, q: Array, negatives: int, generator: np.random.Generator
) -> tuple[Numbers, Numbers]:
    """Thin out a document, and draw noise for what is left of it.

    Arguments:
        document (n,): the numbers of its words
        keep (V,): for each word, how probable it is that one occurrence of it is kept
        q (V,): how probable each word is as noise
        negatives: how many words of noise belong to each word that is kept
        generator: a np.random.Generator, from which all chance comes

    Returns the tuple (words, noise) of two arrays of numbers; noise is `negatives` times as long as words.
    """
    words = document[generator.random(len(document)) < keep[document]]
    return words, generator.choice(len(q), negatives * len(words), p=q)


def exam_loss(vectors: Vectors, exam: Numbers) -> float:
    """Return the mean loss of negative sampling over the rows of an exam.

    Arguments:
        vectors: the dict with D (N, d) and U (V, d)
        exam (n, 2 + k): in each row the number of a document, that of a word in it, and those of k words of noise
    """
    v = vectors["D"][exam[:, 0]]  # (n, d)
    scores = np.einsum("nd,nkd->nk", v, vectors["U"][exam[:, 1:]])  # (n, 1 + k)
    scores[:, 0] *= -1
    return float(np.logaddexp(0, scores).sum(axis=1).mean())


def huffman_routes(counts: Sequence[int]) -> list[tuple[Numbers, Numbers]]:
    """Build Huffman's tree and return the way from its root to each word.

    Arguments:
        counts (V,): how often each word was seen

    Returns a list of V routes, each a tuple (path, code) of two arrays of integers, both as long as there are turns:
        path: the numbers of the forks at which a turn is made; the V - 1 forks have the numbers 0 to V - 2, in the
            order in which they were joined, so that the root is V - 2
        code: the turn made at each of them, 0 towards the rarer of the two trees that were joined there, 1 towards the
            other
    """
    upwards: list[Route] = [([], []) for _ in counts]  # forks and turns from each word up
    trees = [(int(count), word, [word]) for word, count in enumerate(counts)]  # count, a number of its own, words
    heapq.heapify(trees)
    for fork in range(len(counts) - 1):
        rare, _, left = heapq.heappop(trees)
        common, _, right = heapq.heappop(trees)
        for turn, words in enumerate((left, right)):
            for word in words:
                upwards[word][0].append(fork)
                upwards[word][1].append(turn)
        heapq.heappush(trees, (rare + common, len(counts) + fork, left + right))
    return [(np.array(path[::-1], dtype=np.int64), np.array(code[::-1], dtype=np.int64)) for path, code in upwards]


def pv_dbow(v: Array, U: Array, words: Numbers, noise: Numbers) -> tuple[float, Array, Array]:
    """Ask the vector of a document for all of its words at once, by negative sampling, and find all gradients.

    Arguments:
        v (d,): the vector of the document
        U (V, d): the output vectors of all words
        words (n,): the numbers of the document's words; one that occurs twice counts twice
        noise (m,): the numbers of words drawn as noise; one drawn twice counts twice

    Returns the tuple (loss, dv, dU):
        loss: a number, 0 where there are neither words nor noise
        dv (d,), dU (V, d): the gradients; dU is 0 in the rows of words that play no part
    """
    rows = np.concatenate([words, noise])  # (n + m,)
    signs = np.repeat([1.0, -1.0], [len(words), len(noise)])  # (n + m,)
    scores = U[rows] @ v  # (n + m,)
    g = -signs * sigmoid(-signs * scores)  # (n + m,), dJ by the scores
    dU = np.zeros(U.shape)
    np.add.at(dU, rows, np.outer(g, v))
    return float(np.logaddexp(0, -signs * scores).sum()), g @ U[rows], dU


def infer(
    vectors: Vectors,
    documents: Sequence[Numbers],
    start: Array,
    keep: Array,
    q: Array,
    epochs: int,
    seed: int,
    negatives: int = 1,
    rate: float = 0.1,
    *,
    dbow: Callable[..., tuple[float, Array, Array]] = pv_dbow,
    rate_at: Callable[..., float] = learning_rate_at,
) -> Array:
    """Find the vectors of new documents, while the vectors of the words stay as they are.

    Arguments:
        vectors: what was trained, a dict with D (N, d), which is not needed here, and U (V, d)
        documents: a list of n arrays, each with the numbers of the words of one document; such an array may be empty
        start (n, d): the vectors of the new documents before they have learned; they must stay as they are
        keep (V,): for each word, how probable it is that one occurrence of it is kept; drawn anew in each epoch
        q (V,): how probable each word is as noise
        epochs: how often to go through each document
        seed: an integer; all chance comes from np.random.default_rng(seed)
        negatives: how many words of noise belong to each word that is kept
        rate: the learning rate at the beginning

    Returns an array of shape (n, d), the vectors of the new documents.

    Parts: `dbow` and `rate_at` are pv_dbow and learning_rate_at.
    """
    generator = np.random.default_rng(seed)
    learned = start.copy()
    for number, document in enumerate(documents):
        for epoch in range(epochs):
            words, noise = words_and_noise(document, keep, q, negatives, generator)
            dv = dbow(learned[number], vectors["U"], words, noise)[1]
            learned[number] -= rate_at(epoch / epochs, rate) * dv
    return learned


def train(
    start: Vectors,
    documents: Sequence[Numbers],
    keep: Array,
    q: Array,
    exam: Numbers,
    epochs: int,
    seed: int,
    negatives: int = 1,
    rate: float = 0.1,
    *,
    dbow: Callable[..., tuple[float, Array, Array]] = pv_dbow,
    rate_at: Callable[..., float] = learning_rate_at,
) -> tuple[Vectors, list[float]]:
    """Train the vectors of documents and those of words by PV-DBOW, and watch how the loss falls.

    Arguments:
        start: the dict with D (N, d) and U (V, d), the vectors before the training; they must stay as they are
        documents: a list of N arrays, each with the numbers of the words of one document; such an array may be empty
        keep (V,): for each word, how probable it is that one occurrence of it is kept; drawn anew in each epoch
        q (V,): how probable each word is as noise
        exam (n, 2 + k): questions by which the loss is measured, see exam_loss; they are not for learning
        epochs: how often to go through all documents, one after another in their order
        seed: an integer; all chance comes from np.random.default_rng(seed)
        negatives: how many words of noise belong to each word that is kept
        rate: the learning rate at the beginning

    Returns the tuple (vectors, losses):
        vectors: the dict with D (N, d) and U (V, d), trained
        losses: epochs + 1 numbers, the exam's loss before the training and after each epoch

    Parts: `dbow` and `rate_at` are pv_dbow and learning_rate_at.
    """
    generator = np.random.default_rng(seed)
    D, U = start["D"].copy(), start["U"].copy()
    losses = [exam_loss({"D": D, "U": U}, exam)]
    for epoch in range(epochs):
        for number, document in enumerate(documents):
            words, noise = words_and_noise(document, keep, q, negatives, generator)
            _, dv, dU = dbow(D[number], U, words, noise)
            step = rate_at((epoch + number / len(documents)) / epochs, rate)
            D[number] -= step * dv
            U -= step * dU
        losses.append(exam_loss({"D": D, "U": U}, exam))
    return {"D": D, "U": U}, losses


def untrained(inputs: dict[str, Any], held_out: dict[str, Any]) -> Array:  # noqa: ARG001  (as every baseline)
    """Answer with the vectors of the new documents before they have learned."""
    return held_out["start"]  # type: ignore[no-any-return]


def learned_from_untrained_words(inputs: dict[str, Any], held_out: dict[str, Any]) -> Array:
    """Answer with what `infer` makes of word vectors that were drawn by lot."""
    U = np.random.default_rng(inputs["seed"]).normal(0, 0.3, inputs["start"]["U"].shape)
    return infer({"U": U}, **held_out)


def counted_words(inputs: dict[str, Any], held_out: dict[str, Any]) -> Array:
    """Answer with bags of words, boiled down by lot to as many numbers as the vectors have."""
    counts = np.array([np.bincount(document, minlength=len(inputs["q"])) for document in held_out["documents"]])
    shadows = np.random.default_rng(inputs["seed"]).standard_normal(inputs["start"]["U"].shape)
    return counts @ shadows  # type: ignore[no-any-return]
