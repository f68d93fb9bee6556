"""A layer and its activations against torch and against central differences."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from reference.networks.dense import ACTIVATIONS, activation, dense_backward, dense_forward
from tests.reference.oracles import Draw, assert_agree, central_differences, gradient, tensor

SIZES = [(1, 1, 1), (3, 5, 10), (4, 1, 7), (17, 9, 33)]
TORCHS = {
    "identity": torch.nn.Identity(),
    "relu": torch.relu,
    "sigmoid": torch.sigmoid,
    "softmax": lambda Z: torch.softmax(Z, 0),
    "tanh": torch.tanh,
}


@pytest.mark.parametrize(("n", "k", "m"), SIZES)
def test_the_layer_agrees_with_torch_in_values_and_gradients(n: int, k: int, m: int) -> None:
    draw = Draw(1)
    A, W, b, dZ = draw(n, m), draw(k, n), draw(k, 1), draw(k, m)
    layer = torch.nn.Linear(n, k, dtype=torch.float64)
    layer.load_state_dict({"weight": torch.tensor(W), "bias": torch.tensor(b[:, 0])})
    A_leaf = tensor(A)
    expected = layer(A_leaf.T).T
    torch.autograd.backward(expected, torch.tensor(dZ))
    Z, cache = dense_forward(A, W, b)
    assert_agree({"Z": Z}, {"Z": expected.detach().numpy()})
    gradients = {"dA": gradient(A_leaf), "dW": gradient(layer.weight), "db": gradient(layer.bias)[:, np.newaxis]}
    assert_agree(dense_backward(dZ, cache), gradients)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_each_activation_agrees_with_torch_and_with_central_differences(name: str) -> None:
    draw, f = Draw(2), activation(name)
    Z, dA = 3 * draw(5, 4), draw(5, 4)
    leaf = tensor(Z)
    expected = TORCHS[name](leaf)
    torch.autograd.backward(expected, torch.tensor(dA))
    A = f.forward(Z)
    found = f.backward(dA, A)
    assert_agree({"A": A, "dZ": found}, {"A": expected.detach().numpy(), "dZ": gradient(leaf)})
    assert_agree({"dZ": found}, central_differences(lambda Z: float((dA * f.forward(Z)).sum()), Z=Z), 1e-8)


def test_activations_hold_where_exp_would_overflow() -> None:
    Z = np.array([[1e4, -1e4], [-1e4, 0.0]])
    np.testing.assert_array_equal(activation("sigmoid").forward(Z), [[1, 0], [0, 0.5]])
    np.testing.assert_array_equal(activation("softmax").forward(Z), [[1, 0], [0, 1]])


def test_the_slope_of_relu_at_zero_is_zero() -> None:
    f = activation("relu")
    np.testing.assert_array_equal(f.backward(np.ones((1, 1)), f.forward(np.zeros((1, 1)))), [[0.0]])


def test_an_unknown_activation_is_answered_with_those_that_there_are() -> None:
    with pytest.raises(KeyError, match="no activation 'rleu'; there are identity, relu, sigmoid, softmax, tanh"):
        activation("rleu")
