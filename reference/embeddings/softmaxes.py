"""The softmax, over all words or over a few that are drawn: what objectives.py does for one question, for many at once.

A full softmax is V products for each question, and is best done by products of matrices, on any device. A sampled one
shares the n words that it draws among a batch of questions, and so becomes products of matrices too. Rows that a batch
asks often move by damped steps; see tables.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
import torch

from reference.embeddings.alias import AliasTable, alias_draw, alias_table
from reference.embeddings.bags import Bags, BagTable, mean_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from reference.activations import Array
    from reference.embeddings.questions import Questions
    from reference.embeddings.tables import Inputs, Table

    Floats = NDArray[np.float32]


class Batch(NamedTuple):
    """Q questions whose vectors h are made of N inputs.

    inputs (N,): numbers of inputs
    sizes (Q,): how many of them make each h
    targets (Q,): numbers of words
    """

    inputs: torch.Tensor
    sizes: torch.Tensor
    targets: torch.Tensor


class Errors(NamedTuple):
    """The derivatives of the loss by the scores: right (Q,) of the right words, others (Q, n) of those in rows (n,)."""

    right: torch.Tensor
    rows: torch.Tensor
    others: torch.Tensor


class Objective(Protocol):
    """Whatever tells the right words from others."""

    def errors(self, h: torch.Tensor, targets: torch.Tensor, outputs: Table, generator: np.random.Generator) -> Errors:
        """Score words by vectors h (Q, d)."""


class FullSoftmax:
    """The objective that asks which of all V words it is."""

    def errors(self, h: torch.Tensor, targets: torch.Tensor, outputs: Table, generator: np.random.Generator) -> Errors:  # noqa: ARG002
        """Return -1 at the right words, and how probable each word is."""
        U = outputs.matrix[:-1]  # (V, d)
        return Errors(-h.new_ones(len(targets)), torch.arange(len(U), device=h.device), torch.softmax(h @ U.T, 1))


@dataclass(frozen=True, eq=False)
class SampledSoftmax:
    """The objective that asks which it is, of the right word and n that are drawn.

    noise: what n words are drawn from for each batch
    expected (V,): the logarithm of how often each is to be expected among them, by which its score is lowered
    """

    noise: AliasTable
    n: int
    expected: torch.Tensor

    @classmethod
    def of(cls, q: Array, n: int, device: str) -> SampledSoftmax:
        """Draw n words from the distribution q (V,)."""
        expected = torch.tensor(n * q, dtype=torch.float32, device=device).log().clamp_min(-30)
        return cls(alias_table(q), n, expected)

    def errors(self, h: torch.Tensor, targets: torch.Tensor, outputs: Table, generator: np.random.Generator) -> Errors:
        """Return how probable each word is among those of its question, less 1 for the right one."""
        rows = torch.as_tensor(alias_draw(self.noise, self.n, generator), device=h.device)  # (n,)
        right = (h * outputs.rows(targets)).sum(1) - self.expected[targets]  # (Q,)
        others = h @ outputs.rows(rows).T - self.expected[rows]  # (Q, n)
        p = torch.softmax(torch.cat([right[:, None], others], 1), 1)  # (Q, 1 + n)
        return Errors(p[:, 0] - 1, rows, p[:, 1:])


def learn(
    objective: Objective,
    h: torch.Tensor,
    targets: torch.Tensor,
    outputs: Table,
    rate: float,
    generator: np.random.Generator,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Teach the output rows, and return what is asked of each h (Q, d): the gradient, and the sum of |g| (Q,)."""
    right, rows, others = objective.errors(h, targets, outputs, generator)
    dh = right[:, None] * outputs.rows(targets) + others @ outputs.rows(rows)
    du = torch.cat([right[:, None] * h, others.T @ h])
    outputs.descend(torch.cat([targets, rows]), du, torch.cat([-right, others.sum(0)]), rate)
    return dh, others.sum(1) - right


@dataclass(frozen=True, eq=False)
class Softmax:
    """Input and output rows, and the objective by which they learn.

    inputs, outputs: the rows, which change
    bags: the inputs where each is the mean of several rows; None where each is a row
    in_order: whether inputs stand one after another in h, or are averaged
    size: how many questions make a batch
    """

    inputs: Table
    outputs: Table
    bags: BagTable | None
    objective: Objective
    in_order: bool
    size: int

    def learn(self, questions: Questions, rate: float, generator: np.random.Generator) -> None:
        """Answer questions, a batch at a time."""
        for batch in batches(questions, self.size, generator, str(self.outputs.matrix.device)):
            self._learn(batch, rate, generator)

    def _learn(self, batch: Batch, rate: float, generator: np.random.Generator) -> None:
        inputs: Inputs = self.bags or self.inputs
        x, sizes = inputs.rows(batch.inputs), batch.sizes  # (N, d), (Q,)
        if self.in_order:
            h = x.view(len(sizes), -1)  # (Q, C d)
        else:
            h = mean_rows(x, Bags(torch.arange(len(x), device=x.device), sizes.cumsum(0) - sizes, sizes))  # (Q, d)
        dh, pull = learn(self.objective, h, batch.targets, self.outputs, rate, generator)
        owner = torch.repeat_interleave(sizes)  # (N,), the question that each input is part of
        if self.in_order:
            inputs.descend(batch.inputs, dh.view(x.shape), pull[owner], rate)
        else:
            # As in the authors' programs, each input is given all of dh. It moves another h by its share only.
            inputs.descend(batch.inputs, dh[owner], (pull / sizes)[owner], rate)

    def learned(self) -> tuple[Floats, Floats]:
        """Return the input and the output rows as they are now."""
        return self.inputs.numpy(), self.outputs.numpy()


def batches(questions: Questions, size: int, generator: np.random.Generator, device: str) -> Iterator[Batch]:
    """Put questions into batches of this size, in random order: neighbours would ask the same rows at once."""
    sizes = np.diff(questions.ends, prepend=0)  # (Q,)
    order = generator.permutation(len(sizes))
    for start in range(0, len(order), size):
        chosen = order[start : start + size]
        moved = questions.ends[chosen] - sizes[chosen].cumsum()  # from its place in the batch to that in questions
        inputs = questions.rows[np.arange(sizes[chosen].sum()) + np.repeat(moved, sizes[chosen])]
        columns = (inputs, sizes[chosen], questions.targets[chosen])
        yield Batch(*(torch.as_tensor(column, dtype=torch.int64, device=device) for column in columns))
