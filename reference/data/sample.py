"""The one form that all data of the course has: tokens, perhaps a label, perhaps a group.

    a film review            tokens of the snippet      label "positive"     group: the film
    a tagged sentence        its words                  label: a tag a word  group: the genre
    a paragraph              its words                  no label             group: the article
    two words, rated         (first, second)            label: the rating
    an analogy, a : b, c : d (a, b, c, d)               no label             group: the section
    a basket                 the items                  label: the recipe

Samples of one group belong on the same side of a split: two reviews of one film name the same people, and a model that
has seen one of them has been told something about the other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Generic, TypeVar

Label_co = TypeVar("Label_co", covariant=True)

TOKEN = re.compile(r"\w+(?:['\u2019]\w+)*|[^\w\s]")
WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Sample(Generic[Label_co]):
    """One example.

    tokens: words, marks or items, in order
    label: what people said about it; None where nobody said anything
    group: what it has in common with others; "" where that is nothing
    """

    tokens: tuple[str, ...]
    label: Label_co
    group: str = ""


def tokens(text: str) -> tuple[str, ...]:
    """Cut a text into words, numbers and single marks; nothing but white space is lost."""
    return tuple(TOKEN.findall(text))


def words(text: str) -> tuple[str, ...]:
    """Cut a text into words in lower case: runs of letters, of any alphabet; all else only divides them."""
    return tuple(WORD.findall(text.lower()))
