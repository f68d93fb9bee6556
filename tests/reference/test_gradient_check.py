"""Gradient checking: right gradients pass, each kind of wrong one is found out."""

from __future__ import annotations

import numpy as np
import pytest

from reference.networks.gradient_check import gradient_check, gradient_difference, numerical_gradients
from tests.reference.oracles import Draw, assert_agree


def loss(theta: dict[str, np.ndarray]) -> float:
    return float(np.sin(theta["W"]).sum() + (theta["W"] @ theta["b"]).sum() ** 2)


def slopes(theta: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    W, b = theta["W"], theta["b"]
    outer = 2 * (W @ b).sum()
    return {"dW": np.cos(W) + outer * np.ones((len(W), 1)) @ b.T, "db": outer * W.sum(axis=0)[:, None]}


def point() -> dict[str, np.ndarray]:
    draw = Draw(1)
    return {"W": draw(3, 2), "b": draw(2, 1)}


def test_slopes_found_by_moving_numbers_are_those_of_the_formula() -> None:
    assert_agree(numerical_gradients(loss, point()), slopes(point()), 1e-8)


def test_a_right_gradient_passes_and_wrong_ones_do_not() -> None:
    theta, right = point(), slopes(point())
    assert gradient_check(loss, theta, right) < 1e-9
    assert gradient_check(loss, theta, {**right, "dW": 1.01 * right["dW"]}) > 1e-3
    assert gradient_check(loss, theta, {**right, "db": -right["db"]}) > 0.1
    one_off = right["dW"].copy()
    one_off[0, 0] += 0.1
    assert gradient_check(loss, theta, {**right, "dW": one_off}) > 1e-3


def test_the_difference_goes_from_the_same_to_the_opposite() -> None:
    g = slopes(point())
    nothing = {name: 0 * found for name, found in g.items()}
    assert gradient_difference(g, g) == 0
    assert gradient_difference(g, {name: -found for name, found in g.items()}) == pytest.approx(1)
    assert gradient_difference(nothing, nothing) == 0


def test_a_gradient_that_is_missing_is_named() -> None:
    g = slopes(point())
    with pytest.raises(ValueError, match="only one of them has db"):
        gradient_difference({"dW": g["dW"]}, g)
