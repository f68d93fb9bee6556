"""Word2vec: words are known by the company they keep, and their vectors are learned by predicting it.

Skip-gram asks the vector of each word for the words near it; CBOW asks the words near it, as a mean or in their order,
for the word. How a question is put is told in objectives.py, how h is made in contexts.py, each for one question; here
thousands are asked at once.

    skip-gram   h = v_s for each context s            asked for the centre t
    CBOW        h = mean over contexts s of v_s       asked for the centre t
    in order    h = (v_t-w; ...; v_t-1; v_t+1; ...; v_t+w), zeros where the sentence has ended

As in the published program, a context is asked for its centre, not the centre for its context; over a whole text the
pairs are the same. As there too, each row of a mean is given the whole gradient at h instead of its share.

T. Mikolov et al., "Efficient estimation of word representations in vector space", arXiv:1301.3781 (2013), and
"Distributed representations of words and phrases and their compositionality", NeurIPS 2013.
Blocks of words (blocks.py), shared noise (batch_objectives.py) and damped steps (tables.py) are what makes it fast.
Left out: phrases; several threads that overwrite one another's steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import torch

from reference.embeddings.batch_objectives import (
    FullSoftmax,
    HierarchicalSoftmax,
    NegativeSampling,
    Noise,
    Objective,
    SampledSoftmax,
    learn,
)
from reference.embeddings.blocks import Batch, Blocks, encode_text, read_batches
from reference.embeddings.frequencies import learning_rate_at, noise_distribution
from reference.embeddings.readings import MeanContext, OrderedContext, Reading, SkipGram
from reference.embeddings.tables import Inputs, Table
from reference.vectors.word_vectors import WordVectors

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from reference.counts.vocabulary import Vocabulary

Architecture = Literal["skip-gram", "cbow", "in order"]
ObjectiveName = Literal["negative sampling", "hierarchical softmax", "sampled softmax", "full softmax"]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How word vectors are trained.

    d: the length of a vector
    window: the most places between a centre and a context
    architecture: what predicts what
    objective: how it is asked
    negatives: how much noise each question of negative sampling meets
    drawn: how many words the noise of a block is, shared by all its questions
    epochs: how often the text is read
    learning_rate: at the beginning; it falls to a 250th on a straight line
    subsampling: the share of all words from about which on occurrences are skipped; 0 for none
    dynamic: whether the reach is drawn for each centre, or is the window
    batch_words: how many words are asked before vectors change; more is faster, and coarser
    device: where torch works, "cpu" or "cuda"
    """

    d: int = 100
    window: int = 5
    architecture: Architecture = "skip-gram"
    objective: ObjectiveName = "negative sampling"
    negatives: int = 5
    drawn: int = 32
    epochs: int = 5
    learning_rate: float = 0.025
    subsampling: float = 1e-3
    dynamic: bool = True
    batch_words: int = 512
    device: str = "cpu"

    @property
    def together(self) -> int:
        """How many words lie in a block: more share more contexts, and leave more of each product unused."""
        if self.architecture == "in order":
            return 1  # each centre has an h of its own, and shares nothing
        if self.architecture == "cbow":
            return 16
        return 8 if self.objective == "hierarchical softmax" else 32  # a centre's dozen forks are its own

    @property
    def blocks(self) -> Blocks:
        """How the text is cut."""
        return Blocks(
            window=self.window,
            together=self.together,
            batch_words=self.batch_words,
            epochs=self.epochs,
            subsampling=self.subsampling,
            dynamic=self.dynamic and self.architecture != "in order",
        )


DEFAULT = Settings()
READINGS: dict[Architecture, Reading] = {
    "skip-gram": SkipGram(),
    "cbow": MeanContext(),
    "in order": OrderedContext(),
}


@dataclass(frozen=True, eq=False)
class Word2vec:
    """A trained model.

    vocabulary: the V words
    inputs (V, d): the vectors of words
    outputs: by which words are predicted, (V, d); (V - 1, d) of forks for the hierarchical softmax; d is 2 window times
        as long for contexts in order
    """

    vocabulary: Vocabulary
    inputs: np.ndarray[tuple[int, int], np.dtype[np.float32]]
    outputs: np.ndarray[tuple[int, int], np.dtype[np.float32]]

    @property
    def vectors(self) -> WordVectors:
        """The input vectors, which are what is used in the end."""
        return WordVectors(self.vocabulary.words, self.inputs)


def train_word2vec(
    sentences: Sequence[Sequence[str]],
    vocabulary: Vocabulary,
    generator: np.random.Generator,
    settings: Settings = DEFAULT,
) -> Word2vec:
    """Learn the vectors of a vocabulary from sentences, by stochastic gradient descent.

    Words that the vocabulary does not know are left out, and their neighbours move together.
    """
    inputs = Table(first_vectors(len(vocabulary), settings.d, generator).to(settings.device))
    outputs = train_inputs(inputs, sentences, vocabulary, generator, settings)
    return Word2vec(vocabulary, inputs.numpy(), outputs.numpy())


def train_inputs(
    inputs: Inputs,
    sentences: Sequence[Sequence[str]],
    vocabulary: Vocabulary,
    generator: np.random.Generator,
    settings: Settings,
) -> Table:
    """Teach input vectors, however they are made, and return the output rows that were learned with them."""
    text = encode_text(sentences, vocabulary)
    outputs, objective = build_objective(vocabulary, settings, generator)
    reading = READINGS[settings.architecture]
    for batch in read_batches(text, vocabulary.counts, settings.blocks, generator, settings.device):
        rate = learning_rate_at(batch.progress, settings.learning_rate, settings.learning_rate / 250)
        train_batch(batch, inputs, outputs, objective, reading, rate)
    return outputs


def train_batch(
    batch: Batch, inputs: Inputs, outputs: Table, objective: Objective, reading: Reading, rate: float
) -> None:
    """Ask all questions of a batch, and move input and output rows downhill."""
    x = inputs.rows(batch.contexts)  # (B, S, d)
    h, links, centres = reading.ask(x, batch)
    dh, pull = learn(objective, h, links, centres, outputs, rate)
    inputs.descend(batch.contexts, *reading.give_back(dh, pull, batch), rate)


def first_vectors(rows: int, d: int, generator: np.random.Generator) -> torch.Tensor:
    """Draw vectors (rows, d) to start from: small, and evenly between -1/2d and 1/2d."""
    return torch.tensor((generator.random((rows, d), dtype="float32") - 0.5) / d)


def build_objective(
    vocabulary: Vocabulary, settings: Settings, generator: np.random.Generator, tags: int = 0
) -> tuple[Table, Objective]:
    """Return the output rows, zeros to start from, and the objective that they serve.

    tags: how many vectors stand before the contexts where h is made of them in their order; see doc2vec.py
    """
    V, device = len(vocabulary), settings.device
    d = settings.d * (tags + 2 * settings.window if settings.architecture == "in order" else 1)
    outputs = Table(torch.zeros(V, d, device=device))
    if settings.objective == "hierarchical softmax":
        return outputs, HierarchicalSoftmax.of(vocabulary.counts, device)
    if settings.objective == "full softmax":
        return outputs, FullSoftmax()
    draws = torch.Generator(device).manual_seed(int(generator.integers(2**62)))
    noise = Noise(noise_distribution(vocabulary.counts), draws)
    if settings.objective == "sampled softmax":
        return outputs, SampledSoftmax(noise, settings.drawn)
    return outputs, NegativeSampling(noise, settings.negatives, settings.drawn)
