"""Rows that are learned, and steps downhill for many of them at once.

In a batch one row may be asked to move a hundred times, each time as if it had not moved yet. Stochastic gradient
descent would move it and ask again; adding up all hundred overshoots, and the vectors of the most frequent words grow
without bound. So a row is moved by what damping leaves of the sum:

    u <- u - a G / (1 + a P)        G = sum of g h,  P = sum of |g|, over all questions in which the row took part

a is the learning rate, g the derivative of the loss by the score u h. A logistic function is never steeper than its
distance from 0 or from 1, so P |h|^2 bounds the curvature along the step and, with |h| about 1, the step is one of
Newton's where P is large; where a P is small, as for all but the frequent words, it is the plain one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import torch

if TYPE_CHECKING:
    import numpy as np


class Inputs(Protocol):
    """Whatever has a vector for each word, and can move it."""

    def rows(self, numbers: torch.Tensor) -> torch.Tensor:
        """Return the vectors of words (...), as (..., d)."""

    def descend(self, numbers: torch.Tensor, gradient: torch.Tensor, pull: torch.Tensor, rate: float) -> None:
        """Move the vectors of words (...) downhill, given the gradient (..., d) and the pull (...) at each."""


class Table:
    """Vectors that are learned, a row for each thing, and one more that stands for nothing and is never asked."""

    def __init__(self, matrix: torch.Tensor, fixed: int = 0) -> None:
        """Start from matrix (V, d), on the device where it lies; the first so many rows stay as they are."""
        self.matrix = torch.cat([matrix, matrix.new_zeros(1, matrix.shape[1])])  # (V + 1, d)
        self._pull = matrix.new_zeros(len(self.matrix))  # (V + 1,), zero between steps
        self._moves = matrix.new_ones(len(self.matrix))  # (V + 1,), 0 for rows that stay
        self._moves[:fixed] = self._moves[-1] = 0

    def rows(self, numbers: torch.Tensor) -> torch.Tensor:
        """Return the rows of these numbers (...), as (..., d)."""
        return self.matrix.index_select(0, numbers.flatten()).view(*numbers.shape, -1)

    def descend(self, numbers: torch.Tensor, gradient: torch.Tensor, pull: torch.Tensor, rate: float) -> None:
        """Move rows downhill; one that is named several times moves by all its gradients together, damped.

        The gradient is used up: its memory serves for the step.

        numbers (...), gradient (..., d), pull (...): rows, the gradient for each, and the sum of |g| behind it
        """
        rows, moves = numbers.flatten(), gradient.reshape(-1, gradient.shape[-1])  # (n,), (n, d)
        P = self._pull.scatter_add_(0, rows, pull.flatten()).index_select(0, rows)  # (n,)
        self._pull.index_fill_(0, rows, 0)
        moves.mul_((-rate * self._moves.index_select(0, rows) / (1 + rate * P))[:, None])
        self.matrix.scatter_add_(0, rows[:, None].expand_as(moves), moves)

    def numpy(self) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        """Return the rows (V, d), without the one that stands for nothing."""
        return self.matrix[:-1].cpu().numpy()
