"""What is asked while a text is read: which input rows make h, and which word h should predict.

    skip-gram   (x_t; s)  for each context s of t     one question for each pair
    CBOW        (x_s, x_s', ...; t)                   one for each word that has a context; h is their mean
    in order    likewise, with a place for each of the 2 window neighbours; h is what stands there, one after another

What stands beside a whole sentence, such as the tags of a document, is an input everywhere: in skip-gram it is asked
for each word, (x_tag; t).

Before that, occurrences of frequent words are skipped, so that what is left moves closer together; and the reach of
each centre is drawn between 1 and window, so that near words count more than far ones. Both are drawn anew in each
epoch, as in T. Mikolov et al. (2013). contexts.py says the same for one sentence; here it is done for many thousands of
words at once.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from reference.embeddings.frequencies import keep_probability

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reference.counts.vocabulary import Vocabulary
    from reference.embeddings.settings import Architecture, Settings

Numbers = NDArray[np.integer[Any]]
CELLS = 100_000  # a stretch of text has about so many places around its words: few enough for the processor's cache


class Text(NamedTuple):
    """N words in a row, int32 to save memory.

    words (N,): the number of each
    sentences (N,): the number of the sentence that it is in
    beside (n, G): input rows that are context to all words of each sentence, such as the tags of a document
    """

    words: Numbers
    sentences: Numbers
    beside: Numbers

    def parts(self, n: int) -> list[Text]:
        """Cut the text into n parts of about the same length."""
        ends = [len(self.words) * part // n for part in range(n + 1)]
        return [Text(self.words[start:end], self.sentences[start:end], self.beside) for start, end in pairwise(ends)]


class Questions(NamedTuple):
    """Q questions.

    rows (N,): int32, the numbers of the inputs that make h, those of one question after those of another
    ends (Q,): int64, where those of each question end
    targets (Q,): int32, the words that are to be predicted
    """

    rows: Numbers
    ends: Numbers
    targets: Numbers


def encode_text(sentences: Sequence[Sequence[str]], vocabulary: Vocabulary, beside: Numbers | None = None) -> Text:
    """Return the words of n sentences that the vocabulary knows, as numbers, with the rows (n, G) that go with each."""
    encoded = [vocabulary.encode(sentence).astype(np.int32) for sentence in sentences]
    words = np.concatenate([np.zeros(0, dtype=np.int32), *encoded])
    numbers = np.repeat(np.arange(len(encoded), dtype=np.int32), [len(each) for each in encoded])
    return Text(words, numbers, np.zeros((len(encoded), 0), dtype=np.int32) if beside is None else beside)


def read_questions(
    text: Text, counts: Numbers, nothing: int, settings: Settings, generator: np.random.Generator
) -> Iterator[tuple[float, Questions]]:
    """Read a text epoch after epoch, and yield the share of the work done so far, and what is asked next.

    counts (V,): how often each word was seen
    nothing: a number that no input has, for places where there is none
    """
    keep = keep_probability(counts, settings.subsampling).astype(np.float32)
    for epoch in range(settings.epochs):
        kept = generator.random(len(text.words), dtype=np.float32) < keep[text.words]
        rest = Text(text.words[kept], text.sentences[kept], text.beside)
        for done, centres, beside, around in _read_once(rest, nothing, settings, generator):
            yield (epoch + done) / settings.epochs, ask(centres, beside, around, nothing, settings.architecture)


def _read_once(
    text: Text, nothing: int, settings: Settings, generator: np.random.Generator
) -> Iterator[tuple[float, Numbers, Numbers, Numbers]]:
    """Yield stretches: the share of the text before it, its centres (n,), and what is beside and around each."""
    N, window = len(text.words), settings.window
    words = np.pad(text.words, window, constant_values=nothing)
    sentences = np.pad(text.sentences, window, constant_values=-1)
    size = max(CELLS // (2 * window + 1), 1)
    for start in range(0, N, size):
        stretch = slice(start, min(start + size, N) + 2 * window)
        around = _surroundings(words[stretch], sentences[stretch], nothing, settings, generator)
        own = slice(start, start + size)
        yield start / N, text.words[own], text.beside[text.sentences[own]], around


def _surroundings(
    words: Numbers, sentences: Numbers, nothing: int, settings: Settings, generator: np.random.Generator
) -> Numbers:
    """Return the words within reach of each but the first and last window words, (n, 2 window), else nothing."""
    window = settings.window
    n = len(words) - 2 * window
    drawn = settings.dynamic and settings.architecture != "in order"
    reach = generator.integers(1, window + 1, n) if drawn else np.full(n, window)
    same = sliding_window_view(sentences, 2 * window + 1) == sentences[window : window + n, None]  # (n, 2 window + 1)
    near = np.abs(np.arange(-window, window + 1)) <= reach[:, None]
    around = np.where(same & near, sliding_window_view(words, 2 * window + 1), nothing)
    return np.delete(around, window, axis=1)


def ask(centres: Numbers, beside: Numbers, around: Numbers, nothing: int, architecture: Architecture) -> Questions:
    """Ask each centre for the words around it, or all of them together for the centre.

    centres (n,): numbers of words
    beside (n, G), around (n, 2 window): numbers of inputs; nothing where there is none
    """
    rows = np.hstack([beside, around])  # (n, C)
    there = rows != nothing
    sizes = there.sum(axis=1)
    if architecture == "skip-gram":
        own = np.broadcast_to(centres[:, None], rows.shape)
        tag = np.arange(rows.shape[1]) < beside.shape[1]
        inputs, targets = np.where(tag, rows, own), np.where(tag, own, rows)
        return Questions(inputs[there], np.arange(1, sizes.sum() + 1), targets[there])
    asked = sizes > 0
    if architecture == "cbow":
        return Questions(rows[there], sizes[asked].cumsum(), centres[asked])
    ends = rows.shape[1] * np.arange(1, asked.sum() + 1)
    return Questions(rows[asked].ravel(), ends, centres[asked])
