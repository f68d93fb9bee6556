"""The right answers of this assignment: references where the contract is theirs, and what has no reference."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_array

from reference.activations import sigmoid, softmax  # noqa: F401
from reference.embeddings.fasttext_classifier import classifier_gradients, classifier_loss  # noqa: F401
from reference.embeddings.subwords import character_ngrams, fnv1a

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Numbers = NDArray[np.integer[Any]]
    Rows = Sequence[int]
    Model = dict[str, Array]
    Part = Callable[..., Any]


def subword_buckets(
    word: str,
    buckets: int,
    shortest: int = 3,
    longest: int = 6,
    *,
    ngrams: Part = character_ngrams,
    hashed: Part = fnv1a,
) -> list[int]:
    """Find the buckets that the n-grams of a word fall into.

    Arguments:
        word: a word, of any script
        buckets: how many there are
        shortest, longest: the lengths of n-grams in characters, marks included

    Returns a list of numbers from 0 to buckets - 1, one for each n-gram, in the order of the n-grams.

    Parts: `ngrams` and `hashed` are character_ngrams and fnv1a.
    """
    return [hashed(ngram) % buckets for ngram in ngrams(word, shortest, longest)]


def word_rows(
    word: str,
    index: Mapping[str, int],
    buckets: int,
    shortest: int = 3,
    longest: int = 6,
    *,
    buckets_of: Part | None = None,
    ngrams: Part = character_ngrams,
    hashed: Part = fnv1a,
) -> list[int]:
    """Find the rows that a word is made of, whether it was seen or not.

    Arguments:
        word: a word, of any script
        index: a dict from each of the V words that were seen to its row, from 0 to V - 1
        buckets: how many buckets there are; bucket b has the row V + b
        shortest, longest: the lengths of n-grams in characters, marks included

    Returns a list of numbers of rows: first the word's own, if it was seen, and then that of each n-gram's bucket, in
    the order of the n-grams. A word that was not seen and is too short for n-grams has none.

    Parts: `buckets_of` is subword_buckets; or else `ngrams` and `hashed` are its own parts.
    """
    found = buckets_of or partial(subword_buckets, ngrams=ngrams, hashed=hashed)
    own = [index[word]] if word in index else []
    return [*own, *(len(index) + bucket for bucket in found(word, buckets, shortest, longest))]


def subword_vectors(Z: Array, parts: Sequence[Rows]) -> Array:
    """Make the vectors of n words, each the mean of the rows that it is made of.

    Arguments:
        Z (R, d): the vectors of all rows
        parts: n lists of numbers of rows, of any length; a row named twice counts twice

    Returns (n, d), with zeros for a word that is made of nothing.
    """
    X = np.zeros((len(parts), Z.shape[1]))
    for x, rows in zip(X, parts, strict=True):
        if len(rows) > 0:
            x[:] = Z[rows].mean(axis=0)
    return X


def subword_gradient(dX: Array, Z: Array, parts: Sequence[Rows]) -> Array:
    """Give the gradients at the vectors of n words back to the rows that these are made of.

    Arguments:
        dX (n, d): the gradients at the vectors
        Z (R, d): the vectors of all rows
        parts: n lists of numbers of rows, of any length; a row named twice counts twice

    Returns dZ (R, d), with zeros in the rows of which no word is made.
    """
    dZ = np.zeros(Z.shape)
    for dx, rows in zip(dX, parts, strict=True):
        for row in rows:
            dZ[row] += dx / len(rows)
    return dZ


def vector_of(
    word: str,
    Z: Array,
    index: Mapping[str, int],
    shortest: int = 3,
    longest: int = 6,
    *,
    rows_of: Part | None = None,
    vectors: Part = subword_vectors,
    buckets_of: Part | None = None,
    ngrams: Part = character_ngrams,
    hashed: Part = fnv1a,
) -> Array:
    """Return the vector of any word, seen or not.

    Arguments:
        word: a word, of any script
        Z (R, d): the vectors of the V words that were seen, and then of all buckets, R - V of them
        index: a dict from each of the V words that were seen to its row, from 0 to V - 1
        shortest, longest: the lengths of n-grams in characters, marks included

    Returns (d,), the mean of the word's rows, and zeros if it has none.

    Parts: `rows_of` is word_rows, or else the last three are its own parts; `vectors` is subword_vectors.
    """
    found = rows_of or partial(word_rows, buckets_of=buckets_of, ngrams=ngrams, hashed=hashed)
    x: Array = vectors(Z, [found(word, index, len(Z) - len(index), shortest, longest)])[0]
    return x


def skip_gram_loss(
    Z: Array, U: Array, rows: Rows, target: int, negatives: Numbers, *, vectors: Part = subword_vectors
) -> float:
    """Compute the loss with which a word, made of its parts, predicts a word of its context.

    Arguments:
        Z (R, d): the vectors of all rows
        U (V, d): the output vectors of all words
        rows: a list of the numbers of the rows that the centre is made of, one or more; one named twice counts twice
        target: the number of the word that is to be predicted
        negatives (k,): the numbers of words drawn as noise; one drawn twice counts twice, and so does the target if
            it was drawn

    Returns J, a number.

    Parts: `vectors` is subword_vectors.
    """
    x = vectors(Z, [rows])[0]  # (d,)
    return float(np.logaddexp(0, -U[target] @ x) + np.logaddexp(0, U[negatives] @ x).sum())


def skip_gram_gradients(
    Z: Array,
    U: Array,
    rows: Rows,
    target: int,
    negatives: Numbers,
    *,
    vectors: Part = subword_vectors,
    back: Part = subword_gradient,
) -> dict[str, Array]:
    """Compute the gradients of the loss with which a word, made of its parts, predicts a word of its context.

    Arguments:
        Z (R, d): the vectors of all rows
        U (V, d): the output vectors of all words
        rows: a list of the numbers of the rows that the centre is made of, one or more; one named twice counts twice
        target: the number of the word that is to be predicted
        negatives (k,): the numbers of words drawn as noise; one drawn twice counts twice, and so does the target if
            it was drawn

    Returns a dict with dZ (R, d) and dU (V, d), with zeros in the rows that play no part.

    Parts: `vectors` and `back` are subword_vectors and subword_gradient.
    """
    x = vectors(Z, [rows])[0]  # (d,)
    asked = np.append(target, negatives)  # (1 + k,)
    g = sigmoid(U[asked] @ x)  # (1 + k,), dJ by the scores
    g[0] -= 1
    dU = np.zeros(U.shape)
    np.add.at(dU, asked, np.outer(g, x))
    return {"dZ": back((g @ U[asked])[None], Z, [rows]), "dU": dU}


def train(
    start: Model, parts: Sequence[Rows], questions: Numbers, epochs: int, rate: float = 0.1, batch: int = 100
) -> Model:
    """Train the vectors of words and n-grams by skip-gram with negative sampling.

    Arguments:
        start: the dict with Z (R, d) and U (V, d), the vectors before the training; they must stay as they are
        parts: V lists of numbers of rows, what each word is made of, one or more
        questions (n, 2 + k): in each row a centre, a word of its context, and k words of noise
        epochs: how often to go through the questions, always in the same order
        rate: the learning rate at the beginning; it falls to zero on a straight line
        batch: how many questions are answered before the vectors change; the last ones of an epoch may be fewer

    Returns the dict with Z (R, d) and U (V, d), trained.
    """
    Z, U = start["Z"].copy(), start["U"].copy()
    sizes = np.array([len(rows) for rows in parts])  # (V,)
    ends = np.append(0, sizes.cumsum())  # (V + 1,)
    member = csr_array((np.ones(ends[-1]), np.concatenate(parts), ends), shape=(len(parts), len(Z)))  # (V, R)
    right = np.arange(1, questions.shape[1]) == 1  # (1 + k,), which word is no noise
    batches = [questions[place : place + batch] for place in range(0, len(questions), batch)] * epochs
    for number, asked in enumerate(batches):
        mine = member[asked[:, 0]]  # (B, R), how often each row is a part of each centre
        x = mine @ Z / sizes[asked[:, :1]]  # (B, d)
        u = U[asked[:, 1:]]  # (B, 1 + k, d)
        g = sigmoid(np.einsum("bd,bkd->bk", x, u)) - right  # (B, 1 + k), dJ by the scores
        step = rate * (1 - number / len(batches))
        Z -= step * (mine.T @ np.einsum("bk,bkd->bd", g, u))
        np.add.at(U, asked[:, 1:], -step * g[:, :, None] * x[:, None])
    return {"Z": Z, "U": U}


def untrained(inputs: dict[str, Any], held_out: dict[str, Any]) -> Model:  # noqa: ARG001  (as every baseline)
    """Answer with the vectors before the training, which know how words are spelt."""
    return inputs["start"]  # type: ignore[no-any-return]


def words_without_parts(inputs: dict[str, Any], held_out: dict[str, Any]) -> Model:  # noqa: ARG001  (as every baseline)
    """Answer with skip-gram as word2vec has it: every word has one vector of its own, and those of n-grams are zero."""
    start = inputs["start"]
    V = len(start["U"])
    own = train(**inputs | {"start": start | {"Z": start["Z"][:V]}, "parts": [[word] for word in range(V)]})
    return own | {"Z": np.concatenate([own["Z"], np.zeros((len(start["Z"]) - V, own["Z"].shape[1]))])}
