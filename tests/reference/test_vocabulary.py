"""The vocabulary: who is in it, in which order, and what happens to words that are not."""

from reference.counts.vocabulary import EOS, PAD, UNK, build_vocabulary

SENTENCES = [["the", "cat", "saw", "the", "dog"], ["a", "dog", "ran"]]


def test_special_tokens_come_first_then_frequent_words_then_by_the_alphabet() -> None:
    vocabulary = build_vocabulary(SENTENCES)
    assert vocabulary.words == (PAD, UNK, EOS, "dog", "the", "a", "cat", "ran", "saw")
    assert vocabulary.counts.tolist() == [0, 0, 0, 2, 2, 1, 1, 1, 1]


def test_rare_words_and_words_beyond_the_size_are_left_out() -> None:
    assert build_vocabulary(SENTENCES, min_count=2, special=()).words == ("dog", "the")
    assert build_vocabulary(SENTENCES, max_size=4).words == (PAD, UNK, EOS, "dog")


def test_an_unknown_word_becomes_unk_or_is_left_out_where_there_is_none() -> None:
    assert build_vocabulary(SENTENCES).encode(["the", "cow", "ran"]).tolist() == [4, 1, 7]
    assert build_vocabulary(SENTENCES, special=()).encode(["the", "cow", "ran"]).tolist() == [1, 4]


def test_a_special_token_in_the_text_is_counted_once_and_keeps_its_place() -> None:
    vocabulary = build_vocabulary([["a", EOS], ["b", EOS]])
    assert vocabulary.words == (PAD, UNK, EOS, "a", "b")
    assert vocabulary.counts[vocabulary.index[EOS]] == 2


def test_decoding_undoes_encoding() -> None:
    vocabulary = build_vocabulary(SENTENCES)
    assert vocabulary.decode(vocabulary.encode(SENTENCES[0])) == SENTENCES[0]
    assert "cow" not in vocabulary
    assert len(vocabulary) == 9
