"""What holds for the handout of every assignment: its stated results are true, each task has its check, and the bars that
a training must reach lie where it says.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from autograder.bars import derive_bar, key_of, read_calibrations
from autograder.build import handout
from autograder.solution import load_solution
from tests.handouts import FOLDERS, examples, load, printed_by, sit_down

if TYPE_CHECKING:
    from pathlib import Path

    from autograder.assignment import CheckPlan, Task

pytestmark = pytest.mark.slow

VARIANTS = [
    (name, {key: value})
    for name in FOLDERS
    for key, values in load(name).variants.items()
    for value in values
]  # fmt: skip
WITHOUT = [(name, {}) for name in FOLDERS if not load(name).variants]
TRAINED = [
    (name, task.function, plan.check)
    for name in FOLDERS
    for task in load(name).tasks
    for plan in task.checks
    if plan.check in {"accuracy", "learning"}
]


def as_students_read_it(name: str) -> str:
    assignment = load(name)
    return handout.render(handout.Student(assignment, load_solution(assignment)))


@pytest.mark.parametrize(("name", "variant"), [*WITHOUT, *VARIANTS])
def test_every_result_that_a_handout_states_is_what_the_solution_prints(
    name: str, variant: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assignment = load(name)
    sit_down(assignment, tmp_path, monkeypatch)
    solution = load_solution(replace(assignment, variant=variant) if variant else assignment)
    namespace: dict[str, Any] = {"__name__": "__main__"}
    printed = [(printed_by(code, namespace), stated) for code, stated in examples(solution)]
    assert {key: namespace[key] for key in variant} == variant
    assert [each for each, stated in printed if stated] == [stated for _, stated in printed if stated]
    assert sum(bool(stated) for _, stated in printed) >= len(assignment.tasks)


@pytest.mark.parametrize("name", FOLDERS)
def test_a_handout_shows_a_check_for_every_task_and_one_before_handing_in(name: str) -> None:
    text = as_students_read_it(name)
    assert [task.function for task in load(name).tasks if f'check("{task.function}")' not in text] == []
    assert "check.before_submitting()" in text


@pytest.mark.parametrize("name", FOLDERS)
def test_a_handout_says_how_long_a_cell_may_run(name: str) -> None:
    assert f"{load(name).limits.cell_seconds:g} seconds" in " ".join(as_students_read_it(name).split())


@pytest.mark.parametrize(("name", "function", "check"), TRAINED)
def test_a_bar_lies_well_above_its_baselines_and_below_what_is_usual(name: str, function: str, check: str) -> None:
    task, plan = found(name, function, check)
    bar = derive_bar(read_calibrations(load(name), task, "cpu")[key_of(task, plan)])
    sign = -1 if bar.lower_is_better else 1
    strongest = bar.strongest[1]
    assert sign * (bar.value - strongest) > 0
    assert 0 < sign * (bar.usual - bar.value) < sign * (bar.usual - strongest)


@pytest.mark.parametrize(("name", "function", "check"), TRAINED)
def test_a_handout_quotes_the_bar_of_what_is_trained(name: str, function: str, check: str) -> None:
    task, plan = found(name, function, check)
    bar = derive_bar(read_calibrations(load(name), task, "cpu")[key_of(task, plan)])
    assert bar.as_text(bar.value) in as_students_read_it(name)


def found(name: str, function: str, check: str) -> tuple[Task, CheckPlan]:
    """Return a task and its first check of a kind."""
    task = load(name).task(function)
    return task, next(plan for plan in task.checks if plan.check == check)
