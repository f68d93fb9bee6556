"""FastText's classifier: its gradient, its bags, and that it learns, order of words included."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from reference.counts.vocabulary import build_vocabulary
from reference.embeddings.fasttext_classifier import (
    Classifier,
    ClassifierSettings,
    bag_of,
    classifier_gradients,
    classifier_loss,
    signed_hash,
    train_classifier,
)
from tests.reference.oracles import Draw, assert_agree, central_differences, gradient, tensor

BAG = np.array([4, 0, 4, 2])


def test_loss_and_gradients_agree_with_torch() -> None:
    draw = Draw(1)
    A, B = draw(6, 3), draw(4, 3)
    A_leaf, B_leaf = tensor(A), tensor(B)
    expected = torch.nn.functional.cross_entropy((B_leaf @ A_leaf[BAG].mean(0))[None], torch.tensor([2]))
    expected.backward()  # type: ignore[no-untyped-call]
    assert classifier_loss(A, B, BAG, 2) == pytest.approx(expected.item(), rel=1e-12)
    assert_agree(classifier_gradients(A, B, BAG, 2), {"dA": gradient(A_leaf), "dB": gradient(B_leaf)}, 1e-12)


def test_gradients_agree_with_central_differences_in_every_entry() -> None:
    draw = Draw(2)
    A, B = draw(6, 3), draw(4, 3)
    expected = central_differences(lambda A, B: classifier_loss(A, B, BAG, 1), A=A, B=B)
    assert_agree(classifier_gradients(A, B, BAG, 1), expected, 1e-8)


def test_a_bag_has_the_known_words_and_their_pairs_and_knows_their_order() -> None:
    vocabulary = build_vocabulary([["not", "good", "bad"]], special=())
    settings = ClassifierSettings(n=2, buckets=10**9)
    forth, back = (bag_of(text, vocabulary, settings) for text in (["not", "good", "new"], ["good", "not"]))
    assert [row for row in forth if row < 3] == vocabulary.encode(["not", "good"]).tolist()
    assert len(forth) == len(back) == 3
    assert forth[2] != back[2]
    expected = (signed_hash("not") * 116049371 + signed_hash("good")) % 2**64 % 10**9
    assert forth[2] == 3 + expected
    assert len(bag_of(["not", "good", "bad"], vocabulary, ClassifierSettings(n=3))) == 6


def opinions(seed: int, size: int) -> tuple[list[list[str]], list[str]]:
    """Texts in which two words next to each other decide: the words alone say nothing."""
    generator = np.random.default_rng(seed)
    texts, labels = [], []
    for _ in range(size):
        text = [f"w{number}" for number in generator.integers(20, size=6)]
        first, second = generator.permutation(["very", "not"])
        text.insert(3, first)
        text.insert(4, second)
        texts.append(text)
        labels.append("no" if first == "not" else "yes")
    return texts, labels


def train(seed: int, n: int) -> Classifier:
    texts, labels = opinions(1, 600)
    settings = ClassifierSettings(d=10, n=n, buckets=1000, epochs=20)
    return train_classifier(texts, labels, build_vocabulary(texts, special=()), np.random.default_rng(seed), settings)


def accuracy(model: Classifier) -> float:
    texts, labels = opinions(2, 200)
    return float(np.mean([model.predict(text) == label for text, label in zip(texts, labels, strict=True)]))


def test_pairs_of_words_tell_what_single_words_cannot() -> None:
    assert accuracy(train(1, n=2)) > 0.95
    assert accuracy(train(1, n=1)) < 0.65


def test_the_same_seed_gives_the_same_classifier() -> None:
    first, second, third = (train(seed, n=2).A for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, third)


def test_probabilities_sum_to_one_and_are_alike_for_a_text_that_is_unknown() -> None:
    model = train(1, n=2)
    assert model.probabilities(["very", "not"]).sum() == pytest.approx(1)
    np.testing.assert_allclose(model.probabilities(["never", "seen"]), [0.5, 0.5])
