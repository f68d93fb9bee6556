"""`gradmark override`."""

from __future__ import annotations

import getpass
import json
from typing import TYPE_CHECKING

import click

from autograder.cli.grade import BOOK
from autograder.cli.options import gradebook_option, json_option
from autograder.cli.words import as_plain, score
from autograder.errors import UsageError
from autograder.gradebook import Gradebook
from autograder.registry import build_registry
from autograder.spelling import did_you_mean

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.argument("student")
@click.argument("task")
@click.argument("points", type=float)
@click.option("--why", required=True, help="The reason, which the student reads.")
@click.option("--assignment", help="The assignment's name, where the student has more than one grade.")
@gradebook_option
@json_option
def command(
    student: str, task: str, points: float, why: str, assignment: str | None, gradebook: Path, as_json: bool
) -> None:
    """Give STUDENT these POINTS for TASK, whatever the checks say; the reason is kept and shown."""
    with Gradebook.open(gradebook / BOOK, write=True) as book:
        name = assignment or _only_assignment(book, student)
        record = book.override(student, name, task, points, why, getpass.getuser())
        everyone = book.records(name)
    hook = build_registry().hook
    hook.grade_finished(record=record, folder=gradebook / name)
    hook.run_finished(records=everyone, folder=gradebook / name)
    click.echo(json.dumps(as_plain(record)) if as_json else f"{student}: {score(record)}")


def _only_assignment(book: Gradebook, student: str) -> str:
    names = [record.stamp.assignment for record in book.records_of(student)]
    if not names:
        known = {record.student for record in book.records()}
        raise UsageError(f"the gradebook has no student {student!r}{did_you_mean(student, known)}")
    if len(names) > 1:
        raise UsageError(f"{student} has grades in {', '.join(names)}; say which with --assignment")
    return names[0]
