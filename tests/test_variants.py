"""Each student's own numbers: chosen, handed out and graded to match."""

import re
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from autograder import source
from autograder.assignment import load_assignment
from autograder.build.handout import Instructor, Student, render
from autograder.cli.course import Loaded, load, load_variants
from autograder.conversation import Case
from autograder.errors import AssignmentError
from autograder.setting import build_setting
from autograder.submission import Cell
from autograder.variant import in_words, of_another, values_of

FOLDER = Path(__file__).parent / "windows"
ASSIGNMENT = load_assignment(FOLDER)
CLASS = [f"student{number}" for number in range(300)]


def _of(window: int, pad: str = "<s>") -> str:
    """A student who has these values."""
    return next(each for each in CLASS if values_of(each, ASSIGNMENT) == {"WINDOW": window, "PAD": pad})


@pytest.fixture(scope="module")
def own() -> dict[int, Loaded]:
    """The assignment as students with a window of 1 and of 3 have it, loaded side by side."""
    students = {window: _of(window) for window in (1, 3)}
    found = load_variants(load(FOLDER), students.values())
    return {window: found[student] for window, student in students.items()}


def test_a_student_has_the_same_values_each_time_whatever_the_spelling_of_the_name() -> None:
    assert all(values_of(f" {each.upper()}\n", ASSIGNMENT) == values_of(each, ASSIGNMENT) for each in CLASS)
    composed, decomposed = (each + "\u00eb" for each in CLASS), (each + "e\u0308" for each in CLASS)
    assert all(values_of(a, ASSIGNMENT) == values_of(b, ASSIGNMENT) for a, b in zip(composed, decomposed, strict=True))
    other = replace(ASSIGNMENT, folder=Path("elsewhere/other"))
    assert any(values_of(each, ASSIGNMENT) != values_of(each, other) for each in CLASS)


def test_each_value_falls_to_about_as_many_students_and_constants_are_drawn_apart() -> None:
    pairs = Counter(in_words(values_of(each, ASSIGNMENT)) for each in CLASS)
    assert len(pairs) == 6
    assert min(pairs.values()) > 25
    alike = replace(ASSIGNMENT, variants={"ONE": (1, 2, 3), "OTHER": (1, 2, 3)})
    assert len({in_words(values_of(each, alike)) for each in CLASS}) == 9


def test_one_more_value_moves_only_those_students_who_get_it() -> None:
    longer = replace(ASSIGNMENT, variants={"WINDOW": (4, 3, 2, 1)})
    for student in CLASS:
        now = values_of(student, longer)["WINDOW"]
        assert now in {4, values_of(student, ASSIGNMENT)["WINDOW"]}


def test_solution_stub_given_code_and_text_speak_of_the_students_values(own: dict[int, Loaded]) -> None:
    handout = render(Student(own[3].assignment, own[3].solution))
    assert handout.startswith("*Your own numbers: `WINDOW = 3, PAD = '<s>'`.*\n\n# Windows")
    assert "Your window is 3, so 7 words are seen at a time." in handout
    assert re.search(r"```python\nfrom check import check\n\nWINDOW = 3\nPAD = '<s>'\n\n\ndef padded", handout)
    assert "def neighbours(tokens, window=WINDOW):" in handout
    assert own[3].solution.function("neighbours")(["a"]) == [["<s>"] * 6]
    assert own[1].solution.function("neighbours")(["a"]) == [["<s>"] * 2], "side by side with the other"
    assert source.original(own[3].solution.function("count_pairs")).startswith("def count_pairs(tokens):")


def test_the_instructors_notebook_runs_with_the_students_values(own: dict[int, Loaded]) -> None:
    text = render(Instructor(own[1].assignment, own[1].solution))
    cells = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    namespace: dict[str, object] = {}
    exec(cells[0].replace("from check import check", ""), namespace)
    exec(cells[2], namespace)
    assert eval("count_pairs(['a'] * 4)", namespace) == 6


def test_slips_and_samplers_follow_the_variant(own: dict[int, Loaded]) -> None:
    three, task = own[3], own[3].assignment.task("count_pairs")
    setting = build_setting(three.registry, three.assignment, task, task.checks[0], 1, frozenset())
    assert setting.cases == (Case({"tokens": ["a"] * 12}, "a window of 3"),)
    assert three.solution.function("count_pairs")(["a"] * 12) == 60
    assert three.solution.mistaken["each pair once"](["a"] * 12) == 30
    assert own[1].solution.mistaken["each pair once"](["a"] * 4) == 3, "side by side with the other"


def test_without_a_student_the_defaults_hold_and_no_line_claims_a_variant() -> None:
    plain = load(FOLDER)
    assert plain.solution.values == {"WINDOW": 2, "PAD": "<s>"}
    handout = render(Student(plain.assignment, plain.solution))
    assert "Your own numbers" not in handout
    assert "WINDOW = 2\n" in handout


WRONG = {
    "a name that is not set": ("[variants]", "[variants]\nSIZE = [1, 2]", "`SIZE`, which solution.py does not set"),
    "a default that is no value": ("[1, 2, 3]", "[1, 3]", "`WINDOW` is 2 in solution.py, which is not among"),
    "one value": ("[1, 2, 3]", "[2]", "at least two values"),
    "a value twice": ("[1, 2, 3]", "[2, 2]", "no two of them equal"),
    "no list": ("[1, 2, 3]", "2", "must be a list of numbers or strings"),
    "a list of lists": ("[1, 2, 3]", "[[1], [2]]", "must be a list of numbers or strings"),
    "no name": ("WINDOW =", "'my window' =", "must be a Python name"),
}


@pytest.mark.parametrize("name", WRONG)
def test_variants_that_cannot_be_are_refused_in_words(name: str, tmp_path: Path) -> None:
    find, replacement, words = WRONG[name]
    copy = Path(shutil.copytree(FOLDER, tmp_path / "windows"))
    text = (copy / "assignment.toml").read_text(encoding="utf-8")
    (copy / "assignment.toml").write_text(text.replace(find, replacement, 1), encoding="utf-8")
    with pytest.raises(AssignmentError, match=re.escape(words)):
        load(copy)


def test_a_constant_that_comes_from_elsewhere_cannot_be_a_students_own(tmp_path: Path) -> None:
    copy = Path(shutil.copytree(FOLDER, tmp_path / "windows"))
    text = (copy / "solution.py").read_text(encoding="utf-8")
    (copy / "solution.py").write_text(text.replace("WINDOW = 2\n", "WINDOW, _ = 2, 0\n"), encoding="utf-8")
    with pytest.raises(AssignmentError, match="which must be set in solution"):
        load_variants(load(copy), [_of(3)])


def test_a_handout_that_hides_a_value_from_its_students_is_refused(tmp_path: Path) -> None:
    copy = Path(shutil.copytree(FOLDER, tmp_path / "windows"))
    text = (copy / "handout.md").read_text(encoding="utf-8")
    (copy / "handout.md").write_text(text.replace("<%= given() %>", ""), encoding="utf-8")
    loaded = load(copy)
    with pytest.raises(AssignmentError, match="does not tell students their PAD"):
        render(Student(loaded.assignment, loaded.solution))


FOREIGN = {
    "their own": ("WINDOW = 2", ""),
    "another's": ("WINDOW = 3", "WINDOW = 3"),
    "another's, in the line of the handout": ("*Your own numbers: `WINDOW = 3, PAD = '<s>'`.*", "WINDOW = 3"),
    "a trial beside their own": ("WINDOW = 2\nWINDOW = 3", ""),
    "a number that only begins so": ("WINDOW = 30; WINDOW = 3.5; MY_WINDOW = 3", ""),
    "another's of both": ("WINDOW = 1\nPAD = '<pad>'", "WINDOW = 1, PAD = '<pad>'"),
    "none": ("x = 3", ""),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_notebook_of_anothers_variant_is_told_by_what_it_says(name: str) -> None:
    said, expected = FOREIGN[name]
    own = {"WINDOW": 2, "PAD": "<s>"}
    assert of_another([Cell("code", said)], own, ASSIGNMENT) == expected
