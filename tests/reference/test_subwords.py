"""N-grams and their buckets, against gensim's port of fastText's own program."""

from __future__ import annotations

import pytest
from gensim.models.fasttext_inner import compute_ngrams_bytes, ft_hash_bytes

from reference.embeddings.subwords import character_ngrams, fnv1a, subword_buckets

WORDS = ["where", "a", "", "of", "naïve", "Straße", "日本語", "жук", "😀x", "incomprehensibilities"]


def test_where_has_the_n_grams_of_the_paper() -> None:
    assert character_ngrams("where", 3, 3) == ["<wh", "whe", "her", "ere", "re>"]


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize(("shortest", "longest"), [(3, 6), (1, 2), (2, 2), (5, 5)])
def test_n_grams_are_fasttext_s_in_its_order(word: str, shortest: int, longest: int) -> None:
    ours = [ngram.encode() for ngram in character_ngrams(word, shortest, longest)]
    assert ours == compute_ngrams_bytes(word, shortest, longest)


@pytest.mark.parametrize("text", [*WORDS, "\x7f", "\x80", "ÿ" * 20])
def test_hashes_are_fasttext_s_for_bytes_with_a_sign_too(text: str) -> None:
    assert fnv1a(text) == ft_hash_bytes(text.encode())


def test_the_hash_of_nothing_and_of_one_byte_are_the_published_ones() -> None:
    assert fnv1a("") == 0x811C9DC5
    assert fnv1a("a") == 0xE40C292C


def test_buckets_are_hashes_by_their_number() -> None:
    assert subword_buckets("where", 100, 3, 3) == [ft_hash_bytes(n) % 100 for n in compute_ngrams_bytes("where", 3, 3)]
