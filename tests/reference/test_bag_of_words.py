"""Bags of words and n-grams against scikit-learn's CountVectorizer."""

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer

from reference.counts.bag_of_words import bag_of_words, count_matrix, n_grams
from reference.counts.one_hot import one_hot_sentence
from reference.counts.vocabulary import UNK, build_vocabulary
from tests.reference.zipf import zipf_documents

DOCUMENTS = zipf_documents(np.random.default_rng(1), documents=40, words=300, length=30)


@pytest.mark.parametrize(("shortest", "longest"), [(1, 1), (1, 2), (2, 3), (4, 4)])
def test_counts_of_n_grams_agree_with_scikit_learn(shortest: int, longest: int) -> None:
    runs = [n_grams(document, shortest, longest) for document in DOCUMENTS]
    vocabulary = build_vocabulary(runs, special=())
    theirs = CountVectorizer(
        tokenizer=str.split, token_pattern=None, ngram_range=(shortest, longest), vocabulary=vocabulary.index
    )
    expected = theirs.fit_transform(" ".join(document) for document in DOCUMENTS)
    got = count_matrix(runs, vocabulary)
    assert got.nnz == expected.nnz
    assert got.has_canonical_format
    np.testing.assert_array_equal(got.toarray(), expected.toarray())


def test_n_grams_come_shortest_first_and_in_the_order_of_the_text() -> None:
    assert n_grams(["not", "very", "good"], 1, 2) == ["not", "very", "good", "not very", "very good"]
    assert n_grams(["not"], 2, 3) == []


def test_a_bag_is_a_row_of_the_matrix_and_the_sum_of_one_hot_vectors() -> None:
    vocabulary = build_vocabulary(DOCUMENTS)
    document = [*DOCUMENTS[3], "never seen"]
    bag = bag_of_words(document, vocabulary.index)
    np.testing.assert_array_equal(bag, one_hot_sentence(document, vocabulary.index).sum(axis=0))
    np.testing.assert_array_equal(bag, count_matrix([document], vocabulary).toarray()[0])
    assert bag[vocabulary.index[UNK]] == 1


def test_unknown_words_are_left_out_where_there_is_no_unk() -> None:
    vocabulary = build_vocabulary([["a", "b"]], special=())
    assert bag_of_words(["a", "c", "a"], vocabulary.index).tolist() == [2, 0]
    assert count_matrix([["a", "c", "a"]], vocabulary).toarray().tolist() == [[2, 0]]


def test_documents_without_words_are_rows_of_zeros() -> None:
    vocabulary = build_vocabulary([["a", "b"]], special=())
    assert count_matrix([[], ["b"], []], vocabulary).toarray().tolist() == [[0, 0], [0, 1], [0, 0]]
    assert count_matrix([], vocabulary).shape == (0, 2)
