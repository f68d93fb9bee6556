"""sigmoid and softmax hold at any size of input."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from reference.activations import Array, sigmoid, softmax
from tests.reference.oracles import Draw, assert_agree

EXTREMES = np.array([[-1e4, -800.0, -1e4], [0.0, 30.0, -1e4], [1e4, 800.0, -1e4]])


def test_sigmoid_agrees_with_torch() -> None:
    z = 10 * Draw(0)(4, 50)
    assert_agree({"sigmoid": sigmoid(z)}, {"sigmoid": torch.sigmoid(torch.tensor(z)).numpy()}, 1e-15)


def test_sigmoid_keeps_its_digits_where_it_is_nearly_zero() -> None:
    z = np.array([-30.0, -300.0, -700.0])
    np.testing.assert_allclose(sigmoid(z), np.exp(z), rtol=1e-12)


def test_softmax_of_each_column_agrees_with_torch() -> None:
    for shape in ((1, 1), (4, 50), (3, 2, 5)):
        z = 10 * Draw(1)(*shape)
        assert_agree({"softmax": softmax(z)}, {"softmax": torch.softmax(torch.tensor(z), dim=0).numpy()}, 1e-15)


def test_nothing_overflows_at_ten_thousand() -> None:
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        gates, columns = sigmoid(EXTREMES), softmax(EXTREMES)
    np.testing.assert_array_equal(gates[:, 0], [0.0, 0.5, 1.0])
    np.testing.assert_array_equal(columns[:, 0], [0.0, 0.0, 1.0])
    np.testing.assert_allclose(columns[:, 2], 1 / 3, rtol=1e-15)


@pytest.mark.parametrize("activation", [sigmoid, softmax])
def test_the_input_is_left_as_it_was(activation: object) -> None:
    assert callable(activation)
    z: Array = Draw(2)(3, 4)
    assert not np.shares_memory(activation(z), z)
