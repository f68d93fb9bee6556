"""Documents of invented words whose frequencies fall as those of real ones do: Zipf's law."""

from __future__ import annotations

import numpy as np


def zipf_documents(generator: np.random.Generator, documents: int, words: int, length: int) -> list[list[str]]:
    """Draw documents of `length` words on average, from a vocabulary in which word r has a share of 1 / r."""
    shares = 1 / np.arange(1, words + 1)
    bounds = np.cumsum(shares / shares.sum())[:-1]
    lengths = generator.poisson(length, documents)
    names = [f"w{rank}" for rank in range(words)]
    return [[names[number] for number in np.searchsorted(bounds, generator.random(size))] for size in lengths]
