"""The worked example of docs/authoring.md, done as it is written there."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
GUIDE = Path(__file__).resolve().parent.parent / "docs" / "authoring.md"
GRADMARK = Path(sys.executable).parent / "gradmark"
FILE = re.compile(
    r"^\*\*`(?P<path>[^`]+)`\*\*.*?^(?P<fence>`{3,})\w+\n(?P<text>.*?)^(?P=fence)$", re.DOTALL | re.MULTILINE
)
COMMAND = re.compile(r"^```console\n\$ (?P<command>.*?)\n(?P<output>.*?)```$", re.DOTALL | re.MULTILINE)
STUDENTS = {
    "ada": "def bag_of_words(tokens, vocabulary):\n    return [[tokens.count(word)] for word in vocabulary]",
    "bob": "def bag_of_words(tokens, vocabulary):\n    return np.array([float(word in tokens) for word in vocabulary])",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the guide's files, as the guide says to write them."""
    folder = tmp_path_factory.mktemp("author")
    for found in FILE.finditer(GUIDE.read_text(encoding="utf-8")):
        path = folder / found["path"]
        path.parent.mkdir(exist_ok=True)
        path.write_text(found["text"], encoding="utf-8")
    (folder / "submissions").mkdir()
    for name, code in STUDENTS.items():
        cells = [{"cell_type": "code", "source": source} for source in ("import numpy as np", code)]
        (folder / "submissions" / f"{name}.ipynb").write_text(
            json.dumps({"cells": cells, "nbformat": 4}), encoding="utf-8"
        )
    return folder


def _run(folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    words = [str(GRADMARK), *command.split()[1:]]
    tier = [] if "build" in words else ["--accept-tier", "reduced"]
    return subprocess.run([*words, *tier], cwd=folder, capture_output=True, text=True, check=False)


def test_every_command_of_the_guide_does_what_it_says(folder: Path) -> None:
    commands = list(COMMAND.finditer(GUIDE.read_text(encoding="utf-8")))
    assert len(commands) == 3
    for found in commands:
        done = _run(folder, found["command"])
        assert done.returncode == 0, done.stdout + done.stderr
        if found["output"]:
            assert [line.rstrip() for line in done.stdout.splitlines()] == found["output"].splitlines()


def test_the_guides_students_get_the_grades_that_they_deserve(folder: Path) -> None:
    done = _run(folder, "gradmark grade counting submissions --json")
    grades = {grade["student"]: grade for grade in json.loads(done.stdout)["grades"]}
    assert grades["ada"]["points"] == 10, "a column given as lists is an accepted form"
    assert grades["bob"]["points"] == 2
    hints = {result["verdict"]["hint"] for result in grades["bob"]["grade"]["results"]}
    assert "It is what you get when a word counts once however often it occurs." in hints


def test_a_misspelt_key_is_refused_with_the_one_that_was_meant(folder: Path) -> None:
    copy = folder / "misspelt"
    shutil.copytree(folder / "counting", copy, dirs_exist_ok=True)
    text = (copy / "assignment.toml").read_text(encoding="utf-8")
    (copy / "assignment.toml").write_text(text.replace("edges", "egdes"), encoding="utf-8")
    done = _run(folder, "gradmark build misspelt")
    assert done.returncode == 2
    assert "did you mean 'edges'" in done.stderr
    assert "Traceback" not in done.stderr
