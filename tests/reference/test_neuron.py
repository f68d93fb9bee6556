"""The two first neurons against truth tables, scikit-learn's perceptron and Novikoff's bound."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from sklearn.linear_model import Perceptron

from reference.networks.neuron import mcculloch_pitts, perceptron_epoch, perceptron_predict, train_perceptron

BITS = np.array(list(product([0.0, 1.0], repeat=2))).T  # (2, 4): 00, 01, 10, 11
NOTHING = np.zeros((0, 4))


def separable(margin: float = 0.3, m: int = 60) -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(1).uniform(-2, 2, (2, 4 * m))
    score = np.array([1.0, -2.0]) @ x + 0.5
    x, score = x[:, np.abs(score) > margin][:, :m], score[np.abs(score) > margin][:m]
    return x, np.sign(score)


@pytest.mark.parametrize(("threshold", "expected"), [(1, [0, 1, 1, 1]), (2, [0, 0, 0, 1]), (0, [1, 1, 1, 1])])
def test_a_threshold_makes_or_and_and_always(threshold: int, expected: list[int]) -> None:
    np.testing.assert_array_equal(mcculloch_pitts(BITS, NOTHING, threshold), expected)


def test_a_single_inhibitory_input_forbids_whatever_the_others_say() -> None:
    np.testing.assert_array_equal(mcculloch_pitts(BITS[:1], BITS[1:], 1), [0, 0, 1, 0])
    np.testing.assert_array_equal(mcculloch_pitts(np.ones((5, 4)), BITS, 1), [1, 0, 0, 0])


def test_two_layers_of_neurons_make_exclusive_or_which_no_single_one_can() -> None:
    only_first = mcculloch_pitts(BITS[:1], BITS[1:], 1)
    only_second = mcculloch_pitts(BITS[1:], BITS[:1], 1)
    np.testing.assert_array_equal(mcculloch_pitts(np.stack([only_first, only_second]), NOTHING, 1), [0, 1, 1, 0])
    _, _, mistakes = train_perceptron(BITS, np.array([-1.0, 1, 1, -1]), epochs=100)
    assert len(mistakes) == 100
    assert min(mistakes) > 0


def test_the_perceptron_ends_with_scikit_learn_s_weights() -> None:
    x, t = separable()
    theirs = Perceptron(shuffle=False, tol=None, max_iter=7, penalty=None).fit(x.T, t)
    w, b = np.zeros(2), 0.0
    for _ in range(7):
        w, b, _ = perceptron_epoch(x, t, w, b)
    np.testing.assert_allclose(w, theirs.coef_[0], rtol=1e-12)
    assert b == theirs.intercept_[0]
    np.testing.assert_array_equal(perceptron_predict(x, w, b), theirs.predict(x.T))


def test_it_makes_no_more_mistakes_than_novikoff_allows() -> None:
    margin = 0.3
    x, t = separable(margin)
    w, b, mistakes = train_perceptron(x, t, epochs=1000)
    np.testing.assert_array_equal(perceptron_predict(x, w, b), t)
    assert mistakes[-1] == 0
    longest = (1 + (x**2).sum(axis=0)).max()
    gamma = margin / np.sqrt(1 + 4 + 0.25)
    assert 0 < sum(mistakes) <= longest / gamma**2


def test_the_weights_that_are_given_are_not_changed() -> None:
    x, t = separable()
    w = np.zeros(2)
    w.flags.writeable = False
    assert perceptron_epoch(x, t, w, 0.0)[0] is not w
