"""Building an assignment: what students get in one folder, what instructors get in another."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from autograder.build.alone import unpacking
from autograder.build.handout import Instructor, Student, render
from autograder.build.hidden import hidden_runs
from autograder.build.imports import copied
from autograder.build.leaks import refuse_leaks
from autograder.build.notebook import cells_of, notebook_json
from autograder.build.page import html_page
from autograder.build.pdf import pdf_of
from autograder.build.record import is_shipped, recorded_task
from autograder.build.withheld import secret_lines
from autograder.given import given_files
from autograder.setting import PUBLIC_SEED, build_setting, plan_check

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from autograder.assignment import Assignment, Task
    from autograder.build.alone import Colab
    from autograder.build.notebook import Cell
    from autograder.build.withheld import Line
    from autograder.registry import Registry
    from autograder.solution import Solution

OTHER_SEEDS = (1, 2)
LONG_AGO = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Formats:
    """What is made beyond notebook, zip and page: a link to Colab, and a PDF."""

    colab: Colab | None = None
    pdf: bool = False


@dataclass(frozen=True)
class Built:
    """The files of one build; there is a PDF only if one was asked for."""

    notebook: Path
    archive: Path
    page: Path
    solution: Path
    pdf: Path | None = None


@dataclass(frozen=True)
class Made:
    """What a build makes: for students by the ending of the file's name, and the solution's notebook."""

    name: str
    students: Mapping[str, bytes]
    solution: bytes

    def files(self, student: str) -> dict[str, bytes]:
        """Return contents by path; those of a student's own variant lie in folders of that name."""
        solution = PurePosixPath("instructor", student, f"{self.name}-solution.ipynb")
        place = PurePosixPath("student", student, self.name)
        return {f"{place}{ending}": data for ending, data in self.students.items()} | {f"{solution}": self.solution}

    def built(self, student: str, out: Path) -> Built:
        """Return where the files lie."""
        paths = {Path(path).suffix: out / path for path in self.files(student) if path.startswith("student/")}
        solution = out / "instructor" / student / f"{self.name}-solution.ipynb"
        return Built(paths[".ipynb"], paths[".zip"], paths[".html"], solution, paths.get(".pdf"))


PLAIN = Formats()


def build_assignment(assignment: Assignment, solution: Solution, registry: Registry, out: Path) -> Built:
    """Write `student/` and `instructor/` below `out`; nothing is replaced before everything is made."""
    return write({"": make(assignment, solution, registry)}, out)[0]


def make(assignment: Assignment, solution: Solution, registry: Registry, formats: Formats = PLAIN) -> Made:
    """Return what students and instructors get of an assignment, or of one variant of it.

    AssignmentError if students would read what is kept from them, UsageError if this machine can make no PDF.
    """
    speaker = Student(assignment, solution)
    cells = cells_of(render(speaker))
    beside = _beside(assignment, solution, registry)
    students = _for_students(assignment, cells, beside, formats.colab)
    lines = secret_lines(solution, [*speaker.public, *_ours(beside)])
    runs = [run for task in assignment.tasks for run in _hidden(assignment, registry, task)]
    refuse_leaks({f"{assignment.name}{ending}": data for ending, data in students.items()}, lines, runs)
    if formats.pdf:
        students[".pdf"] = pdf_of(students[".html"])
    solved = cells_of(render(Instructor(assignment, solution)))
    return Made(assignment.name, students, notebook_json(solved, assignment.title).encode())


def write(made: Mapping[str, Made], out: Path) -> list[Built]:
    """Write what was made for each student, or for everybody under an empty name; return where it lies."""
    _write({path: data for student, each in made.items() for path, data in each.files(student).items()}, out)
    built = [each.built(student, out) for student, each in made.items()]
    for each in built:
        if each.pdf is None:  # one of an earlier build is of another page
            each.page.with_suffix(".pdf").unlink(missing_ok=True)
    return built


def _for_students(
    assignment: Assignment, cells: list[Cell], beside: Mapping[str, bytes], colab: Colab | None
) -> dict[str, bytes]:
    """Return notebook, zip and page by their endings."""
    name = assignment.name
    before = [] if colab is None else [colab.badge(name, picture=True)]
    notebook = notebook_json([*before, *unpacking(cells, name)], assignment.title).encode()
    link = [] if colab is None else [colab.badge(name, picture=False)]
    page = html_page(notebook_json([*link, *cells], assignment.title))
    return {
        ".ipynb": notebook,
        ".zip": _archive(name, {f"{name}.ipynb": notebook, **beside}),
        ".html": page.encode(),
    }


def _beside(assignment: Assignment, solution: Solution, registry: Registry) -> dict[str, bytes]:
    """Return the files beside the student's notebook."""
    checks = {path: text.encode() for path, text in bundle(assignment, solution, registry).items()}
    return given_files(assignment, registry) | checks


def _ours(beside: Mapping[str, bytes]) -> Iterator[str]:
    """Yield the code of ours that students get, whatever they know of it."""
    for path, data in beside.items():
        if path.startswith("check/") and path.endswith(".py"):
            yield data.decode()


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
