"""The alias method: the table holds the distribution exactly, and draws follow it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chisquare

from reference.embeddings.alias import alias_draw, alias_probabilities, alias_table
from reference.embeddings.frequencies import noise_distribution

DISTRIBUTIONS = {
    "one thing": np.array([1.0]),
    "all alike": np.full(7, 1 / 7),
    "one never": np.array([0.5, 0, 0.5]),
    "one nearly always": np.array([0.999, 0.0005, 0.0005]),
    "noise": noise_distribution((10_000 / np.arange(1, 1001)).astype(np.int64)),
}


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_the_table_holds_the_distribution(name: str) -> None:
    p = DISTRIBUTIONS[name]
    table = alias_table(p)
    np.testing.assert_allclose(alias_probabilities(table), p, atol=1e-14)
    assert ((table.share >= 0) & (table.share <= 1)).all()


def test_draws_follow_the_distribution() -> None:
    p = DISTRIBUTIONS["noise"]
    draws = alias_draw(alias_table(p), 200_000, np.random.default_rng(1))
    assert chisquare(np.bincount(draws, minlength=len(p)), 200_000 * p).pvalue > 1e-3


def test_what_has_no_probability_is_never_drawn() -> None:
    draws = alias_draw(alias_table(DISTRIBUTIONS["one never"]), 10_000, np.random.default_rng(2))
    assert 1 not in draws


def test_the_same_seed_draws_the_same() -> None:
    table = alias_table(DISTRIBUTIONS["noise"])
    first, second = (alias_draw(table, 50, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
