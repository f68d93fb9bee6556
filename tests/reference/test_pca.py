"""Principal components against scikit-learn."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from reference.projection.pca import pca, principal_components

GENERATOR = np.random.default_rng(1)
X = GENERATOR.standard_normal((60, 9)) @ GENERATOR.standard_normal((9, 9)) + 5
WIDE = GENERATOR.standard_normal((12, 40))


@pytest.mark.parametrize("points", [X, WIDE, 1e6 * X], ids=["tall", "wide", "large"])
def test_components_signs_and_variances_are_those_of_scikit_learn(points: np.ndarray) -> None:
    theirs = PCA(5, svd_solver="full").fit(points)
    found = principal_components(points, 5)
    scale = np.abs(points).max()
    np.testing.assert_allclose(found.components, theirs.components_, rtol=0, atol=1e-10)
    np.testing.assert_allclose(found.variances, theirs.explained_variance_, rtol=1e-10)
    np.testing.assert_allclose(found.shares, theirs.explained_variance_ratio_, rtol=1e-10)
    np.testing.assert_allclose(found.project(points), theirs.transform(points), rtol=0, atol=1e-10 * scale)
    np.testing.assert_allclose(pca(points, 5), theirs.transform(points), rtol=0, atol=1e-10 * scale)


def test_all_components_together_restore_the_points() -> None:
    found = principal_components(X, 9)
    np.testing.assert_allclose(found.restore(found.project(X)), X, rtol=0, atol=1e-12)
    assert found.shares.sum() == pytest.approx(1)


def test_where_the_points_lie_and_in_which_order_does_not_turn_the_signs() -> None:
    turned = principal_components(X[::-1] + 100, 5)
    np.testing.assert_allclose(turned.components, principal_components(X, 5).components, rtol=0, atol=1e-10)


def test_equal_points_have_no_spread_and_make_no_trouble() -> None:
    found = principal_components(np.ones((4, 3)), 2)
    np.testing.assert_array_equal(found.variances, 0)
    np.testing.assert_array_equal(found.shares, 0)


def test_more_components_than_there_are_is_refused() -> None:
    with pytest.raises(ValueError, match="k must be from 1 to 9"):
        pca(X, 10)
