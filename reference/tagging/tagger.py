"""The recurrent tagger: a tag for each word, from all that stands before it and, in both directions, after it.

Each word is looked up in a table of vectors, a recurrence reads them, and its state at a word scores the tags of that
word. Names that were never seen are all <UNK>, and are tagged by the company they keep. So that <UNK> has a vector that
means "some name", words are read as <UNK> now and then in training: the rarer the word, the more often.

    h<t> = recurrence(C[w<0>], ..., C[w<T-1>])<t>        p<t> = softmax(U h<t> + b)        J = -mean of log p<t>[tag]
    in training w is read as <UNK> with probability alpha / (alpha + count of w)

w (T, m) are the numbers of the words of m sentences of lengths (m,), h (T, m, n) the states, U (K, n) and b (K,) score
K tags.

A. Graves and J. Schmidhuber, "Framewise phoneme classification with bidirectional LSTM", Neural Networks 18 (2005);
Z. Huang, W. Xu and K. Yu, "Bidirectional LSTM-CRF models for sequence tagging" (2015), without their CRF;
E. Kiperwasser and Y. Goldberg, TACL 4 (2016), for the words that are dropped.
Left out: what letters a word is made of; the CRF, which scores pairs of neighbouring tags.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from reference.counts.vocabulary import UNK

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reference.counts.vocabulary import Vocabulary
    from reference.data.sample import Sample
    from reference.recurrent.twins import Recurrence
    from reference.training import Batches

ALPHA = 1.0  # at what count a word is read as <UNK> half of the time
IGNORED = -100  # beyond the end of a sentence


class Tagged(NamedTuple):
    """Sentences side by side: words (T, m), lengths (m,), and tags (T, m), IGNORED beyond the end of a sentence."""

    words: torch.Tensor
    lengths: torch.Tensor
    tags: torch.Tensor


class OneWay(torch.nn.Module):
    """A recurrence that reads forwards only, in the place of one that reads both ways."""

    def __init__(self, forwards: Recurrence) -> None:
        super().__init__()
        self.forwards = forwards
        self.n_a = forwards.n_a

    def forward(self, x: torch.Tensor, _lengths: torch.Tensor) -> torch.Tensor:
        """Read x (T, m, n_x) and return the hidden states (T, m, n_a)."""
        states: torch.Tensor = self.forwards(x)[0]
        return states


class Tagger(torch.nn.Module):
    """A table of vectors, a recurrence, and scores of tags.

    vocabulary: the V words that are known, `<UNK>` among them, and their counts
    tags: the K tags
    recurrence: from x (T, m, n_c) and lengths (m,) to states (T, m, n); Bidirectional or OneWay
    n_c, n: the sizes of vectors and of states
    """

    def __init__(
        self, vocabulary: Vocabulary, tags: Sequence[str], recurrence: torch.nn.Module, *, n_c: int, n: int
    ) -> None:
        super().__init__()
        self.vocabulary, self.tags = vocabulary, tuple(tags)
        self.C = torch.nn.Parameter(torch.randn(len(vocabulary), n_c) / sqrt(n_c))
        self.recurrence = recurrence
        self.U = torch.nn.Parameter(torch.randn(len(self.tags), n) / sqrt(n))
        self.b = torch.nn.Parameter(torch.zeros(len(self.tags)))
        dropped = torch.from_numpy(ALPHA / (ALPHA + np.maximum(vocabulary.counts, 1)))  # (V,)
        self.register_buffer("dropped", dropped, persistent=False)

    def forward(self, words: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Return the scores (T, m, K) of the tags of words (T, m)."""
        if self.training:
            drop = torch.rand(words.shape, device=words.device) < self.get_buffer("dropped")[words]
            words = words.masked_fill(drop, self.vocabulary.index[UNK])
        return torch.nn.functional.linear(self.recurrence(self.C[words], lengths), self.U, self.b)

    @torch.no_grad()
    def tag(self, sentences: Sequence[Sequence[str]], size: int = 64) -> list[list[str]]:
        """Return the most probable tag of each word of each sentence."""
        found = []
        for start in range(0, len(sentences), size):
            part = sentences[start : start + size]
            words, lengths = (each.to(self.C.device) for each in side_by_side(part, self.vocabulary))
            best = self.eval()(words, lengths).argmax(dim=2).T.tolist()  # m lists of T numbers
            found += [[self.tags[k] for k in row[: len(each)]] for row, each in zip(best, part, strict=True)]
        return found


def side_by_side(sentences: Sequence[Sequence[str]], vocabulary: Vocabulary) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the numbers of the words of m sentences, (T, m), and their lengths, (m,)."""
    rows = [torch.from_numpy(vocabulary.encode(sentence)) for sentence in sentences]
    return torch.nn.utils.rnn.pad_sequence(rows), torch.tensor([len(row) for row in rows])


def tagged_batches(
    samples: Sequence[Sample[tuple[str, ...]]], vocabulary: Vocabulary, tags: Sequence[str], size: int
) -> Batches[Tagged]:
    """Return batches of tagged sentences in an order that is new for each epoch. For reference.training.train."""
    numbers = {tag: k for k, tag in enumerate(tags)}

    def one_epoch(generator: np.random.Generator) -> Iterator[Tagged]:
        order = generator.permutation(len(samples))
        for start in range(0, len(order), size):
            part = [samples[k] for k in order[start : start + size]]
            right = [torch.tensor([numbers[tag] for tag in sample.label]) for sample in part]
            words, lengths = side_by_side([sample.tokens for sample in part], vocabulary)
            yield Tagged(words, lengths, torch.nn.utils.rnn.pad_sequence(right, padding_value=IGNORED))

    return one_epoch


def tagging_loss(model: Tagger, batch: Tagged) -> torch.Tensor:
    """Return the mean of -log p over the tags of all words."""
    scores = model(batch.words, batch.lengths)
    return torch.nn.functional.cross_entropy(scores.flatten(0, 1), batch.tags.flatten(), ignore_index=IGNORED)
