"""Recording what the reference answers on the public cases, so that a check can be held where there is no reference.

Each check is held with several students: the solution itself, its slips, one who is wrong on a single case, and ones
who have nothing or return nothing. What they lead the check to ask is what real students will lead it to ask.
"""

from __future__ import annotations

import contextlib
import sys
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.build.bundle.plain import Writer
from autograder.build.bundle.recorded import Keys, Recording
from autograder.build.imports import place_of
from autograder.conversation import Ask, Call, Reply, drive
from autograder.errors import AssignmentError
from autograder.local import LocalSession
from autograder.setting import PUBLIC_SEED, build_setting, plan_check
from autograder.solution import Answers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from autograder.assignment import Assignment, CheckPlan, Task
    from autograder.conversation import Case, Session, Setting, Verdict
    from autograder.registry import Registry
    from autograder.setting import Planned
    from autograder.solution import Solution

NOBODY: frozenset[str] = frozenset()
SHIPPED_IN = ("plugins.",)


@dataclass
class Recorder:
    """Records the answers to one check's questions."""

    solution: Solution
    recording: Recording
    answers: dict[str, list[Any]] = field(default_factory=dict)
    parts: set[str] = field(default_factory=set)

    def hold(self, planned: Planned, setting: Setting, student: Session) -> Verdict:
        """Hold the check with a student, and record every answer on the way."""
        inner, keys = Answers(self.solution, student), Keys()

        def answer(questions: list[Call | Ask]) -> list[Reply]:
            replies = inner.answer(questions)
            for question, reply in zip(questions, replies, strict=True):
                if isinstance(question, Ask):
                    self._note(keys.key(question), question, reply)
            return replies

        return drive(planned.start(setting), answer)

    def _note(self, key: str, ask: Ask, reply: Reply) -> None:
        """Record an answer, unless it went through a student's function and so belongs to that student alone."""
        self.parts.update(ask.through.values())
        if not ask.through and key not in self.answers:
            self.answers[key] = self.recording.record(ask, reply)


class WrongOn:
    """The solution as a student who is wrong on one case, by an amount that no tolerance forgives."""

    def __init__(self, inner: Session, case: Case) -> None:
        """Be right where the arguments are not this case's."""
        self.inner = inner
        self.case = Writer().tree([list(case.arguments), case.keywords])

    def call(self, calls: list[Call]) -> list[Reply]:
        """Return one reply for each call."""
        return [self._call(call) for call in calls]

    def _call(self, call: Call) -> Reply:
        [reply] = self.inner.call([call])
        if Writer().tree([list(call.arguments), dict(call.keywords)]) != self.case:
            return reply
        return Reply(reply.status, shifted(reply.value), reply.error, reply.arguments, reply.keywords)


def shifted(value: Any) -> Any:  # noqa: ANN401  (the closed list of values)
    """Return a value of the same form with other numbers."""
    if isinstance(value, dict):
        return {key: shifted(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return type(value)(shifted(item) for item in value)
    if isinstance(value, (float, np.floating)) or (isinstance(value, np.ndarray) and value.dtype.kind == "f"):
        return value * 1.5 + 0.25
    return value


def recorded_task(registry: Registry, assignment: Assignment, solution: Solution, task: Task) -> dict[str, Any]:
    """Return what the bundle holds of one task: checks, public cases, and answers; arrays once each."""
    recording = Recording()
    checks = [_recorded_check(registry, assignment, solution, task, plan, recording) for plan in task.checks]
    return {"checks": checks, "arrays": recording.writer.arrays}


def _recorded_check(
    registry: Registry, assignment: Assignment, solution: Solution, task: Task, plan: CheckPlan, recording: Recording
) -> dict[str, Any]:
    planned = plan_check(registry, task, plan)
    stated = {"check": plan.check, "title": planned.title, "points": plan.points}
    setting = build_setting(registry, assignment, task, plan, PUBLIC_SEED, NOBODY)
    if not all(map(is_shipped, (planned.check, *setting.conventions.values()))):
        return stated | {"module": ""}
    recorder = Recorder(solution, recording)
    verdict = recorder.hold(planned, setting, LocalSession(solution.namespace, solution.given))
    if verdict.outcome != "passed":
        problem = f"the solution itself does not pass check `{plan.check}` of {task.function}: {verdict.message}"
        raise AssignmentError(problem)
    for student, failed in _students(assignment, solution, setting):
        with contextlib.suppress(Exception):
            recorder.hold(planned, replace(setting, failed=failed), student)
    return stated | {
        "module": place_of(planned.check.__module__),
        "function": planned.check.__name__,
        "parameters": recording.writer.tree(dict(planned.parameters)),
        "setting": _setting(setting, recording.writer),
        "answers": recorder.answers,
        "parts": sorted(recorder.parts),
    }


def _students(assignment: Assignment, solution: Solution, setting: Setting) -> Iterator[tuple[Session, frozenset[str]]]:
    """Yield students of many kinds, with the functions that have failed before."""
    own = solution.namespace
    everything = frozenset(task.function for task in assignment.tasks)
    yield LocalSession(own, solution.given), everything - {setting.function}
    for case in setting.cases:
        yield WrongOn(LocalSession(own, solution.given), case), NOBODY
    for slip in setting.slips:
        yield LocalSession(own | {setting.function: solution.mistaken[slip.name]}, solution.given), NOBODY
    yield LocalSession(dict.fromkeys(everything, _nothing), solution.given), NOBODY
    yield LocalSession({}, solution.given), NOBODY


def _nothing(*_: object, **__: object) -> None:
    """Be a function that was left empty."""


def is_shipped(function: Callable[..., Any]) -> bool:
    """Whether a check or convention lies in a module of ours, by its name, so that the bundle can hold it."""
    module = sys.modules.get(function.__module__)
    return function.__module__.startswith(SHIPPED_IN) and getattr(module, function.__name__, None) is function


def _setting(setting: Setting, writer: Writer) -> dict[str, Any]:
    return {
        "function": setting.function,
        "cases": [_case(case, writer) for case in setting.cases],
        "results": list(setting.results),
        "slips": [[slip.name, slip.sentence] for slip in setting.slips],
        "conventions": {name: [place_of(each.__module__), each.__name__] for name, each in setting.conventions.items()},
        "seed": setting.seed,
    }


def _case(case: Case, writer: Writer) -> dict[str, Any]:
    inputs = writer.tree(dict(case.inputs))
    return {"inputs": inputs, "label": case.label, "size": dict(case.size), "by_keyword": sorted(case.by_keyword)}
