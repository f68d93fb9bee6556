"""Word2vec: words are known by the company they keep, and their vectors are learned by predicting it.

Skip-gram asks the vector of each word for the words near it; CBOW asks the words near it, as a mean or in their order,
for the word. How a question is put is told in objectives.py, how h is made in contexts.py, each for one question.

    skip-gram   h = v_t of the centre t               asked for each context s
    CBOW        h = mean over contexts s of v_s       asked for the centre t
    in order    h = (v_t-w; ...; v_t-1; v_t+1; ...; v_t+w), zeros where the sentence has ended

As in the papers, skip-gram asks the centre for its context; the published program asks each context for its centre,
and over a whole text the pairs are the same. As in that program, each row of a mean is given the whole gradient at h
instead of its share.

T. Mikolov et al., "Efficient estimation of word representations in vector space", arXiv:1301.3781 (2013), and
"Distributed representations of words and phrases and their compositionality", NeurIPS 2013.
questions.py reads the text; descent.py answers one question after another, softmaxes.py many at once. Several threads
overwrite one another's steps now and then, as in B. Recht et al., "Hogwild!", NIPS 2011.
Left out: phrases.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import torch

from reference.embeddings.alias import alias_table
from reference.embeddings.bags import BagTable
from reference.embeddings.descent import Parts, Rows
from reference.embeddings.frequencies import learning_rate_at, noise_distribution
from reference.embeddings.logistic import HierarchicalSoftmax, Logistic, NegativeSampling
from reference.embeddings.questions import encode_text, read_questions
from reference.embeddings.settings import Settings
from reference.embeddings.softmaxes import FullSoftmax, SampledSoftmax, Softmax
from reference.embeddings.tables import Table
from reference.vectors.word_vectors import WordVectors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from reference.counts.vocabulary import Vocabulary
    from reference.embeddings.questions import Questions, Text

    Floats = NDArray[np.float32]

DEFAULT = Settings()


@dataclass(frozen=True, eq=False)
class Word2vec:
    """A trained model.

    vocabulary: the V words
    inputs (V, d): the vectors of words
    outputs: by which words are predicted, (V, d); (V - 1, d) of forks for the hierarchical softmax; d is 2 window times
        as long for contexts in order
    """

    vocabulary: Vocabulary
    inputs: Floats
    outputs: Floats

    @property
    def vectors(self) -> WordVectors:
        """The input vectors, which are what is used in the end."""
        return WordVectors(self.vocabulary.words, self.inputs)


class Learner(Protocol):
    """Whatever learns from questions."""

    def learn(self, questions: Questions, rate: float, generator: np.random.Generator) -> None:
        """Answer questions, and move rows downhill at this learning rate."""

    def learned(self) -> tuple[Floats, Floats]:
        """Return the input and the output rows as they are now."""


def train_word2vec(
    sentences: Sequence[Sequence[str]],
    vocabulary: Vocabulary,
    generator: np.random.Generator,
    settings: Settings = DEFAULT,
) -> Word2vec:
    """Learn the vectors of a vocabulary from sentences, by stochastic gradient descent.

    Words that the vocabulary does not know are left out, and their neighbours move together. One thread gives the same
    vectors for the same seed; several do not.
    """
    inputs = Rows(first_vectors(len(vocabulary), settings.d, generator))
    outputs = Rows(first_outputs(vocabulary, settings))
    text = encode_text(sentences, vocabulary)
    return Word2vec(vocabulary, *train_rows(text, vocabulary, inputs, outputs, settings, generator))


def train_rows(
    text: Text,
    vocabulary: Vocabulary,
    inputs: Rows,
    outputs: Rows,
    settings: Settings,
    generator: np.random.Generator,
    parts: Sequence[Sequence[int]] | None = None,
) -> tuple[Floats, Floats]:
    """Teach input and output rows what a text says, and return them.

    parts: the rows that each input is the mean of; None where each is a row of its own
    """
    learner = build_learner(vocabulary, inputs, outputs, settings, parts)
    nothing = len(inputs.matrix) if parts is None else len(parts)

    def read(part: Text, draws: np.random.Generator) -> None:
        for done, questions in read_questions(part, vocabulary.counts, nothing, settings, draws):
            rate = learning_rate_at(done, settings.learning_rate, settings.learning_rate / 250)
            learner.learn(questions, rate, draws)

    if settings.threads == 1 or isinstance(learner, Softmax):
        read(text, generator)
    else:
        with ThreadPoolExecutor(settings.threads) as pool:
            list(pool.map(read, text.parts(settings.threads), generator.spawn(settings.threads)))
    return learner.learned()


def first_vectors(rows: int, d: int, generator: np.random.Generator) -> Floats:
    """Draw vectors (rows, d) to start from: small, and evenly between -1/d and 1/d, as gensim does."""
    return (generator.random((rows, d), dtype=np.float32) * 2 - 1) / np.float32(d)


def first_outputs(vocabulary: Vocabulary, settings: Settings, tags: int = 0) -> Floats:
    """Return output rows to start from, all zeros.

    tags: how many vectors stand before the contexts where h is made of them in their order; see doc2vec.py
    """
    pieces = tags + 2 * settings.window if settings.architecture == "in order" else 1
    rows = len(vocabulary) - (settings.objective == "hierarchical softmax")
    return np.zeros((rows, settings.d * pieces), dtype=np.float32)


def build_learner(
    vocabulary: Vocabulary, inputs: Rows, outputs: Rows, settings: Settings, parts: Sequence[Sequence[int]] | None
) -> Learner:
    """Return what learns by the objective that settings name."""
    if settings.objective in {"full softmax", "sampled softmax"}:
        return _build_softmax(vocabulary, inputs, outputs, settings, parts)
    if settings.device != "cpu":
        raise ValueError(
            f"The objective {settings.objective!r} is learned on the processor, and the device asked for is "
            f'{settings.device!r}. Leave out the device, or take "sampled softmax" or "full softmax".'
        )
    own = Parts.of([[row] for row in range(len(inputs.matrix))] if parts is None else parts)
    if settings.objective == "hierarchical softmax":
        return Logistic(inputs, outputs, own, HierarchicalSoftmax.of(vocabulary.counts))
    noise = alias_table(noise_distribution(vocabulary.counts))
    return Logistic(inputs, outputs, own, NegativeSampling(noise, settings.negatives))


def _build_softmax(
    vocabulary: Vocabulary, inputs: Rows, outputs: Rows, settings: Settings, parts: Sequence[Sequence[int]] | None
) -> Softmax:
    """Put the rows where the softmaxes work."""
    rows, answers = (Table(torch.tensor(each.matrix, device=settings.device), each.fixed) for each in (inputs, outputs))
    objective = (
        FullSoftmax()
        if settings.objective == "full softmax"
        else SampledSoftmax.of(noise_distribution(vocabulary.counts), settings.drawn, settings.device)
    )
    bags = None if parts is None else BagTable(rows, parts)
    return Softmax(rows, answers, bags, objective, settings.architecture == "in order", settings.batch)
