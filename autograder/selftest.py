"""Grading the grader: what the checks must say of the solution, of nothing at all, and of every known mistake."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING

from autograder.build import handout, notebook
from autograder.compare import Tolerance, first_difference
from autograder.conversation import Call, Reply
from autograder.grading import Grader
from autograder.judging import judge
from autograder.local import LocalSession
from autograder.setting import build_setting, plan_check
from autograder.submission import Cell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from autograder.assignment import Assignment, Slip, Task
    from autograder.conversation import Setting, Verdict
    from autograder.registry import Registry
    from autograder.sandbox.sandbox import Sandbox
    from autograder.solution import Solution

TOLERANCE = Tolerance(1e-7, 1e-10)


@dataclass(frozen=True)
class Finding:
    """One thing that was tried, whether it came out as it must, and in what words if not."""

    subject: str
    right: bool
    words: str


@dataclass(frozen=True)
class SelfTest:
    """An assignment with its right answers and plugins, to be tried with several seeds."""

    assignment: Assignment
    solution: Solution
    registry: Registry
    seeds: tuple[int, ...] = (1, 2, 3)

    def findings(self, sandbox: Sandbox) -> Iterator[Finding]:
        """Yield every finding; the notebooks that `build` makes go through the real sandbox."""
        yield from self.in_process()
        whole = self.assignment.points
        yield self._built_notebook(sandbox, "the solution's notebook, in the sandbox", whole, solved=True)
        yield self._built_notebook(sandbox, "the empty handout, in the sandbox", 0.0, solved=False)

    def in_process(self) -> Iterator[Finding]:
        """Yield the findings on the assignment's own code, which needs no sandbox."""
        for task in self.assignment.tasks:
            yield self._solution_passes(task)
            yield self._nothing_fails(task)
            yield from self._agrees_with_reference(task)
        for slip in self.assignment.slips:
            yield self._slip_is_named(slip)
        yield from self._slips_differ()

    def _settings(self, task: Task) -> Iterator[tuple[Callable[[LocalSession], Verdict], str]]:
        """Yield for each seed and check what judges a session, and what to call it."""
        for seed in self.seeds:
            for plan in task.checks:
                planned = plan_check(self.registry, task, plan)
                setting = build_setting(self.registry, self.assignment, task, plan, seed, frozenset())
                yield partial(judge, planned, setting, self.solution), f"{plan.check}, seed {seed}"

    def _solution_passes(self, task: Task) -> Finding:
        session = LocalSession(self.solution.namespace, self.solution.given, capture=False)
        for judged, name in self._settings(task):
            verdict = judged(session)
            if verdict.outcome != "passed":
                return Finding(f"{task.function}: the solution", right=False, words=f"{name}: {verdict.message}")
        return Finding(f"{task.function}: the solution", right=True, words=f"passes {len(task.checks)} checks")

    def _nothing_fails(self, task: Task) -> Finding:
        nothing = {task.function: _nothing for task in self.assignment.tasks}
        for judged, name in self._settings(task):
            verdict = judged(LocalSession(nothing, self.solution.given, capture=False))
            if verdict.outcome != "failed":
                return Finding(f"{task.function}: None", right=False, words=f"{name}: {verdict.outcome}")
        return Finding(f"{task.function}: None", right=True, words="fails every check")

    def _agrees_with_reference(self, task: Task) -> Iterator[Finding]:
        """Compare the solution with the reference of the same name, where one takes the same arguments.

        Authors name functions after what they do, and so do references: a name alone is no sign of one contract.
        """
        reference = self.registry.references.get(task.function)
        if reference is None or _arguments(reference) != _arguments(self.solution.function(task.function)):
            return
        session = LocalSession({task.function: reference}, self.solution.given, capture=False)
        subject = f"{task.function}: the reference"
        for setting in self._case_settings(task):
            expected, got = self._answers(self.solution.namespace, setting), _ask(session, setting)
            if _differ(expected, got):
                yield Finding(
                    subject, right=False, words="the solution and the registered reference give different answers"
                )
                return
        yield Finding(subject, right=True, words="agrees with the solution")

    def _case_settings(self, task: Task) -> Iterator[Setting]:
        """Yield settings whose cases are inputs of the task's own function."""
        for plan in task.checks:
            if "forward" not in plan.parameters:
                yield build_setting(self.registry, self.assignment, task, plan, self.seeds[0], frozenset())

    def _answers(self, namespace: dict[str, Callable[..., object]], setting: Setting) -> list[Reply]:
        return _ask(LocalSession(namespace, self.solution.given, capture=False), setting)

    def _slip_is_named(self, slip: Slip) -> Finding:
        """Demand that some check fails the slip, and that the one which does names it."""
        namespace = self.solution.namespace | {slip.function: self.solution.mistaken[slip.name]}
        session = LocalSession(namespace, self.solution.given, capture=False)
        verdicts = [judged(session) for judged, _ in self._settings(self.assignment.task(slip.function))]
        failed = [verdict for verdict in verdicts if verdict.outcome == "failed"]
        wrong = {verdict.slip for verdict in failed} - {slip.name}
        subject = f"{slip.function}: slip {slip.name}"
        if not failed:
            return Finding(subject, right=False, words="no check fails it")
        if wrong:
            return Finding(subject, right=False, words=f"it is taken for {', '.join(sorted(wrong)) or 'nothing known'}")
        return Finding(subject, right=True, words=f"failed and named by {len(failed)} of {len(verdicts)} checks")

    def _slips_differ(self) -> Iterator[Finding]:
        """Demand that no two slips of one function give the same answers everywhere."""
        for task in self.assignment.tasks:
            slips = self.assignment.slips_of(task.function)
            settings = list(self._case_settings(task))
            answers = {slip.name: [self._answers(self._with(slip), setting) for setting in settings] for slip in slips}
            for one, other in combinations(slips, 2):
                pairs = zip(answers[one.name], answers[other.name], strict=True)
                if settings and not any(_differ(a, b) for a, b in pairs):
                    words = "they give the same answers on every case"
                    yield Finding(f"{task.function}: slips {one.name}, {other.name}", right=False, words=words)

    def _with(self, slip: Slip) -> dict[str, Callable[..., object]]:
        return self.solution.namespace | {slip.function: self.solution.mistaken[slip.name]}

    def _built_notebook(self, sandbox: Sandbox, subject: str, points: float, *, solved: bool) -> Finding:
        speaker = handout.Instructor if solved else handout.Student
        cells = notebook.cells_of(handout.render(speaker(self.assignment, self.solution)))
        grader = Grader(self.assignment, self.solution, self.registry, sandbox, self.seeds[0])
        grade = grader.grade(tuple(Cell(cell.kind, cell.source) for cell in cells))
        right = grade.complete and abs(grade.points - points) < 1e-9
        worst = next((result.verdict.message for result in grade.results if result.verdict.outcome != "passed"), "")
        words = f"{grade.points:g} of {self.assignment.points:g} points, expected {points:g}"
        return Finding(subject, right, words if right or not solved else f"{words}; {worst}")


def _nothing(*_: object, **__: object) -> None:
    """Do what an empty stub does."""


def _arguments(function: Callable[..., object]) -> list[str]:
    """Return the names of the arguments that a call must or may give by position."""
    parameters = inspect.signature(function).parameters.values()
    return [each.name for each in parameters if each.kind is each.POSITIONAL_OR_KEYWORD]


def _ask(session: LocalSession, setting: Setting) -> list[Reply]:
    return session.call([Call(setting.function, case.arguments, case.keywords) for case in setting.cases])


def _differ(some: list[Reply], others: list[Reply]) -> bool:
    for one, other in zip(some, others, strict=True):
        if one.status != other.status or one.error.partition(":")[0] != other.error.partition(":")[0]:
            return True
        pairs = ((one.value, other.value), (one.arguments, other.arguments))
        if any(first_difference(a, b, TOLERANCE) is not None for a, b in pairs):
            return True
    return False
