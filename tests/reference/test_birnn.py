"""The bidirectional network against torch and against central differences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from reference.recurrent.birnn import BidirectionalParameters, birnn_backward, birnn_forward
from tests.reference.oracles import SIZES, SMALL_SIZES, Draw, Size, assert_agree, central_differences, gradient, tensor

if TYPE_CHECKING:
    from reference.activations import Array

DIRECTIONS = {"forward": "_l0", "backward": "_l0_reverse"}


def draw_half(draw: Draw, size: Size) -> dict[str, Array]:
    return {"Wax": draw(size.n_a, size.n_x), "Waa": draw(size.n_a, size.n_a), "ba": draw(size.n_a, 1)}


def draw_parameters(draw: Draw, size: Size) -> BidirectionalParameters:
    return {
        "forward": draw_half(draw, size),
        "backward": draw_half(draw, size),
        "Wy": draw(size.n_y, 2 * size.n_a),
        "by": draw(size.n_y, 1),
    }


def draw_inputs(draw: Draw, size: Size) -> tuple[Array, Array, Array, Array]:
    x, da = draw(size.n_x, size.m, size.T_x), draw(2 * size.n_a, size.m, size.T_x)
    return x, draw(size.n_a, size.m), draw(size.n_a, size.m), da


@pytest.mark.parametrize("size", SIZES)
def test_birnn_agrees_with_torch_in_values_and_gradients(size: Size) -> None:
    draw = Draw(1)
    parameters = draw_parameters(draw, size)
    x, a0_forward, a0_backward, da = draw_inputs(draw, size)
    layer = torch.nn.RNN(size.n_x, size.n_a, bidirectional=True, dtype=torch.float64)
    weights: dict[str, Array] = {}
    for half, suffix in ((parameters["forward"], "_l0"), (parameters["backward"], "_l0_reverse")):
        weights |= {f"weight_ih{suffix}": half["Wax"], f"weight_hh{suffix}": half["Waa"]}
        weights |= {f"bias_ih{suffix}": half["ba"][:, 0], f"bias_hh{suffix}": np.zeros(size.n_a)}
    layer.load_state_dict({name: torch.tensor(weight) for name, weight in weights.items()})
    x_leaf, starts = tensor(x), [tensor(a0_forward), tensor(a0_backward)]
    states, _ = layer(x_leaf.permute(2, 1, 0), torch.stack([start.T for start in starts]))
    expected = states.permute(2, 1, 0)
    torch.autograd.backward(expected, torch.tensor(da))
    scores = torch.einsum("ya,amt->ymt", torch.tensor(parameters["Wy"]), expected.detach())

    a, y_pred, caches = birnn_forward(x, a0_forward, a0_backward, parameters)
    y_expected = torch.softmax(scores + torch.tensor(parameters["by"])[:, :, None], dim=0)
    assert_agree({"a": a, "y_pred": y_pred}, {"a": expected.detach().numpy(), "y_pred": y_expected.numpy()})
    gradients = {"dx": gradient(x_leaf)}
    for (direction, suffix), start in zip(DIRECTIONS.items(), starts, strict=True):
        gradients[f"da0_{direction}"] = gradient(start)
        gradients[f"dWax_{direction}"] = gradient(getattr(layer, f"weight_ih{suffix}"))
        gradients[f"dWaa_{direction}"] = gradient(getattr(layer, f"weight_hh{suffix}"))
        gradients[f"dba_{direction}"] = gradient(getattr(layer, f"bias_ih{suffix}"))[:, np.newaxis]
    assert_agree(birnn_backward(da, caches, a0_forward, a0_backward), gradients)
    assert_agree(birnn_backward(da, caches, a0_forward, a0_backward), gradients)


@pytest.mark.parametrize("size", SMALL_SIZES)
def test_birnn_agrees_with_central_differences_in_every_entry(size: Size) -> None:
    draw = Draw(2)
    parameters = draw_parameters(draw, size)
    x, a0_forward, a0_backward, da = draw_inputs(draw, size)

    def loss(x: Array, a0_forward: Array, a0_backward: Array, **moved: Array) -> float:
        halves = {
            direction: {name: moved[f"{name}_{direction}"] for name in ("Wax", "Waa", "ba")} for direction in DIRECTIONS
        }
        changed: BidirectionalParameters = {
            "forward": halves["forward"],
            "backward": halves["backward"],
            "Wy": parameters["Wy"],
            "by": parameters["by"],
        }
        return float((da * birnn_forward(x, a0_forward, a0_backward, changed)[0]).sum())

    learned = {f"{name}_forward": array for name, array in parameters["forward"].items()}
    learned |= {f"{name}_backward": array for name, array in parameters["backward"].items()}
    expected = central_differences(loss, x=x, a0_forward=a0_forward, a0_backward=a0_backward, **learned)
    caches = birnn_forward(x, a0_forward, a0_backward, parameters)[2]
    assert_agree(birnn_backward(da, caches, a0_forward, a0_backward), expected, 1e-8)


def test_the_caches_have_the_layout_that_the_docstring_states() -> None:
    draw, size = Draw(3), Size(3, 5, 2, 4, 3)
    parameters = draw_parameters(draw, size)
    x, a0_forward, a0_backward, _ = draw_inputs(draw, size)
    a, _, (a_forward, a_backward, x_kept, kept) = birnn_forward(x, a0_forward, a0_backward, parameters)
    np.testing.assert_array_equal(a_forward, a[: size.n_a])
    np.testing.assert_array_equal(a_backward, a[size.n_a :])
    assert x_kept is x
    assert kept is parameters


def test_each_half_has_read_only_its_own_side() -> None:
    draw, size = Draw(4), Size(3, 5, 2, 4, 6)
    parameters = draw_parameters(draw, size)
    x, a0_forward, a0_backward, _ = draw_inputs(draw, size)
    other = x.copy()
    other[:, :, 2] += 1
    before, after = (birnn_forward(each, a0_forward, a0_backward, parameters)[0] for each in (x, other))
    changed = np.any(before != after, axis=1)  # (2 n_a, T_x)
    np.testing.assert_array_equal(changed[: size.n_a].any(axis=0), [False, False, True, True, True, True])
    np.testing.assert_array_equal(changed[size.n_a :].any(axis=0), [True, True, True, False, False, False])
