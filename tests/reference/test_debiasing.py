"""Debiasing: what neutralised and equalised vectors must satisfy, and a direction found another way."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA

from reference.vectors.debiasing import bias_direction, equalise, hard_debias, neutralise
from reference.vectors.word_vectors import WordVectors
from tests.reference.oracles import Draw


def unit(x: np.ndarray) -> np.ndarray:
    return x / np.linalg.norm(x)


def planted(seed: int, d: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """Pairs that differ along a known direction, and a little in others."""
    draw = Draw(seed)
    g, middle, noise = unit(draw(d)), draw(7, d), 0.05 * draw(7, 2, d)
    return g, np.stack([middle + g, middle - g], axis=1) + noise


def test_the_direction_is_the_first_principal_component_of_the_centred_pairs() -> None:
    _, pairs = planted(1)
    centred = (pairs - pairs.mean(axis=1, keepdims=True)).reshape(-1, 12)
    expected = PCA(1).fit(centred).components_[0]
    found = bias_direction(pairs)
    assert np.linalg.norm(found) == pytest.approx(1)
    assert abs(found @ expected) == pytest.approx(1, abs=1e-12)


def test_the_direction_is_the_planted_one_and_points_to_the_first_words() -> None:
    g, pairs = planted(2)
    assert bias_direction(pairs) @ g > 0.99
    assert bias_direction(pairs[:, ::-1]) @ g < -0.99


def test_one_pair_gives_the_direction_of_its_difference() -> None:
    _, pairs = planted(3)
    np.testing.assert_allclose(bias_direction(pairs[:1]), unit(pairs[0, 0] - pairs[0, 1]), atol=1e-12)


def test_pairs_of_equal_vectors_give_no_direction() -> None:
    with pytest.raises(ValueError, match="give no direction"):
        bias_direction(np.ones((3, 2, 4)))
    with pytest.raises(ValueError, match="give no direction"):
        bias_direction(np.ones((0, 2, 4)))


@pytest.mark.parametrize("length", [1e-6, 1, 40])
def test_what_is_neutralised_is_orthogonal_to_the_direction_and_the_rest_is_untouched(length: float) -> None:
    draw = Draw(4)
    e, g, across = draw(5, 9), length * draw(9), draw(9)
    across = across - (across @ unit(g)) * unit(g)
    left = neutralise(e, g)
    np.testing.assert_allclose(left @ unit(g), 0, atol=1e-12)
    np.testing.assert_allclose(left @ across, e @ across, atol=1e-12)
    np.testing.assert_allclose(neutralise(e[0], g), left[0], atol=1e-12)
    np.testing.assert_allclose(neutralise(left, g), left, atol=1e-12)


def test_a_zero_vector_stays_zero_and_a_zero_direction_is_refused() -> None:
    np.testing.assert_array_equal(neutralise(np.zeros(3), np.ones(3)), np.zeros(3))
    with pytest.raises(ValueError, match="points nowhere"):
        neutralise(np.ones(3), np.zeros(3))


def test_an_equalised_pair_has_length_one_opposite_sides_and_all_else_in_common() -> None:
    draw = Draw(5)
    for _ in range(20):
        e1, e2, g = unit(draw(6)), unit(draw(6)), draw(6)
        new1, new2 = equalise(e1, e2, g)
        np.testing.assert_allclose([np.linalg.norm(new1), np.linalg.norm(new2)], 1, atol=1e-12)
        assert new1 @ g == pytest.approx(-(new2 @ g), abs=1e-12)
        np.testing.assert_allclose(neutralise(new1, g), neutralise(new2, g), atol=1e-12)
        np.testing.assert_allclose(neutralise(new1, g), neutralise((e1 + e2) / 2, g), atol=1e-12)
        assert np.sign(new1 @ g) == np.sign((e1 - e2) @ g)


def test_an_equalised_pair_is_equally_far_from_every_neutralised_word() -> None:
    draw = Draw(6)
    g, word = draw(6), draw(6)
    new1, new2 = equalise(unit(draw(6)), unit(draw(6)), g)
    assert neutralise(word, g) @ new1 == pytest.approx(neutralise(word, g) @ new2, abs=1e-12)


def test_a_pair_that_lies_equally_far_along_the_direction_cannot_be_equalised() -> None:
    with pytest.raises(ValueError, match="equally far along"):
        equalise(np.array([0.0, 1, 0]), np.array([0.0, 0, 1]), np.array([1.0, 0, 0]))


def words_about(g: np.ndarray, dtype: type) -> WordVectors:
    draw = Draw(7)
    matrix = np.concatenate([3 * draw(6, len(g)) + g, 5 * g[np.newaxis], np.zeros((1, len(g)))])
    names = ("doctor", "nurse", "beard", "he", "she", "queen", "sheer side", "nothing")
    return WordVectors(names, matrix.astype(dtype))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_hard_debiasing_neutralises_all_but_the_words_to_keep_and_equalises_pairs(dtype: type) -> None:
    g = unit(Draw(8)(10))
    vectors = words_about(g, dtype)
    before = vectors.matrix.copy()
    fair = hard_debias(vectors, g, keep=["beard", "unheard of"], equal=[("she", "he")])
    limit = 1e-6 if dtype is np.float32 else 1e-12
    for word in ("doctor", "nurse", "queen"):
        assert abs(fair[word] @ g) < limit
        assert np.linalg.norm(fair[word]) == pytest.approx(1, abs=limit)
        assert fair[word] @ fair["he"] == pytest.approx(fair[word] @ fair["she"], abs=limit)
    np.testing.assert_array_equal(fair["beard"], vectors.unit[vectors.index["beard"]])
    assert fair["he"] @ g == pytest.approx(-(fair["she"] @ g), abs=limit)
    np.testing.assert_array_equal(vectors.matrix, before)
    assert fair.matrix.dtype == dtype


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_word_that_is_nothing_but_its_side_becomes_zero_and_not_blown_up_rounding(dtype: type) -> None:
    g = unit(Draw(8)(10))
    fair = hard_debias(words_about(g, dtype), g)
    np.testing.assert_array_equal(fair["sheer side"], 0)
    np.testing.assert_array_equal(fair["nothing"], 0)


def test_the_words_of_a_pair_at_fault_are_named() -> None:
    vectors = WordVectors(("a", "b"), np.array([[0.0, 1, 0], [0, 0, 1]]))
    with pytest.raises(ValueError, match="a, b: this pair"):
        hard_debias(vectors, np.array([1.0, 0, 0]), equal=[("a", "b")])
    with pytest.raises(KeyError, match="no vector for 'c'"):
        hard_debias(vectors, np.array([1.0, 0, 0]), equal=[("a", "c")])
