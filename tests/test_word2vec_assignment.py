"""The assignment on word2vec: its solution agrees with the references, its samplers with what they promise, and the
handout with the solution; students are treated fairly.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from autograder.assignment import load_assignment
from autograder.build import handout
from autograder.cli.course import Loaded
from autograder.given import given_files
from autograder.registry import build_registry
from autograder.solution import load_solution
from reference.data.shipped import wordsim353
from reference.embeddings.contexts import mean_context, mean_context_gradient, skip_gram_pairs
from reference.embeddings.huffman import huffman_routes
from reference.embeddings.objectives import negative_sampling_gradients, negative_sampling_loss
from reference.networks.gradient_check import numerical_gradients
from tests.posed import verdicts_on_cells

if TYPE_CHECKING:
    from autograder.conversation import Case

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parents[1] / "assignments" / "word2vec"
ASSIGNMENT = load_assignment(FOLDER)
SOLUTION = load_solution(ASSIGNMENT)
REGISTRY = build_registry(FOLDER)
FUNCTION = SOLUTION.function
verdicts = partial(verdicts_on_cells, Loaded(ASSIGNMENT, SOLUTION, REGISTRY))
SAMPLER = REGISTRY.samplers
TRAIN = ASSIGNMENT.task("train")


def case(sampler: str, edge: str = "", seed: int = 0, **size: int) -> Case:
    drawn: Case = SAMPLER[f"word2vec.{sampler}"](np.random.default_rng(seed), size, edge)
    return drawn


# --------------------------------------------------------------------------------------- the solution and the references


@pytest.mark.parametrize("seed", range(5))
def test_codes_cost_as_little_as_the_references_even_where_words_are_equally_frequent(seed: int) -> None:
    counts = np.random.default_rng(seed).integers(1, 6, size=3 + 7 * seed).tolist()
    mine, theirs = FUNCTION("huffman_codes")(counts), huffman_routes(counts)
    assert sum(n * len(code) for n, code in zip(counts, mine, strict=True)) == sum(
        n * len(route.code) for n, route in zip(counts, theirs, strict=True)
    )
    assert not any(one != other and other.startswith(one) for one in mine for other in mine)
    assert len(set(mine)) == len(counts)


def test_codes_are_the_references_where_no_two_trees_are_equally_frequent() -> None:
    counts = case("untied_counts", V=40).inputs["counts"]
    theirs = ["".join(map(str, route.code)) for route in huffman_routes(counts)]
    assert FUNCTION("huffman_codes")(counts) == theirs


def test_cbow_is_the_mean_of_the_context_before_negative_sampling() -> None:
    inputs = case("around", V=5, d=3, C=4, k=4).inputs
    W, U, context, *rest = inputs.values()
    loss, dW, dU = FUNCTION("cbow_loss_and_gradients")(**inputs)
    at_h = negative_sampling_gradients(mean_context(W, context), U, *rest)
    assert loss == negative_sampling_loss(mean_context(W, context), U, *rest)
    np.testing.assert_allclose(dW, mean_context_gradient(at_h["dh"], W, context))
    np.testing.assert_allclose(dU, at_h["dU"])


def test_the_gradients_of_cbow_are_those_of_its_loss() -> None:
    W, U, *rest = case("around", V=5, d=3, C=4, k=4).inputs.values()
    _, dW, dU = FUNCTION("cbow_loss_and_gradients")(W, U, *rest)

    def loss(parameters: dict[str, Any]) -> float:
        return float(FUNCTION("cbow_loss_and_gradients")(parameters["W"], parameters["U"], *rest)[0])

    measured = numerical_gradients(loss, {"W": W, "U": U})
    np.testing.assert_allclose(dW, measured["dW"], atol=1e-8)
    np.testing.assert_allclose(dU, measured["dU"], atol=1e-8)


def test_a_block_teaches_what_all_its_pairs_and_their_noise_teach_one_by_one() -> None:
    """The recipe's products of matrices are sums of the gradients of part 3, over pairs that share their noise."""
    inputs = case("equal_blocks", V=7, d=3, blocks=1, epochs=1, n=4).inputs
    window, negatives, rate = (inputs[name] for name in ("window", "negatives", "rate"))
    W, U = inputs["start"]["W"], inputs["start"]["U"]
    block = [word for word in inputs["text"].tolist() if inputs["keep"][word]][:50]
    noise = np.full(50, inputs["q"].argmax())
    dW, dU = np.zeros(W.shape), np.zeros(U.shape)
    for centre, context in skip_gram_pairs(block, window):
        pair = negative_sampling_gradients(W[centre], U, context, noise[:0])
        drawn = negative_sampling_gradients(W[centre], U, context, noise)  # the pair once more, with 50 words of noise
        share = negatives / 50
        dW[centre] += pair["dh"] + share * (drawn["dh"] - pair["dh"])
        dU += pair["dU"] + share * (drawn["dU"] - pair["dU"])
    vectors, losses = FUNCTION("train")(**inputs)
    np.testing.assert_allclose(vectors["W"], W - rate * dW, rtol=1e-10)
    np.testing.assert_allclose(vectors["U"], U - rate * dU, rtol=1e-10)
    assert len(losses) == 2


def test_an_exam_is_the_mean_of_the_reference_s_loss() -> None:
    inputs = case("equal_blocks", V=7, d=3, blocks=1, epochs=1, n=4).inputs
    W, U = inputs["start"]["W"], inputs["start"]["U"]
    one_by_one = [negative_sampling_loss(W[centre], U, target, noise) for centre, target, *noise in inputs["exam"]]
    assert FUNCTION("exam_loss")(inputs["start"], inputs["exam"]) == pytest.approx(np.mean(one_by_one))


# ----------------------------------------------------------------------------------------------------------- the samplers


def sizes_of(function: str, check: int = 0) -> list[dict[str, int]]:
    return [dict(size) for size in ASSIGNMENT.task(function).checks[check].sampling.sizes]


@pytest.mark.parametrize("seed", range(10))
def test_words_are_named_twice_wherever_there_is_room(seed: int) -> None:
    for size in sizes_of("cbow_loss_and_gradients"):
        inputs = case("around", seed=seed, **size).inputs
        context, negatives = inputs["context"].tolist(), inputs["negatives"].tolist()
        assert (len(set(context)) < len(context)) == (size["C"] > 1)
        assert (len(set(negatives)) < len(negatives)) == (size["k"] > 1)
        assert inputs["target"] not in negatives


@pytest.mark.parametrize("seed", range(10))
def test_large_scores_overflow_and_round_shares_to_zero(seed: int) -> None:
    inputs = case("prediction", "large", seed, V=2, d=3).inputs
    scores = inputs["U"] @ inputs["h"]
    assert scores.min() > 710  # exp overflows
    assert scores.max() - scores[inputs["target"]] > 750  # exp of the difference is 0
    noisy = case("noisy_prediction", "large", seed, V=2, d=3, k=1).inputs
    scores = noisy["U"] @ noisy["h"]
    assert scores[noisy["target"]] < -750
    assert scores[noisy["negatives"]].min() > 750


@pytest.mark.parametrize("seed", range(10))
def test_some_words_are_always_kept_and_some_are_not(seed: int) -> None:
    keep = FUNCTION("keep_probability")(*case("counts_and_t", seed=seed, V=12).inputs.values())
    assert 0 < (keep == 1).sum() < 12
    assert (keep > 0).all()


def test_blocks_are_equal_and_something_is_left_that_fills_none() -> None:
    inputs = case("equal_blocks", V=9, d=2, blocks=3, epochs=1, n=1).inputs
    kept = inputs["text"][inputs["keep"][inputs["text"]] == 1]
    assert len(np.unique(kept[:150].reshape(3, 50), axis=0)) == 1
    assert 150 < len(kept) < 200
    assert len(kept) < len(inputs["text"])


# ---------------------------------------------------------------------------------------------- what is handed out, hidden


@pytest.fixture(scope="module")
def given() -> dict[str, bytes]:
    return given_files(ASSIGNMENT, REGISTRY)


def test_the_text_is_handed_out_whole_and_a_third_of_the_rated_pairs(given: dict[str, bytes]) -> None:
    assert len(given["given/wikipedia.txt"].split()) == 469_909
    handed = {tuple(line.split("\t")[:2]) for line in given["given/wordsim.tsv"].decode().splitlines()}
    assert len(handed) == 118
    module = sys.modules[SAMPLER["word2vec.sentence"].__module__]
    judging = {pair.tokens for pair in module.rated_pairs(handed_out=False)}
    assert handed | judging == {pair.tokens for pair in wordsim353()}
    assert not handed & judging


def test_words_are_numbered_anew_for_each_training_so_that_no_known_vectors_fit() -> None:
    """Vectors that agree with people perfectly under the handed-out numbers are worth nothing under others."""
    one, other = (case("wikipedia_to_learn", seed=seed, d=2, epochs=1) for seed in (1, 2))
    assert (np.sort(one.hidden["ratings"]) == np.sort(other.hidden["ratings"])).all()
    assert (one.hidden["pairs"] == other.hidden["pairs"]).mean() < 0.01
    assert abs(len(one.inputs["text"]) - 0.95 * 429_028) < 3_000
    assert set(np.unique(one.hidden["pairs"])) <= set(np.unique(np.arange(len(one.inputs["q"]))))


METRIC = REGISTRY.metrics["agreement with people"]
HIDDEN = {"pairs": np.array([[0, 1], [0, 2], [1, 2]]), "ratings": np.array([9.0, 5.0, 1.0])}


def test_agreement_is_the_rank_correlation_of_cosines_with_ratings() -> None:
    right = np.array([[1.0, 1.0], [1.0, 0.1], [0.0, 1.0]])
    assert METRIC.score({"W": right}, **HIDDEN) == pytest.approx(1.0)
    assert METRIC.score({"W": right * [[1e200], [1e-200], [3]]}, **HIDDEN) == pytest.approx(1.0)
    assert METRIC.score({"W": right[[2, 1, 0]]}, **HIDDEN) == pytest.approx(-1.0)
    assert METRIC.score({"W": np.zeros((3, 2))}, **HIDDEN) == 0.0


@pytest.mark.parametrize(
    "answer",
    [None, np.ones((3, 2)), {}, {"W": [[1.0]]}, {"W": np.ones(3)}, {"W": np.ones((2, 2))}, {"W": np.array([["a"]] * 3)},
     {"W": np.full((3, 2), np.nan)}],
)  # fmt: skip
def test_what_is_no_table_of_vectors_is_refused_in_words(answer: Any) -> None:
    with pytest.raises(ValueError, match=r"vectors|numbers"):
        METRIC.score(answer, **HIDDEN)


# -------------------------------------------------------------------------------------------------------------- fairness


def test_a_wrong_part_three_costs_cbow_nothing() -> None:
    mean = """
def negative_sampling_loss(h, U, target, negatives):
    return np.logaddexp(0, -U[target] @ h) + np.logaddexp(0, U[negatives] @ h).mean()

def negative_sampling_gradients(h, U, target, negatives):
    rows = np.append(target, negatives)
    g = sigmoid(U[rows] @ h) - (np.arange(len(rows)) == 0)
    dU = np.zeros(U.shape)
    dU[rows] += np.outer(g, h)
    return {"dh": U[rows].T @ g, "dU": dU}

def cbow_loss_and_gradients(W, U, context, target, negatives):
    h = W[context].mean(axis=0)
    gradients = negative_sampling_gradients(h, U, target, negatives)
    dW = np.zeros(W.shape)
    np.add.at(dW, context, gradients["dh"] / len(context))
    return negative_sampling_loss(h, U, target, negatives), dW, gradients["dU"]
"""
    failed = frozenset({"negative_sampling_loss", "negative_sampling_gradients"})
    found = verdicts("cbow_loss_and_gradients", mean, failed=failed)
    assert [(each.outcome, each.carried_forward) for each in found] == [("passed", True)] * 2
    assert [each.slip for each in verdicts("negative_sampling_gradients", mean)] == [
        "",
        "ns-gradients-repeats-forgotten",
    ]


def test_gradients_of_a_student_s_own_loss_are_right() -> None:
    mean = """
def softmax_loss(h, U, target):
    return (np.logaddexp.reduce(U @ h) - U[target] @ h) / len(U)

def softmax_gradients(h, U, target):
    g = (softmax(U @ h) - (np.arange(len(U)) == target)) / len(U)
    return {"dh": U.T @ g, "dU": np.outer(g, h)}
"""
    assert [each.outcome for each in verdicts("softmax_loss", mean)] == ["failed"]
    assert [each.outcome for each in verdicts("softmax_gradients", mean)] == ["passed", "passed"]


@pytest.mark.parametrize(
    ("code", "slip"),
    [
        ("return np.array([token for token in tokens if np.random.rand() < keep[token]])", ""),
        ("return tokens[generator.random(len(keep))[tokens] < keep[tokens]]", "subsample-one-coin-for-each-word"),
    ],
)
def test_coins_are_tossed_by_the_generator_one_for_each_token(code: str, slip: str) -> None:
    always, tossed = verdicts("subsample", f"def subsample(tokens, keep, generator):\n    {code}")
    assert (always.outcome, tossed.outcome, tossed.slip) == ("passed", "failed", slip)


def test_a_loop_that_draws_costs_the_points_for_speed_alone() -> None:
    loop = """
def draw_negatives(q, n, generator):
    return np.array([generator.choice(len(q), p=q) for _ in range(n)])
"""
    assert [each.outcome for each in verdicts("draw_negatives", loop)] == ["passed", "passed", "failed"]


@pytest.mark.slow
def test_who_hands_in_random_vectors_and_invented_losses_is_found_out() -> None:
    fake = """
def train(start, text, keep, q, exam, epochs, seed, window=5, negatives=5, rate=0.04):
    generator = np.random.default_rng(seed)
    vectors = {name: generator.standard_normal(table.shape) for name, table in start.items()}
    return vectors, [4.1589, *np.linspace(2.8, 2.5, epochs)]
"""
    found = verdicts("train", fake)
    assert [each.outcome for each in found] == ["failed"] * 3
    assert "but the loss of the returned vectors is" in found[1].message


# ----------------------------------------------------------------------------------------------------------- the handout


def test_the_handout_states_the_limits() -> None:
    text = handout.render(handout.Student(ASSIGNMENT, SOLUTION))
    limits = ASSIGNMENT.limits
    assert (limits.cell_seconds, limits.run_seconds, limits.train_seconds) == (60, 120, 120)
    assert "may run for 60 seconds and the whole notebook for two minutes" in " ".join(text.split())
    assert "the grader stops it after two minutes" in " ".join(text.split())
