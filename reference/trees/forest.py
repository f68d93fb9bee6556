"""Many trees at once, for torch: the nodes of all of them, level by level.

Node by node a tree is a few hundred tiny products; what can be worked out side by side are the nodes of one height,
over all trees of a batch. Words have height 0, a phrase one more than the higher of its parts, so that when a height is
reached, the parts of all its phrases are there.

    height 0    every word of every tree, side by side
    height k    every phrase whose higher part has height k - 1

A forest numbers its nodes by height, words first; `place` says where each tree's nodes, in post-order, have come to
lie.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch

from reference.trees.tree import Tree, post_order

if TYPE_CHECKING:
    from collections.abc import Sequence


class Forest(NamedTuple):
    """Trees, laid out level by level.

    words (N_0,): the numbers of the words, which are the nodes 0 to N_0 - 1
    levels: for each height from 1 on the nodes (2, n) of the left and of the right parts of its n phrases
    place (N,): where the nodes lie, tree after tree, each in post-order
    roots (number of trees,): which of the nodes, tree after tree, are the roots
    """

    words: torch.Tensor
    levels: tuple[torch.Tensor, ...]
    place: torch.Tensor
    roots: torch.Tensor


def plant(trees: Sequence[Tree]) -> Forest:
    """Lay out trees level by level."""
    nodes: list[tuple[int, int]] = []
    heights: list[int] = []
    roots: list[int] = []
    for tree in trees:
        first = len(nodes)
        for node in post_order(tree):
            if isinstance(node, tuple):
                left, right = first + node[0], first + node[1]
                nodes.append((left, right))
                heights.append(1 + max(heights[left], heights[right]))
            else:
                nodes.append((node, node))
                heights.append(0)
        roots.append(len(nodes) - 1)
    height, pairs = torch.tensor(heights), torch.tensor(nodes)  # (N,), (N, 2)
    order = torch.argsort(height, stable=True)
    place = torch.empty_like(order)
    place[order] = torch.arange(len(order))
    first_level, *others = torch.split(order, torch.bincount(height).tolist())
    levels = tuple(place[pairs[level]].T for level in others)  # (2, n) each
    return Forest(pairs[first_level, 0], levels, place, torch.tensor(roots))
