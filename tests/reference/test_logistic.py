"""Negative sampling and the hierarchical softmax as they are trained, against the pure functions they stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.stats import chisquare

from reference.embeddings.alias import alias_table
from reference.embeddings.contexts import (
    concatenated_context,
    concatenated_context_gradient,
    mean_context,
    mean_context_gradient,
)
from reference.embeddings.descent import Answers, Parts, Rows, descend
from reference.embeddings.huffman import huffman_routes
from reference.embeddings.logistic import HierarchicalSoftmax, NegativeSampling
from reference.embeddings.objectives import hierarchical_softmax_gradients, negative_sampling_gradients
from reference.embeddings.questions import Questions

if TYPE_CHECKING:
    from reference.activations import Array

V, d, RATE = 9, 5, 0.3
COUNTS = np.array([90, 70, 50, 30, 20, 10, 5, 5, 2])
NOISE = NegativeSampling(alias_table(COUNTS / COUNTS.sum()), 3)
CONTEXTS = {"one": [4], "several": [1, 7, 2], "one twice": [3, 0, 3]}
NEGATIVES = {"apart": [4, 0, 7], "one twice": [4, 0, 4], "the target among them": [4, 2, 0]}
WORDS = [[row] for row in range(V)]


def numbers(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int32)


def one_question(context: list[int], target: int) -> Questions:
    return Questions(numbers(*context), np.array([len(context)]), numbers(target))


def noise_of(target: int, negatives: list[int]) -> Answers:
    right = np.array([1] + [0] * len(negatives), dtype=np.float32)
    return Answers(numbers(target, *negatives), right, np.array([0]), np.array([1 + len(negatives)]))


def rows(seed: int, n: int, width: int = d) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, width)).astype(np.float32)


def step(
    W: np.ndarray, U: np.ndarray, context: list[int], answers: Answers, parts: list[list[int]] = WORDS
) -> tuple[np.ndarray, np.ndarray]:
    """The rows after one question."""
    W, U = W.copy(), U.copy()
    descend(Rows(W), Rows(U), one_question(context, 2), Parts.of(parts), answers, RATE)
    return W, U


def after(W: np.ndarray, gradient: Array) -> Array:
    return W.astype(np.float64) - RATE * gradient


@pytest.mark.parametrize("negatives", NEGATIVES.values(), ids=NEGATIVES)
@pytest.mark.parametrize("context", CONTEXTS.values(), ids=CONTEXTS)
def test_one_question_of_negative_sampling_is_the_step_of_its_gradient(
    context: list[int], negatives: list[int]
) -> None:
    W, U = rows(1, V), rows(2, V)
    gradients = negative_sampling_gradients(mean_context(W, numbers(*context)), U, 2, numbers(*negatives))
    dW = len(context) * mean_context_gradient(gradients["dh"], W, numbers(*context))  # all of dh to each, as published
    got = step(W, U, context, noise_of(2, negatives))
    np.testing.assert_allclose(got[0], after(W, dW), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(got[1], after(U, gradients["dU"]), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("context", CONTEXTS.values(), ids=CONTEXTS)
def test_one_question_of_the_hierarchical_softmax_is_the_step_of_its_gradient(context: list[int]) -> None:
    W, U = rows(1, V), rows(2, V - 1)
    gradients = hierarchical_softmax_gradients(mean_context(W, numbers(*context)), U, *huffman_routes(COUNTS)[2])
    dW = len(context) * mean_context_gradient(gradients["dh"], W, numbers(*context))
    answers = HierarchicalSoftmax.of(COUNTS).answers(numbers(2), np.random.default_rng(1))
    got = step(W, U, context, answers)
    np.testing.assert_allclose(got[0], after(W, dW), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(got[1], after(U, gradients["dU"]), rtol=1e-5, atol=1e-6)


def test_contexts_in_order_are_each_moved_by_their_own_piece() -> None:
    W, U, context = rows(1, V), rows(2, V, 3 * d), [1, 7, 4]
    h = concatenated_context(W, numbers(*context))
    gradients = negative_sampling_gradients(h, U, 2, numbers(5, 6))
    dW = concatenated_context_gradient(gradients["dh"], W, numbers(*context))
    got = step(W, U, context, noise_of(2, [5, 6]))
    np.testing.assert_allclose(got[0], after(W, dW), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(got[1], after(U, gradients["dU"]), rtol=1e-5, atol=1e-6)


def test_a_place_where_nothing_stands_is_zero_and_moves_nothing() -> None:
    W, U = rows(1, V), rows(2, V, 3 * d)
    h = np.concatenate([W[1], np.zeros(d), W[4]])
    gradients = negative_sampling_gradients(h, U, 2, numbers(5, 6))
    got = step(W, U, [1, V, 4], noise_of(2, [5, 6]))
    moved = np.abs(got[0] - W).sum(axis=1) > 0
    assert moved.nonzero()[0].tolist() == [1, 4]
    np.testing.assert_allclose(got[1], after(U, gradients["dU"]), rtol=1e-5, atol=1e-6)


def test_an_input_of_several_parts_is_their_mean_and_each_is_moved_by_all_that_is_asked() -> None:
    parts = [[0], [1, 3, 4], [2, 5]]
    W, U = rows(1, 6), rows(2, V)
    x = np.stack([W[part].mean(axis=0) for part in parts]).astype(np.float64)
    dh = negative_sampling_gradients(x[[1, 2]].mean(axis=0), U, 2, numbers(5))["dh"]
    got, _ = step(W, U, [1, 2], noise_of(2, [5]), parts)
    np.testing.assert_allclose(got[0], W[0])
    np.testing.assert_allclose(got[1:], after(W[1:], np.tile(dh, (5, 1))), rtol=1e-5, atol=1e-6)


def test_a_question_is_answered_by_the_rows_as_the_one_before_left_them() -> None:
    W, U, one, other = rows(1, V), rows(2, V), noise_of(2, [5]), noise_of(5, [2])
    expected = step(*step(W, U, [1, 3], one), [3], other)
    both = Questions(numbers(1, 3, 3), np.array([2, 3]), numbers(2, 5))
    answers = Answers(numbers(2, 5, 5, 2), np.array([1, 0, 1, 0], np.float32), np.array([0, 2]), np.array([2, 4]))
    descend(Rows(W), Rows(U), both, Parts.of(WORDS), answers, RATE)
    np.testing.assert_array_equal(W, expected[0])
    np.testing.assert_array_equal(U, expected[1])


def test_fixed_rows_stay_while_others_move() -> None:
    W, U = rows(1, V), rows(2, V)
    before = W.copy(), U.copy()
    descend(Rows(W, fixed=4), Rows(U, fixed=V), one_question([1, 6], 2), Parts.of(WORDS), noise_of(2, [5]), RATE)
    assert (np.abs(W - before[0]).sum(axis=1) > 0).nonzero()[0].tolist() == [6]
    np.testing.assert_array_equal(U, before[1])


def test_no_score_is_too_large() -> None:
    W, U = 1e4 * np.ones((V, d), np.float32), -1e4 * np.ones((V, d), np.float32)
    got = step(W, U, [1], noise_of(2, [5]))
    assert np.isfinite(got[0]).all()
    assert np.isfinite(got[1]).all()


def asked_for(target: int, times: int) -> list[tuple[list[int], list[float]]]:
    """The rows and the right answers of the same question so many times."""
    answers = NOISE.answers(np.full(times, target), np.random.default_rng(1))
    places = [slice(start, end) for start, end in zip(answers.starts, answers.ends, strict=True)]
    return [(answers.rows[place].tolist(), answers.right[place].tolist()) for place in places]


def test_negative_sampling_says_yes_to_the_target_and_no_to_noise_that_follows_its_distribution() -> None:
    asked = asked_for(8, 20_000)
    assert all(rows[0] == 8 and right == [1, *[0] * (len(rows) - 1)] for rows, right in asked)
    drawn = np.bincount([row for rows, _ in asked for row in rows[1:]], minlength=V)
    expected = 3 * 20_000 * COUNTS / COUNTS.sum()
    assert chisquare(np.append(drawn[:-1], 60_000 - drawn[:-1].sum()), expected).pvalue > 1e-3


def test_a_target_that_is_drawn_as_noise_is_passed_over() -> None:
    asked = asked_for(0, 2_000)
    assert all(0 not in rows[1:] for rows, _ in asked)
    passed = sum(4 - len(rows) for rows, _ in asked)
    assert chisquare([passed, 6_000 - passed], 6_000 * np.array([90, 192]) / 282).pvalue > 1e-3


def test_the_hierarchical_softmax_knows_the_turns_to_every_word() -> None:
    answers = HierarchicalSoftmax.of(COUNTS).answers(np.arange(V), np.random.default_rng(1))
    for route, start, end in zip(huffman_routes(COUNTS), answers.starts, answers.ends, strict=True):
        assert answers.rows[start:end].tolist() == route.path.tolist()
        assert answers.right[start:end].tolist() == (1 - route.code).tolist()
