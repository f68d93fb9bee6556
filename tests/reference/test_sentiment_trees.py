"""Sentiment trees: every node is worth what the rules say, and words alone do not tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

from reference.data.sentiment_trees import ADJECTIVES, MODIFIERS, Phrase, generate_sentiment_trees
from reference.trees.tree import post_order

if TYPE_CHECKING:
    from reference.data.sample import Sample


def drawn(count: int, seed: int = 1) -> list[Sample[Phrase]]:
    return generate_sentiment_trees(count, np.random.default_rng(seed))


def worth(tree, words) -> float:
    """Read the value of a phrase off its words, top down."""
    if isinstance(tree, int):
        return ADJECTIVES.get(words[tree], 0.0)
    left, right = tree
    if isinstance(left, int) and words[left] in MODIFIERS:
        return MODIFIERS[words[left]] * worth(right, words)
    joint = words[right[0]] if isinstance(right, tuple) and isinstance(right[0], int) else ""
    before, after = worth(left, words), worth(right, words)
    return {"and": (before + after) / 2, "but": 0.3 * before + after, "although": before + 0.3 * after}.get(
        joint, before + after
    )


def subtrees(tree):
    return [tree] if isinstance(tree, int) else [*subtrees(tree[0]), *subtrees(tree[1]), tree]


def test_every_node_is_worth_what_the_rules_say() -> None:
    for sample in drawn(300):
        phrase = sample.label
        assert sample.tokens == phrase.words
        expected = [worth(tree, phrase.words) for tree in subtrees(phrase.tree)]
        np.testing.assert_allclose(phrase.values, expected)


def test_the_leaves_are_the_words_in_their_order_and_may_be_given_numbers() -> None:
    for sample in drawn(50):
        leaves = [node for node in post_order(sample.label.tree) if isinstance(node, int)]
        assert leaves == list(range(len(sample.tokens)))
        numbers = [7 * k + 3 for k in leaves]
        renamed = [node for node in post_order(sample.label.numbered(numbers)) if isinstance(node, int)]
        assert renamed == numbers


def test_no_sentence_is_neutral_or_there_twice_and_the_same_seed_gives_the_same() -> None:
    samples = drawn(500)
    assert samples == drawn(500)
    assert samples != drawn(500, seed=2)
    assert len({sample.tokens for sample in samples}) == 500
    assert all(abs(sample.label.value) > 0.2 for sample in samples)
    assert 0.4 < np.mean([sample.label.value > 0 for sample in samples]) < 0.6


def test_the_classes_are_bad_neutral_and_good() -> None:
    assert Phrase(("a", "b"), (0, 1), (-0.3, 0.2, 0.21)).classes() == (0, 1, 2)
    for sample in drawn(20):
        assert sample.label.classes()[-1] == (2 if sample.label.value > 0 else 0)


@pytest.mark.slow
@pytest.mark.parametrize(("longest", "low", "high"), [(1, 0.68, 0.76), (3, 0.82, 0.89)])
def test_words_alone_tell_little_and_three_in_a_row_not_all(longest: int, low: float, high: float) -> None:
    samples = drawn(6000)
    texts, good = [" ".join(sample.tokens) for sample in samples], [sample.label.value > 0 for sample in samples]
    counted = CountVectorizer(ngram_range=(1, longest)).fit_transform(texts)
    model = LogisticRegression(max_iter=1000).fit(counted[:5000], good[:5000])
    assert low < model.score(counted[5000:], good[5000:]) < high
