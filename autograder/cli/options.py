"""Options and arguments that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER = click.Path(path_type=Path)


def assignment_argument(function: Callable[..., Any]) -> Callable[..., Any]:
    """Take the folder of an assignment."""
    return click.argument("assignment", type=FOLDER)(function)


def gradebook_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Take the folder in which the gradebook lies."""
    text = "Folder of the gradebook, the feedback pages and the CSV files."
    return click.option("--gradebook", type=FOLDER, default=Path("gradebook"), show_default=True, help=text)(function)


def json_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Take whether a program will read the answer."""
    return click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")(function)


def tier_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Take the least protection that is accepted."""
    tiers = click.Choice(["full", "reduced", "none"])
    text = "The least protection to accept. Less than full must be named here; the grades say so."
    return click.option("--accept-tier", type=tiers, default="full", show_default=True, help=text)(function)


def device_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Take where functions with an input called `device` train."""
    devices = click.Choice(["cpu", "cuda"])
    text = "Where functions train that have an input called `device`."
    return click.option("--device", type=devices, default="cpu", show_default=True, help=text)(function)


def seed_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Take the seed of a run."""
    text = "Seed of all hidden cases; random and remembered if not given."
    return click.option("--seed", type=click.IntRange(min=0), default=None, help=text)(function)
