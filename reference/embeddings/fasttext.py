"""FastText: a word is the mean of its parts, so that a word never seen has a vector too.

    x_w = ( u_w + sum over n-grams n of w of u_n ) / (1 + number of n-grams)

Everything else is word2vec: x_w takes the place of the input vector of w, in skip-gram and in CBOW, under any of the
four objectives. A word that was never seen has no row of its own, and is the mean of its n-grams.

P. Bojanowski, E. Grave, A. Joulin and T. Mikolov, "Enriching word vectors with subword information", TACL 5 (2017). The
paper adds up; the authors' program takes the mean, and so do we.
Left out: word n-grams and quantised rows. The classifier is in fasttext_classifier.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from reference.embeddings.descent import Rows
from reference.embeddings.questions import encode_text
from reference.embeddings.settings import Settings
from reference.embeddings.subwords import subword_buckets
from reference.embeddings.word2vec import first_outputs, first_vectors, train_rows
from reference.vectors.word_vectors import WordVectors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from reference.counts.vocabulary import Vocabulary


@dataclass(frozen=True, kw_only=True)
class Subwords:
    """What words are made of.

    buckets: how many rows n-grams share; fastText has two million of them, for a text of billions of words
    shortest, longest: the lengths of n-grams, marks included
    """

    buckets: int = 200_000
    shortest: int = 3
    longest: int = 6

    def of(self, word: str) -> list[int]:
        """Return the bucket of each n-gram of a word."""
        return subword_buckets(word, self.buckets, self.shortest, self.longest)


DEFAULT_SUBWORDS = Subwords()
DEFAULT = Settings(learning_rate=0.05)  # as in the authors' program, which learns its subwords in larger steps


@dataclass(frozen=True, eq=False)
class FastText:
    """A trained model.

    vocabulary: the V words
    rows (V + buckets, d): u of each word, then of each bucket
    subwords: what words are made of
    """

    vocabulary: Vocabulary
    rows: NDArray[np.float32]
    subwords: Subwords

    @cached_property
    def vectors(self) -> WordVectors:
        """The vectors of the vocabulary."""
        return WordVectors(self.vocabulary.words, np.stack([self[word] for word in self.vocabulary.words]))

    def __getitem__(self, word: str) -> NDArray[np.float32]:
        """Return the vector of any word (d,), seen or not."""
        return np.asarray(self.rows[rows_of(word, self.vocabulary, self.subwords)].mean(axis=0))


def rows_of(word: str, vocabulary: Vocabulary, subwords: Subwords) -> list[int]:
    """Return the rows that a word is made of: its own, if it has one, and those of its n-grams."""
    own = [vocabulary.index[word]] if word in vocabulary else []
    rows = [*own, *(len(vocabulary) + bucket for bucket in subwords.of(word))]
    if not rows:
        raise ValueError(
            f"The word {word!r} was not seen and, with its marks, is shorter than {subwords.shortest} characters, so "
            f"that it has no n-grams to make a vector of. Take a longer word, or train with a smaller `shortest`."
        )
    return rows


def train_fasttext(
    sentences: Sequence[Sequence[str]],
    vocabulary: Vocabulary,
    generator: np.random.Generator,
    settings: Settings = DEFAULT,
    subwords: Subwords = DEFAULT_SUBWORDS,
) -> FastText:
    """Learn the vectors of words and n-grams from sentences, by stochastic gradient descent."""
    first = Rows(first_vectors(len(vocabulary) + subwords.buckets, settings.d, generator))
    parts = [rows_of(word, vocabulary, subwords) for word in vocabulary.words]
    text, outputs = encode_text(sentences, vocabulary), Rows(first_outputs(vocabulary, settings))
    rows, _ = train_rows(text, vocabulary, first, outputs, settings, generator, parts)
    return FastText(vocabulary, rows, subwords)
