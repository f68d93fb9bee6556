"""Sentiment at every node against torch's cross-entropy, alone and through a whole tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from reference.trees.recursive_net import recursive_backward, recursive_forward
from reference.trees.sentiment import node_sentiment_backward, node_sentiment_forward
from tests.reference.compositions import TREE_LSTM
from tests.reference.oracles import Draw, assert_agree, central_differences, gradient, tensor

if TYPE_CHECKING:
    from reference.activations import Array

LABELS = [0, 2, 1, 2, 0]


@pytest.mark.parametrize("n", [4, 8])
def test_loss_and_gradients_agree_with_torch_also_where_states_are_wider(n: int) -> None:
    draw = Draw(1)
    p, parameters = draw(n, 5), {"Ws": draw(3, 4), "bs": draw(3, 1)}
    leaves = {name: tensor(array) for name, array in {"p": p, **parameters}.items()}
    scores = (leaves["Ws"] @ leaves["p"][:4] + leaves["bs"]).T
    expected = torch.nn.functional.cross_entropy(scores, torch.tensor(LABELS), reduction="sum")
    torch.autograd.backward(expected)

    J, y, cache = node_sentiment_forward(p, LABELS, parameters)
    np.testing.assert_allclose(J, expected.item(), rtol=1e-12)
    assert_agree({"y": y}, {"y": torch.softmax(scores, dim=1).T.detach().numpy()})
    assert_agree(node_sentiment_backward(cache), {f"d{name}": gradient(leaf) for name, leaf in leaves.items()})


def test_a_network_that_is_very_wrong_has_a_large_loss_and_not_an_infinite_one() -> None:
    p, parameters = np.array([[1.0]]), {"Ws": np.array([[0.0], [2000.0]]), "bs": np.zeros((2, 1))}
    assert node_sentiment_forward(p, [0], parameters)[0] == 2000


def test_the_gradient_of_the_loss_reaches_every_parameter_through_the_tree() -> None:
    draw, tree = Draw(2), ((0, 1), 2)
    L, composed = draw(2, 4), TREE_LSTM.parameters(draw, 2, 3)
    output = {"Ws": draw(3, 3), "bs": draw(3, 1)}
    parts = {"leaf": TREE_LSTM.leaf, "compose": TREE_LSTM.compose}

    def loss(L: Array, **moved: Array) -> float:
        return node_sentiment_forward(recursive_forward(tree, L, moved, **parts)[0], LABELS, moved)[0]

    p, cache = recursive_forward(tree, L, composed, **parts)
    found = node_sentiment_backward(node_sentiment_forward(p, LABELS, output)[2])
    found |= recursive_backward(
        found.pop("dp"), cache, leaf_backward=TREE_LSTM.leaf_backward, compose_backward=TREE_LSTM.compose_backward
    )
    assert_agree(found, central_differences(loss, L=L, **composed, **output), 1e-8)
