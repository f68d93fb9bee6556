"""Binary parse trees as nested pairs, and the one order in which their nodes are numbered.

    ((0, 1), (2, 3))        the words 0 and 1 are a phrase, 2 and 3 are another, and the two together are the sentence

A leaf is the number of a word, an inner node the pair of its left and its right child. Nodes come in post-order: the
left part, then the right part, then the node itself. So children come before their parent, words in the order of the
sentence, and the root last.

Left out: nodes with one child or with more than two; a grammar makes pairs of them first.
"""

from __future__ import annotations

from typing import Any, TypeAlias

Tree: TypeAlias = "int | tuple[Tree, Tree]"
Node = int | tuple[int, int]


def post_order(tree: Tree) -> list[Node]:
    """Number the nodes of a tree, children before their parents.

    Arguments:
        tree: the number of a word, or a pair of two trees

    Returns a list with an entry for each node, the root last: the number of the word for a leaf, the pair (left, right)
    of its children's places in the list for an inner node. Raises ValueError for anything else.
    """
    nodes: list[Node] = []
    places: list[int] = []  # of the nodes that have no parent yet
    waiting: list[tuple[Any, bool]] = [(tree, False)]  # not recursion: a sentence may be as deep as it is long
    while waiting:
        node, children_done = waiting.pop()
        if children_done:
            right, left = places.pop(), places.pop()
            nodes.append((left, right))
        elif isinstance(node, tuple | list) and len(node) == 2:
            waiting += [(node, True), (node[1], False), (node[0], False)]
            continue
        else:
            nodes.append(_word(node))
        places.append(len(nodes) - 1)
    return nodes


def _word(node: Any) -> int:
    try:
        if node >= 0 and node == int(node):
            return int(node)
    except (TypeError, ValueError):
        pass
    raise ValueError(f"{node!r} is no tree: a tree is the number of a word, 0 or more, or a pair of two trees")
