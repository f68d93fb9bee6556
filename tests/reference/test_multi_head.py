"""Scaled dot-product and multi-head attention against torch and against central differences."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest
import torch

from reference.attention.multi_head import (
    causal_mask,
    join_heads,
    multi_head_backward,
    multi_head_forward,
    scaled_dot_product_backward,
    scaled_dot_product_forward,
    split_heads,
)
from tests.reference.oracles import Draw, assert_agree, central_differences, gradient, tensor

if TYPE_CHECKING:
    from reference.activations import Array


class Size(NamedTuple):
    m: int
    heads: int
    T_q: int
    T_k: int
    d: int


SIZES = [Size(1, 1, 1, 1, 1), Size(2, 3, 4, 5, 6), Size(5, 2, 7, 3, 8), Size(4, 8, 32, 32, 64)]


def drawn_parameters(draw: Draw, d: int) -> dict[str, Array]:
    weights = {f"W{name}": draw(d, d) / np.sqrt(d) for name in "QKVO"}
    return {**weights, **{f"b{name}": draw(d) for name in "QKVO"}}


def torch_layer(parameters: dict[str, Array], heads: int) -> torch.nn.MultiheadAttention:
    d = len(parameters["bO"])
    layer = torch.nn.MultiheadAttention(d, heads, batch_first=True, dtype=torch.float64)
    stacked = {
        "in_proj_weight": np.concatenate([parameters[f"W{name}"].T for name in "QKV"]),
        "in_proj_bias": np.concatenate([parameters[f"b{name}"] for name in "QKV"]),
        "out_proj.weight": parameters["WO"].T,
        "out_proj.bias": parameters["bO"],
    }
    layer.load_state_dict({name: torch.tensor(array) for name, array in stacked.items()})
    return layer


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("masked", [False, True])
def test_scaled_dot_product_agrees_with_torch_in_values_and_gradients(size: Size, masked: bool) -> None:
    draw = Draw(1)
    m, heads, T_q, T_k, d = size
    Q, K, V, dO = draw(m, heads, T_q, d), draw(m, heads, T_k, d), draw(m, heads, T_k, 3), draw(m, heads, T_q, 3)
    mask = np.asarray(draw(T_q, T_k)) < 1 if masked else None
    if mask is not None:
        mask[:, 0] = True
    leaves = [tensor(array) for array in (Q, K, V)]
    allowed = None if mask is None else torch.tensor(mask)
    expected = torch.nn.functional.scaled_dot_product_attention(*leaves, allowed)
    torch.autograd.backward(expected, torch.tensor(dO))

    read, _, cache = scaled_dot_product_forward(Q, K, V, mask)
    assert_agree({"O": read}, {"O": expected.detach().numpy()})
    gradients = dict(zip(("dQ", "dK", "dV"), map(gradient, leaves), strict=True))
    assert_agree(scaled_dot_product_backward(dO, cache), gradients)


@pytest.mark.parametrize("size", SIZES)
def test_multi_head_attention_agrees_with_torch_in_values_weights_and_gradients(size: Size) -> None:
    draw = Draw(2)
    m, heads, T_q, T_k, width = size
    d = heads * width
    parameters = drawn_parameters(draw, d)
    Q, K, V, dO = draw(m, T_q, d), draw(m, T_k, d), draw(m, T_k, d), draw(m, T_q, d)
    layer, leaves = torch_layer(parameters, heads), [tensor(array) for array in (Q, K, V)]
    expected, weights = layer(*leaves, average_attn_weights=False)
    torch.autograd.backward(expected, torch.tensor(dO))

    read, alpha, cache = multi_head_forward(Q, K, V, parameters, heads)
    assert_agree({"O": read, "alpha": alpha}, {"O": expected.detach().numpy(), "alpha": weights.detach().numpy()})
    in_weights = np.split(gradient(layer.in_proj_weight), 3)
    in_biases = np.split(gradient(layer.in_proj_bias), 3)
    gradients = {
        **{f"d{name}": gradient(leaf) for name, leaf in zip("QKV", leaves, strict=True)},
        **{f"dW{name}": weight.T for name, weight in zip("QKV", in_weights, strict=True)},
        **{f"db{name}": bias for name, bias in zip("QKV", in_biases, strict=True)},
        "dWO": gradient(layer.out_proj.weight).T,
        "dbO": gradient(layer.out_proj.bias),
    }
    found = multi_head_backward(dO, cache)
    # A bias of the keys moves all scores of a query alike, and so nothing: what is left of its gradient is rounding.
    np.testing.assert_allclose(found.pop("dbK"), 0, atol=1e-9)
    np.testing.assert_allclose(gradients.pop("dbK"), 0, atol=1e-9)
    if T_k == 1:  # with a single key there is no choice, and what should vanish is compared as such
        for name in ("dQ", "dK", "dWQ", "dWK", "dbQ"):
            np.testing.assert_allclose(found.pop(name), gradients.pop(name), atol=1e-12)
    assert_agree(found, gradients)


def test_multi_head_attention_agrees_with_central_differences_in_every_entry() -> None:
    draw = Draw(3)
    parameters = drawn_parameters(draw, 4)
    Q, K, V, dO, mask = draw(2, 3, 4), draw(2, 3, 4), draw(2, 3, 4), draw(2, 3, 4), causal_mask(3)

    def loss(Q: Array, K: Array, V: Array, **moved: Array) -> float:
        return float((dO * multi_head_forward(Q, K, V, moved, 2, mask)[0]).sum())

    expected = central_differences(loss, Q=Q, K=K, V=V, **parameters)
    found = multi_head_backward(dO, multi_head_forward(Q, K, V, parameters, 2, mask)[2])
    np.testing.assert_allclose(expected.pop("dbK"), 0, atol=1e-9)
    np.testing.assert_allclose(found.pop("dbK"), 0, atol=1e-12)
    assert_agree(found, expected, 1e-8)


def test_under_the_causal_mask_no_place_sees_what_comes_after_it() -> None:
    draw = Draw(4)
    parameters, x = drawn_parameters(draw, 4), draw(1, 5, 4)
    changed = np.concatenate([x[:, :3], draw(1, 2, 4)], axis=1)
    one, alpha, _ = multi_head_forward(x, x, x, parameters, 2, causal_mask(5))
    two, _, _ = multi_head_forward(changed, changed, changed, parameters, 2, causal_mask(5))
    np.testing.assert_array_equal(one[:, :3], two[:, :3])
    assert not np.triu(alpha, 1).any()
    assert np.abs(one[:, 3:] - two[:, 3:]).min() > 1e-6


def test_heads_are_shares_of_the_columns_and_join_again() -> None:
    x = Draw(5)(2, 3, 6)
    np.testing.assert_array_equal(split_heads(x, 3)[:, 1], x[:, :, 2:4])
    np.testing.assert_array_equal(join_heads(split_heads(x, 3)), x)


def test_heads_that_do_not_divide_the_width_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="4 heads cannot share a width of 6"):
        split_heads(np.zeros((1, 2, 6)), 4)


def test_another_attention_can_take_the_place_of_the_scaled_products() -> None:
    draw = Draw(6)
    parameters, x = drawn_parameters(draw, 4), draw(2, 3, 4)

    def mean(Q, K, V, mask):
        alpha = np.full((*Q.shape[:-1], K.shape[-2]), 1 / K.shape[-2])
        return alpha @ V, alpha, None

    read, _, cache = multi_head_forward(x, x, x, parameters, 2, attend=mean)
    V = (x @ parameters["WV"] + parameters["bV"]).mean(axis=1, keepdims=True)
    np.testing.assert_allclose(read, np.repeat(V @ parameters["WO"] + parameters["bO"], 3, axis=1))
    nothing = multi_head_backward(
        np.ones(read.shape), cache, attend_backward=lambda dO, cache: dict.fromkeys(("dQ", "dK", "dV"), 0 * dO)
    )
    assert not nothing["dV"].any()
