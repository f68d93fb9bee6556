"""Stacks, both directions and sequences of different lengths against torch's packed sequences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from reference.recurrent.gru import gru_backward, gru_forward
from reference.recurrent.lstm import lstm_backward, lstm_forward
from reference.recurrent.rnn import rnn_backward, rnn_forward
from reference.recurrent.stacked import bidirectional_backward, bidirectional_forward, stacked_backward, stacked_forward
from reference.recurrent.variable_lengths import hide_beyond, last_states, last_states_backward, turn_around
from tests.reference.oracles import Draw, assert_agree, central_differences, gradient, tensor

if TYPE_CHECKING:
    from reference.activations import Array

LENGTHS = np.array([6, 1, 4])
KINDS: dict[str, Any] = {
    "rnn": (rnn_forward, rnn_backward, {"Wax": 0, "Waa": 1, "ba": 2}),
    "lstm": (
        lstm_forward,
        lstm_backward,
        {f"{kind}{gate}": 3 if kind == "W" else 2 for gate in "fico" for kind in "Wb"},
    ),
    "gru": (gru_forward, gru_backward, {f"{kind}{gate}": 3 if kind == "W" else 2 for gate in "urc" for kind in "Wb"}),
}


def draw_parameters(draw: Draw, kind: str, n_x: int, n_a: int) -> dict[str, Array]:
    shapes = [(n_a, n_x), (n_a, n_a), (n_a, 1), (n_a, n_a + n_x)]
    silent = dict.fromkeys(("Wy", "Wya"), np.zeros((1, n_a))) | {"by": np.zeros((1, 1))}
    return {name: draw(*shapes[which]) for name, which in KINDS[kind][2].items()} | silent


def lstm_state(parameters: dict[str, Array], end: str) -> dict[str, torch.Tensor]:
    n_a = len(parameters["bf"])
    W, b = (np.concatenate([parameters[f"{k}{gate}"] for gate in "ifco"]) for k in "Wb")
    return {
        f"weight_ih_{end}": torch.tensor(W[:, n_a:]),
        f"weight_hh_{end}": torch.tensor(W[:, :n_a]),
        f"bias_ih_{end}": torch.tensor(b[:, 0]),
        f"bias_hh_{end}": torch.zeros(4 * n_a, dtype=torch.float64),
    }


def test_a_bidirectional_lstm_of_different_lengths_is_torch_s_of_packed_sequences() -> None:
    draw = Draw(1)
    parameters = {half: draw_parameters(draw, "lstm", 3, 4) for half in ("forward", "backward")}
    x, da = draw(3, 3, 6), hide_beyond(draw(8, 3, 6), LENGTHS)
    a0 = [draw(4, 3), draw(4, 3)]
    layer = torch.nn.LSTM(3, 4, bidirectional=True, dtype=torch.float64)
    layer.load_state_dict(lstm_state(parameters["forward"], "l0") | lstm_state(parameters["backward"], "l0_reverse"))
    x_leaf, a_leaf = tensor(x), tensor(np.stack(a0))
    packed = torch.nn.utils.rnn.pack_padded_sequence(
        x_leaf.permute(2, 1, 0), torch.tensor(LENGTHS), enforce_sorted=False
    )
    start = a_leaf.transpose(1, 2).contiguous()
    states, _ = torch.nn.utils.rnn.pad_packed_sequence(layer(packed, (start, torch.zeros_like(start)))[0])
    expected = states.permute(2, 1, 0)
    torch.autograd.backward(expected, torch.tensor(da))

    a, caches = bidirectional_forward(x, a0[0], a0[1], parameters, LENGTHS)
    assert_agree({"a": hide_beyond(a, LENGTHS)}, {"a": expected.detach().numpy()})
    dx, halves = bidirectional_backward(da, caches)
    for half, end, place in (("forward", "l0", 0), ("backward", "l0_reverse", 1)):
        W = [gradient(getattr(layer, f"weight_{k}_{end}")) for k in ("hh", "ih")]
        b = gradient(getattr(layer, f"bias_ih_{end}"))
        found = halves[half]
        assert_agree(
            {"W": np.concatenate([found[f"dW{gate}"] for gate in "ifco"]), "a0": found["da0"]},
            {"W": np.concatenate(W, axis=1), "a0": gradient(a_leaf)[place]},
        )
        assert_agree({"b": np.concatenate([found[f"db{gate}"] for gate in "ifco"])}, {"b": b[:, None]})
    assert_agree({"dx": dx}, {"dx": gradient(x_leaf)})


@pytest.mark.parametrize("kind", KINDS)
def test_stacks_and_both_directions_agree_with_central_differences(kind: str) -> None:
    forward, backward, learned = KINDS[kind]
    draw = Draw(2)
    below = {half: draw_parameters(draw, kind, 2, 2) for half in ("forward", "backward")}
    above = [draw_parameters(draw, kind, n_x, n_a) for n_x, n_a in ((4, 3), (3, 2))]
    x, lengths, da = draw(2, 2, 3), np.array([3, 2]), hide_beyond(draw(2, 2, 3), np.array([3, 2]))
    starts = [draw(2, 2), draw(2, 2), draw(3, 2), draw(2, 2)]

    def run(x: Array, below: Any, above: Any, starts: Any) -> tuple[Array, Any, Any]:
        a, lower = bidirectional_forward(x, starts[0], starts[1], below, lengths, layer=forward)
        top, upper = stacked_forward(a, starts[2:], above, layer=forward)
        return top, lower, upper

    def loss(**moved: Array) -> float:
        halves = {half: {**below[half], **{n: moved[f"{half}_{n}"] for n in learned}} for half in below}
        layers = [{**each, **{n: moved[f"{k}_{n}"] for n in learned}} for k, each in enumerate(above)]
        a, _, _ = run(moved["x"], halves, layers, [moved[f"start_{k}"] for k in range(4)])
        return float((da * a).sum())

    inputs = {"x": x, **{f"start_{k}": start for k, start in enumerate(starts)}}
    inputs |= {f"{half}_{n}": below[half][n] for half in below for n in learned}
    inputs |= {f"{k}_{n}": above[k][n] for k in (0, 1) for n in learned}
    _, lower, upper = run(x, below, above, starts)
    layers = stacked_backward(da, upper, layer_backward=backward)
    # Gradients at what lies beyond an end are zero already: the states above read nothing there that counts.
    dx, halves = bidirectional_backward(layers[0]["dx"], lower, layer_backward=backward)
    found = {"dx": dx, "dstart_0": halves["forward"]["da0"], "dstart_1": halves["backward"]["da0"]}
    found |= {f"dstart_{2 + k}": layer["da0"] for k, layer in enumerate(layers)}
    found |= {f"d{half}_{n}": halves[half][f"d{n}"] for half in halves for n in learned}
    found |= {f"d{k}_{n}": layers[k][f"d{n}"] for k in (0, 1) for n in learned}
    assert_agree(found, central_differences(loss, **inputs), 1e-8)


def test_turning_around_and_hiding_stop_at_each_sequence_s_own_end() -> None:
    x = np.arange(18.0).reshape(1, 3, 6)
    assert turn_around(x, LENGTHS)[0].tolist() == [
        [5, 4, 3, 2, 1, 0],
        [6, 7, 8, 9, 10, 11],
        [15, 14, 13, 12, 16, 17],
    ]
    np.testing.assert_array_equal(turn_around(turn_around(x, LENGTHS), LENGTHS), x)
    assert (hide_beyond(x + 1, LENGTHS) > 0).sum(axis=2).tolist() == [[6, 1, 4]]
    assert last_states(x, LENGTHS).tolist() == [[5, 6, 15]]


def test_the_gradient_at_last_states_is_the_transpose_of_taking_them() -> None:
    draw = Draw(3)
    a, da_last = draw(2, 3, 6), draw(2, 3)
    da = last_states_backward(da_last, LENGTHS, 6)
    assert (da * a).sum() == pytest.approx((da_last * last_states(a, LENGTHS)).sum())
