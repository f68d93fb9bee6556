"""Gradient clipping against torch, and at its edges."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from reference.recurrent.clipping import clip_gradients
from tests.reference.oracles import Draw, assert_agree

if TYPE_CHECKING:
    from reference.activations import Array

LIMITS = [1e-3, 0.5, 4.0, 1e3]


def draw_gradients(seed: int) -> dict[str, Array]:
    draw = Draw(seed)
    return {"dWax": 10 * draw(5, 3), "dWaa": draw(5, 5), "dba": draw(5, 1), "dx": draw(3, 2, 4)}


def norm(gradients: dict[str, Array]) -> float:
    return float(np.linalg.norm(np.concatenate([gradient.ravel() for gradient in gradients.values()])))


def with_gradients(gradients: dict[str, Array]) -> dict[str, torch.Tensor]:
    leaves = {name: torch.zeros(gradient.shape, dtype=torch.float64) for name, gradient in gradients.items()}
    for name, gradient in gradients.items():
        leaves[name].grad = torch.tensor(gradient)
    return leaves


def read(leaves: dict[str, torch.Tensor]) -> dict[str, Array]:
    return {name: leaf.grad.numpy() for name, leaf in leaves.items() if leaf.grad is not None}


@pytest.mark.parametrize("limit", LIMITS)
def test_clipping_by_value_agrees_with_torch(limit: float) -> None:
    gradients = draw_gradients(1)
    leaves = with_gradients(gradients)
    torch.nn.utils.clip_grad_value_(leaves.values(), limit)
    assert_agree(clip_gradients(gradients, limit), read(leaves), 0)
    assert_agree(clip_gradients(gradients, limit, "value"), read(leaves), 0)


@pytest.mark.parametrize("limit", LIMITS)
def test_clipping_by_norm_agrees_with_torch_but_for_torch_s_cushion(limit: float) -> None:
    gradients = draw_gradients(2)
    leaves = with_gradients(gradients)
    torch.nn.utils.clip_grad_norm_(leaves.values(), limit)
    size = norm(gradients)
    # torch divides by the norm plus 1e-6, so that a norm of zero does no harm.
    cushion = (size + 1e-6) / size if size > limit else 1.0
    assert_agree(
        clip_gradients(gradients, limit, "norm"), {name: cushion * found for name, found in read(leaves).items()}, 1e-14
    )


def test_clipping_by_norm_ends_exactly_at_the_limit() -> None:
    assert norm(clip_gradients(draw_gradients(3), 0.25, "norm")) == pytest.approx(0.25, rel=1e-14)


def test_gradients_at_the_limit_or_below_are_untouched_by_norm() -> None:
    gradients = {"dWax": np.array([[3.0, 0.0]]), "dba": np.array([[-4.0]])}
    for limit in (5.0, 5.5):
        assert_agree(clip_gradients(gradients, limit, "norm"), gradients, 0)


@pytest.mark.parametrize("by", ["value", "norm"])
def test_zeros_stay_zeros_without_a_warning(by: str) -> None:
    gradients = {"dWax": np.zeros((2, 3)), "dba": np.zeros((2, 1))}
    with np.errstate(all="raise"):
        assert_agree(clip_gradients(gradients, 0.1, by), gradients, 0)
    assert clip_gradients({}, 0.1, by) == {}


@pytest.mark.parametrize("by", ["value", "norm"])
@pytest.mark.parametrize("limit", [0.1, 1e3])
def test_the_gradients_given_are_neither_changed_nor_handed_back(by: str, limit: float) -> None:
    gradients = draw_gradients(4)
    kept = dict(gradients)
    clipped = clip_gradients(gradients, limit, by)
    assert clipped is not gradients
    assert list(gradients) == list(kept)
    for name, gradient in gradients.items():
        assert gradient is kept[name]
        assert not np.shares_memory(clipped[name], gradient)


def test_an_unknown_way_of_clipping_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"by must be 'value' or 'norm', not 'nrom'"):
        clip_gradients({}, 1.0, "nrom")
