"""Huffman's tree: a binary tree with the words for leaves, the frequent ones near its root.

The two rarest are joined again and again, until one tree is left; what was joined counts as much as both. No other
binary tree makes paths shorter on average, which is what the hierarchical softmax pays for.

D. A. Huffman, "A method for the construction of minimum-redundancy codes", Proceedings of the IRE 40 (1952). With two
queues instead of a heap, as in word2vec's own program: joined trees come out in the order of their counts anyway.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

Numbers = NDArray[np.integer[Any]]


class Route(NamedTuple):
    """The way from the root to a word: at fork path[j] turn code[j], 0 or 1. The root is fork V - 2.

    path (L,), code (L,)
    """

    path: Numbers
    code: Numbers


def huffman_routes(counts: Sequence[int] | Numbers) -> list[Route]:
    """Build Huffman's tree and return the way to each word.

    Arguments:
        counts (V,): how often each word was seen

    Returns V routes. The V - 1 forks have the numbers 0 to V - 2, in the order in which they were joined; the rarer of
    two branches has code 0, and of equally rare ones a word before a fork, and the last word before others.
    """
    parent, turn = _join(counts)
    return [_climb(word, parent, turn) for word in range(len(counts))]


def _join(counts: Sequence[int] | Numbers) -> tuple[list[int], list[int]]:
    """Return for each node its parent and the way there, 0 or 1; words are nodes 0 to V - 1, fork j is node V + j."""
    V = len(counts)
    weight = [int(count) for count in counts]
    words = sorted(range(V), key=lambda word: (weight[word], -word), reverse=True)  # the rarest last
    forks: list[int] = []  # in the order in which they were made, and so by rising weight
    parent, turn, taken = [0] * (2 * V - 1), [0] * (2 * V - 1), 0
    for node in range(V, 2 * V - 1):
        weight.append(0)
        for way in (0, 1):
            if words and (taken == len(forks) or weight[words[-1]] <= weight[forks[taken]]):
                rarest = words.pop()
            else:
                rarest, taken = forks[taken], taken + 1
            parent[rarest], turn[rarest] = node, way
            weight[node] += weight[rarest]
        forks.append(node)
    return parent, turn


def _climb(node: int, parent: list[int], turn: list[int]) -> Route:
    """Walk from a word to the root, and return the way back."""
    root = len(parent) - 1
    V = (len(parent) + 1) // 2
    path, code = [], []
    while node != root:
        code.append(turn[node])
        node = parent[node]
        path.append(node - V)
    return Route(np.array(path[::-1], dtype=np.int64), np.array(code[::-1], dtype=np.int64))
