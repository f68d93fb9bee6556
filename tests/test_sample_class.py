"""The sample class, graded through the real sandbox: what each notebook must earn, and what a run promises."""

import json
import os
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest

from autograder.cli.course import load

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parent.parent
ASSIGNMENT = ROOT / "assignments" / "recurrent"
CLASS = ROOT / "tests" / "submissions" / "recurrent"
EXPECTED = tomllib.loads((CLASS.parent / "recurrent.toml").read_text(encoding="utf-8"))
GRADMARK = str(Path(sys.executable).parent / "gradmark")
QUICK = ("bogdan.py", "idris.py", "hana.ipynb", "jonas.ipynb")
TASKS = tuple(task.function for task in load(ASSIGNMENT).assignment.tasks)
WORDS = {"ok": ("passed", False, ""), "carried": ("passed", True, ""), "wrong": ("failed", False, "")}


def _command(submissions: Path, book: Path, *more: str) -> list[str]:
    tier = ["--accept-tier", "reduced", "--gradebook", str(book)]
    return [GRADMARK, "grade", str(ASSIGNMENT), str(submissions), *tier, *more]


def _grade(submissions: Path, book: Path, *more: str) -> tuple[int, dict[str, Any]]:
    done = subprocess.run(_command(submissions, book, "--json", *more), capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    answer = json.loads(done.stdout)
    return done.returncode, {
        "grades": {grade["student"]: grade for grade in answer["grades"]},
        "left_out": answer["left_out"],
    }


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, dict[str, Any], Path]:
    """The whole class, graded once."""
    book = tmp_path_factory.mktemp("book")
    status, answer = _grade(CLASS, book, "--seed", "11")
    return status, answer["grades"], book


def _said(grade: dict[str, Any], task: str) -> list[tuple[str, bool, str]]:
    verdicts = [result["verdict"] for result in grade["grade"]["results"] if result["task"] == task]
    return [(verdict["outcome"], verdict["carried_forward"], verdict["slip"]) for verdict in verdicts]


def _demanded(expected: object, count: int) -> list[tuple[str, bool, str]]:
    words = expected if isinstance(expected, list) else [expected] * count
    return [WORDS.get(word, ("failed", False, word)) for word in words]


@pytest.mark.parametrize("student", EXPECTED)
def test_a_student_earns_what_was_written_down_before_grading(
    student: str, graded: tuple[int, dict[str, Any], Path]
) -> None:
    grade, expected = graded[1][student], EXPECTED[student]
    assert expected.get("problem", "") in grade["grade"]["problem"]
    assert bool(expected.get("problem")) == bool(grade["grade"]["problem"])
    for task in () if "problem" in expected else TASKS:
        said = _said(grade, task)
        assert said == _demanded(expected.get(task, "ok"), len(said)), f"{student}, {task}: {expected['why']}"
    if "points" in expected:
        assert grade["points"] == expected["points"]
    words = " ".join(f"{r['verdict']['message']} {r['verdict']['hint']}" for r in grade["grade"]["results"])
    assert all(each in words for each in expected.get("says", []))
    assert all(any(each in remark for remark in grade["grade"]["remarks"]) for each in expected.get("remarks", []))


def test_every_notebook_of_the_class_has_its_expectation() -> None:
    assert {path.stem for path in CLASS.iterdir()} == set(EXPECTED)


def test_a_class_with_a_file_that_cannot_be_graded_says_so_by_its_status(
    graded: tuple[int, dict[str, Any], Path],
) -> None:
    status, grades, _ = graded
    assert status == 1
    assert {name for name, grade in grades.items() if not grade["complete"]} == {
        name for name, expected in EXPECTED.items() if "problem" in expected
    }


def test_every_student_has_a_page_that_says_what_the_verdicts_say(graded: tuple[int, dict[str, Any], Path]) -> None:
    _, grades, book = graded
    for student, grade in grades.items():
        page = (book / "recurrent" / "feedback" / f"{student}.html").read_text(encoding="utf-8")
        for result in grade["grade"]["results"]:
            assert result["verdict"]["slip"] in page
    table = (book / "recurrent" / "grades.csv").read_text(encoding="utf-8")
    assert all(f"{student}," in table for student in grades)


def test_the_same_command_grades_nothing_twice(graded: tuple[int, dict[str, Any], Path]) -> None:
    _, grades, book = graded
    _, again = _grade(CLASS, book, "--seed", "11", "--only", "hana")
    assert again["grades"]["hana"]["graded_at"] == grades["hana"]["graded_at"]
    assert again["grades"]["hana"]["grade"]["seconds"] == grades["hana"]["grade"]["seconds"]


@pytest.fixture
def quick(tmp_path: Path) -> Path:
    """A class of four that grades in seconds."""
    place = tmp_path / "class"
    place.mkdir()
    for name in QUICK:
        (place / name).write_bytes((CLASS / name).read_bytes())
    return place


def test_a_complete_class_exits_with_zero_and_another_seed_gives_the_same_points(quick: Path, tmp_path: Path) -> None:
    points = []
    for seed in ("1", "2"):
        status, answer = _grade(quick, tmp_path / seed, "--seed", seed)
        assert status == 0
        points.append({name: grade["points"] for name, grade in answer["grades"].items()})
    assert points[0] == points[1]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=["kill -9", "Ctrl-C"])
def test_an_interrupted_run_loses_no_finished_grade_and_goes_on(quick: Path, tmp_path: Path, number: int) -> None:
    (quick / "endless.py").write_text("while True:\n    pass\n", encoding="utf-8")
    book = tmp_path / "book"
    command = _command(quick, book, "--jobs", "1")
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True
    ) as run:
        assert run.stdout is not None
        first = run.stdout.readline()
        assert first.startswith("1/5")
        os.killpg(run.pid, number)
        run.wait(20)
    kept = first.split()[1].rstrip(":")
    before = json.loads(_show(book, kept))[0]
    (quick / "endless.py").unlink()
    status, answer = _grade(quick, book)
    assert status == 0
    assert len(answer["grades"]) == len(QUICK)
    assert answer["grades"][kept]["graded_at"] == before["graded_at"]
    assert {grade["stamp"]["seed"] for grade in answer["grades"].values()} == {before["stamp"]["seed"]}


def _show(book: Path, student: str) -> str:
    for _ in range(20):
        done = subprocess.run(
            [GRADMARK, "show", student, "--gradebook", str(book), "--json"], capture_output=True, text=True, check=False
        )
        if done.returncode == 0:
            return done.stdout
        time.sleep(0.2)
    raise AssertionError(done.stderr)


def test_folders_are_read_by_a_pattern_and_two_files_of_one_student_are_reported(tmp_path: Path) -> None:
    status, answer = _grade(
        CLASS.parent / "folders", tmp_path / "book", "--students", r"(?P<student>[^_/]+)(_[^/]*)?(/.*)?"
    )
    problems = {name: grade["grade"]["problem"] for name, grade in answer["grades"].items()}
    assert status == 1
    assert "Dora Ødegård" in problems
    assert not problems["ada"]
    assert any("2 files of this student" in problem for problem in problems.values())
    assert any("no notebook" in problem for problem in problems.values())
    assert "readme.txt" in " ".join(answer["left_out"])
