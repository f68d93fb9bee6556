"""Beam search over a table of probabilities, held against looking at every sentence."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pytest

from reference.attention.beam_search import Hypothesis, beam_search, greedy_search

if TYPE_CHECKING:
    from reference.activations import Array

START, END, LONGEST = 0, 1, 4


def table(seed: int) -> Array:
    """The logarithms of the probabilities of a word after the last two, the state being the one before the last."""
    p = np.random.default_rng(seed).dirichlet(np.full(4, 0.7), size=(4, 4))
    p[:, :, START] = 1e-12  # nothing goes back to the start
    return np.log(p / p.sum(axis=2, keepdims=True))


def asks(log_p: Array):
    return lambda before, word: (log_p[before, word], word)


def score(words: tuple[int, ...], log_p: Array, alpha: float) -> float:
    total, before, last = 0.0, START, START
    for word in words:
        total, before, last = total + log_p[before, last, word], last, word
    return float(total / len(words) ** alpha)


def best_of_all(log_p: Array, alpha: float) -> Hypothesis:
    """Look at every sentence that ends in time or is cut."""
    sentences = [(*inner, END) for length in range(LONGEST) for inner in product((0, 2, 3), repeat=length)] + list(
        product((0, 2, 3), repeat=LONGEST)
    )
    best = max(sentences, key=lambda words: score(words, log_p, alpha))
    return Hypothesis(tuple(word for word in best if word != END), score(best, log_p, alpha))


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("alpha", [0.0, 0.7, 1.0])
def test_a_beam_that_keeps_everything_finds_the_best_sentence_of_all(seed: int, alpha: float) -> None:
    log_p = table(seed)
    found = beam_search(START, asks(log_p), START, END, LONGEST, width=500, alpha=alpha)
    expected = best_of_all(log_p, alpha)
    assert found[0].words == expected.words
    np.testing.assert_allclose(found[0].score, expected.score)


@pytest.mark.parametrize("seed", range(20))
def test_a_beam_of_one_is_greedy_search(seed: int) -> None:
    log_p = table(seed)
    found = beam_search(START, asks(log_p), START, END, LONGEST, width=1)
    assert [list(hypothesis.words) for hypothesis in found] == [greedy_search(START, asks(log_p), START, END, LONGEST)]


def test_a_wider_beam_finds_what_greed_passes_over() -> None:
    p = np.full((4, 4, 4), 1e-12)
    p[START, START, [2, 3]] = 0.6, 0.4  # the better first word
    p[START, 2, [2, 3, END]] = 0.34, 0.33, 0.33  # leads to nothing much
    p[START, 3, END] = 1.0
    ask = asks(np.log(p))
    assert greedy_search(START, ask, START, END, 2) == [2, 2]
    assert beam_search(START, ask, START, END, 2, width=2)[0].words == (3,)


def test_without_normalisation_short_sentences_win_and_with_it_long_ones_may() -> None:
    p = np.full((4, 4, 4), 1e-12)
    p[START, START, [END, 2]] = 0.45, 0.55
    p[START, 2, 2] = p[2, 2, END] = 0.8
    ask = asks(np.log(p))
    assert beam_search(START, ask, START, END, 4, width=3, alpha=0)[0].words == ()
    assert beam_search(START, ask, START, END, 4, width=3, alpha=1)[0].words == (2, 2)


def test_hypotheses_come_best_first_and_no_more_than_the_beam_is_wide() -> None:
    found = beam_search(START, asks(table(1)), START, END, LONGEST, width=3)
    assert len(found) <= 3
    assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)


@pytest.mark.parametrize(("width", "longest"), [(0, 3), (3, 0)])
def test_a_beam_without_width_or_length_is_refused(width: int, longest: int) -> None:
    with pytest.raises(ValueError, match=f"a beam of width {width} finds no sentence of up to {longest} words"):
        beam_search(START, asks(table(1)), START, END, longest, width=width)
