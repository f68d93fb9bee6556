"""The sample class: fifty-nine notebooks as students write them, graded by the command, in the sandbox, to the point.

`submissions/recurrent.toml` says what each must earn and why; it was written before anything was graded.
"""

from __future__ import annotations

import csv
import ctypes
import html
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from autograder.assignment import Assignment, load_assignment
from plugins.exports.feedback_page import page_name

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

HERE = Path(__file__).resolve().parent
ASSIGNMENT = HERE.parent / "assignments" / "recurrent"
CLASS = HERE / "submissions" / "recurrent"
FOLDERS = HERE / "submissions" / "folders"
EXPECTED: dict[str, dict[str, Any]] = tomllib.loads(CLASS.with_suffix(".toml").read_text(encoding="utf-8"))
GRADED = [student for student, said in EXPECTED.items() if "problem" not in said]
UNREADABLE = [student for student, said in EXPECTED.items() if "problem" in said]
QUICK = ("hana", "nikolai", "oskar", "otto", "petra", "viktor")
GRADMARK = Path(sys.executable).with_name("gradmark")
SEED = 7
MOODLE = r"(?P<student>[^/_]+?)(_\d+_assignsubmission_file_)?(\.ipynb|\.py)?(/.*)?"
PR_SET_CHILD_SUBREAPER = 36
THERE_BEFORE: set[int] = set()
"""Other tests' sandboxes, which end with the session."""

Plain = dict[str, Any]


class Course:
    """A place for gradebooks and for what a run puts aside, and the command that grades into it."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.aside = place / "aside"
        self.aside.mkdir()

    def start(self, submissions: Path, book: str, *more: str) -> subprocess.Popen[str]:
        options = ["--gradebook", str(self.place / book), "--accept-tier", "reduced", *more]
        return subprocess.Popen(
            [str(GRADMARK), "grade", str(ASSIGNMENT), str(submissions), *options],
            env=os.environ | {"TMPDIR": str(self.aside), "OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def grade(self, submissions: Path, book: str, *more: str, status: int) -> Plain:
        with self.start(submissions, book, "--json", *more) as run:
            answer, errors = run.communicate()
        assert (run.returncode, errors) == (status, "")
        found: Plain = json.loads(answer)
        return found | {"grades": {record["student"]: record for record in found["grades"]}}

    def stop(self, submissions: Path, book: str, number: signal.Signals) -> tuple[int, list[str]]:
        """Stop a run as soon as it has told of a grade; return its exit status, and whose grades it told of."""
        with self.start(submissions, book, "--jobs", "1", "--seed", str(SEED)) as run:
            assert run.stdout is not None
            told = [run.stdout.readline()]
            run.send_signal(number)
            told += run.stdout.readlines()
            status = run.wait(30)
        found = (re.match(r"\d+/\d+ (\w+):", line) for line in told)
        return status, [match[1] for match in found if match]

    def times_graded(self, book: str) -> dict[str, int]:
        with sqlite3.connect(self.place / book / "gradebook.sqlite") as connection:
            return dict(connection.execute("SELECT student, count(*) FROM grade GROUP BY student").fetchall())

    def rows(self, book: str) -> dict[str, dict[str, str]]:
        with (self.place / book / "recurrent" / "grades.csv").open(encoding="utf-8", newline="") as file:
            return {row["student"]: row for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def course() -> Iterator[Course]:
    """A course in a folder of its own; whatever process a run leaves behind becomes a child of this one."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    THERE_BEFORE.update(_children())
    place = Path(tempfile.mkdtemp(prefix="sample-class-"))
    place.chmod(0o755)  # the children of a run reach their boxes through it
    try:
        yield Course(place)
    finally:
        shutil.rmtree(place)
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


@pytest.fixture(scope="module")
def graded(course: Course) -> dict[str, Plain]:
    """The whole class, graded once."""
    grades: dict[str, Plain] = course.grade(CLASS, "class", "--seed", str(SEED), status=1)["grades"]
    return grades


@pytest.fixture(scope="module")
def assignment() -> Assignment:
    return load_assignment(ASSIGNMENT)


@pytest.fixture(scope="module")
def quick(course: Course) -> Path:
    """Six of the class, which take seconds."""
    folder = course.place / "quick"
    folder.mkdir()
    for student in QUICK:
        shutil.copy(CLASS / f"{student}.ipynb", folder)
    return folder


def left_behind() -> list[str]:
    """Wait for the processes of an ended run, and return the command lines of those that do not end."""
    ends = time.monotonic() + 10
    while True:
        new = [pid for pid in _children() if pid not in THERE_BEFORE]
        lines = [line for line in map(_command_line, new) if "gradmark" in line]
        if not lines or time.monotonic() > ends:
            return lines
        time.sleep(0.05)


def _children() -> list[int]:
    return [int(pid) for each in Path("/proc/self/task").glob("*/children") for pid in each.read_text().split()]


def _command_line(pid: int) -> str:
    line = Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
    if not line:
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG)  # it has ended, and has become ours
    return line


def word(verdict: Plain) -> str:
    """One word for a verdict, as the expectations have it."""
    if verdict["outcome"] == "passed":
        return "carried" if verdict["carried_forward"] else "ok"
    return str(verdict["slip"] or "wrong") if verdict["outcome"] == "failed" else str(verdict["outcome"])


def verdicts(record: Plain) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for result in record["grade"]["results"]:
        found.setdefault(result["task"], []).append(word(result["verdict"]))
    return found


def expected_verdicts(student: str, assignment: Assignment) -> dict[str, list[str]]:
    said = {task.function: EXPECTED[student].get(task.function, "ok") for task in assignment.tasks}
    return {
        task.function: [said[task.function]] * len(task.checks)
        if isinstance(said[task.function], str)
        else said[task.function]
        for task in assignment.tasks
    }


# ------------------------------------------------------------------------------------------------------ the expectations


def test_every_file_has_an_expectation_and_every_expectation_a_file() -> None:
    assert sorted(EXPECTED) == sorted(path.stem for path in CLASS.iterdir())


def test_an_expectation_says_why_and_speaks_of_tasks_that_there_are(assignment: Assignment) -> None:
    known = {"why", "points", "problem", "says", "remarks", *(task.function for task in assignment.tasks)}
    assert [name for name, said in EXPECTED.items() if not said.keys() <= known or not said["why"].endswith(".")] == []


@pytest.mark.parametrize("student", GRADED)
def test_expected_points_are_those_of_the_expected_verdicts(student: str, assignment: Assignment) -> None:
    said = expected_verdicts(student, assignment)
    pairs = [pair for task in assignment.tasks for pair in zip(task.checks, said[task.function], strict=True)]
    assert EXPECTED[student]["points"] == sum(plan.points for plan, each in pairs if each in ("ok", "carried"))


# ---------------------------------------------------------------------------------------------------------- each student


@pytest.mark.parametrize("student", GRADED)
def test_a_student_earns_what_was_written_down_before_grading(
    student: str, graded: dict[str, Plain], assignment: Assignment
) -> None:
    record, said = graded[student], EXPECTED[student]
    assert record["grade"]["problem"] == ""
    assert verdicts(record) == expected_verdicts(student, assignment), said["why"]
    assert (record["points"], record["complete"]) == (said["points"], True)
    read = "\n".join(result["verdict"]["message"] for result in record["grade"]["results"])
    assert [part for part in said.get("says", []) if part not in read] == []
    remarks = "\n".join(record["grade"]["remarks"])
    assert [part for part in said.get("remarks", []) if part not in remarks] == []


@pytest.mark.parametrize("student", UNREADABLE)
def test_a_file_that_cannot_be_graded_says_why(student: str, graded: dict[str, Plain]) -> None:
    record = graded[student]
    assert EXPECTED[student]["problem"] in record["grade"]["problem"]
    assert (record["complete"], record["grade"]["results"]) == (False, [])


@pytest.mark.parametrize("student", EXPECTED)
def test_a_feedback_page_has_the_sentence_of_every_slip_in_it(
    student: str, course: Course, graded: dict[str, Plain], assignment: Assignment
) -> None:
    page = course.place / "class" / "recurrent" / "feedback" / page_name(student)
    read = _plain(html.unescape(re.sub(r"<[^>]*>", "", page.read_text(encoding="utf-8"))))
    sentences = {slip.name: _plain(slip.sentence.replace("`", "")) for slip in assignment.slips}
    named = {result["verdict"]["slip"] for result in graded[student]["grade"]["results"]} - {""}
    assert [name for name in named if sentences[name] not in read] == []
    assert _plain(graded[student]["grade"]["problem"]) in read


def _plain(text: str) -> str:
    return " ".join(text.split())


# ------------------------------------------------------------------------------------------------------- the whole class


def test_every_submission_has_a_complete_grade_or_a_stated_problem(graded: dict[str, Plain]) -> None:
    assert sorted(graded) == sorted(EXPECTED)
    assert sorted(name for name, record in graded.items() if record["grade"]["problem"]) == sorted(UNREADABLE)
    assert [name for name, record in graded.items() if record["complete"] == bool(record["grade"]["problem"])] == []


def test_every_grade_is_stamped_with_the_seed_and_with_a_tier_that_was_accepted(graded: dict[str, Plain]) -> None:
    stamps = {(record["stamp"]["seed"], record["stamp"]["tier"]) for record in graded.values()}
    assert stamps in ({(SEED, "full")}, {(SEED, "reduced")})


def test_grades_csv_has_every_student_with_points_or_a_problem(course: Course, graded: dict[str, Plain]) -> None:
    rows = course.rows("class")
    assert {name: row["problem"] for name, row in rows.items()} == {n: r["grade"]["problem"] for n, r in graded.items()}
    assert {name: row["points"] for name, row in rows.items() if row["points"]} == {
        name: f"{graded[name]['points']:g}" for name in GRADED
    }


def test_a_run_leaves_no_process_and_nothing_aside(course: Course, graded: dict[str, Plain]) -> None:
    assert left_behind() == []
    assert list(course.aside.iterdir()) == []


def test_the_same_command_grades_nothing_twice(course: Course, graded: dict[str, Plain]) -> None:
    again = course.grade(CLASS, "class", "--seed", str(SEED), status=1)["grades"]
    assert {name: again[name] for name in GRADED} == {name: graded[name] for name in GRADED}
    assert {name: course.times_graded("class")[name] for name in GRADED} == dict.fromkeys(GRADED, 1)


# ----------------------------------------------------------------------------------------------------------- interrupted


def test_a_killed_run_loses_no_grade_and_the_same_command_goes_on_with_the_same_seed(
    course: Course, quick: Path, graded: dict[str, Plain]
) -> None:
    status, told = course.stop(quick, "killed", signal.SIGKILL)
    assert status == -signal.SIGKILL
    assert told
    assert set(told) <= set(course.times_graded("killed"))
    assert len(course.times_graded("killed")) < len(QUICK), "it was over before it could be killed"
    assert left_behind() == []
    shutil.rmtree(course.aside)  # who is killed cannot tidy up
    course.aside.mkdir()

    records = course.grade(quick, "killed", "--jobs", "1", status=0)["grades"]
    assert course.times_graded("killed") == dict.fromkeys(QUICK, 1)
    # What was graded in three runs of one seed is the same to the last digit of every message.
    for name in QUICK:
        assert records[name]["grade"]["results"] == graded[name]["grade"]["results"]


def test_an_interrupted_run_says_so_loses_no_grade_and_tidies_up(course: Course, quick: Path) -> None:
    status, told = course.stop(quick, "interrupted", signal.SIGINT)
    assert status == 130
    assert told
    assert set(told) <= set(course.times_graded("interrupted"))
    assert left_behind() == []
    assert list(course.aside.iterdir()) == []


def test_another_seed_asks_other_questions_and_gives_the_same_verdicts(
    course: Course, quick: Path, graded: dict[str, Plain]
) -> None:
    records = course.grade(quick, "another seed", "--seed", "8", status=0)["grades"]
    assert {name: verdicts(records[name]) for name in QUICK} == {name: verdicts(graded[name]) for name in QUICK}
    assert records["petra"]["grade"]["results"] != graded["petra"]["grade"]["results"]


# ----------------------------------------------------------------------------------------------------- paths and options


@pytest.fixture(scope="module")
def folders(course: Course) -> Plain:
    """A class of folders, two of which have no one notebook to grade."""
    return course.grade(FOLDERS, "folders", "--students", MOODLE, status=1)


def test_students_are_named_by_a_pattern_from_the_paths_of_their_files(folders: Plain) -> None:
    assert folders["grades"].keys() == {"ada", "ben", "cleo", "Dora Ødegård", "emil"}
    assert folders["grades"]["Dora Ødegård"]["file"].endswith("/week 3/my solution.ipynb")


def test_what_lies_in_a_folder_earns_as_much_as_a_file(folders: Plain) -> None:
    points = {name: record["points"] for name, record in folders["grades"].items() if record["complete"]}
    assert points == {"ada": 8, "Dora Ødegård": 8, "emil": 8}


def test_two_files_of_one_student_and_a_folder_without_a_notebook_are_reported(folders: Plain) -> None:
    problems = {name: record["grade"]["problem"] for name, record in folders["grades"].items()}
    assert "2 files" in problems["ben"]
    assert "ben/final (2).ipynb" in problems["ben"]
    assert "no notebook" in problems["cleo"]
    assert sorted(folders["left_out"]) == ["cleo/notes.txt", "readme.txt"]


def test_where_one_student_is_asked_for_the_others_keep_their_rows(course: Course, folders: Plain) -> None:
    only = course.grade(FOLDERS, "folders", "--students", MOODLE, "--only", "ada", status=0)["grades"]
    assert list(only) == ["ada"]
    assert course.rows("folders").keys() == folders["grades"].keys()


def test_a_student_that_there_is_not_is_wrong_usage(course: Course) -> None:
    with course.start(FOLDERS, "nobody", "--only", "adda") as run:
        _, errors = run.communicate()
    assert run.returncode == 2
    assert "did you mean 'ada'" in errors
