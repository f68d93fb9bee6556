"""The command: what it answers to mistakes, and that no answer to one is a traceback."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent
GRADMARK = Path(sys.executable).parent / "gradmark"
CONTRACTS = str(ROOT / "tests" / "contracts")


def _run(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(GRADMARK), *words], cwd=cwd, capture_output=True, text=True, check=False)


def _notebook(*sources: str) -> str:
    return json.dumps({"cells": [{"cell_type": "code", "source": source} for source in sources]})


MISTAKES = {
    "an unknown command": (["gade"], "did you mean 'grade'"),
    "an unknown option": (["grade", CONTRACTS, ".", "--job", "2"], "--jobs"),
    "no such assignment": (["grade", "nowhere", "."], "no assignment.toml"),
    "no such submissions": (["grade", CONTRACTS, "nowhere"], "there is no nowhere"),
    "a file for a folder": (["grade", CONTRACTS, "one.ipynb"], "gradmark check"),
    "an empty folder": (["grade", CONTRACTS, "empty"], "no submissions"),
    "a pattern that is none": (["grade", CONTRACTS, "class", "--students", "("], "not a regular expression"),
    "a pattern without a student": (["grade", CONTRACTS, "class", "--students", ".*"], "(?P<student>"),
    "a student who is not there": (["grade", CONTRACTS, "class", "--only", "adda"], "did you mean 'ada'"),
    "a negative seed": (["grade", CONTRACTS, "class", "--seed", "-1"], "-1"),
    "the seed of the public cases": (
        ["grade", CONTRACTS, "class", "--seed", "20250917"],
        "whose answers every student",
    ),
    "no jobs": (["grade", CONTRACTS, "class", "--jobs", "0"], "0"),
    "a tier that is none": (["grade", CONTRACTS, "class", "--accept-tier", "best"], "full"),
    "an unknown task": (["check", CONTRACTS, "one.ipynb", "--task", "tokenise"], "did you mean 'tokenize'"),
    "a notebook that is not there": (["check", CONTRACTS, "two.ipynb", "--task", "tokenize"], "there is no file"),
    "a notebook that is none": (["check", CONTRACTS, "broken.ipynb", "--task", "tokenize"], "not valid JSON"),
    "a file of another kind": (["check", CONTRACTS, "notes.txt", "--task", "tokenize"], "neither a notebook"),
    "no gradebook": (["show", "ada"], "gradebook"),
    "an override without a reason": (["override", "ada", "tokenize", "1"], "--why"),
    "an override in no gradebook": (["override", "ada", "tokenize", "1", "--why", "x"], "gradebook"),
    "plugins of no assignment": (["plugins", "--assignment", "empty"], "not an assignment"),
    "a build of nothing": (["build", "empty"], "no assignment.toml"),
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small class and some files that are no notebooks."""
    place = tmp_path_factory.mktemp("place")
    (place / "empty").mkdir()
    (place / "class").mkdir()
    (place / "class" / "ada.ipynb").write_text(_notebook("def tokenize(text): return text.lower().split()"))
    (place / "one.ipynb").write_text(_notebook("def tokenize(text): return text.lower().split()"))
    (place / "broken.ipynb").write_text("{")
    (place / "notes.txt").write_text("notes")
    return place


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_answered_in_a_sentence(place: Path, name: str) -> None:
    words, answer = MISTAKES[name]
    done = _run(*words, cwd=place)
    assert done.returncode == 2, done.stdout + done.stderr
    assert answer in done.stderr
    assert "Traceback" not in done.stderr


def test_help_lists_every_command(place: Path) -> None:
    done = _run("--help", cwd=place)
    for command in ("build", "check", "doctor", "grade", "override", "plugins", "selftest", "show"):
        assert f"\n  {command} " in done.stdout
        assert _run(command, "--help", cwd=place).returncode == 0


def test_plugins_are_listed_with_what_they_register(place: Path) -> None:
    done = _run("plugins", "--assignment", CONTRACTS, "--json", cwd=place)
    listed = json.loads(done.stdout)
    assert {"shapes", "values", "gradients"} <= set(listed["checks"])
    assert "lstm_cell_forward" in listed["references"]
    assert "tree" in listed["samplers"]


@pytest.mark.slow
def test_doctor_says_which_tiers_work(place: Path) -> None:
    findings = {each["name"]: each for each in json.loads(_run("doctor", "--json", cwd=place).stdout)["findings"]}
    assert {"environment", "tier full", "tier reduced", "tier none"} <= set(findings)
    assert findings["environment"]["works"]
    assert findings["tier full"]["works"] or findings["tier reduced"]["works"]


@pytest.mark.slow
def test_check_judges_one_task_and_says_so_by_its_status(place: Path) -> None:
    reduced = ["--accept-tier", "reduced"]
    assert _run("check", CONTRACTS, "one.ipynb", "--task", "tokenize", *reduced, cwd=place).returncode == 0
    done = _run("check", CONTRACTS, "one.ipynb", "--task", "count", "--json", *reduced, cwd=place)
    assert done.returncode == 1
    assert json.loads(done.stdout)["results"][0]["verdict"]["outcome"] == "failed"


@pytest.mark.slow
def test_a_grade_is_shown_and_overridden_and_stays_so(place: Path, tmp_path: Path) -> None:
    book = ["--gradebook", str(tmp_path / "book")]
    assert _run("grade", CONTRACTS, "class", "--accept-tier", "reduced", *book, cwd=place).returncode == 0
    [shown] = json.loads(_run("show", "ada", "--json", *book, cwd=place).stdout)
    assert shown["points"] == 2
    done = _run("override", "ada", "count", "1.5", "--why", "on paper", "--json", *book, cwd=place)
    assert json.loads(done.stdout)["points"] == 3.5
    page = tmp_path / "book" / "contracts" / "feedback" / "ada.html"
    assert "on paper" in page.read_text(encoding="utf-8")
    wrong = _run("override", "ada", "count", "99", "--why", "generous", *book, cwd=place)
    assert wrong.returncode == 2
    again = _run("grade", CONTRACTS, "class", "--accept-tier", "reduced", "--json", *book, cwd=place)
    assert json.loads(again.stdout)["grades"][0]["points"] == 3.5


@pytest.mark.slow
def test_a_zip_of_folders_is_graded_and_what_is_no_notebook_is_named(place: Path, tmp_path: Path) -> None:
    archive = tmp_path / "handed.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("handed/ada/work.ipynb", _notebook("def tokenize(text): return text.lower().split()"))
        file.writestr("handed/bob/a.ipynb", _notebook("1"))
        file.writestr("handed/bob/b.py", "1")
        file.writestr("handed/bob/readme.txt", "look")
        file.writestr("handed/cyd/essay.pdf", "%PDF")
        file.writestr("__MACOSX/handed/._x", "")
    words = [
        "grade",
        CONTRACTS,
        str(archive),
        "--accept-tier",
        "reduced",
        "--json",
        "--gradebook",
        str(tmp_path / "book"),
    ]
    done = _run(*words, cwd=place)
    assert done.returncode == 1
    answer = json.loads(done.stdout)
    grades = {grade["student"]: grade for grade in answer["grades"]}
    assert grades["ada"]["points"] == 2
    assert "2 files of this student" in grades["bob"]["grade"]["problem"]
    assert "no notebook" in grades["cyd"]["grade"]["problem"]
    assert answer["left_out"] == ["bob/readme.txt", "cyd/essay.pdf"]
