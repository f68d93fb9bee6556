"""What a student sees: verdicts as a table in a notebook, as text in a terminal; nothing is told by colour alone."""

from __future__ import annotations

import sys
import textwrap
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from autograder.conversation import Evidence, Verdict
    from autograder.grade import CheckResult

WIDTH = 96
SHOWN = 1000
OUTCOMES = {"passed": "Passed", "failed": "Failed", "broken": "Waits for a person", "unjudged": "Not judged yet"}
MARKS = {"passed": "✓", "failed": "✗"}
CARRIED = "An earlier part of yours differs from what was expected, so this was judged with that part as you wrote it."
PRINTED = "Your function printed, which costs nothing:"
CELL = "text-align:left;vertical-align:top;white-space:pre-wrap"


@dataclass(frozen=True)
class Report:
    """The verdicts on one task."""

    task: str
    results: Sequence[CheckResult]
    printed: str = ""
    remarks: tuple[str, ...] = ()

    @property
    def heading(self) -> str:
        """The task with its points, and what they rest on."""
        judged = [each for each in self.results if each.verdict.outcome != "unjudged"]
        points, out_of = (sum(getattr(each, name) for each in judged) for name in ("points", "out_of"))
        later = sum(each.out_of for each in self.results) - out_of
        if not judged:
            return f"{self.task}: {later:g} points, all of them still open"
        still_open = f", {later:g} still open" if later else ""
        return f"{self.task}: {points:g} of {out_of:g} points on the public cases{still_open}"

    def __repr__(self) -> str:
        """Return the report as text for a terminal."""
        lines = [self.heading, *(f"  {remark}" for remark in self.remarks)]
        for result in self.results:
            mark = MARKS.get(result.verdict.outcome, "…")
            lines.append(f"  {mark} {OUTCOMES[result.verdict.outcome]}: {result.title} ({_points(result)})")
            lines.extend(_wrapped(f"{name}: {text}" if name else text, 6) for name, text in said(result.verdict))
        if self.printed:
            lines += [f"  {PRINTED}", textwrap.indent(_cut(self.printed), "      ")]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        rows = "".join(_row(result) for result in self.results)
        remarks = "".join(f"<p>{escape(remark)}</p>" for remark in self.remarks)
        printed = f"<p>{PRINTED}</p><pre>{escape(_cut(self.printed))}</pre>" if self.printed else ""
        head = "".join(f'<th scope="col" style="{CELL}">{name}</th>' for name in ("Verdict", "Points", "Check"))
        caption = f'<caption style="text-align:left"><b>{escape(self.heading)}</b></caption>'
        return f"{remarks}<table>{caption}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{printed}"


@dataclass(frozen=True)
class Notice:
    """A heading with lines below it; a line that begins with ✗ is something to mend."""

    heading: str
    lines: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Return the notice as text for a terminal."""
        return "\n".join([self.heading, *(_wrapped(line, 2) for line in self.lines if line)])

    def _repr_html_(self) -> str:
        items = "".join(f'<li style="{CELL}">{escape(line)}</li>' for line in self.lines if line)
        return f'<p><b>{escape(self.heading)}</b></p><ul style="list-style:none;padding-left:1em">{items}</ul>'


def show(report: Report | Notice) -> None:
    """Show a report where the student is: in the notebook if there is one, else in the terminal."""
    ipython = sys.modules.get("IPython")
    if ipython is not None and ipython.get_ipython() is not None:
        ipython.display.display(report)
    else:
        encoding = sys.stdout.encoding or "utf-8"
        print(repr(report).encode(encoding, "replace").decode(encoding))


def said(verdict: Verdict) -> Iterator[tuple[str, str]]:
    """Yield what there is to read on a verdict, with the name of each part."""
    yield "", verdict.message
    if verdict.hint:
        yield "A known slip" if verdict.slip else "Likely cause" if verdict.cause else "Hint", verdict.hint
    if verdict.carried_forward:
        yield "Carried forward", CARRIED
    if verdict.evidence is not None:
        rows = _rows(verdict.evidence)
        yield from ((name, _cut(text)) for name, text in rows if text and text not in verdict.message)


def _rows(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Yield what a verdict rests on, by the names that the feedback page uses."""
    yield "Called", evidence.called
    yield "Smallest failing case", evidence.case
    yield "Where", evidence.where
    yield "Got", evidence.got
    yield "Expected", evidence.expected
    yield "Relative error", _number(evidence.relative_error)
    yield "Limit", _number(evidence.limit)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.0e}"


def _points(result: CheckResult) -> str:
    if result.verdict.outcome in ("passed", "failed"):
        return f"{result.points:g} of {result.out_of:g}"
    return f"{result.out_of:g} still open"


def _row(result: CheckResult) -> str:
    outcome = result.verdict.outcome
    parts = "".join(_part(name, text) for name, text in said(result.verdict) if text)
    cells = (f"{MARKS.get(outcome, '…')} {OUTCOMES[outcome]}", _points(result))
    first = "".join(f'<td style="{CELL};white-space:nowrap">{escape(text)}</td>' for text in cells)
    return f'<tr>{first}<td style="{CELL}"><b>{escape(result.title)}</b>{parts}</td></tr>'


def _part(name: str, text: str) -> str:
    lead = f"<i>{escape(name)}:</i> " if name else ""
    return f"<div>{lead}{escape(text)}</div>"


def _wrapped(text: str, indent: int) -> str:
    pad = " " * indent
    lines = (textwrap.fill(line, WIDTH, initial_indent=pad, subsequent_indent=pad + "  ") for line in text.splitlines())
    return "\n".join(lines)


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]} …"
