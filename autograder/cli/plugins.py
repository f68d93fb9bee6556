"""`gradmark plugins`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click
from rich.table import Table

from autograder.cli.options import FOLDER, json_option
from autograder.cli.words import console
from autograder.errors import UsageError
from autograder.registry import build_registry

if TYPE_CHECKING:
    from pathlib import Path

KINDS = ("checks", "references", "samplers", "conventions", "metrics", "datasets")


@click.command()
@click.option("--assignment", type=FOLDER, help="Add the plugin.py of this assignment.")
@json_option
def command(assignment: Path | None, as_json: bool) -> None:
    """List the plugins, where each comes from, and what they register."""
    if assignment is not None and not (assignment / "assignment.toml").exists():
        raise UsageError(f"{assignment} is not an assignment: it has no assignment.toml")
    registry = build_registry(assignment)
    named = {kind: sorted(getattr(registry, kind)) for kind in KINDS}
    if as_json:
        click.echo(json.dumps({"plugins": dict(registry.origins), **named}))
        return
    table = Table("plugin", "from", box=None)
    for name, origin in registry.origins.items():
        table.add_row(name, origin)
    console().print(table)
    for kind, names in named.items():
        console().print(f"\n[bold]{kind}[/]  {', '.join(names) or 'none'}")
