"""How good word vectors are, by people's own answers: rated pairs of words, and analogies.

For pairs, the cosines should rise with the ratings. Ratings have no unit, so only the order is compared: Spearman's
correlation is that of the ranks, where equal values share the mean of their ranks.

    rho = cov(rank x, rank y) / (std(rank x) std(rank y))

A pair with a word that has no vector cannot be judged. It is left out and counted, since a model that knows few words
may do well on those few: a score says little without the share that is unseen.
For analogies, the share of questions is counted whose best answer, among all words but those of the question, is right.

Words are compared without regard to case; of several spellings the first, the most frequent one, counts.

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
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from reference.data.sample import Sample
    from reference.vectors.word_vectors import Matrix, WordVectors

BATCH = 512  # questions at a time, so that their scores of all words fit into memory


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
    rows = rows_by_lower_case(vectors)
    known = [pair for pair in pairs if _all_known(pair, rows)]
    cosines = np.array([cosine_similarity(*(vectors.matrix[row] for row in _rows(pair, rows))) for pair in known])
    ratings = np.array([pair.label for pair in known])
    return PairScore(spearman(cosines, ratings), len(known), len(pairs) - len(known))


def evaluate_analogies(
    vectors: WordVectors, questions: Sequence[Sample[None]], scores: Scores = three_cos_add
) -> list[AnalogyScore]:
    """Answer analogies (a, b, c, d) and count, section by section, how often the best answer is d.

    `scores` is three_cos_add or three_cos_mul.
    """
    rows = rows_by_lower_case(vectors)
    found = []
    for section, members in groupby(questions, key=lambda question: question.group):
        asked = list(members)
        known = [_rows(question, rows) for question in asked if _all_known(question, rows)]
        right = _right(vectors.unit, np.array(sorted(rows.values())), np.array(known, dtype=np.int64), scores)
        found.append(AnalogyScore(section, right, len(known), len(asked) - len(known)))
    return found


def total(scores: Sequence[AnalogyScore]) -> AnalogyScore:
    """Add up the sections."""
    return AnalogyScore(
        "total",
        sum(score.right for score in scores),
        sum(score.known for score in scores),
        sum(score.unseen for score in scores),
    )


def rows_by_lower_case(vectors: WordVectors) -> dict[str, int]:
    """Return the row of each word in lower case; of several spellings the first one counts."""
    return {word.lower(): row for row, word in reversed(list(enumerate(vectors.words)))}


def _all_known(sample: Sample[object], rows: Mapping[str, int]) -> bool:
    return all(word.lower() in rows for word in sample.tokens)


def _rows(sample: Sample[object], rows: Mapping[str, int]) -> list[int]:
    return [rows[word.lower()] for word in sample.tokens]


def _right(unit: Matrix, candidates: NDArray[np.int64], questions: NDArray[np.int64], scores: Scores) -> int:
    """Count the questions (n, 4), rows of unit (V, d), whose best answer among the candidates is the fourth word."""
    W, right = unit[candidates], 0  # (V', d), one spelling of each word
    for start in range(0, len(questions), BATCH):
        asked = questions[start : start + BATCH]  # (m, 4)
        a, b, c = (unit[asked[:, column]] for column in range(3))  # (m, d) each
        found = scores(W, a, b, c)  # (m, V')
        own = np.searchsorted(candidates, asked[:, :3])  # (m, 3), where the question's own words stand in W
        np.put_along_axis(found, own, -np.inf, axis=1)
        right += int((candidates[found.argmax(axis=1)] == asked[:, 3]).sum())
    return right
