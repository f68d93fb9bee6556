"""The class as a table that a spreadsheet shows and never runs."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import pluggy
import pytest

from autograder import hookspecs
from autograder.conversation import Verdict
from autograder.grade import CheckResult, Grade, GradeRecord, Override, Stamp
from plugins.exports import grades_csv
from plugins.exports.grades_csv import table

if TYPE_CHECKING:
    from pathlib import Path

    from autograder.conversation import Outcome


def result(task: str, points: float, outcome: Outcome = "passed") -> CheckResult:
    return CheckResult(task, "values", "Values agree", points, 2.0, Verdict(outcome, ""))


def record(
    *results: CheckResult, student: str = "ada", problem: str = "", overrides: tuple[Override, ...] = ()
) -> GradeRecord:
    stamp = Stamp("rnn", "a1", "v", 2**90, "full")
    return GradeRecord(
        student, "ada.ipynb", "d", stamp, "t", 4.0, Grade(results, problem=problem), "2025-11-21", overrides
    )


def read(*records: GradeRecord) -> list[dict[str, Any]]:
    return list(csv.DictReader(io.StringIO(table(records), newline="")))


def test_a_row_says_who_got_what_for_each_task() -> None:
    [row] = read(record(result("cell", 2), result("rnn", 0.5)))
    assert row == {
        "student": "ada", "file": "ada.ipynb", "points": "2.5", "judged_out_of": "4", "total": "4", "complete": "yes",
        "cell": "2", "rnn": "0.5", "overridden": "", "problem": "", "variant": "", "seed": str(2**90), "tier": "full",
        "graded_at": "2025-11-21",
    }  # fmt: skip


def test_a_task_that_waits_for_a_person_is_empty_and_not_zero() -> None:
    [row] = read(record(result("cell", 2), result("rnn", 0, "broken"), result("rnn", 2)))
    assert (row["rnn"], row["complete"], row["judged_out_of"]) == ("", "no", "4")


def test_an_override_takes_the_place_of_what_the_checks_found() -> None:
    [row] = read(record(result("cell", 0, "unjudged"), overrides=(Override("cell", 1.5, "fair", "curie", "now"),)))
    assert (row["cell"], row["points"], row["judged_out_of"]) == ("1.5", "1.5", "2")
    assert (row["overridden"], row["complete"]) == ("cell", "yes")


def test_a_file_that_could_not_be_graded_has_a_problem_and_no_points() -> None:
    [row, _] = read(record(problem="this is no notebook"), record(result("cell", 1), student="bob"))
    assert (row["points"], row["cell"], row["problem"], row["complete"]) == ("", "", "this is no notebook", "no")


@pytest.mark.parametrize(
    "attack",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "a;=1", "a,=1", 'a,"=1', "x\n=1", "＝1", "\0=1"],  # noqa: RUF001
)
def test_no_cell_begins_a_formula_however_a_spreadsheet_splits_the_line(attack: str) -> None:
    text = table([record(result(attack, 1), student=attack, problem=attack)])
    for delimiter in ",;|\t":
        for row in csv.reader(io.StringIO(text.replace('"', ""), newline=""), delimiter=delimiter):
            assert [cell for cell in row if cell.strip().startswith(("=", "+", "-", "@", "＝"))] == []  # noqa: RUF001


def test_ordinary_names_are_left_alone() -> None:
    [row] = read(record(result("lstm_forward", 1), student="Łukasz O'Neil-Meyer (2)"))
    assert row["student"] == "Łukasz O'Neil-Meyer (2)"
    assert "lstm_forward" in row


def test_run_finished_writes_the_file_whole_in_the_place_of_the_former_one(tmp_path: Path) -> None:
    manager = pluggy.PluginManager("gradmark")
    manager.add_hookspecs(hookspecs)
    manager.register(grades_csv)
    for graded in (record(result("cell", 1)), record(result("cell", 2), student="\udc80")):
        manager.hook.run_finished(records=[graded], folder=tmp_path / "rnn")
    assert [path.name for path in (tmp_path / "rnn").iterdir()] == ["grades.csv"]
    [row] = csv.DictReader(io.StringIO((tmp_path / "rnn" / "grades.csv").read_text(encoding="utf-8")))
    assert (row["student"], row["cell"]) == ("?", "2")
