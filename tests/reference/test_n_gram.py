"""Kneser-Ney against NLTK, by hand, and for what a distribution has to be."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from nltk.lm import KneserNeyInterpolated, Vocabulary

from reference.counts.vocabulary import EOS, build_vocabulary
from reference.language_models.n_gram import (
    START,
    KneserNey,
    continuation_counts,
    count_n_grams,
    estimate_discount,
    kneser_ney_counts,
    kneser_ney_probability,
    train_kneser_ney,
)

TEXT = "San Francisco is San Francisco|the fog of San Francisco|the fog is the fog|a glass|a glass of a fog|the end"
SENTENCES = [line.split() for line in TEXT.split("|")]
WORDS = [*sorted({word for sentence in SENTENCES for word in sentence}), EOS]


def trained(n: int, discounts: tuple[float, ...] | None = None) -> KneserNey:
    vocabulary = build_vocabulary(SENTENCES)
    model = train_kneser_ney([vocabulary.encode(sentence) for sentence in SENTENCES], vocabulary, n)
    return KneserNey(vocabulary, model.counts, discounts or model.discounts)


def nltk_model(n: int, discount: float) -> KneserNeyInterpolated:
    marked = [[START] * (n - 1) + sentence + [EOS] for sentence in SENTENCES]
    grams = [[tuple(line[i : i + k]) for k in range(1, n + 1) for i in range(len(line) - k + 1)] for line in marked]
    model = KneserNeyInterpolated(n, discount, vocabulary=Vocabulary([*WORDS, START]))
    model.fit([[gram for gram in line if gram[-1] != START] for line in grams])  # the start is never guessed
    return model


@pytest.mark.parametrize("n", [2, 3, 4])
def test_every_probability_is_nltk_s(n: int) -> None:
    counts, theirs = kneser_ney_counts(SENTENCES, n), nltk_model(n, 0.6)
    discounts = [0.0] + [0.6] * (n - 1)  # NLTK leaves the empty context as it is
    for context in product([START, "never", *WORDS[:-1]], repeat=n - 1):
        for word in WORDS:
            ours = kneser_ney_probability(word, context, counts, discounts, len(WORDS))
            assert ours == pytest.approx(theirs.score(word, context), abs=1e-12), (word, context)


def test_a_word_counts_for_as_many_words_as_it_has_followed() -> None:
    (unigrams, _) = kneser_ney_counts(SENTENCES, 2)
    assert unigrams[()]["Francisco"] == 1  # after San alone, three times
    assert unigrams[()]["fog"] == 2
    assert unigrams[()][EOS] == 4
    assert START not in unigrams[()]


def test_n_grams_are_counted_with_the_marks_of_their_sentence() -> None:
    counts = count_n_grams([["a", "b"], ["a"]], 3)
    assert counts == {
        (START, START, "a"): 2,
        (START, "a", "b"): 1,
        ("a", "b", EOS): 1,
        (START, "a", EOS): 1,
    }
    assert continuation_counts(counts) == {(START, "a"): 1, ("a", "b"): 1, ("b", EOS): 1, ("a", EOS): 1}
    assert count_n_grams([["a", "a"]], 1) == {("a",): 2, (EOS,): 1}


@pytest.mark.parametrize("n", [1, 2, 3])
def test_the_distribution_sums_to_one_and_is_that_of_the_function(n: int) -> None:
    model = trained(n)
    for history in (["San"], [], ["fog", "of"], ["end", "San", "glass"]):
        p = model.next_word(model.vocabulary.encode(history).tolist())
        assert p.sum() == pytest.approx(1)
        assert (p > 0).all()
        context = [START, START, *history]
        expected = [
            kneser_ney_probability(word, context, model.counts, model.discounts, len(p))
            for word in model.vocabulary.words
        ]
        np.testing.assert_allclose(p, expected, rtol=1e-12)


def test_a_discount_is_estimated_from_what_was_counted_once_and_twice() -> None:
    assert estimate_discount({(): {"a": 1, "b": 1, "c": 2, "d": 7}}) == 0.5
    assert estimate_discount({(): {"a": 7}}) == 0.75
    assert trained(3).discounts == tuple(map(estimate_discount, kneser_ney_counts(SENTENCES, 3)))
