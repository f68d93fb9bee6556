"""Item2vec: products are words, baskets are sentences, and what is bought together comes near together.

A basket has no order, so all of its products are context to one another: the window is the whole basket, and its reach
is not drawn. Everything else is skip-gram with negative sampling. In a sequence of clicks order does mean something;
there a window of its own can be given.

O. Barkan and N. Koenigstein, "Item2vec: Neural item embedding for collaborative filtering", MLSP 2016.
Left out: whether a product is bought rarely with all others or often with one; prices; the customer.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reference.counts.vocabulary import build_vocabulary
from reference.embeddings.settings import Settings
from reference.embeddings.word2vec import train_word2vec

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from reference.vectors.word_vectors import WordVectors

DEFAULT = Settings(d=32, epochs=20)


def train_item2vec(
    baskets: Sequence[Sequence[str]],
    generator: np.random.Generator,
    settings: Settings = DEFAULT,
    *,
    min_count: int = 1,
    window: int | None = None,
) -> WordVectors:
    """Learn a vector for each product that was bought at least min_count times.

    baskets: what was bought together, or clicked one after another; a basket of one product teaches nothing
    settings: as of word2vec, but for window and dynamic
    window: how far apart two products may be; None for anywhere in the same basket
    """
    vocabulary = build_vocabulary(baskets, min_count=min_count, special=())
    longest = max((len(basket) for basket in baskets), default=1)
    whole = replace(settings, window=window or max(longest - 1, 1), dynamic=False)
    return train_word2vec(baskets, vocabulary, generator, whole).vectors
