"""Word2vec as it is trained: every way learns which words keep company, and the same seed gives the same vectors."""

from __future__ import annotations

import numpy as np
import pytest

from reference.counts.vocabulary import build_vocabulary
from reference.embeddings.settings import Architecture, ObjectiveName, Settings
from reference.embeddings.word2vec import Word2vec, train_word2vec

ARCHITECTURES: tuple[Architecture, ...] = ("skip-gram", "cbow", "in order")
OBJECTIVES: tuple[ObjectiveName, ...] = (
    "negative sampling",
    "hierarchical softmax",
    "sampled softmax",
    "full softmax",
)


def groups_of_words(seed: int, groups: int = 4, words: int = 6, sentences: int = 600) -> list[list[str]]:
    """Sentences that each draw on one group of words."""
    generator = np.random.default_rng(seed)
    chosen = generator.integers(groups, size=sentences)
    return [[f"{group}.{word}" for word in generator.integers(words, size=8)] for group in chosen]


def train(seed: int = 1, **settings: object) -> Word2vec:
    text = groups_of_words(1)
    vocabulary = build_vocabulary(text, special=())
    return train_word2vec(text, vocabulary, np.random.default_rng(seed), Settings(d=16, subsampling=0, **settings))  # type: ignore[arg-type]


def purity(model: Word2vec) -> float:
    """How many words have a word of their own group for the nearest."""
    unit = model.vectors.unit
    similarity = unit @ unit.T - 2 * np.eye(len(unit))
    nearest = similarity.argmax(axis=1)
    words = model.vocabulary.words
    return float(np.mean([words[i][0] == words[j][0] for i, j in enumerate(nearest)]))


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_words_that_keep_company_come_near_one_another(architecture: Architecture, objective: ObjectiveName) -> None:
    epochs = 2 if architecture == "skip-gram" else 10  # which asks several questions for each word
    model = train(architecture=architecture, objective=objective, epochs=epochs, learning_rate=0.1, batch=32)
    assert purity(model) == 1


def test_the_same_seed_gives_the_same_vectors_and_another_others() -> None:
    first, second, third = (train(seed, epochs=1) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.inputs, second.inputs)
    assert not np.array_equal(first.inputs, third.inputs)


def test_vectors_are_float32_a_row_for_each_word_and_finite() -> None:
    model = train(epochs=1, learning_rate=0.5)
    assert model.inputs.dtype == model.outputs.dtype == np.float32
    assert model.vectors.matrix.shape == (len(model.vocabulary), 16)
    assert np.isfinite(model.inputs).all()


@pytest.mark.parametrize("objective", ["negative sampling", "hierarchical softmax"])
def test_two_threads_learn_together(objective: ObjectiveName) -> None:
    assert purity(train(objective=objective, epochs=10, learning_rate=0.1, threads=2)) == 1


def test_a_device_that_the_objective_does_not_use_is_refused_in_a_sentence() -> None:
    with pytest.raises(ValueError, match="is learned on the processor"):
        train(device="cuda")


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_a_text_that_says_nothing_teaches_nothing(objective: ObjectiveName) -> None:
    vocabulary = build_vocabulary([["a", "b"]], special=())
    model = train_word2vec([["a"], [], ["c"]], vocabulary, np.random.default_rng(1), Settings(d=4, objective=objective))
    assert model.outputs.any() == np.False_
