"""The reports that are kept: a file of numbers for each assignment, and one page with the table of all."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from autograder.selftest.report import Report

BEGIN, END = "<!-- what gradmark selftest wrote -->", "<!-- the end of it -->"
HEAD = (
    "task", "slips failed", "slips named", "inputs", "slips made", "mutants", "differ", "killed", "named", "wrongly",
    "answers right", "verdicts", "flips",
)  # fmt: skip
COURSE_HEAD = (
    "assignment", "tasks", "slips named", "mutants killed", "causes named", "wrongly", "answers right", "flips",
    "seconds for a submission",
)  # fmt: skip


def write_report(report: Report, folder: Path) -> None:
    """Write one report into a folder, and the table of all that lie there into the page beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(report.as_plain(), indent=2)
    (folder / f"{report.assignment}.json").write_text(text + "\n", encoding="utf-8")
    page = folder.with_suffix(".md")
    known = page.read_text(encoding="utf-8") if page.exists() else f"{BEGIN}\n{END}\n"
    before, _, rest = known.partition(BEGIN)
    after = rest.partition(END)[2]
    plain = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]
    sections = (line for each in plain for line in _section(each))
    table = "\n".join([*_course(plain), *sections])
    page.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", encoding="utf-8")


def _course(reports: list[dict[str, Any]]) -> Iterator[str]:
    yield f"\n| {' | '.join(COURSE_HEAD)} |"
    yield f"|---{'|--:' * (len(COURSE_HEAD) - 1)}|"
    for report in reports:
        total, seconds = report["total"], report["submission_seconds"]
        cells = (
            report["assignment"],
            len(report["tasks"]),
            f"{total['slips_named']} of {total['slips']}",
            f"{total['killed']} of {total['differing']}",
            total["named"],
            total["wrong"],
            f"{total['answers_right']} of {total['answers']}",
            total["flips"],
            f"{seconds:g}" if seconds else "-",
        )
        yield f"| {' | '.join(map(str, cells))} |"


def _section(report: dict[str, Any]) -> Iterator[str]:
    seeds = report["seeds"]
    yield f"\n### {report['assignment']}\n"
    yield (
        f"{seeds['quick']} seeds, {seeds['trained']} for checks that train; commit {report['commit'] or 'unknown'}; "
        f"{report['machine']}; {report['seconds']:g} seconds; {report['tried']} findings, {report['wrong']} wrong.\n"
    )
    yield f"| {' | '.join(HEAD)} |"
    yield f"|---{'|--:' * (len(HEAD) - 1)}|"
    for task, numbers in (*report["tasks"].items(), ("together", report["total"])):
        yield f"| {task} | {' | '.join(_cells(numbers))} |"
    for words in report["survivors"]:
        yield f"\nSurvives: `{words}`"
    for words in report["misnamed"]:
        yield f"\nMisnamed: `{words}`"
    for finding in report["findings"]:
        yield f"\nWrong: {finding['subject']}: {finding['words']}"


def _cells(numbers: dict[str, int]) -> Iterator[str]:
    yield f"{numbers['slips_failed']} of {numbers['slips']}"
    yield from (
        str(numbers[each])
        for each in ("slips_named", "inputs", "slips_made", "mutants", "differing", "killed", "named", "wrong")
    )
    yield f"{numbers['answers_right']} of {numbers['answers']}"
    yield from (str(numbers[each]) for each in ("verdicts", "flips"))
