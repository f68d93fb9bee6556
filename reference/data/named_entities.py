"""Sentences about people, places and firms, made up: who is what must be read off the words around a name.

    mayor Kelmar Ondri , as everybody had expected , visited Velis , where it rained .
    O     B-PER  I-PER O O  O         O   O        O O       B-LOC O O     O  O      O

A name is made of syllables, and the same name may be a surname, a town or a firm, so it tells nothing by itself; and
the names of the sentences to test on do not occur among those to learn from. What tells is said before the name ("the
town of"), right after it ("who"), or only after a phrase of several words ("resigned"), which a model that reads from
left to right has not seen yet. Some annotators err: a share of the entities to learn from bears a wrong type.

Sentences come from a grammar of phrases, with titles, appositions and clauses within clauses. A tag is "O" outside of
entities, "B-" and a type where one begins, "I-" and the type where it goes on.

L. A. Ramshaw and M. P. Marcus, "Text chunking using transformation-based learning" (1995), for the tags.
Left out: entities within entities; names of more than two words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reference.data.sample import Sample

if TYPE_CHECKING:
    import numpy as np

TYPES = ("PER", "LOC", "ORG")
NOISE = 0.025  # of the entities to learn from, with a wrong type
NAMES = 1500  # in each of the two halves
DEEP = 5  # from where on the first, plain alternative is taken

# Words in capitals are expanded: the types to names, ODD to an unknown common noun, the others by one of these lines.
GRAMMAR = {
    "SENTENCE": (
        "CLAUSE .",
        "CLAUSE .",
        "PERSON said that CLAUSE .",
        "according to PERSON , CLAUSE .",
        "CLAUSE , and CLAUSE .",
        "NAMED , PERSON said .",
    ),
    "CLAUSE": (
        "PERSON DOES",
        "PLACE STANDS",
        "FIRM TRADES",
        "PERSON DOES",
        "the ODD PASSED",
        "PERSON told PERSON that CLAUSE",
    ),
    "PERSON": ("PER", "PER ASIDE", "PER ASIDE", "TITLE PER", "PER , who WAS ,", "the TITLE , PER ,"),
    "PLACE": ("LOC", "LOC ASIDE", "LOC ASIDE", "the town of LOC", "LOC , where it RAINED ,", "the ODD of LOC"),
    "FIRM": ("ORG", "ORG ASIDE", "ORG ASIDE", "the firm ORG", "ORG , whose shares FELL ,", "the makers of ODD at ORG"),
    "DOES": (
        "resigned",
        "married PER",
        "moved to LOC",
        "works for ORG",
        "was elected TITLE of LOC",
        "visited NAMED",
        "wrote about NAMED",
        "said that CLAUSE",
        "bought the ODD",
    ),
    "STANDS": ("was flooded", "has two bridges", "lies north of LOC", "lost its ODD", "grew faster than LOC"),
    "TRADES": (
        "raised its prices",
        "merged with ORG",
        "hired PER",
        "sells ODD in LOC",
        "was sued by PER",
        "went bankrupt",
    ),
    "NAMED": (
        "PER , who WAS ,",
        "LOC , where it RAINED ,",
        "ORG , whose shares FELL ,",
        "PER ASIDE and his wife",
        "LOC ASIDE and its harbour",
        "ORG ASIDE and its workers",
    ),
    "ASIDE": (
        ", as everybody had expected ,",
        ", in spite of the weather ,",
        ", after a long and cold winter ,",
        ", for the second time this year ,",
        ", to the surprise of the ODD ,",
        "once again",
        "and not the ODD",
    ),
    "TITLE": ("mayor", "doctor", "judge", "captain", "president"),
    "WAS": ("was ill", "was late", "knew nothing", "lives alone"),
    "RAINED": ("rained", "snowed", "never rains", "was cold"),
    "FELL": ("fell", "rose", "had been sold", "nobody wants"),
    "PASSED": ("was closed", "was lost", "burnt down", "is ready"),
}
LONE = 0.6  # of the names are one word: the same share for all types, so that it tells nothing
ONSETS = (
    "b",
    "d",
    "f",
    "g",
    "k",
    "l",
    "m",
    "n",
    "p",
    "r",
    "s",
    "t",
    "v",
    "z",
    "br",
    "dr",
    "gr",
    "kl",
    "pl",
    "st",
    "tr",
)
VOWELS, CODAS = ("a", "e", "i", "o", "u"), ("l", "m", "n", "r", "s", "t", "x", "nd", "rk")


@dataclass(frozen=True, eq=False)
class NamedEntities:
    """Sentences labelled with a tag for each word: to learn from, with some wrong tags, and to test on, without."""

    train: list[Sample[tuple[str, ...]]]
    test: list[Sample[tuple[str, ...]]]


def generate_named_entities(train: int, test: int, rng: np.random.Generator, noise: float = NOISE) -> NamedEntities:
    """Generate sentences to learn from and to test on, which have no name in common.

    train, test: how many of each; noise: the share of wrong types among the entities to learn from, from 0 to 1
    """
    words = _invented_words(3 * NAMES, rng)
    names, odd = [word.capitalize() for word in words[: 2 * NAMES]], words[2 * NAMES :]
    learnt, held_out = (_Writer(rng, names[half::2], odd[half::2], share) for half, share in ((0, noise), (1, 0.0)))
    return NamedEntities([learnt.sentence() for _ in range(train)], [held_out.sentence() for _ in range(test)])


def _invented_words(count: int, rng: np.random.Generator) -> list[str]:
    """Make up different words of two or three syllables."""
    found: dict[str, None] = {}
    while len(found) < count:
        syllables = [rng.choice(ONSETS) + rng.choice(VOWELS) for _ in range(rng.integers(2, 4))]
        found["".join(syllables) + rng.choice(CODAS)] = None
    return list(found)


@dataclass(frozen=True, eq=False)
class _Writer:
    """Writes sentences with names and unknown nouns of its own."""

    rng: np.random.Generator
    names: list[str]
    odd: list[str]
    noise: float

    def sentence(self) -> Sample[tuple[str, ...]]:
        words, tags = zip(*self.expand("SENTENCE", 0), strict=True)
        return Sample(words, tags)

    def expand(self, symbol: str, depth: int) -> list[tuple[str, str]]:
        """Return the words, each with its tag, that a symbol stands for."""
        if symbol in TYPES:
            return self.entity(symbol)
        if symbol == "ODD":
            return [(self.pick(self.odd), "O")]
        if symbol not in GRAMMAR:
            return [(symbol, "O")]
        lines = GRAMMAR[symbol]
        line = lines[0] if depth > DEEP else self.pick(lines)
        return [pair for each in line.split() for pair in self.expand(each, depth + 1)]

    def entity(self, kind: str) -> list[tuple[str, str]]:
        size = 1 if self.rng.random() < LONE else 2
        if self.rng.random() < self.noise:
            kind = self.pick([other for other in TYPES if other != kind])
        return [(self.pick(self.names), f"{'I' if k else 'B'}-{kind}") for k in range(size)]

    def pick(self, among: list[str] | tuple[str, ...]) -> str:
        return among[int(self.rng.integers(len(among)))]
