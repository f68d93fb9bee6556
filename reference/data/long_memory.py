"""Two made-up languages in which what was said long ago decides what comes next.

    gradukor    klestiryl                                 the vowels of a name are of one kind: a, o, u or e, i, y
    the king whom these dogs near the child fear sings    a verb agrees with its subject, whatever stands between them

Both are as hard for whoever looks at the last few letters or words alone as they are easy for whoever remembers one
thing: of which kind the vowels are, and whether there is one subject or many. Finnish and Turkish keep their vowels
together in this way.

T. Linzen, E. Dupoux and Y. Goldberg, "Assessing the ability of LSTMs to learn syntax-sensitive dependencies", TACL 4
(2016), for the agreement of verbs.
Left out: vowels that go with both kinds; questions, negation, and words that are read in two ways.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

ONSETS = ("b", "d", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "br", "dr", "gr", "kl", "st", "tr")
VOWELS = ("aou", "eiy")
CODAS = ("", "", "l", "n", "r", "s", "nd", "rk", "lt", "st")
LETTERS = "abdefghiklmnoprstuvy"
NOUNS = ("king", "queen", "singer", "dog", "child", "baker", "wolf", "pilot", "cook", "clerk")
MANY = {"child": "children", "wolf": "wolves"}
BEING = ("sing", "sleep", "wait", "laugh", "run", "work", "dream", "smile")
DOING = ("see", "know", "follow", "praise", "fear", "help")
PLACES = ("near", "behind", "with")
DEEP = 2  # from where on nobody is described any more


def make_up_name(random: np.random.Generator) -> str:
    """Make up a name of two to four syllables whose vowels are all of one kind."""
    vowels = _one_of(random, VOWELS)
    syllables = [_one_of(random, ONSETS) + _one_of(random, vowels) for _ in range(random.integers(2, 5))]
    return "".join(syllables) + _one_of(random, CODAS)


def make_up_sentence(random: np.random.Generator) -> list[str]:
    """Make up a sentence in which each verb agrees with its own subject."""
    many = bool(random.integers(2))
    return [*_who(random, many), *_does(random, many)]


def _one_of(random: np.random.Generator, choices: Sequence[str]) -> str:
    """Draw one of some texts."""
    return choices[int(random.integers(len(choices)))]


def _noun(random: np.random.Generator, many: bool) -> str:
    """Draw a noun for one or for many."""
    word = _one_of(random, NOUNS)
    return MANY.get(word, f"{word}s") if many else word


def _verb(random: np.random.Generator, verbs: Sequence[str], many: bool) -> str:
    """Draw a verb for one or for many."""
    word = _one_of(random, verbs)
    return word if many else f"{word}s"


def _who(random: np.random.Generator, many: bool, depth: int = 0) -> list[str]:
    """Make up somebody, perhaps with a description that stands between them and their verb."""
    article = "the" if random.random() < 0.6 else ("these" if many else "this")
    found, kind, other = [article, _noun(random, many)], random.random(), bool(random.integers(2))
    if depth >= DEEP or kind > 0.7:
        return found
    if kind < 0.3:
        return [*found, _one_of(random, PLACES), *_who(random, other, depth + 1)]
    if kind < 0.5:
        return [*found, "who", *_does(random, many, depth + 1)]
    return [*found, "whom", *_who(random, other, depth + 1), _verb(random, DOING, other)]


def _does(random: np.random.Generator, many: bool, depth: int = 0) -> list[str]:
    """Make up what somebody does, perhaps to somebody else."""
    if random.random() < 0.5:
        return [_verb(random, BEING, many)]
    return [_verb(random, DOING, many), *_who(random, bool(random.integers(2)), depth + 1)]
