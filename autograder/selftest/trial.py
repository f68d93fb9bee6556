"""An assignment on trial: its checks held on anybody's functions, in this process."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from autograder.grading import found_right
from autograder.judging import judge
from autograder.local import LocalSession
from autograder.setting import build_setting, plan_check

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from autograder.assignment import Assignment, CheckPlan, Task
    from autograder.conversation import Session, Setting, Verdict
    from autograder.registry import Registry
    from autograder.solution import Solution

FIRST_SEED = 1
MOST_SETTINGS = 64
Namespace = dict[str, Any]


@dataclass(frozen=True)
class Trial:
    """An assignment with its right answers and plugins; with `only`, one task of it is on trial."""

    assignment: Assignment
    solution: Solution
    registry: Registry
    only: str | None = None

    @property
    def tasks(self) -> tuple[Task, ...]:
        """The tasks that are on trial."""
        return self.assignment.tasks if self.only is None else (self.assignment.task(self.only),)

    def trains(self, plan: CheckPlan) -> bool:
        """Whether a check trains something, so that it takes long; such a check's function says so itself."""
        return bool(getattr(self.registry.checks[plan.check], "trains", False))

    def setting(self, task: Task, plan: CheckPlan, seed: int) -> Setting:
        """Return what a check is told where every other task is right."""
        key = id(plan), seed
        if key not in self._settings:
            if len(self._settings) >= MOST_SETTINGS:
                self._settings.clear()
            setting = build_setting(self.registry, self.assignment, task, plan, seed, frozenset())
            self._settings[key] = replace(setting, right=self.right if seed >= 0 else {})
        return self._settings[key]

    @cached_property
    def _settings(self) -> dict[tuple[int, int], Setting]:
        return {}

    @cached_property
    def right(self) -> Mapping[str, frozenset[int]]:
        """The places of the solution's results that its checks find right, by function."""
        found: dict[str, frozenset[int]] = {}
        for task in self.assignment.tasks:
            plans = [plan for plan in task.checks if not self.trains(plan)]
            session = self.session(self.solution.namespace)
            settings = [build_setting(self.registry, self.assignment, task, plan, 1, frozenset()) for plan in plans]
            pairs = zip(plans, settings, strict=True)
            found[task.function] = found_right([self.held(task, plan, setting, session) for plan, setting in pairs])
        return found

    def session(self, namespace: Mapping[str, Any]) -> LocalSession:
        """Return a session with these functions."""
        return LocalSession(namespace, self.solution.given, capture=False)

    def changed(self, functions: Mapping[str, Callable[..., Any]]) -> Namespace:
        """Return the solution's functions with some of them replaced."""
        return self.solution.namespace | dict(functions)

    def held(self, task: Task, plan: CheckPlan, setting: Setting, session: Session) -> Verdict:
        """Return the verdict of one check."""
        return judge(plan_check(self.registry, task, plan), setting, self.solution, session)

    def verdicts(
        self, task: Task, namespace: Mapping[str, Any], seed: int, plans: Iterable[CheckPlan] | None = None
    ) -> list[Verdict]:
        """Return the verdicts of a task's checks, or of some of them, on these functions, in one session."""
        session = self.session(namespace)
        wanted = task.checks if plans is None else plans
        return [self.held(task, plan, self.setting(task, plan, seed), session) for plan in wanted]
