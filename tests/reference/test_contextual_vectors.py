"""Contextual vectors: what they depend on, that they tell senses apart, and how layers are mixed."""

from __future__ import annotations

from functools import partial

import numpy as np
import torch

from reference.counts.vocabulary import build_vocabulary
from reference.language_models.contextual_vectors import (
    BothReadings,
    both_batches,
    both_loss,
    mix_layers,
    mix_layers_backward,
)
from reference.training import train
from tests.reference.oracles import Draw, assert_agree, central_differences


def test_each_half_depends_on_the_words_that_it_has_read() -> None:
    torch.manual_seed(1)
    model = BothReadings(20, 5, end=2).double().eval()
    sentence = [7, 8, 9, 10]
    h = model.layers(sentence)
    assert h.shape == (3, 4, 10)
    changed = np.abs(model.layers([7, 8, 3, 10]) - h) > 0
    assert changed[0].any(axis=1).tolist() == [False, False, True, False]
    assert changed[1, :, :5].any(axis=1).tolist() == [False, False, True, True]
    assert changed[1, :, 5:].any(axis=1).tolist() == [True, True, True, False]
    np.testing.assert_array_equal(h[0, :, :5], h[0, :, 5:])
    states, _ = model.forwards(torch.tensor([[2], [7], [8], [9], [10]]))
    np.testing.assert_allclose(h[-1, :, :5], states[1:, 0].detach().numpy())


def test_the_two_share_the_table_and_the_scores() -> None:
    names = [name for name, _ in BothReadings(20, 5, end=2).named_parameters() if "recurrence" not in name]
    assert names == ["forwards.C", "forwards.U", "forwards.b"]


def banks(count: int, seed: int) -> list[tuple[str, list[str]]]:
    generator = np.random.default_rng(seed)
    sides = {"money": ("the clerk", "lends money"), "river": ("the duck", "floods fields")}
    written = []
    for kind, adjective in zip(
        generator.choice(list(sides), count), generator.choice(["old", "new", "big"], count), strict=True
    ):
        before, after = sides[kind]
        written.append((str(kind), f"{before} likes the {adjective} bank and {after}".split()))
    return written


def test_a_word_of_two_senses_has_vectors_that_tell_them_apart() -> None:
    written = banks(200, 1)
    vocabulary = build_vocabulary(sentence for _, sentence in written)
    numbers = [vocabulary.encode(sentence).tolist() for _, sentence in written]
    torch.manual_seed(1)
    model = BothReadings(len(vocabulary), 12, end=2, layers=1)
    train(model, both_loss, both_batches(numbers, 20, end=2), partial(torch.optim.Adam, lr=0.02), seed=1, epochs=30)
    vectors = {}
    for (kind, sentence), words in zip(written, numbers, strict=True):
        vectors[kind, sentence[4]] = model.layers(words)[1, sentence.index("bank")]
    for half in (slice(12), slice(12, 24)):  # one has read what comes before the word, the other what comes after
        for (kind, adjective), vector in vectors.items():
            middles = {
                sense: np.mean(
                    [v[half] for (each, a), v in vectors.items() if a != adjective and each == sense], axis=0
                )
                for sense in ("money", "river")
            }
            assert min(middles, key=lambda sense: np.linalg.norm(vector[half] - middles[sense])) == kind


def test_mixed_layers_and_their_gradients_agree_with_central_differences() -> None:
    draw = Draw(2)
    h, s, dv = draw(3, 4, 2), draw(3), draw(4, 2)
    weights = np.exp(s) / np.exp(s).sum()
    np.testing.assert_allclose(mix_layers(h, s, 1.5), 1.5 * sum(w * layer for w, layer in zip(weights, h, strict=True)))

    def loss(h: np.ndarray, s: np.ndarray, gamma: np.ndarray) -> float:
        return float((dv * mix_layers(h, s, float(gamma))).sum())

    expected = central_differences(loss, h=h, s=s, gamma=np.asarray(1.5))
    assert_agree(mix_layers_backward(dv, h, s, 1.5), expected, 1e-8)
