"""One-hot vectors against scikit-learn's encoder, and what becomes of unknown words."""

import numpy as np
from sklearn.preprocessing import OneHotEncoder

from reference.counts.one_hot import one_hot, one_hot_sentence
from reference.counts.vocabulary import UNK, build_vocabulary

SENTENCE = ["the", "cat", "saw", "the", "dog"]


def test_one_hot_sentences_agree_with_scikit_learn() -> None:
    vocabulary = build_vocabulary([SENTENCE])
    encoder = OneHotEncoder(categories=[list(vocabulary.words)], sparse_output=False)
    expected = encoder.fit_transform(np.array(SENTENCE)[:, np.newaxis])
    np.testing.assert_array_equal(one_hot_sentence(SENTENCE, vocabulary.index), expected)


def test_a_word_is_the_row_of_its_sentence() -> None:
    index = build_vocabulary([SENTENCE], special=()).index
    assert one_hot("the", index).tolist() == [1, 0, 0, 0]
    np.testing.assert_array_equal(one_hot_sentence(SENTENCE, index)[1], one_hot("cat", index))


def test_an_unknown_word_is_unk_or_nothing() -> None:
    index = build_vocabulary([SENTENCE]).index
    np.testing.assert_array_equal(one_hot("cow", index), one_hot(UNK, index))
    assert not one_hot("cow", {"the": 0, "cat": 1}).any()
    assert one_hot_sentence(["cow"], {"the": 0, "cat": 1}).tolist() == [[0, 0]]


def test_one_hot_times_a_matrix_picks_a_row() -> None:
    index = build_vocabulary([SENTENCE], special=()).index
    E = np.random.default_rng(1).standard_normal((4, 3))
    np.testing.assert_array_equal(one_hot_sentence(SENTENCE, index) @ E, E[[index[word] for word in SENTENCE]])


def test_an_empty_sentence_has_no_rows() -> None:
    assert one_hot_sentence([], {"the": 0, "cat": 1}).shape == (0, 2)
