"""Jupyter notebooks of any version, as long as their cells can be found; metadata, ids and outputs do not matter."""

from __future__ import annotations

import json
from typing import Any

from autograder.errors import SubmissionError
from autograder.hookspecs import hookimpl
from autograder.submission import Cell, bounded

KINDS = {"code": "code", "markdown": "markdown", "heading": "markdown"}


@hookimpl
def read_submission(name: str, data: bytes) -> list[Cell] | None:
    """Read files that end in .ipynb."""
    if not name.lower().endswith(".ipynb"):
        return None
    content = _parsed(data)
    cells = content.get("cells")
    if cells is None:
        cells = [cell for sheet in _tables(content.get("worksheets")) for cell in _tables(sheet.get("cells"))]
    if not isinstance(cells, list):
        raise SubmissionError("The file is JSON, but not a notebook: its cells are not a list.")
    return [_cell(cell) for cell in bounded(_tables(cells))]


def _parsed(data: bytes) -> dict[str, Any]:
    if not data.strip():
        raise SubmissionError("The file is empty.")
    try:
        content = json.loads(data)  # of bytes it finds out itself in which form of Unicode they are
    except (ValueError, RecursionError) as error:
        raise SubmissionError(f"The file is not a notebook: it is not valid JSON ({_short(error)}).") from error
    if not isinstance(content, dict) or not ({"cells", "worksheets"} & content.keys()):
        raise SubmissionError("The file is JSON, but not a notebook: it has no cells.")
    return content


def _short(error: Exception) -> str:
    return str(error)[:120]


def _tables(values: object) -> list[dict[str, Any]]:
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []


def _cell(cell: dict[str, Any]) -> Cell:
    source = cell.get("source", cell.get("input", ""))
    text = "".join(str(line) for line in source) if isinstance(source, list) else str(source)
    return Cell(KINDS.get(str(cell.get("cell_type")), "raw"), text)
