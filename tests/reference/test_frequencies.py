"""What counts decide: which words are kept, which are noise; gensim is the oracle."""

from __future__ import annotations

import numpy as np
import pytest
from gensim.models import Word2Vec

from reference.embeddings.frequencies import keep_probability, learning_rate_at, noise_distribution

COUNTS = {"the": 5000, "of": 2500, "ice": 40, "steam": 7}


def gensim_model(sample: float = 1e-3) -> Word2Vec:
    model = Word2Vec(min_count=1, sample=sample, negative=5)
    model.build_vocab_from_freq(COUNTS)
    return model


@pytest.mark.parametrize("t", [1e-3, 1e-2, 0])
def test_words_are_kept_as_often_as_in_gensim(t: float) -> None:
    model = gensim_model(t)
    expected = [model.wv.get_vecattr(word, "sample_int") / (2**32 - 1) for word in COUNTS]
    np.testing.assert_allclose(keep_probability(np.array(list(COUNTS.values())), t), expected, rtol=1e-8)


def test_a_word_that_was_never_seen_is_kept_and_never_noise() -> None:
    counts = np.array([0, 10, 10])
    assert keep_probability(counts)[0] == 1
    np.testing.assert_array_equal(noise_distribution(counts), [0, 0.5, 0.5])
    np.testing.assert_array_equal(noise_distribution(counts, 0), [0, 0.5, 0.5])


def test_noise_is_drawn_as_in_gensim() -> None:
    table = gensim_model().cum_table / (2**31 - 1)
    np.testing.assert_allclose(np.cumsum(noise_distribution(np.array(list(COUNTS.values())))), table, atol=1e-9)


def test_the_learning_rate_falls_on_a_straight_line() -> None:
    rates = [learning_rate_at(progress, 0.1, 0.02) for progress in (0, 0.5, 1)]
    np.testing.assert_allclose(rates, [0.1, 0.06, 0.02])
