"""Word vectors: words, and a row of a matrix for each.

Every model of this course that makes vectors gives them in this form, every file of vectors is read into it, and all
that is done with vectors takes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.floating[Any]]


@dataclass(frozen=True, eq=False)
class WordVectors:
    """Words and their vectors.

    words: V words, each once
    matrix (V, d): float32 or float64, row i belongs to words[i]
    """

    words: tuple[str, ...]
    matrix: Matrix

    @cached_property
    def index(self) -> dict[str, int]:
        """The row of each word."""
        return {word: row for row, word in enumerate(self.words)}

    @cached_property
    def unit(self) -> Matrix:
        """The matrix with every row brought to length one; a row of zeros stays as it is."""
        lengths = np.linalg.norm(self.matrix, axis=1, keepdims=True)
        unit: Matrix = self.matrix / np.where(lengths > 0, lengths, 1)
        return unit

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: object) -> bool:
        return word in self.index

    def __getitem__(self, word: str) -> Matrix:
        row: Matrix = self.matrix[self.index[word]]
        return row
