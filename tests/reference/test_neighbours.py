"""Neighbours by cosine: against gensim, and in an order that does not change."""

from __future__ import annotations

import numpy as np
import pytest
from gensim.models import KeyedVectors

from reference.vectors.neighbours import largest, most_similar
from reference.vectors.word_vectors import WordVectors


@pytest.mark.parametrize("count", [1, 10, 500])
def test_neighbours_and_cosines_agree_with_gensim(count: int) -> None:
    words = [f"word{number}" for number in range(300)]
    matrix = np.random.default_rng(1).standard_normal((300, 12)).astype(np.float32)
    theirs = KeyedVectors(12)
    theirs.add_vectors(words, matrix)
    found = most_similar(WordVectors(tuple(words), matrix), "word7", count)
    expected = theirs.most_similar("word7", topn=count)
    assert [word for word, _ in found] == [word for word, _ in expected]
    np.testing.assert_allclose([cosine for _, cosine in found], [cosine for _, cosine in expected], atol=1e-6)


def test_of_equal_cosines_the_earlier_word_comes_first_however_many_are_wanted() -> None:
    vectors = WordVectors(("q", "far", "b", "a", "c"), np.array([[1.0, 0], [0, 1], [2, 0], [3, 0], [0.5, 0]]))
    assert [word for word, _ in most_similar(vectors, "q")] == ["b", "a", "c", "far"]
    assert [word for word, _ in most_similar(vectors, "q", 2)] == ["b", "a"]


def test_the_word_itself_is_left_out_and_a_zero_vector_is_near_nothing() -> None:
    vectors = WordVectors(("q", "zero", "back"), np.array([[1.0, 0], [0, 0], [-1, 0]]))
    assert most_similar(vectors, "q") == [("zero", 0.0), ("back", -1.0)]
    assert most_similar(vectors, "zero") == [("q", 0.0), ("back", 0.0)]


def test_the_largest_of_many_ties_are_the_first_ones() -> None:
    scores = np.random.default_rng(2).integers(0, 5, 200).astype(float)
    for count in (0, 1, 3, 57, 200, 300):
        np.testing.assert_array_equal(largest(scores, count), np.argsort(-scores, kind="stable")[:count])


def test_an_unknown_word_is_told_with_its_near_misses() -> None:
    vectors = WordVectors(("queen", "king"), np.eye(2))
    with pytest.raises(KeyError, match="there is no vector for 'quen'; near misses: queen"):
        most_similar(vectors, "quen")
