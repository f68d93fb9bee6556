"""The torch twins of the recurrent networks against the NumPy references, gradcheck, and torch's own layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from reference.recurrent.gru import gru_backward, gru_cell_backward, gru_cell_forward, gru_forward
from reference.recurrent.lstm import lstm_backward, lstm_forward
from reference.recurrent.rnn import rnn_backward, rnn_forward
from reference.recurrent.twins import Bidirectional, Gru, Lstm, Recurrence, Rnn, Stack, turn
from tests.reference.oracles import SIZES, Draw, Size, assert_agree, gradient, tensor

if TYPE_CHECKING:
    from collections.abc import Callable

    from reference.activations import Array

DOUBLE = {"dtype": torch.float64}


def gru_after_forward(x: Array, a0: Array, parameters: dict[str, Array]) -> Any:
    def cell(*given: Any) -> Any:
        return gru_cell_forward(*given, reset_after=True)

    return gru_forward(x, a0, parameters, cell=cell)


def gru_after_backward(da: Array, caches: Any) -> dict[str, Array]:
    def cell_backward(*given: Any) -> Any:
        return gru_cell_backward(*given, reset_after=True)

    cell_caches, x = caches
    found = gru_backward(da, caches, cell_backward=cell_backward)
    da_next, dbch = np.zeros(da.shape[:2]), np.zeros((len(da), 1))  # gru_backward adds up the six that all GRUs have
    for t in reversed(range(x.shape[2])):
        step = cell_backward(da[:, :, t] + da_next, cell_caches[t], False)
        da_next, dbch = step["da_prev"], dbch + step["dbch"]
    return {**found, "dbch": dbch}


KINDS: dict[str, tuple[Callable[[int, int], Recurrence], Any, Any]] = {
    "rnn": (lambda n_x, n_a: Rnn(n_x, n_a, **DOUBLE), rnn_forward, rnn_backward),
    "lstm": (lambda n_x, n_a: Lstm(n_x, n_a, **DOUBLE), lstm_forward, lstm_backward),
    "gru": (lambda n_x, n_a: Gru(n_x, n_a, **DOUBLE), gru_forward, gru_backward),
    "gru, reset after": (
        lambda n_x, n_a: Gru(n_x, n_a, reset_after=True, **DOUBLE),
        gru_after_forward,
        gru_after_backward,
    ),
}


def make(kind: str, n_x: int, n_a: int, seed: int = 1) -> Recurrence:
    torch.manual_seed(seed)
    twin = KINDS[kind][0](n_x, n_a)
    for parameter in twin.parameters():
        torch.nn.init.normal_(parameter)
    return twin


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", KINDS)
def test_the_twin_is_the_reference_in_values_and_gradients(kind: str, size: Size) -> None:
    draw, (_, forward, backward) = Draw(1), KINDS[kind]
    twin = make(kind, size.n_x, size.n_a)
    x, a0, da = draw(size.n_x, size.m, size.T_x), draw(size.n_a, size.m), draw(size.n_a, size.m, size.T_x)
    x_leaf, a_leaf = tensor(x), tensor(a0)
    start = (a_leaf.T, torch.zeros(size.m, size.n_a, **DOUBLE))[: len(twin.start(x_leaf.permute(2, 1, 0)))]
    states, last = twin(x_leaf.permute(2, 1, 0), start)
    torch.autograd.backward(states.permute(2, 1, 0), torch.tensor(da))

    silent = dict.fromkeys(("Wy", "Wya"), np.zeros((1, size.n_a))) | {"by": np.zeros((1, 1))}
    parameters = {name: p.detach().numpy() for name, p in twin.named_parameters()} | silent
    a, *_, caches = forward(x, a0, parameters)
    found = {f"d{name}": gradient(p) for name, p in twin.named_parameters()}
    found |= {"dx": gradient(x_leaf), "da0": gradient(a_leaf)}
    assert_agree({"a": states.detach().permute(2, 1, 0).numpy()}, {"a": a})
    assert_agree(found, backward(da, caches))
    torch.testing.assert_close(last[0], states[-1])


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_hold_through_every_input_and_every_last_state(kind: str) -> None:
    twin = make(kind, 2, 3)
    x = torch.randn(3, 2, 2, **DOUBLE, requires_grad=True)
    start = [torch.randn(2, 3, **DOUBLE, requires_grad=True) for _ in twin.start(x)]
    names, values = zip(*twin.named_parameters(), strict=True)

    def everything(x: torch.Tensor, *rest: torch.Tensor) -> tuple[torch.Tensor, ...]:
        states, last = torch.func.functional_call(
            twin, dict(zip(names, rest[len(start) :], strict=True)), (x, rest[: len(start)])
        )
        return (states, *last)

    assert torch.autograd.gradcheck(everything, (x, *start, *values))


def lstm_of_torch(twin: Lstm) -> torch.nn.LSTM:
    theirs = torch.nn.LSTM(twin.n_x, twin.n_a, **DOUBLE)
    W, b = twin.stacked("Wi", "Wf", "Wc", "Wo"), twin.stacked("bi", "bf", "bc", "bo")[:, 0]
    weights = {"weight_ih_l0": W[:, twin.n_a :], "weight_hh_l0": W[:, : twin.n_a]}
    theirs.load_state_dict({**weights, "bias_ih_l0": b, "bias_hh_l0": torch.zeros_like(b)})
    return theirs


def test_a_sequence_read_in_pieces_is_the_sequence_read_at_once() -> None:
    twin, x = Lstm(3, 4, **DOUBLE), torch.randn(7, 2, 3, **DOUBLE)
    stack = Stack([twin, Lstm(4, 4, **DOUBLE)]).eval()
    whole, last = stack(x)
    first, state = stack(x[:3])
    second, state = stack(x[3:], state)
    torch.testing.assert_close(torch.cat([first, second]), whole)
    torch.testing.assert_close(state, last)
    theirs, (a, c) = lstm_of_torch(twin)(x)
    ours, (a_last, c_last) = twin(x)
    torch.testing.assert_close(ours, theirs)
    torch.testing.assert_close(a_last, a[0])
    torch.testing.assert_close(c_last, c[0])


def test_each_sequence_is_read_backwards_from_its_own_end() -> None:
    torch.manual_seed(3)
    forwards, backwards, lengths = Lstm(3, 4, **DOUBLE), Lstm(3, 4, **DOUBLE), torch.tensor([5, 1, 3])
    x = torch.randn(5, 3, 3, **DOUBLE)
    theirs = torch.nn.LSTM(3, 4, bidirectional=True, **DOUBLE)
    halves = (lstm_of_torch(forwards).state_dict(), lstm_of_torch(backwards).state_dict())
    theirs.load_state_dict(
        {f"{k}{end}": v for half, end in zip(halves, ("", "_reverse"), strict=True) for k, v in half.items()}
    )
    packed = torch.nn.utils.rnn.pack_padded_sequence(x, lengths, enforce_sorted=False)
    expected, _ = torch.nn.utils.rnn.pad_packed_sequence(theirs(packed)[0])
    found = Bidirectional(forwards, backwards)(x, lengths)
    inside = torch.arange(5)[:, None] < lengths
    torch.testing.assert_close(found[inside], expected[inside])
    torch.testing.assert_close(turn(turn(x, lengths), lengths), x)


def test_dropout_lies_between_the_layers_alone() -> None:
    stack = Stack([Rnn(2, 64), Rnn(64, 64)], dropout=0.5)
    x = torch.randn(2, 1, 2)
    seen = []
    for layer in stack.layers:
        layer.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    states, _ = stack(x)
    torch.testing.assert_close(seen[0], x)
    assert 20 < (seen[1] == 0).sum() < 110
    assert (states != 0).all()
