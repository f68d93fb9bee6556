"""Co-occurrence: how often two words are found near each other.

Words that keep the same company tend to mean similar things, and this table is that company. A window slides over every
sentence, and each two words that are at most m apart are counted, in full or the less the further apart they are.

    C_ij = sum of weight(k) over all places where j stands k words after i, k = 1..m
    weight(k) = 1  or  1/k                                       symmetric: C + C^T, for j before i as well

C (V, V) is the table for a vocabulary of V words, m the window.
No pair reaches over the end of a sentence. Where a word is next to itself, the symmetric table counts it twice, once
from either side.

K. Lund and C. Burgess, "Producing high-dimensional semantic spaces from lexical co-occurrence", Behavior Research
Methods, Instruments, & Computers 28 (1996), for windows; the weight 1/k is that of J. Pennington, R. Socher and
C. D. Manning, "GloVe: Global vectors for word representation", EMNLP 2014.
Left out: tables that outgrow memory and are sorted on disk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

if TYPE_CHECKING:
    from collections.abc import Sequence

Numbers = NDArray[np.integer[Any]]
PAIRS_AT_ONCE = 1 << 22  # some 150 MB while they are being counted


def cooccurrence(
    sentences: Sequence[Sequence[int]],
    V: int,
    window: int = 5,
    weighting: str = "equal",
    symmetric: bool = True,
) -> sparse.csr_array:
    """Count how often words occur near each other.

    Arguments:
        sentences: lists or arrays of numbers of words, each from 0 to V - 1
        V: the size of the vocabulary
        window: the greatest distance at which two words are counted, 1 being next to each other
        weighting: "equal" to count 1 for every pair, "harmonic" for 1 / distance; anything else raises a ValueError
        symmetric: whether C[i, j] counts j on both sides of i, or only j after i

    Returns C (V, V), float64: a sparse array; where memory allows, a NumPy array says the same.
    """
    if weighting not in {"equal", "harmonic"}:
        message = f"weighting must be 'equal' or 'harmonic', not {weighting!r}"
        raise ValueError(message)
    weights = 1 / np.arange(1, window + 1) if weighting == "harmonic" else np.ones(window)
    words = np.concatenate([np.empty(0, np.int32), *(np.asarray(sentence, np.int32) for sentence in sentences)])
    sentence_of = np.repeat(np.arange(len(sentences), dtype=np.int32), [len(sentence) for sentence in sentences])
    C = sparse.csr_array((V, V))
    step = PAIRS_AT_ONCE // window
    for start in range(0, len(words), step):
        reach = slice(start, start + step + window)
        C = C + _count_after(words[reach], sentence_of[reach], weights, step, V)
    return C + C.T.tocsr() if symmetric else C


def _count_after(words: Numbers, sentence_of: Numbers, weights: NDArray[np.float64], step: int, V: int) -> Any:
    """Count the pairs whose first word is one of the first `step`, as a sparse (V, V)."""
    firsts, seconds, worth = [], [], []
    for k, weight in enumerate(weights, start=1):
        first, second = words[:-k][:step], words[k:][:step]
        together = sentence_of[:-k][:step] == sentence_of[k:][:step]
        firsts.append(first[together])
        seconds.append(second[together])
        worth.append(np.full(len(firsts[-1]), weight))
    i, j = np.concatenate(firsts), np.concatenate(seconds)
    return sparse.csr_array((np.concatenate(worth), (i, j)), shape=(V, V))  # pairs that are the same are added up
