"""Topics read off the code layer, and vectors that are made short."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import torch

from reference.autoencoders.autoencoder import Autoencoder, reconstruction_loss
from reference.autoencoders.topics import shrink, topic_words
from reference.counts.tf_idf import tf_idf
from reference.networks.initialisation import first_parameters
from reference.training import shuffled, train
from reference.vectors.word_vectors import WordVectors

ADAM = partial(torch.optim.Adam, lr=0.01)


def test_a_unit_speaks_for_the_words_of_its_largest_weights() -> None:
    W2 = np.array([[0.1, 3], [5, -9], [2, 0.5]])
    assert topic_words(W2, ["tax", "goal", "match"], 2) == [["goal", "match"], ["tax", "match"]]


def documents(generator: np.random.Generator, names: list[str]) -> tuple[np.ndarray, list[str]]:
    """Return 800 documents that are mostly of one topic and a little of another, and the words."""
    words = [f"{topic}{k}" for topic in names for k in range(12)]
    p = np.full((800, len(words)), 0.3)
    for much in (3, 1):
        p += much * (np.arange(len(words)) // 12 == generator.integers(len(names), size=(800, 1)))
    counts = np.array([generator.multinomial(60, row) for row in p / p.sum(axis=1, keepdims=True)])
    return np.asarray(tf_idf(counts.astype(float))), words


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_topics_that_documents_were_made_of_are_found_again(seed: int) -> None:
    generator, names = np.random.default_rng(seed), ["sport", "law", "food", "rain"]
    x, words = documents(generator, names)
    model = Autoencoder(first_parameters([48, 4, 48], generator), "softmax")
    train(model, reconstruction_loss(), shuffled(100, torch.tensor(x)), ADAM, seed=seed, epochs=150)
    found = topic_words(model.arrays()["W2"], words, 8)
    assert sorted("+".join({word.rstrip("0123456789") for word in topic}) for topic in found) == sorted(names)


def test_vectors_of_which_few_directions_matter_keep_their_neighbours_when_made_short() -> None:
    generator = np.random.default_rng(2)
    matrix = generator.standard_normal((150, 4)) @ generator.standard_normal((4, 30))
    vectors = WordVectors(tuple(f"w{k}" for k in range(150)), matrix / matrix.std())
    tied = {name: theta for name, theta in first_parameters([30, 4, 30], generator).items() if name != "W2"}
    model = Autoencoder(tied, "identity")
    train(model, reconstruction_loss(), shuffled(50, torch.tensor(vectors.matrix)), ADAM, seed=0, epochs=300)
    short = shrink(vectors, model.arrays(), "identity")
    assert short.matrix.shape == (150, 4)
    assert short.words == vectors.words

    def nearest(matrix: np.ndarray) -> np.ndarray:
        apart = ((matrix[:, None] - matrix) ** 2).sum(axis=2) + 1e9 * np.eye(len(matrix))
        return apart.argmin(axis=1)

    assert (nearest(short.matrix) == nearest(vectors.matrix)).mean() > 0.95
