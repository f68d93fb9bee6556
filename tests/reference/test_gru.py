"""The GRU against torch where torch has the variant, against autograd where not, and against central differences."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from reference.recurrent.gru import Cache, gru_backward, gru_cell_backward, gru_cell_forward, gru_forward
from tests.reference.oracles import SIZES, SMALL_SIZES, Draw, Size, assert_agree, central_differences, gradient, tensor

if TYPE_CHECKING:
    from reference.activations import Array, Parameters

GATES = "urc"
VARIANTS = ["full", "simplified", "reset_after", "reset_after_with_bias"]


def draw_parameters(draw: Draw, size: Size, gates: str = GATES) -> dict[str, Array]:
    parameters = {f"W{gate}": draw(size.n_a, size.n_a + size.n_x) for gate in gates}
    parameters |= {f"b{gate}": draw(size.n_a, 1) for gate in gates}
    return {**parameters, "Wy": draw(size.n_y, size.n_a), "by": draw(size.n_y, 1)}


def draw_variant(draw: Draw, size: Size, variant: str) -> tuple[dict[str, Array], bool, bool]:
    """Return the parameters, simplified and reset_after."""
    simplified, reset_after = variant == "simplified", variant.startswith("reset_after")
    parameters = draw_parameters(draw, size, "uc" if simplified else GATES)
    if variant == "reset_after_with_bias":
        parameters["bch"] = draw(size.n_a, 1)
    return parameters, simplified, reset_after


def learned(parameters: Parameters) -> dict[str, Array]:
    return {name: array for name, array in parameters.items() if name not in ("Wy", "by")}


def expected_predictions(a: Array, parameters: Parameters) -> Array:
    scores = np.einsum("ya,a...->y...", parameters["Wy"], a)
    by = parameters["by"].reshape(-1, *[1] * (a.ndim - 1))
    predictions: Array = torch.softmax(torch.tensor(scores + by), dim=0).numpy()
    return predictions


def state_dict(parameters: Parameters, suffix: str = "") -> dict[str, torch.Tensor]:
    # torch's z says what is kept, and sigmoid(-s) = 1 - sigmoid(s).
    n_a = len(parameters["bu"])
    W = np.concatenate([parameters["Wr"], -parameters["Wu"], parameters["Wc"]])
    b = np.concatenate([parameters["br"], -parameters["bu"], parameters["bc"]])[:, 0]
    b_recurrent = np.concatenate([np.zeros(2 * n_a), parameters["bch"][:, 0]])
    weights = {"weight_ih": W[:, n_a:], "weight_hh": W[:, :n_a], "bias_ih": b, "bias_hh": b_recurrent}
    return {name + suffix: torch.tensor(weight) for name, weight in weights.items()}


def gradients_of_gates(weight_ih: Array, weight_hh: Array, bias_ih: Array, bias_hh: Array) -> dict[str, Array]:
    dWr, dWz, dWc = np.split(np.concatenate([weight_hh, weight_ih], axis=1), 3)
    dbr, dbz, dbc = np.split(bias_ih[:, np.newaxis], 3)
    dbch = np.split(bias_hh[:, np.newaxis], 3)[2]
    return {"dWr": dWr, "dWu": -dWz, "dWc": dWc, "dbr": dbr, "dbu": -dbz, "dbc": dbc, "dbch": dbch}


@pytest.mark.parametrize("size", SIZES)
def test_the_reset_after_cell_agrees_with_torch_in_values_and_gradients(size: Size) -> None:
    draw = Draw(1)
    parameters, _, _ = draw_variant(draw, size, "reset_after_with_bias")
    xt, a_prev, da_next = draw(size.n_x, size.m), draw(size.n_a, size.m), draw(size.n_a, size.m)
    layer = torch.nn.GRUCell(size.n_x, size.n_a, dtype=torch.float64)
    layer.load_state_dict(state_dict(parameters))
    x_leaf, a_leaf = tensor(xt), tensor(a_prev)
    expected = layer(x_leaf.T, a_leaf.T).T
    torch.autograd.backward(expected, torch.tensor(da_next))

    a_next, yt_pred, cache = gru_cell_forward(xt, a_prev, parameters, reset_after=True)
    a_expected = expected.detach().numpy()
    assert_agree(
        {"a_next": a_next, "yt_pred": yt_pred},
        {"a_next": a_expected, "yt_pred": expected_predictions(a_expected, parameters)},
    )
    leaves = [gradient(leaf) for leaf in (layer.weight_ih, layer.weight_hh, layer.bias_ih, layer.bias_hh)]
    gradients = {"dxt": gradient(x_leaf), "da_prev": gradient(a_leaf), **gradients_of_gates(*leaves)}
    assert_agree(gru_cell_backward(da_next, cache, reset_after=True), gradients)


@pytest.mark.parametrize("size", SIZES)
def test_the_reset_after_gru_agrees_with_torch_in_values_and_gradients(size: Size) -> None:
    draw = Draw(2)
    parameters, _, _ = draw_variant(draw, size, "reset_after_with_bias")
    x, a0, da = draw(size.n_x, size.m, size.T_x), draw(size.n_a, size.m), draw(size.n_a, size.m, size.T_x)
    layer = torch.nn.GRU(size.n_x, size.n_a, dtype=torch.float64)
    layer.load_state_dict(state_dict(parameters, "_l0"))
    x_leaf, a_leaf = tensor(x), tensor(a0)
    states, _ = layer(x_leaf.permute(2, 1, 0), a_leaf.T[None])
    expected = states.permute(2, 1, 0)
    torch.autograd.backward(expected, torch.tensor(da))

    a, y_pred, caches = gru_forward(x, a0, parameters, cell=partial(gru_cell_forward, reset_after=True))
    a_expected = expected.detach().numpy()
    assert_agree({"a": a, "y_pred": y_pred}, {"a": a_expected, "y_pred": expected_predictions(a_expected, parameters)})
    leaves = [gradient(leaf) for leaf in (layer.weight_ih_l0, layer.weight_hh_l0, layer.bias_ih_l0, layer.bias_hh_l0)]
    gradients = {"dx": gradient(x_leaf), "da0": gradient(a_leaf), **gradients_of_gates(*leaves)}
    assert_agree(gru_backward(da, caches, cell_backward=partial(gru_cell_backward, reset_after=True)), gradients)


def torch_gru(x: torch.Tensor, h: torch.Tensor, weights: dict[str, torch.Tensor]) -> torch.Tensor:
    """Write the paper's equations once more, in torch, one row for each example; without Wr there is no reset."""

    def layer(gate: str, state: torch.Tensor, x_t: torch.Tensor) -> torch.Tensor:
        W, n_a = weights[f"W{gate}"], state.shape[1]
        bias = weights[f"b{gate}"].squeeze(1)
        return torch.nn.functional.linear(x_t, W[:, n_a:], bias) + torch.nn.functional.linear(state, W[:, :n_a])

    states = []
    for x_t in x.permute(2, 1, 0):
        visible = torch.sigmoid(layer("r", h, x_t)) * h if "Wr" in weights else h
        h = torch.lerp(h, torch.tanh(layer("c", visible, x_t)), torch.sigmoid(layer("u", h, x_t)))
        states.append(h)
    return torch.stack(states, dim=2).transpose(0, 1)


@pytest.mark.parametrize("variant", ["full", "simplified"])
@pytest.mark.parametrize("size", SIZES)
def test_gru_agrees_with_autograd_of_the_equations_in_values_and_gradients(size: Size, variant: str) -> None:
    draw = Draw(3)
    parameters, simplified, _ = draw_variant(draw, size, variant)
    x, a0, da = draw(size.n_x, size.m, size.T_x), draw(size.n_a, size.m), draw(size.n_a, size.m, size.T_x)
    x_leaf, a_leaf = tensor(x), tensor(a0)
    leaves = {name: tensor(array) for name, array in learned(parameters).items()}
    expected = torch_gru(x_leaf, a_leaf.T, leaves)
    torch.autograd.backward(expected, torch.tensor(da))

    a, y_pred, caches = gru_forward(x, a0, parameters, simplified)
    a_expected = expected.detach().numpy()
    assert_agree({"a": a, "y_pred": y_pred}, {"a": a_expected, "y_pred": expected_predictions(a_expected, parameters)})
    gradients = {"dx": gradient(x_leaf), "da0": gradient(a_leaf)}
    gradients |= {f"d{name}": gradient(leaf) for name, leaf in leaves.items()}
    assert_agree(gru_backward(da, caches, simplified), gradients)
    assert_agree(gru_backward(da, caches, simplified), gradients)


@pytest.mark.parametrize("variant", ["full", "simplified"])
@pytest.mark.parametrize("size", SIZES)
def test_the_cell_agrees_with_autograd_of_the_equations_in_values_and_gradients(size: Size, variant: str) -> None:
    draw = Draw(4)
    parameters, simplified, _ = draw_variant(draw, size, variant)
    xt, a_prev, da_next = draw(size.n_x, size.m), draw(size.n_a, size.m), draw(size.n_a, size.m)
    x_leaf, a_leaf = tensor(xt), tensor(a_prev)
    leaves = {name: tensor(array) for name, array in learned(parameters).items()}
    expected = torch_gru(x_leaf[:, :, None], a_leaf.T, leaves)[:, :, 0]
    torch.autograd.backward(expected, torch.tensor(da_next))

    a_next, yt_pred, cache = gru_cell_forward(xt, a_prev, parameters, simplified)
    a_expected = expected.detach().numpy()
    assert_agree(
        {"a_next": a_next, "yt_pred": yt_pred},
        {"a_next": a_expected, "yt_pred": expected_predictions(a_expected, parameters)},
    )
    gradients = {"dxt": gradient(x_leaf), "da_prev": gradient(a_leaf)}
    gradients |= {f"d{name}": gradient(leaf) for name, leaf in leaves.items()}
    assert_agree(gru_cell_backward(da_next, cache, simplified), gradients)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("size", SMALL_SIZES)
def test_the_cell_agrees_with_central_differences_in_every_entry(size: Size, variant: str) -> None:
    draw = Draw(5)
    parameters, simplified, reset_after = draw_variant(draw, size, variant)
    xt, a_prev, da_next = draw(size.n_x, size.m), draw(size.n_a, size.m), draw(size.n_a, size.m)

    def loss(xt: Array, a_prev: Array, **moved: Array) -> float:
        a_next = gru_cell_forward(xt, a_prev, {**parameters, **moved}, simplified, reset_after=reset_after)[0]
        return float((da_next * a_next).sum())

    expected = central_differences(loss, xt=xt, a_prev=a_prev, **learned(parameters))
    cache = gru_cell_forward(xt, a_prev, parameters, simplified, reset_after=reset_after)[2]
    assert_agree(gru_cell_backward(da_next, cache, simplified, reset_after=reset_after), expected, 1e-8)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("size", SMALL_SIZES)
def test_gru_agrees_with_central_differences_in_every_entry(size: Size, variant: str) -> None:
    draw = Draw(6)
    parameters, simplified, reset_after = draw_variant(draw, size, variant)
    x, a0, da = draw(size.n_x, size.m, size.T_x), draw(size.n_a, size.m), draw(size.n_a, size.m, size.T_x)
    cell = partial(gru_cell_forward, reset_after=reset_after)

    def loss(x: Array, a0: Array, **moved: Array) -> float:
        return float((da * gru_forward(x, a0, {**parameters, **moved}, simplified, cell=cell)[0]).sum())

    expected = central_differences(loss, x=x, a0=a0, **learned(parameters))
    caches = gru_forward(x, a0, parameters, simplified, cell=cell)[2]
    cell_backward = partial(gru_cell_backward, reset_after=reset_after)
    assert_agree(gru_backward(da, caches, simplified, cell_backward=cell_backward), expected, 1e-8)


def test_the_simplified_gru_pays_no_heed_to_the_parameters_of_a_reset_gate() -> None:
    draw, size = Draw(7), Size(3, 5, 2, 4, 3)
    parameters = draw_parameters(draw, size)
    without = {name: array for name, array in parameters.items() if name not in ("Wr", "br")}
    x, a0 = draw(size.n_x, size.m, size.T_x), draw(size.n_a, size.m)
    a, _, caches = gru_forward(x, a0, parameters, simplified=True)
    np.testing.assert_array_equal(a, gru_forward(x, a0, without, simplified=True)[0])
    assert not np.allclose(a, gru_forward(x, a0, parameters)[0])
    assert "dWr" not in gru_backward(draw(size.n_a, size.m, size.T_x), caches, simplified=True)


@pytest.mark.parametrize("simplified", [False, True])
def test_the_caches_have_the_layout_that_the_docstrings_state(simplified: bool) -> None:
    draw, size = Draw(8), Size(3, 5, 2, 4, 3)
    parameters = draw_parameters(draw, size)
    x, a0 = draw(size.n_x, size.m, size.T_x), draw(size.n_a, size.m)
    a, _, (caches, x_kept) = gru_forward(x, a0, parameters, simplified)
    assert x_kept is x
    assert len(caches) == size.T_x
    for t, (a_next, a_prev, cct, ut, rt, xt, kept) in enumerate(caches):
        np.testing.assert_array_equal(a_next, a[:, :, t])
        np.testing.assert_array_equal(a_prev, a[:, :, t - 1] if t else a0)
        np.testing.assert_array_equal(xt, x[:, :, t])
        assert kept is parameters
        assert_agree({"a_next": a_prev + ut * (cct - a_prev)}, {"a_next": a_next})
        at_reset = parameters["Wr"] @ np.concatenate([a_prev, xt]) + parameters["br"]
        assert_agree({"rt": rt}, {"rt": np.ones(rt.shape) if simplified else torch.tensor(at_reset).sigmoid().numpy()})
        assert np.all((ut > 0) & (ut < 1))


def test_another_cell_can_take_the_place_of_the_reference_s() -> None:
    draw, size = Draw(9), Size(3, 5, 2, 4, 3)
    parameters = draw_parameters(draw, size)
    x, a0 = draw(size.n_x, size.m, size.T_x), draw(size.n_a, size.m)

    def wrong_cell(xt: Array, a_prev: Array, parameters: Parameters, simplified: bool) -> tuple[Array, Array, Cache]:
        a_next, yt_pred, cache = gru_cell_forward(xt, a_prev, parameters, simplified)
        return 2 * a_next, 1 - yt_pred, cache

    def wrong_backward(da_next: Array, cache: Cache, simplified: bool) -> dict[str, Array]:
        return {name: -found for name, found in gru_cell_backward(da_next, cache, simplified).items()}

    a, y_pred, caches = gru_forward(x, a0, parameters, cell=wrong_cell)
    first, y_first, _ = gru_cell_forward(x[:, :, 0], a0, parameters)
    second, y_second, _ = gru_cell_forward(x[:, :, 1], 2 * first, parameters)
    np.testing.assert_array_equal(a[:, :, :2], 2 * np.stack([first, second], axis=2))
    np.testing.assert_array_equal(y_pred[:, :, :2], 1 - np.stack([y_first, y_second], axis=2))

    da = draw(size.n_a, size.m, size.T_x)
    found = gru_backward(da, caches, cell_backward=wrong_backward)
    last = gru_cell_backward(da[:, :, -1], caches[0][-1])
    np.testing.assert_array_equal(found["dx"][:, :, -1], -last["dxt"])
    before = gru_cell_backward(da[:, :, -2] - last["da_prev"], caches[0][-2])
    np.testing.assert_array_equal(found["dx"][:, :, -2], -before["dxt"])
