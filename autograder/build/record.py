"""Recording what the reference answers on the public cases, so that a check can be held where there is no reference.

Each check is held with several students: the solution itself, one whose numbers are all wrong, the slips, and ones
who return nothing or have nothing. What these lead the check to ask is what real students will lead it to ask.
"""

from __future__ import annotations

import contextlib
import sys
import warnings
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.build.bundle.plain import Writer
from autograder.build.bundle.recorded import Keys, record
from autograder.build.imports import place_of
from autograder.conversation import Ask, Call, Reply, drive
from autograder.errors import AssignmentError
from autograder.local import LocalSession
from autograder.setting import PUBLIC_SEED, build_setting, plan_check, trains
from autograder.solution import Answers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from autograder.assignment import Assignment, CheckPlan, Task
    from autograder.conversation import Case, Session, Setting, Verdict
    from autograder.registry import Registry
    from autograder.setting import Planned
    from autograder.solution import Solution

SHIPPED_IN = "plugins."


class Wrong:
    """The solution as a student whose numbers are all wrong, by an amount that no tolerance forgives."""

    def __init__(self, inner: Session) -> None:
        """Spoil the answers of this session."""
        self.inner = inner

    def call(self, calls: list[Call]) -> list[Reply]:
        """Return one reply for each call."""
        return [replace(reply, value=shifted(reply.value)) for reply in self.inner.call(calls)]


def shifted(value: Any) -> Any:
    """Return a value of the same form with other numbers."""
    if isinstance(value, dict):
        return {key: shifted(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return type(value)(shifted(item) for item in value)
    if isinstance(value, (float, np.floating)) or (isinstance(value, np.ndarray) and value.dtype.kind == "f"):
        return value * 1.5 + 0.25
    return value


def nothing(*_: object, **__: object) -> None:
    """Be a function that was left empty."""


@dataclass
class Held:
    """One check with its public cases, and what was answered while it was held."""

    solution: Solution
    planned: Planned
    setting: Setting
    writer: Writer
    answers: dict[str, list[Any]] = field(default_factory=dict)

    def with_student(self, student: Session) -> Verdict:
        """Hold the check with a student, and record every answer on the way."""
        inner, keys = Answers(self.solution, student), Keys()

        def answer(questions: list[Call | Ask]) -> list[Reply]:
            replies = inner.answer(questions)
            for question, reply in zip(questions, replies, strict=True):
                if isinstance(question, Ask):
                    self._note(keys.key(question), question, reply)
            return replies

        return drive(self.planned.start(self.setting), answer)

    def _note(self, key: str, ask: Ask, reply: Reply) -> None:
        """Record an answer, unless it went through a student's function and so belongs to that student alone."""
        if not ask.through and not ask.aside and key not in self.answers:
            self.answers[key] = record(ask, reply, self.writer)

    def with_all(self, tasks: list[str]) -> None:
        """Hold the check with every kind of student; AssignmentError if it does not pass the solution."""
        own = self.with_student(self._session(self.solution.namespace))
        if own.outcome != "passed":
            where = f"{self.setting.function}, check “{self.planned.title}”"
            raise AssignmentError(f"{where}: the solution itself does not pass the public cases: {own.message}")
        for student in self._students(tasks):
            with contextlib.suppress(Exception), warnings.catch_warnings():  # a check may not bear such replies
                warnings.simplefilter("ignore")  # that a mistake overflows is nothing to tell the instructor
                self.with_student(student)

    def _students(self, tasks: list[str]) -> Iterator[Session]:
        own = self.solution.namespace
        yield Wrong(self._session(own))
        for slip in self.setting.slips:
            yield self._session(own | {self.setting.function: self.solution.mistaken[slip.name]})
        yield self._session(dict.fromkeys(tasks, nothing))
        yield self._session({})

    def _session(self, namespace: dict[str, Any]) -> Session:
        return LocalSession(namespace, self.solution.given)


def recorded_task(registry: Registry, assignment: Assignment, solution: Solution, task: Task) -> dict[str, Any]:
    """Return what the bundle holds of one task: checks, public cases, and answers; arrays once each."""
    writer = Writer()
    checks = []
    for plan in task.checks:
        planned = plan_check(registry, task, plan)
        setting = build_setting(registry, assignment, task, plan, PUBLIC_SEED, frozenset())
        held = Held(solution, planned, setting, writer)
        checks.append(_stated(plan, planned) | _recorded(held, [each.function for each in assignment.tasks]))
    return {"checks": checks, "arrays": writer.arrays}


def _stated(plan: CheckPlan, planned: Planned) -> dict[str, Any]:
    return {"check": plan.check, "title": planned.title, "points": plan.points, "module": ""}


def _recorded(held: Held, tasks: list[str]) -> dict[str, Any]:
    """Return where a check is found in the bundle, and all that it needs; nothing if the bundle cannot hold it."""
    check = held.planned.check
    if not all(map(is_shipped, (check, *held.setting.conventions.values()))):
        return {}
    if not trains(check):  # which the build would take minutes to record, and which asks about the student's own model
        held.with_all(tasks)
    return {
        "module": place_of(check.__module__),
        "function": check.__name__,
        "parameters": held.writer.tree(dict(held.planned.parameters)),
        "setting": _setting(held.setting, held.writer),
        "answers": held.answers,
    }


def is_shipped(function: Callable[..., Any]) -> bool:
    """Whether a check or convention lies in a module of ours, by its name, so that the bundle can hold it."""
    module = sys.modules.get(function.__module__)
    return function.__module__.startswith(SHIPPED_IN) and getattr(module, function.__name__, None) is function


def _setting(setting: Setting, writer: Writer) -> dict[str, Any]:
    return {
        "function": setting.function,
        "cases": [_case(case, writer) for case in (setting.cases if setting.bar is None else setting.cases[:1])],
        "results": list(setting.results),
        "slips": [[slip.name, slip.sentence] for slip in setting.slips],
        "conventions": {name: [place_of(each.__module__), each.__name__] for name, each in setting.conventions.items()},
        "seed": setting.seed,
        "bar": None if setting.bar is None else asdict(setting.bar),
    }


def _case(case: Case, writer: Writer) -> dict[str, Any]:
    """Return a case without what it keeps hidden."""
    inputs, held_out = writer.tree(dict(case.inputs)), writer.tree(dict(case.held_out))
    said = {"label": case.label, "size": dict(case.size), "by_keyword": sorted(case.by_keyword)}
    return {"inputs": inputs, "held_out": held_out} | said
