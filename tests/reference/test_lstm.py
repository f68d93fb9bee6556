"""The LSTM against torch and against central differences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from reference.recurrent.lstm import Cache, lstm_backward, lstm_cell_backward, lstm_cell_forward, lstm_forward
from tests.reference.oracles import SIZES, SMALL_SIZES, Draw, Size, assert_agree, central_differences, gradient, tensor

if TYPE_CHECKING:
    from reference.activations import Array, Parameters

TORCH_ORDER = "ifco"
LEARNED = [kind + gate for kind in "Wb" for gate in TORCH_ORDER]


def draw_parameters(draw: Draw, size: Size) -> dict[str, Array]:
    parameters = {f"W{gate}": draw(size.n_a, size.n_a + size.n_x) for gate in TORCH_ORDER}
    parameters |= {f"b{gate}": draw(size.n_a, 1) for gate in TORCH_ORDER}
    return {**parameters, "Wy": draw(size.n_y, size.n_a), "by": draw(size.n_y, 1)}


def state_dict(parameters: Parameters, suffix: str = "") -> dict[str, torch.Tensor]:
    n_a = len(parameters["bf"])
    W = np.concatenate([parameters[f"W{gate}"] for gate in TORCH_ORDER])
    b = np.concatenate([parameters[f"b{gate}"] for gate in TORCH_ORDER])[:, 0]
    weights = {"weight_ih": W[:, n_a:], "weight_hh": W[:, :n_a], "bias_ih": b, "bias_hh": np.zeros(4 * n_a)}
    return {name + suffix: torch.tensor(weight) for name, weight in weights.items()}


def gradients_of_gates(weight_ih: Array, weight_hh: Array, bias: Array) -> dict[str, Array]:
    dW = np.split(np.concatenate([weight_hh, weight_ih], axis=1), 4)
    db = np.split(bias[:, np.newaxis], 4)
    by_gate = {f"dW{gate}": found for gate, found in zip(TORCH_ORDER, dW, strict=True)}
    return by_gate | {f"db{gate}": found for gate, found in zip(TORCH_ORDER, db, strict=True)}


def expected_predictions(a: Array, parameters: Parameters) -> Array:
    scores = np.einsum("ya,a...->y...", parameters["Wy"], a)
    by = parameters["by"].reshape(-1, *[1] * (a.ndim - 1))
    predictions: Array = torch.softmax(torch.tensor(scores + by), dim=0).numpy()
    return predictions


@pytest.mark.parametrize("size", SIZES)
def test_the_cell_agrees_with_torch_in_values_and_gradients(size: Size) -> None:
    draw = Draw(1)
    parameters = draw_parameters(draw, size)
    xt, a_prev, c_prev = draw(size.n_x, size.m), draw(size.n_a, size.m), draw(size.n_a, size.m)
    da_next, dc_next = draw(size.n_a, size.m), draw(size.n_a, size.m)
    layer = torch.nn.LSTMCell(size.n_x, size.n_a, dtype=torch.float64)
    layer.load_state_dict(state_dict(parameters))
    x_leaf, a_leaf, c_leaf = tensor(xt), tensor(a_prev), tensor(c_prev)
    a_torch, c_torch = layer(x_leaf.T, (a_leaf.T, c_leaf.T))
    torch.autograd.backward([a_torch, c_torch], [torch.tensor(da_next.T), torch.tensor(dc_next.T)])

    a_next, c_next, yt_pred, cache = lstm_cell_forward(xt, a_prev, c_prev, parameters)
    a_expected = a_torch.T.detach().numpy()
    assert_agree(
        {"a_next": a_next, "c_next": c_next, "yt_pred": yt_pred},
        {
            "a_next": a_expected,
            "c_next": c_torch.T.detach().numpy(),
            "yt_pred": expected_predictions(a_expected, parameters),
        },
    )
    gradients = {
        "dxt": gradient(x_leaf),
        "da_prev": gradient(a_leaf),
        "dc_prev": gradient(c_leaf),
        **gradients_of_gates(gradient(layer.weight_ih), gradient(layer.weight_hh), gradient(layer.bias_ih)),
    }
    assert_agree(lstm_cell_backward(da_next, dc_next, cache), gradients)
    assert_agree(lstm_cell_backward(da_next, dc_next, cache), gradients)


@pytest.mark.parametrize("size", SIZES)
def test_lstm_agrees_with_torch_in_values_and_gradients(size: Size) -> None:
    draw = Draw(2)
    parameters = draw_parameters(draw, size)
    x, a0, da = draw(size.n_x, size.m, size.T_x), draw(size.n_a, size.m), draw(size.n_a, size.m, size.T_x)
    layer = torch.nn.LSTM(size.n_x, size.n_a, dtype=torch.float64)
    layer.load_state_dict(state_dict(parameters, "_l0"))
    x_leaf, a_leaf = tensor(x), tensor(a0)
    states, (_, c_last) = layer(x_leaf.permute(2, 1, 0), (a_leaf.T[None], torch.zeros_like(a_leaf.T[None])))
    expected = states.permute(2, 1, 0)
    torch.autograd.backward(expected, torch.tensor(da))

    a, y, c, caches = lstm_forward(x, a0, parameters)
    a_expected = expected.detach().numpy()
    assert_agree(
        {"a": a, "y": y, "c_last": c[:, :, -1]},
        {
            "a": a_expected,
            "y": expected_predictions(a_expected, parameters),
            "c_last": c_last[0].T.detach().numpy(),
        },
    )
    gradients = {
        "dx": gradient(x_leaf),
        "da0": gradient(a_leaf),
        **gradients_of_gates(gradient(layer.weight_ih_l0), gradient(layer.weight_hh_l0), gradient(layer.bias_ih_l0)),
    }
    assert_agree(lstm_backward(da, caches), gradients)
    assert_agree(lstm_backward(da, caches), gradients)


@pytest.mark.parametrize("size", SMALL_SIZES)
def test_the_cell_agrees_with_central_differences_in_every_entry(size: Size) -> None:
    draw = Draw(3)
    parameters = draw_parameters(draw, size)
    xt, a_prev, c_prev = draw(size.n_x, size.m), draw(size.n_a, size.m), draw(size.n_a, size.m)
    da_next, dc_next = draw(size.n_a, size.m), draw(size.n_a, size.m)

    def loss(xt: Array, a_prev: Array, c_prev: Array, **moved: Array) -> float:
        a_next, c_next, _, _ = lstm_cell_forward(xt, a_prev, c_prev, {**parameters, **moved})
        return float((da_next * a_next + dc_next * c_next).sum())

    learned = {name: parameters[name] for name in LEARNED}
    expected = central_differences(loss, xt=xt, a_prev=a_prev, c_prev=c_prev, **learned)
    cache = lstm_cell_forward(xt, a_prev, c_prev, parameters)[3]
    assert_agree(lstm_cell_backward(da_next, dc_next, cache), expected, 1e-8)


@pytest.mark.parametrize("size", SMALL_SIZES)
def test_lstm_agrees_with_central_differences_in_every_entry(size: Size) -> None:
    draw = Draw(4)
    parameters = draw_parameters(draw, size)
    x, a0, da = draw(size.n_x, size.m, size.T_x), draw(size.n_a, size.m), draw(size.n_a, size.m, size.T_x)

    def loss(x: Array, a0: Array, **moved: Array) -> float:
        return float((da * lstm_forward(x, a0, {**parameters, **moved})[0]).sum())

    expected = central_differences(loss, x=x, a0=a0, **{name: parameters[name] for name in LEARNED})
    assert_agree(lstm_backward(da, lstm_forward(x, a0, parameters)[3]), expected, 1e-8)


def test_the_caches_have_the_layout_that_the_docstrings_state() -> None:
    draw, size = Draw(5), Size(3, 5, 2, 4, 3)
    parameters = draw_parameters(draw, size)
    x, a0 = draw(size.n_x, size.m, size.T_x), draw(size.n_a, size.m)
    a, _, c, (caches, x_kept) = lstm_forward(x, a0, parameters)
    assert x_kept is x
    assert len(caches) == size.T_x
    for t, (a_next, c_next, a_prev, c_prev, ft, it, cct, ot, xt, kept) in enumerate(caches):
        np.testing.assert_array_equal(a_next, a[:, :, t])
        np.testing.assert_array_equal(c_next, c[:, :, t])
        np.testing.assert_array_equal(a_prev, a[:, :, t - 1] if t else a0)
        np.testing.assert_array_equal(c_prev, c[:, :, t - 1] if t else np.zeros((size.n_a, size.m)))
        np.testing.assert_array_equal(xt, x[:, :, t])
        assert kept is parameters
        below = torch.tensor(np.concatenate([a_prev, xt]))
        for value, gate, activation in (
            (ft, "f", torch.sigmoid),
            (it, "i", torch.sigmoid),
            (cct, "c", torch.tanh),
            (ot, "o", torch.sigmoid),
        ):
            at_gate = torch.tensor(parameters[f"W{gate}"]) @ below + torch.tensor(parameters[f"b{gate}"])
            assert_agree({gate: value}, {gate: activation(at_gate).numpy()})


def test_another_cell_can_take_the_place_of_the_reference_s() -> None:
    draw, size = Draw(6), Size(3, 5, 2, 4, 3)
    parameters = draw_parameters(draw, size)
    x, a0 = draw(size.n_x, size.m, size.T_x), draw(size.n_a, size.m)

    def wrong_cell(
        xt: Array, a_prev: Array, c_prev: Array, parameters: Parameters
    ) -> tuple[Array, Array, Array, Cache]:
        a_next, c_next, yt_pred, cache = lstm_cell_forward(xt, a_prev, c_prev, parameters)
        return 2 * a_next, 3 * c_next, 1 - yt_pred, cache

    def wrong_backward(da_next: Array, dc_next: Array, cache: Cache) -> dict[str, Array]:
        return {name: -found for name, found in lstm_cell_backward(da_next, dc_next, cache).items()}

    a, y, c, caches = lstm_forward(x, a0, parameters, cell=wrong_cell)
    a_first, c_first, y_first, _ = lstm_cell_forward(x[:, :, 0], a0, np.zeros(a0.shape), parameters)
    a_second, c_second, y_second, _ = lstm_cell_forward(x[:, :, 1], 2 * a_first, 3 * c_first, parameters)
    np.testing.assert_array_equal(a[:, :, :2], 2 * np.stack([a_first, a_second], axis=2))
    np.testing.assert_array_equal(c[:, :, :2], 3 * np.stack([c_first, c_second], axis=2))
    np.testing.assert_array_equal(y[:, :, :2], 1 - np.stack([y_first, y_second], axis=2))

    da = draw(size.n_a, size.m, size.T_x)
    found = lstm_backward(da, caches, cell_backward=wrong_backward)
    last = lstm_cell_backward(da[:, :, -1], np.zeros(a0.shape), caches[0][-1])
    np.testing.assert_array_equal(found["dx"][:, :, -1], -last["dxt"])
    before = lstm_cell_backward(da[:, :, -2] - last["da_prev"], -last["dc_prev"], caches[0][-2])
    np.testing.assert_array_equal(found["dx"][:, :, -2], -before["dxt"])
