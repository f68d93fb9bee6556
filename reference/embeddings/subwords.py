"""The parts of a word: its character n-grams, and the numbers of the rows that hold their vectors.

`<where>` has the trigrams `<wh`, `whe`, `her`, `ere` and `re>`. The marks tell beginnings and ends from what stands in
the middle, and the word `<her>` from the trigram `her`. There are too many n-grams for a row each, so they are hashed
into buckets, and those that fall into one share its row.

    FNV-1a:    h <- (h xor b) * 16777619 mod 2^32    for each byte b, from h = 2166136261

fastText's own program takes b for a signed byte, so that one of 128 or more flips the upper 24 bits too; vectors that
were published with it need the same numbers. English has no such bytes, and sees no difference.

P. Bojanowski, E. Grave, A. Joulin and T. Mikolov, "Enriching word vectors with subword information", TACL 5 (2017).
"""

from __future__ import annotations

FNV_PRIME, FNV_START = 16777619, 2166136261


def character_ngrams(word: str, shortest: int = 3, longest: int = 6) -> list[str]:
    """Return the n-grams of a word between `<` and `>`, by where they begin, and then by length.

    A mark alone is no n-gram, even where the shortest is 1; the word as a whole, with its marks, is one if it is short.
    """
    marked = f"<{word}>"
    return [
        marked[start : start + n]
        for start in range(len(marked))
        for n in range(shortest, min(longest, len(marked) - start) + 1)
        if not (n == 1 and start in {0, len(marked) - 1})
    ]


def fnv1a(text: str) -> int:
    """Hash the UTF-8 bytes of a text as fastText does, to a number below 2^32."""
    h = FNV_START
    for byte in text.encode():
        signed = byte if byte < 128 else byte | 0xFFFFFF00  # the same 32 bits as the negative number that it stands for
        h = (h ^ signed) * FNV_PRIME % 2**32
    return h


def subword_buckets(word: str, buckets: int, shortest: int = 3, longest: int = 6) -> list[int]:
    """Return the bucket of each n-gram of a word, a number below buckets, in the order of character_ngrams."""
    return [fnv1a(ngram) % buckets for ngram in character_ngrams(word, shortest, longest)]
