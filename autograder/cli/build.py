"""`gradmark build`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from autograder.build.assembly import build_assignment
from autograder.cli.course import load
from autograder.cli.options import FOLDER, assignment_argument, json_option


@click.command()
@assignment_argument
@click.option("--out", type=FOLDER, default=Path("dist"), show_default=True, help="Folder to build into.")
@json_option
def command(assignment: Path, out: Path, as_json: bool) -> None:
    """Make what students and instructors get of ASSIGNMENT: notebook, zip, page and solution notebook."""
    loaded = load(assignment)
    built = {
        name: str(path)
        for name, path in asdict(build_assignment(loaded.assignment, loaded.solution, loaded.registry, out)).items()
    }
    if as_json:
        click.echo(json.dumps(built))
        return
    for path in built.values():
        click.echo(path)
