"""What a feedback page says, in the order in which it is read; `page.html.j2` says how it is laid out."""

from __future__ import annotations

import base64
import hashlib
import math
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from plugins.exports.markup import Room, shown, sound, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from autograder.conversation import Evidence
    from autograder.grade import CheckResult, ExecutedCell, GradeRecord, Override

_HERE = Path(__file__).parent
_LONGEST_VALUE = 2_000
_OPENINGS = (
    (1, "All the points are yours. Well done!"),
    (0.8, "Very nearly there: only a little is left to put right."),
    (0.4, "A good part of this works. What is left is shown below, each with the smallest case that fails."),
    (1e-9, "This is a start. One mistake often stops many checks, so begin with the first that failed."),
    (-math.inf, "No check has passed yet. One mistake often stops them all, so begin with the first below."),
)

OUTCOMES = {
    "passed": "Passed",
    "failed": "Failed",
    "broken": "Waits for a person",
    "unjudged": "Not judged yet",
}


@dataclass(frozen=True)
class CheckView:
    """A check's result with the anchor under which the page shows it."""

    anchor: str
    result: CheckResult

    @property
    def outcome(self) -> str:
        """The verdict in a word or two."""
        return OUTCOMES[self.result.verdict.outcome]

    @property
    def judged(self) -> bool:
        """Whether the check came to a verdict."""
        return self.result.verdict.outcome in {"passed", "failed"}

    @property
    def score(self) -> str:
        """The points; those of a check that waits are open, which is not the same as none."""
        out_of = _points(self.result.out_of)
        return f"{_points(self.result.points)} of {out_of}" if self.judged else f"{out_of} open"


@dataclass(frozen=True)
class TaskView:
    """A task with its checks, where its function is, and what a person decided."""

    name: str
    anchor: str
    checks: tuple[CheckView, ...]
    cell: int | None
    override: Override | None

    @property
    def score(self) -> str:
        """The points that count, of those that are decided."""
        if self.override:
            return f"{_points(self.override.points)} of {_points(self._out_of(self.checks))}"
        judged = [check for check in self.checks if check.judged]
        points = f"{_points(sum(check.result.points for check in judged))} of {_points(self._out_of(judged))}"
        return points if len(judged) == len(self.checks) else f"{points} so far" if judged else "open"

    @property
    def state(self) -> str:
        """How the task stands, as the name of a look."""
        outcomes = {check.result.verdict.outcome for check in self.checks}
        if self.override:
            return "decided"
        if outcomes & {"broken", "unjudged"}:
            return "waits"
        return "failed" if "failed" in outcomes else "passed"

    @property
    def summary(self) -> str:
        """How the checks went, in words."""
        if self.override:
            return "Decided by a person"
        failed = sum(check.result.verdict.outcome == "failed" for check in self.checks)
        waiting = sum(not check.judged for check in self.checks)
        counts = ((failed, "failed"), (waiting, "waiting"))
        return ", ".join(f"{number} of {len(self.checks)} {word}" for number, word in counts if number) or "Passed"

    @staticmethod
    def _out_of(checks: Iterable[CheckView]) -> float:
        return sum(check.result.out_of for check in checks)


@dataclass(frozen=True)
class CellView:
    """A cell of the notebook as it ran, ready to be shown, with the tasks whose functions it defines.

    Code is numbered as Jupyter numbers it, and as tracebacks and remarks name it; text has no number.
    """

    number: int | None
    cell: ExecutedCell
    body: Markup
    outputs: tuple[Markup, ...]
    tasks: tuple[TaskView, ...]


def page(record: GradeRecord) -> str:
    """Return the whole page as HTML."""
    tasks = _tasks(record)
    template, style, style_hash = _template()
    return template.render(
        record=record, grade=record.grade, stamp=record.stamp, opening=opening(record), tasks=tasks,
        cells=list(_cells(record, tasks)), style=style, style_hash=style_hash,
    )  # fmt: skip


def opening(record: GradeRecord) -> str:
    """Return the first line that a student reads."""
    if record.grade.problem:
        return "This file could not be graded. That is not a zero: it waits for a person to look at it."
    if not record.complete:
        return "Part of your work is judged, and the rest waits for a person."
    share = record.points / record.total if record.total else 1
    return next(sentence for least, sentence in _OPENINGS if share >= least)


def evidence_rows(evidence: Evidence) -> list[tuple[str, str]]:
    """Return what a verdict rests on, as the rows of a table; what is not known has none."""
    rows = [
        ("Called", evidence.called),
        ("Smallest failing case", evidence.case),
        ("Where", evidence.where),
        ("Got", evidence.got),
        ("Expected", evidence.expected),
        ("Relative error", _error(evidence)),
    ]
    return [(name, _short(value)) for name, value in rows if value]


def breakable(name: str) -> Markup:
    """Return a name that a narrow column may break where its words end."""
    return Markup("_<wbr>").join(sound(name).split("_"))


def _error(evidence: Evidence) -> str:
    if evidence.relative_error is None:
        return ""
    limit = "" if evidence.limit is None else f", where the limit is {evidence.limit:.2g}"
    return f"{evidence.relative_error:.2g}{limit}"


def _short(value: str) -> str:
    return value if len(value) <= _LONGEST_VALUE else f"{value[:_LONGEST_VALUE]} …"


def _points(value: float) -> str:
    return f"{round(value, 2):.12g}"


def _tasks(record: GradeRecord) -> list[TaskView]:
    overrides = {override.task: override for override in record.overrides}
    defined = {name: number for number, cell in _numbered(record.grade.cells) for name in cell.defines}
    by_task: dict[str, list[CheckResult]] = {}
    for result in record.grade.results:
        by_task.setdefault(result.task, []).append(result)
    return [
        TaskView(
            name,
            f"task-{number}",
            tuple(CheckView(f"check-{number}-{i}", result) for i, result in enumerate(results, start=1)),
            defined.get(name),
            overrides.get(name),
        )
        for number, (name, results) in enumerate(by_task.items(), start=1)
    ]


def _cells(record: GradeRecord, tasks: list[TaskView]) -> Iterator[CellView]:
    room = Room()
    for number, cell in _numbered(record.grade.cells):
        body = room.markdown(cell.source) if cell.kind == "markdown" else room.preformatted(cell.source)
        outputs = () if number is None else tuple(filter(None, shown(cell.outputs, number, room)))
        yield CellView(number, cell, body, outputs, tuple(task for task in tasks if number and task.cell == number))


def _numbered(cells: Iterable[ExecutedCell]) -> Iterator[tuple[int | None, ExecutedCell]]:
    numbers = count(1)
    return ((next(numbers) if cell.kind == "code" else None, cell) for cell in cells)


@cache
def _template() -> tuple[Template, Markup, str]:
    """Return the compiled template, the style, and the hash by which the page's policy knows the style."""
    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, finalize=lambda value: sound(value) if type(value) is str else value,
    )  # fmt: skip
    environment.filters.update(words=words, points=_points, breakable=breakable, evidence_rows=evidence_rows)
    style = (_HERE / "page.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    return environment.get_template("page.html.j2"), Markup(style), digest  # noqa: S704 - the style is ours
