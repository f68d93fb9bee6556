"""The recursive auto-encoder against torch and central differences, and the trees that it finds."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from reference.trees.recursive_autoencoder import (
    autoencoder_gradients,
    autoencoder_loss,
    greedy_tree,
    reconstruction_backward,
    reconstruction_forward,
)
from tests.reference.oracles import Draw, assert_agree, central_differences, gradient, tensor

if TYPE_CHECKING:
    from reference.activations import Array
    from reference.trees.tree import Tree

TREES: list[Tree] = [(0, 1), ((0, 1), (2, (3, 1))), ((((0, 1), 2), 3), 4)]


def drawn_parameters(draw: Draw, d: int) -> dict[str, Array]:
    shapes = {"We": (d, 2 * d), "be": (d, 1), "Wd": (2 * d, d), "bd": (2 * d, 1)}
    return {name: draw(*shape) / 2 for name, shape in shapes.items()}


def by_recursion(tree, L, P):
    """Return the vector, the number of words and the summed error of a tree, with torch."""
    if isinstance(tree, int):
        return L[:, tree], 1, 0.0
    (b, n_b, E_b), (c, n_c, E_c) = (by_recursion(part, L, P) for part in tree)
    phrase = torch.tanh(P["We"] @ torch.cat([b, c]) + P["be"][:, 0])
    p = torch.nn.functional.normalize(phrase, dim=0)
    left, right = (P["Wd"] @ p + P["bd"][:, 0]).chunk(2)
    mse = torch.nn.functional.mse_loss
    E = (n_b * mse(left, b, reduction="sum") + n_c * mse(right, c, reduction="sum")) / (n_b + n_c)
    return p, n_b + n_c, E_b + E_c + E


@pytest.mark.parametrize("tree", TREES, ids=str)
@pytest.mark.parametrize("d", [2, 5])
def test_the_loss_of_a_tree_agrees_with_a_recursion_in_torch_in_value_and_gradients(tree: Tree, d: int) -> None:
    draw = Draw(1)
    L, parameters = draw(d, 6), drawn_parameters(draw, d)
    leaves = {name: tensor(array) for name, array in {"L": L, **parameters}.items()}
    _, _, expected = by_recursion(tree, leaves["L"], leaves)
    torch.autograd.backward(expected)

    J, cache = autoencoder_loss(tree, L, parameters)
    np.testing.assert_allclose(J, expected.item(), rtol=1e-12)
    gradients = {f"d{name}": gradient(leaf) for name, leaf in leaves.items()}
    assert_agree(autoencoder_gradients(cache), gradients)
    assert_agree(autoencoder_gradients(cache), gradients)


def test_a_reconstruction_agrees_with_central_differences_in_every_entry() -> None:
    draw = Draw(2)
    parameters, left, right, dp, dE = drawn_parameters(draw, 2), draw(2, 3), draw(2, 3), draw(2, 3), draw(3)
    words = np.array([1.0, 4.0, 2.0]), np.array([3.0, 1.0, 2.0])

    def loss(left: Array, right: Array, **moved: Array) -> float:
        p, E, _ = reconstruction_forward(left, right, *words, moved)
        return float((dp * p).sum() + dE @ E)

    expected = central_differences(loss, left=left, right=right, **parameters)
    cache = reconstruction_forward(left, right, *words, parameters)[2]
    assert_agree(reconstruction_backward(dp, dE, cache), expected, 1e-8)


def test_a_single_word_has_no_error_and_asks_nothing() -> None:
    draw = Draw(3)
    J, cache = autoencoder_loss(1, draw(2, 3), drawn_parameters(draw, 2))
    assert J == 0
    assert not any(found.any() for found in autoencoder_gradients(cache).values())


def test_the_error_of_a_longer_part_weighs_more() -> None:
    parameters = {"We": np.eye(1, 2), "be": np.zeros((1, 1)), "Wd": np.zeros((2, 1)), "bd": np.zeros((2, 1))}
    one, two = np.array([[1.0]]), np.array([[2.0]])
    _, E, _ = reconstruction_forward(one, two, np.array([3.0]), np.array([1.0]), parameters)
    np.testing.assert_allclose(E, 3 / 4 * 1 + 1 / 4 * 4)


@pytest.mark.parametrize("seed", range(12))
def test_the_greedy_tree_is_the_one_that_a_plain_search_finds_and_keeps_the_order_of_words(seed: int) -> None:
    draw = Draw(seed)
    L, parameters, words = draw(3, 9), drawn_parameters(draw, 3), [4, 1, 1, 7, 0, 2]
    parts = [(word, L[:, [word]], 1.0) for word in words]
    while len(parts) > 1:
        tried = []
        for k, ((_, b, n_b), (_, c, n_c)) in enumerate(pairwise(parts)):
            p, E, _ = reconstruction_forward(b, c, np.array([n_b]), np.array([n_c]), parameters)
            tried.append((E[0], k, p))
        _, k, p = min(tried, key=lambda each: each[0])
        parts[k : k + 2] = [((parts[k][0], parts[k + 1][0]), p, parts[k][2] + parts[k + 1][2])]
    tree = greedy_tree(words, L, parameters)
    assert tree == parts[0][0]
    assert [int(number) for number in str(tree).replace("(", "").replace(")", "").split(",")] == words


def test_a_tree_of_no_words_is_refused() -> None:
    with pytest.raises(ValueError, match="a sentence without words has no tree"):
        greedy_tree([], np.zeros((2, 3)), drawn_parameters(Draw(5), 2))


def test_descent_makes_the_parts_easier_to_tell() -> None:
    draw = Draw(6)
    L, parameters, tree = draw(4, 5), drawn_parameters(draw, 4), TREES[1]
    first, _ = autoencoder_loss(tree, L, parameters)
    for _ in range(300):
        gradients = autoencoder_gradients(autoencoder_loss(tree, L, parameters)[1])
        parameters = {name: array - 0.02 * gradients[f"d{name}"] for name, array in parameters.items()}
    assert autoencoder_loss(tree, L, parameters)[0] < first / 10
