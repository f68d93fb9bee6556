"""`gradmark data`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from autograder.cli.options import json_option
from autograder.cli.words import console
from autograder.errors import UsageError
from autograder.registry import build_registry
from autograder.spelling import did_you_mean

if TYPE_CHECKING:
    from autograder.dataset import Dataset

NOT_HERE = 1
WIDTH = 120  # columns, where no terminal says how many there are


@click.group()
def command() -> None:
    """List, fetch and find the course's data."""


@command.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List all data: how near it is, its size, its licence, and whether it is on this machine."""
    datasets = build_registry().datasets.values()
    if as_json:
        click.echo(json.dumps([_as_plain(data) for data in datasets]))
        return
    table = Table("name", "tier", "size", "here", "licence", "what", box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.columns[0].no_wrap = True
    for data in datasets:
        here = Text("yes", style="green") if data.where() else Text("no", style="dim")
        size = Text(_size(data.size), justify="right")
        table.add_row(Text(data.name), data.tier, size, here, Text(data.licence), Text(data.title))
    out = console()
    if not out.is_terminal:
        out.width = WIDTH
    out.print(table)


@command.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
def fetch(names: tuple[str, ...]) -> int:
    """Fetch data by NAME into the user's cache; what is there already is left alone.

    Exits with 1 if something could not be fetched.
    """
    status = 0
    for data in [_named(name) for name in names]:
        try:
            path = _fetch(data)
        except ValueError as error:
            click.echo(f"gradmark: {error}", err=True)
            status = NOT_HERE
        else:
            click.echo(f"{data.name}  {path}")
    return status


@command.command()
@click.argument("name")
@json_option
def where(name: str, as_json: bool) -> int:
    """Say where the data NAME lies, where it comes from and how it is verified.

    Exits with 1 if it is not on this machine.
    """
    data = _named(name)
    path = data.where()
    if as_json:
        click.echo(json.dumps(_as_plain(data)))
    elif path is not None:
        click.echo(path)
    else:
        click.echo(f"{name} is not on this machine; `gradmark data fetch {name}` fetches it: {data.origin}", err=True)
    return 0 if path is not None else NOT_HERE


def _named(name: str) -> Dataset:
    datasets = build_registry().datasets
    if name not in datasets:
        raise UsageError(f"there is no data {name!r}{did_you_mean(name, datasets)}")
    return datasets[name]


def _fetch(data: Dataset) -> object:
    """Fetch data with a bar on a terminal, and with nothing elsewhere."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    out = console()
    with Progress(*columns, console=out, transient=True, disable=not out.is_terminal) as bars:
        bar = bars.add_task(data.name, total=data.size, visible=False)
        return data.fetch(lambda arrived, size: bars.update(bar, completed=arrived, total=size, visible=True))


def _size(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{size / 1e3:.0f} kB"


def _as_plain(data: Dataset) -> dict[str, object]:
    path = data.where()
    fields = ("name", "title", "tier", "size", "licence", "origin", "sha256")
    return {**{field: getattr(data, field) for field in fields}, "path": str(path) if path else None}
