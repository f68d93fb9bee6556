"""A class whose students have numbers of their own: built, handed in and graded through the commands."""

import csv
import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from autograder.assignment import load_assignment
from autograder.variant import in_words, values_of

pytestmark = pytest.mark.slow
FOLDER = Path(__file__).parent / "windows"
GRADMARK = Path(sys.executable).parent / "gradmark"
ASSIGNMENT = load_assignment(FOLDER)
STUDENTS = ("ada", "bob", "curie")


def _run(*words: object, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([GRADMARK, *map(str, words)], cwd=folder, capture_output=True, text=True, check=False)


def _grade(folder: Path, *options: str, as_built: str = "--variants") -> subprocess.CompletedProcess[str]:
    words = "grade", FOLDER, "submissions", "--accept-tier", "reduced", "--seed", "7", as_built
    return _run(*words, *options, folder=folder)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A class for which each student's own was built, and who hand in the solution of their own variant."""
    folder = tmp_path_factory.mktemp("class")
    (folder / "class.txt").write_text("bob\n\ncurie\n", encoding="utf-8-sig")  # as spreadsheets write it
    done = _run("build", FOLDER, "--variant", "ada", "--variants", "class.txt", "--json", folder=folder)
    built = {row["student"]: row for row in json.loads(done.stdout)["built"]}
    assert list(built) == list(STUDENTS)
    (folder / "submissions").mkdir()
    for student, row in built.items():
        shutil.copy(folder / row["solution"], folder / "submissions" / f"{student}.ipynb")
    return folder


def _grades(done: subprocess.CompletedProcess[str]) -> dict[str, dict[str, Any]]:
    assert done.returncode == 0, done.stdout + done.stderr
    return {each["student"]: each for each in json.loads(done.stdout)["grades"]}


def test_the_students_differ_so_that_the_tests_of_this_file_can_fail() -> None:
    assert values_of("ada", ASSIGNMENT) != values_of("bob", ASSIGNMENT)
    assert values_of("bob", ASSIGNMENT)["WINDOW"] != 2, "the default"


def test_each_student_is_handed_out_and_graded_by_their_own_numbers(folder: Path) -> None:
    grades = _grades(_grade(folder, "--json"))
    for student in STUDENTS:
        own = in_words(values_of(student, ASSIGNMENT))
        with zipfile.ZipFile(folder / "dist/student" / student / "windows.zip") as archive:
            assert json.dumps(own)[1:-1] in archive.read("windows/windows.ipynb").decode()
        assert (grades[student]["points"], grades[student]["stamp"]["variant"]) == (6, own)
        assert grades[student]["grade"]["remarks"] == []
    pages = {student: folder / "gradebook/windows/feedback" / f"{student}.html" for student in STUDENTS}
    assert all("WINDOW = " in page.read_text(encoding="utf-8") for page in pages.values())
    with (folder / "gradebook/windows/grades.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["student"]: row["variant"] for row in csv.DictReader(file)}
    assert rows == {student: in_words(values_of(student, ASSIGNMENT)) for student in STUDENTS}
    assert f"own numbers: {rows['curie']}" in _run("show", "curie", folder=folder).stdout


def test_a_notebook_of_another_student_is_graded_by_ones_own_numbers_and_says_so(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "submissions").mkdir()
    shutil.copy(folder / "submissions/ada.ipynb", tmp_path / "submissions/bob.ipynb")
    ada, bob = (in_words(values_of(student, ASSIGNMENT)) for student in ("ada", "bob"))
    grade = _grades(_grade(tmp_path, "--json"))["bob"]
    assert grade["points"] == 0
    [remark] = grade["grade"]["remarks"]
    assert f"made for {ada}, but your own variant is {bob}" in remark
    assert f"bob: the notebook was made for {ada}, and graded by {bob}" in _grade(tmp_path).stdout


def test_the_same_work_is_graded_anew_where_the_numbers_are_others(folder: Path, tmp_path: Path) -> None:
    """By the defaults, and then by their own again: neither grade stands in the other's place."""
    shutil.copytree(folder / "submissions", tmp_path / "submissions")
    assert _grades(_grade(tmp_path, "--json"))["bob"]["points"] == 6
    by_default = _grades(_grade(tmp_path, "--json", as_built="--no-variants"))["bob"]
    assert (by_default["points"], by_default["stamp"]["variant"]) == (0, "WINDOW = 2, PAD = '<s>'")
    assert _grades(_grade(tmp_path, "--json"))["bob"]["points"] == 6


def test_nobody_is_graded_before_it_is_said_which_numbers_they_were_given(folder: Path) -> None:
    done = _run("grade", FOLDER, "submissions", "--accept-tier", "reduced", folder=folder)
    assert done.returncode == 2
    assert "say --variants if each student was handed their own" in " ".join(done.stderr.split())


def test_one_task_is_tried_by_a_students_own_numbers(folder: Path) -> None:
    words = ("check", FOLDER, "submissions/bob.ipynb", "--task", "count_pairs", "--accept-tier", "reduced")
    assert _run(*words, "--variant", "bob", folder=folder).returncode == 0
    assert _run(*words, folder=folder).returncode == 1


def test_students_of_equal_numbers_get_equal_files(folder: Path, tmp_path: Path) -> None:
    students = [f"student{number}" for number in range(8)]
    done = _run("build", FOLDER, *(word for each in students for word in ("--variant", each)), folder=tmp_path)
    lines = [line.partition("  ")[::2] for line in done.stdout.splitlines()]
    archives = {(variant, (tmp_path / place / "windows.zip").read_bytes()) for place, variant in lines}
    assert len(lines) == 8
    assert len({variant for _, variant in lines}) == len(archives) > 1


REFUSED = {
    "no variants": (["tests/contracts", "--variant", "ada"], "contracts has no variants"),
    "a way out": ([FOLDER, "--variant", "../ada"], "'../ada' cannot be the name of a folder"),
    "no roster": ([FOLDER, "--variants", "none.txt"], "none.txt is no list of students"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_variant_that_cannot_be_built_is_refused_in_words(name: str, tmp_path: Path) -> None:
    words, expected = REFUSED[name]
    done = _run("build", *words, "--out", tmp_path / "dist", folder=FOLDER.parent.parent)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert expected in done.stderr
    assert not (tmp_path / "dist").exists()


def test_a_given_file_that_differs_between_students_is_refused(tmp_path: Path) -> None:
    """Else a student's own file would be another's while the class is graded."""
    copy = Path(shutil.copytree(FOLDER, tmp_path / "windows"))
    with (copy / "plugin.py").open("a", encoding="utf-8") as file:
        file.write('\n\n@hookimpl\ndef register_given_files():\n    return {"n.txt": lambda: bytes([WINDOW])}\n')
    done = _run("build", "windows", *(word for each in STUDENTS for word in ("--variant", each)), folder=tmp_path)
    assert done.returncode == 2
    assert re.search(r"given/n.txt is another file for WINDOW = .*same given files", done.stderr)


def test_a_folder_of_assignments_has_all_of_them_built(tmp_path: Path) -> None:
    for name in ("one", "two"):
        shutil.copytree(FOLDER, tmp_path / "course" / name)
    (tmp_path / "course" / "notes").mkdir()
    done = _run("build", "course", folder=tmp_path)
    assert [Path(line).name for line in done.stdout.splitlines()] == [
        f"{name}{ending}" for name in ("one", "two") for ending in (".ipynb", ".zip", ".html", "-solution.ipynb")
    ]
