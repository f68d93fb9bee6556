"""Grades in words, tables and JSON."""

from __future__ import annotations

import re
from dataclasses import asdict
from statistics import median
from textwrap import indent
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rich.console import ConsoleOptions, RenderableType

    from autograder.grade import CheckResult, GradeRecord
    from autograder.submission import HandedIn

UNSAFE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
MARGIN = " " * 9
"""Before each line of a message, so that no line of an error's text looks like another verdict."""
STYLES = {"passed": "green", "failed": "red", "broken": "magenta", "unjudged": "yellow"}


class SafeConsole(Console):
    """A console on which students' words are nothing but words: none of them is a command to the terminal."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterator[Segment]:
        """Give the pieces that will be written, without control characters, half characters and turns of direction."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(UNSAFE.sub("\ufffd", segment.text), segment.style)


def console(**how: bool) -> Console:
    """Return the console that people read."""
    return SafeConsole(highlight=False, **({"soft_wrap": True} | how))  # type: ignore[arg-type]


def one_line(text: str) -> str:
    """Return a name as it may stand in a line: a line break in it would forge another line."""
    return " ".join(text.splitlines())


def score(record: GradeRecord) -> str:
    """Return a grade in a few words."""
    if record.grade.problem:
        return f"not graded: {one_line(record.grade.problem)}"
    words = f"{record.points:g} of {record.total:g}"
    return words if record.complete else f"{words}, incomplete: {record.grade.judged_out_of:g} points could be judged"


def state(record: GradeRecord) -> Text:
    """Return whether a grade is complete."""
    if record.grade.problem:
        return Text("not graded", style="magenta")
    return Text("graded", style="green") if record.complete else Text("incomplete", style="yellow")


def print_summary(records: list[GradeRecord], handed_in: HandedIn, folder: Path, book: Path) -> None:
    """Print the class's grades, what could not be graded and why, and where everything lies."""
    out = console()
    tasks = list(dict.fromkeys(result.task for record in records for result in record.grade.results))
    numbers = [str(number) for number in range(1, len(tasks) + 1)]
    table = Table("student", *numbers, "points", box=None, padding=(0, 1), header_style="dim")
    for record in records:
        cells = [_task_cell(record, task) for task in tasks]
        table.add_row(
            Text(one_line(record.student)),
            *cells,
            Text(f"{record.points:g}", style="bold" if record.complete else "yellow"),
        )
    console(soft_wrap=False).print(table)
    out.print(", ".join(f"{number} {task}" for number, task in zip(numbers, tasks, strict=True)), style="dim")
    for record in records:
        if not record.complete:
            out.print(Text(f"{one_line(record.student)}: {score(record)}", style="yellow"))
    for name in handed_in.left_out:
        out.print(Text(f"left out, neither notebook nor Python file: {one_line(name)}", style="yellow"))
    out.print(_class_words(records))
    out.print(f"gradebook  {book}\nfeedback   {folder / 'feedback'}\ngrades     {folder / 'grades.csv'}", markup=False)


def _task_cell(record: GradeRecord, task: str) -> Text:
    results = [result for result in record.grade.results if result.task == task]
    if not results:
        return Text("-", style="dim")
    points, out_of = sum(each.points for each in results), sum(each.out_of for each in results)
    style = "green" if points == out_of else "red" if points == 0 else "yellow"
    return Text(f"{points:g}/{out_of:g}", style=style)


def _class_words(records: list[GradeRecord]) -> str:
    complete = [record.points for record in records if record.complete]
    if not complete:
        return f"{len(records)} submissions, none with a complete grade."
    total = records[0].total
    middle = f"median {median(complete):g} of {total:g}, from {min(complete):g} to {max(complete):g}"
    return f"{len(records)} submissions, {len(complete)} with a complete grade; {middle}."


def print_results(results: tuple[CheckResult, ...]) -> None:
    """Print every check's verdict with what the student reads."""
    out = console()
    for result in results:
        verdict = result.verdict
        head = Text(f"{verdict.outcome:8}", style=STYLES[verdict.outcome])
        out.print(Text.assemble(head, f" {result.points:g}/{result.out_of:g}  {result.task} · {result.check}"))
        out.print(Text(indent(verdict.message, MARGIN, predicate=lambda _: True)))
        if verdict.hint:
            out.print(Text(indent(verdict.hint, MARGIN), style="cyan"))


def as_plain(record: GradeRecord) -> dict[str, Any]:
    """Return a record for JSON, without the executed notebook and what only the grading of later tasks needs."""
    plain = asdict(record)
    plain["grade"].pop("cells")
    for result in plain["grade"]["results"]:
        result["verdict"].pop("looked_at")
    return plain | {"points": record.points, "complete": record.complete}
