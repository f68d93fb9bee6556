"""Shopping baskets, made up: what is bought together, from tastes that nobody sees.

There are 12 categories of 20 items each, a few of them popular and most of them rare, as Zipf found of words. A
customer comes for one to three categories, takes now and then something from the next shelf, which is the neighbouring
category's, and a good part of every basket is whatever else caught the eye. An item's vector, learnt from baskets
alone, should lie among those of its own category.

    p(item r of its category) = (1 / r) / (1 + 1/2 + ... + 1/20)

How clearly the categories show is set by the noise: with 0.15 of it every item's five nearest are of its own category,
and the task teaches nothing; NOISE is chosen so that of five thousand baskets about four in five are.

Left out: customers who return, seasons and prices.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reference.data.sample import Sample

CATEGORIES, ITEMS = 12, 20
ASTRAY = 0.15  # of what is taken from a category, taken from the next shelf instead
NOISE = 0.54  # of a basket, taken at random from the whole shop
SIZE = 6.0  # items in a basket, on average, beyond the two that are always there


@dataclass(frozen=True, eq=False)
class Shop:
    """Baskets, and what the items in them are.

    baskets: items, each once, in the order in which they were taken; labelled with the categories that were come for
    category: the category of each item, the most popular item of each category first
    """

    baskets: list[Sample[tuple[str, ...]]]
    category: dict[str, str]


def generate_baskets(count: int, rng: np.random.Generator, noise: float = NOISE) -> Shop:
    """Generate baskets of at least two different items each.

    count: how many; noise: the share of what is taken at random, from 0 to 1
    """
    names = np.array([f"item-{number:03}" for number in rng.permutation(CATEGORIES * ITEMS)])  # tells nothing
    popularity = 1 / np.arange(1, ITEMS + 1)  # (ITEMS,)
    popularity /= popularity.sum()
    baskets: list[Sample[tuple[str, ...]]] = []
    while len(baskets) < count:
        wanted = rng.choice(CATEGORIES, size=rng.integers(1, 4), replace=False)
        size = 2 + rng.poisson(SIZE)
        shelf = rng.choice(wanted, size=size)
        shelf = np.where(rng.random(size) < ASTRAY, (shelf + 1) % CATEGORIES, shelf)
        shelf = np.where(rng.random(size) < noise, rng.integers(0, CATEGORIES, size), shelf)
        taken = dict.fromkeys(ITEMS * shelf + rng.choice(ITEMS, size=size, p=popularity))  # each once
        if len(taken) >= 2:
            label = tuple(f"category-{number:02}" for number in sorted(wanted))
            baskets.append(Sample(tuple(map(str, names[list(taken)])), label))
    category = {str(name): f"category-{place // ITEMS:02}" for place, name in enumerate(names)}
    return Shop(baskets, category)
