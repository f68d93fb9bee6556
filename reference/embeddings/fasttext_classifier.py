"""FastText's classifier: the mean of a text's word and word n-gram vectors, and one linear layer on it.

    h = mean over i in bag of A_i            J = -log softmax(B h)_label

A (V, d) has a row for each word, and one for each bucket of word n-grams; B (L, d) has a row for each of L labels. No
hidden layer bends anything, and texts are told apart nearly as well as by networks that need a thousand times as long.

A. Joulin, E. Grave, P. Bojanowski and T. Mikolov, "Bag of tricks for efficient text classification", EACL 2017.
Left out: the hierarchical softmax over labels, for tasks that have thousands; character n-grams.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import logsumexp

from reference.activations import softmax
from reference.embeddings.bags import Bags, mean_rows
from reference.embeddings.contexts import mean_context, mean_context_gradient
from reference.embeddings.frequencies import learning_rate_at
from reference.embeddings.subwords import fnv1a
from reference.embeddings.tables import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reference.activations import Array
    from reference.counts.vocabulary import Vocabulary

Numbers = NDArray[np.integer[Any]]
PAIR_FACTOR = 116049371


def classifier_loss(A: Array, B: Array, bag: Numbers, label: int) -> float:
    """Compute the loss for one text, J = -log softmax(B h)_label with h the mean of the rows of A that bag names.

    Arguments:
        A (V, d): the vectors of words and n-grams
        B (L, d): the vectors of labels
        bag (n,): the numbers of the rows of A, one or more; a row named twice counts twice
        label: the number of the right label

    Returns J, a number.
    """
    scores = B @ mean_context(A, bag)  # (L,)
    return float(logsumexp(scores) - scores[label])


def classifier_gradients(A: Array, B: Array, bag: Numbers, label: int) -> dict[str, Array]:
    """Compute the gradients of J = -log softmax(B h)_label.

    Arguments:
        A (V, d): the vectors of words and n-grams
        B (L, d): the vectors of labels
        bag (n,): the numbers of the rows of A, one or more; a row named twice counts twice
        label: the number of the right label

    Returns a dict with dA (V, d), 0 in the rows that are not in the bag, and dB (L, d).
    """
    h = mean_context(A, bag)  # (d,)
    g = softmax(B @ h)  # (L,), dJ by the scores
    g[label] -= 1
    return {"dA": mean_context_gradient(B.T @ g, A, bag), "dB": np.outer(g, h)}


@dataclass(frozen=True, kw_only=True)
class ClassifierSettings:
    """How a classifier is trained.

    d: the length of a vector
    n: the longest n-gram of words; 1 for words alone
    buckets: how many rows the n-grams share
    epochs: how often each text is read
    learning_rate: at the beginning; it falls to 0 on a straight line
    batch: how many texts are read before vectors change
    device: where torch works, "cpu" or "cuda"
    """

    d: int = 100
    n: int = 2
    buckets: int = 100_000
    epochs: int = 5
    learning_rate: float = 0.5
    batch: int = 16
    device: str = "cpu"


@dataclass(frozen=True, eq=False)
class Classifier:
    """A trained classifier.

    vocabulary: the V words
    labels: the L labels
    A (V + buckets, d), B (L, d): the vectors of words and n-grams, and of labels
    settings: how it was trained
    """

    vocabulary: Vocabulary
    labels: tuple[str, ...]
    A: NDArray[np.float32]
    B: NDArray[np.float32]
    settings: ClassifierSettings

    def probabilities(self, text: Sequence[str]) -> Array:
        """Return how probable each label is (L,); all alike for a text of which no word is known."""
        bag = bag_of(text, self.vocabulary, self.settings)
        h = self.A[bag].mean(axis=0) if bag else np.zeros(self.A.shape[1])
        return softmax((self.B @ h).astype(np.float64))

    def predict(self, text: Sequence[str]) -> str:
        """Return the most probable label."""
        return self.labels[int(self.probabilities(text).argmax())]


def bag_of(text: Sequence[str], vocabulary: Vocabulary, settings: ClassifierSettings) -> list[int]:
    """Return the rows of the words that are known, and of their n-grams up to n words, hashed as fastText does it."""
    known = [word for word in text if word in vocabulary]
    hashes = [signed_hash(word) for word in known]
    bag = [vocabulary.index[word] for word in known]
    for start, first in enumerate(hashes):
        h = first
        for following in hashes[start + 1 : start + settings.n]:
            h = (h * PAIR_FACTOR + following) % 2**64
            bag.append(len(vocabulary) + h % settings.buckets)
    return bag


def signed_hash(word: str) -> int:
    """Return the word's hash as fastText holds it, in 32 bits with a sign."""
    h = fnv1a(word)
    return h if h < 2**31 else h - 2**32


def train_classifier(
    texts: Sequence[Sequence[str]],
    labels: Sequence[str],
    vocabulary: Vocabulary,
    generator: np.random.Generator,
    settings: ClassifierSettings,
) -> Classifier:
    """Learn to tell labels apart, by stochastic gradient descent over texts in random order."""
    names = tuple(sorted(set(labels)))
    right = torch.tensor([names.index(label) for label in labels], device=settings.device)
    bags = Bags.of([bag_of(text, vocabulary, settings) for text in texts], settings.device)
    first = generator.uniform(-1, 1, (len(vocabulary) + settings.buckets, settings.d)) / settings.d
    A = Table(torch.tensor(first, dtype=torch.float32, device=settings.device))
    B = Table(torch.zeros(len(names), settings.d, device=settings.device))
    for epoch in range(settings.epochs):
        order = torch.tensor(generator.permutation(len(texts)), device=settings.device)
        for start in range(0, len(texts), settings.batch):
            progress = (epoch + start / len(texts)) / settings.epochs
            chosen = order[start : start + settings.batch]
            rate = learning_rate_at(progress, settings.learning_rate, 0)
            _read_texts(bags.of_things(chosen), right[chosen], A, B, rate)
    return Classifier(vocabulary, names, A.numpy(), B.numpy(), settings)


def _read_texts(bags: Bags, right: torch.Tensor, A: Table, B: Table, rate: float) -> None:
    """Take one step for m texts."""
    h = mean_rows(A.matrix, bags)  # (m, d)
    U = B.matrix[:-1]  # (L, d)
    g = torch.softmax(h @ U.T, 1)  # (m, L)
    g[torch.arange(len(right)), right] -= 1
    share = g / bags.sizes.clamp_min(1)[:, None]  # (m, L), what falls to each row of a bag
    owner = torch.repeat_interleave(bags.sizes)  # (N,), the text that each row is part of
    A.descend(bags.rows, (share @ U)[owner], share.abs().sum(1)[owner], rate)
    B.descend(torch.arange(len(U), device=g.device), g.T @ h, g.abs().sum(0), rate)
