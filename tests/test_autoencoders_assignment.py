"""The assignment on auto-encoders: its solution agrees with the references, its samplers keep what they promise, and
students are treated fairly.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from autograder.assignment import load_assignment
from autograder.cli.course import Loaded
from autograder.registry import build_registry
from autograder.solution import load_solution
from reference.autoencoders.autoencoder import (
    Autoencoder,
    autoencoder_backward,
    autoencoder_forward,
    reconstruction_loss,
)
from reference.autoencoders.variational import reparameterise
from reference.counts.similarity import cosine_similarity
from reference.networks.dense import ACTIVATIONS
from reference.training import train
from tests.posed import verdicts_on_cells

if TYPE_CHECKING:
    from autograder.conversation import Case

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parents[1] / "assignments" / "autoencoders"
ASSIGNMENT = load_assignment(FOLDER)
SOLUTION = load_solution(ASSIGNMENT)
REGISTRY = build_registry(FOLDER)
FUNCTION = SOLUTION.function
verdicts = partial(verdicts_on_cells, Loaded(ASSIGNMENT, SOLUTION, REGISTRY))
SEEDS = range(10)
SMALL = {"m": 40, "k": 5, "epochs": 1}


def case(sampler: str, edge: str = "", seed: int = 0, **size: int) -> Case:
    drawn: Case = REGISTRY.samplers[f"autoencoders.{sampler}"](np.random.default_rng(seed), size, edge)
    return drawn


# --------------------------------------------------------------------------------------- the solution and the references


@pytest.mark.parametrize("kind", sorted(ACTIVATIONS))
def test_what_bends_is_what_bends_in_the_references(kind: str) -> None:
    Z, dA = np.random.default_rng(1).standard_normal((2, 3, 4))
    A = FUNCTION("bend")(Z, kind)
    np.testing.assert_array_equal(A, ACTIVATIONS[kind].forward(Z))
    np.testing.assert_allclose(FUNCTION("bend_backward")(dA, A, kind), ACTIVATIONS[kind].backward(dA, A), rtol=1e-12)


@pytest.mark.parametrize("edge", ["", "tied", "softmax", "by default"])
def test_the_auto_encoder_is_the_reference(edge: str) -> None:
    inputs = case("examples", edge, n=6, k=4, m=5).inputs
    found, expected = FUNCTION("autoencoder_forward")(**inputs), autoencoder_forward(**inputs)
    for mine, theirs in zip(found[:2], expected[:2], strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-12)
    dy, dh = np.ones((6, 5)), np.full((4, 5), 0.3)
    gradients, theirs = FUNCTION("autoencoder_backward")(dy, dh, found[2]), autoencoder_backward(dy, dh, expected[2])
    assert gradients.keys() == theirs.keys()
    for name, gradient in theirs.items():
        np.testing.assert_allclose(gradients[name], gradient, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("edge", ["", "tied"])
def test_the_training_is_that_of_the_references_in_torch(edge: str) -> None:
    import torch

    inputs = case("one_order", edge, n=4, k=3, m=5, batch=9, epochs=4).inputs
    model = Autoencoder(inputs["start"], inputs["hidden"], inputs["output"])
    adam = partial(torch.optim.Adam, lr=inputs["rate"])
    train(model, reconstruction_loss(), lambda _: [(torch.tensor(inputs["x"].T),)], adam, seed=0, epochs=4)
    parameters, losses = FUNCTION("train")(**inputs)
    for name, theirs in model.arrays().items():
        np.testing.assert_allclose(parameters[name], theirs, rtol=1e-9)
    assert losses[-1] == pytest.approx(FUNCTION("loss_after")(parameters, inputs), rel=1e-12)


def test_codes_are_drawn_as_the_reference_makes_them_of_the_same_noise() -> None:
    mu, log_var, _ = case("uncertain_codes", k=3, m=4).inputs.values()
    eps = np.random.default_rng(5).standard_normal((3, 4))
    drawn = FUNCTION("draw_codes")(mu, log_var, np.random.default_rng(5))
    np.testing.assert_allclose(drawn, reparameterise(mu, log_var, eps), rtol=1e-12)


# ----------------------------------------------------------------------------------------------------------- the samplers


@pytest.mark.parametrize("seed", SEEDS)
def test_no_unit_is_as_active_as_it_should_be_but_where_all_are(seed: int) -> None:
    for k, m in ((1, 1), (3, 1), (2, 5), (5, 3)):
        h, rho, _ = case("active_units", "", seed, k=k, m=m).inputs.values()
        assert ((h > 0) & (h < 1)).all()
        assert (np.abs(h.mean(axis=1) - rho) > 0.02 * rho).all()
    h, rho, _ = case("active_units", "as silent as they should be", seed, k=2, m=5).inputs.values()
    np.testing.assert_allclose(h.mean(axis=1), rho)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_largest_weight_in_size_is_negative_and_equal_ones_come_in_an_order_of_their_own(seed: int) -> None:
    W2 = case("weights_of_topics", "", seed, V=7, k=3, n=4).inputs["W2"]
    assert (np.abs(W2).max(axis=0) > W2.max(axis=0)).all()
    W2, words, _ = case("weights_of_topics", "ties", seed, V=7, k=3, n=4).inputs.values()
    for column in W2.T:
        equal = [words[place] for place in np.flatnonzero(column == column.max())]
        assert equal not in (sorted(equal), sorted(equal, reverse=True))


def test_words_are_turned_for_each_training_and_those_that_judge_are_not_trained_on() -> None:
    module = sys.modules[REGISTRY.samplers["autoencoders.stack"].__module__]
    words, vectors = module.word_vectors()
    assert (len(words), vectors.shape) == (1300, (1300, 48))
    assert np.abs(vectors.mean(axis=0)).max() < 1e-3
    known, new = module.turned_words(40, 3)
    lengths = np.sort(np.linalg.norm(vectors, axis=1))
    np.testing.assert_allclose(np.sort(np.linalg.norm(np.hstack([known, new]), axis=0)), lengths)
    assert not np.isclose(known[:, :, None], vectors.T[:, None, :]).all(axis=0).any()
    one, other = (case("words_to_shorten", seed=seed, **SMALL).inputs["x"] for seed in (1, 2))
    assert np.abs(one - other).max() > 0.5


# ------------------------------------------------------------------------------------------------------------- the metric

METRIC = REGISTRY.metrics["mean change of cosines"]


def test_the_metric_is_what_students_can_work_out_themselves() -> None:
    asked = case("words_to_shorten", m=1270, k=5, epochs=1)
    _, new = sys.modules[REGISTRY.samplers["autoencoders.stack"].__module__].turned_words(**asked.hidden)
    start = asked.inputs["start"]
    codes = autoencoder_forward(new, start, "identity")[1]
    expected = FUNCTION("similarity_lost")(new.T, codes.T, cosine_similarity)
    assert METRIC.score(start, **asked.hidden) == pytest.approx(expected, rel=1e-9)
    whole = {"W1": 3.0 * np.eye(48), "b1": np.zeros((48, 1))}
    assert METRIC.score(whole, **asked.hidden) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("broken", [None, {}, {"W1": None}, {"W1": np.zeros((5, 3))}, {"b1": "b"}, {"b1": np.zeros(5)},
                                    {"b1": np.full((5, 1), np.nan)}])  # fmt: skip
def test_what_is_no_encoder_is_refused_in_words(broken: Any) -> None:
    asked = case("words_to_shorten", **SMALL)
    answer = {**asked.inputs["start"], **broken} if broken else broken
    with pytest.raises(ValueError, match=r"W1 and b1"):
        METRIC.score(answer, **asked.hidden)


# -------------------------------------------------------------------------------------------------------------- fairness

UNBENT = """
def autoencoder_forward(x, parameters, hidden="sigmoid", output="identity"):
    W2 = parameters.get("W2", parameters["W1"].T)
    h = bend(parameters["W1"] @ x + parameters["b1"], hidden)
    y = W2 @ h + parameters["b2"]
    return y, h, (x, h, y, {**parameters, "own": h}, hidden, output)

right = autoencoder_backward
def autoencoder_backward(dy, dh, cache):
    x, h, y, parameters, hidden, _ = cache
    return right(dy, dh, (x, h, y, {name: each for name, each in parameters.items() if name != "own"}, hidden, "identity"))
"""
WIDE = """
def gaussian_kl(mu, log_var):
    return float((mu**2 + np.exp(log_var) - 1 - log_var).sum() / mu.shape[1])

theirs = variational_forward
def variational_forward(x, eps, parameters):
    return theirs(x, eps, parameters, divergence=gaussian_kl)
"""
OWN_PARTS = """
theirs = train
def train(start, x, epochs, seed, hidden="sigmoid", output="identity", p=0.0, rate=0.01, batch=50):
    return theirs(start, x, epochs, seed, hidden, output, p, rate, batch, forward=autoencoder_forward)
"""


def test_the_way_back_of_a_student_s_own_auto_encoder_is_right() -> None:
    assert [each.outcome for each in verdicts("autoencoder_backward", UNBENT)] == ["passed", "passed"]
    assert [each.outcome for each in verdicts("autoencoder_forward", UNBENT)] == ["failed", "failed"]


def test_a_wrong_divergence_costs_the_loss_nothing() -> None:
    found = verdicts("variational_forward", WIDE, failed=frozenset({"gaussian_kl"}))
    assert [(each.outcome, each.carried_forward) for each in found] == [
        ("passed", False),
        ("passed", True),
        ("passed", False),
    ]
    [own] = verdicts("gaussian_kl", WIDE)
    assert own.slip == "kl-not-halved"


def test_a_wrong_forward_pass_costs_the_steps_of_the_training_nothing() -> None:
    [found] = verdicts("train", UNBENT, OWN_PARTS, failed=frozenset({"autoencoder_forward"}), only=("values",))
    assert (found.outcome, found.carried_forward) == ("passed", True)


def test_who_hands_in_parameters_that_were_not_trained_is_found_out() -> None:
    fake = """
def train(start, x, epochs, seed, hidden="sigmoid", output="identity", p=0.0, rate=0.01, batch=50):
    generator = np.random.default_rng(seed)
    drawn = {name: generator.standard_normal(array.shape) for name, array in start.items()}
    return drawn, [18.0, *np.linspace(9.0, 7.8, epochs)]
"""
    assert [each.outcome for each in verdicts("train", fake)] == ["failed"] * 3


def test_who_gives_the_decoder_weights_of_its_own_does_not_keep_what_is_alike() -> None:
    free = """
theirs = train
def train(start, x, epochs, seed, hidden="sigmoid", output="identity", p=0.0, rate=0.01, batch=50):
    decoder = {"W2": np.random.default_rng(seed).standard_normal(start["W1"].T.shape) / 4}
    parameters, losses = theirs({**start, **decoder}, x, epochs, seed, hidden, output, p, rate, batch)
    return {name: parameters[name] for name in start}, losses
"""
    [found] = verdicts("train", free, only=("accuracy",))
    assert found.outcome == "failed"
