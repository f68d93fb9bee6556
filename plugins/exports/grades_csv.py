"""The class as a table: `grades.csv`, a row for each student, for a spreadsheet or the university's own system."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

from autograder.hookspecs import hookimpl
from plugins.exports import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from autograder.grade import GradeRecord

BEFORE = ("student", "file", "points", "judged_out_of", "total", "complete")
AFTER = ("overridden", "problem", "variant", "seed", "tier", "graded_at")

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
# Also after what some spreadsheet takes for the end of a cell, and in the wide forms that some take for a sign.
_FORMULA = re.compile(r"(^|[;,|])(?=[\s\"']*[=+\-@＝＋－＠])")  # noqa: RUF001 - the wide forms are meant


@hookimpl
def run_finished(records: list[GradeRecord], folder: Path) -> None:
    """Write `grades.csv` into the assignment's folder."""
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / "grades.csv", table(records))


def table(records: Iterable[GradeRecord]) -> str:
    """Return the records as CSV, with a column for each task that any of them has."""
    records = list(records)
    tasks = list(dict.fromkeys(result.task for record in records for result in record.grade.results))
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow([*BEFORE, *map(_text, tasks), *AFTER])
    writer.writerows(_row(record, tasks) for record in records)
    return file.getvalue()


def _row(record: GradeRecord, tasks: list[str]) -> list[str]:
    points = _task_points(record)
    return [
        _text(record.student),
        _text(record.file),
        # A file that could not be graded has no points yet, which is not the same as none.
        "" if record.grade.problem else _number(record.points),
        _number(record.judged_out_of),
        _number(record.total),
        "yes" if record.complete else "no",
        *(_number(points[task]) if task in points else "" for task in tasks),
        _text(" ".join(override.task for override in record.overrides)),
        _text(record.grade.problem),
        _text(record.stamp.variant),
        str(record.stamp.seed),
        _text(record.stamp.tier),
        _text(record.graded_at),
    ]


def _task_points(record: GradeRecord) -> dict[str, float]:
    """Return points by task, without the tasks that wait for a person."""
    points: dict[str, float] = {}
    for result in record.grade.results:
        points[result.task] = points.get(result.task, 0) + result.points
    points |= {override.task: override.points for override in record.overrides}
    return {task: value for task, value in points.items() if task not in record.waiting}


def _number(value: float) -> str:
    return f"{round(value, 6):.15g}"


def _text(value: str) -> str:
    """Return text that no spreadsheet takes for a formula: an apostrophe says that text follows."""
    return _FORMULA.sub(r"\1'", _CONTROL.sub(" ", value))
