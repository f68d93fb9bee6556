"""Perplexity and its kin on numbers that can be checked by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from reference.language_models.perplexity import (
    bits_per_character,
    perplexity,
    sentence_probability,
    text_log_probabilities,
    word_log_probabilities,
)

if TYPE_CHECKING:
    from collections.abc import Sequence


def after(history: Sequence[int]) -> np.ndarray:
    return np.array([0.5, 0.25, 0.25]) if not history else np.eye(3)[history[-1]] * 0.5 + 0.5 / 3


def test_a_fair_die_has_the_perplexity_of_its_sides() -> None:
    assert perplexity(np.log(np.full(11, 1 / 6))) == pytest.approx(6)
    assert bits_per_character(np.log(np.full(4, 1 / 8)), 6) == pytest.approx(2)


def test_a_sentence_is_as_probable_as_its_words_one_after_another() -> None:
    log_p = word_log_probabilities([1, 1, 2], after)
    assert sentence_probability(log_p) == pytest.approx(0.25 * (2 / 3) * (1 / 6))
    np.testing.assert_array_equal(text_log_probabilities([[1, 1, 2], [0]], after), [*log_p, np.log(0.5)])


def test_an_impossible_word_makes_the_perplexity_infinite() -> None:
    log_p = word_log_probabilities([0, 2], lambda _: np.array([0.5, 0.5, 0.0]))
    assert perplexity(log_p) == np.inf
    assert sentence_probability(log_p) == 0


def test_nothing_guessed_is_an_error() -> None:
    with pytest.raises(ValueError, match="no word was guessed"):
        perplexity(np.array([]))
