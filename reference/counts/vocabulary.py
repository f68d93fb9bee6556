"""The vocabulary: which words a model knows, and the number that stands for each of them.

Special tokens come first, in a fixed order, so that padding is always number 0; then words by falling count, and in
alphabetical order where counts are equal, so that the same text gives the same numbers on every machine.

Left out: how text is cut into words; everything here takes sentences that are lists of words already.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PAD, UNK, EOS = "<PAD>", "<UNK>", "<EOS>"
Ids = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """The words that a model knows, in the order of their numbers, and how often each was seen.

    words: V words; words[i] has the number i
    counts (V,): how often each was seen, 0 for a special token that was not
    """

    words: tuple[str, ...]
    counts: Ids

    @cached_property
    def index(self) -> dict[str, int]:
        """The number of each word."""
        return {word: number for number, word in enumerate(self.words)}

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: object) -> bool:
        return word in self.index

    def encode(self, words: Iterable[str]) -> Ids:
        """Return the numbers of words; an unknown one becomes `<UNK>`, and is left out where there is no `<UNK>`."""
        unknown = self.index.get(UNK, -1)
        numbers = np.fromiter((self.index.get(word, unknown) for word in words), dtype=np.int64)
        return numbers[numbers >= 0]

    def decode(self, numbers: Iterable[int]) -> list[str]:
        """Return the words that have these numbers."""
        return [self.words[number] for number in numbers]


def build_vocabulary(
    sentences: Iterable[Sequence[str]],
    *,
    min_count: int = 1,
    max_size: int | None = None,
    special: Sequence[str] = (PAD, UNK, EOS),
) -> Vocabulary:
    """Collect the words of sentences that were seen at least min_count times.

    max_size: the most words the vocabulary may hold, special tokens included; the rarest are left out
    special: tokens that are always there, with the first numbers; () for none
    """
    seen = Counter(chain.from_iterable(sentences))
    frequent = [word for word, count in seen.items() if count >= min_count and word not in special]
    frequent.sort(key=lambda word: (-seen[word], word))
    words = (*special, *frequent)[:max_size]
    return Vocabulary(words, np.array([seen[word] for word in words], dtype=np.int64))
