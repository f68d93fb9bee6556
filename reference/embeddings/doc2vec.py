"""Doc2Vec: a document is one more word that is context to all of its words, and its vector is learned with theirs.

    PV-DBOW             h = v_tag for each tag of the document, asked for every word       as in skip-gram
    PV-DM, mean         h = mean of the tags and of the words around the centre            as in CBOW
    PV-DM, in order     h = (tags; words around the centre in their order)                 as in CBOW in order

A tag is whatever a document is known by: its number, its class, its author; documents may share tags and have several.
For a new document a tag is learned while the vectors of words stay as they are.

Q. Le and T. Mikolov, "Distributed representations of sentences and documents", ICML 2014. The words around the centre
are on both sides of it, as in gensim; the paper takes those before it.
Left out: training word vectors by skip-gram along with PV-DBOW.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from reference.embeddings.descent import Rows
from reference.embeddings.questions import encode_text
from reference.embeddings.settings import Settings
from reference.embeddings.word2vec import first_outputs, first_vectors, train_rows
from reference.vectors.word_vectors import WordVectors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from reference.counts.vocabulary import Vocabulary

    Floats = NDArray[np.float32]

DEFAULT = Settings(epochs=20)


@dataclass(frozen=True, eq=False)
class Doc2vec:
    """A trained model.

    vocabulary: the V words
    tags: the vectors of all tags
    inputs (V, d), outputs: the vectors of words, and those by which they are predicted; see Word2vec
    most_tags: how many tags a document had at most
    settings: how it was trained
    """

    vocabulary: Vocabulary
    tags: WordVectors
    inputs: NDArray[np.float32]
    outputs: NDArray[np.float32]
    most_tags: int
    settings: Settings

    def infer(self, documents: Sequence[Sequence[str]], generator: np.random.Generator) -> Floats:
        """Learn vectors (n, d) for n new documents, one tag each, while all words stay as they are."""
        n, V = len(documents), len(self.vocabulary)
        own = _rows_beside([[number] for number in range(n)], V, n, max(self.most_tags, 1))
        new = first_vectors(n, self.settings.d, generator)
        inputs, outputs = Rows(np.vstack([self.inputs, new]), fixed=V), Rows(self.outputs, fixed=len(self.outputs))
        return _train(documents, own, self.vocabulary, inputs, outputs, self.settings, generator)[0][V:]


def train_doc2vec(
    documents: Sequence[Sequence[str]],
    tags: Sequence[Sequence[str]],
    vocabulary: Vocabulary,
    generator: np.random.Generator,
    settings: Settings = DEFAULT,
) -> Doc2vec:
    """Learn vectors of tags, and of words with them, from n documents and the tags of each.

    settings: word2vec's; the architecture "skip-gram" is PV-DBOW, "cbow" PV-DM by mean, "in order" PV-DM in order
    """
    if len(documents) != len(tags):
        raise ValueError(
            f"There are {len(documents)} documents, and lists of tags for {len(tags)}. Give each document its list."
        )
    names, V = tuple(dict.fromkeys(tag for own in tags for tag in own)), len(vocabulary)
    index = {name: number for number, name in enumerate(names)}
    most_tags = max(map(len, tags), default=0)
    beside = _rows_beside([[index[tag] for tag in own] for own in tags], V, len(names), most_tags)
    first = Rows(first_vectors(V + len(names), settings.d, generator))
    zeros = Rows(first_outputs(vocabulary, settings, most_tags))
    rows, outputs = _train(documents, beside, vocabulary, first, zeros, settings, generator)
    return Doc2vec(vocabulary, WordVectors(names, rows[V:]), rows[:V], outputs, most_tags, settings)


def _train(
    documents: Sequence[Sequence[str]],
    beside: NDArray[np.int32],
    vocabulary: Vocabulary,
    inputs: Rows,
    outputs: Rows,
    settings: Settings,
    generator: np.random.Generator,
) -> tuple[Floats, Floats]:
    """Teach the rows of V words and of the tags after them what documents say, each with the tags beside it."""
    if settings.architecture == "skip-gram":
        settings = replace(settings, window=0, dynamic=False)  # a tag alone, without the words around
    return train_rows(encode_text(documents, vocabulary, beside), vocabulary, inputs, outputs, settings, generator)


def _rows_beside(tags: Sequence[Sequence[int]], V: int, names: int, most: int) -> NDArray[np.int32]:
    """Return the rows of the tags of each document (n, most), which stand after V words; filled up with nothing."""
    nothing = V + names
    rows = [[*(V + tag for tag in own), *[nothing] * (most - len(own))] for own in tags]
    return np.array(rows, dtype=np.int32).reshape(len(tags), most)
