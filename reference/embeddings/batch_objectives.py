"""The four objectives for many words at once: what objectives.py does for one, as products of matrices.

A batch has G groups of R vectors h that predict and C words to be predicted, and links (G, R, C) say which h is asked
for which word, and how often. Each objective scores them, and returns the derivatives g of the loss by the scores. All
the rest is alike: what is asked of h is g u, what is asked of u is g h.

Noise is drawn once for each of B stretches of 32 centres and shared by all that are asked for them: K words instead of
k for each question, each counting k/K (S. Ji et al., arXiv:1604.04661, 2016). The mean is the same, and the work
becomes matrix products.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, NamedTuple, Protocol

import torch

from reference.embeddings.alias import alias_table
from reference.embeddings.blocks import WORDS
from reference.embeddings.huffman import huffman_routes

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from reference.activations import Array
    from reference.embeddings.tables import Table


class Errors(NamedTuple):
    """What the scores of some output rows should change by.

    rows (B, C): the numbers of the rows
    u (B, C, d): their vectors
    g (B, R, C): the derivative of the loss by the score of each of R vectors h with each row
    """

    rows: torch.Tensor
    u: torch.Tensor
    g: torch.Tensor


class Objective(Protocol):
    """Whatever turns vectors h and the words that they should predict into errors."""

    def errors(self, h: torch.Tensor, links: torch.Tensor, centres: torch.Tensor, outputs: Table) -> list[Errors]:
        """Score h (G, R, d), linked by links (G, R, C) to centres (G, C), and say how the scores should change."""


class Noise:
    """Words drawn by the alias method, on the device where training runs."""

    def __init__(self, q: Array, generator: torch.Generator) -> None:
        """Draw from the distribution q (V,)."""
        share, alias = alias_table(q)
        self.q = torch.tensor(q, dtype=torch.float32, device=generator.device)
        self._generator = generator
        self._share = torch.tensor(share, dtype=torch.float32, device=generator.device)
        self._alias = torch.tensor(alias, device=generator.device)

    def draw(self, blocks: int, n: int) -> torch.Tensor:
        """Return numbers of words (blocks, n)."""
        device = self._generator.device
        columns = torch.randint(len(self.q), (blocks, n), generator=self._generator, device=device)
        own = torch.rand(blocks, n, generator=self._generator, device=device) < self._share[columns]
        return torch.where(own, columns, self._alias[columns])


@dataclass(frozen=True, eq=False)
class NegativeSampling:
    """Is this the right word, or noise? negatives: k, noise for each question; drawn: K, shared by 32 words."""

    noise: Noise
    negatives: int
    drawn: int

    def errors(self, h: torch.Tensor, links: torch.Tensor, centres: torch.Tensor, outputs: Table) -> list[Errors]:
        """Return the errors at the right words, and at the noise."""
        u = outputs.rows(centres)  # (G, C, d)
        right = (torch.sigmoid(h @ u.mT) - 1).mul_(links)  # (G, R, C)
        B = centres.numel() // WORDS
        rows = self.noise.draw(B, self.drawn)  # (B, K)
        v = outputs.rows(rows)  # (B, K, d)
        asked = links.sum(2).view(B, -1, 1) * (self.negatives / self.drawn)  # (B, R, 1)
        wrong = torch.sigmoid(h.reshape(B, -1, h.shape[2]) @ v.mT).mul_(asked)  # (B, R, K)
        return [Errors(centres, u, right), Errors(rows, v, wrong)]


@dataclass(frozen=True, eq=False)
class SampledSoftmax:
    """Which of K drawn words and the right one is it? A word that is drawn often has its score lowered for that."""

    noise: Noise
    drawn: int

    def errors(self, h: torch.Tensor, links: torch.Tensor, centres: torch.Tensor, outputs: Table) -> list[Errors]:
        """Return the errors at the right words, and at those drawn."""
        expected = torch.log(self.drawn * self.noise.q).clamp_min(-30)  # (V,)
        expected = torch.cat([expected, expected.new_zeros(1)])
        u = outputs.rows(centres)  # (G, C, d)
        right = h @ u.mT - expected[centres][:, None]  # (G, R, C)
        B = centres.numel() // WORDS
        rows = self.noise.draw(B, self.drawn)  # (B, K)
        v = outputs.rows(rows)  # (B, K, d)
        wrong = h.reshape(B, -1, h.shape[2]) @ v.mT - expected[rows][:, None]  # (B, R, K)
        rivals = wrong.logsumexp(2).view(*h.shape[:2], 1)  # (G, R, 1), the log of what all drawn words add up to
        miss = torch.sigmoid(rivals - right).mul_(links)  # (G, R, C), how probable it is not to be the right word
        share = miss.sum(2).view(B, -1, 1)  # (B, R, 1), what falls to the drawn words together
        return [Errors(centres, u, -miss), Errors(rows, v, torch.softmax(wrong, 2) * share)]


class FullSoftmax:
    """Which of all V words is it? Exact, and V products for each h."""

    def errors(self, h: torch.Tensor, links: torch.Tensor, centres: torch.Tensor, outputs: Table) -> list[Errors]:
        """Return the errors at the right words, and at all words."""
        rows = torch.arange(len(outputs.matrix) - 1, device=h.device)[None]  # (1, V)
        v = outputs.matrix[None, :-1]  # (1, V, d)
        p = torch.softmax(h.reshape(1, -1, h.shape[2]) @ v.mT, 2)  # (1, G R, V)
        return [
            Errors(centres, outputs.rows(centres), -links),
            Errors(rows, v, p.mul_(links.sum(2).view(1, -1, 1))),
        ]


@dataclass(frozen=True, eq=False)
class HierarchicalSoftmax:
    """Which way at each fork on the way to the word? The output rows are the forks of Huffman's tree.

    paths (V + 1, L): the forks on the way to each word, filled up with V - 1
    codes (V + 1, L): the turns, filled up with 0
    there (V + 1, L): 1 for a fork, 0 where it was filled up; all 0 for word V, which stands for nothing
    """

    paths: torch.Tensor
    codes: torch.Tensor
    there: torch.Tensor

    @classmethod
    def of(cls, counts: Sequence[int] | np.ndarray[tuple[int], np.dtype[np.int64]], device: str) -> HierarchicalSoftmax:
        """Build the tree for words seen this often, counts (V,)."""
        routes = huffman_routes(counts)
        longest = max((len(route.path) for route in routes), default=0)

        def filled(columns: list[list[int]], value: int) -> torch.Tensor:
            rows = [[*column, *[value] * (longest - len(column))] for column in [*columns, []]]
            return torch.tensor(rows, device=device)

        return cls(
            filled([route.path.tolist() for route in routes], len(routes) - 1),
            filled([route.code.tolist() for route in routes], 0).float(),
            filled([[1] * len(route.path) for route in routes], 0).float(),
        )

    def errors(self, h: torch.Tensor, links: torch.Tensor, centres: torch.Tensor, outputs: Table) -> list[Errors]:
        """Return the errors at the forks on the ways to all C words, (G, R, C L)."""
        rows = self.paths[centres].flatten(1)  # (G, C L)
        u = outputs.rows(rows)  # (G, C L, d)
        asked = (links[..., None] * self.there[centres][:, None]).flatten(2)  # (G, R, C L)
        turn = 1 - self.codes[centres].flatten(1)[:, None]  # (G, 1, C L)
        return [Errors(rows, u, (torch.sigmoid(h @ u.mT) - turn).mul_(asked))]


def learn(
    objective: Objective, h: torch.Tensor, links: torch.Tensor, centres: torch.Tensor, outputs: Table, rate: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Teach the output rows, and return what is asked of h.

    Arguments:
        h (G, R, d): vectors that predict
        links (G, R, C): how often each of them is asked for each word
        centres (G, C): the numbers of the words
        outputs: the output rows; they are changed
        rate: the learning rate

    Returns dh (G, R, d), the gradient at h as h met the rows before they changed, and pull (G, R), the sum of |g|.
    """
    errors = objective.errors(h, links, centres, outputs)
    dh = reduce(torch.Tensor.add_, (_product(each.g, each.u).view(h.shape) for each in errors))
    pull = reduce(torch.Tensor.add_, (each.g.abs().sum(2).view(h.shape[:2]) for each in errors))
    for each in errors:
        du = _product(each.g.mT, h.reshape(len(each.g), -1, h.shape[2]))  # (B, C, d)
        outputs.descend(each.rows, du, each.g.abs().sum(1), rate)
    return dh, pull


def _product(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Return a @ b; columns times rows are one multiplication each, which torch does many times faster without @."""
    return a * b if a.shape[2] == 1 else a @ b
