"""Attention over encoder states: the weighted mean, its gradients, masks, and exchangeable scorers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from reference.attention.context import (
    attention_backward,
    attention_forward,
    last_state_backward,
    last_state_forward,
)
from reference.attention.scorers import (
    dot_score_backward,
    dot_score_forward,
    general_score_backward,
    general_score_forward,
)
from tests.reference.oracles import Draw, assert_agree, central_differences

if TYPE_CHECKING:
    from reference.activations import Array
    from reference.attention.weights import Mask

MASK = np.array([[True, True, True, True], [True, True, False, False], [True, False, False, False]])


def drawn() -> tuple[Array, Array, dict[str, Array], Array]:
    draw = Draw(1)
    parameters = {"Wa": draw(4, 2), "Ua": draw(4, 5), "va": draw(4, 1)}
    return draw(2, 3), draw(5, 3, 4), parameters, draw(5, 3)


@pytest.mark.parametrize("mask", [None, MASK])
def test_the_context_agrees_with_central_differences_in_every_entry(mask: Mask | None) -> None:
    s, h, parameters, dc = drawn()

    def loss(s: Array, h: Array, **moved: Array) -> float:
        return float((dc * attention_forward(s, h, moved, mask)[0]).sum())

    expected = central_differences(loss, s=s, h=h, **parameters)
    assert_agree(attention_backward(dc, attention_forward(s, h, parameters, mask)[2]), expected, 1e-8)


@pytest.mark.parametrize("mask", [None, MASK])
def test_with_the_dot_scorer_it_is_what_torch_calls_attention_but_for_the_scale(mask: Mask | None) -> None:
    draw = Draw(2)
    s, h, dc = draw(5, 3), draw(5, 3, 4), draw(5, 3)
    q, kv = (torch.tensor(array, requires_grad=True) for array in (s.T[:, None], h.transpose(1, 2, 0)))
    allowed = None if mask is None else torch.tensor(mask[:, None])
    expected = torch.nn.functional.scaled_dot_product_attention(q, kv, kv, allowed, scale=1.0)
    torch.autograd.backward(expected, torch.tensor(dc.T[:, None]))
    assert q.grad is not None
    assert kv.grad is not None

    c, alpha, cache = attention_forward(s, h, {}, mask, scorer=dot_score_forward)
    assert_agree({"c": c}, {"c": expected.detach().numpy()[:, 0].T})
    np.testing.assert_allclose(alpha.sum(axis=1), 1)
    found = attention_backward(dc, cache, scorer_backward=dot_score_backward)
    assert_agree(found, {"ds": q.grad.numpy()[:, 0].T, "dh": kv.grad.numpy().transpose(2, 0, 1)})


def test_the_general_scorer_can_take_the_place_of_the_additive_one() -> None:
    draw = Draw(3)
    s, h, dc, Wa = draw(2, 3), draw(5, 3, 4), draw(5, 3), draw(2, 5)

    def loss(s: Array, h: Array, **moved: Array) -> float:
        return float((dc * attention_forward(s, h, moved, MASK, scorer=general_score_forward)[0]).sum())

    expected = central_differences(loss, s=s, h=h, Wa=Wa)
    _, _, cache = attention_forward(s, h, {"Wa": Wa}, MASK, scorer=general_score_forward)
    assert_agree(attention_backward(dc, cache, scorer_backward=general_score_backward), expected, 1e-8)


def test_what_stands_in_masked_places_does_not_matter() -> None:
    s, h, parameters, dc = drawn()
    other = np.where(MASK, h, 100.0)
    one, _, cache = attention_forward(s, h, parameters, MASK)
    two, _, _ = attention_forward(s, other, parameters, MASK)
    np.testing.assert_array_equal(one, two)
    assert not attention_backward(dc, cache)["dh"][:, ~MASK].any()


def test_without_attention_the_context_is_the_last_state_that_is_no_padding() -> None:
    s, h, _, dc = drawn()
    c, alpha, cache = last_state_forward(s, h, {}, MASK)
    np.testing.assert_array_equal(c, np.stack([h[:, 0, 3], h[:, 1, 1], h[:, 2, 0]], axis=1))
    np.testing.assert_array_equal(alpha.argmax(axis=1), [3, 1, 0])
    np.testing.assert_array_equal(last_state_forward(s, h, {})[0], h[:, :, -1])

    def loss(h: Array) -> float:
        return float((dc * last_state_forward(s, h, {}, MASK)[0]).sum())

    expected = {"ds": np.zeros(s.shape), **central_differences(loss, h=h)}
    assert_agree(last_state_backward(dc, cache), expected, 1e-8)
