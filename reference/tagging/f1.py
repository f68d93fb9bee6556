"""How well entities were found: precision, recall and F1, of words and of whole entities.

Most words are outside of any entity, so a tagger that finds nothing has most tags right. What counts is what was found,
and what there was to be found. An entity counts only if its type and both its ends are right: a half-found name is one
error of each kind.

    precision = right / found        recall = right / present        F1 = 2 precision recall / (precision + recall)

Tags are "O" outside of entities, "B-" and a type where one begins, "I-" and the type where it goes on. As the scorer of
the shared task reads them, an "I-" after "O" or after another type begins an entity too.

E. F. Tjong Kim Sang and F. De Meulder, "Introduction to the CoNLL-2003 shared task", CoNLL 2003.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    Tags = Sequence[Sequence[str]]


class Scores(NamedTuple):
    """Precision, recall and F1, each between 0 and 1."""

    precision: float
    recall: float
    f1: float


def entities(tags: Sequence[str]) -> list[tuple[str, int, int]]:
    """Find the entities that tags speak of.

    Arguments:
        tags: a list of T tags, such as "O", "B-PER", "I-PER"

    Returns a list of tuples (type, first, end) in the order of the text; the entity has the words first to end - 1.
    """
    found: list[tuple[str, int, int]] = []
    begun, first = "", 0  # the type of the entity that is open, if any
    for t, tag in enumerate([*tags, "O"]):
        mark, _, kind = tag.partition("-")
        if begun and (mark != "I" or kind != begun):
            found.append((begun, first, t))
            begun = ""
        if not begun and mark != "O":
            begun, first = kind, t
    return found


def precision_recall_f1(right: int, found: int, present: int) -> tuple[float, float, float]:
    """Compute precision, recall and F1 from counts.

    Arguments:
        right: how many were found and are right
        found: how many were found
        present: how many there were to be found

    Returns (precision, recall, f1); a quotient without anything below the line is 0.
    """
    precision = right / found if found else 0.0
    recall = right / present if present else 0.0
    f1 = 2 * right / (found + present) if found + present else 0.0
    return Scores(precision, recall, f1)


def token_scores(expected: Tags, predicted: Tags) -> tuple[float, float, float]:
    """Compare tags word by word.

    Arguments:
        expected, predicted: for each sentence a list of tags, one for each word, equally long

    Returns (precision, recall, f1) over words: found is what is predicted not to be "O", present what is expected not
    to be, and right where the two agree and are not "O".
    """
    _check(expected, predicted)
    pairs = [pair for a, b in zip(expected, predicted, strict=True) for pair in zip(a, b, strict=True)]
    right = sum(a == b != "O" for a, b in pairs)
    return precision_recall_f1(right, sum(b != "O" for _, b in pairs), sum(a != "O" for a, _ in pairs))


def entity_scores(expected: Tags, predicted: Tags) -> tuple[float, float, float]:
    """Compare whole entities: only what has the right type and both the right ends is right.

    Arguments:
        expected, predicted: for each sentence a list of tags, one for each word, equally long

    Returns (precision, recall, f1) over entities.
    """
    _check(expected, predicted)
    pairs = [(set(entities(a)), set(entities(b))) for a, b in zip(expected, predicted, strict=True)]
    return precision_recall_f1(
        sum(len(a & b) for a, b in pairs), sum(len(b) for _, b in pairs), sum(len(a) for a, _ in pairs)
    )


def _check(expected: Tags, predicted: Tags) -> None:
    if len(expected) != len(predicted):
        raise ValueError(
            f"{len(predicted)} sentences were tagged where {len(expected)} were expected: tag each of them"
        )
    for place, (a, b) in enumerate(zip(expected, predicted, strict=True)):
        if len(a) != len(b):
            raise ValueError(f"sentence {place} has {len(b)} tags for {len(a)} words: give each word one")
