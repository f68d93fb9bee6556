"""Where weights begin: the variances that the papers ask for, and what they are good for."""

from __future__ import annotations

import numpy as np
import pytest

from reference.networks.dropout import dropout_mask
from reference.networks.feed_forward import feed_forward
from reference.networks.initialisation import first_parameters, he, xavier


def test_the_variances_are_those_of_the_papers() -> None:
    generator = np.random.default_rng(1)
    W = xavier(300, 500, generator)
    assert W.var() == pytest.approx(2 / 800, rel=0.02)
    assert np.abs(W).max() <= np.sqrt(6 / 800)
    assert np.abs(W).max() > 0.99 * np.sqrt(6 / 800)
    assert he(300, 500, generator).var() == pytest.approx(2 / 500, rel=0.02)


def test_a_signal_gets_through_thirty_layers_of_rectifiers_with_he_but_not_with_xavier() -> None:
    generator = np.random.default_rng(2)
    X = generator.standard_normal((200, 50))
    scale = {}
    for name, initialisation in (("he", he), ("xavier", xavier)):
        Z, _ = feed_forward(X, first_parameters([200] * 31, generator, initialisation=initialisation), "relu")
        scale[name] = float((Z**2).mean())
    assert 0.2 < scale["he"] < 20
    assert scale["xavier"] < 1e-6


def test_the_parameters_of_layers_have_the_shapes_that_the_net_reads() -> None:
    parameters = first_parameters([4, 3, 2], np.random.default_rng(3))
    assert {name: theta.shape for name, theta in parameters.items()} == {
        "W1": (3, 4),
        "b1": (3, 1),
        "W2": (2, 3),
        "b2": (2, 1),
    }
    assert not parameters["b1"].any()


def test_a_dropout_mask_silences_a_part_and_keeps_the_expectation() -> None:
    mask = dropout_mask((200, 500), 0.3, np.random.default_rng(4))
    assert set(np.unique(mask)) == {0.0, 1 / 0.7}
    assert (mask == 0).mean() == pytest.approx(0.3, abs=0.01)
    assert mask.mean() == pytest.approx(1, abs=0.01)
    assert (dropout_mask((5, 5), 0.0, np.random.default_rng(5)) == 1).all()


@pytest.mark.parametrize("p", [1, -0.1, 2])
def test_a_probability_that_leaves_nothing_is_refused(p: float) -> None:
    with pytest.raises(ValueError, match=f"up to but not including 1, not {p}"):
        dropout_mask((2, 2), p, np.random.default_rng(6))
