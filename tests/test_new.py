"""`gradmark new` makes an assignment that works as it is, and never in the place of anything."""

import json
import os
import pty
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from autograder.cli.course import load
from autograder.cli.new import TEMPLATE

GRADMARK = Path(sys.executable).parent / "gradmark"
FILES = {"answers/loop.py", "assignment.toml", "handout.md", "plugin.py", "slips.toml", "solution.py"}


def _run(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [GRADMARK, *words], cwd=folder, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )


def _files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.slow
@pytest.mark.parametrize("arguments", ["x, y", "left_part", "a, b, squares"])
def test_what_is_made_builds_and_passes_the_selftest_at_once(arguments: str, tmp_path: Path) -> None:
    made = _run("new", "week1", "--function", "lengths_of", "--arguments", arguments, folder=tmp_path)
    assert made.returncode == 0, made.stderr
    built = _run("build", "week1", folder=tmp_path)
    assert (built.returncode, built.stderr) == (0, "")
    tested = _run("selftest", "week1", "--accept-tier", "reduced", "--seeds", "1", folder=tmp_path)
    assert tested.returncode == 0, tested.stdout + tested.stderr


@pytest.mark.slow
def test_the_handout_prints_what_it_says_that_a_right_answer_prints(tmp_path: Path) -> None:
    _run("new", "week1", "--arguments", "x, y, z", folder=tmp_path)
    loaded = load(tmp_path / "week1")
    text = (tmp_path / "week1/handout.md").read_text(encoding="utf-8")
    code = text.partition("print(")[2].partition("\n")[0].removesuffix(")")
    namespace = {"np": __import__("numpy"), "week1": loaded.solution.function("week1")}
    assert f"`{eval(code, namespace)}`" in text


def test_without_a_terminal_nothing_is_asked_and_what_is_not_said_follows_from_the_name(tmp_path: Path) -> None:
    done = _run("new", "word-counts", "--json", folder=tmp_path)
    answer = json.loads(done.stdout)
    assert {Path(path).relative_to("word-counts").as_posix() for path in answer["files"]} == FILES
    assert _files(tmp_path / "word-counts") == FILES
    stated = tomllib.loads((tmp_path / "word-counts/assignment.toml").read_text(encoding="utf-8"))
    assert (stated["title"], stated["tasks"][0]["function"]) == ("Word counts", "word_counts")
    assert "def word_counts(x, y):" in (tmp_path / "word-counts/solution.py").read_text(encoding="utf-8")


def test_in_a_terminal_it_asks_for_what_no_option_says(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [GRADMARK, "new", "week2", "--function", "norms"],
        cwd=tmp_path, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    os.close(theirs)
    os.write(ours, 'Über „Längen" & \\ 🐍 mehr\na, b\n'.encode())
    _, asked = process.communicate(timeout=60)
    os.close(ours)
    assert process.returncode == 0, asked
    assert "Title [Week2]" in asked
    assert "Its arguments [x, y]" in asked
    assert "Function" not in asked
    assert load(tmp_path / "week2").assignment.title == 'Über „Längen" & \\ 🐍 mehr'
    assert "def norms(a, b):" in (tmp_path / "week2/solution.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("there", ["a folder", "an empty folder", "a file", "a link to nowhere"])
def test_what_is_there_is_never_overwritten(there: str, tmp_path: Path) -> None:
    place = tmp_path / "week1"
    if there == "a file":
        place.write_text("mine", encoding="utf-8")
    elif there == "a link to nowhere":
        place.symlink_to("nowhere")
    else:
        place.mkdir()
        if there == "a folder":
            (place / "solution.py").write_text("mine", encoding="utf-8")
    before = {path: path.is_file() and path.read_text(encoding="utf-8") for path in tmp_path.rglob("*")}
    done = _run("new", "week1", folder=tmp_path)
    assert done.returncode == 2
    assert "week1 is there already, and nothing is ever overwritten" in done.stderr
    assert before == {path: path.is_file() and path.read_text(encoding="utf-8") for path in tmp_path.rglob("*")}


REFUSED = {
    "a function that is no name": (["--function", "two words"], "'two words' cannot be the name of a function"),
    "a keyword": (["--function", "lambda"], "'lambda' cannot be the name of a function"),
    "a name that the notebook uses": (["--function", "check"], "'check' cannot be the name of a function: it is taken"),
    "a name of Python's own": (["--arguments", "x, zip"], "'zip' cannot be the name of an argument: it is taken"),
    "an argument too many": (["--arguments", "x, y,"], "'' cannot be the name of an argument"),
    "an argument twice": (["--arguments", "x, x"], "an argument is named twice"),
    "a title of two lines": (["--title", "one\ntwo"], "the title must be one line of text"),
    "no title": (["--title", " "], "the title must be one line of text"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_refused_in_words_and_nothing_is_made(name: str, tmp_path: Path) -> None:
    options, words = REFUSED[name]
    done = _run("new", "week1", *options, folder=tmp_path)
    assert (done.returncode, list(tmp_path.iterdir())) == (2, [])
    assert words in done.stderr


def test_a_folder_in_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    done = _run("new", "course/week1", folder=tmp_path)
    assert done.returncode == 2
    assert f"there is no folder {tmp_path / 'course'}" in done.stderr


def test_the_templates_travel_with_the_package() -> None:
    """They lie beside the command, within a folder that the wheel takes whole."""
    assert {path.relative_to(TEMPLATE).as_posix().removesuffix(".j2") for path in TEMPLATE.rglob("*.j2")} == FILES
