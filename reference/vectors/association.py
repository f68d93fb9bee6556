"""WEAT: whether two sets of words are associated differently with two sets of attributes.

Flowers and insects are the targets X and Y, pleasant and unpleasant words the attributes A and B. Each target word gets
one number, how much nearer it is to A than to B; the test asks whether those numbers differ between X and Y by more
than they would had the words been dealt into X and Y by chance.

    s(w, A, B)     = mean over a of cos(w, a) - mean over b of cos(w, b)
    s(X, Y, A, B)  = sum over x of s(x, A, B) - sum over y of s(y, A, B)
    effect size    = (mean over x of s(x, A, B) - mean over y of s(y, A, B)) / std over X and Y of s(w, A, B)
    p              = share of the equal splits of X and Y, the one at hand included, with an s that is as large

X, Y (n, d) and A, B (n_A, d), (n_B, d) hold one vector a row.

A. Caliskan, J. Bryson, A. Narayanan, "Semantics derived automatically from language corpora contain human-like biases",
Science 356 (2017). They ask for a larger s, which the split at hand never has, so that p can be 0; counting it, as is
the custom of permutation tests, p is at least one in all splits. std is that of a sample: it divides by 2n - 1.
Left out: the association of single words with facts about them (WEFAT), and sets of different sizes.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import TYPE_CHECKING

import numpy as np

from reference.counts.similarity import cosine_similarities

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reference.vectors.word_vectors import Matrix

SPLITS = 20_000  # as many splits are all looked at, of more a sample of this size
TIE = 1e-12  # sums of the same numbers in another order differ by rounding, and count as equal


@dataclass(frozen=True)
class Association:
    """The outcome of a WEAT.

    effect_size: from -2 to 2; positive if X goes with A and Y with B; NaN if all words are associated alike
    p_value: the chance of so large a difference, had the words been dealt at random
    exact: whether every split was looked at, or a sample of them
    """

    effect_size: float
    p_value: float
    exact: bool


def association(W: Matrix, A: Matrix, B: Matrix) -> NDArray[np.float64]:
    """Compute how much nearer words are to one set of attributes than to another.

    Arguments:
        W (n, d): the words
        A (n_A, d), B (n_B, d): the attributes

    Returns (n,): for each word its mean cosine with A less that with B, from -2 to 2.
    """
    difference: NDArray[np.float64] = cosine_similarities(W, A).mean(axis=1) - cosine_similarities(W, B).mean(axis=1)
    return difference


def effect_size(s_X: NDArray[np.float64], s_Y: NDArray[np.float64]) -> float:
    """Compute how far apart two sets of targets are, in standard deviations.

    Arguments:
        s_X (n,), s_Y (n,): the association of each target word

    Returns (mean s_X - mean s_Y) / std of all 2n numbers, from -2 to 2; NaN if they are all equal.
    """
    spread = np.concatenate([s_X, s_Y]).std(ddof=1)
    return float((s_X.mean() - s_Y.mean()) / spread) if spread > 0 else float("nan")


def p_value(s_X: NDArray[np.float64], s_Y: NDArray[np.float64], rng: np.random.Generator) -> tuple[float, bool]:
    """Compute how often the words, dealt anew into two halves, differ by as much as they do.

    Arguments:
        s_X (n,), s_Y (n,): the association of each target word
        rng: draws the splits where there are too many to look at all

    Returns (p, exact): p is the share of the splits whose first half has a sum as large as that of s_X, the split at
    hand included; exact tells whether all splits were looked at.
    """
    s, n = np.concatenate([s_X, s_Y]), len(s_X)
    observed = s_X.sum() - TIE  # the sum over Y is what is left of the total, so the sum over X says it all
    if comb(2 * n, n) <= SPLITS:
        halves = np.array(list(combinations(range(2 * n), n)))  # (splits, n)
        return float((s[halves].sum(axis=1) >= observed).mean()), True
    drawn = rng.permuted(np.tile(s, (SPLITS, 1)), axis=1)[:, :n]  # (SPLITS, n)
    return float(((drawn.sum(axis=1) >= observed).sum() + 1) / (SPLITS + 1)), False


def weat(X: Matrix, Y: Matrix, A: Matrix, B: Matrix, rng: np.random.Generator) -> Association:
    """Test whether targets X go with attributes A, and Y with B.

    Arguments:
        X (n, d), Y (n, d): the targets, as many of the one as of the other
        A (n_A, d), B (n_B, d): the attributes
        rng: draws the splits where there are too many to look at all

    Returns an Association. Raises ValueError if X and Y differ in size, or if a set is empty.
    """
    if len(X) != len(Y) or not all(len(words) for words in (X, Y, A, B)):
        sizes = ", ".join(str(len(words)) for words in (X, Y, A, B))
        raise ValueError(f"X, Y, A, B hold {sizes} words; X and Y must hold equally many, and no set may be empty")
    s_X, s_Y = association(X, A, B), association(Y, A, B)
    return Association(effect_size(s_X, s_Y), *p_value(s_X, s_Y, rng))
