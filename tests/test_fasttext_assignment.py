"""The assignment on fastText: its solution agrees with gensim and the references, its samplers with what they promise,
and students are treated fairly.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from gensim.models.fasttext import FastTextKeyedVectors
from numpy.testing import assert_allclose, assert_array_equal

from autograder import source
from autograder.assignment import load_assignment
from autograder.cli.course import Loaded
from autograder.given import given_files
from autograder.registry import build_registry
from autograder.setting import build_setting, setting_without_bar
from autograder.solution import load_solution
from reference.embeddings.bags import Bags, mean_rows
from reference.embeddings.contexts import mean_context, mean_context_gradient
from reference.embeddings.objectives import negative_sampling_gradients, negative_sampling_loss
from reference.embeddings.subwords import subword_buckets
from reference.networks.gradient_check import numerical_gradients
from tests.posed import verdicts_on_cells

if TYPE_CHECKING:
    from autograder.conversation import Case

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parents[1] / "assignments" / "fasttext"
ASSIGNMENT = load_assignment(FOLDER)
SOLUTION = load_solution(ASSIGNMENT)
REGISTRY = build_registry(FOLDER)
FUNCTION = SOLUTION.function
verdicts = partial(verdicts_on_cells, Loaded(ASSIGNMENT, SOLUTION, REGISTRY), skip=("accuracy",))
SAMPLER = REGISTRY.samplers
PLUGIN = sys.modules[SAMPLER["fasttext.word_to_cut"].__module__]
SOLVED = REGISTRY.metrics["share of analogies solved"].score
WORDS = ["where", "here", "", "a", "naïve", "Straße", "日本語", "жук", "😀x", "incomprehensibilities"]


def case(sampler: str, edge: str = "", seed: int = 0, **size: int) -> Case:
    drawn: Case = SAMPLER[f"fasttext.{sampler}"](np.random.default_rng(seed), size, edge)
    return drawn


# -------------------------------------------------------------------------------------- the solution and its oracles


@pytest.mark.parametrize("word", WORDS)
def test_buckets_are_those_of_the_reference(word: str) -> None:
    for lengths in ((), (1, 2), (2, 9)):
        assert FUNCTION("subword_buckets")(word, 1000, *lengths) == subword_buckets(word, 1000, *lengths)


def test_vectors_of_words_seen_and_unseen_are_gensim_s() -> None:
    """Gensim ports the authors' program: its hash, its buckets, and its means."""
    theirs = FastTextKeyedVectors(vector_size=4, min_n=3, max_n=6, bucket=50)
    theirs.add_vectors(["where", "naïve", "жук", "a"], np.zeros((4, 4), dtype=np.float32))
    theirs.recalc_char_ngram_buckets()
    Z = np.random.default_rng(1).standard_normal((54, 4)).astype(np.float32)
    theirs.vectors_vocab, theirs.vectors_ngrams = Z[:4], Z[4:]
    theirs.adjust_vectors()
    for word in ["where", "naïve", "жук", "a", "whereby", "日本語", "Straße"]:
        mine = FUNCTION("vector_of")(word, Z, theirs.key_to_index)
        assert_allclose(mine, theirs.get_vector(word), rtol=1e-5, err_msg=word)


def test_vectors_are_the_means_of_bags_and_zeros_where_these_are_empty() -> None:
    inputs = case("words_of_rows", "a word made of nothing", n=5, R=6, d=4, most=7).inputs
    bags = mean_rows(torch.tensor(inputs["Z"]), Bags.of(inputs["parts"])).numpy()
    assert_allclose(FUNCTION("subword_vectors")(**inputs), bags)
    assert (~bags.any(axis=1)).sum() == 1


def test_a_gradient_goes_back_to_the_rows_as_that_of_a_context_does() -> None:
    Z, parts = case("words_of_rows", n=5, R=6, d=4, most=7).inputs.values()
    dX = np.random.default_rng(2).standard_normal((5, 4))
    one_by_one = [mean_context_gradient(dx, Z, np.array(rows)) for dx, rows in zip(dX, parts, strict=True)]
    assert_allclose(FUNCTION("subword_gradient")(dX, Z, parts), sum(one_by_one))


def test_skip_gram_is_negative_sampling_by_the_mean_of_the_parts() -> None:
    inputs = case("noisy_prediction", R=7, V=5, d=3, rows=4, k=4).inputs
    Z, U, rows, *rest = inputs.values()
    x = mean_context(Z, np.array(rows))
    at_x = negative_sampling_gradients(x, U, *rest)
    gradients = FUNCTION("skip_gram_gradients")(**inputs)
    assert FUNCTION("skip_gram_loss")(**inputs) == pytest.approx(negative_sampling_loss(x, U, *rest), rel=1e-12)
    assert_allclose(gradients["dU"], at_x["dU"])
    assert_allclose(gradients["dZ"], mean_context_gradient(at_x["dh"], Z, np.array(rows)))


def test_the_gradients_of_skip_gram_are_those_of_its_loss() -> None:
    Z, U, *rest = case("noisy_prediction", "the target was drawn", R=7, V=5, d=3, rows=4, k=4).inputs.values()

    def loss(parameters: dict[str, Any]) -> float:
        return float(FUNCTION("skip_gram_loss")(parameters["Z"], parameters["U"], *rest))

    measured = numerical_gradients(loss, {"Z": Z, "U": U})
    gradients = FUNCTION("skip_gram_gradients")(Z, U, *rest)
    assert_allclose(gradients["dZ"], measured["dZ"], atol=1e-8)
    assert_allclose(gradients["dU"], measured["dU"], atol=1e-8)


def test_a_batch_teaches_what_all_its_questions_teach_one_by_one() -> None:
    """Rows of Z are moved by the whole of dx, which is the gradient times the number of the centre's rows."""
    inputs = case("few_questions", V=6, K=8, d=4, n=9, k=3, batch=4, epochs=2).inputs
    Z, U = (inputs["start"][name].copy() for name in "ZU")
    starts = [*range(0, 9, 4)] * 2
    for number, first in enumerate(starts):
        dZ, dU = np.zeros(Z.shape), np.zeros(U.shape)
        for centre, target, *noise in inputs["questions"][first : first + 4].tolist():
            rows = inputs["parts"][centre]
            gradients = FUNCTION("skip_gram_gradients")(Z, U, rows, target, np.array(noise))
            dZ += len(rows) * gradients["dZ"]
            dU += gradients["dU"]
        step = inputs["rate"] * (1 - number / len(starts))
        Z -= step * dZ
        U -= step * dU
    model = FUNCTION("train")(**inputs)
    assert_allclose(model["Z"], Z, rtol=1e-10)
    assert_allclose(model["U"], U, rtol=1e-10)


# ----------------------------------------------------------------------------------------------------------- the samplers


@pytest.mark.parametrize("seed", range(10))
def test_rows_and_noise_are_named_twice_wherever_there_is_room(seed: int) -> None:
    inputs = case("noisy_prediction", seed=seed, R=5, V=3, d=1, rows=2, k=2).inputs
    assert len(set(inputs["rows"])) == len(set(inputs["negatives"].tolist())) == 1
    assert inputs["target"] not in inputs["negatives"]
    longest = max(case("words_of_rows", seed=seed, n=3, R=8, d=5, most=4).inputs["parts"], key=len)
    assert len(set(longest)) < len(longest) == 4


@pytest.mark.parametrize("seed", range(10))
def test_large_scores_overflow_and_are_all_wrong(seed: int) -> None:
    Z, U, rows, target, negatives = case("noisy_prediction", "large", seed, R=7, V=5, d=3, rows=4, k=4).inputs.values()
    scores = U @ Z[rows].mean(axis=0)
    assert scores[target] < -750
    assert scores[negatives].min() > 750
    A, B, bag, label = case("labelled_text", "large", seed, V=5, L=4, d=3, n=6).inputs.values()
    scores = B @ A[bag].mean(axis=0)
    assert scores.min() > 710
    assert scores.max() - scores[label] > 750


@pytest.mark.parametrize("seed", range(10))
def test_letters_beyond_ascii_have_all_lengths_and_a_repeated_word_repeats_n_grams(seed: int) -> None:
    text = case("text_beyond_ascii", seed=seed, letters=3).inputs["text"]
    assert {len(letter.encode()) for letter in text} == {1, 2, 3, 4}
    inputs = case("word_to_cut", "the same n-gram twice", seed, letters=5, shortest=2, longest=4).inputs
    ngrams = FUNCTION("character_ngrams")(**inputs)
    assert len(set(ngrams)) < len(ngrams)


@pytest.mark.parametrize("seed", range(5))
def test_words_are_seen_or_not_as_the_edge_says_and_rows_are_not_the_order_of_the_dict(seed: int) -> None:
    size = {"letters": 5, "V": 6, "buckets": 300, "shortest": 4, "longest": 5}
    rows_of = {edge: case("word_and_index", edge, seed, **size).inputs for edge in ("", "never seen", "nothing seen")}
    assert [inputs["word"] in inputs["index"] for inputs in rows_of.values()] == [True, False, False]
    assert [len(inputs["index"]) for inputs in rows_of.values()] == [6, 6, 0]
    short = [case("word_and_index", f"{edge} and too short", seed, **size).inputs for edge in ("seen", "never seen")]
    assert [len(FUNCTION("word_rows")(**inputs)) for inputs in short] == [1, 0]


# ------------------------------------------------------------------------------------------------- the invented languages


@pytest.mark.parametrize("seed", range(3))
def test_an_invented_language_has_every_form_six_times_or_never_and_no_word_twice(seed: int) -> None:
    language = PLUGIN.invent(np.random.default_rng(seed))
    nouns = [word for noun in language.nouns for word in noun]
    assert len(set(nouns)) == 480
    assert len({*nouns, *language.vocabulary}) == 480 + 26
    times = np.bincount(language.text.ravel(), minlength=346)
    assert [times[language.index[word]] for word in nouns if word in language.index] == [6] * 320
    assert min(times) > 0


def test_analogies_go_from_one_declension_to_the_other_and_half_ask_for_what_was_never_seen() -> None:
    language = PLUGIN.invent(np.random.default_rng(1))
    analogies = PLUGIN.analogies_in(np.random.default_rng(2), language)
    nouns, forms = np.divmod(analogies, 6)
    assert (language.declension[nouns[:, 0]] != language.declension[nouns[:, 2]]).all()
    assert_array_equal(forms[:, :2], forms[:, 2:])
    assert_array_equal(nouns[:, ::2], nouns[:, 1::2])
    words = [word for noun in language.nouns for word in noun]
    seen = np.array([[words[place] in language.index for place in each] for each in analogies])
    assert seen[:, :3].all()
    assert seen[:200, 3].all()
    assert not seen[200:, 3].any()


def test_what_is_handed_out_is_of_a_language_that_is_never_graded() -> None:
    given = given_files(ASSIGNMENT, REGISTRY)
    text = given["given/text.txt"].decode().split()
    assert (len(text), len(set(text))) == (3 * 1920, 346)
    assert len(given["given/analogies.txt"].split()) == 4 * 400
    nouns = set(given["given/nouns.txt"].decode().split())
    for seed in range(3):
        language = PLUGIN.invent(np.random.default_rng(seed))
        assert len(nouns & {word for noun in language.nouns for word in noun}) < 10


WORDS_OF_FIVE = {"vocabulary": ["a", "b", "c", "d", "e"], "nouns": ["a", "b", "c", "d", "e"]}


def with_own_rows(*rows: list[float]) -> dict[str, Any]:
    return {"Z": np.concatenate([np.array(rows), np.zeros((PLUGIN.BUCKETS, len(rows[0])))])}


def test_an_analogy_is_solved_if_its_answer_is_the_nearest_but_for_the_words_that_are_asked_about() -> None:
    model = with_own_rows([1, 0, 0], [1, 1, 0], [1, 0, 1], [1, 1, 1], [1, -1, -1])
    asked = np.array([[0, 1, 2, 3]])
    assert SOLVED(model, **WORDS_OF_FIVE, analogies=asked) == 1.0
    assert SOLVED({"Z": 1e200 * model["Z"]}, **WORDS_OF_FIVE, analogies=asked) == 1.0
    assert SOLVED(model, **WORDS_OF_FIVE, analogies=np.array([[0, 1, 2, 3], [0, 1, 2, 4]])) == 0.5
    assert SOLVED(with_own_rows(*np.zeros((5, 3)).tolist()), **WORDS_OF_FIVE, analogies=asked[:, [0, 1, 2, 2]]) == 0.0


@pytest.mark.parametrize(
    "Z", [None, [[1.0]], np.ones(2005), np.ones((2004, 2)), np.full((2005, 2), np.nan), np.full((2005, 2), "a")]
)
def test_what_is_no_table_of_rows_is_refused_in_words(Z: Any) -> None:
    for model in ({"Z": Z}, {}, Z):
        with pytest.raises(ValueError, match=r"vectors|numbers"):
            SOLVED(model, **WORDS_OF_FIVE, analogies=np.array([[0, 1, 2, 3]]))


# -------------------------------------------------------------------------------------------------------------- fairness


WITHOUT_MARKS = """
def character_ngrams(word, shortest=3, longest=6):
    return [word[i : i + n] for i in range(len(word)) for n in range(shortest, longest + 1) if i + n <= len(word)]
"""
UNSIGNED = """
def fnv1a(text):
    h = 2166136261
    for byte in text.encode():
        h = (h ^ byte) * 16777619 % 2**32
    return h
"""
OWN_PATH = """
def subword_buckets(word, buckets, shortest=3, longest=6):
    return [fnv1a(ngram) % buckets for ngram in character_ngrams(word, shortest, longest)]

def word_rows(word, index, buckets, shortest=3, longest=6):
    rows = [index[word]] if word in index else []
    return rows + [len(index) + bucket for bucket in subword_buckets(word, buckets, shortest, longest)]

def subword_vectors(Z, parts):
    return np.array([Z[rows].sum(axis=0) if rows else 0 * Z[0] for rows in parts]).reshape(len(parts), -1)

def vector_of(word, Z, index, shortest=3, longest=6):
    return subword_vectors(Z, [word_rows(word, index, len(Z) - len(index), shortest, longest)])[0]

def skip_gram_loss(Z, U, rows, target, negatives):
    x = subword_vectors(Z, [rows])[0]
    return np.logaddexp(0, -U[target] @ x) + np.logaddexp(0, U[negatives] @ x).sum()
"""
"""Sums in the place of means, and all else built on one's own functions."""


def test_mistakes_in_part_one_and_in_the_mean_cost_nothing_where_they_are_built_upon() -> None:
    failed = frozenset({"character_ngrams", "fnv1a", "subword_vectors"})
    for function in ("subword_buckets", "word_rows", "vector_of", "skip_gram_loss"):
        found = verdicts(function, WITHOUT_MARKS + UNSIGNED + OWN_PATH, failed=failed)
        assert [(each.outcome, each.carried_forward) for each in found] == [("passed", True)], function


def test_gradients_of_a_student_s_own_sums_are_right() -> None:
    sums = """
def subword_gradient(dX, Z, parts):
    dZ = np.zeros(Z.shape)
    for dx, rows in zip(dX, parts):
        for row in rows:
            dZ[row] += dx
    return dZ
"""
    assert [each.outcome for each in verdicts("subword_gradient", OWN_PATH + sums)] == ["passed"]
    assert [each.slip for each in verdicts("subword_gradient", sums)] == ["gradient-not-shared"]


def test_a_hash_of_unsigned_bytes_costs_what_lies_beyond_english_alone() -> None:
    english, beyond = verdicts("fnv1a", UNSIGNED)
    assert (english.outcome, beyond.outcome, beyond.slip) == ("passed", "failed", "hash-of-unsigned-bytes")


def test_bytes_with_a_sign_may_be_numpy_s() -> None:
    signed = """
def fnv1a(text):
    h = 2166136261
    for byte in np.frombuffer(text.encode(), dtype=np.int8).tolist():
        h = ((h ^ byte) * 16777619) & 0xFFFFFFFF
    return np.uint32(h)
"""
    assert [each.outcome for each in verdicts("fnv1a", signed)] == ["passed", "passed"]


def score_of(cell: str) -> float:
    """Train on a case that nobody is graded on, and score what comes of it."""
    namespace: dict[str, Any] = {"np": np, **SOLUTION.given, **SOLUTION.namespace}
    exec(cell, namespace)
    task = ASSIGNMENT.task("train")
    plan = next(plan for plan in task.checks if plan.check == "accuracy")
    drawn = setting_without_bar(REGISTRY, ASSIGNMENT, task, plan, 1, frozenset(), "cpu").cases[0]
    return float(SOLVED(namespace["train"](**drawn.inputs), **drawn.hidden))


def test_the_bar_is_reached_with_n_grams_that_learn_and_missed_without() -> None:
    task = ASSIGNMENT.task("train")
    plan = next(plan for plan in task.checks if plan.check == "accuracy")
    bar = build_setting(REGISTRY, ASSIGNMENT, task, plan, 1, frozenset()).bar
    assert bar is not None
    assert score_of("") >= bar.value
    right = source.whole(FUNCTION("train"))
    assert score_of(right.replace("- right  #", "- 0 * right  #")) < bar.value  # everything is noise
    assert score_of(right.replace("mine.T @", "mine.T / 18 @")) < bar.value  # each row gets its share only
    assert score_of("def train(start, parts, questions, epochs):\n    return start") < bar.value
