"""The student's file on disk: which one it is, its cells, and what they define."""

from __future__ import annotations

import ast
import importlib
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PERCENT = re.compile(r"^# ?%%.*$", re.MULTILINE)
KINDS = (".ipynb", ".py")


class NotFoundError(Exception):
    """The student's file cannot be found or read; the message says what to do."""


def find(tasks: Iterable[str], namespace: Mapping[str, Any], stated: str | None) -> Path:
    """Return the student's file: the one stated, the one that is open, or the only one here that has a task."""
    if stated is not None:
        if not Path(stated).is_file():
            raise NotFoundError(f"There is no file {stated!r} in {Path.cwd()}.")
        return Path(stated).resolve()
    open_now = (os.environ.get("JPY_SESSION_NAME"), namespace.get("__vsc_ipynb_file__"), namespace.get("__file__"))
    for path in (Path(str(each)) for each in open_now if each):
        if path.suffix in KINDS and path.is_file():
            return path.resolve()
    return _only(tasks)


def _only(tasks: Iterable[str]) -> Path:
    wanted = set(tasks)
    found = [path for path in sorted(Path.cwd().glob("*.ipynb")) if wanted & _names_in(path)]
    if len(found) == 1:
        return found[0]
    listed = ", ".join(path.name for path in found)
    reason = f"these all define tasks: {listed}" if found else "no notebook here defines a task"
    raise NotFoundError(f'Which file is yours? ({reason}) Say it: check.before_submitting("my-notebook.ipynb")')


def _names_in(path: Path) -> set[str]:
    try:
        return set(definitions(code_cells(path)))
    except NotFoundError:
        return set()


def code_cells(path: Path) -> list[tuple[int, str]]:
    """Return the code cells with their numbers, counted as one sees them: from one, text cells included."""
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".ipynb":
            numbered = enumerate(json.loads(text)["cells"], 1)
            return [(number, "".join(cell["source"])) for number, cell in numbered if cell["cell_type"] == "code"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NotFoundError(f"{path.name} cannot be read as a notebook ({type(error).__name__}: {error}).") from error
    return list(enumerate(PERCENT.split(text), 1))


def definitions(cells: Iterable[tuple[int, str]]) -> dict[str, ast.stmt]:
    """Return what the cells define at their top level, the last definition of each name."""
    found: dict[str, ast.stmt] = {}
    for _, source in cells:
        for node in _statements(source):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                found[node.name] = node
            elif isinstance(node, ast.Assign):
                found |= {target.id: node for target in node.targets if isinstance(target, ast.Name)}
    return found


def _statements(source: str) -> list[ast.stmt]:
    try:
        return ast.parse(_without_magics(source)).body
    except (SyntaxError, ValueError):
        return []


def _without_magics(source: str) -> str:
    transformer = importlib.import_module("IPython.core.inputtransformer2")  # a quarter of a second
    return str(transformer.TransformerManager().transform_cell(source))
