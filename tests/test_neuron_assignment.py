"""The assignment on neurons: its solution agrees with torch and with the references, its samplers keep what they promise,
and students are treated fairly. Above all, a checker of gradients is itself checked on right and on wrong ones.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from autograder.assignment import load_assignment
from autograder.cli.course import Loaded
from autograder.registry import build_registry
from autograder.solution import load_solution
from reference.networks import feed_forward as nets
from reference.networks.neuron import train_perceptron
from tests.posed import verdicts_on_cells

if TYPE_CHECKING:
    from autograder.conversation import Case

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parents[1] / "assignments" / "neuron"
ASSIGNMENT = load_assignment(FOLDER)
SOLUTION = load_solution(ASSIGNMENT)
REGISTRY = build_registry(FOLDER)
FUNCTION = SOLUTION.function
verdicts = partial(verdicts_on_cells, Loaded(ASSIGNMENT, SOLUTION, REGISTRY), skip=("accuracy", "learning"))
NET = {"n0": 3, "n1": 5, "n2": 4, "n3": 2, "m": 6}
LANDSCAPE = {"arrays": 4, "k": 3, "n": 2, "wrong": 2}
SEEDS = range(10)


def case(sampler: str, edge: str = "", seed: int = 0, **size: int) -> Case:
    drawn: Case = REGISTRY.samplers[f"neuron.{sampler}"](np.random.default_rng(seed), size, edge)
    return drawn


def outcomes(function: str, *cells: str, **options: Any) -> list[str]:
    return [each.outcome for each in verdicts(function, *cells, **options)]


# ------------------------------------------------------------------------------- the solution, torch, and the references


def test_each_loss_is_that_of_torch_and_its_gradient_too() -> None:
    theirs = {
        "classes": torch.nn.functional.cross_entropy,
        "questions": torch.nn.functional.binary_cross_entropy_with_logits,
        "amounts": torch.nn.functional.mse_loss,
    }
    for sampler, loss in theirs.items():
        output, right, kind = case(sampler, k=4, m=7).inputs.values()
        scores = torch.tensor(output, requires_grad=True)
        inputs = (scores.T, torch.tensor(right)) if kind == "softmax" else (scores, torch.tensor(right))
        J = loss(*inputs) * {"softmax": 1, "sigmoid": 4, "squared": 4 / 2}[kind]  # torch takes the mean over rows, too
        J.backward()
        mine, gradient = FUNCTION("loss_and_gradient")(output, right, kind)
        assert pytest.approx(J.item(), rel=1e-12) == mine
        np.testing.assert_allclose(gradient, scores.grad, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("hidden", ["relu", "tanh", "sigmoid", "identity"])
def test_the_net_and_its_way_back_are_those_of_the_reference(hidden: str) -> None:
    inputs = case("nets", hidden, **NET).inputs
    Z, caches = FUNCTION("feed_forward")(**inputs)
    theirs, kept = nets.feed_forward(inputs["X"], inputs["parameters"], hidden)
    np.testing.assert_allclose(Z, theirs, rtol=1e-12)
    mine, expected = FUNCTION("feed_forward_backward")(Z, caches), nets.feed_forward_backward(Z, kept)
    assert mine.keys() == expected.keys()
    for name, gradient in expected.items():
        np.testing.assert_allclose(mine[name], gradient, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(("kind", "theirs", "options"), [
    ("sgd", torch.optim.SGD, {}),
    ("momentum", torch.optim.SGD, {"momentum": 0.9}),
    ("adagrad", torch.optim.Adagrad, {}),
    ("adam", torch.optim.Adam, {}),
])  # fmt: skip
def test_three_steps_are_those_of_torch(kind: str, theirs: Any, options: dict[str, float]) -> None:
    theta = torch.tensor([1.0, -2.0], dtype=torch.float64, requires_grad=True)
    optimiser = theirs([theta], lr=0.1, **options)
    parameters, memory = {"b": theta.detach().numpy().copy()}, {}
    for gradient in ([2.0, -1.0], [0.5, 3.0], [-1.0, 0.1]):
        theta.grad = torch.tensor(gradient, dtype=torch.float64)
        optimiser.step()
        parameters, memory = FUNCTION("optimiser_step")(parameters, {"db": np.array(gradient)}, memory, kind, 0.1)
    np.testing.assert_allclose(parameters["b"], theta.detach(), rtol=1e-9)


# ----------------------------------------------------------------------------------------------------------- the samplers


@pytest.mark.parametrize("seed", SEEDS)
def test_neurons_are_at_their_threshold_with_and_without_a_veto(seed: int) -> None:
    excitatory, inhibitory, threshold = case("neurons", seed=seed, n=4, k=3, m=9).inputs.values()
    at, vetoes = excitatory.sum(axis=0) == threshold, inhibitory.sum(axis=0)
    assert {0, 1, 2} == set(vetoes[at].tolist())
    assert (excitatory.sum(axis=0) > threshold).any()
    assert (excitatory.sum(axis=0) < threshold).any()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_perceptron_comes_to_rest_only_where_a_plane_parts_the_classes(seed: int) -> None:
    inputs = case("classes_to_part", seed=seed, n=3, m=6, epochs=60).inputs
    mistakes = train_perceptron(**inputs)[2]
    assert mistakes[-1] == 0
    assert 2 < len(mistakes) < 60
    assert train_perceptron(**case("classes_to_part", "no plane", seed, n=3, m=6, epochs=60).inputs)[2][-1] > 0


@pytest.mark.parametrize("seed", SEEDS)
def test_rectifiers_stay_away_from_their_kink_and_some_are_on(seed: int) -> None:
    inputs = case("nets", seed=seed, **NET).inputs
    module = sys.modules[REGISTRY.samplers["neuron.nets"].__module__]
    for Z in module.hidden_scores(inputs["X"], inputs["parameters"]):
        assert np.abs(Z).min() > 0.02
        assert Z.min() < 0 < Z.max()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("sampler", ["gradients_to_check", "gradients_to_name", "gradients_a_little_off"])
def test_some_gradients_are_wrong_and_others_right_by_a_wide_margin(sampler: str, seed: int) -> None:
    inputs = dict(case(sampler, seed=seed, **LANDSCAPE).inputs)
    inputs["loss"] = FUNCTION("Landscape")(*inputs["loss"].arguments)
    limit = inputs.get("limit", 1e-6)
    slopes, _, wrong = FUNCTION("check_gradients")(**inputs)
    apart = [FUNCTION("gradient_difference")({n: inputs["gradients"][n]}, {n: slopes[n]}) for n in slopes]
    if sampler != "gradients_to_check":  # where h is so large that right ones are off by as much as is measured
        assert len(wrong) == 2
        assert all(each < limit / 5 or each > 5 * limit for each in apart)


def test_words_have_rows_of_their_own_in_each_training_and_labels_stay_hidden() -> None:
    one, other = (case("sentences_to_learn", seed=seed, m=60, new=20, n=2, epochs=1) for seed in (1, 2))
    assert set(one.held_out) == {"X"}
    assert one.held_out["X"].shape[1] == len(one.hidden["t"]) == 20
    assert (one.hidden["rows"] != other.hidden["rows"]).mean() > 0.5
    assert set(one.inputs["t"].tolist()) == {0, 1, 2}


# ------------------------------------------------------------------------------------------------------------- the metric

METRIC = REGISTRY.metrics["accuracy of the net"]


def test_accuracy_is_the_share_of_new_sentences_whose_class_has_the_highest_score() -> None:
    asked = case("sentences_to_learn", m=20, new=10, n=4, epochs=1)
    Z, _ = nets.feed_forward(asked.held_out["X"], asked.inputs["start"])
    share = (Z.argmax(axis=0) == asked.hidden["t"]).mean()
    assert METRIC.score(asked.inputs["start"], **asked.hidden) == METRIC.score(Z, **asked.hidden) == share
    assert METRIC.score(np.eye(3)[asked.hidden["t"]].T, **asked.hidden) == 1.0


@pytest.mark.parametrize("broken", [None, {}, {"W1": None}, {"W2": np.zeros((3, 9))}, {"b1": "b"},
                                    {"b2": np.full((3, 1), np.nan)}, {"W1": np.zeros(3)}])  # fmt: skip
def test_what_is_no_net_is_refused_in_words(broken: Any) -> None:
    asked = case("sentences_to_learn", m=20, new=10, n=4, epochs=1)
    answer = {**asked.inputs["start"], **broken} if broken else broken
    with pytest.raises(ValueError, match="the parameters"):
        METRIC.score(answer, **asked.hidden)


# ------------------------------------------------------------------------------------------------- the checker is checked

CHECKER = """
right = check_gradients
def check_gradients(loss, parameters, gradients, h=1e-5, limit=1e-6):
    slopes, difference, wrong = right(loss, parameters, gradients, h, limit)
    return {}
"""


@pytest.mark.parametrize(("answer", "expected"), [
    ("slopes, difference, wrong", ["passed"] * 4),
    ("slopes, difference, []", ["passed", "passed", "failed", "failed"]),
    ("slopes, difference, [f'd{name}' for name in parameters]", ["passed", "passed", "failed", "failed"]),
    ("gradients, 0.0, []", ["failed"] * 4),
    ("slopes, 1.0, wrong", ["passed", "failed", "passed", "passed"]),
    ("slopes, float(difference > limit), wrong", ["passed", "failed", "passed", "passed"]),
])  # fmt: skip
def test_a_checker_that_believes_everything_or_nothing_fails(answer: str, expected: list[str]) -> None:
    assert outcomes("check_gradients", CHECKER.replace("{}", answer)) == expected


def test_a_checker_that_moves_numbers_to_one_side_loses_what_depends_on_it_and_nothing_else() -> None:
    one_side = """
def check_gradients(loss, parameters, gradients, h=1e-5, limit=1e-6):
    def apart(names):
        g = np.concatenate([gradients[name].ravel() for name in names])
        s = np.concatenate([slopes[name].ravel() for name in names])
        return np.linalg.norm(g - s) / ((np.linalg.norm(g) + np.linalg.norm(s)) or 1.0)
    slopes = {f"d{name}": np.zeros(theta.shape) for name, theta in parameters.items()}
    for name, theta in parameters.items():
        for k in np.ndindex(*theta.shape):
            moved = theta.copy()
            moved[k] += h
            slopes[f"d{name}"][k] = (loss({**parameters, name: moved}) - loss(parameters)) / h
    return slopes, apart(slopes), [name for name in slopes if apart([name]) > limit]
"""
    found = verdicts("check_gradients", one_side)
    assert [each.outcome for each in found] == ["failed", "failed", "passed", "failed"]
    assert found[0].slip == "check-one-side"


# -------------------------------------------------------------------------------------------------------------- fairness

WRONG_NEURON = """
def mcculloch_pitts(excitatory, inhibitory, threshold):
    return (excitatory.sum(axis=0) > threshold) & ~inhibitory.any(axis=0)
"""
WRONG_SOFTMAX = """
def softmax(Z):
    e = np.exp(Z - Z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
"""
WRONG_LAYER_BACK = """
theirs = layer_backward
def layer_backward(dA_next, cache):
    found = theirs(dA_next, cache)
    return {**found, "db": found["db"] / dA_next.shape[1]}
"""
WRONG_STEP = """
right = optimiser_step
def optimiser_step(*inputs):
    moved, memory = right(*inputs)
    return {name: 1.01 * each for name, each in moved.items()}, memory
"""
WRONG_PROPAGATION = """
right = feed_forward_backward
def feed_forward_backward(dZ, caches):
    return {name: each / 3 for name, each in right(dZ, caches).items()}
"""


def built_on(function: str, part: str, own: str) -> str:
    """Return a cell in which a right function uses the student's own part."""
    return f"whole = {function}\ndef {function}(*inputs, **named):\n    return whole(*inputs, **named, {part}={own})\n"


@pytest.mark.parametrize(("function", "part", "own", "cell", "worth"), [
    ("gates", "neuron", "mcculloch_pitts", WRONG_NEURON, {0}),
    ("layer_forward", "shares", "softmax", WRONG_SOFTMAX, {1}),
    ("feed_forward_backward", "layer_back", "layer_backward", WRONG_LAYER_BACK, {0, 1}),
    ("train", "step", "optimiser_step", WRONG_STEP, {0}),
    ("train", "backward", "feed_forward_backward", WRONG_PROPAGATION, {0}),
])  # fmt: skip
def test_a_wrong_part_costs_its_points_once(function: str, part: str, own: str, cell: str, worth: set[int]) -> None:
    found = verdicts(function, cell, built_on(function, part, own), failed=frozenset({own}))
    assert {place for place, each in enumerate(found) if each.outcome == "passed"} >= worth
    assert all(found[place].carried_forward for place in worth)
    assert "failed" in outcomes(own, cell)


def test_a_way_back_that_fits_one_s_own_forward_pass_is_right() -> None:
    leaky = """
theirs, back = layer_forward, layer_backward
def layer_forward(A, W, b, name):
    A_next, cache = theirs(A, W, b, "identity" if name == "relu" else name)
    if name == "relu":
        A_next = np.where(A_next > 0, A_next, 0.1 * A_next)
    return A_next, (A, W, A_next, name)

def layer_backward(dA_next, cache):
    A, W, A_next, name = cache
    if name == "relu":
        return back(np.where(A_next > 0, dA_next, 0.1 * dA_next), (A, W, A_next, "identity"))
    return back(dA_next, cache)
"""
    assert outcomes("layer_backward", leaky) == ["passed"] * 3
    assert outcomes("layer_forward", leaky) == ["failed", "passed", "failed"]


def test_gates_by_logic_alone_lose_the_point_for_neurons() -> None:
    logic = """
def gates(a, b):
    a, b = a > 0, b > 0
    return {"not a": ~a, "and": a & b, "or": a | b, "nor": ~(a | b), "nand": ~(a & b), "xor": a ^ b}
"""
    assert outcomes("gates", logic) == ["passed", "failed"]


def test_parameters_that_were_moved_and_not_put_back_exactly_are_a_change() -> None:
    careless = """
def check_gradients(loss, parameters, gradients, h=1e-5, limit=1e-6):
    found = right(loss, parameters, gradients, h, limit)
    for theta in parameters.values():
        theta += h
        theta -= h
    return found
"""
    found = verdicts("check_gradients", "right = check_gradients" + careless)
    assert found[0].outcome == "failed"
    assert "parameters" in found[0].message


def test_who_hands_in_parameters_that_were_not_trained_is_found_out() -> None:
    fake = """
def train(start, X, t, epochs, seed, kind="adam", rate=0.01, batch=50, strength=1e-4):
    generator = np.random.default_rng(seed)
    return {n: generator.standard_normal(a.shape) for n, a in start.items()}, [1.2, *np.linspace(0.5, 0.02, epochs)]
"""
    assert outcomes("train", fake, skip=()) == ["failed"] * 3
