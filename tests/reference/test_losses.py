"""The losses against torch, and where probabilities vanish."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional

from reference.networks import losses
from tests.reference.oracles import Draw, assert_agree, gradient, tensor

SIZES = [(1, 1), (4, 10), (30, 3)]


@pytest.mark.parametrize(("k", "m"), SIZES)
def test_values_and_gradients_agree_with_torch(k: int, m: int) -> None:
    draw = Draw(1)
    Z, T, t = 5 * draw(k, m), np.random.default_rng(2).random((k, m)), np.arange(m) % k
    cases = [
        (
            losses.cross_entropy,
            losses.cross_entropy_gradient,
            t,
            lambda z: functional.cross_entropy(z.T, torch.tensor(t)),
        ),
        (
            losses.binary_cross_entropy,
            losses.binary_cross_entropy_gradient,
            T,
            lambda z: functional.binary_cross_entropy_with_logits(z, torch.tensor(T), reduction="sum") / m,
        ),
        (
            losses.squared_error,
            losses.squared_error_gradient,
            T,
            lambda z: functional.mse_loss(z, torch.tensor(T), reduction="sum") / (2 * m),
        ),
    ]
    for loss, slope, right, theirs in cases:
        leaf = tensor(Z)
        expected = theirs(leaf)
        expected.backward()
        assert loss(Z, right) == pytest.approx(expected.item(), rel=1e-12)
        assert_agree({"dZ": slope(Z, right)}, {"dZ": gradient(leaf)})


def test_what_is_found_all_but_impossible_costs_what_its_score_says() -> None:
    Z = np.array([[1000.0, -1000.0], [0.0, 0.0]])
    assert losses.cross_entropy(Z, np.array([1, 0])) == 1000
    assert losses.binary_cross_entropy(Z[:1], np.array([[0.0, 1.0]])) == 1000
    np.testing.assert_array_equal(losses.cross_entropy_gradient(Z, np.array([1, 0])), [[0.5, -0.5], [-0.5, 0.5]])


def test_the_penalty_spares_biases_and_has_the_slope_that_torch_finds() -> None:
    draw = Draw(3)
    parameters = {"W1": draw(3, 2), "b1": draw(3, 1), "W2": draw(1, 3)}
    leaves = {name: tensor(theta) for name, theta in parameters.items()}
    expected = 0.7 / 2 * ((leaves["W1"] ** 2).sum() + (leaves["W2"] ** 2).sum())
    expected.backward()
    assert losses.l2_penalty(parameters, 0.7) == pytest.approx(expected.item(), rel=1e-12)
    slopes = {f"d{name}": gradient(leaves[name]) for name in ("W1", "W2")}
    assert_agree(losses.l2_gradients(parameters, 0.7), slopes)
