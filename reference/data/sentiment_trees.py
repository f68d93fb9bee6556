"""Sentences with their parse trees, and what every phrase of them is worth: made up, so that composition matters.

    the plot is not very good                               what it says is bad
    the plot was dull but the cast seems very fine        what comes after "but" counts most

A clause is of somebody or something, a verb, and an adjective that can be turned around, strengthened and weakened, as
often as one likes; sentences join one to three clauses. Which words occur says little, since "not", "but" and
"although" decide what they do; who follows the tree can know it all.

    not v = -0.8 v        very v = 1.5 v        slightly v = 0.5 v
    a and b = (a + b) / 2        a but b = 0.3 a + b        a although b = a + 0.3 b

Left out: words with two senses, irony, and noise in the labels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reference.data.sample import Sample, words
from reference.trees.tree import Tree, post_order

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

NEUTRAL = 0.2  # what is worth no more than this either way is neither good nor bad
NEGATIVE_CLASS, NEUTRAL_CLASS, POSITIVE_CLASS = 0, 1, 2

NOUNS = words(
    "film plot cast script ending music dialogue story acting photography director hero villain sequel comedy scenery "
    "pacing humour opening"
)
DETERMINERS = words("the this that their")
VERBS = words("is was seems")
ADJECTIVES = {
    **dict.fromkeys(words("brilliant superb wonderful magnificent"), 1.0),
    **dict.fromkeys(words("good funny moving clever charming elegant"), 0.7),
    **dict.fromkeys(words("decent pleasant fine solid"), 0.45),
    **dict.fromkeys(words("mediocre bland uneven flat"), -0.45),
    **dict.fromkeys(words("bad dull tedious clumsy boring silly"), -0.7),
    **dict.fromkeys(words("awful dreadful horrible unbearable"), -1.0),
}
MODIFIERS = {"not": -0.8, "very": 1.5, "slightly": 0.5}
SHARES = {"and": (0.5, 0.5), "but": (0.3, 1.0), "although": (1.0, 0.3)}  # of what is said before and after


@dataclass(frozen=True)
class Phrase:
    """A phrase with its tree.

    words: in order
    tree: nested pairs whose leaves are the words' places in the phrase, from 0
    values: what each node is worth, in post-order: children before their parents, the whole phrase last
    """

    words: tuple[str, ...]
    tree: Tree
    values: tuple[float, ...]

    @property
    def value(self) -> float:
        """What the whole phrase is worth."""
        return self.values[-1]

    def numbered(self, numbers: Sequence[int]) -> Tree:
        """Return the tree with the number of a word, numbers[k], in place of the word's own place k."""
        return _renamed(self.tree, numbers)

    def classes(self) -> tuple[int, ...]:
        """Return the class of each node: 0 for negative, 1 for neutral, 2 for positive."""
        return tuple(
            NEUTRAL_CLASS if abs(value) <= NEUTRAL else POSITIVE_CLASS if value > 0 else NEGATIVE_CLASS
            for value in self.values
        )


def generate_sentiment_trees(count: int, rng: np.random.Generator) -> list[Sample[Phrase]]:
    """Generate different sentences that are either good or bad, not neutral, labelled with their trees and values."""
    samples: dict[tuple[str, ...], Sample[Phrase]] = {}
    while len(samples) < count:
        sentence = _sentence(rng)
        if abs(sentence.value) > NEUTRAL:
            samples[sentence.words] = Sample(sentence.words, sentence)
    return list(samples.values())


def _sentence(rng: np.random.Generator) -> Phrase:
    sentence = _clause(rng)
    for _ in range(rng.choice(3, p=[0.25, 0.5, 0.25])):
        joint = _any(list(SHARES), rng)
        before, after = SHARES[joint]
        clause = _clause(rng)
        rest = _pair(_word(joint), clause, clause.value)
        sentence = _pair(sentence, rest, before * sentence.value + after * clause.value)
    return sentence


def _clause(rng: np.random.Generator) -> Phrase:
    who = _pair(_word(_any(DETERMINERS, rng)), _word(_any(NOUNS, rng)), 0.0)
    adjective = _adjective(rng)
    says = _pair(_word(_any(VERBS, rng)), adjective, adjective.value)
    return _pair(who, says, says.value)


def _adjective(rng: np.random.Generator) -> Phrase:
    if rng.random() < 0.5:
        inner, modifier = _adjective(rng), _any(list(MODIFIERS), rng)
        return _pair(_word(modifier), inner, MODIFIERS[modifier] * inner.value)
    word = _any(list(ADJECTIVES), rng)
    return _word(word, ADJECTIVES[word])


def _any(choices: Sequence[str], rng: np.random.Generator) -> str:
    return choices[int(rng.integers(len(choices)))]


def _word(word: str, value: float = 0.0) -> Phrase:
    return Phrase((word,), 0, (value,))


def _pair(left: Phrase, right: Phrase, value: float) -> Phrase:
    places = range(len(left.words), len(left.words) + len(right.words))
    tree = (left.tree, _renamed(right.tree, places))
    return Phrase(left.words + right.words, tree, (*left.values, *right.values, value))


def _renamed(tree: Tree, numbers: Sequence[int]) -> Tree:
    """Put numbers[k] in the place of each leaf k."""
    built: list[Tree] = []
    for node in post_order(tree):
        built.append((built[node[0]], built[node[1]]) if isinstance(node, tuple) else numbers[node])
    return built[-1]
