"""The right answers of this assignment: references where the contract is theirs, else NumPy that agrees with them."""

from __future__ import annotations

import math
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from reference.vectors.analogies import three_cos_add, three_cos_mul  # noqa: F401
from reference.vectors.association import association  # noqa: F401
from reference.vectors.debiasing import bias_direction, equalise, neutralise  # noqa: F401
from reference.vectors.evaluation import spearman  # noqa: F401

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


def read_vectors(text: str) -> tuple[list[str], Array]:
    """Read a file of word vectors, in the form of word2vec or in that of GloVe.

    Arguments:
        text: the content of the file, with a line feed at the end of each line; the last one may lack it

    Returns the tuple (words, W):
        words: a list of V strings
        W (V, d): an array of float64, row i belongs to words[i]
    Raises a ValueError whose message begins with "line N:" if line N is malformed, the first such line, counted from 1.
    """
    lines = text.removesuffix("\n").split("\n")
    head = lines[0].rstrip(" ").split(" ")
    header = len(head) == 2 and all(field.isdecimal() for field in head)
    d = int(head[1]) if header else len(head) - 1
    rows: dict[str, list[float]] = {}
    for number, line in enumerate(lines[header:], 1 + header):
        word, *fields = line.rstrip(" ").split(" ")
        if not word or d == 0 or len(fields) != d:
            raise ValueError(f"line {number}: expected a word and {max(d, 1)} numbers, found {len(fields) + 1} fields")
        if word in rows:
            raise ValueError(f"line {number}: {word!r} stands here a second time")
        rows[word] = numbers_in(fields, number)
    if header and len(rows) != int(head[0]):
        raise ValueError(f"line 1: {head[0]} words are promised, but {len(rows)} follow")
    return list(rows), np.array(list(rows.values()))


def numbers_in(fields: list[str], number: int) -> list[float]:
    """Return the numbers of a line; ValueError, which names the line, if one is none, or is not finite."""
    try:
        row = [float(field) for field in fields]
    except ValueError as error:
        raise ValueError(f"line {number}: {error}") from None
    if not all(map(math.isfinite, row)):
        raise ValueError(f"line {number}: a number is not finite")
    return row


def compare(u: Array, v: Array) -> tuple[float, float, float]:
    """Compare two vectors in three ways.

    Arguments:
        u (d,), v (d,): the vectors

    Returns the tuple (cosine, distance, similarity), three numbers:
        cosine: of the angle between u and v, from -1 to 1; 0 if one of them is all zeros, or both are
        distance: that between their ends, |u - v|
        similarity: 1 / (1 + distance)
    """
    lengths = np.linalg.norm(u) * np.linalg.norm(v)
    cosine = float(u @ v / lengths) if lengths > 0 else 0.0
    distance = float(np.linalg.norm(u - v))
    return cosine, distance, 1 / (1 + distance)


def most_similar(W: Array, row: int, count: int, by: str = "cosine") -> NDArray[np.integer[Any]]:
    """Find the rows that are most similar to one of them, the row itself left out.

    Arguments:
        W (V, d): the vectors, of any length, zero included
        row: the number of the row to compare with
        count: how many rows are wanted, at least 1; all V - 1 others if there are fewer
        by: "cosine" for the largest cosines, 0 with a row of zeros; "distance" for the smallest distances of the ends

    Returns (min(count, V - 1),), whole numbers: the rows, the most similar first; of equally similar ones that which
    comes first in W. Raises a ValueError if `by` is neither.
    """
    q = W[row]  # (d,)
    if by == "cosine":
        lengths = np.linalg.norm(W, axis=1) * np.linalg.norm(q)  # (V,)
        scores = W @ q / np.where(lengths > 0, lengths, 1)  # (V,)
    elif by == "distance":
        scores = -np.linalg.norm(W - q, axis=1)  # (V,)
    else:
        raise ValueError(f"`by` must be 'cosine' or 'distance', not {by!r}")
    scores[row] = -np.inf
    return np.argsort(-scores, kind="stable")[: min(count, len(W) - 1)]


def weat(s_X: Array, s_Y: Array) -> tuple[float, float]:
    """Test whether two sets of words differ in their associations by more than chance would have it.

    Arguments:
        s_X (n,), s_Y (n,): the association of each word of two sets of the same size, n from 1 to 8

    Returns the tuple (effect, p):
        effect: (mean s_X - mean s_Y) / std, where std is that of all 2n numbers and divides by 2n - 1; NaN if they are
            all equal
        p: of all ways to choose n of the 2n numbers, by their places, the share whose sum is at least that of s_X
    """
    s, n = np.concatenate([s_X, s_Y]), len(s_X)
    std = s.std(ddof=1)
    effect = float((s_X.mean() - s_Y.mean()) / std) if np.ptp(s) > 0 else float("nan")
    halves = s[np.array(list(combinations(range(2 * n), n)))]  # (ways, n)
    return effect, float((halves.sum(axis=1) >= s_X.sum() - 1e-12).mean())


def improve(W: Array) -> Array:
    """Change vectors that hardly agree with people so that their cosines agree better.

    Arguments:
        W (V, d): the vectors, one a row; there may be rows of zeros

    Returns an array of V rows, of any length of its own, for the same words in the same order.
    """
    common = np.linalg.svd(W, full_matrices=False)[2][:2]  # (2, d), the directions that most rows share
    for g in common:
        W = neutralise(W, g)
    return W


def untouched(inputs: dict[str, Any], held_out: dict[str, Any]) -> Array:  # noqa: ARG001
    """Return the vectors as they are, a baseline."""
    W: Array = inputs["W"]
    return W


def centred(inputs: dict[str, Any], held_out: dict[str, Any]) -> Array:  # noqa: ARG001
    """Return the vectors less their mean, a baseline: frequent words lie so far out that this is not enough."""
    W: Array = inputs["W"]
    return W - W.mean(axis=0)
