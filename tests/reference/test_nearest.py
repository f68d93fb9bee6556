"""Nearest neighbours against scikit-learn's."""

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from reference.projection import nearest as module
from reference.projection.nearest import leaves, nearest, nearly_nearest
from tests.reference.oracles import Draw

X = Draw(1)(1500, 8)


def theirs(k: int) -> tuple[np.ndarray, np.ndarray]:
    distances, rows = NearestNeighbors(n_neighbors=k).fit(X).kneighbors()
    return rows, distances**2


@pytest.mark.parametrize("block", [1000, 2_000_000])
@pytest.mark.parametrize("k", [1, 30])
def test_the_nearest_are_those_of_scikit_learn_in_blocks_of_any_size(
    k: int, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BLOCK", block)
    found, D = nearest(X, k)
    rows, distances = theirs(k)
    np.testing.assert_array_equal(np.sort(found, axis=1), np.sort(rows, axis=1))
    np.testing.assert_allclose(np.sort(D, axis=1), distances, rtol=1e-9)


def test_a_forest_finds_nearly_all_none_twice_and_with_their_distances() -> None:
    found, D = nearly_nearest(X, 30, np.random.default_rng(1), trees=20, leaf=200)
    rows, _ = theirs(30)
    assert np.mean([len(set(a) & set(b)) for a, b in zip(found, rows, strict=True)]) / 30 > 0.9
    assert all(len(set(line)) == 30 for line in found)
    assert not (found == np.arange(1500)[:, None]).any()
    np.testing.assert_allclose(D, ((X[:, None] - X[found]) ** 2).sum(axis=-1), rtol=1e-9)


def test_one_seed_grows_one_forest() -> None:
    first, again = (nearly_nearest(X, 10, np.random.default_rng(3), trees=2, leaf=100)[0] for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_leaves_hold_every_point_once_and_are_of_one_size() -> None:
    groups = list(leaves(X, np.arange(1500), 100, np.random.default_rng(1)))
    np.testing.assert_array_equal(np.sort(np.concatenate(groups)), np.arange(1500))
    assert {len(group) for group in groups} == {93, 94}


def test_equal_points_can_be_parted() -> None:
    found, D = nearly_nearest(np.zeros((50, 3)), 4, np.random.default_rng(1), trees=2, leaf=10)
    assert all(len(set(line)) == 4 for line in found)
    np.testing.assert_array_equal(D, 0)


@pytest.mark.parametrize("k", [0, 1500])
def test_neighbours_that_there_are_not_are_refused(k: int) -> None:
    with pytest.raises(ValueError, match=f"k must be from 1 to 1499 for 1500 points, not {k}"):
        nearest(X, k)
    with pytest.raises(ValueError, match="leaf must be more than 2 k = 20"):
        nearly_nearest(X, 10, np.random.default_rng(1), leaf=20)
