"""A text cut into blocks, so that training on it becomes a matter of matrix products.

T words in a row share most of their contexts. So they are taken together: T centres, and the S = T + 2 window words
among which all their contexts lie. A table of 0 and 1 says which of the S words are context of which of the T: a band
along the diagonal, as wide as the window, broken where a sentence ends. One product of matrices then scores all pairs.

    meet_st = 1  where s and t are in one sentence and 1 <= |s - t| <= reach_t

The reach of a centre is drawn between 1 and window anew in each epoch, so that near words count more than far ones, and
so is which occurrences of frequent words are skipped, before contexts are taken: what is left moves closer together.

The dynamic window and skipping are those of T. Mikolov et al. (2013). Taking words together is in the manner of
S. Ji et al., "Parallelizing word2vec in shared and distributed memory", arXiv:1604.04661 (2016), who do it for one
centre at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from reference.embeddings.frequencies import keep_probability

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reference.counts.vocabulary import Vocabulary

Numbers = NDArray[np.integer[Any]]
WORDS = 32  # a batch holds a multiple of so many words, whatever T is, so that they can share their noise


class Text(NamedTuple):
    """N words in a row: the number of each, and of the sentence that it is in, both (N,) and int32 to save memory."""

    words: Numbers
    sentences: Numbers


class Batch(NamedTuple):
    """B blocks of text.

    contexts (B, S), centres (B, T): numbers of words; V, one more than there is, where the text has ended
    sentences (B, T): the sentence that each centre is in, -1 where the text has ended
    meet (B, S, T): float32, 1 where context s and centre t meet, else 0
    progress: the share of the whole training that lies behind
    """

    contexts: torch.Tensor
    centres: torch.Tensor
    sentences: torch.Tensor
    meet: torch.Tensor
    progress: float


@dataclass(frozen=True, kw_only=True)
class Blocks:
    """How text is cut.

    window: the most places between a centre and a context
    together: T, the number of centres in a block, 32 or a divisor of it
    batch_words: the number of centres in a batch, about
    epochs: how often the text is read
    subsampling: the share of all words from about which on occurrences are skipped; 0 for none
    dynamic: whether the reach is drawn for each centre, or is the window
    """

    window: int
    together: int
    batch_words: int
    epochs: int
    subsampling: float = 1e-3
    dynamic: bool = True


def encode_text(sentences: Sequence[Sequence[str]], vocabulary: Vocabulary) -> Text:
    """Return the words of sentences that the vocabulary knows, as numbers."""
    encoded = [vocabulary.encode(sentence).astype(np.int32) for sentence in sentences]
    lengths = [len(each) for each in encoded]
    words = np.concatenate([np.zeros(0, dtype=np.int32), *encoded])
    return Text(words, np.repeat(np.arange(len(encoded), dtype=np.int32), lengths))


def read_batches(
    text: Text, counts: Numbers, blocks: Blocks, generator: np.random.Generator, device: str
) -> Iterator[Batch]:
    """Read a text as often as blocks say, batch by batch, its blocks in an order of their own in each epoch.

    counts (V,): how often each word was seen
    """
    keep = keep_probability(counts, blocks.subsampling).astype(np.float32)
    for epoch in range(blocks.epochs):
        kept = generator.random(len(text.words), dtype=np.float32) < keep[text.words]
        part = Text(text.words[kept], text.sentences[kept])
        for share, batch in _read_once(part, len(counts), blocks, generator, device):
            yield batch._replace(progress=(epoch + share) / blocks.epochs)


def _read_once(
    text: Text, end: int, blocks: Blocks, generator: np.random.Generator, device: str
) -> Iterator[tuple[float, Batch]]:
    T, window = blocks.together, blocks.window
    words = torch.as_tensor(_padded(text.words, end, blocks), device=device)
    sentences = torch.as_tensor(_padded(text.sentences, -1, blocks), device=device)
    contexts, context_sentences = words.unfold(0, T + 2 * window, T), sentences.unfold(0, T + 2 * window, T)
    centres, centre_sentences = _middle(words, blocks), _middle(sentences, blocks)
    reach = _draw_reach(centres.shape, blocks, generator).to(device)
    distance = (torch.arange(-window, T + window)[:, None] - torch.arange(T)).abs().to(torch.int16).to(device)  # (S, T)
    order = torch.tensor(generator.permutation(len(centres)), device=device)
    done = 0.0
    for chosen in torch.split(order, max(blocks.batch_words // WORDS, 1) * WORDS // T):
        near = (distance > 0) & (distance <= reach[chosen][:, None])  # (B, S, T)
        same = context_sentences[chosen][:, :, None] == centre_sentences[chosen][:, None]  # (B, S, T)
        meet = (near & same & (centre_sentences[chosen][:, None] >= 0)).float()
        yield done, Batch(contexts[chosen].long(), centres[chosen].long(), centre_sentences[chosen].long(), meet, 0)
        done += len(chosen) / len(order)


def _padded(numbers: Numbers, filling: int, blocks: Blocks) -> Numbers:
    """Put window places before and after a text, and fill up its last block."""
    missing = -max(len(numbers), 1) % WORDS + (len(numbers) == 0)  # a text that is empty still has one block
    return np.pad(numbers, (blocks.window, missing + blocks.window), constant_values=filling)


def _middle(padded: torch.Tensor, blocks: Blocks) -> torch.Tensor:
    """Return the places that are centres, (B, T)."""
    return padded[blocks.window : len(padded) - blocks.window].view(-1, blocks.together)


def _draw_reach(shape: torch.Size, blocks: Blocks, generator: np.random.Generator) -> torch.Tensor:
    """Draw how far each centre looks, (B, T)."""
    low = 1 if blocks.dynamic else blocks.window
    return torch.tensor(generator.integers(low, blocks.window + 1, shape, dtype=np.int16))
