"""Running a notebook from top to bottom in a fresh process, cell by cell as the grader does."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.build.bundle.cells import code_cells

CHARACTERS = 20_000


@dataclass(frozen=True)
class Ran:
    """One cell of the rehearsal; `seconds` is None if it did not end."""

    number: int
    first_line: str
    error: str = ""
    seconds: float | None = None


@dataclass(frozen=True)
class Rehearsal:
    """How the cells went, and the names of what could be called at the end."""

    cells: tuple[Ran, ...] = ()
    names: frozenset[str] = frozenset()


def rehearse(path: Path, seconds: float) -> Rehearsal:
    """Run a file's cells in a fresh process, in its folder, for at most so many seconds."""
    with tempfile.TemporaryDirectory() as folder:
        notes = Path(folder) / "notes.jsonl"
        home = str(Path(__file__).resolve().parent.parent)
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join(filter(None, [home, os.environ.get("PYTHONPATH")])),
            "MPLBACKEND": "agg",
        }
        command = [sys.executable, "-m", __spec__.name, str(path), str(notes)]
        try:
            done = subprocess.run(
                command, cwd=path.parent, env=environment, timeout=seconds, check=False,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            )  # fmt: skip
            ending = f"Python stopped with status {done.returncode}"
        except subprocess.TimeoutExpired:
            ending = ""
        return _read(notes, ending)


def _read(notes: Path, ending: str) -> Rehearsal:
    """Merge the notes, of which each cell has one at its start and one at its end."""
    lines = notes.read_text(encoding="utf-8").splitlines() if notes.exists() else []
    ran: dict[int, Ran] = {}
    names: list[str] = []
    for note in map(json.loads, lines):
        if "names" in note:
            names = note["names"]
        else:
            ran[note["number"]] = Ran(**note)
    ended = (each if each.seconds is not None else Ran(each.number, each.first_line, ending) for each in ran.values())
    return Rehearsal(tuple(ended), frozenset(names))


def main(path: Path, notes: Path) -> None:
    """Run the cells in this process and write a note before and after each."""
    from autograder.sandbox.worker.shell import make_shell

    code = code_cells(path)
    sys.modules[__spec__.parent or "check"] = importlib.import_module(f"{__spec__.parent}.inert")
    shell: Any = make_shell(CHARACTERS)
    with notes.open("a", encoding="utf-8") as file:
        for number, source in code:
            first = next((line.strip() for line in source.splitlines() if line.strip()), "")
            _note(file, number=number, first_line=first[:80])
            started = time.monotonic()
            outcome = shell.run(number, source)
            seconds = time.monotonic() - started
            _note(file, number=number, first_line=first[:80], error=outcome["error"], seconds=seconds)
        _note(file, names=[name for name, value in shell.user_ns.items() if callable(value)])


def _note(file: Any, **note: Any) -> None:
    file.write(json.dumps(note) + "\n")
    file.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
