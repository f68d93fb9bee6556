"""Word2vec as it is trained: every way learns which words keep company, and the same seed gives the same vectors."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from reference.counts.vocabulary import build_vocabulary
from reference.embeddings.blocks import Batch
from reference.embeddings.contexts import concatenated_context, mean_context
from reference.embeddings.readings import MeanContext, OrderedContext, SkipGram
from reference.embeddings.word2vec import Architecture, ObjectiveName, Settings, Word2vec, train_word2vec

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
    model = train(architecture=architecture, objective=objective, epochs=10, learning_rate=0.1, batch_words=64)
    assert purity(model) == 1


def test_the_same_seed_gives_the_same_vectors_and_another_others() -> None:
    first, second, third = (train(seed, epochs=1) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.inputs, second.inputs)
    assert not np.array_equal(first.inputs, third.inputs)


def test_vectors_are_float32_a_row_for_each_word_and_finite() -> None:
    model = train(epochs=1, batch_words=4096, learning_rate=0.5)
    assert model.inputs.dtype == model.outputs.dtype == np.float32
    assert model.vectors.matrix.shape == (len(model.vocabulary), 16)
    assert np.isfinite(model.inputs).all()


def a_batch(meet: torch.Tensor) -> tuple[torch.Tensor, Batch]:
    B, S, T = meet.shape
    x = torch.randn(B, S, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    centres = torch.arange(B * T).view(B, T)
    return x, Batch(torch.arange(B * S).view(B, S), centres, torch.zeros(B, T), meet, 0)


def test_the_mean_of_a_block_is_the_mean_of_each_context() -> None:
    meet = (torch.rand(2, 6, 4, generator=torch.Generator().manual_seed(2)) < 0.5).double()
    meet[1, :, 2:] = 0
    meet[1, 4, 2] = 1  # one context, and none
    x, batch = a_batch(meet)
    h, links, centres = MeanContext().ask(x, batch)
    assert centres.flatten().tolist() == list(range(8))
    for centre in range(7):
        context = meet[centre // 4, :, centre % 4].nonzero()[:, 0].numpy()
        np.testing.assert_allclose(h[centre, 0].numpy(), mean_context(x[centre // 4].numpy(), context))
    assert links.flatten().tolist() == [1] * 7 + [0]
    assert h[7].abs().sum() == 0


def test_contexts_in_order_are_concatenated_without_the_centre() -> None:
    meet = torch.tensor([[1, 1, 0, 1, 1], [0, 1, 0, 1, 0]], dtype=torch.float64)[..., None]
    x, batch = a_batch(meet)
    reading = OrderedContext()
    h, links, _ = reading.ask(x, batch)
    np.testing.assert_array_equal(h[0, 0].numpy(), concatenated_context(x[0].numpy(), np.array([0, 1, 3, 4])))
    assert links.flatten().tolist() == [1, 1]
    back, pull = reading.give_back(h, torch.tensor([[5.0], [7.0]]), batch)
    torch.testing.assert_close(back, x * meet)
    assert pull.tolist() == [[5, 5, 0, 5, 5], [0, 7, 0, 7, 0]]


def test_skip_gram_asks_every_context_and_gives_it_back_its_own() -> None:
    x, batch = a_batch(torch.ones(2, 6, 4, dtype=torch.float64))
    h, links, centres = SkipGram().ask(x, batch)
    assert h is x
    assert links is batch.meet
    assert centres is batch.centres
    assert SkipGram().give_back(x, links, batch) == (x, links)
