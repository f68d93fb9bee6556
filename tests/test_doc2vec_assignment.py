"""The assignment on Doc2Vec: its solution agrees with the references and an oracle, its samplers keep their promises,
students are treated fairly, and who cheats is found out.
"""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from autograder.assignment import load_assignment
from autograder.cli.course import Loaded
from autograder.given import given_files
from autograder.registry import build_registry
from autograder.solution import load_solution
from reference.data.shipped import lee
from reference.embeddings.huffman import huffman_routes
from reference.embeddings.objectives import negative_sampling_gradients, negative_sampling_loss
from reference.networks.gradient_check import numerical_gradients
from tests.posed import verdicts_on_cells

if TYPE_CHECKING:
    from autograder.conversation import Case

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parents[1] / "assignments" / "doc2vec"
ASSIGNMENT = load_assignment(FOLDER)
SOLUTION = load_solution(ASSIGNMENT)
REGISTRY = build_registry(FOLDER)
FUNCTION = SOLUTION.function
verdicts = partial(verdicts_on_cells, Loaded(ASSIGNMENT, SOLUTION, REGISTRY))
PLUGIN = sys.modules[REGISTRY.samplers["doc2vec.sentence"].__module__]


def case(sampler: str, edge: str = "", seed: int = 0, **size: int) -> Case:
    drawn: Case = REGISTRY.samplers[f"doc2vec.{sampler}"](np.random.default_rng(seed), size, edge)
    return drawn


# ------------------------------------------------------------------------------------------ the solution and its oracles


@pytest.mark.parametrize("V", [1, 2, 3, 12, 40])
def test_routes_are_the_reference_s_where_no_two_trees_are_equally_frequent(V: int) -> None:
    counts = case("untied_counts", seed=V, V=V).inputs["counts"]
    mine, theirs = FUNCTION("huffman_routes")(counts), huffman_routes(counts)
    in_lists = [(path.tolist(), code.tolist()) for path, code in mine]
    assert in_lists == [(route.path.tolist(), route.code.tolist()) for route in theirs]


def test_pv_dbow_asks_each_word_and_each_word_of_noise_as_negative_sampling_does() -> None:
    """A pair with noise, less the pair alone, is what the noise says."""
    v, U, words, noise = case(
        "document_and_noise", "a word of the document was drawn", V=7, d=3, n=4, m=6
    ).inputs.values()
    loss, dv, dU = FUNCTION("pv_dbow")(v, U, words, noise)
    asked = [(word, noise if place == 0 else noise[:0]) for place, word in enumerate(words)]
    gradients = [negative_sampling_gradients(v, U, word, drawn) for word, drawn in asked]
    assert loss == pytest.approx(sum(negative_sampling_loss(v, U, word, drawn) for word, drawn in asked))
    np.testing.assert_allclose(dv, sum(each["dh"] for each in gradients))
    np.testing.assert_allclose(dU, sum(each["dU"] for each in gradients))


def test_the_gradients_of_pv_dbow_are_those_of_its_loss() -> None:
    v, U, words, noise = case("document_and_noise", V=7, d=3, n=4, m=6).inputs.values()
    _, dv, dU = FUNCTION("pv_dbow")(v, U, words, noise)
    measured = numerical_gradients(lambda at: FUNCTION("pv_dbow")(at["v"], at["U"], words, noise)[0], {"v": v, "U": U})
    np.testing.assert_allclose(dv, measured["dv"], atol=1e-8)
    np.testing.assert_allclose(dU, measured["dU"], atol=1e-8)


def test_one_document_learns_in_training_as_a_new_one_does_whose_words_are_frozen_for_one_step() -> None:
    inputs = case("certain_training", V=9, d=4, documents=1, epochs=1, n=3).inputs
    vectors, losses = FUNCTION("train")(**inputs)
    shared = {name: inputs[name] for name in ("documents", "keep", "q", "epochs", "seed", "negatives", "rate")}
    inferred = FUNCTION("infer")(vectors=inputs["start"], start=inputs["start"]["D"], **shared)
    np.testing.assert_allclose(vectors["D"], inferred)
    assert not np.allclose(vectors["D"], inputs["start"]["D"])
    assert len(losses) == 2


def test_an_exam_is_the_mean_of_the_reference_s_loss() -> None:
    inputs = case("certain_training", V=7, d=3, documents=4, epochs=1, n=5).inputs
    D, U = inputs["start"]["D"], inputs["start"]["U"]
    one_by_one = [negative_sampling_loss(D[document], U, word, noise) for document, word, *noise in inputs["exam"]]
    assert FUNCTION("exam_loss")(inputs["start"], inputs["exam"]) == pytest.approx(np.mean(one_by_one))


# ----------------------------------------------------------------------------------------------------------- the samplers


@pytest.mark.parametrize("seed", range(10))
def test_rows_and_words_are_named_twice_wherever_there_is_room(seed: int) -> None:
    for plan in (ASSIGNMENT.task("mean_context_gradient").checks[0], ASSIGNMENT.task("pv_dbow").checks[0]):
        for size in plan.sampling.sizes:
            inputs = REGISTRY.samplers[plan.sampling.sampler](np.random.default_rng(seed), size, "").inputs
            for name, length in (("context", "C"), ("words", "n"), ("noise", "m")):
                if name in inputs:
                    rows = inputs[name].tolist()
                    assert (len(rows), len(set(rows)) < len(rows)) == (size[length], size[length] > 1)
            assert not set(inputs.get("words", ())) & set(inputs.get("noise", ()))


@pytest.mark.parametrize("seed", range(10))
def test_a_sentence_is_as_long_as_its_label_says_also_where_words_stand_beside_themselves(seed: int) -> None:
    sentence = case("sentence", "the same word again", seed, T=5, window=2).inputs["sentence"]
    assert len(sentence) == 5
    assert sentence[0] == sentence[1] != sentence[2] == sentence[3] != sentence[4]


@pytest.mark.parametrize("seed", range(10))
def test_large_scores_overflow_and_round_shares_to_zero(seed: int) -> None:
    h, U, path, code = case("way_to_a_word", "large", seed, V=6, d=3, L=4).inputs.values()
    assert ((1 - 2 * code) * (U[path] @ h)).max() < -750
    assert set(code) == {0, 1}
    h, U, target, sampled, _ = case("rivals", "large", seed, V=5, d=3, n=4).inputs.values()
    assert (U @ h).min() > 710  # exp overflows
    assert (U[sampled] @ h).max() - U[target] @ h > 750  # exp of the difference is 0
    v, U, words, noise = case("document_and_noise", "large", seed, V=7, d=3, n=4, m=6).inputs.values()
    assert (U[words] @ v).max() < -750
    assert (U[noise] @ v).min() > 750


@pytest.mark.parametrize("seed", range(10))
def test_documents_keep_some_words_and_lose_some_for_certain(seed: int) -> None:
    for size in ASSIGNMENT.task("train").checks[0].sampling.sizes:
        inputs = case("certain_training", seed=seed, **size).inputs
        kept = [inputs["keep"][document] for document in inputs["documents"]]
        assert all(0 < each.sum() < len(each) for each in kept)
        assert set(inputs["keep"]) == {0.0, 1.0}
        assert sorted(inputs["q"])[-2:] == [0.0, 1.0]


# ---------------------------------------------------------------------------------------------- what is handed out, hidden


def test_fifteen_ratings_are_handed_out_and_the_others_judge() -> None:
    given = json.loads(given_files(ASSIGNMENT, REGISTRY)["given/lee.json"])
    assert [len(given[name]) for name in ("background", "documents", "ratings")] == [300, 15, 15]
    assert sorted([*PLUGIN.RATED, *PLUGIN.HIDDEN]) == list(range(50))
    judged = case("lee_to_learn", d=2, epochs=1).hidden["ratings"]
    ratings = lee().similarities[np.ix_(PLUGIN.HIDDEN, PLUGIN.HIDDEN)]
    np.testing.assert_allclose(np.sort(judged, axis=None), np.sort(ratings, axis=None))


def test_words_are_numbered_anew_for_each_training_so_that_nothing_can_be_looked_up() -> None:
    one, other = (case("lee_to_learn", seed=seed, d=2, epochs=1) for seed in (1, 2))
    counts = [np.bincount(np.concatenate(each.inputs["documents"])) for each in (one, other)]
    assert counts[0].argmax() != counts[1].argmax()
    assert (one.hidden["ratings"] == other.hidden["ratings"]).mean() < 0.2
    assert len(one.inputs["documents"]) == 285
    assert set(one.held_out) == {"documents", "start", "keep", "q", "epochs", "seed"}


METRIC = REGISTRY.metrics["agreement with people"]
RATINGS = np.array([[1.0, 0.9, 0.1], [0.9, 1.0, 0.5], [0.1, 0.5, 1.0]])


def test_agreement_is_the_correlation_of_cosines_with_ratings() -> None:
    angles = np.arccos(RATINGS[1])[:, None] * [[-1], [0], [1]]
    right = np.concatenate([np.cos(angles), np.sin(angles)], axis=1)
    cosines = (right @ right.T)[np.triu_indices(3, 1)]
    expected = np.corrcoef(cosines, [0.9, 0.1, 0.5])[0, 1]
    assert METRIC.score(right, ratings=RATINGS) == pytest.approx(expected)
    assert METRIC.score(right * [[1e200], [1e-200], [3]], ratings=RATINGS) == pytest.approx(expected)
    assert METRIC.score(np.zeros((3, 2)), ratings=RATINGS) == 0.0


@pytest.mark.parametrize(
    "answer",
    [None, {}, [[1.0]], np.ones(3), np.ones((2, 2)), np.array([["a"]] * 3), np.full((3, 2), np.nan)],
)
def test_what_is_no_table_of_vectors_is_refused_in_words(answer: Any) -> None:
    with pytest.raises(ValueError, match="vectors"):
        METRIC.score(answer, ratings=RATINGS)


# -------------------------------------------------------------------------------------------------------------- fairness


def test_a_wrong_pv_dbow_and_a_wrong_rate_cost_inference_and_training_no_values() -> None:
    mean = """
def pv_dbow(v, U, words, noise):
    rows = np.concatenate([words, noise])
    right = np.arange(len(rows)) < len(words)
    g = (sigmoid(U[rows] @ v) - right) / max(len(rows), 1)
    dU = np.zeros(U.shape)
    dU[rows] += np.outer(g, v)
    return np.logaddexp(0, np.where(right, -1, 1) * (U[rows] @ v)).sum(), g @ U[rows], dU

def learning_rate_at(progress, first=0.025, last=0.0001):
    return first * (1 - progress)

def infer(vectors, documents, start, keep, q, epochs, seed, negatives=1, rate=0.1):
    generator, learned = np.random.default_rng(seed), start.copy()
    for n, document in enumerate(documents):
        for epoch in range(epochs):
            words, noise = words_and_noise(document, keep, q, negatives, generator)
            learned[n] -= learning_rate_at(epoch / epochs, rate) * pv_dbow(learned[n], vectors["U"], words, noise)[1]
    return learned

def train(start, documents, keep, q, exam, epochs, seed, negatives=1, rate=0.1):
    generator, vectors = np.random.default_rng(seed), {name: start[name].copy() for name in "DU"}
    losses = [exam_loss(vectors, exam)]
    for epoch in range(epochs):
        for n, document in enumerate(documents):
            words, noise = words_and_noise(document, keep, q, negatives, generator)
            _, dv, dU = pv_dbow(vectors["D"][n], vectors["U"], words, noise)
            step = learning_rate_at((epoch + n / len(documents)) / epochs, rate)
            vectors["D"][n] -= step * dv
            vectors["U"] -= step * dU
        losses.append(exam_loss(vectors, exam))
    return vectors, losses
"""
    failed = frozenset({"pv_dbow", "learning_rate_at"})
    for function in ("infer", "train"):
        found = verdicts(function, mean, failed=failed, skip=("learning", "accuracy"))
        assert [(each.outcome, each.carried_forward) for each in found] == [("passed", True)]
    assert [each.outcome for each in verdicts("pv_dbow", mean)] == ["passed", "failed"]


@pytest.mark.parametrize(("kind", "scale"), [("hierarchical", "/ len(path)"), ("hierarchical", "/ np.log(2)")])
def test_gradients_of_a_student_s_own_loss_are_right(kind: str, scale: str) -> None:
    own = f"""
def {kind}_softmax_loss(h, U, path, code):
    return np.logaddexp(0, -(1 - 2 * code) * (U[path] @ h)).sum() {scale}

def {kind}_softmax_gradients(h, U, path, code):
    g = (sigmoid(U[path] @ h) - (1 - code)) {scale}
    dU = np.zeros(U.shape)
    dU[path] = np.outer(g, h)
    return {{"dh": g @ U[path], "dU": dU}}
"""
    assert [each.outcome for each in verdicts(f"{kind}_softmax_loss", own)] == ["failed"]
    assert [each.outcome for each in verdicts(f"{kind}_softmax_gradients", own)] == ["passed", "passed"]


def test_who_hands_in_random_vectors_and_invented_losses_is_found_out() -> None:
    fake = """
def train(start, documents, keep, q, exam, epochs, seed, negatives=1, rate=0.1):
    generator = np.random.default_rng(seed)
    vectors = {name: generator.standard_normal(table.shape) for name, table in start.items()}
    return vectors, [exam_loss(start, exam), *np.linspace(4.1, 2.8, epochs)]
"""
    found = verdicts("train", fake)
    assert [each.outcome for each in found] == ["failed", "failed"]
    assert "tried twice" in found[1].message


def test_vectors_of_words_that_stay_as_they_are_agree_with_nobody() -> None:
    frozen = """
def train(start, documents, keep, q, exam, epochs, seed, negatives=1, rate=0.1):
    U = np.random.default_rng(seed).normal(0, 0.3, start["U"].shape)
    D = infer({"U": U}, documents, start["D"], keep, q, 2, seed)
    return {"D": D, "U": U}, [exam_loss(start, exam), *[exam_loss({"D": D, "U": U}, exam)] * epochs]
"""
    assert [each.outcome for each in verdicts("train", frozen)][-1] == "failed"
