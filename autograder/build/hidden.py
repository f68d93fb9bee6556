"""Hidden values of cases, such as the labels of a test set, and how they would show in a file that students get.

Labels of two kinds are everywhere, so a value is known again by a run of it that is too long to be an accident: by 40
bits, which are 40 fair labels, or seven different numbers among a hundred.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.build.bundle.plain import Reader
from autograder.build.withheld import Line
from autograder.conversation import Sparse, Tensor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from autograder.conversation import Case

BITS = 40
WORD = re.compile(r"[\w.+-]*\w")
TRUTH = {"true": "1", "false": "0"}


def hidden_runs(cases: Iterable[Case], function: str) -> Iterator[Line]:
    """Yield the runs by which the hidden values of these cases are known again; a value without 40 bits has none."""
    for case in cases:
        for name, value in case.hidden.items():
            words = _words(value)
            for run in _runs(words):
                yield Line(_joined(run), f"a part of the hidden value {name!r} of {function}")


def _runs(words: list[str]) -> Iterator[list[str]]:
    """Yield runs of words that no accident gives, by how often each word is there; each begins amid the one before."""
    entropy = sum(-count / len(words) * math.log2(count / len(words)) for count in Counter(words).values())
    length = math.ceil(BITS / entropy) if entropy else len(words) + 1
    for start in range(0, len(words) - length + 1, max(1, length // 2)):
        yield words[start : start + length]


def _joined(words: Iterable[str]) -> str:
    return f" {' '.join(words)} "


def _words(value: Any) -> list[str]:
    """Return the numbers and words of a value in their order."""
    match value:
        case np.ndarray():
            return [_word(each) for each in value.ravel().tolist()]
        case Tensor():
            return _words(value.array)
        case Sparse():
            return _words(value.data)
        case dict():
            return [word for each in value.values() for word in _words(each)]
        case list() | tuple() | set() | frozenset():
            return [word for each in value for word in _words(each)]
    return [_word(each) for each in WORD.findall(str(value))]


def _word(value: object) -> str:
    """Return a number in one form, whatever form it has in a file."""
    text = str(value).lower()
    try:
        return f"{float(TRUTH.get(text, text)):.9g}"
    except ValueError:
        return text


def sequences(path: str, data: bytes) -> Iterator[str]:
    """Yield the sequences of a file in which a value could stand: its text, its columns, its arrays."""
    if path.endswith((".npy", ".npz")):
        yield from (_joined(_words(array)) for array in _arrays(data))
        return
    text = data.decode("utf-8", "replace")
    yield _joined(_words(text))
    if path.endswith((".json", ".ipynb")):
        yield from map(_joined, _columns(parsed(text)))
    elif path.endswith((".csv", ".tsv")):
        rows = list(csv.reader(io.StringIO(text), delimiter="\t" if path.endswith(".tsv") else ","))
        yield from map(_joined, _columns([row for row in rows if row]))


def _arrays(data: bytes) -> list[Any]:
    try:
        loaded = np.load(io.BytesIO(data), allow_pickle=False)
    except (ValueError, OSError):
        return []
    return [loaded] if isinstance(loaded, np.ndarray) else [loaded[name] for name in loaded.files]


def parsed(text: str) -> Any:
    """Return what JSON says, or None if it is none."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def _columns(tree: Any) -> Iterator[list[str]]:
    """Yield what stands under one key, or in one place, of all rows of a list; and arrays recorded for the checks."""
    if isinstance(tree, dict):
        if isinstance(tree.get("arrays"), dict) and "checks" in tree:
            yield from (_words(Reader(tree["arrays"]).value(["array", name])) for name in tree["arrays"])
        tree = list(tree.values())
    elif isinstance(tree, list):
        rows = [dict(enumerate(row)) if isinstance(row, list) else row for row in tree if isinstance(row, (dict, list))]
        for key in dict.fromkeys(key for row in rows for key in row):
            cells = (row[key] for row in rows if key in row)
            yield [word for cell in cells if not isinstance(cell, (dict, list)) for word in _words(cell)]
    if isinstance(tree, list):
        for item in tree:
            yield from _columns(item)
