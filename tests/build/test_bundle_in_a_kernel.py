"""The zip alone, in a real kernel of a Jupyter that has NumPy and nothing of ours."""

from __future__ import annotations

import json
import linecache
import os
import shutil
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import nbformat
import numpy as np
import pytest

from autograder.judging import judge
from autograder.local import LocalSession
from autograder.setting import PUBLIC_SEED, build_setting, plan_check

if TYPE_CHECKING:
    from autograder.build.assembly import Built
    from tests.build.conftest import Classroom, Loaded

pytestmark = pytest.mark.slow

FIRST = "import numpy as np\nfrom check import check"
START = "def start_of(n, m):\n    return np.zeros((n, m))"
STEP = "def step(state, W, b):\n    return np.tanh(W @ state + b)"
WALK = """\
def walk(state, W, b, T):
    path = []
    for t in range(T):
        state = step(state, W, b)
        path.append(state)
    return np.stack(path, axis=2), state"""

STUDENTS = {
    "right": (STEP, WALK),
    "slipped": (STEP, WALK.replace("step(state", "step(path[0] if path else state")),
    "slipped in a part": (STEP.replace("+ b", ""), WALK),
    "wrong twice": (STEP.replace("np.tanh", "np.sin"), WALK.replace("axis=2", "axis=1")),
    "missing": ("steps = 3", "wlak = 3"),
    "raising": ("def step(state, W, b):\n    raise ValueError('<b>no</b>')", WALK),
    "empty": ("def step(state, W, b):\n    pass", "def walk(state, W, b, T):\n    return state"),
    "changing": (STEP.replace("    return", "    state += 0.5\n    return"), WALK),
    "wrong shape": (STEP.replace("+ b)", "+ b).T"), WALK),
}
ASK = """
import dataclasses, json, sys
from check.judging import judge
from check.front import check as front
def verdicts(task):
    results, _ = judge(front.assignment, task, vars(sys.modules["__main__"]))
    return [dataclasses.asdict(each.verdict) for each in results]
print(json.dumps({task: verdicts(task) for task in ("step", "walk")}))
"""


def graders(walk: Loaded, cells: tuple[str, ...]) -> dict[str, list[dict[str, Any]]]:
    """Return the verdicts of the grader on the public cases, as JSON has them."""
    namespace: dict[str, Any] = {"np": np}
    for number, source in enumerate(cells, 1):
        linecache.cache[f"<cell {number}>"] = (len(source), None, source.splitlines(keepends=True), f"<cell {number}>")
        exec(compile(source, f"<cell {number}>", "exec"), namespace)
    found: dict[str, list[dict[str, Any]]] = {}
    failed: set[str] = set()
    for task in walk.assignment.tasks:
        for plan in task.checks:
            setting = build_setting(walk.registry, walk.assignment, task, plan, PUBLIC_SEED, frozenset(failed))
            session = LocalSession(namespace, walk.solution.given)
            verdict = judge(plan_check(walk.registry, task, plan), setting, walk.solution, session)
            found.setdefault(task.function, []).append(asdict(verdict))
        if any(verdict["outcome"] == "failed" for verdict in found[task.function]):
            failed.add(task.function)
    return json.loads(json.dumps(found).replace("(in cell 3, line", "(in line"))  # a kernel's cells have no numbers


def test_the_students_jupyter_has_nothing_of_ours(classroom: Classroom) -> None:
    """Else the other tests of this file would prove nothing."""
    absent = ("autograder", "plugins", "reference", "msgpack", "pluggy", "torch", "jinja2", "nbformat")
    path = classroom.notebook(
        *(f"import {name}" for name in absent), "import numpy, IPython, given.places; print('here')"
    )
    *missing, present = classroom.run(path)
    for name, output in zip(absent, missing, strict=True):
        assert f"No module named '{name}'" in output
    assert present.strip() == "here"


@pytest.mark.parametrize("kind", STUDENTS)
def test_verdicts_and_words_are_the_graders(classroom: Classroom, walk: Loaded, kind: str) -> None:
    """On the public cases a student reads what the grader would say."""
    cells = STUDENTS[kind]
    *_, asked = classroom.run(classroom.notebook(FIRST, START, *cells, ASK))
    expected = graders(walk, (FIRST.partition("\n")[0], START, *cells))
    part_failed = expected["step"][1]["outcome"] == "failed"
    for task, verdicts in json.loads(asked).items():
        for have, want in zip(verdicts, expected[task], strict=True):
            if "gargoyle" in want["message"]:
                assert (have["outcome"], have["message"]) == ("unjudged", "This is judged after submission.")
            elif have["outcome"] == "unjudged":  # only the reference can tell what follows from the student's own part
                assert task == "walk"
                assert part_failed
                assert "with your own `step`" in have["message"]
            else:
                assert have == want


def test_a_slip_is_named_as_by_the_grader(classroom: Classroom) -> None:
    """The sentence of the slip stands in the notebook's table and in the terminal's text."""
    cells = (FIRST, START, *STUDENTS["slipped"], "check('step'); check('walk')")
    *_, table = classroom.run(classroom.notebook(*cells))
    text = classroom.script("\n".join(cells))
    for words in (
        "5 points on the public cases",
        "the first state that was reached",
        "n=3, m=2, T=3",
        "Not judged yet",
    ):
        assert words in " ".join(text.split())
        assert words in table
    assert "<table>" in table
    assert "<table>" not in text


def test_each_name_that_is_not_there_is_met_with_the_nearest(classroom: Classroom) -> None:
    """A misspelt function in the notebook, and a misspelt task in the call."""
    misspelt = "def stpe(state, W, b): pass"
    path = classroom.notebook(FIRST, misspelt, "check('step')", "check('sptep')", "check(stpe)", "check")
    _, _, function, task, other, itself = classroom.run(path)
    assert "`stpe` found, did you mean `step`?" in function
    assert "step: it is not defined" in function
    assert "There is no task 'sptep'\n  did you mean 'step'?" in task
    assert "There is no task 'stpe'" in other
    assert "A short walk: 'step', 'walk'" in itself


def test_what_a_function_prints_is_shown_once_and_cut(classroom: Classroom) -> None:
    """A talkative function does not flood the notebook."""
    talkative = "def step(state, W, b):\n    print('<i>talk</i> ' * 100_000)\n    return np.tanh(W @ state + b)"
    _, _, output = classroom.run(classroom.notebook(FIRST, talkative, "check('step')"))
    assert "Your function printed, which costs nothing:" in output
    assert "&lt;i&gt;talk" in output
    assert len(output) < 10_000


def test_an_endless_function_is_interrupted_like_a_cell(classroom: Classroom) -> None:
    """Ctrl-C, or the square button, ends the check and not only the call."""
    endless = (
        "import threading, _thread\ndef step(state, W, b):\n"
        "    threading.Timer(0.3, _thread.interrupt_main).start()\n    while True: pass"
    )
    _, _, output = classroom.run(classroom.notebook(FIRST, endless, "check('step')\nprint('went on')"))
    assert "points" not in output
    assert "went on" not in output


def test_the_notebook_as_it_is_handed_out_runs(built: Built, classroom: Classroom) -> None:
    """Before the first line is written, each check says what is missing, and nothing stops the notebook."""
    os.utime(classroom.folder / built.notebook.name, (315_600_000, 315_600_000))  # as `unzip` leaves it
    outputs = classroom.run(classroom.folder / built.notebook.name)
    assert sum("NotImplementedError" in output for output in outputs) == 2
    assert "2 things to look at in walk.ipynb" in outputs[-1]
    assert "✗ step is still as it was handed out" in outputs[-1]
    assert "✓ The notebook runs from top to bottom" in outputs[-1]
    assert f"This is the file to hand in: {classroom.folder / 'walk.ipynb'} (not saved since" in outputs[-1]


def test_the_solution_notebook_passes_beside_the_bundle(built: Built, classroom: Classroom) -> None:
    """What instructors get runs from top to bottom, with all points that can be given there."""
    shutil.copy(built.solution, classroom.folder)
    outputs = classroom.run(classroom.folder / built.solution.name)
    assert "step: 4 of 4 points on the public cases, 1 still open" in outputs[3]
    assert "walk: 5 of 5 points" in outputs[5]


def test_before_submitting_finds_what_is_to_mend(classroom: Classroom) -> None:
    """Missing and misspelt names, failing cells by number and first line, and what is not saved."""
    path = classroom.notebook(
        FIRST,
        "def step(state, W, b):\n    return 1",
        "def wlak():\n    return 2",
        "# a comment\nundefined + 1",
        "check('step'); check.before_submitting('nowhere.ipynb')",
    )
    saved = path.read_text(encoding="utf-8").replace("return 1", "return 3")
    cells = [cell.source for cell in nbformat.read(path, as_version=4).cells]
    look = classroom.notebook(*cells, "check.before_submitting('mine.ipynb')", name="ran.ipynb")
    path.write_text(saved, encoding="utf-8")
    output = classroom.run(look)[-1]
    assert "3 things to look at in mine.ipynb" in output
    assert "✗ walk is missing: `wlak` found, did you mean `walk`?" in output
    assert "✗ Cell 4 (`# a comment`) fails: NameError: name 'undefined' is not defined" in output
    assert "✗ Not saved, it seems: step in memory is not what the file holds" in output
    assert "just now" in output


def test_before_submitting_names_the_cell_that_does_not_end(classroom: Classroom) -> None:
    """The run is stopped when the notebook's time is over."""
    endless = classroom.notebook(FIRST, STEP, WALK, "while True:\n    pass", "1", name="endless.ipynb")
    output = classroom.script(f"from check import check\ncheck.before_submitting({endless.name!r})")
    assert "✗ Cell 4 (`while True:`) had not ended when the notebook's 6 seconds were over" in output
    assert "✗ 1 of 5 code cells were not reached" in output


def test_before_submitting_finds_the_file_by_itself(classroom: Classroom) -> None:
    """By the name that Jupyter states, else as the only notebook with a task in it, else it asks."""
    cells = (FIRST, STEP, WALK, "check.before_submitting()")
    one = classroom.notebook(*cells, name="one.ipynb")
    (classroom.folder / "walk.ipynb").unlink()
    assert "Nothing is missing in one.ipynb" in classroom.run(one)[-1]
    two = classroom.notebook(*cells, name="two.ipynb")
    assert "these all define tasks: one.ipynb, two.ipynb" in classroom.run(two)[-1]
    assert "Nothing is missing in two.ipynb" in classroom.run(two, JPY_SESSION_NAME=str(two))[-1]
