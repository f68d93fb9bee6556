"""A small class on the assignment `word2vec`, graded by the command, in the sandbox, with what trains.

`submissions/word2vec.toml` says what each must earn and why; it was written before anything was graded.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from autograder.assignment import Assignment, load_assignment

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

HERE = Path(__file__).resolve().parent
ASSIGNMENT = HERE.parent / "assignments" / "word2vec"
CLASS = HERE / "submissions" / "word2vec"
EXPECTED: dict[str, dict[str, Any]] = tomllib.loads(CLASS.with_suffix(".toml").read_text(encoding="utf-8"))
GRADMARK = Path(sys.executable).with_name("gradmark")
SEED = 7

Plain = dict[str, Any]


@pytest.fixture(scope="module")
def assignment() -> Assignment:
    return load_assignment(ASSIGNMENT)


@pytest.fixture(scope="module")
def graded() -> Iterator[dict[str, Plain]]:
    place = Path(tempfile.mkdtemp(prefix="word2vec-class-"))
    place.chmod(0o755)  # the children of a run reach their boxes through it
    options = ["--gradebook", str(place / "book"), "--accept-tier", "reduced", "--seed", str(SEED), "--json"]
    done = subprocess.run(
        [str(GRADMARK), "grade", str(ASSIGNMENT), str(CLASS), *options],
        env=os.environ | {"TMPDIR": str(place), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        assert done.returncode == 0, done.stderr
        yield {record["student"]: record for record in json.loads(done.stdout)["grades"]}
    finally:
        shutil.rmtree(place)


def expected_words(student: str, assignment: Assignment) -> dict[str, list[str]]:
    said = {task.function: EXPECTED[student].get(task.function, "ok") for task in assignment.tasks}
    return {
        task.function: [said[task.function]] * len(task.checks)
        if isinstance(said[task.function], str)
        else said[task.function]
        for task in assignment.tasks
    }


def words(record: Plain) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for result in record["grade"]["results"]:
        verdict = result["verdict"]
        word = "ok" if verdict["outcome"] == "passed" else verdict["slip"] or "wrong"
        found.setdefault(result["task"], []).append(word)
    return found


def test_every_file_has_an_expectation_and_every_expectation_a_file() -> None:
    assert sorted(EXPECTED) == sorted(path.stem for path in CLASS.iterdir())


@pytest.mark.parametrize("student", EXPECTED)
def test_expected_points_are_those_of_the_expected_verdicts(student: str, assignment: Assignment) -> None:
    said = expected_words(student, assignment)
    pairs = [pair for task in assignment.tasks for pair in zip(task.checks, said[task.function], strict=True)]
    assert EXPECTED[student]["points"] == sum(plan.points for plan, each in pairs if each == "ok")


@pytest.mark.parametrize("student", EXPECTED)
def test_a_student_earns_what_was_written_down_before_grading(
    student: str, graded: dict[str, Plain], assignment: Assignment
) -> None:
    record, said = graded[student], EXPECTED[student]
    assert words(record) == expected_words(student, assignment), said["why"]
    assert (record["points"], record["complete"], record["grade"]["problem"]) == (said["points"], True, "")
    read = "\n".join(result["verdict"]["message"] for result in record["grade"]["results"])
    assert [part for part in said.get("says", []) if part not in read] == []
