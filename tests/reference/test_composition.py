"""Every composition against torch and against central differences: one step, many phrases side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from tests.reference.compositions import COMPOSITIONS, TREE_LSTM, Composition
from tests.reference.oracles import Draw, assert_agree, central_differences, gradient, tensor

if TYPE_CHECKING:
    from reference.activations import Array

EACH = pytest.mark.parametrize("composition", COMPOSITIONS.values(), ids=COMPOSITIONS)


@EACH
@pytest.mark.parametrize(("d", "m"), [(1, 1), (3, 5), (16, 4)])
def test_a_composition_agrees_with_torch_in_values_and_gradients(composition: Composition, d: int, m: int) -> None:
    draw, n = Draw(1), composition.copies * d
    parameters, left, right, dp = composition.parameters(draw, d, d), draw(n, m), draw(n, m), draw(n, m)
    leaves = {name: tensor(array) for name, array in {"left": left, "right": right, **parameters}.items()}
    expected = composition.compose_by_torch(leaves["left"], leaves["right"], leaves)
    torch.autograd.backward(expected, torch.tensor(dp))

    p, cache = composition.compose(left, right, parameters)
    assert_agree({"p": p}, {"p": expected.detach().numpy()})
    read = {f"d{name}": gradient(leaf) for name, leaf in leaves.items() if leaf.grad is not None}
    assert len(read) > len(composition.shapes(d, d)) // 2
    assert_agree(composition.compose_backward(dp, cache), read)


@EACH
def test_a_composition_agrees_with_central_differences_in_every_entry(composition: Composition) -> None:
    draw, n = Draw(2), composition.copies * 2
    parameters, left, right, dp = composition.parameters(draw, 2, 2), draw(n, 3), draw(n, 3), draw(n, 3)
    found = composition.compose_backward(dp, composition.compose(left, right, parameters)[1])
    learned = {name: array for name, array in parameters.items() if f"d{name}" in found}

    def loss(left: Array, right: Array, **moved: Array) -> float:
        return float((dp * composition.compose(left, right, {**parameters, **moved})[0]).sum())

    assert_agree(found, central_differences(loss, left=left, right=right, **learned), 1e-8)


def test_the_leaf_of_a_tree_lstm_agrees_with_torch_and_with_central_differences() -> None:
    draw = Draw(3)
    parameters, x, dp = TREE_LSTM.parameters(draw, 4, 3), draw(4, 5), draw(6, 5)
    p, cache = TREE_LSTM.leaf(x, parameters)
    found = TREE_LSTM.leaf_backward(dp, cache)
    learned = {name: parameters[name] for name in ("Wi", "Wo", "Wu", "bi", "bo", "bu")}

    def loss(x: Array, **moved: Array) -> float:
        return float((dp * TREE_LSTM.leaf(x, moved)[0]).sum())

    assert_agree(found, central_differences(loss, x=x, **learned), 1e-8)
    leaves = {name: tensor(array) for name, array in {"x": x, **learned}.items()}
    expected = TREE_LSTM.leaf_by_torch(leaves["x"], leaves)
    torch.autograd.backward(expected, torch.tensor(dp))
    assert_agree({"p": p}, {"p": expected.detach().numpy()})
    assert_agree(found, {f"d{name}": gradient(leaf) for name, leaf in leaves.items()})
