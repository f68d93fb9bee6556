"""Trustworthiness against scikit-learn's."""

import numpy as np
import pytest
from sklearn.manifold import trustworthiness as theirs

from reference.projection.pca import pca
from reference.projection.trustworthiness import trustworthiness
from tests.reference.oracles import Draw

X = Draw(1)(80, 7)


@pytest.mark.parametrize("k", [1, 5, 20, 39])
@pytest.mark.parametrize("Y", [pca(X, 2), Draw(2)(80, 2), X], ids=["PCA", "at random", "the points themselves"])
def test_it_is_that_of_scikit_learn(Y: np.ndarray, k: int) -> None:
    assert trustworthiness(X, Y, k) == pytest.approx(theirs(X, Y, n_neighbors=k), abs=1e-12)


def test_it_is_one_without_intruders_and_about_a_half_at_random() -> None:
    assert trustworthiness(X, 3 * X + 1, 5) == 1
    assert 0.4 < trustworthiness(X, Draw(2)(80, 2), 5) < 0.6


def test_equal_points_are_ranked_in_their_order() -> None:
    equal = np.zeros((10, 2))
    assert trustworthiness(equal, equal, 3) == 1


@pytest.mark.parametrize("k", [0, 40])
def test_a_number_of_neighbours_that_leaves_no_intruders_is_refused(k: int) -> None:
    with pytest.raises(ValueError, match=f"less than half of the 80 points, not {k}"):
        trustworthiness(X, X, k)
