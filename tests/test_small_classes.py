"""Small classes on all assignments but `recurrent`, graded by the command, in the sandbox, with what trains.

`submissions/NAME.toml` says what each submission must earn and why; it was written before anything was graded. The
large class is in test_sample_class.py.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from autograder.assignment import Assignment, load_assignment

pytestmark = pytest.mark.slow

HERE = Path(__file__).resolve().parent
SUBMISSIONS = HERE / "submissions"
Plain = dict[str, Any]
EXPECTED: dict[str, dict[str, Plain]] = {
    path.stem: tomllib.loads(path.read_text(encoding="utf-8"))
    for path in sorted(SUBMISSIONS.glob("*.toml"))
    if path.stem != "recurrent"
}
EVERYBODY = [(name, student) for name, expected in EXPECTED.items() for student in expected]
GRADED = [(name, student) for name, student in EVERYBODY if "problem" not in EXPECTED[name][student]]
UNREADABLE = [each for each in EVERYBODY if each not in GRADED]
GRADMARK = Path(sys.executable).with_name("gradmark")
SEED = 7


@cache
def assignment(name: str) -> Assignment:
    return load_assignment(HERE.parent / "assignments" / name)


@cache
def graded(name: str) -> dict[str, Plain]:
    """Grade a whole class."""
    with tempfile.TemporaryDirectory(prefix="small-class-") as place:
        Path(place).chmod(0o755)  # the children of a run reach their boxes through it
        options = ["--gradebook", f"{place}/book", "--accept-tier", "reduced", "--seed", str(SEED), "--json"]
        options += ["--no-variants"] * bool(assignment(name).variants)
        done = subprocess.run(
            [str(GRADMARK), "grade", str(HERE.parent / "assignments" / name), str(SUBMISSIONS / name), *options],
            env=os.environ | {"TMPDIR": place, "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == any(each == name for each, _ in UNREADABLE), done.stderr
    return {record["student"]: record for record in json.loads(done.stdout)["grades"]}


def expected_words(name: str, student: str) -> dict[str, list[str]]:
    """Return the word for each check of each task; one word instead of a list stands for all checks of a task."""
    words = {}
    for task in assignment(name).tasks:
        said = EXPECTED[name][student].get(task.function, "ok")
        words[task.function] = [said] * len(task.checks) if isinstance(said, str) else said
    return words


def words(record: Plain) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for result in record["grade"]["results"]:
        verdict = result["verdict"]
        word = "ok" if verdict["outcome"] == "passed" else verdict["slip"] or "wrong"
        found.setdefault(result["task"], []).append(word)
    return found


@pytest.mark.parametrize("name", EXPECTED)
def test_every_file_has_an_expectation_and_every_expectation_a_file(name: str) -> None:
    assert sorted(EXPECTED[name]) == sorted(path.stem for path in (SUBMISSIONS / name).iterdir())


@pytest.mark.parametrize(("name", "student"), GRADED)
def test_expected_points_are_those_of_the_expected_verdicts(name: str, student: str) -> None:
    said = expected_words(name, student)
    pairs = [pair for task in assignment(name).tasks for pair in zip(task.checks, said[task.function], strict=True)]
    assert EXPECTED[name][student]["points"] == sum(plan.points for plan, each in pairs if each == "ok")


@pytest.mark.parametrize(("name", "student"), GRADED)
def test_a_student_earns_what_was_written_down_before_grading(name: str, student: str) -> None:
    record, said = graded(name)[student], EXPECTED[name][student]
    assert words(record) == expected_words(name, student), said["why"]
    assert (record["points"], record["complete"], record["grade"]["problem"]) == (said["points"], True, "")
    read = "\n".join(result["verdict"]["message"] for result in record["grade"]["results"])
    assert [part for part in said.get("says", []) if part not in read] == []


@pytest.mark.parametrize(("name", "student"), UNREADABLE)
def test_what_cannot_be_read_says_why(name: str, student: str) -> None:
    record = graded(name)[student]
    assert EXPECTED[name][student]["problem"] in record["grade"]["problem"]
    assert not record["complete"]
