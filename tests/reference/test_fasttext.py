"""FastText: words as means of their parts, and vectors for words that were never seen."""

from __future__ import annotations

import numpy as np
import pytest

from reference.counts.vocabulary import build_vocabulary
from reference.embeddings.fasttext import FastText, Subwords, train_fasttext
from reference.embeddings.settings import Architecture, Settings
from reference.embeddings.subwords import subword_buckets

STEMS = ["walk", "speak", "bright", "stone"]
ENDINGS = ["", "s", "ed", "ing", "er", "ers"]
SMALL = Subwords(buckets=2000, shortest=2, longest=4)


def sentences() -> list[list[str]]:
    """Sentences of one stem each, so that the stem is what words of one company share."""
    generator = np.random.default_rng(1)
    stems = generator.integers(len(STEMS), size=600)
    return [[STEMS[stem] + ENDINGS[ending] for ending in generator.integers(5, size=8)] for stem in stems]


def train(seed: int = 1, architecture: Architecture = "skip-gram", epochs: int = 5) -> FastText:
    text = sentences()
    settings = Settings(d=16, architecture=architecture, epochs=epochs, subsampling=0)
    return train_fasttext(text, build_vocabulary(text, special=()), np.random.default_rng(seed), settings, SMALL)


@pytest.mark.parametrize("architecture", ["skip-gram", "cbow", "in order"])
def test_a_word_that_was_never_seen_comes_near_its_stem(architecture: Architecture) -> None:
    model = train(architecture=architecture)
    for stem in STEMS:
        word = stem + ENDINGS[5]
        assert word not in model.vocabulary
        scores = model.vectors.unit @ model[word]
        assert model.vocabulary.words[int(scores.argmax())].startswith(stem)


def test_a_vector_is_the_mean_of_the_word_and_its_n_grams() -> None:
    model, V = train(epochs=1), 20
    parts = [V + bucket for bucket in subword_buckets("walking", 2000, 2, 4)]
    own = model.vocabulary.index["walking"]
    np.testing.assert_allclose(model["walking"], model.rows[[own, *parts]].mean(axis=0), rtol=1e-6)
    np.testing.assert_array_equal(model.vectors["walking"], model["walking"])
    parts = [V + bucket for bucket in subword_buckets("talk", 2000, 2, 4)]
    np.testing.assert_allclose(model["talk"], model.rows[parts].mean(axis=0), rtol=1e-6)
    assert len(model.rows) == V + 2000


def test_the_same_seed_gives_the_same_vectors_and_another_others() -> None:
    first, second, third = (train(seed, epochs=1).rows for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, third)


def test_a_word_without_n_grams_is_refused_in_a_sentence() -> None:
    model = FastText(
        build_vocabulary([["walk"]], special=()), np.zeros((11, 2), dtype=np.float32), Subwords(buckets=10)
    )
    with pytest.raises(ValueError, match="no n-grams to make a vector of"):
        model[""]
