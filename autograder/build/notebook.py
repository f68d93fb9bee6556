"""Markdown with ```python fences as a notebook, byte for byte the same each time.

Fences of other languages stay text. (Jupytext would turn ```bash into a cell that runs, and break text at blank lines.)
"""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from autograder.errors import AssignmentError

if TYPE_CHECKING:
    from collections.abc import Iterator

FENCE = re.compile(r" {0,3}(?P<mark>`{3,}|~{3,}) *(?P<info>[^`]*?) *$")
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


@dataclass(frozen=True)
class Cell:
    """A cell of the handout."""

    kind: Literal["code", "markdown"]
    source: str


def cells_of(markdown: str) -> list[Cell]:
    """Cut a handout into cells; AssignmentError for a fence that is never closed."""
    cells = [Cell(kind, "\n".join(lines).strip("\n")) for kind, lines in _pieces(markdown)]
    return [cell for cell in cells if cell.source.strip()]


def _pieces(markdown: str) -> Iterator[tuple[Literal["code", "markdown"], list[str]]]:
    text: list[str] = []
    lines = iter(enumerate(markdown.splitlines(), 1))
    for number, line in lines:
        fence = FENCE.match(line)
        if fence is None:
            text.append(line)
            continue
        body, end = _until_closed(lines, fence["mark"], number)
        if fence["info"] == "python":
            yield "markdown", text
            yield "code", body
            text = []
        else:
            text.extend([line, *body, end])
    yield "markdown", text


def _until_closed(lines: Iterator[tuple[int, str]], mark: str, opened: int) -> tuple[list[str], str]:
    body: list[str] = []
    for _, line in lines:
        fence = FENCE.match(line)
        if fence is not None and fence["mark"].startswith(mark) and not fence["info"]:
            return body, line
        body.append(line)
    raise AssignmentError(f"handout.md opens a code fence that is never closed (line {opened} of the rendered text)")


def notebook_json(cells: list[Cell], title: str) -> str:
    """Return the notebook of these cells; no id, time or random number makes two builds differ."""
    nbformat = importlib.import_module("nbformat")  # only building needs it, and it has no types
    v4 = nbformat.v4
    notebook = v4.new_notebook(metadata={"kernelspec": KERNEL, "language_info": {"name": "python"}, "title": title})
    for number, cell in enumerate(cells, 1):
        new = v4.new_code_cell if cell.kind == "code" else v4.new_markdown_cell
        notebook.cells.append(new(cell.source, id=f"cell-{number}"))
    nbformat.validate(notebook)
    return f"{nbformat.writes(notebook, version=4)}\n"
