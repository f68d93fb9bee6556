"""Topics from the code layer: documents are repeated through a few units, and each unit comes to stand for a topic.

    h = softmax(W1 x + b1)            y = W2 h + b2

x (V, m) are the weights of V words in m documents, h (k, m) their codes. Column j of W2 (V, k) says which words unit j
speaks for: those with the largest entries are its topic. Only the softmax makes it one: the units share out a document,
so that it lies between the columns of W2, and those have to be its corners. Codes that may be anything, such as those
of PCA, can be turned in their space without loss, and their units then mix topics. The same codes are documents made
short, and word vectors are made short in the same way.

Y. Chen and M. J. Zaki, "KATE: K-competitive autoencoder for text", KDD 2017, reads topics off like this.
Left out: the competition between units that KATE adds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reference.autoencoders.autoencoder import autoencoder_forward
from reference.vectors.word_vectors import WordVectors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reference.activations import Array, Parameters


def topic_words(W2: Array, words: Sequence[str], n: int = 10) -> list[list[str]]:
    """Name the words that each unit of a code speaks for.

    Arguments:
        W2 (V, k): the weights with which the code restores the words
        words: V words
        n: how many are wanted for each unit

    Returns for each of the k units its n words, the one of the largest weight first.
    """
    return [[words[i] for i in np.argsort(-column, kind="stable")[:n]] for column in W2.T]


def shrink(vectors: WordVectors, parameters: Parameters, hidden: str = "sigmoid") -> WordVectors:
    """Return the codes of word vectors, as shorter vectors of the same words.

    parameters: of an auto-encoder that was trained on the vectors, with W1 (k, d) and b1 (k, 1) to encode them
    hidden: what bends the code
    """
    _, h, _ = autoencoder_forward(vectors.matrix.T.astype(np.float64), parameters, hidden)  # (k, V)
    return WordVectors(vectors.words, h.T)
