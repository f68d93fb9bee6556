"""WEAT: effect size and p-value, against sums written out and SciPy's permutation test."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from reference.vectors.association import SPLITS, association, effect_size, p_value, weat
from tests.reference.oracles import Draw


def cosine(u: np.ndarray, v: np.ndarray) -> float:
    return float(u @ v / np.linalg.norm(u) / np.linalg.norm(v))


def test_the_effect_size_is_the_formula_written_out() -> None:
    draw = Draw(1)
    X, Y, A, B = draw(4, 6), draw(4, 6), draw(3, 6), draw(5, 6)
    s = [np.mean([cosine(w, a) for a in A]) - np.mean([cosine(w, b) for b in B]) for w in (*X, *Y)]
    expected = (np.mean(s[:4]) - np.mean(s[4:])) / np.sqrt(np.sum((np.array(s) - np.mean(s)) ** 2) / 7)
    np.testing.assert_allclose(association(np.concatenate([X, Y]), A, B), s, atol=1e-12)
    assert weat(X, Y, A, B, np.random.default_rng(0)).effect_size == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("n", [2, 4, 6])
def test_the_exact_p_value_agrees_with_scipy(n: int) -> None:
    for seed in range(5):
        s_X, s_Y = np.round(Draw(seed)(n), 1), np.round(Draw(seed + 50)(n), 1)  # rounded, so that there are ties
        expected = stats.permutation_test(
            (s_X, s_Y), lambda x, y: x.mean() - y.mean(), alternative="greater", n_resamples=np.inf
        )
        found, exact = p_value(s_X, s_Y, np.random.default_rng(0))
        assert exact
        assert found == pytest.approx(expected.pvalue, abs=1e-12)


def test_a_sampled_p_value_is_near_the_exact_one_and_repeats_with_its_seed() -> None:
    s_X, s_Y = Draw(3)(10) + 0.4, Draw(4)(10)  # 184,756 splits
    expected = stats.permutation_test(
        (s_X, s_Y), lambda x, y, axis: x.mean(axis) - y.mean(axis), alternative="greater",
        n_resamples=np.inf, vectorized=True, batch=10_000,
    ).pvalue  # fmt: skip
    found, exact = p_value(s_X, s_Y, np.random.default_rng(5))
    assert not exact
    assert abs(found - expected) < 4 * np.sqrt(expected * (1 - expected) / SPLITS)
    assert p_value(s_X, s_Y, np.random.default_rng(5)) == (found, False)


def test_the_p_value_is_never_zero_and_sets_that_are_wholly_apart_have_the_least_one() -> None:
    assert p_value(np.full(3, 1.0), np.zeros(3), np.random.default_rng(0)) == (1 / 20, True)
    assert p_value(np.full(30, 1.0), np.zeros(30), np.random.default_rng(0)) == (1 / (SPLITS + 1), False)


def test_exchanging_the_targets_or_the_attributes_turns_the_effect_around() -> None:
    draw = Draw(6)
    X, Y, A, B = draw(5, 4), draw(5, 4), draw(3, 4), draw(3, 4)
    rng = np.random.default_rng(0)
    forward = weat(X, Y, A, B, rng).effect_size
    assert weat(Y, X, A, B, rng).effect_size == pytest.approx(-forward)
    assert weat(X, Y, B, A, rng).effect_size == pytest.approx(-forward)
    assert -2 <= forward <= 2


def test_words_that_are_all_associated_alike_have_no_effect_size() -> None:
    assert np.isnan(effect_size(np.ones(3), np.ones(3)))


def test_targets_of_different_sizes_and_empty_sets_are_refused() -> None:
    draw, rng = Draw(7), np.random.default_rng(0)
    with pytest.raises(ValueError, match="hold 3, 2, 1, 1 words"):
        weat(draw(3, 4), draw(2, 4), draw(1, 4), draw(1, 4), rng)
    with pytest.raises(ValueError, match="no set may be empty"):
        weat(draw(2, 4), draw(2, 4), draw(0, 4), draw(1, 4), rng)
