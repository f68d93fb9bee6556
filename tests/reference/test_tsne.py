"""t-SNE against scikit-learn, torch's autograd and central differences."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist
from sklearn.datasets import load_digits
from sklearn.manifold import TSNE
from sklearn.manifold._utils import _binary_search_perplexity

from reference.projection.descent import Schedule
from reference.projection.trustworthiness import trustworthiness
from reference.projection.tsne import (
    conditional_probabilities,
    first_places,
    joint_probabilities,
    neighbour_probabilities,
    perplexities,
    squared_distances,
    student_t_weights,
    tsne,
    tsne_gradient,
    tsne_loss,
)
from tests.reference.oracles import Draw, assert_agree, central_differences, gradient, tensor

draw = Draw(1)
X = draw(50, 6)
D = squared_distances(X)
P = joint_probabilities(conditional_probabilities(D, 10))
DIGITS = load_digits().data


def test_distances_are_those_of_scipy_even_far_from_the_origin() -> None:
    np.testing.assert_allclose(D, cdist(X, X, "sqeuclidean"), rtol=1e-12, atol=1e-12)
    far = squared_distances(X + 1e6)
    np.testing.assert_allclose(far, D, rtol=1e-7)
    np.testing.assert_array_equal(np.diag(far), 0)
    np.testing.assert_array_equal(far, far.T)


@pytest.mark.parametrize("perplexity", [1.5, 5, 30, 48.9])
@pytest.mark.parametrize("scale", [1e-8, 1, 1e8])
def test_each_row_has_the_perplexity_that_was_asked_for_at_any_scale(perplexity: float, scale: float) -> None:
    conditional = conditional_probabilities(scale * D, perplexity)
    np.testing.assert_allclose(perplexities(conditional), perplexity, rtol=1e-9)
    np.testing.assert_allclose(conditional.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_array_equal(np.diag(conditional), 0)


def test_a_row_is_a_gaussian_of_some_width() -> None:
    conditional = conditional_probabilities(D, 10)
    for i, row in enumerate(conditional):
        others = np.delete(np.arange(50), i)
        beta, _ = np.polyfit(-D[i, others], np.log(row[others]), 1)
        np.testing.assert_allclose(row[others], np.exp(-beta * D[i, others]) / np.exp(-beta * D[i, others]).sum())


def test_probabilities_are_those_of_scikit_learn_up_to_its_tolerance() -> None:
    points = DIGITS[:300]
    apart = squared_distances(points)
    theirs = _binary_search_perplexity(apart.astype(np.float32), 30.0, 0)
    np.testing.assert_allclose(conditional_probabilities(apart, 30), theirs, rtol=0, atol=2e-5)


def test_neighbours_beyond_the_nearest_count_nothing_where_their_distance_is_infinite() -> None:
    nearest = np.sort(D, axis=1)[:, 1:21]
    padded = np.column_stack([nearest, np.full(50, np.inf)])
    np.testing.assert_array_equal(neighbour_probabilities(padded, 10, perplexities)[:, -1], 0)
    np.testing.assert_allclose(
        neighbour_probabilities(padded, 10, perplexities)[:, :-1],
        neighbour_probabilities(nearest, 10, perplexities),
        rtol=1e-8,
    )


def test_the_perplexity_of_equally_likely_neighbours_is_their_number() -> None:
    np.testing.assert_allclose(perplexities(np.array([[0.25] * 4, [0.5, 0.5, 0, 0], [1, 0, 0, 0]])), [4, 2, 1])


def test_equal_points_share_their_probability_equally() -> None:
    points = np.vstack([np.zeros((6, 2)), draw(10, 2) + 50])
    found = conditional_probabilities(squared_distances(points), 3)
    np.testing.assert_allclose(found[0, 1:6], 0.2, rtol=1e-6)


def test_joint_probabilities_are_symmetric_and_every_point_counts() -> None:
    outlier = np.vstack([X, np.full((1, 6), 100.0)])
    joint = joint_probabilities(conditional_probabilities(squared_distances(outlier), 10))
    np.testing.assert_array_equal(joint, joint.T)
    assert joint.sum() == pytest.approx(1)
    assert joint[-1].sum() >= (1 - 1e-12) / (2 * 51)


@pytest.mark.parametrize("scale", [1e-4, 1, 30])
def test_the_gradient_agrees_with_autograd_and_with_the_loss(scale: float) -> None:
    Y = scale * draw(50, 2)
    leaf = tensor(Y)
    w = (1 / (1 + ((leaf[:, None] - leaf[None]) ** 2).sum(-1))) * (1 - torch.eye(50))
    off = ~torch.eye(50, dtype=torch.bool)
    loss = (torch.tensor(P)[off] * torch.log(torch.tensor(P)[off] / (w / w.sum())[off])).sum()
    loss.backward()
    assert tsne_loss(P, Y) == pytest.approx(loss.item(), rel=1e-12)
    assert_agree({"dY": tsne_gradient(P, Y)}, {"dY": gradient(leaf)})


@pytest.mark.parametrize("d", [2, 3])
def test_the_gradient_agrees_with_central_differences_in_every_entry(d: int) -> None:
    Y = draw(50, d)
    expected = central_differences(lambda Y: tsne_loss(P, Y), Y=Y)
    assert_agree({"dY": tsne_gradient(P, Y)}, expected, 1e-8)


def test_exaggeration_strengthens_attraction_alone() -> None:
    Y = draw(50, 2)
    w = student_t_weights(Y)
    attraction = 4 * ((P * w).sum(axis=1, keepdims=True) * Y - (P * w) @ Y)
    np.testing.assert_allclose(tsne_gradient(12 * P, Y), tsne_gradient(P, Y) + 11 * attraction, rtol=1e-9)


def test_it_starts_from_small_principal_components() -> None:
    Y = first_places(1e5 * X)
    assert Y[:, 0].std() == pytest.approx(1e-4)
    assert Y[:, 1].std() < 1e-4
    with pytest.raises(ValueError, match="they are all equal"):
        first_places(np.ones((5, 3)))


@pytest.mark.parametrize("perplexity", [0.5, 49.5])
def test_a_perplexity_that_no_row_can_have_is_refused(perplexity: float) -> None:
    with pytest.raises(
        ValueError, match=f"perplexity must be from 1 to 49, the number of neighbours, not {perplexity}"
    ):
        conditional_probabilities(D, perplexity)


@pytest.mark.slow
def test_it_ends_no_higher_than_scikit_learn_and_shows_neighbours_as_well() -> None:
    points = DIGITS[:400]
    joint = joint_probabilities(conditional_probabilities(squared_distances(points), 30))
    theirs = TSNE(method="exact", init="pca", perplexity=30, max_iter=500, random_state=0).fit_transform(points)
    ours = tsne(points, schedule=Schedule(iterations=500)).Y
    assert tsne_loss(joint, ours) <= 1.02 * tsne_loss(joint, theirs.astype(np.float64))
    assert trustworthiness(points, ours) >= trustworthiness(points, theirs) - 0.005


def test_parts_may_be_exchanged() -> None:
    """Twice the places, or half the perplexity, is what comes of parts that measure so."""
    Y = draw(50, 2)
    wide = student_t_weights(Y, distances=lambda places: 4 * squared_distances(places))
    np.testing.assert_allclose(wide, student_t_weights(2 * Y))
    assert tsne_loss(P, Y, weights=lambda _: wide) == pytest.approx(tsne_loss(P, 2 * Y))
    np.testing.assert_allclose(tsne_gradient(P, Y, weights=lambda _: wide), tsne_gradient(P, 2 * Y) / 2, atol=1e-12)
    doubled = conditional_probabilities(D, 10, measure=lambda rows: 2 * perplexities(rows))
    np.testing.assert_allclose(doubled, conditional_probabilities(D, 5), atol=1e-9)
    assert trustworthiness(X, Y, distances=lambda points: squared_distances(points[:, :2])) == trustworthiness(
        X[:, :2], Y
    )
