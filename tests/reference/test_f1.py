"""Scores of tags against scikit-learn, and of entities by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import precision_recall_fscore_support

from reference.tagging.f1 import entities, entity_scores, precision_recall_f1, token_scores

TAGS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]


def test_words_are_scored_as_scikit_learn_does() -> None:
    generator = np.random.default_rng(1)
    expected, predicted = ([list(generator.choice(TAGS, size=n)) for n in (7, 1, 30)] for _ in range(2))
    flat = [[tag for sentence in side for tag in sentence] for side in (expected, predicted)]
    theirs = precision_recall_fscore_support(*flat, labels=TAGS[1:], average="micro")[:3]
    assert token_scores(expected, predicted) == pytest.approx(theirs)


@pytest.mark.parametrize(
    ("tags", "found"),
    [
        ("O B-PER I-PER O", [("PER", 1, 3)]),
        ("B-PER B-PER", [("PER", 0, 1), ("PER", 1, 2)]),
        ("B-PER I-LOC I-LOC", [("PER", 0, 1), ("LOC", 1, 3)]),
        ("O I-ORG I-ORG", [("ORG", 1, 3)]),
        ("B-LOC O I-LOC", [("LOC", 0, 1), ("LOC", 2, 3)]),
        ("O", []),
    ],
)
def test_entities_are_read_as_the_shared_task_s_scorer_reads_them(tags: str, found: list[tuple[str, int, int]]) -> None:
    assert entities(tags.split()) == found


def test_an_entity_counts_only_if_type_and_both_ends_are_right() -> None:
    expected = [["B-PER", "I-PER", "O", "B-LOC"], ["B-ORG"]]
    predicted = [["B-PER", "O", "O", "B-LOC"], ["B-PER"]]
    assert entity_scores(expected, predicted) == pytest.approx((1 / 3, 1 / 3, 1 / 3))
    assert token_scores(expected, predicted) == pytest.approx((2 / 3, 2 / 4, 4 / 7))


def test_nothing_found_is_zero_and_not_an_error() -> None:
    assert precision_recall_f1(0, 0, 5) == (0, 0, 0)
    assert entity_scores([["O"]], [["O"]]) == (0, 0, 0)


def test_missing_tags_are_named() -> None:
    with pytest.raises(ValueError, match="sentence 1 has 1 tags for 2 words"):
        token_scores([["O"], ["O", "O"]], [["O"], ["O"]])
    with pytest.raises(ValueError, match="1 sentences were tagged where 2"):
        entity_scores([["O"], ["O"]], [["O"]])
