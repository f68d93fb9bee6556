"""The text classifiers against torch, central differences and their twins; padding, order, frozen vectors, sentiment."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
import torch

from reference.classifiers.averaged import Averaged, averaged_backward, averaged_forward
from reference.classifiers.embedding_layer import padded, text_loss
from reference.classifiers.flattened import Flattened, flattened_backward, flattened_forward
from reference.classifiers.recurrent_classifier import (
    RecurrentClassifier,
    recurrent_classifier_backward,
    recurrent_classifier_forward,
)
from reference.counts.vocabulary import build_vocabulary
from reference.data.sentiment_trees import generate_sentiment_trees
from reference.networks.initialisation import first_parameters, xavier
from reference.training import shuffled, train
from tests.reference.oracles import Draw, assert_agree, central_differences, gradient

NUMBERS = np.array([[3, 1, 3, 5, 0], [2, 0, 0, 0, 0], [4, 5, 1, 2, 3], [1, 1, 1, 0, 0]])
V, D, N_A, K = 6, 3, 4, 2
KINDS = ["rnn", "gru", "lstm"]
SHAPES = {
    "rnn": {"Wax": (N_A, D), "Waa": (N_A, N_A), "ba": (N_A, 1)},
    "gru": {f"{part}{gate}": (N_A, N_A + D if part == "W" else 1) for gate in "urc" for part in "Wb"},
    "lstm": {f"{part}{gate}": (N_A, N_A + D if part == "W" else 1) for gate in "fico" for part in "Wb"},
}


def net_parameters(n_0: int) -> dict[str, np.ndarray]:
    draw = Draw(1)
    shapes = {name: theta.shape for name, theta in first_parameters([n_0, 5, K], np.random.default_rng(0)).items()}
    return {"E": draw(V, D), **{name: draw(*shape) for name, shape in shapes.items()}}


def reading_parameters(kind: str, halves: int) -> dict[str, Any]:
    draw = Draw(2)
    read = {half: {name: draw(*shape) for name, shape in SHAPES[kind].items()} for half in ("forward", "backward")}
    outer = {"E": draw(V, D), "Wy": draw(K, halves * N_A), "by": draw(K, 1)}
    return {**outer, **dict(list(read.items())[:halves])}


MEANS_AND_ROWS = [
    (averaged_forward, averaged_backward, Averaged, D),
    (flattened_forward, flattened_backward, Flattened, D * NUMBERS.shape[1]),
]


@pytest.mark.parametrize(("forward", "backward", "twin", "n_0"), MEANS_AND_ROWS, ids=["averaged", "flattened"])
def test_nets_on_embeddings_agree_with_their_twins_and_with_central_differences(forward, backward, twin, n_0) -> None:
    parameters, dZ = net_parameters(n_0), Draw(3)(K, len(NUMBERS))
    model = twin(parameters, "tanh")
    expected = model(torch.tensor(NUMBERS))
    torch.autograd.backward(expected, torch.tensor(dZ))
    Z, caches = forward(NUMBERS, parameters, "tanh")
    assert_agree({"Z": Z}, {"Z": expected.detach().numpy()})
    found = backward(dZ, caches)
    assert_agree(found, model.gradients())

    def loss(**moved: np.ndarray) -> float:
        return float((dZ * forward(NUMBERS, {**parameters, **moved}, "tanh")[0]).sum())

    slopes = central_differences(loss, **parameters)
    slopes["dE"][0] = 0  # padding is looked up by the one and left out by the other, and learns from neither
    assert_agree(found, slopes, 1e-8)


def test_the_averaged_net_is_torch_s_embedding_bag_and_knows_neither_order_nor_padding() -> None:
    parameters = net_parameters(D)
    bag = torch.nn.EmbeddingBag(V, D, padding_idx=0, mode="mean", dtype=torch.float64)
    with torch.no_grad():
        bag.weight.copy_(torch.tensor(parameters["E"]))
    h = bag(torch.tensor(NUMBERS)).detach().numpy().T
    expected = parameters["W2"] @ np.tanh(parameters["W1"] @ h + parameters["b1"]) + parameters["b2"]
    assert_agree({"Z": averaged_forward(NUMBERS, parameters, "tanh")[0]}, {"Z": expected})
    other = np.array([[5, 3, 3, 1, 0, 0, 0], [2, 0, 0, 0, 0, 0, 0], [1, 2, 3, 4, 5, 0, 0], [1, 1, 1, 0, 0, 0, 0]])
    assert_agree({"Z": averaged_forward(other, parameters, "tanh")[0]}, {"Z": expected})


@pytest.mark.parametrize("halves", [1, 2])
@pytest.mark.parametrize("kind", KINDS)
def test_classifiers_that_read_agree_with_their_twins_and_with_central_differences(kind: str, halves: int) -> None:
    parameters, dZ = reading_parameters(kind, halves), Draw(4)(K, len(NUMBERS))
    twin = RecurrentClassifier(parameters, kind)
    expected = twin(torch.tensor(NUMBERS))
    torch.autograd.backward(expected, torch.tensor(dZ))
    Z, caches = recurrent_classifier_forward(NUMBERS, parameters, kind)
    assert_agree({"Z": Z}, {"Z": expected.detach().numpy()})
    found = recurrent_classifier_backward(dZ, caches)
    assert_agree({name: found[name] for name in ("dE", "dWy", "dby")}, twin.gradients())

    def loss(half: str, **moved: np.ndarray) -> float:
        changed = {**parameters, half: {**parameters[half], **moved}} if half else {**parameters, **moved}
        return float((dZ * recurrent_classifier_forward(NUMBERS, changed, kind)[0]).sum())

    for half in [name for name in ("forward", "backward") if name in parameters]:
        theirs = {f"d{name}": gradient(p) for name, p in twin.halves[f"reads_{half}"].named_parameters()}
        assert_agree(found[half], theirs)
        assert_agree(found[half], central_differences(partial(loss, half), **parameters[half]), 1e-8)
    slopes = central_differences(partial(loss, ""), E=parameters["E"])
    assert not slopes["dE"][0].any()
    assert_agree({"dE": found["dE"]}, slopes, 1e-8)


@pytest.mark.parametrize("kind", ["rnn", "lstm"])
def test_reading_from_both_ends_agrees_with_torch_s_own_on_packed_sequences(kind: str) -> None:
    parameters = reading_parameters(kind, 2)
    layer = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM}[kind](D, N_A, bidirectional=True, dtype=torch.float64)
    state = {}
    for half, suffix in (("forward", "_l0"), ("backward", "_l0_reverse")):
        theta = parameters[half]
        if kind == "rnn":
            x_part, a_part, bias = theta["Wax"], theta["Waa"], theta["ba"]
        else:
            W = np.concatenate([theta[f"W{gate}"] for gate in "ifco"])
            x_part, a_part, bias = W[:, N_A:], W[:, :N_A], np.concatenate([theta[f"b{gate}"] for gate in "ifco"])
        state |= {f"weight_ih{suffix}": x_part, f"weight_hh{suffix}": a_part, f"bias_ih{suffix}": bias[:, 0]}
        state[f"bias_hh{suffix}"] = 0 * bias[:, 0]
    layer.load_state_dict({name: torch.tensor(array) for name, array in state.items()})
    x = torch.tensor(parameters["E"])[torch.tensor(NUMBERS)].transpose(0, 1)
    lengths = torch.tensor((NUMBERS != 0).sum(axis=1))
    _, last = layer(torch.nn.utils.rnn.pack_padded_sequence(x, lengths, enforce_sorted=False))
    h = (last[0] if kind == "lstm" else last).detach().numpy()  # (2, m, n_a)
    expected = parameters["Wy"] @ np.concatenate([h[0].T, h[1].T]) + parameters["by"]
    assert_agree({"Z": recurrent_classifier_forward(NUMBERS, parameters, kind)[0]}, {"Z": expected})


@pytest.mark.parametrize("halves", [1, 2])
def test_more_padding_changes_nothing_and_another_order_does(halves: int) -> None:
    parameters = reading_parameters("lstm", halves)
    Z, _ = recurrent_classifier_forward(NUMBERS, parameters)
    longer = np.pad(NUMBERS, ((0, 0), (0, 3)))
    assert_agree({"Z": recurrent_classifier_forward(longer, parameters)[0]}, {"Z": Z}, 1e-12)
    turned = NUMBERS.copy()
    turned[2] = turned[2, ::-1]
    moved = np.abs(recurrent_classifier_forward(turned, parameters)[0] - Z).max(axis=0)
    assert moved[2] > 1e-3
    assert moved[[0, 1, 3]].max() < 1e-12


def test_torch_s_own_check_of_gradients_passes_for_the_twins() -> None:
    for twin in (Averaged(net_parameters(D), "tanh"), Flattened(net_parameters(D * 5), "tanh")):
        assert torch.autograd.gradcheck(
            lambda *_, model=twin: model(torch.tensor(NUMBERS + 1 * (NUMBERS == 0))), tuple(twin.theta.values())
        )
    reads = RecurrentClassifier(reading_parameters("lstm", 2))
    assert torch.autograd.gradcheck(lambda *_: reads(torch.tensor(NUMBERS)), tuple(reads.parameters()))


def test_frozen_vectors_stay_and_tuned_ones_move_but_for_the_padding() -> None:
    batch = (torch.tensor(NUMBERS), torch.tensor([0, 1, 0, 1]))
    for frozen in (True, False):
        model = Averaged(net_parameters(D))
        model.theta["E"].requires_grad_(not frozen)
        before = model.arrays()
        train(model, text_loss, lambda _: [batch], partial(torch.optim.Adam, lr=0.1), seed=0, steps=2)
        assert np.array_equal(model.arrays()["E"], before["E"]) is frozen
        np.testing.assert_array_equal(model.arrays()["E"][0], before["E"][0])
        assert not np.array_equal(model.arrays()["W1"], before["W1"])


@pytest.mark.slow
def test_sentiment_that_hangs_on_order_is_read_by_an_lstm_and_not_by_a_mean() -> None:
    samples = generate_sentiment_trees(2500, np.random.default_rng(6))
    vocabulary = build_vocabulary([sample.tokens for sample in samples])
    numbers = torch.tensor(padded([vocabulary.encode(sample.tokens) for sample in samples]))
    t = torch.tensor([int(sample.label.value > 0) for sample in samples])
    generator = np.random.default_rng(7)
    E = 0.3 * generator.standard_normal((len(vocabulary), 16))
    mean = Averaged({"E": E, **first_parameters([16, 16, 2], generator)}, dtype=torch.float32)
    half = {f"W{gate}": xavier(32, 48, generator) for gate in "fico"} | {
        f"b{gate}": np.zeros((32, 1)) for gate in "fico"
    }
    outer = {"E": E, "Wy": xavier(2, 32, generator), "by": np.zeros((2, 1))}
    reads = RecurrentClassifier({**outer, "forward": half}, "lstm", torch.float32)
    right = {}
    for name, model in (("mean", mean), ("lstm", reads)):
        batches = shuffled(32, numbers[:2000], t[:2000])
        train(model, text_loss, batches, partial(torch.optim.Adam, lr=5e-3), seed=8, epochs=8)
        right[name] = float((model(numbers[2000:]).argmax(0) == t[2000:]).double().mean())
    assert right["lstm"] > 0.85
    assert right["lstm"] > right["mean"] + 0.1
