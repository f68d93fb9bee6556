"""Latent semantic analysis against scikit-learn's TruncatedSVD and NumPy's full decomposition."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.decomposition import TruncatedSVD

from reference.counts.bag_of_words import count_matrix
from reference.counts.lsa import lsa, truncated_svd
from reference.counts.tf_idf import tf_idf
from reference.counts.vocabulary import build_vocabulary
from tests.reference.zipf import zipf_documents

DOCUMENTS = zipf_documents(np.random.default_rng(6), documents=70, words=200, length=40)
C = count_matrix(DOCUMENTS, build_vocabulary(DOCUMENTS, special=()))
X = tf_idf(C)
k = 8


@pytest.mark.parametrize("given", [X, X.toarray(), X[:, :30], X.T.tocsr()], ids=["sparse", "dense", "tall", "turned"])
def test_the_decomposition_is_that_of_scikit_learn_up_to_1e_10(given: object) -> None:
    theirs = TruncatedSVD(k, algorithm="arpack", random_state=0)
    documents = theirs.fit_transform(given)
    space = lsa(given, k)
    np.testing.assert_allclose(space.s, theirs.singular_values_, rtol=0, atol=1e-10)
    np.testing.assert_allclose(space.Vt, theirs.components_, rtol=0, atol=1e-10)
    np.testing.assert_allclose(space.documents, documents, rtol=0, atol=1e-10)
    np.testing.assert_allclose(space.fold_in(given[:5]), theirs.transform(given[:5]), rtol=0, atol=1e-10)


def test_sparse_and_dense_decompositions_agree() -> None:
    for ours, full in zip(truncated_svd(X, k), truncated_svd(X.toarray(), k), strict=True):
        np.testing.assert_allclose(ours, full, rtol=0, atol=1e-10)


def test_nothing_of_rank_k_is_nearer() -> None:
    U, s, Vt = truncated_svd(X, k)
    full = np.linalg.svd(X.toarray(), compute_uv=False)
    assert np.linalg.norm(X - (U * s) @ Vt) == pytest.approx(np.linalg.norm(full[k:]), rel=1e-10)


def test_a_document_of_the_space_folds_into_its_own_place() -> None:
    space = lsa(X, k)
    np.testing.assert_allclose(space.fold_in(X), space.documents, rtol=0, atol=1e-10)
    np.testing.assert_allclose(space.fold_in(X.toarray()), space.documents, rtol=0, atol=1e-10)


def test_words_are_where_the_documents_of_the_turned_matrix_are() -> None:
    turned = lsa(X.T.tocsr(), k).documents
    words = lsa(X, k).words
    np.testing.assert_allclose(np.abs(words), np.abs(turned), rtol=0, atol=1e-10)
    np.testing.assert_allclose(words @ words.T, turned @ turned.T, rtol=0, atol=1e-10)


def test_signs_and_digits_are_the_same_every_time() -> None:
    first, second = truncated_svd(X, k), truncated_svd(X, k)
    for ours, again in zip(first, second, strict=True):
        np.testing.assert_array_equal(ours, again)
    Vt = first[2]
    assert (Vt[np.arange(k), np.abs(Vt).argmax(axis=1)] > 0).all()


@pytest.mark.parametrize(("given", "wrong", "most"), [(X, 0, 69), (X, 70, 69), (X.toarray(), 71, 70)])
def test_too_many_or_too_few_directions_are_refused(given: object, wrong: int, most: int) -> None:
    with pytest.raises(ValueError, match=f"k must be from 1 to {most} for a matrix of shape .*, not {wrong}"):
        truncated_svd(given, wrong)


def test_a_dense_matrix_may_keep_all_its_directions() -> None:
    small = np.random.default_rng(7).standard_normal((4, 3))
    U, s, Vt = truncated_svd(small, 3)
    np.testing.assert_allclose((U * s) @ Vt, small, atol=1e-14)
    assert sparse.issparse(X)
