"""Bags of words: a document as the number of times that each word occurs in it.

The order of the words is lost, as if they had been tipped into a bag; what is left often says what a document is about.
Some order comes back if runs of n words, n-grams, are put into the bag as though they were words themselves.

    C_dw = how often the word w occurs in the document d

C (D, V) counts V words in D documents; the sum of the one-hot vectors of a document is its row of C.

Z. S. Harris, "Distributional structure", Word 10 (1954), has the phrase.
Left out: how text is cut into words, and which of them are not worth counting.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from reference.counts.vocabulary import UNK

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reference.counts.rows import Vector
    from reference.counts.vocabulary import Vocabulary


def n_grams(words: Sequence[str], shortest: int = 1, longest: int = 2) -> list[str]:
    """Return the runs of neighbouring words, each joined by spaces into one longer word.

    Arguments:
        words: the words of one document or sentence
        shortest, longest: the least and the greatest number of words in a run

    Returns a list of strings: the shortest runs first, those of one length in the order of the text.
    """
    lengths = range(shortest, longest + 1)
    return [" ".join(words[start : start + n]) for n in lengths for start in range(len(words) - n + 1)]


def bag_of_words(words: Iterable[str], index: Mapping[str, int]) -> Vector:
    """Count the words of one document.

    Arguments:
        words: the words of the document; one that is not in index counts as `<UNK>`, or not at all if that is not there
        index: the number of each of V words, 0 to V - 1

    Returns c (V,): how often each word occurs.
    """
    c = np.zeros(len(index))
    for word in words:
        number = index.get(word, index.get(UNK))
        if number is not None:
            c[number] += 1
    return c


def count_matrix(documents: Sequence[Iterable[str]], vocabulary: Vocabulary) -> sparse.csr_array:
    """Count the words of many documents, which may be many more than a dense matrix could hold.

    documents: D documents, each the words (or n-grams) in it
    vocabulary: V words; an unknown one counts as `<UNK>`, or not at all if that is not there

    Returns C (D, V), a sparse array of float64, whose rows are the bags of words of the documents.
    """
    numbers = [vocabulary.encode(document).astype(np.int32) for document in documents]
    columns = np.concatenate([*numbers, np.empty(0, np.int32)])
    starts = np.cumsum([0, *(len(row) for row in numbers)])
    # Every occurrence is a one in the row of its document, and ones in the same place are added up.
    C = sparse.csr_array((np.ones(len(columns)), columns, starts), shape=(len(numbers), len(vocabulary)))
    C.sum_duplicates()
    return C  # (D, V)
