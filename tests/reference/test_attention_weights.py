"""The softmax of attention: shares of one, masked places, and scores of any size."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from reference.attention.weights import attention_weights, attention_weights_backward
from tests.reference.oracles import Draw, assert_agree, gradient, tensor


@pytest.mark.parametrize("shape", [(1, 1), (3, 7), (2, 4, 5, 6)])
def test_weights_agree_with_torch_in_values_and_gradients_under_a_mask(shape: tuple[int, ...]) -> None:
    draw = Draw(1)
    e, dalpha = draw(*shape), draw(*shape)
    mask = np.asarray(draw(*shape)) < 0.5
    mask[..., 0] = True
    leaf = tensor(e)
    expected = torch.softmax(leaf.masked_fill(~torch.tensor(mask), -torch.inf), dim=-1)
    torch.autograd.backward(expected, torch.tensor(dalpha))

    alpha = attention_weights(e, mask)
    assert_agree({"alpha": alpha}, {"alpha": expected.detach().numpy()})
    assert_agree({"de": attention_weights_backward(dalpha, alpha)}, {"de": gradient(leaf)})
    assert not alpha[~mask].any()


def test_without_a_mask_every_place_has_a_share() -> None:
    np.testing.assert_allclose(attention_weights(np.zeros((2, 4))), 0.25)


def test_where_nothing_may_be_looked_at_nothing_is_seen() -> None:
    alpha = attention_weights(np.ones((2, 3)), np.array([[False, False, False], [True, False, True]]))
    np.testing.assert_array_equal(alpha, [[0, 0, 0], [0.5, 0, 0.5]])
    np.testing.assert_array_equal(attention_weights_backward(np.ones((2, 3)), alpha)[0], 0)


def test_large_scores_neither_overflow_nor_hide_behind_larger_masked_ones() -> None:
    alpha = attention_weights(np.array([[1e4, 1e4, 1e9]]), np.array([[True, True, False]]))
    np.testing.assert_array_equal(alpha, [[0.5, 0.5, 0]])
