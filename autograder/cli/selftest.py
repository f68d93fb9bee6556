"""`gradmark selftest`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from autograder.cli.course import load
from autograder.cli.options import FOLDER, json_option, tier_option
from autograder.cli.words import console
from autograder.errors import AssignmentError
from autograder.sandbox.sandbox import open_sandbox
from autograder.sandbox.tiers import Tier
from autograder.selftest.page import write_report
from autograder.selftest.selftest import SelfTest
from autograder.selftest.trial import Trial
from autograder.selftest.verdicts import Seeds
from autograder.staging import staged

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Self

    from autograder.selftest.report import Numbers, Report

USUAL, LONG = Seeds(quick=3, trained=1), Seeds(quick=200, trained=20)
COLUMNS = (
    "task", "slips\nfailed", "\nnamed", "mutants\nmade", "\ndiffer", "\nkilled", "\nnamed", "\nwrong", "other\nright",
    "\nflips",
)  # fmt: skip


@click.command()
@click.argument("folder", type=FOLDER)
@click.option("--seeds", type=click.IntRange(min=1), help=f"How many seeds to try.  [default: {USUAL.quick}]")
@click.option(
    "--trained-seeds",
    type=click.IntRange(min=1),
    help=f"How many seeds to try with checks that train.  [default: {USUAL.trained}]",
)
@click.option(
    "--long", "is_long", is_flag=True, help=f"Try {LONG.quick} seeds, and {LONG.trained} with checks that train."
)
@click.option("--task", "only", help="Try this task alone, without the notebooks, while you write it.")
@click.option("--report", type=FOLDER, help="Write the report into this folder, as JSON and as a table.")
@tier_option
@json_option
def command(
    folder: Path,
    seeds: int | None,
    trained_seeds: int | None,
    is_long: bool,
    only: str | None,
    report: Path | None,
    accept_tier: str,
    as_json: bool,
) -> int:
    """Grade the grader of the assignment in FOLDER, or of every assignment in it.

    Its solution and other right answers must earn everything, an empty handout nothing; every known mistake must fail
    and be named, automatic mutants of the solution must be killed, and no verdict may depend on the seed.

    Exit status: 0 when all came out as it must, 1 when something did not, 2 on wrong usage.
    """
    if only is not None and report is not None:
        raise click.UsageError("a report is of a whole assignment: leave out --task or --report")
    usual = LONG if is_long else USUAL
    wanted = Seeds(seeds or usual.quick, trained_seeds or usual.trained)
    reports = []
    for each in _assignments(folder):
        reports.append(_tried(each, only, wanted, Tier(accept_tier), silent=as_json))
        if not as_json:
            _print(reports[-1])
        if report is not None:
            write_report(reports[-1], report)
    if as_json:
        plain = [each.as_plain() for each in reports]
        click.echo(json.dumps({"wrong": sum(each.wrong for each in reports), "assignments": plain}))
    return 1 if any(each.wrong for each in reports) else 0


def _assignments(folder: Path) -> list[Path]:
    if (folder / "assignment.toml").is_file():
        return [folder]
    found = sorted(path.parent for path in folder.glob("*/assignment.toml"))
    if not found:
        raise AssignmentError(f"{folder} is not an assignment, and holds none: there is no assignment.toml")
    return found


def _tried(folder: Path, only: str | None, seeds: Seeds, tier: Tier, *, silent: bool) -> Report:
    loaded = load(folder)
    trial = Trial(loaded.assignment, loaded.solution, loaded.registry, only)
    with (
        staged(loaded.assignment, loaded.registry) as stage,
        open_sandbox(stage, loaded.assignment.limits, accept=tier) as sandbox,
        _Steps(loaded.assignment.name, silent=silent) as steps,
    ):
        return SelfTest(trial, seeds, steps.told).report(sandbox)


class _Steps:
    """Shows on a terminal how far each step is."""

    def __init__(self, title: str, *, silent: bool) -> None:
        shown = console(stderr=True, quiet=silent)
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
        # Without a thread of its own: while one runs, this process could not be forked safely.
        self.progress = Progress(
            *columns, console=shown, transient=True, auto_refresh=False, disable=not shown.is_terminal
        )
        self.title = title
        self.steps: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self.progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.progress.stop()

    def told(self, step: str, done: int, total: int) -> None:
        """Show how much of a step is done."""
        if step not in self.steps:
            self.steps[step] = self.progress.add_task(f"{self.title}: {step}", total=total)
        self.progress.update(self.steps[step], completed=done, refresh=True)


def _print(report: Report) -> None:
    out = console()
    table = Table(
        *COLUMNS, title=report.assignment, title_justify="left", box=None, header_style="dim", padding=(0, 1, 0, 0)
    )
    for column in table.columns[1:]:
        column.justify = "right"
    for name, numbers in (*report.tasks.items(), ("together", report.total)):
        table.add_row(name, *_cells(numbers), style="bold" if name == "together" else "")
    console(soft_wrap=False).print(table)
    for finding in report.findings:
        if not finding.right:
            out.print(Text.assemble(("WRONG", "bold red"), f"  {finding.subject}  {finding.words}"))
    for mark, each in (("survives", report.survivors), ("misnamed", report.misnamed)):
        for words in each:
            out.print(Text.assemble((mark, "yellow"), f"  {words}"))
    click.echo(f"{len(report.findings)} findings, {report.wrong} wrong")
    console(stderr=True).print(f"{report.seconds:g} seconds", style="dim")


def _cells(numbers: Numbers) -> list[str]:
    slips = f"{numbers.slips_failed}/{numbers.slips}", numbers.slips_named
    mutants = numbers.mutants, numbers.differing, numbers.killed, numbers.named, numbers.wrong
    answers = f"{numbers.answers_right}/{numbers.answers}"
    return [str(each) for each in (*slips, *mutants, answers, numbers.flips)]
