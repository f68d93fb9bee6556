"""The gradebook keeps every grade, whole, and says so when it cannot."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from autograder.conversation import Evidence, Verdict
from autograder.errors import GradebookError
from autograder.grade import CheckResult, ExecutedCell, Grade, GradeRecord, Stamp
from autograder.gradebook import Gradebook

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STAMP = Stamp("rnn", "a1", "gradmark 0.1", 2**100 + 1, "full")
HOSTILE = ["\udc80.ipynb", "a\0b", "\ude00\ud83d", "'; DROP TABLE grade; --", "é 漢 \U0001f600", "\r\n\t\x1b[31m", ""]
WRITER = """
import sys
from pathlib import Path
from autograder.gradebook import Gradebook
from autograder.grade import ExecutedCell, Grade, GradeRecord, Stamp

with Gradebook.open(Path(sys.argv[1]), write=True) as book:
    for number in range(int(sys.argv[2])):
        cells = (ExecutedCell("code", "x" * 10_000),)
        stamp = Stamp("rnn", "a1", "v", 7, "full")
        book.save(GradeRecord(f"s{number}", "f", "d", stamp, "t", 1.0, Grade(cells=cells), "now"))
        print(number, flush=True)
    sys.stdin.read()
"""


def result(task: str = "cell", check: str = "values", points: float = 2.0, **verdict: Any) -> CheckResult:
    said = {"outcome": "passed", "message": "agrees"} | verdict
    return CheckResult(task, check, "Values agree", points, 2.0, Verdict(**said))


def record(
    student: str = "ada", *, digest: str = "d1", stamp: Stamp = STAMP, grade: Grade | None = None
) -> GradeRecord:
    grade = grade or Grade((result(), result("rnn")))
    return GradeRecord(student, f"{student}.ipynb", digest, stamp, "Recurrent", 4.0, grade, "2025-11-21T09:00:00+00:00")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "class" / "grades.sqlite"


@pytest.fixture
def book(path: Path) -> Iterator[Gradebook]:
    with Gradebook.open(path, write=True) as book:
        yield book


def rows(path: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


@pytest.mark.parametrize("text", HOSTILE)
def test_a_grade_comes_back_as_it_was_whatever_its_strings_hold(book: Gradebook, text: str) -> None:
    evidence = Evidence(text, text, text, text, text, 0.1 + 0.2, 1e-300)
    verdict = result(text, text, outcome="failed", message=text, hint=text, slip=text, cause=text, evidence=evidence)
    output = {
        "output_type": "stream",
        "name": text,
        "text": [text, text],
        "metadata": {text: {"deep": [None, True, 2**70]}},
    }
    cell = ExecutedCell("code", text, (output,), text, text, (text, "rnn"))
    given = record(text, grade=Grade((verdict,), (cell, cell), (text, text[:1]), text, 1.25))
    book.save(given)
    assert book.find(text, "d1", STAMP) == given


def test_numbers_that_json_has_no_word_for_come_back(book: Gradebook) -> None:
    evidence = Evidence(relative_error=float("nan"), limit=float("inf"))
    cell = ExecutedCell("code", "", ({"n": float("nan"), "m": float("-inf")},))
    book.save(record(grade=Grade((result(evidence=evidence), result()), (cell,))))
    [kept] = book.records()
    assert repr(kept.grade) == repr(Grade((result(evidence=evidence), result()), (cell,)))


def test_evidence_with_odd_numbers_and_strings_can_still_be_queried(book: Gradebook, path: Path) -> None:
    evidence = Evidence(got="\ud800 é", relative_error=float("nan"))
    book.save(record(grade=Grade((result(evidence=evidence),))))
    assert rows(path, "SELECT evidence ->> 'relative_error' FROM verdict") == [("nan",)]


def test_two_halves_of_one_character_come_back_as_halves_or_in_evidence_as_the_character(book: Gradebook) -> None:
    halves = "\ud83d\ude00"
    book.save(record(halves, grade=Grade((result(message=halves, evidence=Evidence(got=halves)),))))
    [kept] = book.records()
    verdict = kept.grade.results[0].verdict
    assert (kept.student, verdict.message, verdict.evidence) == (halves, halves, Evidence(got="\U0001f600"))


def test_what_no_json_can_hold_is_kept_in_words_instead(book: Gradebook) -> None:
    nest: list[Any] = []
    for _ in range(100_000):
        nest = [nest]
    cells = (ExecutedCell("code", "x", ({"data": nest},)), ExecutedCell("code", "y", ({"data": 10**5000},)))
    book.save(record(grade=Grade((result(),), cells)))
    [kept] = book.records()
    assert [(cell.source, cell.outputs) for cell in kept.grade.cells] == [("x", ()), ("y", ())]
    assert "cannot be kept" in kept.grade.cells[0].note


def test_kill_9_in_the_middle_of_a_run_loses_no_saved_grade(path: Path) -> None:
    arguments = [sys.executable, "-c", WRITER, str(path), "1000"]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        said = [writer.stdout.readline() for _ in range(15)]
        os.kill(writer.pid, signal.SIGKILL)
        said += writer.stdout.readlines()
    with Gradebook.open(path, write=True) as book:
        kept = {record.student: record for record in book.records()}
    assert {f"s{number.strip()}" for number in said} <= set(kept)
    assert all(record.grade.cells[0].source == "x" * 10_000 for record in kept.values())


def test_a_second_writer_is_told_who_the_first_is_while_readers_read_on(path: Path) -> None:
    arguments = [sys.executable, "-c", WRITER, str(path), "1"]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        with pytest.raises(GradebookError, match=f"process {writer.pid} is writing"), Gradebook.open(path, write=True):
            pass
        with Gradebook.open(path, write=False) as book:
            assert [record.student for record in book.records()] == ["s0"]
    with Gradebook.open(path, write=True) as book:
        book.save(record())


def test_a_reader_cannot_write(path: Path, book: Gradebook) -> None:
    with Gradebook.open(path, write=False) as reader, pytest.raises(GradebookError, match="readonly"):
        reader.save(record())
    assert book.records() == []


def test_a_reader_sees_a_grade_as_soon_as_it_is_saved(path: Path, book: Gradebook) -> None:
    with Gradebook.open(path, write=False) as reader:
        assert reader.records() == []
        book.save(record())
        assert reader.records() == [record()]


def test_a_gradebook_that_is_not_there_cannot_be_read(path: Path) -> None:
    with pytest.raises(GradebookError, match="no gradebook here"), Gradebook.open(path, write=False):
        pass
    assert not path.exists()


@pytest.mark.parametrize("write", [True, False])
def test_a_foreign_file_is_refused_and_left_as_it_was(tmp_path: Path, *, write: bool) -> None:
    text, database = tmp_path / "notes.txt", tmp_path / "other.sqlite"
    text.write_text("Dear diary, " * 100)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE mine (x)")
    for path in (text, database):
        before = path.read_bytes()
        with pytest.raises(GradebookError, match=r"gradebook.*another file"), Gradebook.open(path, write=write):
            pass
        assert path.read_bytes() == before


def test_a_gradebook_of_another_version_is_refused_with_what_to_do(path: Path) -> None:
    with Gradebook.open(path, write=True):
        pass
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with (
        pytest.raises(GradebookError, match=r"version 99.*use the Gradmark that wrote it"),
        Gradebook.open(path, write=False),
    ):
        pass


def test_a_grade_is_found_under_its_very_key_only(book: Gradebook) -> None:
    book.save(record())
    assert book.find("ada", "d1", STAMP) == record()
    assert book.find("bob", "d1", STAMP) is None
    assert book.find("ada", "d2", STAMP) is None
    for other in (
        {"assignment": "x"},
        {"assignment_digest": "x"},
        {"versions": "x"},
        {"seed": 1},
        {"tier": "x"},
        {"device": "x"},
        {"variant": "WINDOW = 3"},
    ):
        assert book.find("ada", "d1", replace(STAMP, **other)) is None


def test_a_later_grade_is_the_current_one_and_the_earlier_one_stays_as_history(book: Gradebook, path: Path) -> None:
    book.save(record(digest="d1"))
    book.save(record(digest="d2"))
    assert [kept.digest for kept in book.records()] == ["d2"]
    assert book.find("ada", "d1", STAMP) is None
    assert rows(path, "SELECT digest, current FROM grade ORDER BY id") == [("d1", 0), ("d2", 1)]


def test_a_grade_that_cannot_be_saved_leaves_the_earlier_one_in_place(book: Gradebook, path: Path) -> None:
    book.save(record(digest="d1"))
    with pytest.raises(GradebookError):
        book.save(record(digest="d2", grade=Grade((result(), result(points=float("nan"))))))
    assert [kept.digest for kept in book.records()] == ["d1"]
    assert rows(path, "SELECT count(*) FROM grade") == [(1,)]


def test_records_are_sorted_by_student_and_chosen_by_assignment_or_student(book: Gradebook) -> None:
    gru = replace(STAMP, assignment="gru")
    for student, stamp in (("zoe", STAMP), ("ada", gru), ("bob", STAMP), ("ada", STAMP)):
        book.save(record(student, stamp=stamp))
    assert [kept.student for kept in book.records("rnn")] == ["ada", "bob", "zoe"]
    assert [kept.student for kept in book.records()] == ["ada", "ada", "bob", "zoe"]
    assert [kept.stamp.assignment for kept in book.records_of("ada")] == ["gru", "rnn"]
    assert book.records_of("nobody") == []


def test_the_seed_of_a_class_is_remembered_for_one_state_of_an_assignment(path: Path) -> None:
    with Gradebook.open(path, write=True) as book:
        assert book.seed_of("rnn", "a1") is None
        book.remember_seed("rnn", "a1", 1)
        book.remember_seed("rnn", "a1", 2**127)
    with Gradebook.open(path, write=False) as book:
        assert book.seed_of("rnn", "a1") == 2**127
        assert book.seed_of("rnn", "a2") is None


def test_verdicts_can_be_queried_in_sql(book: Gradebook, path: Path) -> None:
    book.save(record("ada", grade=Grade((result(outcome="failed", points=0.0, message="dWax is off"),))))
    book.save(record("bob"))
    query = """
        SELECT student, task, check_name, outcome, points, out_of, message
        FROM verdict JOIN grade ON grade.id = grade_id WHERE current AND outcome = 'failed'
    """
    assert rows(path, query) == [("ada", "cell", "values", "failed", 0.0, 2.0, "dWax is off")]


def test_the_latest_override_counts_and_the_earlier_stays(book: Gradebook, path: Path) -> None:
    book.save(record("ada", grade=Grade((result(outcome="broken", points=0.0), result("rnn")))))
    book.override("ada", "rnn", "cell", 2, "first thought", "curie")
    now = book.override("ada", "rnn", "cell", 1.5, "second thought", "curie")
    assert [(override.points, override.why, override.who) for override in now.overrides] == [
        (1.5, "second thought", "curie")
    ]
    assert (now.points, now.complete) == (3.5, True)
    assert book.records() == [now]
    assert rows(path, "SELECT why FROM override ORDER BY id") == [("first thought",), ("second thought",)]


def test_an_override_is_for_one_student_and_survives_a_new_grade(book: Gradebook) -> None:
    book.save(record("ada"))
    book.save(record("bob"))
    book.override("ada", "rnn", "cell", 0, "copied", "curie")
    book.save(record("ada", digest="d2"))
    assert [(kept.student, kept.points) for kept in book.records()] == [("ada", 2.0), ("bob", 4.0)]


def test_an_override_on_a_task_that_a_new_grade_lacks_waits_as_history(book: Gradebook) -> None:
    book.save(record())
    book.override("ada", "rnn", "rnn", 0, "copied", "curie")
    book.save(record(grade=Grade((result("cell"),))))
    assert book.records()[0].overrides == ()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"student": "adda"}, r"no student .*'adda'; did you mean 'ada'\?"),
        ({"student": "q"}, "no student .*'q'; known: ada, bob"),
        ({"assignment": "rn"}, r"no assignment 'rn'; did you mean 'rnn'\?"),
        ({"task": "sell"}, r"no task 'sell'; did you mean 'cell'\?"),
        ({"points": 2.5}, "0 to 2 points, so it cannot be given 2.5"),
        ({"points": -1}, "cannot be given -1"),
        ({"points": float("nan")}, "cannot be given nan"),
        ({"why": " "}, "needs a reason"),
    ],
)
def test_an_override_that_makes_no_sense_says_what_would(book: Gradebook, wrong: dict[str, Any], said: str) -> None:
    book.save(record("ada"))
    book.save(record("bob"))
    decision = {"student": "ada", "assignment": "rnn", "task": "cell", "points": 1, "why": "fair", "who": "curie"}
    with pytest.raises(GradebookError, match=said):
        book.override(**(decision | wrong))
    assert all(kept.overrides == () for kept in book.records())


def test_a_file_that_could_not_be_graded_has_no_task_to_override(book: Gradebook) -> None:
    book.save(record(grade=Grade(problem="this is no notebook")))
    with pytest.raises(GradebookError, match="not graded: this is no notebook"):
        book.override("ada", "rnn", "cell", 1, "fair", "curie")
