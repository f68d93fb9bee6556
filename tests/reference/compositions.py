"""The three compositions with what the tests hold them against: the same equations, written for torch's gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch

from reference.trees.composition import (
    compose_backward,
    compose_forward,
    word_vector_backward,
    word_vector_forward,
)
from reference.trees.tensor_net import tensor_compose_backward, tensor_compose_forward
from reference.trees.tree_lstm import (
    tree_lstm_compose_backward,
    tree_lstm_compose_forward,
    tree_lstm_leaf_backward,
    tree_lstm_leaf_forward,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from reference.activations import Array
    from tests.reference.oracles import Draw


def layer_by_torch(left, right, P):
    return torch.tanh(torch.nn.functional.linear(torch.cat([left, right]).T, P["W"], P["b"][:, 0]).T)


def tensor_by_torch(left, right, P):
    u = torch.cat([left, right]).T.contiguous()
    bilinear = torch.nn.functional.bilinear(u, u, P["V"], P["b"][:, 0])
    return torch.tanh(bilinear + u @ P["W"].T).T


def lstm_leaf_by_torch(x, P):
    i, o, u = (P[f"W{gate}"] @ x + P[f"b{gate}"] for gate in "iou")
    c = torch.sigmoid(i) * torch.tanh(u)
    return torch.cat([torch.sigmoid(o) * torch.tanh(c), c])


def lstm_by_torch(left, right, P):
    (h_l, c_l), (h_r, c_r) = left.chunk(2), right.chunk(2)
    weight = torch.cat([P[f"U{gate}"] for gate in "ilrou"])
    bias = torch.cat([P[f"b{gate}"] for gate in "iffou"])
    i, l, r, o, u = (weight @ torch.cat([h_l, h_r]) + bias).chunk(5)  # noqa: E741
    c = torch.sigmoid(i) * torch.tanh(u) + torch.sigmoid(l) * c_l + torch.sigmoid(r) * c_r
    return torch.cat([torch.sigmoid(o) * torch.tanh(c), c])


class Composition(NamedTuple):
    """A composition: the reference's functions, torch's, the shapes of the parameters, and the width of a state."""

    leaf: Callable[..., tuple[Array, Any]]
    leaf_backward: Callable[..., dict[str, Array]]
    compose: Callable[..., tuple[Array, Any]]
    compose_backward: Callable[..., dict[str, Array]]
    leaf_by_torch: Callable[..., torch.Tensor]
    compose_by_torch: Callable[..., torch.Tensor]
    shapes: Callable[[int, int], dict[str, tuple[int, ...]]]
    copies: int  # how often d a state is wide

    def parameters(self, draw: Draw, n_x: int, d: int) -> dict[str, Array]:
        return {name: draw(*shape) / np.sqrt(shape[-1]) for name, shape in self.shapes(n_x, d).items()}


LAYER = Composition(
    word_vector_forward, word_vector_backward, compose_forward, compose_backward, lambda x, P: x, layer_by_torch,
    lambda n_x, d: {"W": (d, 2 * d), "b": (d, 1)}, 1,
)  # fmt: skip
TENSOR = Composition(
    word_vector_forward, word_vector_backward, tensor_compose_forward, tensor_compose_backward,
    lambda x, P: x, tensor_by_torch,
    lambda n_x, d: {"V": (d, 2 * d, 2 * d), "W": (d, 2 * d), "b": (d, 1)}, 1,
)  # fmt: skip
TREE_LSTM = Composition(
    tree_lstm_leaf_forward, tree_lstm_leaf_backward, tree_lstm_compose_forward, tree_lstm_compose_backward,
    lstm_leaf_by_torch, lstm_by_torch,
    lambda n_x, d: {
        **{f"W{gate}": (d, n_x) for gate in "iou"},
        **{f"U{gate}": (d, 2 * d) for gate in "ioulr"},
        **{f"b{gate}": (d, 1) for gate in "iouf"},
    }, 2,
)  # fmt: skip
COMPOSITIONS = {"layer": LAYER, "tensor": TENSOR, "tree_lstm": TREE_LSTM}
