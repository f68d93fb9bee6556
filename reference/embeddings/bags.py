"""Vectors that are means of several learned rows: a word of its n-grams, a sentence of its words.

    x_i = mean over rows r of bag i of u_r

In a batch, words recur: each is made once, and what is asked of all its occurrences is added up before it goes on to
the rows. As in fastText's own program, each row is given all that is asked of the mean, so that the mean moves by one
whole step. Damping (tables.py) is that of the mean first; a row then is damped by its share of the pull of all things
that it is part of, for what one asks of it moves another's mean by one part only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch.nn.functional import embedding_bag

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reference.embeddings.tables import Table


class Bags(NamedTuple):
    """Which rows make up each of n things: those of thing i stand from starts[i] on, sizes[i] of them.

    rows (N,), starts (n,), sizes (n,)
    """

    rows: torch.Tensor
    starts: torch.Tensor
    sizes: torch.Tensor

    @classmethod
    def of(cls, bags: Sequence[Sequence[int]], device: str = "cpu") -> Bags:
        """Put together the rows of n things."""
        sizes = np.array([len(bag) for bag in bags], dtype=np.int64)
        rows = np.concatenate([np.zeros(0, dtype=np.int64), *(np.asarray(bag, dtype=np.int64) for bag in bags)])
        columns = (rows, np.cumsum(sizes) - sizes, sizes)
        return cls(*(torch.tensor(column, device=device) for column in columns))

    def of_things(self, things: torch.Tensor) -> Bags:
        """Return the bags of these things (m,), one after another."""
        sizes = self.sizes[things]
        starts = sizes.cumsum(0) - sizes
        moved = torch.repeat_interleave(self.starts[things] - starts, sizes)  # (M,), from here to where they stood
        return Bags(self.rows[torch.arange(len(moved), device=moved.device) + moved], starts, sizes)


def mean_rows(matrix: torch.Tensor, bags: Bags) -> torch.Tensor:
    """Return the mean of each bag's rows of matrix, (n, d); zeros for an empty bag."""
    return embedding_bag(bags.rows, matrix, bags.starts, mode="mean")


class BagTable:
    """Vectors of things that are means of a table's rows; one more thing has an empty bag and stands for nothing."""

    def __init__(self, table: Table, bags: Sequence[Sequence[int]]) -> None:
        """Make thing i of the rows bags[i]."""
        self.table = table
        self._bags = Bags.of([*bags, []], str(table.matrix.device))

    def rows(self, numbers: torch.Tensor) -> torch.Tensor:
        """Return the vectors of things (...), as (..., d)."""
        things, place = torch.unique(numbers, return_inverse=True)
        return mean_rows(self.table.matrix, self._bags.of_things(things))[place]

    def descend(self, numbers: torch.Tensor, gradient: torch.Tensor, pull: torch.Tensor, rate: float) -> None:
        """Move the rows of things (...) downhill, by all that is asked of each, damped; see tables.py."""
        things, place = torch.unique(numbers, return_inverse=True)
        place, gradient = place.flatten(), gradient.reshape(-1, gradient.shape[-1])
        total = gradient.new_zeros(len(things), gradient.shape[1])
        total.scatter_add_(0, place[:, None].expand_as(gradient), gradient)  # (n, d)
        pulls = pull.new_zeros(len(things)).scatter_add_(0, place, pull.flatten())  # (n,)
        total /= (1 + rate * pulls)[:, None]
        bags = self._bags.of_things(things)
        owner = torch.repeat_interleave(bags.sizes)  # (N,), the thing that each row is part of
        self.table.descend(bags.rows, total.index_select(0, owner), (pulls / bags.sizes)[owner], rate)

    def numpy(self) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        """Return the vectors of all things (n, d), without the one that stands for nothing."""
        return mean_rows(self.table.matrix, self._bags)[:-1].cpu().numpy()
