"""The simple recurrent network against torch and against central differences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from reference.recurrent.rnn import Cache, rnn_backward, rnn_cell_backward, rnn_cell_forward, rnn_forward
from tests.reference.oracles import SIZES, SMALL_SIZES, Draw, Size, assert_agree, central_differences, gradient, tensor

if TYPE_CHECKING:
    from reference.activations import Array


def draw_parameters(draw: Draw, size: Size) -> dict[str, Array]:
    n_x, n_a, n_y, _, _ = size
    shapes = {"Wax": (n_a, n_x), "Waa": (n_a, n_a), "Wya": (n_y, n_a), "ba": (n_a, 1), "by": (n_y, 1)}
    return {name: draw(*shape) for name, shape in shapes.items()}


def state_dict(parameters: dict[str, Array], suffix: str = "") -> dict[str, torch.Tensor]:
    weights = {"weight_ih": parameters["Wax"], "weight_hh": parameters["Waa"], "bias_ih": parameters["ba"][:, 0]}
    weights["bias_hh"] = np.zeros(len(parameters["ba"]))
    return {name + suffix: torch.tensor(weight) for name, weight in weights.items()}


def expected_predictions(a: Array, parameters: dict[str, Array]) -> Array:
    scores = np.einsum("ya,a...->y...", parameters["Wya"], a)
    by = parameters["by"].reshape(-1, *[1] * (a.ndim - 1))
    predictions: Array = torch.softmax(torch.tensor(scores + by), dim=0).numpy()
    return predictions


@pytest.mark.parametrize("size", SIZES)
def test_the_cell_agrees_with_torch_in_values_and_gradients(size: Size) -> None:
    draw = Draw(1)
    parameters = draw_parameters(draw, size)
    xt, a_prev, da_next = draw(size.n_x, size.m), draw(size.n_a, size.m), draw(size.n_a, size.m)
    layer = torch.nn.RNNCell(size.n_x, size.n_a, dtype=torch.float64)
    layer.load_state_dict(state_dict(parameters))
    x_leaf, a_leaf = tensor(xt), tensor(a_prev)
    expected = layer(x_leaf.T, a_leaf.T).T
    torch.autograd.backward(expected, torch.tensor(da_next))

    a_next, yt_pred, cache = rnn_cell_forward(xt, a_prev, parameters)
    a_expected = expected.detach().numpy()
    assert_agree(
        {"a_next": a_next, "yt_pred": yt_pred},
        {"a_next": a_expected, "yt_pred": expected_predictions(a_expected, parameters)},
    )
    gradients = {
        "dxt": gradient(x_leaf),
        "da_prev": gradient(a_leaf),
        "dWax": gradient(layer.weight_ih),
        "dWaa": gradient(layer.weight_hh),
        "dba": gradient(layer.bias_ih)[:, np.newaxis],
    }
    assert_agree(rnn_cell_backward(da_next, cache), gradients)
    assert_agree(rnn_cell_backward(da_next, cache), gradients)


@pytest.mark.parametrize("size", SIZES)
def test_rnn_agrees_with_torch_in_values_and_gradients(size: Size) -> None:
    draw = Draw(2)
    parameters = draw_parameters(draw, size)
    x, a0, da = draw(size.n_x, size.m, size.T_x), draw(size.n_a, size.m), draw(size.n_a, size.m, size.T_x)
    layer = torch.nn.RNN(size.n_x, size.n_a, dtype=torch.float64)
    layer.load_state_dict(state_dict(parameters, "_l0"))
    x_leaf, a_leaf = tensor(x), tensor(a0)
    states, _ = layer(x_leaf.permute(2, 1, 0), a_leaf.T[None])
    expected = states.permute(2, 1, 0)
    torch.autograd.backward(expected, torch.tensor(da))

    a, y_pred, caches = rnn_forward(x, a0, parameters)
    a_expected = expected.detach().numpy()
    assert_agree({"a": a, "y_pred": y_pred}, {"a": a_expected, "y_pred": expected_predictions(a_expected, parameters)})
    gradients = {
        "dx": gradient(x_leaf),
        "da0": gradient(a_leaf),
        "dWax": gradient(layer.weight_ih_l0),
        "dWaa": gradient(layer.weight_hh_l0),
        "dba": gradient(layer.bias_ih_l0)[:, np.newaxis],
    }
    assert_agree(rnn_backward(da, caches), gradients)
    assert_agree(rnn_backward(da, caches), gradients)


@pytest.mark.parametrize("size", SMALL_SIZES)
def test_the_cell_agrees_with_central_differences_in_every_entry(size: Size) -> None:
    draw = Draw(3)
    parameters = draw_parameters(draw, size)
    xt, a_prev, da_next = draw(size.n_x, size.m), draw(size.n_a, size.m), draw(size.n_a, size.m)

    def loss(xt: Array, a_prev: Array, **moved: Array) -> float:
        return float((da_next * rnn_cell_forward(xt, a_prev, {**parameters, **moved})[0]).sum())

    learned = {name: parameters[name] for name in ("Wax", "Waa", "ba")}
    expected = central_differences(loss, xt=xt, a_prev=a_prev, **learned)
    assert_agree(rnn_cell_backward(da_next, rnn_cell_forward(xt, a_prev, parameters)[2]), expected, 1e-8)


@pytest.mark.parametrize("size", SMALL_SIZES)
def test_rnn_agrees_with_central_differences_in_every_entry(size: Size) -> None:
    draw = Draw(4)
    parameters = draw_parameters(draw, size)
    x, a0, da = draw(size.n_x, size.m, size.T_x), draw(size.n_a, size.m), draw(size.n_a, size.m, size.T_x)

    def loss(x: Array, a0: Array, **moved: Array) -> float:
        return float((da * rnn_forward(x, a0, {**parameters, **moved})[0]).sum())

    learned = {name: parameters[name] for name in ("Wax", "Waa", "ba")}
    expected = central_differences(loss, x=x, a0=a0, **learned)
    assert_agree(rnn_backward(da, rnn_forward(x, a0, parameters)[2]), expected, 1e-8)


def test_the_caches_have_the_layout_that_the_docstrings_state() -> None:
    draw, size = Draw(5), Size(3, 5, 2, 4, 3)
    parameters = draw_parameters(draw, size)
    x, a0 = draw(size.n_x, size.m, size.T_x), draw(size.n_a, size.m)
    a, _, (caches, x_kept) = rnn_forward(x, a0, parameters)
    assert x_kept is x
    assert len(caches) == size.T_x
    for t, (a_next, a_prev, xt, kept) in enumerate(caches):
        np.testing.assert_array_equal(a_next, a[:, :, t])
        np.testing.assert_array_equal(a_prev, a[:, :, t - 1] if t else a0)
        np.testing.assert_array_equal(xt, x[:, :, t])
        assert kept is parameters


def test_another_cell_can_take_the_place_of_the_reference_s() -> None:
    draw, size = Draw(6), Size(3, 5, 2, 4, 3)
    parameters = draw_parameters(draw, size)
    x, a0 = draw(size.n_x, size.m, size.T_x), draw(size.n_a, size.m)

    def wrong_cell(xt: Array, a_prev: Array, parameters: dict[str, Array]) -> tuple[Array, Array, Cache]:
        a_next, yt_pred, cache = rnn_cell_forward(xt, a_prev, parameters)
        return 2 * a_next, 1 - yt_pred, cache

    def wrong_backward(da_next: Array, cache: Cache) -> dict[str, Array]:
        return {name: -found for name, found in rnn_cell_backward(da_next, cache).items()}

    a, y_pred, caches = rnn_forward(x, a0, parameters, cell=wrong_cell)  # type: ignore[arg-type]
    first, y_first, _ = rnn_cell_forward(x[:, :, 0], a0, parameters)
    second, y_second, _ = rnn_cell_forward(x[:, :, 1], 2 * first, parameters)
    np.testing.assert_array_equal(a[:, :, :2], 2 * np.stack([first, second], axis=2))
    np.testing.assert_array_equal(y_pred[:, :, :2], 1 - np.stack([y_first, y_second], axis=2))

    da = draw(size.n_a, size.m, size.T_x)
    found = rnn_backward(da, caches, cell_backward=wrong_backward)
    last = rnn_cell_backward(da[:, :, -1], caches[0][-1])
    np.testing.assert_array_equal(found["dx"][:, :, -1], -last["dxt"])
    before = rnn_cell_backward(da[:, :, -2] - last["da_prev"], caches[0][-2])
    np.testing.assert_array_equal(found["dx"][:, :, -2], -before["dxt"])
