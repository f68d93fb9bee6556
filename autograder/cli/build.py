"""`gradmark build`."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from autograder.build.alone import colab_at
from autograder.build.assembly import Formats, make, write
from autograder.build.pdf import needed_browser
from autograder.cli.course import load, load_variants
from autograder.cli.options import FOLDER, assignment_argument, json_option
from autograder.errors import AssignmentError, UsageError
from autograder.given import given_files
from autograder.variant import in_words

if TYPE_CHECKING:
    from autograder.build.assembly import Made
    from autograder.cli.course import Loaded

NO_FOLDER = re.compile(r"^\.|[/\\\x00-\x1f:]|^$")
"""What keeps a student's name from being that of a folder."""


@click.command()
@assignment_argument
@click.option("--out", type=FOLDER, default=Path("dist"), show_default=True, help="Folder to build into.")
@click.option("--variant", "students", multiple=True, metavar="STUDENT", help="Build this student's own; repeatable.")
@click.option("--variants", "roster", type=FOLDER, help="Build the own of each student in this file, one on a line.")
@click.option("--colab", "url", metavar="URL", help="Link to Colab; the files will lie in this folder on GitHub.")
@click.option("--pdf", is_flag=True, help="Print the page as PDF too, with a Chromium or Chrome of this machine.")
@json_option
def command(
    assignment: Path,
    out: Path,
    students: tuple[str, ...],
    roster: Path | None,
    url: str | None,
    pdf: bool,
    as_json: bool,
) -> None:
    """Make what students and instructors get of ASSIGNMENT: notebook, zip, page and solution notebook.

    A folder of assignments has all of them built.
    """
    names = _names(students, roster)
    if names and url is not None:
        raise UsageError("--colab links to one notebook for all, so it does not go with --variant and --variants")
    if pdf:
        needed_browser()
    formats = Formats(None if url is None else colab_at(url), pdf)
    built = [row for folder in _folders(assignment) for row in _build(load(folder), names, out, formats)]
    if as_json:
        click.echo(json.dumps({"built": built}))
        return
    for row in built:
        click.echo("\n".join(row[name] for name in FILES if name in row) if not row["student"] else _line(row))


FILES = ("notebook", "archive", "page", "pdf", "solution")


def _line(row: dict[str, str]) -> str:
    return f"{Path(row['notebook']).parent}  {row['variant']}"


def _build(loaded: Loaded, students: list[str], out: Path, formats: Formats) -> list[dict[str, str]]:
    """Build for each of these students, or for everybody; return who got what."""
    own = load_variants(loaded, students) if students else {"": loaded}
    for each in {id(each): each for each in own.values()}.values():
        _refuse_own_files(loaded, each)
    rows = zip(own.items(), write(_made(own, formats), out), strict=True)
    return [
        {"assignment": loaded.assignment.name, "student": student, "variant": in_words(each.assignment.variant)}
        | {name: str(path) for name, path in asdict(built).items() if path is not None}
        for (student, each), built in rows
    ]


def _made(own: dict[str, Loaded], formats: Formats) -> dict[str, Made]:
    """Return what each student gets; what several have in common is made once."""
    variants = {id(each): each for each in own.values()}
    made = {key: make(each.assignment, each.solution, each.registry, formats) for key, each in variants.items()}
    return {student: made[id(each)] for student, each in own.items()}


def _refuse_own_files(loaded: Loaded, variant: Loaded) -> None:
    """Refuse given files that depend on the variant: while a class is graded all notebooks see the same ones."""
    if variant is loaded:
        return
    given = given_files(loaded.assignment, loaded.registry)
    own = given_files(variant.assignment, variant.registry)
    for path in sorted(own.keys() | given.keys()):
        if own.get(path) != given.get(path):
            raise AssignmentError(
                f"{path} is another file for {in_words(variant.assignment.variant)}, but all notebooks are graded "
                "with the same given files. Hand out the whole, and let a constant say which part is whose."
            )


def _folders(path: Path) -> list[Path]:
    """Return the folder of an assignment, or those of all assignments in a folder."""
    if (path / "assignment.toml").is_file() or not path.is_dir():
        return [path]
    return sorted(each.parent for each in path.glob("*/assignment.toml")) or [path]


def _names(students: tuple[str, ...], roster: Path | None) -> list[str]:
    """Return the students named one by one and in a file; UsageError for one whose name cannot be a folder's."""
    names = list(students)
    if roster is not None:
        try:
            names += [line.strip() for line in roster.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{roster} is no list of students: {error}") from error
        if not names:
            raise UsageError(f"{roster} names no student")
    for name in names:
        if NO_FOLDER.search(name):
            raise UsageError(f"{name!r} cannot be the name of a folder, which a student's variant is built into")
    return list(dict.fromkeys(names))
