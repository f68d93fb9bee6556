"""One-hot vectors: a word as a row of zeros with a single one, in the place of its number.

No word is nearer to another than to a third: every two of these vectors are at a right angle, and equally far apart.
They are where everything begins all the same, since a one-hot vector times a matrix picks one of its rows.

    x_i = 1 if i is the number of the word, else 0            x E = the row of E that belongs to the word

x (V,) is the vector of a word, X (T, V) those of a sentence of T words, for a vocabulary of V words.

Left out: a sparse form; whoever would multiply by a large X should pick the rows, E[numbers], instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reference.counts.vocabulary import UNK

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reference.counts.rows import Dense, Vector


def one_hot(word: str, index: Mapping[str, int]) -> Vector:
    """Return the one-hot vector of a word.

    Arguments:
        word: the word; if it is not in index it counts as `<UNK>`, and if that is not there either, all is zero
        index: the number of each of V words, 0 to V - 1

    Returns x (V,): a one at the number of the word, zeros elsewhere.
    """
    x = np.zeros(len(index))
    number = index.get(word, index.get(UNK))
    if number is not None:
        x[number] = 1
    return x


def one_hot_sentence(words: Sequence[str], index: Mapping[str, int]) -> Dense:
    """Return the one-hot vectors of the words of a sentence, one below the other.

    Arguments:
        words: T words; one that is not in index counts as `<UNK>`, and if that is not there either, its row is zero
        index: the number of each of V words, 0 to V - 1

    Returns X (T, V): row t belongs to words[t].
    """
    return np.array([one_hot(word, index) for word in words]).reshape(len(words), len(index))
