"""Many to many, many to one, one to many; truncation and norms through time: against torch and central differences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from reference.recurrent.gradient_norms import gradient_norms
from reference.recurrent.lstm import lstm_backward, lstm_cell_backward, lstm_forward
from reference.recurrent.readouts import many_to_many, many_to_one, one_to_many_backward, one_to_many_forward
from reference.recurrent.rnn import rnn_backward, rnn_forward
from reference.recurrent.truncated import truncated_backward
from tests.reference.oracles import Draw, assert_agree, central_differences, gradient, tensor

if TYPE_CHECKING:
    from reference.activations import Array

LENGTHS = np.array([4, 1, 3])


def rnn_parameters(draw: Draw, n_x: int = 3, n_a: int = 4) -> dict[str, Array]:
    shapes = {"Wax": (n_a, n_x), "Waa": (n_a, n_a), "Wya": (n_x, n_a), "ba": (n_a, 1), "by": (n_x, 1)}
    return {name: draw(*shape) for name, shape in shapes.items()}


@pytest.mark.parametrize("kind", ["many to many", "many to one"])
def test_the_loss_and_its_gradients_are_torch_s(kind: str) -> None:
    draw = Draw(1)
    a, parameters = draw(5, 3, 4), {"Wy": draw(6, 5), "by": draw(6, 1)}
    targets = draw.generator.integers(6, size=(3, 4))
    a_leaf, Wy, by = tensor(a), tensor(parameters["Wy"]), tensor(parameters["by"])
    scores = torch.einsum("ya,amt->mty", Wy, a_leaf) + by[:, 0]  # (m, T, n_y)
    if kind == "many to many":
        inside = torch.arange(4) < torch.tensor(LENGTHS)[:, None]
        expected = torch.nn.functional.cross_entropy(scores[inside], torch.tensor(targets)[inside])
        loss, found = many_to_many(a, targets, LENGTHS, parameters)
    else:
        last = scores[torch.arange(3), torch.tensor(LENGTHS) - 1]
        expected = torch.nn.functional.cross_entropy(last, torch.tensor(targets[:, 0]))
        loss, found = many_to_one(a, targets[:, 0], LENGTHS, parameters)
    expected.backward()
    assert loss == pytest.approx(expected.item(), rel=1e-12)
    assert_agree(found, {"da": gradient(a_leaf), "dWy": gradient(Wy), "dby": gradient(by)})


def test_one_to_many_reads_what_it_wrote_and_learns_through_it() -> None:
    draw = Draw(2)
    parameters, x0, a0, dy = rnn_parameters(draw), draw(3, 2), draw(4, 2), draw(3, 2, 4)

    def loss(x0: Array, a0: Array, **moved: Array) -> float:
        return float((dy * one_to_many_forward(x0, a0, moved, 4)[1]).sum())

    a, y, caches = one_to_many_forward(x0, a0, parameters, 4)
    read = np.concatenate([x0[:, :, None], y[:, :, :-1]], axis=2)
    a_read, y_read, _ = rnn_forward(read, a0, parameters)
    assert_agree({"a": a, "y": y}, {"a": a_read, "y": y_read})
    assert_agree(one_to_many_backward(dy, y, caches), central_differences(loss, x0=x0, a0=a0, **parameters), 1e-8)


@pytest.mark.parametrize("k", [1, 2, 3, 7, 9])
def test_truncation_treats_the_state_between_pieces_as_a_constant(k: int) -> None:
    draw = Draw(3)
    parameters, x, a0, da = rnn_parameters(draw), draw(3, 2, 7), draw(4, 2), draw(4, 2, 7)
    leaves = {name: tensor(value) for name, value in {**parameters, "x": x, "a0": a0}.items()}
    a, states = leaves["a0"], []
    for t in range(7):
        a = a.detach() if t and t % k == 0 else a
        a = torch.tanh(leaves["Wax"] @ leaves["x"][:, :, t] + leaves["Waa"] @ a + leaves["ba"])
        states.append(a)
    torch.autograd.backward(torch.stack(states, 2), torch.tensor(da))
    _, _, caches = rnn_forward(x, a0, parameters)
    expected = {f"d{name}": gradient(leaves[name]) for name in ("x", "a0", "Wax", "Waa", "ba")}
    found = truncated_backward(da, caches, k)
    assert_agree(found, expected)
    if k >= 7:
        assert_agree(found, rnn_backward(da, caches))


def lstm_parameters(draw: Draw, n_x: int, n_a: int) -> dict[str, Array]:
    gates = {f"W{gate}": draw(n_a, n_a + n_x) for gate in "fico"} | {f"b{gate}": draw(n_a, 1) for gate in "fico"}
    return gates | {"Wy": draw(1, n_a), "by": draw(1, 1)}


def test_any_layer_can_be_truncated() -> None:
    draw = Draw(4)
    parameters, x, a0, da = lstm_parameters(draw, 3, 4), draw(3, 2, 6), draw(4, 2), draw(4, 2, 6)
    caches = lstm_forward(x, a0, parameters)[-1]
    found = truncated_backward(da, caches, 3, backward=lstm_backward)
    pieces = [lstm_backward(da[:, :, t : t + 3], (caches[0][t : t + 3], x[:, :, t : t + 3])) for t in (0, 3)]
    assert_agree(
        {"dWc": found["dWc"], "dx": found["dx"]},
        {"dWc": pieces[0]["dWc"] + pieces[1]["dWc"], "dx": np.concatenate([p["dx"] for p in pieces], axis=2)},
    )


def test_the_norm_at_each_state_is_that_of_the_gradient_torch_finds_there() -> None:
    draw = Draw(5)
    parameters, x, a0, da_last = rnn_parameters(draw), draw(3, 2, 6), draw(4, 2), draw(4, 2)
    a, states = torch.tensor(a0), []
    for t in range(6):
        drive = torch.tensor(parameters["Wax"] @ x[:, :, t] + parameters["ba"])
        a = torch.tanh(drive + torch.tensor(parameters["Waa"]) @ a).requires_grad_()
        a.retain_grad()
        states.append(a)
    torch.autograd.backward(a, torch.tensor(da_last))
    expected = np.stack([np.linalg.norm(gradient(state), axis=0) for state in states])
    assert_agree({"norms": gradient_norms(da_last, rnn_forward(x, a0, parameters)[2])}, {"norms": expected})


def test_gradients_vanish_explode_or_are_carried_as_the_course_says() -> None:
    draw, T = Draw(6), 60
    turn, _ = np.linalg.qr(draw(8, 8))
    x, a0, da_last = np.zeros((1, 3, T)), 1e-12 * draw(8, 3), draw(8, 3)
    silent = {"Wax": np.zeros((8, 1)), "ba": np.zeros((8, 1)), "Wya": np.zeros((1, 8)), "by": np.zeros((1, 1))}
    for scale in (0.9, 1.0, 1.1):
        norms = gradient_norms(da_last, rnn_forward(x, a0, {**silent, "Waa": scale * turn})[2])
        np.testing.assert_allclose(norms[0] / norms[-1], scale ** (T - 1), rtol=1e-6)
    gates = {f"W{gate}": 0.1 * draw(8, 9) for gate in "fico"} | {f"b{gate}": np.zeros((8, 1)) for gate in "ico"}
    reached = {}
    for forget in (-1.0, 6.0):
        theta = {**gates, "bf": np.full((8, 1), forget), "Wy": np.zeros((1, 8)), "by": np.zeros((1, 1))}
        caches = lstm_forward(draw(1, 3, T), a0, theta)[-1]
        norms = gradient_norms(da_last, caches, cell_backward=lstm_cell_backward, states=2)
        reached[forget] = (norms[0] / norms[-1]).min()
    assert reached[-1.0] < 1e-12
    assert reached[6.0] > 1e-2
