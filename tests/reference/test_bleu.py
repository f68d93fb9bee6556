"""BLEU, held against sacrebleu."""

from __future__ import annotations

import numpy as np
import pytest
import sacrebleu

from reference.attention.bleu import brevity_penalty, clipped_matches, corpus_bleu

WORDS = ["the", "cat", "sat", "on", "mat", "a"]


def drawn(seed: int, sentences: int, people: int) -> tuple[list[list[str]], list[list[list[str]]]]:
    """Draw sentences, with translations of them that share much."""
    rng = np.random.default_rng(seed)
    candidates, references = [], []
    for _ in range(sentences):
        sentence = rng.choice(WORDS, size=rng.integers(5, 15)).tolist()
        candidates.append(sentence)
        references.append(
            [[word for word in sentence if rng.random() < 0.9] + rng.choice(WORDS, 2).tolist() for _ in range(people)]
        )
    return candidates, references


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("people", [1, 3])
@pytest.mark.parametrize("shorter", [0, 3])
def test_a_corpus_has_the_bleu_that_sacrebleu_finds(seed: int, people: int, shorter: int) -> None:
    candidates, references = drawn(seed, 20, people)
    candidates = [sentence[: len(sentence) - shorter] for sentence in candidates]
    joined = [[" ".join(people[k]) for people in references] for k in range(people)]
    theirs = sacrebleu.corpus_bleu(
        [" ".join(sentence) for sentence in candidates], joined, smooth_method="none", tokenize="none", force=True
    )
    assert 0 < theirs.score < 100
    np.testing.assert_allclose(100 * corpus_bleu(candidates, references), theirs.score, rtol=1e-12)


def test_a_word_said_again_and_again_matches_as_often_as_one_reference_has_it() -> None:
    candidate = ["the"] * 7  # the paper's example
    references = [["the", "cat", "is", "on", "the", "mat"], ["there", "is", "a", "cat", "on", "the", "mat"]]
    assert clipped_matches(candidate, references, 1) == (2, 7)
    assert clipped_matches(candidate, references, 2) == (0, 6)
    assert clipped_matches(["the"], references, 4) == (0, 0)


def test_short_translations_pay_and_long_ones_do_not() -> None:
    np.testing.assert_allclose(brevity_penalty(5, 10), np.exp(-1))
    assert brevity_penalty(12, 10) == 1
    assert brevity_penalty(0, 3) == 0


def test_a_perfect_translation_has_one_and_one_without_four_words_in_a_row_zero() -> None:
    sentence = ["the", "cat", "sat", "on", "the", "mat"]
    np.testing.assert_allclose(corpus_bleu([sentence], [[sentence]]), 1)
    assert corpus_bleu([sentence[::-1]], [[sentence]]) == 0
    assert corpus_bleu([], []) == 0


@pytest.mark.parametrize(("candidates", "references"), [([["a"]], []), ([["a"]], [[]])])
def test_candidates_without_references_are_refused(candidates, references) -> None:
    with pytest.raises(ValueError, match="lists of references: give some for each"):
        corpus_bleu(candidates, references)
