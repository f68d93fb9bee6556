"""The assignment on word analogies: its solution agrees with the references, its samplers keep their promises, students
are treated fairly, and who would cheat is found out.
"""

from __future__ import annotations

import sys
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy import stats

from autograder.assignment import load_assignment
from autograder.cli.course import Loaded
from autograder.conversation import Reply
from autograder.registry import build_registry
from autograder.setting import build_setting
from autograder.solution import load_solution
from reference.counts.similarity import (
    cosine_similarities,
    cosine_similarity,
    euclidean_distance,
    euclidean_distances,
    euclidean_similarity,
)
from reference.vectors.association import effect_size, p_value
from reference.vectors.neighbours import largest
from reference.vectors.vector_files import VectorFileError, read_glove_text, read_word2vec_text
from tests.posed import verdicts_on_cells

if TYPE_CHECKING:
    from autograder.conversation import Case

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parents[1] / "assignments" / "word-analogies"
ASSIGNMENT = load_assignment(FOLDER)
SOLUTION = load_solution(ASSIGNMENT)
REGISTRY = build_registry(FOLDER)
FUNCTION = SOLUTION.function
verdicts = partial(verdicts_on_cells, Loaded(ASSIGNMENT, SOLUTION, REGISTRY))
PLUGIN = sys.modules[REGISTRY.samplers["word-analogies.two_vectors"].__module__]


def case(sampler: str, edge: str = "", seed: int = 0, **size: int) -> Case:
    drawn: Case = REGISTRY.samplers[f"word-analogies.{sampler}"](np.random.default_rng(seed), size, edge)
    return drawn


def cases(function: str, seed: int = 0) -> list[Case]:
    task = ASSIGNMENT.task(function)
    settings = [build_setting(REGISTRY, ASSIGNMENT, task, plan, seed, frozenset()) for plan in task.checks]
    return [case for setting in settings for case in setting.cases]


# --------------------------------------------------------------------------------------- the solution and the references


@pytest.mark.parametrize("seed", range(3))
def test_the_solution_reads_what_the_reference_reads_and_refuses_the_same_lines(seed: int, tmp_path: Path) -> None:
    for each in cases("read_vectors", seed):
        text = each.inputs["text"]
        if "  " in text:  # the reference takes the second space for a part of the word
            continue
        file = tmp_path / "vectors"
        file.write_text(text, encoding="utf-8")
        head = text.split("\n")[0].rstrip(" ").split(" ")
        header = len(head) == 2 and all(map(str.isdecimal, head))
        try:
            right = (read_word2vec_text if header else read_glove_text)(file)
        except VectorFileError:
            with pytest.raises(ValueError, match=r"^line \d+:"):
                FUNCTION("read_vectors")(text)
        else:
            words, W = FUNCTION("read_vectors")(text)
            assert tuple(words) == right.words
            np.testing.assert_allclose(W, right.matrix, rtol=1e-6)


def test_vectors_are_compared_as_the_references_do() -> None:
    for each in cases("compare"):
        u, v = each.inputs.values()
        right = cosine_similarity(u, v), euclidean_distance(u, v), euclidean_similarity(u, v)
        assert FUNCTION("compare")(u, v) == pytest.approx(right)


def test_neighbours_are_those_of_the_references() -> None:
    for each in cases("most_similar"):
        W, row, count, by = (*each.inputs.values(), "cosine")[:4]
        if by not in ("cosine", "distance"):
            continue
        scores = cosine_similarities(W[[row]], W)[0] if by == "cosine" else -euclidean_distances(W[[row]], W)[0]
        scores[row] = -np.inf
        found = FUNCTION("most_similar")(W, row, count, by)
        np.testing.assert_array_equal(found, largest(scores, min(count, len(W) - 1)))


@pytest.mark.parametrize("seed", range(5))
def test_the_test_of_associations_is_the_reference_s(seed: int) -> None:
    for each in cases("weat", seed):
        s_X, s_Y = each.inputs.values()
        right = effect_size(s_X, s_Y), p_value(s_X, s_Y, np.random.default_rng(0))[0]
        assert FUNCTION("weat")(s_X, s_Y) == pytest.approx(right, nan_ok=True)


def test_ranks_with_ties_are_correlated_as_scipy_does() -> None:
    for each in cases("spearman"):
        x, y = each.inputs.values()
        if len(x) > 1 and np.ptp(x) and np.ptp(y):
            assert FUNCTION("spearman")(x, y) == pytest.approx(stats.spearmanr(x, y).statistic)


# ----------------------------------------------------------------------------------------------------------- the samplers


@pytest.mark.parametrize("seed", range(10))
def test_ties_are_exact_however_cosines_are_computed(seed: int) -> None:
    inputs = case("neighbourhood", "ties", seed, V=9, d=4, count=5).inputs
    W, row = inputs["W"], inputs["row"]
    divided = W @ W[row] / (np.linalg.norm(W, axis=1) * np.linalg.norm(W[row]))
    unit = W / np.linalg.norm(W, axis=1, keepdims=True)
    assert (divided == unit @ unit[row]).all()
    assert len(np.unique(np.delete(divided, row))) < 8


@pytest.mark.parametrize("seed", range(10))
def test_a_pair_to_be_refused_lies_exactly_equally_far_and_has_length_one(seed: int) -> None:
    e1, e2, g = case("pair_and_direction", "equally far", seed, d=5).inputs.values()
    assert e1 @ g == e2 @ g
    np.testing.assert_allclose([np.linalg.norm(e1), np.linalg.norm(e2)], 1)


@pytest.mark.parametrize("seed", range(10))
def test_pairs_have_one_clear_direction_whose_sign_is_clear(seed: int) -> None:
    pairs = case("pairs_of_vectors", "", seed, P=10, d=8).inputs["pairs"]
    D = pairs[:, 0] - pairs[:, 1]
    _, lengths, directions = np.linalg.svd(D)
    assert lengths[1] < 0.8 * lengths[0]
    assert abs(D.sum(axis=0) @ directions[0]) > 0.2
    assert len(np.unique(np.sign(D @ directions[0]))) == 2


@pytest.mark.parametrize("seed", range(5))
def test_equal_numbers_at_two_places_make_a_difference(seed: int) -> None:
    s_X, s_Y = case("two_sets", "ties", seed, n=3).inputs.values()
    ways = list(combinations(sorted([*s_X, *s_Y]), 3))
    right, once = (np.mean([sum(way) >= s_X.sum() for way in some]) for some in (ways, set(ways)))
    assert abs(right - once) > 0.01


def test_what_judges_is_not_handed_out_and_words_come_in_another_order_each_time() -> None:
    handed, judging = ({pair[:2] for pair in PLUGIN.rated_pairs(handed_out=each)} for each in (True, False))
    assert not handed & judging
    one, other = (case("counts_to_improve", "", seed, V=2000, d=55) for seed in (1, 2))
    assert (one.hidden["pairs"] == other.hidden["pairs"]).mean() < 0.01
    assert one.inputs["W"].shape == (2000, 55)


# -------------------------------------------------------------------------------------------------- fairness and cheats


@pytest.mark.parametrize(
    ("message", "line"),
    [("ValueError: line 3: x", 3), ("ValueError: Line 3, found in line 9", 3), ("ValueError: 3 fields", 0),
     ("ValueError in cell 2, line 8: line 12: no number", 12)],
)  # fmt: skip
def test_the_line_that_a_message_names_is_the_first_one_that_it_speaks_of(message: str, line: int) -> None:
    assert PLUGIN.what_is_said(Reply("error", error=message)) == ("ValueError", line)


def test_who_names_line_one_in_any_case_loses_the_points_for_the_line_alone() -> None:
    blind = """
def read_vectors(text, right=read_vectors):
    try:
        return right(text)
    except ValueError:
        raise ValueError("line 1: something is wrong") from None
"""
    assert [each.outcome for each in verdicts("read_vectors", blind)] == ["passed", "passed", "failed"]


def test_a_loop_over_questions_costs_the_points_for_speed_alone() -> None:
    loop = """
def three_cos_add(W, a, b, c, right=three_cos_add):
    return np.array([[right(w[None], a[i : i + 1], b[i : i + 1], c[i : i + 1])[0, 0] for w in W] for i in range(len(a))])
"""
    assert [each.outcome for each in verdicts("three_cos_add", loop)] == ["passed", "failed"]


def test_random_vectors_agree_with_nobody() -> None:
    [verdict] = verdicts("improve", "def improve(W):\n    return np.random.default_rng(0).standard_normal(W.shape)")
    assert verdict.outcome == "failed"


@pytest.mark.parametrize(
    "answer", [None, [[1.0]], np.ones(3), np.ones((2, 2)), np.full((9, 2), np.nan), np.ones((9, 0))]
)
def test_what_is_no_table_of_vectors_is_refused_in_words(answer: Any) -> None:
    with pytest.raises(ValueError, match=r"vectors|array"):
        PLUGIN.agreement_with_people(answer, np.array([[0, 1], [2, 3]]), np.array([1.0, 2.0]))
