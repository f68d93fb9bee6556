"""Cosines and distances against scikit-learn, for dense and sparse vectors and for vectors of zeros."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.metrics import pairwise

from reference.counts.similarity import (
    cosine_similarities,
    cosine_similarity,
    euclidean_distance,
    euclidean_distances,
    euclidean_similarity,
)

draw = np.random.default_rng(3)
X = draw.standard_normal((7, 20)) * (draw.random((7, 20)) < 0.4)
Y = draw.standard_normal((5, 20)) * (draw.random((5, 20)) < 0.4)
X[2] = 0
Y[4] = 0
FORMS = [(X, Y), (sparse.csr_array(X), sparse.csr_array(Y)), (sparse.csr_matrix(X), Y), (X, sparse.csc_array(Y))]


def as_dense(matrix: object) -> object:
    return matrix.toarray() if sparse.issparse(matrix) else matrix


@pytest.mark.parametrize(("left", "right"), FORMS)
def test_cosines_agree_with_scikit_learn(left: object, right: object) -> None:
    got = cosine_similarities(left, right)
    assert sparse.issparse(got) is (sparse.issparse(left) and sparse.issparse(right))
    np.testing.assert_allclose(as_dense(got), pairwise.cosine_similarity(X, Y), rtol=0, atol=1e-14)


@pytest.mark.parametrize(("left", "right"), FORMS)
def test_distances_agree_with_scikit_learn(left: object, right: object) -> None:
    got = euclidean_distances(left, right)
    assert isinstance(got, np.ndarray)
    np.testing.assert_allclose(got, pairwise.euclidean_distances(X, Y), rtol=0, atol=1e-12)


def test_pairs_of_vectors_agree_with_matrices() -> None:
    for i, j in np.ndindex(len(X), len(Y)):
        assert cosine_similarity(X[i], Y[j]) == pytest.approx(cosine_similarities(X, Y)[i, j], abs=1e-14)
        assert euclidean_distance(X[i], Y[j]) == pytest.approx(euclidean_distances(X, Y)[i, j], abs=1e-12)


def test_a_vector_of_zeros_is_like_nothing() -> None:
    zeros = np.zeros(20)
    assert cosine_similarity(zeros, X[0]) == 0
    assert cosine_similarity(zeros, zeros) == 0
    assert not cosine_similarities(X, Y)[2].any()


def test_a_vector_is_at_distance_zero_from_itself_up_to_what_the_docstring_admits() -> None:
    assert euclidean_distance(X[0], X[0]) == 0
    assert euclidean_similarity(X[0], X[0]) == 1
    assert np.diag(euclidean_distances(X, X)).max() < 1e-7 * np.linalg.norm(X, axis=1).max()


def test_similarity_by_distance_falls_as_vectors_part() -> None:
    u = np.array([0.0, 0])
    assert euclidean_similarity(u, np.array([0.0, 1])) == 0.5
    assert euclidean_similarity(u, np.array([3.0, 0])) == 0.25
