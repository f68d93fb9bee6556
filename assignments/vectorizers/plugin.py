"""The data that this assignment hands out, and the samplers of its inputs."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING

from autograder.hookspecs import hookimpl
from reference.data.shipped import RatedDocuments, lee

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

RATED = range(10, 30)
"""The documents whose ratings students get; how people rated the others is known to the grader alone."""


def words_of(tokens: tuple[str, ...]) -> list[str]:
    """Return the words among tokens, in lower case; numbers and marks are left out."""
    return [token.lower() for token in tokens if token[0].isalpha()]


@cache
def news() -> RatedDocuments:
    """Read Lee's documents once."""
    return lee()


def lee_json() -> bytes:
    """Return what students get of Lee's news: 300 documents to learn from, and 20 with people's ratings."""
    data = news()
    given = {
        "background": [" ".join(words_of(each.tokens)) for each in data.background],
        "documents": [" ".join(words_of(data.documents[number].tokens)) for number in RATED],
        "ratings": data.similarities[RATED.start : RATED.stop, RATED.start : RATED.stop].round(4).tolist(),
    }
    return json.dumps(given, separators=(",", ":")).encode()


@hookimpl
def register_given_files() -> Mapping[str, Callable[[], bytes]]:
    """Hand out the documents as they are installed with gensim."""
    return {"lee.json": lee_json}
