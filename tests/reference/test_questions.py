"""What is asked of a text: the pairs and contexts that contexts.py lists, each once, however the text is cut."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from reference.counts.vocabulary import build_vocabulary
from reference.embeddings import questions
from reference.embeddings.contexts import cbow_pairs, skip_gram_pairs
from reference.embeddings.questions import Questions, Text, encode_text, read_questions
from reference.embeddings.settings import Settings

V = 50
PLAIN = Settings(epochs=1, subsampling=0, dynamic=False)


def a_text(seed: int, beside: int = 0) -> tuple[Text, list[list[int]]]:
    generator = np.random.default_rng(seed)
    sentences = [generator.integers(V, size=length).tolist() for length in (40, 0, 1, 3, 90, 2, 33)]
    numbers = np.repeat(np.arange(len(sentences)), [len(each) for each in sentences])
    rows = V + np.arange(len(sentences) * beside).reshape(len(sentences), beside)
    return Text(np.concatenate(sentences).astype(np.int32), numbers, rows.astype(np.int32)), sentences


def asked(found: Questions) -> list[tuple[list[int], int]]:
    """The rows of each question with its target."""
    return [(part.tolist(), t) for part, t in zip(np.split(found.rows, found.ends[:-1]), found.targets, strict=True)]


def read(text: Text, settings: Settings, seed: int = 1) -> list[tuple[list[int], int]]:
    counts = np.bincount(text.words, minlength=V)
    stretches = read_questions(text, counts, V + text.beside.size, settings, np.random.default_rng(seed))
    return [question for _, found in stretches if len(found.targets) for question in asked(found)]


@pytest.mark.parametrize("cells", [1, 100, 100_000])
@pytest.mark.parametrize("window", [1, 4, 60])
def test_skip_gram_asks_every_centre_for_its_context(window: int, cells: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "CELLS", cells)
    text, sentences = a_text(1)
    expected = [([centre], context) for each in sentences for centre, context in skip_gram_pairs(each, window)]
    assert read(text, replace(PLAIN, window=window)) == expected


@pytest.mark.parametrize("cells", [1, 100, 100_000])
@pytest.mark.parametrize("window", [1, 4, 60])
def test_cbow_asks_all_contexts_together(window: int, cells: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "CELLS", cells)
    text, sentences = a_text(1)
    expected = [pair for each in sentences for pair in cbow_pairs(each, window)]
    assert read(text, replace(PLAIN, window=window, architecture="cbow")) == expected


def test_contexts_in_order_keep_their_places() -> None:
    text = Text(np.array([5, 6, 7, 8], np.int32), np.array([0, 0, 0, 1]), np.zeros((2, 0), np.int32))
    found = read(text, replace(PLAIN, window=2, architecture="in order", dynamic=True))
    assert found == [([V, V, 6, 7], 5), ([V, 5, 7, V], 6), ([5, 6, V, V], 7)]


def test_the_rows_beside_a_sentence_stand_before_the_contexts_of_all_its_words() -> None:
    text, sentences = a_text(2, beside=2)
    alone = read(text, replace(PLAIN, window=0))
    assert alone == [([row], w) for n, each in enumerate(sentences) for w in each for row in (V + 2 * n, V + 2 * n + 1)]
    together = read(text, replace(PLAIN, window=1, architecture="cbow"))
    assert [target for _, target in together] == text.words.tolist()
    assert together[0] == ([V, V + 1, sentences[0][1]], sentences[0][0])


def test_near_words_are_asked_more_often_where_the_reach_is_drawn() -> None:
    text = Text(np.arange(5000, dtype=np.int32) % V, np.zeros(5000, np.int32), np.zeros((1, 0), np.int32))
    found = read(text, Settings(window=5, epochs=1, subsampling=0))
    distances = Counter((context - centre) % V for (centre,), context in found)
    shares = [distances[distance] / 5000 for distance in range(1, 6)]
    np.testing.assert_allclose(shares, [1, 0.8, 0.6, 0.4, 0.2], atol=0.03)


def test_frequent_words_are_skipped_before_contexts_are_taken() -> None:
    words = np.array([0, 0, 0, 0, 1] * 400, np.int32)
    text = Text(words, np.zeros(len(words), np.int32), np.zeros((1, 0), np.int32))
    found = read(text, Settings(window=1, epochs=1))
    assert ([1], 1) in found
    assert len(found) < 0.2 * 2 * len(words)


def test_progress_rises_from_zero_and_stays_below_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "CELLS", 100)
    text, _ = a_text(3)
    counts = np.bincount(text.words, minlength=V)
    read = read_questions(text, counts, V, replace(PLAIN, epochs=3), np.random.default_rng(1))
    progress = [done for done, _ in read]
    assert progress[0] == 0
    assert progress == sorted(progress)
    assert len(set(progress)) == len(progress) > 3
    assert progress[-1] < 1


def test_the_same_seed_reads_the_same_and_another_does_not() -> None:
    text, _ = a_text(4)
    first, second, third = (read(text, Settings(epochs=2, subsampling=0), seed) for seed in (1, 1, 2))
    assert first == second != third


def test_words_that_are_not_known_are_left_out_of_the_text() -> None:
    sentences = [["a", "b", "a"], [], ["c", "a"]]
    text = encode_text(sentences, build_vocabulary(sentences, min_count=2, special=()))
    assert text.words.tolist() == [0, 0, 0]
    assert text.sentences.tolist() == [0, 0, 2]
    assert len(encode_text([], build_vocabulary(sentences)).words) == 0


def test_the_parts_of_a_text_are_all_of_it() -> None:
    text, _ = a_text(5)
    parts = text.parts(3)
    assert len(parts) == 3
    assert np.ptp([len(part.words) for part in parts]) <= 1
    np.testing.assert_array_equal(np.concatenate([part.words for part in parts]), text.words)
    np.testing.assert_array_equal(np.concatenate([part.sentences for part in parts]), text.sentences)
