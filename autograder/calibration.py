"""Calibrating: the solution is trained in the sandbox with many seeds, and what it scores becomes the bar."""

from __future__ import annotations

import platform
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.metadata import version
from typing import TYPE_CHECKING

from autograder import source
from autograder.bars import Calibration, digest_of_plan, key_of, path_of, read_calibrations, write_calibrations
from autograder.conversation import Measurement, drive
from autograder.errors import AssignmentError
from autograder.provenance import digest_of_program
from autograder.sandbox.session import Program, TaskSession
from autograder.setting import plan_check, setting_without_bar, trains
from autograder.solution import Answers
from autograder.submission import Cell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from autograder.assignment import Assignment, CheckPlan, Task
    from autograder.registry import Registry
    from autograder.sandbox.sandbox import Sandbox
    from autograder.solution import Solution

PACKAGES = ("numpy", "scipy", "torch")
FIRST_SEED = 1_000_000_000
"""Far from the small seeds by which graders are tried: those are to find out whether a bar holds on other cases."""


@dataclass(frozen=True)
class Calibrator:
    """An assignment whose solution is to be trained with the seeds 1 to `seeds`, so many `jobs` at a time."""

    assignment: Assignment
    solution: Solution
    registry: Registry
    sandbox: Sandbox
    seeds: int
    jobs: int = 1
    device: str = "cpu"

    def plans(self, task: Task) -> list[CheckPlan]:
        """Return the checks of a task that train."""
        return [plan for plan in task.checks if trains(plan_check(self.registry, task, plan).check)]

    def calibrate(self, task: Task) -> Iterator[tuple[CheckPlan, Calibration]]:
        """Measure a task's checks that train, and yield each as it stands at first and after every seed.

        It is kept in the assignment at once, so that an interrupted run goes on where it stopped.
        """
        plans = {key_of(task, plan): plan for plan in self.plans(task)}
        known = read_calibrations(self.assignment, task, self.device, versions())
        kept = {key: known[key] for key in plans if key in known}
        for key, plan in plans.items():
            for calibration in self._measure(task, plan, kept.get(key)):
                kept[key] = calibration
                write_calibrations(path_of(self.assignment, task, self.device), kept, versions())
                yield plan, calibration

    def _measure(self, task: Task, plan: CheckPlan, known: Calibration | None) -> Iterator[Calibration]:
        calibration = self._begun(task, plan, known)
        yield calibration
        missing = [seed for seed in range(1, self.seeds + 1) if str(seed) not in calibration.scores]
        pool = ThreadPoolExecutor(self.jobs)
        try:
            futures: dict[Future[Measurement], int] = {
                pool.submit(self._train, task, plan, seed): seed for seed in missing
            }
            for future in as_completed(futures):
                calibration = with_measurement(calibration, futures[future], future.result())
                yield calibration
        finally:
            pool.shutdown(cancel_futures=True)

    def _begun(self, task: Task, plan: CheckPlan, known: Calibration | None) -> Calibration:
        """Return what is known already, if the same code was measured on the same terms; else nothing but the terms."""
        program = digest_of_program(self.registry, self.assignment, task, plan)
        begun = Calibration(digest_of_plan(plan), program, self.seeds)
        if known is None or (known.plan, known.program) != (begun.plan, begun.program):
            return begun
        return replace(known, wanted=max(self.seeds, len(known.scores)))

    def _train(self, task: Task, plan: CheckPlan, seed: int) -> Measurement:
        """Train the solution once, in the sandbox as a student's would be; AssignmentError if it has no score."""
        terms = FIRST_SEED + seed, frozenset[str](), self.device
        setting = setting_without_bar(self.registry, self.assignment, task, plan, *terms)
        planned = plan_check(self.registry, task, plan)
        notebook = self.sandbox.run(self._program)
        session = TaskSession(notebook, anew=setting.device != "cpu")
        try:
            answers = Answers(replace(self.solution), session)  # a copy: what it remembers is of one seed alone
            found = drive(vars(planned.check)["measure"](setting, **planned.parameters), answers.answer)
        finally:
            session.close()
            notebook.close()
        if not isinstance(found, Measurement):
            where = f"check `{plan.check}` of {task.function}"
            raise AssignmentError(f"{where}: with seed {seed} the solution itself has no score: {found.message}")
        return found

    @cached_property
    def _program(self) -> Program:
        """The solution as a notebook that shows and asks nothing."""
        functions = [self.solution.function(task.function) for task in self.assignment.tasks]
        text = source.with_imports(functions, self.assignment.given)
        return Program((Cell("code", text),), self.solution.given_source, self.assignment.limits)


def with_measurement(calibration: Calibration, seed: int, found: Measurement) -> Calibration:
    """Return a calibration with what one more seed gave."""
    baselines = {
        name: {**calibration.baselines.get(name, {}), str(seed): score} for name, score in found.baselines.items()
    }
    scores = {**calibration.scores, str(seed): found.score}
    return replace(calibration, scores=scores, baselines=baselines, lower_is_better=found.lower_is_better)


def versions() -> str:
    """Return the versions of what a training's numbers depend on."""
    return " · ".join([f"Python {platform.python_version()}", *(f"{name} {version(name)}" for name in PACKAGES)])
