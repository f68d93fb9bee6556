"""What is drawn, promised and spent is judged in the bundle as it is by the grader, slips included, with NumPy alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.build.test_recurrent import JUDGE, graders, mistaken, solved

if TYPE_CHECKING:
    from autograder.build.assembly import Built
    from tests.build.conftest import Enter, Load, Loaded

pytestmark = pytest.mark.slow
PROMISES = Path(__file__).parents[1] / "promises"


@pytest.fixture(scope="module")
def promises(load: Load) -> Loaded:
    """The assignment with samplers, properties and costs."""
    return load(PROMISES)


@pytest.fixture(scope="module")
def promises_built(promises: Loaded, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The same, built."""
    return promises.build(tmp_path_factory.mktemp("dist"))


def test_each_slip_has_the_same_verdicts_and_words_in_the_bundle(
    promises: Loaded, promises_built: Built, enter: Enter
) -> None:
    """In a Python without the project; a line is counted from its own function, so that even costs read the same."""
    classroom = enter(promises_built)
    slips = promises.assignment.slips
    jobs = [(slip.function, mistaken(promises, slip)) for slip in slips]
    (classroom.folder / "jobs.json").write_text(json.dumps(jobs), encoding="utf-8")
    found = json.loads(classroom.script(solved(promises_built) + JUDGE).splitlines()[-1])
    assert {slip.name: verdicts for slip, verdicts in zip(slips, found, strict=True)} == {
        slip.name: graders(promises, slip) for slip in slips
    }


def test_the_solution_notebook_gets_every_point_in_the_bundle(
    promises: Loaded, promises_built: Built, enter: Enter
) -> None:
    """Without the functions that say what may be drawn, which no student has."""
    checks = "\n".join(f"check({task.function!r})" for task in promises.assignment.tasks)
    output = enter(promises_built).script(f"{solved(promises_built)}\n{checks}")
    for task in promises.assignment.tasks:
        assert f"{task.function}: {task.points:g} of {task.points:g} points" in output


def test_what_may_be_drawn_takes_little_room(promises_built: Built) -> None:
    """Of all draws only a few are recorded."""
    assert promises_built.archive.stat().st_size < 400_000
