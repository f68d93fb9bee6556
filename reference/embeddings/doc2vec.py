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
from typing import TYPE_CHECKING, NamedTuple, Protocol

import torch

from reference.embeddings.batch_objectives import learn
from reference.embeddings.blocks import encode_text, read_batches
from reference.embeddings.frequencies import learning_rate_at
from reference.embeddings.readings import Moves, OrderedContext, Questions
from reference.embeddings.tables import Frozen, Table
from reference.embeddings.word2vec import Architecture, Settings, build_objective, first_vectors
from reference.vectors.word_vectors import WordVectors

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from reference.counts.vocabulary import Vocabulary
    from reference.embeddings.batch_objectives import Objective
    from reference.embeddings.blocks import Batch, Text

DEFAULT = Settings(epochs=20)


class Tags(NamedTuple):
    """The tags of the centres of a batch.

    numbers (B, T, G): of up to G tags; one more than there is, where a document has fewer or the text has ended
    there (B, T, G): float32, 1 for a tag, else 0
    """

    numbers: torch.Tensor
    there: torch.Tensor


class Tables(NamedTuple):
    """All rows: of tags, of words, and those by which words are predicted."""

    tags: Table
    inputs: Table
    outputs: Table


class Reading(Protocol):
    """Whatever makes h out of the vectors of tags and contexts."""

    def ask(self, z: torch.Tensor, inputs: Table, tags: Tags, batch: Batch) -> Questions:
        """Make h out of tags z (B, T, G, d) and, from their inputs, contexts x (B, S, d)."""

    def give_back(self, dh: torch.Tensor, pull: torch.Tensor, tags: Tags, batch: Batch) -> tuple[Moves, Moves | None]:
        """Give dh and pull back to the tags, and to the contexts where they had a part in h."""


class TagAlone:
    """Every tag of a document is asked for every word: PV-DBOW."""

    def ask(self, z: torch.Tensor, inputs: Table, tags: Tags, batch: Batch) -> Questions:  # noqa: ARG002
        """Ask G tags for each centre."""
        return Questions(z.flatten(0, 1), tags.there.flatten(0, 1)[..., None], batch.centres.view(-1, 1))

    def give_back(
        self,
        dh: torch.Tensor,
        pull: torch.Tensor,
        tags: Tags,
        batch: Batch,  # noqa: ARG002
    ) -> tuple[Moves, None]:
        """Give each tag what was asked of it."""
        return Moves(dh.view(*tags.there.shape, -1), pull.view(tags.there.shape)), None


class MeanWithTags:
    """The mean of tags and contexts is asked for each centre: PV-DM."""

    def ask(self, z: torch.Tensor, inputs: Table, tags: Tags, batch: Batch) -> Questions:
        """Ask one mean for each centre."""
        x, n = inputs.rows(batch.contexts), _parts(tags, batch)  # (B, S, d), (B, T)
        h = (batch.meet.mT @ x + z.sum(2)) / n.clamp_min(1)[..., None]  # (B, T, d)
        return Questions(h.view(-1, 1, h.shape[2]), (n > 0).float().view(-1, 1, 1), batch.centres.view(-1, 1))

    def give_back(self, dh: torch.Tensor, pull: torch.Tensor, tags: Tags, batch: Batch) -> tuple[Moves, Moves]:
        """Give each tag and context all of dh, so that the mean moves by one whole step."""
        B, T, _ = tags.there.shape
        dh, pull = dh.view(B, T, 1, -1), pull.view(B, T, 1)
        share = pull / _parts(tags, batch).clamp_min(1)[..., None]  # (B, T, 1); see MeanContext
        to_tags = Moves(dh * tags.there[..., None], share * tags.there)
        return to_tags, Moves(batch.meet @ dh.squeeze(2), (batch.meet @ share).squeeze(2))


def _parts(tags: Tags, batch: Batch) -> torch.Tensor:
    """Count the vectors that go into each mean, (B, T)."""
    return batch.meet.sum(1) + tags.there.sum(2)


class OrderedWithTags:
    """Tags and contexts, one after another, are asked for each centre; blocks have one centre."""

    def ask(self, z: torch.Tensor, inputs: Table, tags: Tags, batch: Batch) -> Questions:
        """Ask one concatenation for each centre."""
        contexts = OrderedContext().ask(inputs.rows(batch.contexts), batch).h  # (B, 1, (S - 1) d)
        return Questions(torch.cat([z.flatten(2), contexts], 2), tags.there.amax(2, keepdim=True), batch.centres)

    def give_back(self, dh: torch.Tensor, pull: torch.Tensor, tags: Tags, batch: Batch) -> tuple[Moves, Moves]:
        """Give each tag and context its own piece of dh."""
        B, _, G = tags.there.shape
        pieces = dh.view(B, 1, G + batch.meet.shape[1] - 1, -1)  # (B, 1, G + S - 1, d)
        to_tags = pieces[:, :, :G] * tags.there[..., None]  # (B, 1, G, d)
        to_contexts = OrderedContext().give_back(pieces[:, :, G:].flatten(2), pull, batch)
        return Moves(to_tags, pull[..., None] * tags.there), to_contexts


READINGS: dict[Architecture, Reading] = {
    "skip-gram": TagAlone(),
    "cbow": MeanWithTags(),
    "in order": OrderedWithTags(),
}


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

    def infer(self, documents: Sequence[Sequence[str]], generator: np.random.Generator) -> NDArray[np.float32]:
        """Learn vectors (n, d) for n new documents, one tag each, while all words stay as they are."""
        device = self.settings.device
        _, objective = build_objective(self.vocabulary, self.settings, generator)
        new = Table(first_vectors(len(documents), self.settings.d, generator).to(device))
        inputs, outputs = (Frozen(torch.tensor(rows, device=device)) for rows in (self.inputs, self.outputs))
        own = _filled([[number] for number in range(len(documents))], len(documents), max(self.most_tags, 1))
        text = encode_text(documents, self.vocabulary)
        _train(text, own, Tables(new, inputs, outputs), objective, self.vocabulary, self.settings, generator)
        return new.numpy()


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
    names = tuple(dict.fromkeys(tag for own in tags for tag in own))
    most_tags = max(map(len, tags), default=0)
    index = {name: number for number, name in enumerate(names)}
    numbers = _filled([[index[tag] for tag in own] for own in tags], len(names), most_tags)
    outputs, objective = build_objective(vocabulary, settings, generator, most_tags)
    learned = Table(first_vectors(len(names), settings.d, generator).to(settings.device))
    inputs = Table(first_vectors(len(vocabulary), settings.d, generator).to(settings.device))
    text = encode_text(documents, vocabulary)
    _train(text, numbers, Tables(learned, inputs, outputs), objective, vocabulary, settings, generator)
    return Doc2vec(
        vocabulary, WordVectors(names, learned.numpy()), inputs.numpy(), outputs.numpy(), most_tags, settings
    )


def _train(
    text: Text,
    of_document: torch.Tensor,
    tables: Tables,
    objective: Objective,
    vocabulary: Vocabulary,
    settings: Settings,
    generator: np.random.Generator,
) -> None:
    """Read a text whose sentences are n documents with tags of_document (n + 1, G)."""
    reading = READINGS[settings.architecture]
    end = len(tables.tags.matrix) - 1
    of_document = of_document.to(settings.device)
    blocks = settings.blocks
    if settings.architecture == "skip-gram":
        # A tag alone has no contexts to share. Its words come one at a time, in batches with other documents' words: 32
        # in one batch would all ask the same tag, whose step damping then keeps small.
        blocks = replace(blocks, window=0, together=1, dynamic=False)
    for batch in read_batches(text, vocabulary.counts, blocks, generator, settings.device):
        rate = learning_rate_at(batch.progress, settings.learning_rate, settings.learning_rate / 250)
        numbers = of_document[batch.sentences]  # (B, T, G)
        train_batch(batch, Tags(numbers, (numbers < end).float()), tables, objective, reading, rate)


def train_batch(batch: Batch, tags: Tags, tables: Tables, objective: Objective, reading: Reading, rate: float) -> None:
    """Ask all questions of a batch, and move tags, words and output rows downhill."""
    z = tables.tags.rows(tags.numbers)  # (B, T, G, d)
    h, links, centres = reading.ask(z, tables.inputs, tags, batch)
    dh, pull = learn(objective, h, links, centres, tables.outputs, rate)
    to_tags, to_contexts = reading.give_back(dh, pull, tags, batch)
    tables.tags.descend(tags.numbers, *to_tags, rate)
    if to_contexts is not None:
        tables.inputs.descend(batch.contexts, *to_contexts, rate)


def _filled(tags: Sequence[Sequence[int]], filling: int, G: int) -> torch.Tensor:
    """Return the tags of n documents (n + 1, G), filled up; the last row is for where the text has ended."""
    return torch.tensor([[*own, *[filling] * (G - len(own))] for own in [*tags, []]], dtype=torch.int64)
