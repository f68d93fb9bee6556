"""The right answers, as a student might write them: plain NumPy on dense arrays.

The references in `reference/counts/` also take sparse matrices, and most of them say more than this contract asks for;
where the two speak of the same thing they agree, which a test and `selftest` hold.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Words = Sequence[str]
Array = NDArray[Any]

WINDOW = 2


def index_of(words: Words) -> dict[str, int]:
    """Return the number of each word of a list, its place, as a dict."""
    return {word: number for number, word in enumerate(words)}


def build_vocabulary(sentences: Sequence[Words], min_count: int = 1, max_size: int | None = None) -> list[str]:
    """Collect the words of a text in a fixed order, so that each has a number: its place in the list.

    Arguments:
        sentences: a list of sentences, each a list of words
        min_count: words that occur less often than this are left out
        max_size: the most entries that the list may have, at least 3; None for any number

    Returns a list of strings: <PAD>, <UNK> and <EOS>, whether they occur or not, then the words by falling count, and
    in alphabetical order (that of `sorted`) where counts are equal.
    """
    special = ["<PAD>", "<UNK>", "<EOS>"]
    counts = Counter(word for sentence in sentences for word in sentence)
    frequent = [word for word in counts if counts[word] >= min_count and word not in special]
    frequent.sort(key=lambda word: (-counts[word], word))
    return [*special, *frequent][:max_size]


def encode(sentences: Sequence[Words], index: dict[str, int], length: int) -> Array:
    """Write sentences as rows of numbers, all of the same length.

    Arguments:
        sentences: a list of m sentences, each a list of words
        index: a dict with the number of each word, also of <PAD>, <UNK> and <EOS>
        length: how long every row is to be, at least 1

    Returns an array of integers of shape (m, length). A row has the numbers of a sentence's words, then one <EOS>, and
    <PAD> up to its end. An unknown word becomes <UNK>. A sentence that is too long loses its last words, not its <EOS>.
    """
    numbers = np.full((len(sentences), length), index["<PAD>"])
    for i, sentence in enumerate(sentences):
        known = [index.get(word, index["<UNK>"]) for word in sentence[: length - 1]]
        numbers[i, : len(known)] = known
        numbers[i, len(known)] = index["<EOS>"]
    return numbers  # (m, length)


def one_hot_sentence(words: Words, index: dict[str, int]) -> Array:
    """Write each word of a sentence as a row of zeros with a single one.

    Arguments:
        words: a list of T words
        index: a dict with the numbers 0 to V - 1 of V words, in any order

    Returns an array of shape (T, V): row t has its one at the number of words[t]. A word that is not in the index
    counts as <UNK>; if that is not there either, its row is all zeros.
    """
    rows = np.zeros((len(words), len(index)))
    for t, word in enumerate(words):
        number = index.get(word, index.get("<UNK>"))
        if number is not None:
            rows[t, number] = 1
    return rows  # (T, V)


def bag_of_words(words: Words, index: dict[str, int]) -> Array:
    """Count how often each word occurs in a document.

    Arguments:
        words: a list of words
        index: a dict with the numbers 0 to V - 1 of V words, in any order

    Returns an array of shape (V,): entry i is how often the word with number i occurs. A word that is not in the index
    counts as <UNK>; if that is not there either, it does not count.
    """
    counts = np.zeros(len(index))
    for word in words:
        number = index.get(word, index.get("<UNK>"))
        if number is not None:
            counts[number] += 1
    return counts  # (V,)


def tf_idf(C: Array, form: str = "smooth") -> Array:
    """Weigh the counts of each word by how few documents have it.

    Arguments:
        C (D, V): how often each of V words occurs in each of D documents
        form: "smooth" or "textbook"; anything else raises a ValueError

    Returns an array of shape (D, V): C times idf, word by word. With df, the number of documents that have a word,
        smooth:    idf = log((1 + D) / (1 + df)) + 1, and then every row is brought to length one
        textbook:  idf = log(D / df), and the rows are left as they are
    A row of zeros stays as it is, and so does the column of a word that no document has.
    """
    if form not in ("smooth", "textbook"):
        raise ValueError(f"form must be 'smooth' or 'textbook', not {form!r}")
    D = len(C)
    df = np.sum(C > 0, axis=0)  # (V,)
    if form == "textbook":
        return C * np.log(D / np.maximum(df, 1))  # (D, V)
    X = C * (np.log((1 + D) / (1 + df)) + 1)  # (D, V)
    lengths = np.linalg.norm(X, axis=1, keepdims=True)  # (D, 1)
    return X / np.where(lengths > 0, lengths, 1)  # (D, V)


def cosine_similarities(X: Array, Y: Array) -> Array:
    """Compare every row of one matrix with every row of another by the angle between them.

    Arguments:
        X (n, d), Y (m, d): n and m vectors

    Returns an array of shape (n, m): entry (i, j) is the cosine of the angle between X[i] and Y[j], and 0 if one of
    the two is all zeros.
    """
    lengths = np.outer(np.linalg.norm(X, axis=1), np.linalg.norm(Y, axis=1))  # (n, m)
    return X @ Y.T / np.where(lengths > 0, lengths, 1)  # (n, m)


def cooccurrence(sentences: Sequence[Sequence[int]], V: int, window: int = WINDOW, weighting: str = "equal") -> Array:
    """Count how often words stand near each other.

    Arguments:
        sentences: a list of sentences, each a list of the numbers of its words, from 0 to V - 1
        V: the number of words in the vocabulary
        window: the greatest distance at which two words still count; 1 is next to each other
        weighting: "equal" counts every pair as 1, "harmonic" as 1 / distance; anything else raises a ValueError

    Returns an array of shape (V, V): entry (i, j) is the weight of all pairs in which word j stands before or after
    word i. No pair reaches from one sentence into another, and nothing is paired with itself; but where a word stands
    near another occurrence of itself, that pair counts from either side, so twice.
    """
    if weighting not in ("equal", "harmonic"):
        raise ValueError(f"weighting must be 'equal' or 'harmonic', not {weighting!r}")
    C = np.zeros((V, V))
    for sentence in sentences:
        for place, word in enumerate(sentence):
            for distance, other in enumerate(sentence[place + 1 : place + 1 + window], start=1):
                weight = 1 / distance if weighting == "harmonic" else 1
                C[word, other] += weight
                C[other, word] += weight
    return C  # (V, V)


def ppmi(C: Array, alpha: float = 1.0, shift: float = 1.0) -> Array:
    """Compare how often words meet with how often they would meet by chance.

    Arguments:
        C (V, K): how often each of V words is met with each of K contexts; nothing is below zero
        alpha: the power to which the sums of the contexts are raised, more than 0; 1 is the plain form
        shift: the number whose logarithm is subtracted from every score before what is below zero is cut off

    Returns an array of shape (V, K): max(log(P(i, j) / (P(i) P(j))) - log(shift), 0) with the natural logarithm, and
    0 wherever C is 0. P(j) is the sum of column j to the power alpha, divided by the sum of all such powers.
    """
    words, contexts = C.sum(axis=1), C.sum(axis=0) ** alpha  # (V,), (K,)
    i, j = np.nonzero(C)  # the places of the N pairs that were met
    by_chance = words[i] * contexts[j] / contexts.sum()  # (N,)
    M = np.zeros(C.shape)
    M[i, j] = np.maximum(np.log(C[i, j] / by_chance) - np.log(shift), 0)
    return M  # (V, K)


def lsa(X: Array, k: int) -> tuple[Array, Array, Array]:
    """Find the k strongest directions of a matrix: its singular value decomposition, cut off.

    Arguments:
        X (D, V): the matrix
        k: how many directions to keep, from 1 to min(D, V)

    Returns (U, s, Vt):
        U (D, k): the left singular vectors, as columns
        s (k,): the k largest singular values, the largest first
        Vt (k, V): the right singular vectors, as rows
    The signs are free: a column of U and its row of Vt may both be turned round.
    """
    U, s, Vt = np.linalg.svd(X, full_matrices=False)
    return U[:, :k], s[:k], Vt[:k]  # (D, k), (k,), (k, V)


def nearest(S: Array, n: int) -> Array:
    """Find for each document the others that are most similar to it.

    Arguments:
        S (D, D): S[i, j] says how similar document j is to document i; it need not be symmetric
        n: how many to find, from 1 to D - 1

    Returns an array of integers of shape (D, n): row i has the numbers of the n documents other than i with the largest
    S[i, j], the most similar first, and the smaller number first where two are equally similar.
    """
    others = np.array(S, dtype=float)
    np.fill_diagonal(others, -np.inf)
    return np.argsort(-others, axis=1, kind="stable")[:, :n]  # (D, n)


def document_similarities(background: list[Words], documents: list[Words]) -> Array:
    """Say how similar any two documents are, so that people would agree.

    Arguments:
        background: a list of documents of the same kind, to learn from, each a list of words
        documents: a list of n documents to be compared, each a list of words

    Returns a symmetric array of shape (n, n): the larger entry (i, j), the more similar are documents i and j. It must
    not depend on chance, nor on the order of the documents but for the order of its own rows and columns.
    """
    index = index_of(build_vocabulary(background + documents))
    C = np.array([bag_of_words(document, index) for document in background + documents])
    X = tf_idf(C)[len(background) :]  # (n, V)
    return cosine_similarities(X, X)  # (n, n)


def plain_bags(inputs: dict[str, list[Words]], held_out: dict[str, Any]) -> Array:  # noqa: ARG001
    """Return what comparing the counts themselves gives, a baseline: it sees above all who says "the" how often."""
    index = index_of(build_vocabulary(inputs["documents"]))
    C = np.array([bag_of_words(document, index) for document in inputs["documents"]])
    return cosine_similarities(C, C)


def shared_words(inputs: dict[str, list[Words]], held_out: dict[str, Any]) -> Array:  # noqa: ARG001
    """Return the share of words that two documents have in common, a baseline that weighs no word more than another."""
    sets = [set(document) for document in inputs["documents"]]
    return np.array([[len(one & other) / len(one | other) for one in sets] for other in sets])
