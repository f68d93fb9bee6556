"""Fast t-SNE against the exact one, and against scikit-learn's and openTSNE's results."""

from __future__ import annotations

import numpy as np
import openTSNE
import pytest
from sklearn.datasets import load_digits
from sklearn.manifold import TSNE
from sklearn.neighbors import NearestNeighbors

from reference.projection import fast_tsne as module
from reference.projection.descent import Schedule, descend, start
from reference.projection.fast_tsne import (
    Pairs,
    attraction,
    fast_forces,
    fast_tsne,
    fast_tsne_loss,
    nearby_probabilities,
    sparse_probabilities,
)
from reference.projection.nearest import nearest
from reference.projection.trustworthiness import trustworthiness
from reference.projection.tsne import (
    conditional_probabilities,
    first_places,
    joint_probabilities,
    squared_distances,
    tsne_gradient,
    tsne_loss,
)
from tests.reference.oracles import Draw

draw = Draw(1)
X = draw(300, 6)
DIGITS = load_digits().data
P = nearby_probabilities(X, 10, np.random.default_rng(1))


def test_with_all_points_as_neighbours_the_probabilities_are_the_exact_ones() -> None:
    exact = joint_probabilities(conditional_probabilities(squared_distances(X), 10))
    np.testing.assert_allclose(sparse_probabilities(*nearest(X, 299), 10).toarray(), exact, rtol=1e-6, atol=1e-15)


def test_probabilities_are_those_of_opentsne() -> None:
    theirs = openTSNE.affinity.PerplexityBasedNN(X, perplexity=10, method="exact", n_jobs=1, random_state=0).P
    difference = abs(P - theirs)
    assert difference.max() <= 1e-4 * P.max()
    assert P.sum() == pytest.approx(1)


@pytest.mark.parametrize("scale", [1e-4, 1, 20])
def test_attraction_is_the_sum_over_all_pairs(scale: float) -> None:
    Y = scale * draw(300, 2)
    dense = P.toarray() / (1 + squared_distances(Y))
    expected = dense.sum(axis=1, keepdims=True) * Y - dense @ Y
    np.testing.assert_allclose(attraction(Pairs.of(P), Y), expected, rtol=0, atol=1e-11 * np.abs(expected).max())


@pytest.mark.parametrize("exaggeration", [1, 12])
@pytest.mark.parametrize("scale", [1e-4, 1, 20])
def test_the_gradient_is_nearly_the_exact_one(scale: float, exaggeration: float) -> None:
    Y = scale * draw(300, 2)
    expected = tsne_gradient(exaggeration * P.toarray(), Y)
    found = fast_forces(P)(Y, exaggeration)
    # Where all is close together, attraction and repulsion nearly cancel; the grid is as exact as the latter is large.
    repelled = tsne_gradient(0 * P.toarray(), Y)
    assert np.linalg.norm(found - expected) <= 0.01 * np.linalg.norm(repelled)


@pytest.mark.parametrize("scale", [1e-4, 1, 20])
def test_the_loss_is_nearly_the_exact_one(scale: float) -> None:
    Y = scale * draw(300, 2)
    assert fast_tsne_loss(P, Y) == pytest.approx(tsne_loss(P.toarray(), Y), abs=1e-3)


def test_a_descent_that_stops_and_goes_on_ends_with_the_same_digits() -> None:
    schedule = Schedule(iterations=60, exaggerated=20)
    whole = fast_tsne(X, np.random.default_rng(1), perplexity=10, schedule=schedule)
    part = descend(start(first_places(X)), fast_forces(P), schedule, until=35)
    np.testing.assert_array_equal(descend(part, fast_forces(P), schedule).Y, whole.Y)


def test_many_points_are_parted_by_a_forest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BRUTE_FORCE", 1000)
    near = nearby_probabilities(DIGITS, 30, np.random.default_rng(1))
    monkeypatch.setattr(module, "BRUTE_FORCE", 2000)
    exact = nearby_probabilities(DIGITS, 30, np.random.default_rng(1))
    assert abs(near - exact).sum() < 0.05


@pytest.mark.slow
def test_on_digits_it_ends_no_higher_than_the_programs_that_are_in_use() -> None:
    points = DIGITS[:1000]
    joint = joint_probabilities(conditional_probabilities(squared_distances(points), 30))
    sklearn_s = TSNE(init="pca", max_iter=1000, random_state=0).fit_transform(points).astype(np.float64)
    opentsne_s = np.asarray(openTSNE.TSNE(n_iter=750, n_jobs=1, random_state=0).fit(points))
    ours = fast_tsne(points, np.random.default_rng(1)).Y
    assert tsne_loss(joint, ours) <= 1.02 * min(tsne_loss(joint, sklearn_s), tsne_loss(joint, opentsne_s))
    assert trustworthiness(points, ours) >= trustworthiness(points, sklearn_s) - 0.005


def test_neighbours_in_the_picture_are_of_one_kind() -> None:
    labels = load_digits().target[:600]
    Y = fast_tsne(DIGITS[:600], np.random.default_rng(1), schedule=Schedule(iterations=300, exaggerated=100)).Y
    rows = NearestNeighbors(n_neighbors=5).fit(Y).kneighbors(return_distance=False)
    assert (labels[rows] == labels[:, None]).mean() > 0.9
