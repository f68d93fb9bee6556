"""`gradmark show`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from autograder.cli.grade import BOOK
from autograder.cli.options import gradebook_option, json_option
from autograder.cli.words import as_plain, console, print_results, score
from autograder.errors import UsageError
from autograder.gradebook import Gradebook
from autograder.spelling import did_you_mean

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.argument("student")
@gradebook_option
@json_option
def command(student: str, gradebook: Path, as_json: bool) -> None:
    """Show every grade of STUDENT with its verdicts."""
    with Gradebook.open(gradebook / BOOK, write=False) as book:
        records = book.records_of(student)
        if not records:
            known = {record.student for record in book.records()}
            raise UsageError(f"the gradebook has no student {student!r}{did_you_mean(student, known)}")
    if as_json:
        click.echo(json.dumps([as_plain(record) for record in records]))
        return
    for record in records:
        out = console()
        out.print(f"{record.title} ({record.stamp.assignment}): {score(record)}", markup=False, style="bold")
        if record.stamp.variant:
            out.print(f"own numbers: {record.stamp.variant}", markup=False)
        for remark in record.grade.remarks:
            out.print(remark, markup=False)
        print_results(record.grade.results)
        for override in record.overrides:
            out.print(f"override {override.task}: {override.points:g}, by {override.who}: {override.why}", markup=False)
