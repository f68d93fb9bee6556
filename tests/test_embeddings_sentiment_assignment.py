"""The assignment on embeddings and sentiment: its solution agrees with the references, its samplers keep what they
promise, and students are treated fairly.
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
from reference.classifiers.averaged import averaged_backward, averaged_forward
from reference.classifiers.embedding_layer import pretrained_rows
from reference.classifiers.recurrent_classifier import recurrent_classifier_backward, recurrent_classifier_forward
from reference.counts.vocabulary import Vocabulary
from reference.networks.losses import binary_cross_entropy, binary_cross_entropy_gradient, l2_gradients, l2_penalty
from reference.networks.optimisers import adam_step
from reference.vectors.word_vectors import WordVectors
from tests.posed import verdicts_on_cells

if TYPE_CHECKING:
    from autograder.conversation import Case

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parents[1] / "assignments" / "embeddings-sentiment"
ASSIGNMENT = load_assignment(FOLDER)
SOLUTION = load_solution(ASSIGNMENT)
REGISTRY = build_registry(FOLDER)
FUNCTION = SOLUTION.function
verdicts = partial(verdicts_on_cells, Loaded(ASSIGNMENT, SOLUTION, REGISTRY), skip=("accuracy", "learning"))
TEXTS = {"m": 4, "T": 5, "V": 7, "d": 3, "n": 6, "k": 2}
SEEDS = range(10)


def case(sampler: str, edge: str = "", seed: int = 0, **size: int) -> Case:
    drawn: Case = REGISTRY.samplers[f"sentiment.{sampler}"](np.random.default_rng(seed), size, edge)
    return drawn


# --------------------------------------------------------------------------------------- the solution and the references


def test_the_loss_is_the_cross_entropy_and_the_penalty_of_the_references() -> None:
    Z, Y, parameters, strength = case("scores", k=2, m=5, n=3).inputs.values()
    J, dZ, gradients = FUNCTION("loss_and_gradients")(Z, Y, parameters, strength)
    assert pytest.approx(binary_cross_entropy(Z, Y) + l2_penalty(parameters, strength), rel=1e-12) == J
    np.testing.assert_allclose(dZ, binary_cross_entropy_gradient(Z, Y), rtol=1e-12)
    expected = l2_gradients(parameters, strength)
    assert gradients.keys() == expected.keys()
    assert all((gradients[name] == expected[name]).all() for name in expected)


@pytest.mark.parametrize("sampler", ["some_vectors", "vectors_of_some"])
def test_rows_are_those_of_the_reference_from_the_same_generator(sampler: str) -> None:
    inputs = case(sampler, V=9, d=4).inputs
    words, vectors = inputs["words"], inputs["vectors"]
    vocabulary = Vocabulary(tuple(words), np.zeros(len(words), dtype=np.int64))
    theirs = pretrained_rows(
        vocabulary, WordVectors(tuple(vectors), np.stack(list(vectors.values()))), np.random.default_rng(3)
    )
    np.testing.assert_array_equal(FUNCTION("pretrained_rows")(words, vectors, np.random.default_rng(3)), theirs)


@pytest.mark.parametrize("edge", ["without a mask", "a text without words"])
def test_the_averaged_classifier_is_the_reference_where_nothing_is_dropped(edge: str) -> None:
    inputs = case("texts_for_mean", edge, **TEXTS).inputs
    numbers, parameters = inputs["numbers"], inputs["parameters"]
    Z, cache = FUNCTION("averaged_forward")(numbers, parameters)
    theirs, caches = averaged_forward(numbers, parameters, "tanh")
    np.testing.assert_allclose(Z, theirs, rtol=1e-12)
    mine, expected = FUNCTION("averaged_backward")(Z, cache), averaged_backward(Z, caches)
    assert mine.keys() == expected.keys()
    for name, gradient in expected.items():
        np.testing.assert_allclose(mine[name], gradient, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("edge", ["", "a text without words"])
def test_the_reader_is_the_reference_with_the_simple_recurrence(edge: str) -> None:
    numbers, parameters = case("texts_to_read", edge, **TEXTS).inputs.values()
    nested = {name: parameters[name] for name in ("E", "Wy", "by")}
    nested["forward"] = {name: parameters[name] for name in ("Wax", "Waa", "ba")}
    Z, cache = FUNCTION("recurrent_classifier_forward")(numbers, parameters)
    theirs, caches = recurrent_classifier_forward(numbers, nested, "rnn")
    np.testing.assert_allclose(Z, theirs, rtol=1e-12)
    mine, found = FUNCTION("recurrent_classifier_backward")(Z, cache), recurrent_classifier_backward(Z, caches)
    expected = {**found.pop("forward"), **found}
    assert mine.keys() == expected.keys()
    for name, gradient in expected.items():
        np.testing.assert_allclose(mine[name], gradient, rtol=1e-10, atol=1e-12)


def test_a_step_of_the_training_is_one_of_adam_along_the_gradients_found_by_hand() -> None:
    inputs = case("one_order", m=3, T=4, V=6, d=3, n=2, batch=3, epochs=1).inputs
    start, numbers, Y, _, _, strength, rate, _ = inputs.values()
    Z, cache = FUNCTION("recurrent_classifier_forward")(numbers, start)
    before, dZ, penalty = FUNCTION("loss_and_gradients")(Z, Y, start, strength)
    gradients = FUNCTION("recurrent_classifier_backward")(dZ, cache)
    gradients |= {name: gradients[name] + each for name, each in penalty.items()}
    nothing = {name: np.zeros(array.shape) for name, array in start.items()}
    expected, _, _ = adam_step(start, gradients, nothing, nothing, 1, rate)
    parameters, losses = FUNCTION("train")(**inputs)
    for name in expected:
        np.testing.assert_allclose(parameters[name], expected[name], rtol=1e-9)
    assert losses == pytest.approx([before, FUNCTION("loss_after")(parameters, inputs)], rel=1e-12)


# ----------------------------------------------------------------------------------------------------------- the samplers


@pytest.mark.parametrize("seed", SEEDS)
def test_texts_are_of_different_lengths_and_have_words_twice_where_there_is_room(seed: int) -> None:
    numbers = case("texts_to_read", seed=seed, **TEXTS).inputs["numbers"]
    lengths = (numbers != 0).sum(axis=1)
    assert lengths.max() == numbers.shape[1]
    assert 0 < lengths.min() < lengths.max()
    longest = numbers[lengths.argmax()].tolist()
    assert len(set(longest)) < len(longest)
    assert (np.diff((numbers != 0).astype(int), axis=1) <= 0).all()  # padding at the end alone


@pytest.mark.parametrize("seed", SEEDS)
def test_large_scores_are_as_wrong_as_can_be_and_overflow(seed: int) -> None:
    inputs = case("scores", "large", seed, k=1, m=4, n=3).inputs
    assert (np.abs(inputs["Z"]) > 750).all()
    assert ((inputs["Z"] > 0) == (inputs["Y"] == 0)).all()
    assert set(np.unique(inputs["Y"])) == {0.0, 1.0}
    assert (case("scores", "large, and always no", seed, k=1, m=4, n=3).inputs["Z"] < -750).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_mask_silences_some_and_never_all(seed: int) -> None:
    mask = case("texts_for_mean", seed=seed, **TEXTS).inputs["mask"]
    assert set(np.unique(mask)) == {0.0, 1.25}


def test_words_are_numbered_anew_for_each_training_and_labels_stay_hidden() -> None:
    one, other = (case("sentences_to_learn", seed=seed, m=40, new=10, d=2, n=2, epochs=1) for seed in (1, 2))
    assert one.hidden["Y"].shape == (1, 10)
    assert one.inputs["Y"].shape == (1, 40)
    assert set(one.held_out) == {"numbers"}
    module = sys.modules[REGISTRY.samplers["sentiment.places"].__module__]
    assert len(module.lexicon()) + 1 == len(one.inputs["start"]["E"]) == 61
    width = min(each.inputs["numbers"].shape[1] for each in (one, other))
    assert (one.inputs["numbers"][:, :width] == other.inputs["numbers"][:, :width]).mean() < 0.9


# ------------------------------------------------------------------------------------------------------------- the metric

METRIC = REGISTRY.metrics["accuracy of the classifier"]


def small_class() -> Case:
    return case("sentences_to_learn", m=20, new=10, d=2, n=3, epochs=1)


def test_accuracy_is_the_share_of_new_texts_whose_score_has_the_right_sign() -> None:
    asked = small_class()
    Z, _ = FUNCTION("recurrent_classifier_forward")(asked.held_out["numbers"], asked.inputs["start"])
    share = ((Z > 0) == (asked.hidden["Y"] > 0)).mean()
    assert METRIC.score(asked.inputs["start"], **asked.hidden) == METRIC.score(Z, **asked.hidden) == share
    assert METRIC.score(asked.hidden["Y"] - 0.5, **asked.hidden) == 1.0


@pytest.mark.parametrize("broken", [None, {}, {"E": None}, {"E": np.zeros((3, 2))}, {"Wy": np.zeros((1, 9))}, {"by": "b"},
                                    {"ba": np.full((3, 1), np.nan)}, {"Wax": np.zeros(3)}])  # fmt: skip
def test_what_is_no_classifier_is_refused_in_words(broken: Any) -> None:
    asked = small_class()
    answer = {**asked.inputs["start"], **broken} if broken else broken
    with pytest.raises(ValueError, match=r"the parameters|no row"):
        METRIC.score(answer, **asked.hidden)


# -------------------------------------------------------------------------------------------------------------- fairness


SCATTER = """
def embedding_backward(dx, cache):
    numbers, shape = cache
    dE = np.zeros(shape)
    dE[numbers] += np.moveaxis(dx, 0, 2)
    dE[0] = 0
    return dE
"""
READS_ALL = """
def recurrent_classifier_forward(numbers, parameters):
    a, states = np.zeros((len(parameters["ba"]), len(numbers))), []
    for t in range(numbers.shape[1]):
        x = parameters["E"][numbers[:, t]].T
        a = np.tanh(parameters["Wax"] @ x + parameters["Waa"] @ a + parameters["ba"])
        states.append(a)
    return parameters["Wy"] @ a + parameters["by"], (numbers, np.stack(states, axis=2), parameters)
"""


@pytest.mark.parametrize("classifier", ["averaged", "recurrent_classifier"])
def test_a_wrong_scatter_gradient_costs_the_classifiers_nothing(classifier: str) -> None:
    whole = SCATTER + (
        f"right = {classifier}_backward\n"
        f"def {classifier}_backward(dZ, cache):\n    return right(dZ, cache, scatter=embedding_backward)\n"
    )
    found = verdicts(f"{classifier}_backward", whole, failed=frozenset({"embedding_backward"}))
    assert [(each.outcome, each.carried_forward) for each in found] == [("passed", False), ("passed", True)]
    [own] = verdicts("embedding_backward", SCATTER)
    assert own.slip == "scatter-repeats-forgotten"


def test_gradients_of_a_student_s_own_reader_are_right() -> None:
    """One that reads the padding as well is wrong, and its way back is right if it does the same."""
    back = (
        READS_ALL
        + """
def recurrent_classifier_backward(dZ, cache):
    numbers, a, p = cache
    full = np.where(numbers == 0, len(p["E"]), numbers)  # nothing is padding
    wider = {**p, "E": np.concatenate([p["E"], p["E"][:1]])}
    found = right(dZ, (full, a, wider))
    found["dE"][0] = found["dE"][-1]
    return {**found, "dE": found["dE"][:-1]}
"""
    )
    found = verdicts("recurrent_classifier_backward", "right = recurrent_classifier_backward\n" + back)
    assert [each.outcome for each in found] == ["passed", "passed"]
    assert [each.outcome for each in verdicts("recurrent_classifier_forward", READS_ALL)] == ["failed"] * 2 + ["passed"]


def test_a_cache_of_one_s_own_layout_costs_a_point() -> None:
    own = """
theirs, back = averaged_forward, averaged_backward
def averaged_forward(numbers, parameters, mask=None):
    Z, cache = theirs(numbers, parameters, mask)
    return Z, {"all": cache}

def averaged_backward(dZ, cache):
    return back(dZ, cache["all"])
"""
    assert [each.outcome for each in verdicts("averaged_forward", own)] == ["passed", "passed", "failed"]
    assert [each.outcome for each in verdicts("averaged_backward", own)] == ["passed", "passed"]


def test_who_hands_in_parameters_that_were_not_trained_is_found_out() -> None:
    fake = """
def train(start, numbers, Y, epochs, seed, strength=1e-4, rate=0.02, batch=100, device="cpu"):
    generator = np.random.default_rng(seed)
    return {name: generator.standard_normal(array.shape) for name, array in start.items()}, [0.7, *np.linspace(0.5, 0.05, epochs)]
"""
    found = verdicts("train", fake, skip=())
    assert [each.outcome for each in found] == ["failed"] * 3


def test_the_training_is_asked_on_the_device_that_the_grader_names() -> None:
    task = ASSIGNMENT.task("train")
    plan = task.checks[-1]
    drawn = REGISTRY.samplers[plan.sampling.sampler](np.random.default_rng(1), dict(plan.sampling.sizes[0]), "")
    assert drawn.inputs["device"] == "cpu"
    assert "device" in drawn.by_keyword
