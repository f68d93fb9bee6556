"""The recursive network over whole trees: against a recursion in torch and against central differences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from reference.trees.composition import compose_backward, compose_forward
from reference.trees.recursive_net import recursive_backward, recursive_forward
from tests.reference.compositions import COMPOSITIONS, TREE_LSTM, Composition
from tests.reference.oracles import Draw, assert_agree, central_differences, gradient, tensor

if TYPE_CHECKING:
    from reference.activations import Array
    from reference.trees.tree import Tree

# One word; a phrase; a word that occurs twice; a chain to the left; a chain to the right.
TREES: list[Tree] = [0, (0, 1), ((0, 1), (2, (3, 1))), ((((0, 1), 2), 3), 4), (0, (1, (2, (3, 4))))]
EACH = pytest.mark.parametrize("composition", COMPOSITIONS.values(), ids=COMPOSITIONS)
EACH_TREE = pytest.mark.parametrize("tree", TREES, ids=str)


def by_recursion(tree, L, P, composition: Composition):
    if isinstance(tree, int):
        return [composition.leaf_by_torch(L[:, [tree]], P)]
    left, right = (by_recursion(part, L, P, composition) for part in tree)
    return [*left, *right, composition.compose_by_torch(left[-1], right[-1], P)]


@EACH
@EACH_TREE
def test_a_tree_agrees_with_a_recursion_in_torch_in_values_and_gradients(tree: Tree, composition: Composition) -> None:
    draw, d = Draw(1), 4
    n_x = 3 if composition is TREE_LSTM else d
    parameters, L = composition.parameters(draw, n_x, d), draw(n_x, 6)
    leaves = {name: tensor(array) for name, array in {"L": L, **parameters}.items()}
    expected = torch.cat(by_recursion(tree, leaves["L"], leaves, composition), dim=1)
    dp = draw(*expected.shape)
    torch.autograd.backward(expected, torch.tensor(dp))

    p, cache = recursive_forward(tree, L, parameters, leaf=composition.leaf, compose=composition.compose)
    assert_agree({"p": p}, {"p": expected.detach().numpy()})
    parts = {"leaf_backward": composition.leaf_backward, "compose_backward": composition.compose_backward}
    found = recursive_backward(dp, cache, **parts)
    unread = {name for name, leaf in leaves.items() if leaf.grad is None}  # the composition, where there is one word
    expected_gradients = {f"d{name}": np.zeros(leaf.shape) for name, leaf in leaves.items()}
    expected_gradients |= {f"d{name}": gradient(leaf) for name, leaf in leaves.items() if name not in unread}
    assert_agree(found, expected_gradients)
    assert_agree(recursive_backward(dp, cache, **parts), expected_gradients)


@EACH
def test_a_tree_agrees_with_central_differences_in_every_entry(composition: Composition) -> None:
    draw, tree = Draw(2), ((0, 1), (2, 0))
    parameters, L = composition.parameters(draw, 2, 2), draw(2, 4)
    parts = {"leaf": composition.leaf, "compose": composition.compose}
    p, cache = recursive_forward(tree, L, parameters, **parts)
    dp = draw(*p.shape)

    def loss(L: Array, **moved: Array) -> float:
        return float((dp * recursive_forward(tree, L, moved, **parts)[0]).sum())

    expected = central_differences(loss, L=L, **parameters)
    found = recursive_backward(
        dp, cache, leaf_backward=composition.leaf_backward, compose_backward=composition.compose_backward
    )
    assert_agree(found, expected, 1e-8)


def test_words_that_do_not_occur_have_no_gradient_and_repeated_ones_the_sum() -> None:
    draw = Draw(3)
    parameters, L, dp = {"W": draw(2, 4), "b": draw(2, 1)}, draw(2, 5), draw(2, 3)
    once = recursive_backward(dp, recursive_forward((1, 2), L, parameters)[1])["dL"]
    assert not once[:, [0, 3, 4]].any()
    same = L[:, [0, 1, 1, 3, 4]]
    twice = recursive_backward(dp, recursive_forward((1, 1), same, parameters)[1])["dL"]
    apart = recursive_backward(dp, recursive_forward((1, 2), same, parameters)[1])["dL"]
    np.testing.assert_allclose(twice[:, 1], apart[:, 1] + apart[:, 2])


def test_the_backward_pass_leaves_its_input_as_it_is() -> None:
    draw = Draw(4)
    parameters = {"W": draw(2, 4), "b": draw(2, 1)}
    _, cache = recursive_forward(((0, 1), 2), draw(2, 3), parameters)
    dp = np.array(draw(2, 5))
    before = dp.copy()
    recursive_backward(dp, cache)
    np.testing.assert_array_equal(dp, before)


def test_another_composition_can_take_the_place_of_the_reference_s() -> None:
    draw = Draw(5)
    parameters, L = {"W": draw(2, 4), "b": draw(2, 1)}, draw(2, 3)

    def doubled(left: Array, right: Array, parameters: dict[str, Array]):
        p, cache = compose_forward(left, right, parameters)
        return 2 * p, cache

    p, cache = recursive_forward(((0, 1), 2), L, parameters, compose=doubled)  # type: ignore[arg-type]
    np.testing.assert_array_equal(p[:, [2]], 2 * compose_forward(L[:, [0]], L[:, [1]], parameters)[0])
    found = recursive_backward(
        np.ones((2, 5)), cache, compose_backward=lambda dp, cache: compose_backward(0 * dp, cache)
    )
    assert not found["dW"].any()
    np.testing.assert_array_equal(found["dL"], 1)
