"""The data that is always there: that it is there, and read as it stands."""

from __future__ import annotations

import numpy as np
import pytest

from reference.data.sample import tokens, words
from reference.data.shipped import WIKIPEDIA, analogies, lee, shipped_path, simlex999, wikipedia, wordsim353

FILES = ["wordsim353.tsv", "simlex999.txt", "questions-words.txt", "lee.cor", "lee_background.cor"]


@pytest.mark.parametrize("name", [WIKIPEDIA, *FILES, "similarities0-1.txt"])
def test_gensim_ships_the_file(name: str) -> None:
    assert shipped_path(name).is_file()


def test_the_rated_pairs_are_as_many_as_their_names_say() -> None:
    assert len(wordsim353()) == 353
    assert len(simlex999()) == 999
    assert wordsim353()[1].tokens == ("tiger", "cat")
    assert wordsim353()[1].label == 7.35
    assert all(0 <= pair.label <= 10 and len(pair.tokens) == 2 for pair in (*wordsim353(), *simlex999()))


def test_analogies_have_four_words_and_a_section() -> None:
    questions = analogies()
    assert len(questions) == 19544
    assert all(len(question.tokens) == 4 and question.group for question in questions)
    assert len({question.group for question in questions}) == 14


def test_lee_has_a_rating_for_every_two_documents() -> None:
    rated = lee()
    assert (len(rated.background), len(rated.documents)) == (300, 50)
    assert rated.similarities.shape == (50, 50)
    np.testing.assert_array_equal(rated.similarities, rated.similarities.T)
    np.testing.assert_array_equal(rated.similarities.diagonal(), 1)


@pytest.mark.slow
def test_wikipedia_is_words_of_205_articles_in_paragraphs() -> None:
    samples = wikipedia()
    assert len({sample.group for sample in samples}) == 205
    assert sum(len(sample.tokens) for sample in samples) == 469909
    assert {"anarchism", "albedo"} <= {word for sample in samples for word in sample.tokens}
    assert all(word.isalpha() and word == word.lower() for sample in samples[:500] for word in sample.tokens)


def test_tokens_lose_nothing_but_white_space_and_words_nothing_but_marks() -> None:
    text = "It's 3.5% — naïve,\n“Größe”!"
    assert tokens(text) == ("It's", "3", ".", "5", "%", "—", "naïve", ",", "“", "Größe", "”", "!")
    assert words(text) == ("it", "s", "naïve", "größe")
