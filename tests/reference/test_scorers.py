"""The scorers of attention against torch's gradients and against central differences."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest
import torch

from reference.attention.scorers import (
    additive_score_backward,
    additive_score_forward,
    dot_score_backward,
    dot_score_forward,
    general_score_backward,
    general_score_forward,
)
from tests.reference.oracles import Draw, assert_agree, central_differences, gradient, tensor

if TYPE_CHECKING:
    from reference.activations import Array


class Size(NamedTuple):
    n_s: int
    n_h: int
    n_e: int
    m: int
    T: int


SIZES = [Size(1, 1, 1, 1, 1), Size(3, 5, 4, 6, 7), Size(4, 2, 3, 1, 9), Size(16, 12, 8, 5, 20)]
SMALL_SIZES = SIZES[:2]


def additive_by_torch(s, h, Wa, Ua, va):
    asked = (Wa @ s).T[:, None]  # (m, 1, n_e)
    return torch.tanh(asked + h.permute(1, 2, 0) @ Ua.T) @ va[:, 0]


def dot_by_torch(s, h):
    return torch.bmm(h.permute(1, 2, 0), s.T[:, :, None])[:, :, 0]


def general_by_torch(s, h, Wa):
    bilinear = torch.nn.functional.bilinear
    steps = [bilinear(s.T.contiguous(), h[:, :, t].T.contiguous(), Wa[None])[:, 0] for t in range(h.shape[2])]
    return torch.stack(steps, dim=1)


ADDITIVE = (additive_score_forward, additive_score_backward, additive_by_torch)
DOT = (dot_score_forward, dot_score_backward, dot_by_torch)
GENERAL = (general_score_forward, general_score_backward, general_by_torch)
SCORERS = pytest.mark.parametrize("scorer", [ADDITIVE, DOT, GENERAL], ids=["additive", "dot", "general"])


def drawn(scorer, size: Size) -> tuple[Array, Array, dict[str, Array], Array]:
    draw = Draw(1)
    n_s, n_h, n_e, m, T = size
    if scorer is DOT:
        n_s = n_h
    shapes: dict[str, tuple[int, int]] = {
        additive_score_forward: {"Wa": (n_e, n_s), "Ua": (n_e, n_h), "va": (n_e, 1)},
        general_score_forward: {"Wa": (n_s, n_h)},
        dot_score_forward: {},
    }[scorer[0]]
    return draw(n_s, m), draw(n_h, m, T), {name: draw(*shape) for name, shape in shapes.items()}, draw(m, T)


@SCORERS
@pytest.mark.parametrize("size", SIZES)
def test_a_scorer_agrees_with_torch_in_values_and_gradients(scorer, size: Size) -> None:
    forward, backward, by_torch = scorer
    s, h, parameters, de = drawn(scorer, size)
    leaves = {name: tensor(array) for name, array in {"s": s, "h": h, **parameters}.items()}
    expected = by_torch(**leaves)
    torch.autograd.backward(expected, torch.tensor(de))

    e, cache = forward(s, h, parameters)
    assert_agree({"e": e}, {"e": expected.detach().numpy()})
    gradients = {f"d{name}": gradient(leaf) for name, leaf in leaves.items()}
    assert_agree(backward(de, cache), gradients)
    assert_agree(backward(de, cache), gradients)


@SCORERS
@pytest.mark.parametrize("size", SMALL_SIZES)
def test_a_scorer_agrees_with_central_differences_in_every_entry(scorer, size: Size) -> None:
    forward, backward, _ = scorer
    s, h, parameters, de = drawn(scorer, size)

    def loss(s: Array, h: Array, **moved: Array) -> float:
        return float((de * forward(s, h, moved)[0]).sum())

    expected = central_differences(loss, s=s, h=h, **parameters)
    assert_agree(backward(de, forward(s, h, parameters)[1]), expected, 1e-8)


def test_the_general_scorer_with_the_identity_is_the_dot_scorer() -> None:
    draw = Draw(2)
    s, h = draw(4, 3), draw(4, 3, 5)
    general, _ = general_score_forward(s, h, {"Wa": np.eye(4)})
    np.testing.assert_allclose(general, dot_score_forward(s, h, {})[0], rtol=1e-12)
