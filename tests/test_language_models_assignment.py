"""The assignment on language models: its solution agrees with the references, its samplers keep what they promise, and
students are treated fairly.
"""

from __future__ import annotations

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
from reference.data.long_memory import BEING, DOING, LETTERS, make_up_name, make_up_sentence
from reference.language_models.sampling import sample_sentence
from reference.recurrent.clipping import clip_gradients
from reference.recurrent.lstm import lstm_cell_forward
from reference.recurrent.rnn import rnn_backward, rnn_forward
from tests.posed import verdicts_on_cells

if TYPE_CHECKING:
    from autograder.conversation import Case

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parents[1] / "assignments" / "language-models"
ASSIGNMENT = load_assignment(FOLDER)
SOLUTION = load_solution(ASSIGNMENT)
REGISTRY = build_registry(FOLDER)
FUNCTION = SOLUTION.function
GIVEN = SOLUTION.given
verdicts = partial(verdicts_on_cells, Loaded(ASSIGNMENT, SOLUTION, REGISTRY), skip=("accuracy", "learning"))
STEP = {"m": 4, "T": 5, "V": 6, "n": 3}
SEEDS = range(10)


def case(sampler: str, edge: str = "", seed: int = 0, **size: int) -> Case:
    drawn: Case = REGISTRY.samplers[f"language.{sampler}"](np.random.default_rng(seed), size, edge)
    return drawn


def model(made: Any) -> Any:
    return GIVEN[made.function](*made.arguments)


# --------------------------------------------------------------------------------------- the solution and the references


def test_the_given_recurrence_is_that_of_the_reference_on_one_hot_columns() -> None:
    inputs = case("one_step", **STEP).inputs
    X, parameters = inputs["X"], inputs["parameters"]
    x = np.moveaxis(np.eye(STEP["V"])[X], 2, 0)  # (V, m, T)
    expected, _, caches = rnn_forward(x, np.zeros((STEP["n"], STEP["m"])), parameters)
    a = GIVEN["states_forward"](X, parameters)
    np.testing.assert_allclose(a, expected, rtol=1e-12)
    da = np.random.default_rng(1).standard_normal(a.shape)
    mine, theirs = GIVEN["states_backward"](da, a, X, parameters), rnn_backward(da, caches)
    for name in ("dWax", "dWaa", "dba"):
        np.testing.assert_allclose(mine[name], theirs[name], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("edge", ["", "nothing to clip"])
def test_a_step_is_torch_s_gradient_clipped_as_the_reference_clips(edge: str) -> None:
    inputs = case("one_step", edge, **STEP).inputs
    X, Y, rate, limit = inputs["X"], torch.tensor(inputs["Y"]), inputs["rate"], inputs["limit"]
    theta = {name: torch.tensor(array, requires_grad=True) for name, array in inputs["parameters"].items()}
    x = torch.eye(STEP["V"], dtype=torch.float64)[torch.tensor(X)]  # (m, T, V)
    a, states = torch.zeros(STEP["m"], STEP["n"], dtype=torch.float64), []
    for t in range(X.shape[1]):
        a = torch.tanh(x[:, t] @ theta["Wax"].T + a @ theta["Waa"].T + theta["ba"].T)
        states.append(a @ theta["Wya"].T + theta["by"].T)
    J = torch.nn.functional.cross_entropy(torch.stack(states, dim=1).flatten(0, 1), Y.flatten(), ignore_index=-1)
    J.backward()  # type: ignore[no-untyped-call]
    gradients = {name: each.grad.numpy() for name, each in theta.items() if each.grad is not None}
    clipped = clip_gradients(gradients, limit, by="norm")
    loss, after = FUNCTION("optimise")(**inputs)
    assert loss == pytest.approx(J.item(), rel=1e-12)
    for name, array in inputs["parameters"].items():
        np.testing.assert_allclose(after[name], array - rate * clipped[name], rtol=1e-10)


def test_the_given_step_is_the_reference_s_lstm_cell() -> None:
    parameters = case("sentence_to_read", T=3, V=5, n_c=2, n_a=4).inputs["parameters"]
    generator = np.random.default_rng(2)
    x, a, c = generator.standard_normal((2, 3)), generator.standard_normal((4, 3)), generator.standard_normal((4, 3))
    expected = lstm_cell_forward(x, a, c, parameters)
    for mine, theirs in zip(GIVEN["lstm_step"](x, a, c, parameters), expected[:2], strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-12)


def test_what_is_written_at_a_temperature_is_what_the_reference_writes() -> None:
    rows = np.random.default_rng(3).dirichlet(np.ones(6), size=17)
    toy = GIVEN["Table"](rows, True)
    reshaped = FUNCTION("reshaped")
    for seed in SEEDS:
        mine = FUNCTION("write")(
            lambda history: reshaped(toy(history), 0.7, 4, 0.9, [1]), np.random.default_rng(seed), 0, [2], 12
        )
        theirs = sample_sentence(
            toy, np.random.default_rng(seed), 0, start=[2], max_length=12,
            temperature=0.7, top_k=4, nucleus=0.9, rejected=[1],
        )  # fmt: skip
        assert mine == theirs


def test_the_probabilities_of_all_words_after_a_context_sum_to_one() -> None:
    inputs = case("sentences_to_count", S=6, T=6, V=4, n=3).inputs
    counts, discounts = FUNCTION("n_gram_model")(inputs["sentences"], 3)
    words = [*sorted({word for sentence in inputs["sentences"] for word in sentence}), "<EOS>", "never seen"]
    for context in [*counts[2], ("yak", words[0]), ("yak", "yak")]:
        p = [FUNCTION("kneser_ney_probability")(word, list(context), counts, discounts, len(words)) for word in words]
        assert sum(p) == pytest.approx(1.0)


# ----------------------------------------------------------------------------------------------------------- the samplers


@pytest.mark.parametrize("seed", SEEDS)
def test_where_the_model_is_certain_the_first_words_of_a_sentence_tell_how_it_goes_on(seed: int) -> None:
    drawn = case("certain_words", seed=seed, T=5, V=4).inputs
    sentence = FUNCTION("write")(model(drawn["next_word"]), np.random.default_rng(0), drawn["end"], drawn["start"])
    assert len(sentence) == 5
    assert sentence[: len(drawn["start"])] == drawn["start"]
    endless = case("certain_words", "it never ends", seed, T=5, V=4).inputs
    assert len(FUNCTION("write")(model(endless["next_word"]), np.random.default_rng(0), endless["end"])) == 100


@pytest.mark.parametrize("seed", SEEDS)
def test_each_of_the_four_ways_to_reshape_changes_the_answer(seed: int) -> None:
    inputs = dict(case("distribution_to_reshape", seed=seed, V=8).inputs)
    q = FUNCTION("reshaped")(**inputs)
    assert 0 < np.count_nonzero(q) < inputs["top_k"]
    for name, nothing in (("temperature", 1.0), ("nucleus", 1.0), ("rejected", [])):
        assert not np.allclose(FUNCTION("reshaped")(**(inputs | {name: nothing})), q)
    # without top_k the nucleus has more to add up
    assert np.count_nonzero(FUNCTION("reshaped")(**(inputs | {"top_k": None}))) > np.count_nonzero(q)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_drawn_word_is_the_target_of_some_examples_and_not_of_others(seed: int) -> None:
    inputs = case("few_of_many", seed=seed, V=9, n_a=3, m=5, S=6).inputs
    targets, drawn = inputs["targets"], inputs["drawn"]
    assert targets[0] in drawn
    assert (targets == targets[0]).sum() > 1
    assert set(drawn.tolist()) - set(targets.tolist())


@pytest.mark.parametrize("seed", SEEDS)
def test_every_step_but_that_of_the_edge_is_clipped(seed: int) -> None:
    inputs = dict(case("one_step", seed=seed, **STEP).inputs)
    before = inputs["parameters"]
    _, after = FUNCTION("optimise")(**inputs)
    moved = np.sqrt(sum(((after[name] - before[name]) ** 2).sum() for name in before))
    assert moved == pytest.approx(inputs["rate"] * inputs["limit"])
    assert (inputs["Y"] == -1).any()


# --------------------------------------------------------------------------------------------------- the two languages


def test_the_vowels_of_a_name_are_of_one_kind_and_verbs_agree() -> None:
    random = np.random.default_rng(5)
    names = [make_up_name(random) for _ in range(300)]
    assert set("".join(names)) == set(LETTERS)
    assert not any(set(name) & set("aou") and set(name) & set("eiy") for name in names)
    verbs = {*BEING, *DOING}
    for _ in range(300):
        sentence = make_up_sentence(random)
        while sentence[2] in {"near", "behind", "with"}:  # who stands beside the subject says nothing
            del sentence[2:5]
        if sentence[2] in verbs or sentence[2][:-1] in verbs:
            many = sentence[1] in {"children", "wolves"} or sentence[1].endswith("s")
            assert (sentence[2] in verbs) == many


def test_the_given_lstm_guesses_new_sentences_far_better_than_trigrams_do() -> None:
    random = np.random.default_rng(6)
    sentences = [make_up_sentence(random) for _ in range(1100)]
    with np.load(FOLDER / "given" / "lstm.npz") as file:
        parameters = {name: file[name].astype(float) for name in file.files if name != "words"}
        number = {word: n for n, word in enumerate(file["words"].tolist())}
    counts, discounts = FUNCTION("n_gram_model")(sentences[:1000], 3)
    mine, theirs = [], []
    for sentence in sentences[1000:]:
        mine.extend(FUNCTION("lstm_log_probabilities")([number[word] for word in sentence], 0, parameters))
        line = ["<START>", "<START>", *sentence, "<EOS>"]
        p = [
            FUNCTION("kneser_ney_probability")(line[t], line[:t], counts, discounts, len(number))
            for t in range(2, len(line))
        ]
        theirs.extend(np.log(p))
    assert np.exp(-np.mean(mine)) < 7.5
    assert np.exp(-np.mean(theirs)) > 9


# ------------------------------------------------------------------------------------------------------------- the metric

METRIC = REGISTRY.metrics["number of bits for each letter"]


def small_book() -> Case:
    return case("names_to_learn", m=20, new=10, n=3, epochs=1)


def test_bits_are_those_of_the_loss_on_names_that_were_kept_apart() -> None:
    asked = small_book()
    J, _ = FUNCTION("optimise")(**asked.held_out, parameters=asked.inputs["start"], rate=0.0)
    assert METRIC.score(asked.inputs["start"], **asked.hidden) == pytest.approx(J / np.log(2), rel=1e-9)


@pytest.mark.parametrize("broken", [None, {"Wax": None}, {"Waa": np.zeros((2, 3))}, {"by": "b"},
                                    {"ba": np.full((3, 1), np.nan)}, {"Wya": np.zeros(3)}])  # fmt: skip
def test_what_is_no_network_is_refused_in_words(broken: Any) -> None:
    asked = small_book()
    answer = {**asked.inputs["start"], **broken} if broken else broken
    with pytest.raises(ValueError, match=r"the parameters|the shapes"):
        METRIC.score(answer, **asked.hidden)


# -------------------------------------------------------------------------------------------------------------- fairness


BY_VALUE = """
def optimise(X, Y, parameters, rate=4.0, limit=0.5):
    J, far = right(X, Y, parameters, 1.0, 1e9)
    return J, {name: parameters[name] - rate * np.clip(parameters[name] - far[name], -limit, limit) for name in far}
"""


def test_a_wrong_step_costs_the_training_nothing_where_steps_are_compared() -> None:
    whole = (
        "right, trained = optimise, train\n"
        + BY_VALUE
        + (
            "def train(start, X, Y, epochs, seed, rate=4.0, limit=0.5, batch=50):\n"
            "    return trained(start, X, Y, epochs, seed, rate, limit, batch, step=optimise)\n"
        )
    )
    [found] = verdicts("train", whole, failed=frozenset({"optimise"}))
    assert (found.outcome, found.carried_forward) == ("passed", True)
    loss, step = verdicts("optimise", "right = optimise\n" + BY_VALUE)
    assert (loss.outcome, step.slip) == ("passed", "step-clipped-by-value")


def test_gradients_of_a_student_s_own_loss_are_right() -> None:
    own = """
mean, back = neural_loss, neural_backward
def neural_loss(sentences, n, end, parameters):
    J, cache = mean(sentences, n, end, parameters)
    return J * len(cache[1]), cache

def neural_backward(dJ, cache):
    return back(dJ * len(cache[1]), cache)
"""
    assert [each.outcome for each in verdicts("neural_backward", own)] == ["passed"] * 3
    assert [each.outcome for each in verdicts("neural_loss", own)] == ["failed", "passed"]


def test_who_hands_in_parameters_that_were_not_trained_is_found_out() -> None:
    fake = """
def train(start, X, Y, epochs, seed, rate=4.0, limit=0.5, batch=50):
    generator = np.random.default_rng(seed)
    made_up = {name: generator.standard_normal(array.shape) for name, array in start.items()}
    return made_up, [3.2, *np.linspace(2.0, 1.8, epochs)]
"""
    assert [each.outcome for each in verdicts("train", fake, skip=())] == ["failed"] * 3


def test_who_never_clips_or_forgets_what_was_read_is_found_out_without_a_training() -> None:
    forgetful = """
right = optimise
def optimise(X, Y, parameters, rate=4.0, limit=0.5):
    J, after = right(X, Y, parameters, rate, limit)
    return J, {**after, "Waa": parameters["Waa"]}
"""
    assert [each.outcome for each in verdicts("optimise", forgetful)] == ["passed", "failed"]
