"""Building an assignment: what students get in one folder, what instructors get in another."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from autograder.build.handout import Instructor, Student, render
from autograder.build.hidden import hidden_runs
from autograder.build.imports import copied
from autograder.build.leaks import refuse_leaks
from autograder.build.notebook import cells_of, notebook_json
from autograder.build.page import html_page
from autograder.build.record import is_shipped, recorded_task
from autograder.build.withheld import secret_lines
from autograder.given import given_files
from autograder.setting import PUBLIC_SEED, build_setting, plan_check

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from autograder.assignment import Assignment, Task
    from autograder.build.withheld import Line
    from autograder.registry import Registry
    from autograder.solution import Solution

OTHER_SEEDS = (1, 2)
LONG_AGO = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Built:
    """The files of one build."""

    notebook: Path
    archive: Path
    page: Path
    solution: Path


@dataclass(frozen=True)
class Made:
    """What a build makes: contents of the files for students, and of the solution's notebook for instructors."""

    name: str
    notebook: bytes
    archive: bytes
    page: bytes
    solution: bytes

    @property
    def for_students(self) -> dict[str, bytes]:
        """What students get, by name."""
        return {
            f"{self.name}.ipynb": self.notebook,
            f"{self.name}.zip": self.archive,
            f"{self.name}.html": self.page,
        }

    def files(self, student: str) -> dict[str, bytes]:
        """Return contents by path; those of a student's own variant lie in folders of that name."""
        students, instructors = PurePosixPath("student", student), PurePosixPath("instructor", student)
        solution = {f"{instructors}/{self.name}-solution.ipynb": self.solution}
        return {f"{students}/{name}": data for name, data in self.for_students.items()} | solution


def build_assignment(assignment: Assignment, solution: Solution, registry: Registry, out: Path) -> Built:
    """Write `student/` and `instructor/` below `out`; nothing is replaced before everything is made."""
    return write({"": make(assignment, solution, registry)}, out)[0]


def make(assignment: Assignment, solution: Solution, registry: Registry) -> Made:
    """Return what students and instructors get of an assignment, or of one variant of it."""
    speaker = Student(assignment, solution)
    student = _notebook(speaker)
    beside = _for_students(assignment, solution, registry, student)
    made = Made(
        assignment.name,
        student.encode(),
        _archive(assignment.name, beside),
        html_page(student).encode(),
        _notebook(Instructor(assignment, solution)).encode(),
    )
    ours = [data.decode() for path, data in beside.items() if path.startswith("check/") and path.endswith(".py")]
    runs = [run for task in assignment.tasks for run in _hidden(assignment, registry, task)]
    refuse_leaks(made.for_students, secret_lines(solution, [*speaker.public, *ours]), runs)
    return made


def write(made: Mapping[str, Made], out: Path) -> list[Built]:
    """Write what was made for each student, or for everybody under an empty name; return where it lies."""
    files = {student: each.files(student) for student, each in made.items()}
    _write({path: data for each in files.values() for path, data in each.items()}, out)
    return [Built(*(out / path for path in each)) for each in files.values()]


def _notebook(speaker: Student) -> str:
    return notebook_json(cells_of(render(speaker)), speaker.assignment.title)


def _for_students(assignment: Assignment, solution: Solution, registry: Registry, student: str) -> dict[str, bytes]:
    """Return the files beside the student's notebook, itself included."""
    return {
        f"{assignment.name}.ipynb": student.encode(),
        **given_files(assignment, registry),
        **{path: text.encode() for path, text in bundle(assignment, solution, registry).items()},
    }


def bundle(assignment: Assignment, solution: Solution, registry: Registry) -> dict[str, str]:
    """Return the files of the folder `check`, by their paths beside the notebook."""
    files = copied(["autograder.build.bundle", *BUNDLE, *_modules(assignment, registry)])
    for task in assignment.tasks:
        recorded = recorded_task(registry, assignment, solution, task)
        files[f"check/cases/{task.function}.json"] = _json(recorded)
    if assignment.given:
        files["check/given.py"] = Student(assignment, solution).given() + "\n"
    return files | {"check/assignment.json": _json(_stated(assignment))}


BUNDLE = ("autograder.build.bundle.inert", "autograder.build.bundle.rehearsal")
"""What the bundle finds by name when it runs, and so no import leads to."""


def _modules(assignment: Assignment, registry: Registry) -> Iterator[str]:
    """Yield the modules in which the assignment's checks and conventions are written, as far as they are ours."""
    for task in assignment.tasks:
        checks = [plan_check(registry, task, plan).check for plan in task.checks]
        conventions = [registry.named("conventions", name, task.function) for name in task.conventions.values()]
        yield from (each.__module__ for each in (*checks, *conventions) if is_shipped(each))


def _stated(assignment: Assignment) -> dict[str, object]:
    limits = assignment.limits
    return {
        "title": assignment.title,
        "tasks": [task.function for task in assignment.tasks],
        "given": list(assignment.given),
        "cell_seconds": limits.cell_seconds,
        "run_seconds": limits.run_seconds,
    }


def _hidden(assignment: Assignment, registry: Registry, task: Task) -> Iterator[Line]:
    """Yield the runs of values that the cases of a task keep hidden, of the public cases and of some others."""
    for plan in task.checks:
        for seed in (PUBLIC_SEED, *OTHER_SEEDS):
            setting = build_setting(registry, assignment, task, plan, seed, frozenset())
            yield from hidden_runs(setting.cases, task.function)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"


def _archive(name: str, files: Mapping[str, bytes]) -> bytes:
    """Return a zip with one folder, in which equal files give equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(files):
            entry = zipfile.ZipInfo(f"{name}/{path}", LONG_AGO)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, files[path])
    return buffer.getvalue()


def _write(files: Mapping[str, bytes], out: Path) -> None:
    """Write all files beside their places first, and then move each into its place."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out, prefix=".build-") as folder:
        for path, data in files.items():
            waiting = Path(folder) / path
            waiting.parent.mkdir(parents=True, exist_ok=True)
            waiting.write_bytes(data)
        for path in files:
            (out / path).parent.mkdir(parents=True, exist_ok=True)
            (Path(folder) / path).replace(out / path)
