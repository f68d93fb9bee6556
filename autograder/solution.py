"""The right answers: an assignment's solution, its slips, and how questions to them are answered."""

from __future__ import annotations

import inspect
import sys
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder import source
from autograder.conversation import Ask, Call, Reply, Session
from autograder.errors import AssignmentError
from autograder.local import LocalSession
from autograder.registry import load_module
from autograder.sandbox.worker import wire
from autograder.spelling import did_you_mean
from autograder.variant import checked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import ModuleType

    from autograder.assignment import Assignment, Slip, Value


class StudentError(Exception):
    """A student's function, put in the place of one of the reference's parts, gave no value."""


@dataclass(frozen=True)
class Solution:
    """The functions of `solution.py`, which derive every stub, slip and expected answer.

    `values` are those that the constants of the assignment's variants have here.
    """

    assignment: Assignment
    module: ModuleType
    values: Mapping[str, Value]

    def function(self, name: str) -> Callable[..., Any]:
        """Return a function or class of the solution; AssignmentError if solution.py has none of that name."""
        found = getattr(self.module, name, None)
        if not callable(found):
            known = [each for each, value in vars(self.module).items() if inspect.isfunction(value)]
            raise AssignmentError(f"solution.py of {self.assignment.name} lacks {name!r}{did_you_mean(name, known)}")
        return found  # type: ignore[no-any-return]

    @cached_property
    def worked_out(self) -> dict[bytes, Reply]:
        """Answers to questions that were asked before, by the question as it would cross the wall."""
        return {}

    @cached_property
    def namespace(self) -> dict[str, Any]:
        """The solution's functions by name, as a notebook would hold them."""
        return {name: value for name, value in vars(self.module).items() if not name.startswith("__")}

    @cached_property
    def given(self) -> dict[str, Any]:
        """What the assignment hands out whole, by name."""
        return {name: self.function(name) for name in self.assignment.given}

    @cached_property
    def given_source(self) -> str:
        """The variant's constants and the given functions as one text that runs by itself, or an empty text."""
        known = [*(task.function for task in self.assignment.tasks), *self.values]
        functions = source.with_imports(self.given.values(), known) if self.given else ""
        constants = "".join(f"{name} = {value!r}\n" for name, value in self.values.items())
        return "\n\n".join(filter(None, [constants, functions]))

    @cached_property
    def mistaken(self) -> dict[str, Callable[..., Any]]:
        """For each slip its function with the mistake made."""
        return {slip.name: self._make(slip) for slip in self.assignment.slips}

    def _make(self, slip: Slip) -> Callable[..., Any]:
        function = self.function(slip.function)
        namespace = dict(vars(sys.modules[function.__module__]))
        text = "from __future__ import annotations\n" + self.mistaken_source(slip)
        exec(compile(text, f"<slip {slip.name}>", "exec"), namespace)  # noqa: S102  (the assignment's own code)
        made: Callable[..., Any] = namespace[slip.function]
        return made

    def mistaken_source(self, slip: Slip) -> str:
        """Return the source of a slip's function with the mistake made."""
        text = source.original(self.function(slip.function))
        find, replace = _aligned(slip.find), _aligned(slip.replace)
        times = text.count(find)
        if times != 1:
            raise AssignmentError(
                f"slip {slip.name!r}: `find` must be in {slip.function} exactly once, not {times} times"
            )
        return text.replace(find, replace)


def _aligned(text: str) -> str:
    return text.strip("\n")


def load_solution(assignment: Assignment) -> Solution:
    """Import solution.py and make sure that it has every task and everything given."""
    module = load_module(assignment.folder / "solution.py", assignment.variant)
    solution = Solution(assignment, module, checked(assignment, vars(module)))
    for name in (*(task.function for task in assignment.tasks), *assignment.given):
        solution.function(name)
    return solution


class Answers:
    """Answers the questions of one check: calls go to the session, asks to the solution or to one of its slips."""

    def __init__(self, solution: Solution, session: Session) -> None:
        """Answer with this solution, and with this session where a check calls the student."""
        self.solution = solution
        self.session = session
        # Where the student's function is a part of the reference: it must not remember what the whole was said to be.
        self.apart: Session = getattr(session, "apart", session)
        self.reference = LocalSession(solution.namespace, solution.given, capture=False)
        self.slips: dict[str, LocalSession] = {}

    def answer(self, questions: list[Call | Ask]) -> list[Reply]:
        """Return one reply for each question; all calls of a list travel together."""
        replies = iter(self.session.call([each for each in questions if isinstance(each, Call)]))
        return [next(replies) if isinstance(each, Call) else self.ask(each) for each in questions]

    def ask(self, ask: Ask) -> Reply:
        """Return what the reference, or a slip, answers; what a whole class asks is worked out once."""
        if ask.through or ask.keep is not None or ask.on is not None:
            return self._work_out(ask)
        key = wire.encode((ask.function, ask.arguments, dict(ask.keywords), ask.slip))
        known = self.solution.worked_out.get(key)
        if known is None:
            # What is supposed may be out of all bounds, of which nobody needs a warning.
            with np.errstate(all="ignore") if ask.aside else nullcontext():
                known = self.solution.worked_out[key] = self._work_out(ask)
        return known

    def _work_out(self, ask: Ask) -> Reply:
        call = Call(ask.function, ask.arguments, ask.keywords, ask.keep, ask.on)
        if ask.slip is not None:
            return self._slip_session(ask.slip, ask.function).call([call])[0]
        if ask.through:
            parts = {part: self._student(name) for part, name in ask.through.items()}
            function = self.solution.function(ask.function)
            whole = {ask.function: lambda *args, **kwargs: function(*args, **kwargs, **parts)}
            session = LocalSession(whole, capture=False)
            return session.call([call])[0]
        return self.reference.call([call])[0]

    def _slip_session(self, slip: str, function: str) -> LocalSession:
        if slip not in self.slips:
            namespace = self.solution.namespace | {function: self.solution.mistaken[slip]}
            self.slips[slip] = LocalSession(namespace, self.solution.given, capture=False)
        return self.slips[slip]

    def _student(self, name: str) -> Callable[..., Any]:
        def part(*arguments: Any, **keywords: Any) -> Any:
            [reply] = self.apart.call([Call(name, arguments, keywords)])
            if reply.status != "value":
                raise StudentError(reply.error)
            return reply.value

        return part
