"""BLEU: how many of the n-grams of translations are those of people's translations.

    p_n = clipped matches of n-grams / n-grams of the candidates          over the whole corpus, n = 1, ..., N
    BP = 1 if c > r else exp(1 - r / c)
    BLEU = BP * (p_1 p_2 ... p_N)^(1/N)

A match is clipped: a candidate that says "the the the" gets no more matches than one reference has "the". Since p_n
would favour few and safe words, candidates of c words in all that are shorter than the r words of the references pay
the brevity penalty BP; of several references that with the nearest length counts, of two as near the shorter one.

K. Papineni, S. Roukos, T. Ward and W.-J. Zhu, "BLEU: a method for automatic evaluation of machine translation", ACL
2002. M. Post, "A call for clarity in reporting BLEU scores", WMT 2018: words must be cut the same way before scores can
be compared, and this is why they come cut here.
Left out: smoothing, without which single sentences often get zero.
"""

from __future__ import annotations

from collections import Counter
from math import exp, log
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    Sentence = Sequence[str]


def clipped_matches(candidate: Sentence, references: Sequence[Sentence], n: int) -> tuple[int, int]:
    """Count the n-grams of a candidate that are also in a reference, each as often as one reference has it at most.

    Arguments:
        candidate: the words of a translation
        references: the words of each translation that people made
        n: how many words make an n-gram

    Returns (matches, total): how many n-grams of the candidate match, and how many it has.
    """
    counts = _n_grams(candidate, n)
    allowed: Counter[tuple[str, ...]] = Counter()
    for reference in references:
        allowed |= _n_grams(reference, n)  # the larger count of each
    return (counts & allowed).total(), counts.total()


def brevity_penalty(candidates_length: int, references_length: int) -> float:
    """Compute what short translations pay: 1 if they are longer than the references, else exp(1 - r / c).

    Arguments:
        candidates_length: c, the words of all candidates
        references_length: r, the words of all references, for each candidate that with the nearest length

    Returns a number from 0 to 1; 0 for no words at all.
    """
    if not candidates_length:
        return 0.0
    return min(1.0, exp(1 - references_length / candidates_length))


def corpus_bleu(candidates: Sequence[Sentence], references: Sequence[Sequence[Sentence]], N: int = 4) -> float:
    """Compute the BLEU of a corpus of translations.

    Arguments:
        candidates: for each sentence the words of the translation
        references: for each sentence one or more translations that people made, each a sequence of words
        N: the length of the longest n-grams

    Returns a number from 0 to 1; 0 where no n-gram of some length matches. Raises ValueError if there are not as many
    candidates as references, or if a candidate has no reference.
    """
    if len(candidates) != len(references) or not all(references):
        raise ValueError(f"{len(candidates)} candidates, {len(references)} lists of references: give some for each")
    pairs = list(zip(candidates, references, strict=True))
    log_precision = 0.0
    for n in range(1, N + 1):
        counts = [clipped_matches(candidate, people, n) for candidate, people in pairs]
        matches, total = (sum(column) for column in zip(*counts, strict=True)) if counts else (0, 0)
        if not matches:
            return 0.0
        log_precision += log(matches / total) / N
    r = sum(_nearest_length(len(candidate), people) for candidate, people in pairs)
    return brevity_penalty(sum(map(len, candidates)), r) * exp(log_precision)


def _nearest_length(length: int, references: Sequence[Sentence]) -> int:
    return min((len(reference) for reference in references), key=lambda other: (abs(other - length), other))


def _n_grams(words: Sentence, n: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(words[place : place + n]) for place in range(len(words) - n + 1))
