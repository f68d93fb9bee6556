"""Python files: in percent format a cell each, else the whole file as one cell."""

from __future__ import annotations

from autograder.errors import SubmissionError
from autograder.hookspecs import hookimpl
from autograder.submission import Cell


@hookimpl
def read_submission(name: str, data: bytes) -> list[Cell] | None:
    """Read files that end in .py."""
    if not name.lower().endswith(".py"):
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SubmissionError(f"The file is not text in UTF-8 ({error.reason} at byte {error.start}).") from error
    if not any(line.startswith(("# %%", "#%%")) for line in text.splitlines()):
        return [Cell("code", text)]
    return _percent_cells(text)


def _percent_cells(text: str) -> list[Cell]:
    import jupytext

    try:
        notebook = jupytext.reads(text, fmt="py:percent")
    except Exception as error:
        raise SubmissionError(f"The file's cells cannot be read: {type(error).__name__}: {error}") from error
    return [Cell(cell.cell_type, cell.source) for cell in notebook.cells]
