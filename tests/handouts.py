"""A handout read as a student reads it: its code cells, the results that it states for them, and what they print."""

import contextlib
import io
import re
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder.assignment import Assignment, load_assignment
from autograder.build import handout, notebook
from autograder.build.inert import INERT_CHECK
from autograder.given import given_files
from autograder.registry import build_registry
from autograder.solution import Solution

ASSIGNMENTS = Path(__file__).parents[1] / "assignments"
FOLDERS = sorted(path.parent.name for path in ASSIGNMENTS.glob("*/assignment.toml"))


def sit_down(assignment: Assignment, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder with what is handed out, figures that need no screen, and a `check` that says nothing."""
    for path, data in given_files(assignment, build_registry(ASSIGNMENTS / assignment.name)).items():
        (place / path).parent.mkdir(exist_ok=True, parents=True)
        (place / path).write_bytes(data)
    monkeypatch.chdir(place)
    monkeypatch.setenv("MPLBACKEND", "agg")
    module = types.ModuleType("check")
    exec(INERT_CHECK, vars(module))
    monkeypatch.setitem(sys.modules, "check", module)


def load(name: str) -> Assignment:
    return load_assignment(ASSIGNMENTS / name)


def examples(solution: Solution) -> list[tuple[str, str]]:
    """Return the code cells of the solution's notebook, each with the result that the text before it states, or ""."""
    found, text = [], ""
    for cell in notebook.cells_of(handout.render(handout.Instructor(solution.assignment, solution))):
        if cell.kind == "code":
            stated = re.findall(r"```text\n(.*?)```\s*\Z", text, re.DOTALL)
            found.append((cell.source, stated[0] if stated else ""))
        text = cell.source if cell.kind == "markdown" else ""
    return found


def printed_by(code: str, namespace: dict[str, Any]) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(code, namespace)
    return printed.getvalue()


def attempt(code: str, namespace: dict[str, Any]) -> str:
    """Return what a cell prints, or the error in which it ends."""
    try:
        with np.errstate(all="ignore"):
            return printed_by(code, namespace)
    except (IndexError, TypeError, ValueError, KeyError) as error:
        return repr(error)
