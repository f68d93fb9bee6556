"""Item2vec: products that are bought together come near, wherever in the basket they lie."""

from __future__ import annotations

import numpy as np

from reference.embeddings.item2vec import train_item2vec
from reference.embeddings.settings import Settings
from tests.reference.test_word2vec import groups_of_words

SETTINGS = Settings(d=12, epochs=10, learning_rate=0.1, subsampling=0)


def test_products_of_one_kind_come_near_one_another() -> None:
    vectors = train_item2vec(groups_of_words(1), np.random.default_rng(1), SETTINGS)
    similarity = vectors.unit @ vectors.unit.T - 2 * np.eye(len(vectors))
    assert all(vectors.words[i][0] == vectors.words[j][0] for i, j in enumerate(similarity.argmax(axis=1)))


def test_the_two_ends_of_a_long_basket_meet() -> None:
    generator = np.random.default_rng(2)
    kinds = generator.integers(2, size=600)
    between = generator.integers(30, size=(600, 20))
    baskets = [
        [f"first {k}", f"second {k}", *map(str, row), f"last but one {k}", f"last {k}"]
        for k, row in zip(kinds, between, strict=True)
    ]

    def gain(window: int | None) -> float:
        vectors = train_item2vec(baskets, np.random.default_rng(3), SETTINGS, window=window)
        unit = {word: vectors.unit[row] for word, row in vectors.index.items()}
        return float(unit["first 0"] @ (unit["last 0"] - unit["last 1"]))

    assert gain(None) > gain(2) + 0.15  # seen: 0.24 and -0.07


def test_rare_products_are_left_out_and_baskets_of_one_teach_nothing() -> None:
    vectors = train_item2vec([["a"], ["a"], ["b"]], np.random.default_rng(1), SETTINGS, min_count=2)
    assert vectors.words == ("a",)
    assert np.abs(vectors.matrix).max() <= 1 / 12
