"""The template's functions, and what an author reads who gets one wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from autograder.build.handout import Instructor, Student, render
from autograder.errors import AssignmentError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.build.conftest import Load, Loaded

MISTAKES = {
    '<%= stub("stpe") %>': "handout.md, line 4: walk has no task 'stpe'; did you mean 'step'?",
    '<%= sutb("step") %>': "handout.md, line 4: 'sutb' is not defined; did you mean 'stub'?",
    '<%= points("wlak") %>': "handout.md, line 4: walk has no task 'wlak'; did you mean 'walk'?",
    "<%= titel %>": "handout.md, line 4: 'titel' is not defined; did you mean 'title'?",
    "<%= 1 / 0 %>": "handout.md, line 4: ZeroDivisionError: division by zero",
    "<% if title %>": "handout.md, line 4: Unexpected end of template",
    "<%= title": "handout.md, line 4: unexpected end of template",
    "": 'handout.md shows no stub for every task; missing: <%= stub("walk") %>',
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_an_authors_mistake_is_told_with_its_line(author: Path, load: Load, mistake: str) -> None:
    """No traceback, and no handout that lacks a task."""
    (author / "handout.md").write_text(f'# Title\n\n<%= stub("step") %>\n{mistake}', encoding="utf-8")
    with pytest.raises(AssignmentError) as told:
        render(student(load(author)))
    assert MISTAKES[mistake].lower() in str(told.value).lower()


def test_an_assignment_without_a_handout_is_refused(author: Path, load: Load) -> None:
    """The file's name is in the message."""
    (author / "handout.md").unlink()
    with pytest.raises(AssignmentError, match=r"has no handout\.md"):
        render(student(load(author)))


def test_given_code_that_calls_a_task_does_not_hand_it_out(author: Path, load: Load) -> None:
    """What students are to write stays out of what they are given."""
    text = (author / "solution.py").read_text(encoding="utf-8")
    (author / "solution.py").write_text(text.replace("np.zeros((n, m))", "step(n, m, 0)"), encoding="utf-8")
    given = load(author).solution.given_source
    assert "step(n, m, 0)" in given
    assert "def step" not in given


def test_students_see_stubs_and_points(walk: Loaded) -> None:
    """Signature and docstring without the parts that only references have."""
    text = render(student(walk))
    assert "def walk(state, W, b, T):" in text
    assert "10 points" in text
    assert "## One step (5 points)" in text
    assert "def start_of(n, m):" in text
    assert "remark is for authors" not in text


def test_instructors_see_solutions_with_their_companions_once(walk: Loaded) -> None:
    """A companion stands before the first function that needs it."""
    text = render(Instructor(walk.assignment, walk.solution))
    assert text.count("def _squashed") == 1
    assert text.index("def _squashed") < text.index("def step")
    assert "YOUR CODE HERE" not in text


def student(loaded: Loaded) -> Student:
    """Return what speaks for students."""
    return Student(loaded.assignment, loaded.solution)
