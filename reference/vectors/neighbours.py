"""Neighbours: the words whose vectors point most nearly in the direction of one's own.

    the neighbours of q: the words w with the largest cos(w, q) = w q / (|w| |q|), q itself left out

With every vector brought to length one, all cosines are one product of a matrix and a vector: W q, with W (V, d) and
q (d,). The few best of V are then picked in O(V), without sorting the rest.

Left out: approximate search, which pays from some millions of words on.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from reference.vectors.word_vectors import Matrix, WordVectors


def largest(scores: Matrix, count: int) -> NDArray[np.int64]:
    """Find the places of the largest numbers.

    Arguments:
        scores (V,): the numbers
        count: how many places are wanted; all V if there are fewer

    Returns (min(count, V),), int64: the places, largest number first; of equal numbers the one that comes first.
    """
    count = min(count, len(scores))
    if count <= 0:
        return np.zeros(0, dtype=np.int64)
    bar = np.partition(scores, len(scores) - count)[len(scores) - count]
    reached = np.flatnonzero(scores >= bar)  # count places, or more where several numbers equal the bar
    order = np.argsort(-scores[reached], kind="stable")
    return reached[order[:count]]


def most_similar(vectors: WordVectors, word: str, count: int = 10) -> list[tuple[str, float]]:
    """Return the words nearest to a word and their cosines with it, nearest first; the word itself is left out.

    Where cosines are equal the word that comes first in the vectors comes first. Raises KeyError, with near misses, for
    a word that has no vector.
    """
    row = known_row(vectors, word)
    return best(vectors, vectors.unit @ vectors.unit[row], count, leave_out=[row])


def best(vectors: WordVectors, scores: Matrix, count: int, leave_out: Sequence[int]) -> list[tuple[str, float]]:
    """Return the words with the best of scores (V,), and their scores, without some rows."""
    scores = scores.copy()
    scores[list(leave_out)] = -np.inf
    found = largest(scores, min(count, len(scores) - len(set(leave_out))))
    return [(vectors.words[row], float(scores[row])) for row in found]


def known_row(vectors: WordVectors, word: str) -> int:
    """Return the row of a word; KeyError, with near misses, if it has none."""
    if word not in vectors:
        near = ", ".join(get_close_matches(word, vectors.words, n=3))
        raise KeyError(f"there is no vector for {word!r}{'; near misses: ' + near if near else ''}")
    return vectors.index[word]
