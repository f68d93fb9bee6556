"""Finding and reading what was handed in: a folder of files, a folder of folders, or a zip of either."""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from autograder.errors import SubmissionError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILE_LIMIT = 20 << 20
COUNT_LIMIT = 20_000
CELLS_LIMIT = 5000
"""More than anybody writes; each costs the grader a question, and the page a section."""
FIRST_PART = r"(?P<student>[^/]+?)(\.ipynb|\.py)?(/.*)?"
"""The default pattern: a student is the first folder's name, or a file's name without its ending."""
BESIDE = re.compile(r"(^|/)(\.(?!\.(/|$))[^/]*|__MACOSX|__pycache__)(/|$)")


@dataclass(frozen=True)
class Cell:
    """One cell as it was handed in; `kind` is code, markdown or raw."""

    kind: str
    source: str


@dataclass(frozen=True)
class Submission:
    """What one student handed in; `problem` says why it cannot be graded, and then there are no cells."""

    student: str
    file: str
    digest: str = ""
    cells: tuple[Cell, ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class HandedIn:
    """All that was found: submissions by student, and the files that are none."""

    submissions: tuple[Submission, ...]
    left_out: tuple[str, ...] = field(default=())


def bounded(cells: list[Any]) -> list[Any]:
    """Return what a reader found if it is not more than can be graded; SubmissionError if it is."""
    if len(cells) > CELLS_LIMIT:
        raise SubmissionError(f"The file has {len(cells):,} cells, and up to {CELLS_LIMIT:,} are graded.")
    return cells


def collect(path: Path, hook: Any, pattern: str = FIRST_PART) -> HandedIn:
    """Read everything under a folder or in a zip; UsageError if there is no such place or the pattern is no pattern.

    A file that no reader knows is left out by name; a file that cannot be read, and two files of one student, become
    submissions with a problem.
    """
    by_student: dict[str, list[Submission]] = defaultdict(list)
    folders: dict[str, str] = {}
    left_out: list[str] = []
    expression = _compiled(pattern)
    for name, data in _files(path):
        student = _student(expression, name)
        read = _read(hook, student, name, data)
        if read is None:
            left_out.append(name)
            folders.setdefault(student if "/" in name else "", name)
        else:
            others = by_student[student]
            others.append(replace(read, cells=()) if others else read)  # of two files none is graded
    submissions = [_only(student, found) for student, found in by_student.items()]
    for student, name in folders.items():
        if student and student not in by_student:
            submissions.append(
                Submission(student, name, problem="There is no notebook and no Python file among the files.")
            )
    return HandedIn(tuple(sorted(submissions, key=lambda each: each.student)), tuple(left_out))


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        expression = re.compile(pattern)
    except re.error as error:
        raise UsageError(f"the pattern {pattern!r} is not a regular expression: {error}") from error
    if "student" not in expression.groupindex:
        raise UsageError(f"the pattern {pattern!r} must have a group named student: (?P<student>…)")
    return expression


def _student(expression: re.Pattern[str], name: str) -> str:
    found = expression.fullmatch(name)
    return found["student"] if found and found["student"] else name


def _files(path: Path) -> Iterator[tuple[str, bytes | str]]:
    """Yield names and contents, or in the place of a content why it cannot be had; hidden files are passed over."""
    if path.is_dir():
        yield from _folder_files(path)
    elif zipfile.is_zipfile(path):
        yield from _zip_files(path)
    elif path.exists():
        raise UsageError(f"{path} is neither a folder nor a zip; to try one notebook, use `gradmark check`")
    else:
        raise UsageError(f"there is no {path}")


def _folder_files(path: Path) -> Iterator[tuple[str, bytes | str]]:
    for file in sorted(path.rglob("*")):
        name = file.relative_to(path).as_posix()
        if BESIDE.search(name) or file.is_dir():
            continue
        if file.is_symlink():
            yield name, "It is a link, and links are not followed."
        elif not file.is_file():
            yield name, "It is not a regular file."
        elif file.stat().st_size > FILE_LIMIT:
            yield name, f"It is larger than {FILE_LIMIT >> 20} MB."
        else:
            yield name, file.read_bytes()


def _zip_files(path: Path) -> Iterator[tuple[str, bytes | str]]:
    with zipfile.ZipFile(path) as archive:
        entries = [each for each in archive.infolist() if not each.is_dir() and not BESIDE.search(each.filename)]
        if len(entries) > COUNT_LIMIT:
            raise UsageError(f"{path} has more than {COUNT_LIMIT} files")
        top = path.stem + "/"
        skip = len(top) if entries and all(each.filename.startswith(top) for each in entries) else 0
        for entry in sorted(entries, key=lambda each: each.filename):
            name = entry.filename[skip:]
            leads_out = ".." in name.split("/")
            yield name, "Its path leads out of the zip." if leads_out else _unzipped(archive, entry)


def _unzipped(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes | str:
    if entry.file_size > FILE_LIMIT:
        return f"It is larger than {FILE_LIMIT >> 20} MB."
    try:
        with archive.open(entry) as file:
            data = file.read(FILE_LIMIT + 1)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError) as error:
        return f"It cannot be unzipped: {error}"
    return data if len(data) <= FILE_LIMIT else f"It is larger than {FILE_LIMIT >> 20} MB."


def _read(hook: Any, student: str, name: str, data: bytes | str) -> Submission | None:
    if isinstance(data, str):
        return Submission(student, name, problem=data)
    digest = hashlib.sha256(data).hexdigest()
    try:
        cells = hook.read_submission(name=name, data=data)
    except SubmissionError as error:
        return Submission(student, name, digest, problem=str(error))
    return None if cells is None else Submission(student, name, digest, tuple(cells))


def _only(student: str, found: list[Submission]) -> Submission:
    if len(found) == 1:
        return found[0]
    names = ", ".join(each.file for each in found)
    digest = hashlib.sha256("".join(each.digest for each in found).encode()).hexdigest()
    return Submission(
        student, names, digest, problem=f"There are {len(found)} files of this student: {names}. Keep one."
    )


def read_file(path: Path, hook: Any) -> Submission:
    """Return the submission in one file; SubmissionError or UsageError if there is none."""
    if not path.is_file():
        raise UsageError(f"there is no file {path}")
    submission = _read(hook, path.stem, path.name, path.read_bytes())
    if submission is None:
        raise UsageError(f"{path.name} is neither a notebook nor a Python file")
    if submission.problem:
        raise SubmissionError(f"{path.name}: {submission.problem}")
    return submission
