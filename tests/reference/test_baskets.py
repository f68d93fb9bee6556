"""Baskets: what is in them, and how much of it an embedding finds again."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from gensim.models import Word2Vec

from reference.data.baskets import Shop, generate_baskets
from reference.vectors.neighbours import most_similar
from reference.vectors.word_vectors import WordVectors


def drawn(count: int, seed: int = 1, **settings: float) -> Shop:
    return generate_baskets(count, np.random.default_rng(seed), **settings)


def test_the_same_seed_gives_the_same_baskets_and_another_others() -> None:
    assert drawn(50).baskets == drawn(50).baskets
    assert drawn(50).baskets != drawn(50, seed=2).baskets


def test_a_basket_holds_two_items_or_more_each_once_and_tells_what_was_come_for() -> None:
    shop = drawn(500)
    assert len(shop.baskets) == 500
    for basket in shop.baskets:
        assert len(basket.tokens) == len(set(basket.tokens)) >= 2
        assert 1 <= len(basket.label) <= 3
        assert set(basket.tokens) <= set(shop.category)
        assert set(basket.label) <= set(shop.category.values())


def test_there_are_twelve_categories_of_twenty_items_whose_names_tell_nothing() -> None:
    category = drawn(1).category
    assert sorted(Counter(category.values()).values()) == [20] * 12
    places = [int(item.removeprefix("item-")) for item in category]
    assert abs(np.corrcoef(places, np.arange(240))[0, 1]) < 0.2


def test_the_items_of_a_category_are_as_popular_as_zipf_says() -> None:
    shop = drawn(4000)
    bought = Counter(item for basket in shop.baskets for item in basket.tokens)
    counts = np.array([bought[item] for item in shop.category]).reshape(12, 20).sum(axis=0)
    np.testing.assert_allclose(counts[1:] / counts[0], 1 / np.arange(2, 21), rtol=0.35)  # an item is taken once


def test_without_noise_a_basket_is_of_its_categories_and_their_neighbours_alone() -> None:
    shop = drawn(200, noise=0.0)
    for basket in shop.baskets:
        come_for = {int(name[-2:]) for name in basket.label}
        found = {int(shop.category[item][-2:]) for item in basket.tokens}
        assert found <= come_for | {(number + 1) % 12 for number in come_for}


def purity(shop: Shop) -> float:
    """The share of the five nearest neighbours of an item that are of its category, by gensim's skip-gram."""
    model = Word2Vec(
        [list(basket.tokens) for basket in shop.baskets],
        vector_size=32, window=30, sg=1, negative=10, epochs=10, sample=0, min_count=1, seed=1, workers=1,
    )  # fmt: skip
    vectors = WordVectors(tuple(model.wv.index_to_key), model.wv.vectors)
    same = [
        shop.category[item] == shop.category[near]
        for item in vectors.words
        for near, _ in most_similar(vectors, item, 5)
    ]
    return float(np.mean(same))


@pytest.mark.slow
def test_of_five_nearest_items_four_are_of_the_same_category_and_of_little_noise_all() -> None:
    assert 0.7 < purity(drawn(5000)) < 0.9
    assert purity(drawn(5000, noise=0.15)) > 0.97
