"""A look into every file that a student gets, before any is written: nothing in it may be kept from students."""

from __future__ import annotations

import html
import io
import re
import zipfile
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeGuard

from autograder.build.hidden import parsed, sequences
from autograder.build.withheld import TOKEN, tokens_of
from autograder.errors import AssignmentError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from autograder.build.withheld import Line

LISTED = 5
BESIDE_TEXT = re.compile(r"<(style|script)\b.*?</\1>|<[^>]*>", re.DOTALL)


@dataclass(frozen=True)
class Text:
    """Something that can be read in a file, and where it stands there."""

    place: str
    text: str

    @cached_property
    def tokens(self) -> str:
        """All its tokens, as those of a line are written."""
        return tokens_of(self.text)

    def start(self, line: Line) -> int:
        """Return which token is the line's first."""
        return self.tokens.partition(line.tokens)[0].count(" ")

    def words(self, line: Line) -> str:
        """Say that this line stands here, and where."""
        places = [match.span() for match in TOKEN.finditer(self.text)]
        first = self.start(line)
        start, end = places[first][0], places[first + line.tokens.count(" ") - 2][1]
        shown = " ".join(self.text[start:end].split())
        return f"{self.place}, line {self.text.count(chr(10), 0, start) + 1}: `{shown}` is {line.whose}"


def refuse_leaks(files: Mapping[str, bytes], lines: list[Line], runs: list[Line]) -> None:
    """Raise AssignmentError if one of these files has a line or a run of values that is kept from students.

    Nor may a notebook have outputs: it was the solution that gave them. The message names file and line.
    """
    found = list(_leaks(dict(unpacked(files)), lines, runs))
    if not found:
        return
    rest = [f"and {len(found) - LISTED} more"] if len(found) > LISTED else []
    listed = "\n  ".join([*found[:LISTED], *rest])
    raise AssignmentError(
        f"students would read what is kept from them, so nothing was written:\n  {listed}\n"
        "Take it out of what the file is made of. A line of the solution that students are meant to read is said in "
        'handout.md by <%= shown("…") %>, in the docstring, or in `given`.'
    )


def unpacked(files: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield these files and those in their zips."""
    for path, data in files.items():
        if path.endswith(".zip"):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                yield from unpacked({f"{path}: {name}": archive.read(name) for name in archive.namelist()})
        else:
            yield path, data


def _leaks(files: Mapping[str, bytes], lines: list[Line], runs: list[Line]) -> Iterator[str]:
    """Yield in words each leak, where it is met first."""
    for path, data in files.items():
        yield from _outputs(path, data)
        for text in texts(path, data):
            found = [line for line in lines if line.tokens in text.tokens]
            yield from (text.words(line) for line in sorted(found, key=text.start))
            lines = [line for line in lines if line not in found]
        if runs:
            there = list(sequences(path, data))
            found = [run for run in runs if any(run.tokens in sequence for sequence in there)]
            yield from (f"{path}: {run.whose} (beginning {run.tokens[:40].strip()} …)" for run in found[:1])
            runs = [run for run in runs if run not in found]


def texts(path: str, data: bytes) -> Iterator[Text]:
    """Yield what can be read in a file: the cells of a notebook, the strings of JSON, the words of a page."""
    text = data.decode("utf-8", "replace")
    tree = parsed(text) if path.endswith((".ipynb", ".json")) else None
    if _is_notebook(tree):
        yield from _of_notebook(path, tree)
    elif tree is not None:
        yield Text(path, "\n".join(_strings(tree)))
    elif path.endswith(".html"):
        yield Text(path, html.unescape(BESIDE_TEXT.sub(_line_breaks, text)))
    else:
        yield Text(path, text)


def _line_breaks(tag: re.Match[str]) -> str:
    return "\n" * tag[0].count("\n")


def _is_notebook(tree: object) -> TypeGuard[dict[str, Any]]:
    cells = tree.get("cells") if isinstance(tree, dict) else None
    return isinstance(cells, list) and all(isinstance(cell, dict) for cell in cells)


def _of_notebook(path: str, tree: dict[str, Any]) -> Iterator[Text]:
    for number, cell in enumerate(tree["cells"], 1):
        source = cell.get("source", "")
        yield Text(f"{path}, cell {number}", source if isinstance(source, str) else "".join(_strings(source)))
    rest = [{**cell, "source": ""} for cell in tree["cells"]]
    yield Text(path, "\n".join(_strings({**tree, "cells": rest})))


def _strings(tree: Any) -> Iterator[str]:
    match tree:
        case str():
            yield tree
        case list():
            for item in tree:
                yield from _strings(item)
        case dict():
            for key, item in tree.items():
                yield str(key)
                yield from _strings(item)


def _outputs(path: str, data: bytes) -> Iterator[str]:
    """Yield where a notebook shows what it gave when somebody ran it."""
    tree = parsed(data.decode("utf-8", "replace")) if path.endswith(".ipynb") else None
    for number, cell in enumerate(tree["cells"] if _is_notebook(tree) else [], 1):
        if cell.get("outputs"):
            yield f"{path}, cell {number}: an output, and no student has run this notebook yet"
