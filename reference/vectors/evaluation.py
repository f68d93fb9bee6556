"""How good word vectors are, by people's own answers: rated pairs of words, and analogies.

For pairs, the cosines should rise with the ratings. Ratings have no unit, so only the order is compared: Spearman's
correlation is that of the ranks, where equal values share the mean of their ranks.

    rho = cov(rank x, rank y) / (std(rank x) std(rank y))

A pair with a word that has no vector cannot be judged. It is left out and counted, since a model that knows few words
may do well on those few: a score says little without the share that is unseen.
For analogies, the share of questions is counted whose best answer, among all words but those of the question, is right.

A word is looked up as it is spelt; if it has no vector, another spelling's will do, upper case or lower, the first and
most frequent one. An answer is right in any spelling.

Left out: confidence intervals.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from reference.counts.similarity import cosine_similarity
from reference.vectors.analogies import Scores, three_cos_add

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from reference.data.sample import Sample
    from reference.vectors.word_vectors import Matrix, WordVectors

SCORES = 1 << 22  # at a time, so that those of many questions for many words fit into memory


@dataclass(frozen=True)
class PairScore:
    """How well vectors agree with people's ratings of pairs.

    correlation: Spearman's, from -1 to 1; NaN if fewer than two pairs are known, or all are alike
    known, unseen: pairs that were judged, and pairs left out because a word has no vector
    """

    correlation: float
    known: int
    unseen: int


@dataclass(frozen=True)
class AnalogyScore:
    """How many analogies of one section come out right; those with a word that has no vector are left out."""

    section: str
    right: int
    known: int
    unseen: int

    @property
    def share(self) -> float:
        """The share of the known questions that come out right; NaN if none is known."""
        return self.right / self.known if self.known else float("nan")


def ranks(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rank numbers from 1 upwards, smallest first.

    Arguments:
        x (n,): the numbers

    Returns (n,), float64: the rank of each; equal numbers share the mean of the ranks that they take up.
    """
    _, which, counts = np.unique(x, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)  # of each distinct number, the highest rank that it takes up
    shared: NDArray[np.float64] = (last - (counts - 1) / 2)[which]
    return shared


def spearman(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """Compute Spearman's rank correlation.

    Arguments:
        x (n,), y (n,): two numbers for each of n things

    Returns a number from -1 to 1: the correlation of the ranks of x with those of y; NaN if n < 2, or if all numbers of
    x, or all of y, are equal.
    """
    if len(np.unique(x)) < 2 or len(np.unique(y)) < 2:
        return float("nan")
    return float(np.corrcoef(ranks(x), ranks(y))[0, 1])


def evaluate_word_pairs(vectors: WordVectors, pairs: Sequence[Sample[float]]) -> PairScore:
    """Compare the cosines of pairs of words with people's ratings of them, by Spearman's correlation."""
    spellings = Spellings(vectors)
    rows = [spellings.rows(pair.tokens) for pair in pairs]
    known = [(found, pair.label) for found, pair in zip(rows, pairs, strict=True) if found]
    cosines = np.array([cosine_similarity(*vectors.matrix[found]) for found, _ in known])
    ratings = np.array([rating for _, rating in known])
    return PairScore(spearman(cosines, ratings), len(known), len(pairs) - len(known))


def evaluate_analogies(
    vectors: WordVectors, questions: Sequence[Sample[None]], scores: Scores = three_cos_add
) -> list[AnalogyScore]:
    """Answer analogies (a, b, c, d) and count, section by section, how often the best answer is d.

    `scores` is three_cos_add or three_cos_mul.
    """
    spellings = Spellings(vectors)
    found = []
    for section, members in groupby(questions, key=lambda question: question.group):
        rows = [spellings.rows(question.tokens) for question in members]
        known = np.array([row for row in rows if row], dtype=np.int64).reshape(-1, 4)
        right = _count_right(vectors.unit, spellings.word, known, scores)
        found.append(AnalogyScore(section, right, len(known), len(rows) - len(known)))
    return found


def total(scores: Sequence[AnalogyScore]) -> AnalogyScore:
    """Add up the sections."""
    return AnalogyScore(
        "total",
        sum(score.right for score in scores),
        sum(score.known for score in scores),
        sum(score.unseen for score in scores),
    )


class Spellings:
    """Which rows of vectors are the same word but for upper and lower case."""

    def __init__(self, vectors: WordVectors) -> None:
        """Look through the words once: word (V,) is for each row the first row that spells the same word."""
        self.exact = vectors.index
        self.first: dict[str, int] = {}
        self.word = np.array([self.first.setdefault(word.lower(), row) for row, word in enumerate(vectors.words)])

    def rows(self, words: Sequence[str]) -> list[int]:
        """Return the row of each word; none at all if a word has no row in any spelling."""
        rows = [self.exact.get(word, self.first.get(word.lower(), -1)) for word in words]
        return [] if -1 in rows else rows


def _count_right(unit: Matrix, word: NDArray[np.int64], questions: NDArray[np.int64], scores: Scores) -> int:
    """Count the questions (n, 4), rows of unit (V, d), whose best answer spells the same word as the fourth."""
    right, size = 0, max(1, SCORES // len(unit))
    for start in range(0, len(questions), size):
        asked = questions[start : start + size]  # (m, 4)
        a, b, c = (unit[asked[:, column]] for column in range(3))  # (m, d) each
        found = scores(unit, a, b, c)  # (m, V)
        for own in word[asked[:, :3]].T:  # the question's own words, in all their spellings
            found[own[:, np.newaxis] == word] = -np.inf
        right += int((word[found.argmax(axis=1)] == word[asked[:, 3]]).sum())
    return right
