"""Text in blocks: the pairs that meet are those that skip-gram has, each once, however the text is cut."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from reference.counts.vocabulary import build_vocabulary
from reference.embeddings.blocks import Batch, Blocks, Text, encode_text, read_batches
from reference.embeddings.contexts import skip_gram_pairs

V = 50


def a_text(seed: int) -> tuple[Text, list[list[int]]]:
    generator = np.random.default_rng(seed)
    sentences = [generator.integers(V, size=length).tolist() for length in (40, 0, 1, 3, 90, 2, 33)]
    numbers = np.repeat(np.arange(len(sentences)), [len(each) for each in sentences])
    return Text(np.concatenate(sentences).astype(np.int64), numbers), sentences


def pairs_of(batch: Batch) -> list[tuple[int, int]]:
    """All pairs (centre, context) that meet."""
    met = batch.meet.nonzero().tolist()
    return [(int(batch.centres[b, t]), int(batch.contexts[b, s])) for b, s, t in met]


def read(text: Text, blocks: Blocks, seed: int = 1) -> list[Batch]:
    return list(read_batches(text, np.bincount(text.words, minlength=V), blocks, np.random.default_rng(seed), "cpu"))


@pytest.mark.parametrize("together", [1, 32])
@pytest.mark.parametrize("window", [1, 4, 60])
def test_the_pairs_are_those_of_skip_gram(together: int, window: int) -> None:
    text, sentences = a_text(1)
    blocks = Blocks(window=window, together=together, batch_words=64, epochs=1, subsampling=0, dynamic=False)
    expected = Counter(pair for sentence in sentences for pair in skip_gram_pairs(sentence, window))
    assert Counter(pair for batch in read(text, blocks) for pair in pairs_of(batch)) == expected


def test_near_words_meet_more_often_where_the_reach_is_drawn() -> None:
    text = Text(np.arange(5000) % V, np.zeros(5000, dtype=np.int64))
    batches = read(text, Blocks(window=5, together=32, batch_words=512, epochs=1, subsampling=0))
    distances = Counter((centre - context) % V for batch in batches for centre, context in pairs_of(batch))
    shares = [distances[distance] / 5000 for distance in range(1, 6)]
    np.testing.assert_allclose(shares, [1, 0.8, 0.6, 0.4, 0.2], atol=0.03)


def test_each_centre_comes_once_with_its_sentence_and_filling_has_none() -> None:
    text, _ = a_text(2)
    batches = read(text, Blocks(window=3, together=32, batch_words=64, epochs=1, subsampling=0))
    centres = np.concatenate([batch.centres.flatten() for batch in batches])
    sentences = np.concatenate([batch.sentences.flatten() for batch in batches])
    assert ((centres == V) == (sentences == -1)).all()
    real = centres < V
    ours = sorted(zip(centres[real], sentences[real], strict=True))
    assert ours == sorted(zip(text.words, text.sentences, strict=True))
    assert all(batch.centres.numel() % 32 == 0 for batch in batches)


def test_frequent_words_are_skipped_before_contexts_are_taken() -> None:
    words = np.array([0, 0, 0, 0, 1] * 400)
    text = Text(words, np.zeros(len(words), dtype=np.int64))
    batches = read(text, Blocks(window=1, together=32, batch_words=512, epochs=1, subsampling=1e-3))
    pairs = Counter(pair for batch in batches for pair in pairs_of(batch))
    assert pairs[1, 1] > 0
    assert sum(pairs.values()) < 0.2 * 2 * len(words)


def test_progress_rises_from_zero_and_stays_below_one() -> None:
    text, _ = a_text(3)
    progress = [batch.progress for batch in read(text, Blocks(window=2, together=32, batch_words=32, epochs=3))]
    assert progress[0] == 0
    assert progress == sorted(progress)
    assert progress[-1] < 1


def test_the_same_seed_reads_the_same_and_another_does_not() -> None:
    text, _ = a_text(4)
    blocks = Blocks(window=2, together=32, batch_words=32, epochs=2)
    first, second, third = ([pairs_of(batch) for batch in read(text, blocks, seed)] for seed in (1, 1, 2))
    assert first == second != third


def test_words_that_are_not_known_are_left_out_of_the_text() -> None:
    sentences = [["a", "b", "a"], [], ["c", "a"]]
    text = encode_text(sentences, build_vocabulary(sentences, min_count=2, special=()))
    assert text.words.tolist() == [0, 0, 0]
    assert text.sentences.tolist() == [0, 0, 2]
    assert len(encode_text([], build_vocabulary(sentences)).words) == 0


def test_a_text_without_words_has_one_block_in_which_nothing_meets() -> None:
    empty = Text(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
    blocks = Blocks(window=2, together=32, batch_words=32, epochs=1)
    (batch,) = read_batches(empty, np.ones(V, dtype=np.int64), blocks, np.random.default_rng(1), "cpu")
    assert batch.meet.sum() == 0
    assert (batch.centres == V).all()
