"""The embedding layer: words enter a network as rows of a matrix that is learned with everything else.

    x<t> = E[w<t>]  =  one_hot(w<t>) E            dE[v] = sum over all places where w = v of dx

w (m, T) are the numbers of the words of m texts, padded on the right to T words, E (V, d) has a row for each word, x
(d, m, T) is what the next layer reads. Looking a row up is a product with a one-hot vector that nobody multiplies out;
so its gradient is scattered back to the rows that were looked up, and a word that occurs twice receives two of them.

Padding is no word: its row gets no gradient, and whoever takes a mean leaves it out.
E may begin with vectors that were learned from other text, and be frozen or tuned (`requires_grad_` on the twin's E).

Y. Bengio and others, "A neural probabilistic language model", JMLR 3 (2003); R. Collobert and others, "Natural language
processing (almost) from scratch", JMLR 12 (2011), who call it a lookup table.
Left out: sparse gradients, for vocabularies of which a batch has next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reference.activations import Array
    from reference.counts.vocabulary import Vocabulary
    from reference.vectors.word_vectors import WordVectors

Numbers = NDArray[np.integer[Any]]
EmbeddingCache = tuple[Numbers, "tuple[int, int]"]
PADDING = 0


def embedding_forward(numbers: Numbers, E: Array) -> tuple[Array, EmbeddingCache]:
    """Look up the row of each word.

    Arguments:
        numbers (m, T): the numbers of the words of m texts
        E (V, d): a row for each of V words

    Returns (x, cache): x (d, m, T), x[:, i, t] being row numbers[i, t] of E, and the tuple (numbers, the shape of E).
    """
    return np.moveaxis(E[numbers], 2, 0), (numbers, (E.shape[0], E.shape[1]))


def embedding_backward(dx: Array, cache: EmbeddingCache) -> Array:
    """Compute the gradient at the rows of an embedding layer, given that at what was looked up.

    Arguments:
        dx (d, m, T): the gradient at each place
        cache: the tuple that embedding_forward returned

    Returns dE (V, d): for each word the sum over all places where it stands, 0 for the padding, which is number 0.
    """
    numbers, shape = cache
    dE = np.zeros(shape)
    np.add.at(dE, numbers, np.moveaxis(dx, 0, 2))
    dE[PADDING] = 0
    return dE


def padded(texts: Sequence[Sequence[int]], T: int | None = None) -> NDArray[np.int64]:
    """Put the numbers of texts of different lengths into one array, padded on the right with the number 0.

    Arguments:
        texts: m texts, each a sequence of numbers of words
        T: the length that all are brought to, where longer ones are cut; without it that of the longest

    Returns numbers (m, T).
    """
    T = T if T is not None else max(len(text) for text in texts)
    numbers = np.full((len(texts), T), PADDING, dtype=np.int64)
    for row, text in zip(numbers, texts, strict=True):
        row[: len(text)] = text[:T]
    return numbers


def text_lengths(numbers: Numbers) -> NDArray[np.int64]:
    """Count the words of each text.

    Arguments:
        numbers (m, T): the numbers of the words of m texts, padded on the right with the number 0

    Returns lengths (m,); 1 for a text without any words, which is read as one word of padding.
    """
    lengths: NDArray[np.int64] = (numbers != PADDING).sum(axis=1)
    return np.maximum(lengths, 1)


def pretrained_rows(vocabulary: Vocabulary, vectors: WordVectors, generator: np.random.Generator) -> Array:
    """Let an embedding layer begin with vectors that were learned from other text.

    Arguments:
        vocabulary: the V words of the layer, padding with the number 0
        vectors: words and vectors of length d
        generator: where the rows of words without a vector are drawn, as far spread as the vectors are

    Returns E (V, d), zero for the padding.
    """
    E: Array = vectors.matrix.std() * generator.standard_normal((len(vocabulary), vectors.matrix.shape[1]))
    for number, word in enumerate(vocabulary.words):
        if word in vectors:
            E[number] = vectors[word]
    E[PADDING] = 0
    return E


def look_up(numbers: torch.Tensor, E: torch.Tensor) -> torch.Tensor:
    """Return the rows (m, T, d) of numbers (m, T): the twin, whose padding gets no gradient either."""
    return torch.nn.functional.embedding(numbers, E, padding_idx=PADDING)


def text_loss(model: torch.nn.Module, batch: Sequence[torch.Tensor]) -> torch.Tensor:
    """Return the loss that `train` makes small: the cross-entropy for a batch of numbers (m, T) and classes (m,)."""
    numbers, t = batch
    return torch.nn.functional.cross_entropy(model(numbers).T, t)
