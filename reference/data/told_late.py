"""Short sentences in which it is told late what a name names: a small language for a tagger that trains in a second.

    yesterday Kobadul Fesinar they say got married .
    O         B-PER   I-PER   O    O   O   O       O

Hardly any name occurs twice, so it tells nothing by itself. What it names is said by a title before it, or only by what
is told after it: mostly the latter, which a model that reads from left to right has not seen yet. Where there are two
names, what was told of the first one says nothing about the second.

L. A. Ramshaw and M. P. Marcus, "Text chunking using transformation-based learning" (1995), for the tags.
Left out: what named_entities.py has, clauses within clauses, unknown words that are no names, and annotators who err.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reference.data.sample import Sample

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    Tagged = list[tuple[str, str]]

TYPES = ("PER", "LOC", "ORG")
TITLES = {"PER": ("mayor", "doctor"), "LOC": ("the town of", "the road to"), "ORG": ("the firm", "shares of")}
TOLD = {
    "PER": ("resigned", "got married", "broke a leg"),
    "LOC": ("froze over", "lies by the sea", "has two bridges"),
    "ORG": ("went bankrupt", "hired a cook", "raised its prices"),
}
UNTOLD = ("was in the news", "is well known")
ASIDES = ("", "once again", "of course", "they say")
BEGINNINGS = ("", "", "yesterday", "we read that")
TITLED, TWO_WORDS, LONGER = 0.3, 0.4, 0.25  # names with a title, names of two words, sentences with two names
CONSONANTS, VOWELS, ENDS = "bdfgklmnprstvz", "aeiou", "lmnrsx"


def told_late(count: int, rng: np.random.Generator) -> list[Sample[tuple[str, ...]]]:
    """Generate sentences, each labelled with a tag for each word."""
    found = []
    for _ in range(count):
        pairs = [*_outside(_pick(rng, BEGINNINGS)), *_clause(rng)]
        if rng.random() < LONGER:
            pairs += [("and", "O"), *_clause(rng)]
        words, tags = zip(*pairs, (".", "O"), strict=True)
        found.append(Sample(words, tags))
    return found


def lexicon() -> list[str]:
    """Return all words but names, in alphabetical order."""
    phrases = [*(phrase for each in (TITLES, TOLD) for some in each.values() for phrase in some)]
    return sorted({word for phrase in [*phrases, *UNTOLD, *ASIDES, *BEGINNINGS, "and ."] for word in phrase.split()})


def _clause(rng: np.random.Generator) -> Tagged:
    kind = _pick(rng, TYPES)
    titled = rng.random() < TITLED
    before = _pick(rng, TITLES[kind]) if titled else ""
    marks = "BI" if rng.random() < TWO_WORDS else "B"
    name = [(_name(rng), f"{mark}-{kind}") for mark in marks]
    after = f"{_pick(rng, ASIDES)} {_pick(rng, UNTOLD if titled else TOLD[kind])}"
    return [*_outside(before), *name, *_outside(after)]


def _outside(words: str) -> Tagged:
    return [(word, "O") for word in words.split()]


def _name(rng: np.random.Generator) -> str:
    syllables = [_pick(rng, CONSONANTS) + _pick(rng, VOWELS) for _ in range(3)]
    return ("".join(syllables) + _pick(rng, ENDS)).capitalize()


def _pick(rng: np.random.Generator, among: Sequence[str]) -> str:
    return among[int(rng.integers(len(among)))]
