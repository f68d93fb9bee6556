"""TF-IDF against scikit-learn, dense and sparse, and the textbook's form against its definition."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.feature_extraction.text import TfidfTransformer

from reference.counts.bag_of_words import count_matrix
from reference.counts.tf_idf import document_frequency, inverse_document_frequency, tf_idf, weigh
from reference.counts.vocabulary import build_vocabulary
from tests.reference.zipf import zipf_documents

DOCUMENTS = zipf_documents(np.random.default_rng(2), documents=60, words=200, length=25)
C = count_matrix(DOCUMENTS, build_vocabulary(DOCUMENTS))  # <PAD>, <UNK> and <EOS> are words that no document has
COUNTS = C.toarray()


@pytest.mark.parametrize("given", [C, sparse.csr_matrix(C), sparse.csc_array(C), COUNTS, COUNTS.astype(int)])
def test_the_smooth_form_is_that_of_scikit_learn(given: object) -> None:
    theirs = TfidfTransformer()
    expected = theirs.fit_transform(C).toarray()
    got = tf_idf(given)
    assert sparse.issparse(got) is sparse.issparse(given)
    np.testing.assert_allclose(got.toarray() if sparse.issparse(got) else got, expected, rtol=0, atol=1e-14)
    np.testing.assert_allclose(inverse_document_frequency(given), theirs.idf_, rtol=1e-14)


@pytest.mark.parametrize("given", [C, COUNTS])
def test_the_textbook_s_form_is_log_n_over_df_without_a_norm(given: object) -> None:
    got = tf_idf(given, "textbook")
    for d, w in np.ndindex(*COUNTS.shape):
        df = sum(1 for row in COUNTS if row[w] > 0)
        expected = COUNTS[d, w] * np.log(len(COUNTS) / df) if df else 0
        assert got[d, w] == pytest.approx(expected, rel=1e-14)


def test_the_number_of_documents_is_counted_not_the_number_of_times() -> None:
    assert document_frequency(np.array([[5, 0, 1], [1, 0, 0]])).tolist() == [2, 0, 1]


def test_a_word_that_no_document_has_weighs_nothing_in_the_textbook_s_form() -> None:
    assert inverse_document_frequency(np.array([[1, 0], [0, 0]]), "textbook").tolist() == [np.log(2), 0]


def test_new_documents_are_weighed_by_the_idf_of_the_old() -> None:
    theirs = TfidfTransformer().fit(C[:40])
    got = weigh(C[40:], inverse_document_frequency(C[:40]))
    np.testing.assert_allclose(got.toarray(), theirs.transform(C[40:]).toarray(), rtol=0, atol=1e-14)
    np.testing.assert_array_equal(weigh(C, np.ones(C.shape[1]), "textbook").toarray(), COUNTS)


def test_a_document_without_words_stays_a_row_of_zeros() -> None:
    assert tf_idf(np.array([[0, 0], [1, 2]]))[0].tolist() == [0, 0]


def test_counts_are_left_as_they_are() -> None:
    before = C.toarray()
    tf_idf(C)
    np.testing.assert_array_equal(C.toarray(), before)


def test_an_unknown_form_is_named() -> None:
    with pytest.raises(ValueError, match="form must be 'smooth' or 'textbook', not 'l2'"):
        tf_idf(COUNTS, "l2")
