"""Negative sampling and the hierarchical softmax: two objectives that ask for yes or no, learned by descent.py.

    negative sampling       yes at the right word, no at k words drawn as noise
    hierarchical softmax    at each fork on the way to the right word, whether to turn 0

Their losses, question by question, are those of objectives.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from reference.embeddings.alias import AliasTable, alias_draw
from reference.embeddings.descent import Answers, Parts, Rows, descend
from reference.embeddings.huffman import huffman_routes

if TYPE_CHECKING:
    from reference.embeddings.questions import Questions

Floats = NDArray[np.float32]
Numbers = NDArray[np.integer[Any]]


class Objective(Protocol):
    """Whatever knows what is right for a word."""

    def answers(self, targets: Numbers, generator: np.random.Generator) -> Answers:
        """Return the answers to questions for these words (Q,)."""


@dataclass(frozen=True, eq=False)
class NegativeSampling:
    """Is this the right word, or noise? noise: what k words are drawn from for each question."""

    noise: AliasTable
    k: int

    def answers(self, targets: Numbers, generator: np.random.Generator) -> Answers:
        """Return yes at the targets (Q,), and no at words drawn; one that is drawn twice counts twice.

        A target that is drawn itself is no noise, and is passed over.
        """
        Q = len(targets)
        rows = np.empty((Q, 1 + self.k), dtype=np.int32)
        rows[:, 0], rows[:, 1:] = targets, alias_draw(self.noise, (Q, self.k), generator)
        right = np.zeros(rows.shape, dtype=np.float32)
        right[:, 0] = 1
        asked = rows != targets[:, None]
        asked[:, 0] = True
        ends = asked.sum(axis=1).cumsum()
        return Answers(rows[asked], right[asked], np.append(0, ends[:-1]), ends)


@dataclass(frozen=True, eq=False)
class HierarchicalSoftmax:
    """Which way at each fork on the way to the word? routes: the answers for each of V words; the rows are forks."""

    routes: Answers

    @classmethod
    def of(cls, counts: Numbers) -> HierarchicalSoftmax:
        """Build Huffman's tree for words seen this often, counts (V,)."""
        routes = huffman_routes(counts)
        ends = np.cumsum([len(route.path) for route in routes])
        paths, codes = (np.concatenate([np.zeros(0), *column]) for column in zip(*routes, strict=True))
        return cls(Answers(paths.astype(np.int32), (1 - codes).astype(np.float32), np.append(0, ends[:-1]), ends))

    def answers(self, targets: Numbers, generator: np.random.Generator) -> Answers:  # noqa: ARG002
        """Return the turns on the way to the targets (Q,)."""
        return self.routes._replace(starts=self.routes.starts[targets], ends=self.routes.ends[targets])


@dataclass(frozen=True, eq=False)
class Logistic:
    """Input and output rows, and the objective by which they learn.

    inputs, outputs: the rows, which change in place
    parts: the rows that each input is the mean of
    """

    inputs: Rows
    outputs: Rows
    parts: Parts
    objective: Objective

    def learn(self, questions: Questions, rate: float, generator: np.random.Generator) -> None:
        """Answer questions, one after another."""
        if len(questions.targets):
            answers = self.objective.answers(questions.targets, generator)
            descend(self.inputs, self.outputs, questions, self.parts, answers, rate)

    def learned(self) -> tuple[Floats, Floats]:
        """Return the input and the output rows as they are now."""
        return self.inputs.matrix, self.outputs.matrix
