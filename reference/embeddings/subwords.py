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
    """Take a word apart into the n-grams of its characters, with `<` before the first and `>` after the last.

    A mark alone is no n-gram, even where the shortest is 1; the word as a whole, with its marks, is one if it is short.

    Arguments:
        word: a word, of any script
        shortest, longest: the lengths of n-grams in characters, marks included

    Returns the n-grams, by where they begin, and then by length.
    """
    marked = f"<{word}>"
    return [
        marked[start : start + n]
        for start in range(len(marked))
        for n in range(shortest, min(longest, len(marked) - start) + 1)
        if not (n == 1 and start in {0, len(marked) - 1})
    ]


def fnv1a(text: str) -> int:
    """Hash a text as fastText does: FNV-1a over its UTF-8 bytes, which are taken for signed ones.

    Arguments:
        text: any text

    Returns a number from 0 to 2^32 - 1.
    """
    h = FNV_START
    for byte in text.encode():
        signed = byte if byte < 128 else byte | 0xFFFFFF00  # the same 32 bits as the negative number that it stands for
        h = (h ^ signed) * FNV_PRIME % 2**32
    return h


def subword_buckets(word: str, buckets: int, shortest: int = 3, longest: int = 6) -> list[int]:
    """Find the buckets that the n-grams of a word fall into.

    Arguments:
        word: a word, of any script
        buckets: how many there are
        shortest, longest: the lengths of n-grams in characters, marks included

    Returns a number from 0 to buckets - 1 for each n-gram, by where it begins, and then by length.
    """
    return [fnv1a(ngram) % buckets for ngram in character_ngrams(word, shortest, longest)]
