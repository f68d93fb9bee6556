"""The order of the nodes of a tree."""

from __future__ import annotations

import pytest

from reference.trees.tree import Tree, post_order


def test_children_come_before_their_parent_and_the_root_last() -> None:
    assert post_order(((4, 1), (2, (3, 1)))) == [4, 1, (0, 1), 2, 3, 1, (4, 5), (3, 6), (2, 7)]
    assert post_order(7) == [7]


def test_a_sentence_may_be_as_deep_as_it_is_long() -> None:
    tree: Tree = 0
    for word in range(1, 10_000):
        tree = (tree, word)
    nodes = post_order(tree)
    assert len(nodes) == 19_999
    assert nodes[-1] == (19_996, 19_997)


@pytest.mark.parametrize("wrong", [(1,), (1, 2, 3), (0, -1), "word", (0, None), 1.5])
def test_what_is_no_tree_is_refused_with_what_a_tree_is(wrong: object) -> None:
    with pytest.raises(ValueError, match="is no tree: a tree is the number of a word, 0 or more, or a pair"):
        post_order(wrong)  # type: ignore[arg-type]
