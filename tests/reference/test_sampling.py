"""What is drawn from, and what is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from reference.language_models.sampling import at_temperature, keep_nucleus, keep_top_k, reject, sample_sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

P = np.array([0.1, 0.4, 0.2, 0.3])


def test_temperature_raises_to_a_power() -> None:
    np.testing.assert_allclose(at_temperature(P, 0.5), P**2 / (P**2).sum())
    np.testing.assert_allclose(at_temperature(P, 1.0), P)
    np.testing.assert_allclose(at_temperature(P, 1e-3), [0, 1, 0, 0], atol=1e-12)
    np.testing.assert_allclose(at_temperature(np.array([0.0, 1.0]), 2.0), [0, 1])


@pytest.mark.parametrize("temperature", [0, -1, np.nan])
def test_a_temperature_that_is_not_positive_is_an_error(temperature: float) -> None:
    with pytest.raises(ValueError, match="larger than zero"):
        at_temperature(P, temperature)


def test_top_k_keeps_the_first_of_equals() -> None:
    np.testing.assert_allclose(keep_top_k(P, 2), [0, 4 / 7, 0, 3 / 7])
    np.testing.assert_allclose(keep_top_k(np.full(4, 0.25), 3), [1 / 3, 1 / 3, 1 / 3, 0])
    np.testing.assert_allclose(keep_top_k(P, 9), P)
    many = np.tile([1.0, 2.0, 3.0], 40) / 240
    for kept in (keep_top_k(many, 7), keep_nucleus(many, 6.5 * 3 / 240)):
        np.testing.assert_array_equal(np.flatnonzero(kept), 2 + 3 * np.arange(7))


@pytest.mark.parametrize(("mass", "kept"), [(0.01, [1]), (0.4, [1]), (0.41, [1, 3]), (0.71, [1, 3, 2]), (1, range(4))])
def test_the_nucleus_is_the_fewest_words_that_reach_the_mass(mass: float, kept: Sequence[int]) -> None:
    expected = np.zeros(4)
    expected[list(kept)] = P[list(kept)]
    np.testing.assert_allclose(keep_nucleus(P, mass), expected / expected.sum())


def test_what_is_rejected_leaves_the_rest_in_proportion() -> None:
    np.testing.assert_allclose(reject(P, [1]), [1 / 6, 0, 2 / 6, 3 / 6])
    np.testing.assert_allclose(reject(P, []), P)
    with pytest.raises(ValueError, match="no word is left"):
        reject(np.array([0.0, 1.0]), [1])


def test_sentences_are_drawn_as_often_as_they_are_probable() -> None:
    def next_word(history: Sequence[int]) -> np.ndarray:
        return np.array([0.0, 0.5, 0.5]) if not history else np.array([0.75, 0.25, 0.0])

    generator = np.random.default_rng(3)
    drawn = [tuple(sample_sentence(next_word, generator, 0, max_length=3)) for _ in range(4000)]
    assert set(drawn) == {(1,), (2,), (1, 1), (2, 1), (1, 1, 1), (2, 1, 1)}
    assert drawn.count((1,)) / 4000 == pytest.approx(0.375, abs=0.03)
    assert drawn.count((2, 1, 1)) / 4000 == pytest.approx(0.5 * 0.25 * 0.25, abs=0.015)


def test_words_are_rejected_before_the_most_probable_are_kept() -> None:
    generator = np.random.default_rng(1)
    drawn = sample_sentence(lambda _: P, generator, 0, start=[2], max_length=50, top_k=1, rejected=[1])
    assert drawn == [2] + [3] * 49
    bold = sample_sentence(lambda _: P, generator, 9, max_length=200, temperature=0.01)
    assert set(bold) == {1}
    assert set(sample_sentence(lambda _: P, generator, 9, max_length=200, nucleus=0.7)) == {1, 3}
