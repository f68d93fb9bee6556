"""Python files: in percent format a cell each, else the whole file as one cell."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING

from autograder.errors import SubmissionError
from autograder.hookspecs import hookimpl
from autograder.submission import Cell, bounded

if TYPE_CHECKING:
    from collections.abc import Sequence

# Read here and not by a library for it: those read the header's YAML and every token, and what a stranger puts into
# these can take hours.
MARK = re.compile(r"# ?%%(?![%\w])(?P<title>.*)")
KINDS = {"[markdown]": "markdown", "[md]": "markdown", "[raw]": "raw"}
HEADER = "# ---"
COMMENTED_MAGIC = re.compile(r"^(?P<indent>\s*)# (?=%{1,2}[a-z]\w|![A-Za-z./~$])")
QUOTES = ('"""', 'r"""', "'''")


@hookimpl
def read_submission(name: str, data: bytes) -> list[Cell] | None:
    """Read files that end in .py."""
    if not name.lower().endswith(".py"):
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SubmissionError(f"The file is not text in UTF-8 ({error.reason} at byte {error.start}).") from error
    lines = text.splitlines()
    marks = bounded([number for number, line in enumerate(lines) if MARK.match(line)])
    if not marks:
        return [Cell("code", text)]
    before = Cell("code", _code(_without_header(lines[: marks[0]])))
    cells = [_cell(lines[start:end]) for start, end in zip(marks, [*marks[1:], len(lines)], strict=True)]
    return [before, *cells] if before.source else cells


def _without_header(lines: Sequence[str]) -> Sequence[str]:
    """Leave out the notebook's metadata, which lie between two lines of their own at the top of a file."""
    if not lines or lines[0].rstrip() != HEADER:
        return lines
    header = list(takewhile(lambda line: line.rstrip() != HEADER, lines[1:]))
    return lines[len(header) + 2 :]


def _cell(lines: Sequence[str]) -> Cell:
    mark, *rest = lines
    found = MARK.match(mark)
    title = found["title"].split() if found else []
    kind = next((KINDS[word] for word in title if word in KINDS), "code")
    return Cell(kind, _code(rest) if kind == "code" else _text(rest))


def _code(lines: Sequence[str]) -> str:
    """Return code in which magics are magics, which a file of Python must hold as comments."""
    return "\n".join(COMMENTED_MAGIC.sub(r"\g<indent>", line, count=1) for line in lines).strip("\n")


def _text(lines: Sequence[str]) -> str:
    """Return text that stood in comments, or between quotes."""
    text = "\n".join(lines).strip()
    quotes = next((each for each in QUOTES if text.startswith(each)), "")
    if quotes:
        return text.removeprefix(quotes).removesuffix(quotes[-3:]).strip()
    return "\n".join(line.removeprefix("#").removeprefix(" ") for line in text.splitlines())
