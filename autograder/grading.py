"""Grading one submission: the notebook runs behind the wall, and every check of every task holds its conversation."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from autograder.conversation import Verdict
from autograder.devices import device_problem
from autograder.executed import executed_cells, remarks_on
from autograder.grade import CheckResult, Grade
from autograder.judging import judge
from autograder.sandbox.session import Notebook, Program, TaskSession
from autograder.setting import build_setting, plan_check, setting_without_bar
from autograder.variant import in_words, of_another

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from autograder.assignment import Assignment, CheckPlan, Task
    from autograder.conversation import Setting
    from autograder.registry import Registry
    from autograder.sandbox.sandbox import Sandbox
    from autograder.solution import Solution
    from autograder.submission import Cell

NO_DEVICE = "This is judged on the device {}, which could not be used where this was graded ({}). It is still open."


@dataclass(frozen=True)
class Grader:
    """All that grading a class needs: the assignment, its right answers, the plugins, the wall and the run's seed.

    On a `device` other than the CPU one submission is to be graded at a time.
    """

    assignment: Assignment
    solution: Solution
    registry: Registry
    sandbox: Sandbox
    seed: int
    device: str = "cpu"

    def grade(self, cells: tuple[Cell, ...], only: str | None = None) -> Grade:
        """Return the grade of one notebook; with `only`, of one task of it.

        The tasks before that one are judged all the same: an error in one of them may be carried forward to it.
        """
        started = time.monotonic()
        tasks = self._tasks_up_to(only)
        notebook = self.sandbox.run(Program(cells, self.solution.given_source, self.assignment.limits))
        try:
            failed: frozenset[str] = frozenset()
            right: dict[str, frozenset[int]] = {}
            results: list[CheckResult] = []
            for task in tasks:
                judged = self._judge_task(task, notebook, failed, right)
                results.extend(judged)
                if any(differs(result.verdict) for result in judged):
                    failed |= {task.function}
                right[task.function] = found_right([result.verdict for result in judged])
            executed = executed_cells(cells, notebook, self.assignment)
            wanted = tuple(result for result in results if only in (None, result.task))
            shown = [task for task in tasks if only in (None, task.function)]
            remarks = (*self._variant_remark(cells), *remarks_on(notebook, shown))
            return Grade(wanted, executed, remarks, seconds=time.monotonic() - started)
        finally:
            notebook.close()

    def _variant_remark(self, cells: tuple[Cell, ...]) -> Iterator[str]:
        other = of_another(cells, self.solution.values, self.assignment)
        if other:
            own = in_words(self.solution.values)
            yield (
                f"This notebook was made for {other}, but your own variant is {own}, and by that it was graded. "
                "If you worked from another person's handout, ask for your own."
            )

    def _tasks_up_to(self, only: str | None) -> tuple[Task, ...]:
        tasks = self.assignment.tasks
        return tasks if only is None else tasks[: tasks.index(self.assignment.task(only)) + 1]

    @cached_property
    def _settings(self) -> dict[int, Setting]:
        """The settings of all checks, which are the same for the whole class."""
        pairs = [(task, plan) for task in self.assignment.tasks for plan in task.checks]
        return {id(plan): self._setting(task, plan) for task, plan in pairs}

    def _setting(self, task: Task, plan: CheckPlan) -> Setting:
        what = self.registry, self.assignment, task, plan, self.seed, frozenset[str](), self.device
        if self.device != "cpu" and self._stays_open(without_bar := setting_without_bar(*what)):
            return without_bar  # bars of a device are calibrated where there is one
        return build_setting(*what)

    def _stays_open(self, setting: Setting) -> bool:
        """Whether a check needs a device that cannot be used here."""
        return setting.device != "cpu" and bool(self._device_problem)

    @cached_property
    def _device_problem(self) -> str:
        """Why nothing can be judged on the device, or an empty text."""
        return device_problem(self.sandbox, self.assignment.limits, self.device)

    def _judge_task(
        self, task: Task, notebook: Notebook, failed: frozenset[str], right: Mapping[str, frozenset[int]]
    ) -> list[CheckResult]:
        """Judge one task in a session of its own, which its checks share."""
        on_card = any(self._settings[id(plan)].device != "cpu" for plan in task.checks)
        session = TaskSession(notebook, anew=on_card)
        try:
            return [self._judge_check(task, plan, session, failed, right) for plan in task.checks]
        finally:
            session.close()

    def _judge_check(
        self,
        task: Task,
        plan: CheckPlan,
        session: TaskSession,
        failed: frozenset[str],
        right: Mapping[str, frozenset[int]],
    ) -> CheckResult:
        planned = plan_check(self.registry, task, plan)
        setting = replace(self._settings[id(plan)], failed=failed, right=right)
        if self._stays_open(setting):
            verdict = Verdict("unjudged", NO_DEVICE.format(setting.device, self._device_problem))
        else:
            verdict = judge(planned, setting, self.solution, session)
        points = plan.points if verdict.outcome == "passed" else 0.0
        return CheckResult(task.function, plan.check, planned.title, points, plan.points, verdict)


def differs(verdict: Verdict) -> bool:
    """Whether a function gives other answers than the solution, by its own fault or by that of its parts."""
    return verdict.outcome == "failed" or verdict.carried_forward


def found_right(verdicts: Sequence[Verdict]) -> frozenset[int]:
    """Return the places of results that every check which compared them found right, with nothing carried forward."""
    passed = [each for each in verdicts if each.outcome == "passed" and not each.carried_forward]
    doubted = {place for each in verdicts if each not in passed for place in each.looked_at}
    return frozenset(place for each in passed for place in each.looked_at) - doubted
