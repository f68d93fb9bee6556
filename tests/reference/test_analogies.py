"""Analogies by 3CosAdd and 3CosMul: against gensim, and where the two differ."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from gensim.models import KeyedVectors

from reference.vectors.analogies import complete_analogy, three_cos_add, three_cos_mul
from reference.vectors.word_vectors import WordVectors

WORDS = [f"word{number}" for number in range(200)]
MATRIX = np.random.default_rng(1).standard_normal((200, 9)).astype(np.float32)
OURS = WordVectors(tuple(WORDS), MATRIX)


def gensims() -> KeyedVectors:
    theirs = KeyedVectors(9)
    theirs.add_vectors(WORDS, MATRIX)
    return theirs


def test_3cosadd_agrees_with_gensim() -> None:
    found = complete_analogy(OURS, "word3", "word8", "word100", count=300)
    expected = gensims().most_similar(positive=["word8", "word100"], negative=["word3"], topn=300)
    assert [word for word, _ in found] == [word for word, _ in expected]
    np.testing.assert_allclose([score for _, score in found], [score for _, score in expected], atol=1e-6)


@pytest.mark.filterwarnings("ignore:Call to deprecated `init_sims`")  # gensim calls its own old method
def test_3cosmul_agrees_with_gensim() -> None:
    scores = partial(three_cos_mul, epsilon=1e-6)  # gensim's; the paper's is 0.001
    found = complete_analogy(OURS, "word3", "word8", "word100", count=300, scores=scores)
    expected = gensims().most_similar_cosmul(positive=["word8", "word100"], negative=["word3"], topn=300)
    assert [word for word, _ in found] == [word for word, _ in expected]
    np.testing.assert_allclose([score for _, score in found], [score for _, score in expected], rtol=1e-5)


def test_the_words_of_a_question_are_never_its_answer_even_where_two_of_them_are_one() -> None:
    found = [word for word, _ in complete_analogy(OURS, "word1", "word2", "word2", count=300)]
    assert sorted(found) == sorted(set(WORDS) - {"word1", "word2"})


@pytest.mark.parametrize("scores", [three_cos_add, three_cos_mul])
def test_many_questions_at_once_score_as_each_alone(scores: object) -> None:
    W = OURS.unit.astype(np.float64)
    a, b, c = W[:4], W[4:8], W[8:12]
    together = scores(W, a, b, c)  # type: ignore[operator]
    alone = [scores(W, a[[i]], b[[i]], c[[i]])[0] for i in range(4)]  # type: ignore[operator]
    np.testing.assert_allclose(together, alone, atol=1e-12)


def test_one_large_term_rules_the_sum_and_not_the_product() -> None:
    """Of two answers with the same sum of similarities, the product prefers the balanced one."""
    a, b, c = np.eye(5)[0], np.eye(5)[1], np.eye(5)[2]
    balanced = np.array([0, 0.5, 0.5, 0, np.sqrt(0.5)])
    lopsided = np.array([0, 0.95, 0.1, np.sqrt(1 - 0.95**2 - 0.1**2), 0])
    vectors = WordVectors(("a", "b", "c", "balanced", "lopsided"), np.stack([a, b, c, balanced, lopsided]))
    assert complete_analogy(vectors, "a", "b", "c")[0][0] == "lopsided"
    assert complete_analogy(vectors, "a", "b", "c", scores=three_cos_mul)[0][0] == "balanced"


def test_a_question_that_points_nowhere_scores_nothing() -> None:
    zero = np.zeros((1, 2))
    np.testing.assert_array_equal(three_cos_add(np.eye(2), zero, zero, zero), [[0, 0]])
