"""The assignment that ships with Gradmark: the bundle knows each slip as the grader does."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import nbformat
import pytest

from autograder import source
from autograder.judging import judge
from autograder.local import LocalSession
from autograder.setting import PUBLIC_SEED, build_setting, plan_check

if TYPE_CHECKING:
    from autograder.assignment import Slip
    from autograder.build.assembly import Built
    from tests.build.conftest import Enter, Loaded

pytestmark = pytest.mark.slow

JUDGE = """
import dataclasses, json
from check.front import check as front
from check.judging import judge
def verdicts(task, mistaken):
    namespace = dict(globals())
    exec(mistaken, namespace)
    results, _ = judge(front.assignment, task, namespace)
    return [dataclasses.asdict(each.verdict) for each in results]
jobs = json.load(open("jobs.json", encoding="utf-8"))
print(json.dumps([verdicts(*job) for job in jobs]))
"""


def solved(built: Built) -> str:
    """Return the code of the solution notebook, without its calls of `check`."""
    cells = [cell.source for cell in nbformat.read(built.solution, as_version=4).cells if cell.cell_type == "code"]
    return "\n\n".join(cell for cell in cells if not cell.startswith("check"))


def graders(loaded: Loaded, slip: Slip) -> list[dict[str, Any]]:
    """Return the grader's verdicts on the public cases for a student who made this slip and no other."""
    task = loaded.assignment.task(slip.function)
    namespace = loaded.solution.namespace | {slip.function: loaded.solution.mistaken[slip.name]}
    found = []
    for plan in task.checks:
        setting = build_setting(loaded.registry, loaded.assignment, task, plan, PUBLIC_SEED, frozenset())
        session = LocalSession(namespace, loaded.solution.given)
        found.append(asdict(judge(plan_check(loaded.registry, task, plan), setting, loaded.solution, session)))
    return json.loads(json.dumps(found))


def test_each_slip_has_the_same_verdicts_and_words_in_the_bundle(
    recurrent: Loaded, recurrent_built: Built, enter: Enter
) -> None:
    """In a Python without the project, for every slip that the assignment knows."""
    classroom = enter(recurrent_built)
    slips = recurrent.assignment.slips
    jobs = [(slip.function, mistaken(recurrent, slip)) for slip in slips]
    (classroom.folder / "jobs.json").write_text(json.dumps(jobs), encoding="utf-8")
    found = json.loads(classroom.script(solved(recurrent_built) + JUDGE).splitlines()[-1])
    assert {slip.name: verdicts for slip, verdicts in zip(slips, found, strict=True)} == {
        slip.name: graders(recurrent, slip) for slip in slips
    }


def mistaken(loaded: Loaded, slip: Slip) -> str:
    """Return a function with a slip as a student would have it in a cell."""
    text = source.whole(loaded.solution.function(slip.function))
    find, replace = slip.find.strip("\n"), slip.replace.strip("\n")
    assert text.count(find) == 1
    return text.replace(find, replace)


def test_the_solution_notebook_gets_every_point(recurrent: Loaded, recurrent_built: Built, enter: Enter) -> None:
    """As instructors would see it, beside the bundle."""
    checks = "\n".join(f"check({task.function!r})" for task in recurrent.assignment.tasks)
    output = enter(recurrent_built).script(f"{solved(recurrent_built)}\n{checks}")
    for task in recurrent.assignment.tasks:
        assert f"{task.function}: {task.points:g} of {task.points:g} points" in output


def test_the_bundle_is_small(recurrent_built: Built) -> None:
    """It travels by e-mail."""
    assert recurrent_built.archive.stat().st_size < 3_000_000
