"""The fixed inputs on which a mutant must show that it differs: none of them is one of the checks' own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from autograder.compare import Tolerance, first_difference, name_results
from autograder.conversation import drive
from autograder.sandbox.worker import wire
from autograder.setting import plan_check
from autograder.solution import Answers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from autograder.assignment import CheckPlan, Task
    from autograder.conversation import Call, Reply, Session, Setting
    from autograder.selftest.trial import Trial

TOLERANCE = Tolerance()
"""That of the checks as they ship, whatever an assignment makes of it: a check with a wide one must answer for it."""
WANTED = 1000
ROUNDS = 250
"""After so many seeds there are no further inputs: the samplers know too few."""


@dataclass(frozen=True)
class Asked:
    """One question to the task's function with the solution's answer; `new` if no check of the first seed asks it."""

    call: Call
    reply: Reply
    new: bool


@dataclass
class Recorder:
    """A session that remembers what was asked of another, and what it answered."""

    session: Session
    heard: list[tuple[Call, Reply]]

    def call(self, calls: list[Call]) -> list[Reply]:
        """Answer as the session does."""
        replies = self.session.call(calls)
        self.heard += zip(calls, replies, strict=True)
        return replies


def fixed_inputs(trial: Trial, task: Task, own_seed: int) -> list[Asked]:
    """Return what the task's checks ask of the solution under seeds that no run has, a thousand questions if they can.

    So they come from the task's samplers, over all sizes and edges; a question that the checks of `own_seed` ask, or
    that was asked before, does not count. Checks that train are asked only if there is no other.
    """
    plans = [plan for plan in task.checks if not trial.trains(plan)]
    seen = {_key(call) for plan in plans for call, _ in _heard(trial, task, plan, own_seed)}
    found: list[Asked] = []
    count = 0
    for number in range(1, (ROUNDS if plans else 1) + 1):
        for plan in plans or task.checks:
            for call, reply in _heard(trial, task, plan, -number):
                key = _key(call)
                new = key not in seen and count < WANTED
                seen.add(key)
                count += new
                if new or call.keep is not None:
                    found.append(Asked(call, reply, new))
        if count >= WANTED:
            break
    return found


def _heard(trial: Trial, task: Task, plan: CheckPlan, seed: int) -> list[tuple[Call, Reply]]:
    recorder = Recorder(trial.session(trial.solution.namespace), [])
    setting = trial.setting(task, plan, seed)
    drive(plan_check(trial.registry, task, plan).start(setting), Answers(trial.solution, recorder).answer)
    return recorder.heard


def _key(call: Call) -> bytes:
    return wire.encode((call.function, call.arguments, dict(call.keywords), call.on))


def first_departure(asked: list[Asked], session: Session, setting: Setting) -> int | None:
    """Return the place of the first question that a session answers in another way than the solution, or None."""
    for place, each in enumerate(asked):
        [reply] = session.call([each.call])
        if each.new and differ(reply, each.reply, TOLERANCE, setting):
            return place
    return None


def differ(one: Reply, other: Reply, tolerance: Tolerance, setting: Setting) -> bool:
    """Whether two replies differ by more than a tolerance: in kind, in value, or in what became of the arguments.

    Values are compared in the form to which the assignment's conventions bring them.
    """
    if one.status != other.status or one.error.partition(":")[0] != other.error.partition(":")[0]:
        return True
    pairs = [(one.arguments, other.arguments), (dict(one.keywords), dict(other.keywords))]
    if any(a is not b and first_difference(a, b, tolerance) is not None for a, b in pairs):
        return True
    try:
        forms = _formed(one.value, setting), _formed(other.value, setting)
    except Exception:  # no convention knows this form, and the solution's is known
        return True
    return first_difference(*forms, tolerance) is not None


def _formed(value: Any, setting: Setting) -> Any:
    if not setting.conventions or (len(setting.results) > 1 and not isinstance(value, (tuple, list))):
        return value
    named = name_results(setting.results, value)
    return [_brought(setting.conventions, name, part) for name, part in named]


def _brought(conventions: Mapping[str, Any], name: str, part: Any) -> Any:
    return conventions[name](part) if name in conventions else part
