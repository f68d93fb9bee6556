"""The LSTM with peepholes against torch's gradients, central differences, and the LSTM without."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from reference.recurrent.lstm import lstm_backward, lstm_forward
from reference.recurrent.peephole import (
    peephole_backward,
    peephole_cell_backward,
    peephole_cell_forward,
    peephole_forward,
)
from tests.reference.oracles import SIZES, SMALL_SIZES, Draw, Size, assert_agree, central_differences, gradient, tensor

if TYPE_CHECKING:
    from reference.activations import Array

LEARNED = ["Wf", "Wi", "Wc", "Wo", "bf", "bi", "bc", "bo", "pf", "pi", "po"]


def draw_parameters(draw: Draw, size: Size) -> dict[str, Array]:
    n_x, n_a, n_y, _, _ = size
    shapes = {f"W{gate}": (n_a, n_a + n_x) for gate in "fico"} | {f"b{gate}": (n_a, 1) for gate in "fico"}
    shapes |= {f"p{gate}": (n_a, 1) for gate in "fio"} | {"Wy": (n_y, n_a), "by": (n_y, 1)}
    return {name: draw(*shape) for name, shape in shapes.items()}


def in_torch(x: torch.Tensor, a: torch.Tensor, p: dict[str, torch.Tensor]) -> torch.Tensor:
    """The equations as they stand in the paper, for torch to differentiate."""
    c, states = torch.zeros_like(a), []
    for xt in x.unbind(2):
        z = {gate: p[f"W{gate}"] @ torch.cat([a, xt]) + p[f"b{gate}"] for gate in "fico"}
        f, i = torch.sigmoid(z["f"] + p["pf"] * c), torch.sigmoid(z["i"] + p["pi"] * c)
        c = f * c + i * torch.tanh(z["c"])
        a = torch.sigmoid(z["o"] + p["po"] * c) * torch.tanh(c)
        states.append(a)
    return torch.stack(states, 2)


@pytest.mark.parametrize("size", SIZES)
def test_values_and_gradients_are_those_that_torch_finds(size: Size) -> None:
    draw = Draw(1)
    parameters = draw_parameters(draw, size)
    x, a0, da = draw(size.n_x, size.m, size.T_x), draw(size.n_a, size.m), draw(size.n_a, size.m, size.T_x)
    leaves = {name: tensor(value) for name, value in {**parameters, "x": x, "a0": a0}.items()}
    expected = in_torch(leaves["x"], leaves["a0"], leaves)
    torch.autograd.backward(expected, torch.tensor(da))
    a, y, c, caches = peephole_forward(x, a0, parameters)
    assert_agree({"a": a}, {"a": expected.detach().numpy()})
    scores = np.einsum("ya,amt->ymt", parameters["Wy"], a) + parameters["by"][:, :, None]
    assert_agree({"y": y}, {"y": torch.softmax(torch.tensor(scores), 0).numpy()})
    assert c.shape == a.shape
    assert_agree(peephole_backward(da, caches), {f"d{name}": gradient(leaves[name]) for name in ["x", "a0", *LEARNED]})


@pytest.mark.parametrize("size", SMALL_SIZES)
def test_the_cell_agrees_with_central_differences_in_every_entry(size: Size) -> None:
    draw = Draw(2)
    parameters = draw_parameters(draw, size)
    given = {"xt": draw(size.n_x, size.m), "a_prev": draw(size.n_a, size.m), "c_prev": draw(size.n_a, size.m)}
    da_next, dc_next = draw(size.n_a, size.m), draw(size.n_a, size.m)

    def loss(xt: Array, a_prev: Array, c_prev: Array, **moved: Array) -> float:
        a, c, _, _ = peephole_cell_forward(xt, a_prev, c_prev, {**parameters, **moved})
        return float((da_next * a + dc_next * c).sum())

    expected = central_differences(loss, **given, **{name: parameters[name] for name in LEARNED})
    cache = peephole_cell_forward(**given, parameters=parameters)[3]
    assert_agree(peephole_cell_backward(da_next, dc_next, cache), expected, 1e-8)


def test_without_its_peepholes_it_is_the_lstm() -> None:
    draw, size = Draw(3), Size(3, 5, 2, 4, 6)
    parameters = draw_parameters(draw, size)
    shut = {**parameters, **{f"p{gate}": np.zeros((5, 1)) for gate in "fio"}}
    x, a0, da = draw(3, 4, 6), draw(5, 4), draw(5, 4, 6)
    a, y, c, caches = peephole_forward(x, a0, shut)
    a_plain, y_plain, c_plain, plain = lstm_forward(x, a0, parameters)
    assert_agree({"a": a, "y": y, "c": c}, {"a": a_plain, "y": y_plain, "c": c_plain})
    found = {name: value for name, value in peephole_backward(da, caches).items() if name[:2] != "dp"}
    assert_agree(found, lstm_backward(da, plain))
