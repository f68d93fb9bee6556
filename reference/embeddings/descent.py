"""Stochastic gradient descent as the papers have it: one question after another, each by the vectors as they are then.

A question is answered by yes or no at some output rows, y_j = 1 or 0: at the right word and at noise, or at the forks
on the way to the word (see logistic.py). For inputs x_1 ... x_C, each the mean of its parts v:

    h   = (x_1 + ... + x_C) / C,  or in order  (x_1; ...; x_C)
    g_j = s(u_j h) - y_j                          dh = sum_j g_j u_j
    u_j <- u_j - a g_j h                          v <- v - a dh, or in order the piece of dh that is its own

Each part is given the whole of dh instead of its share, as in the authors' programs; all else is the gradient step for
the losses in objectives.py. A word has one part, itself, and in FastText its n-grams too.

Such steps are too small for operations on arrays, and so the loops are spelled out, and compiled by Numba.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reference.embeddings.questions import Questions

Floats = NDArray[np.float32]
Numbers = NDArray[np.integer[Any]]

# Sums may be taken in any order, so that several entries are added at once; other threads run meanwhile.
compiled = njit(fastmath={"reassoc", "contract"}, nogil=True, error_model="numpy", cache=True)


class Rows(NamedTuple):
    """Vectors that are learned: matrix (n, d), of which the first so many rows are fixed and stay as they are."""

    matrix: Floats
    fixed: int = 0


class Parts(NamedTuple):
    """The rows that each input is the mean of: those of input i are rows[starts[i] : starts[i] + sizes[i]]."""

    rows: Numbers
    starts: Numbers
    sizes: Numbers

    @classmethod
    def of(cls, parts: Sequence[Sequence[int]]) -> Parts:
        """Put together the parts of n inputs, and of one more that has none and stands for nothing."""
        sizes = np.array([*map(len, parts), 0])
        rows = np.fromiter(chain.from_iterable(parts), dtype=np.int64)
        return cls(rows, sizes.cumsum() - sizes, sizes)


class Answers(NamedTuple):
    """What is right at which output rows: for question q at rows[starts[q] : ends[q]], 1 for yes and 0 for no.

    rows (M,): int32; right (M,): float32; starts, ends (Q,)
    """

    rows: Numbers
    right: Floats
    starts: Numbers
    ends: Numbers


@compiled
def descend(inputs: Rows, outputs: Rows, questions: Questions, parts: Parts, answers: Answers, rate: float) -> None:
    """Answer one question after another, and move input and output rows downhill after each."""
    W, U, a = inputs.matrix, outputs.matrix, np.float32(rate)
    h, dh = np.empty(U.shape[1], np.float32), np.empty(U.shape[1], np.float32)
    g = np.empty((answers.ends - answers.starts).max(), np.float32)
    # Of one piece for a mean, of C pieces for inputs in order.
    h_pieces, dh_pieces = h.reshape(-1, W.shape[1]), dh.reshape(-1, W.shape[1])
    begin = 0
    for q in range(len(questions.ends)):
        x = questions.rows[begin : questions.ends[q]]
        begin = questions.ends[q]
        asked = answers.rows[answers.starts[q] : answers.ends[q]]
        right = answers.right[answers.starts[q] : answers.ends[q]]
        read_inputs(h_pieces, W, x, parts)
        answer(dh, g, U, outputs.fixed, h, asked, right, a)
        move_inputs(W, inputs.fixed, x, parts, dh_pieces, a)


@compiled
def read_inputs(h: Floats, W: Floats, x: Numbers, parts: Parts) -> None:
    """Make h of the inputs x: their mean where it has one piece (1, d), else each a piece of it (C, d)."""
    h[:] = 0
    for c in range(len(x)):
        start, size = parts.starts[x[c]], parts.sizes[x[c]]
        piece, share = min(c, len(h) - 1), np.float32(1) / np.float32(size * (len(x) if len(h) == 1 else 1))
        for row in parts.rows[start : start + size]:
            for i in range(W.shape[1]):
                h[piece, i] += share * W[row, i]


@compiled
def answer(
    dh: Floats, g: Floats, U: Floats, fixed: int, h: Floats, asked: Numbers, right: Floats, a: np.float32
) -> None:
    """Let h score the rows asked, put the gradient at h into dh, and move the rows."""
    dh[:] = 0
    for j in range(len(asked)):
        u, score = asked[j], np.float32(0)
        for i in range(len(h)):
            score += U[u, i] * h[i]
        g[j] = np.float32(1) / (np.float32(1) + np.exp(-score)) - right[j]
    for j in range(len(asked)):
        u, error = asked[j], g[j]
        for i in range(len(h)):
            dh[i] += error * U[u, i]
    for j in range(len(asked)):
        u, step = asked[j], a * g[j]
        if u >= fixed:
            for i in range(len(h)):
                U[u, i] -= step * h[i]


@compiled
def move_inputs(W: Floats, fixed: int, x: Numbers, parts: Parts, dh: Floats, a: np.float32) -> None:
    """Move all parts of the inputs x by the whole of dh (1, d), or by the piece of it (C, d) that is theirs."""
    for c in range(len(x)):
        start, size = parts.starts[x[c]], parts.sizes[x[c]]
        piece = min(c, len(dh) - 1)
        for row in parts.rows[start : start + size]:
            if row >= fixed:
                for i in range(W.shape[1]):
                    W[row, i] -= a * dh[piece, i]
