"""Checks held with plain functions: one on a student's beside a solution with its slips, or all of a task on cells."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np

from autograder.cli.course import Loaded
from autograder.conversation import Ask, Call, Check, Reply, Setting, SlipName, Verdict, drive
from autograder.judging import judge
from autograder.local import LocalSession
from autograder.setting import build_setting, plan_check

Functions = Mapping[str, Callable[..., Any]]


def verdict_on(
    check: Check, setting: Setting, student: Callable[..., Any], solution: Functions, **parameters: Any
) -> Verdict:
    """Return the verdict on a student's function; of a solution the names of slips begin with `slip of`."""
    slips = {name: function for name, function in solution.items() if name.startswith("slip of ")}
    known = tuple(SlipName(name, f"This is the {name}.") for name in slips)
    theirs = LocalSession({**solution, setting.function: student})
    ours = {None: LocalSession(solution)} | {
        name: LocalSession({**solution, setting.function: function}) for name, function in slips.items()
    }

    def reply(question: Call | Ask) -> Reply:
        session = theirs if isinstance(question, Call) else ours[question.slip]
        call = (
            question if isinstance(question, Call) else Call(question.function, question.arguments, question.keywords)
        )
        return session.call([call])[0]

    own = Setting(
        setting.function, setting.cases, setting.results, known, setting.failed, setting.conventions, setting.seed
    )
    return drive(check(own, **parameters), lambda questions: [reply(each) for each in questions])


def verdicts_on_cells(
    loaded: Loaded,
    function: str,
    *cells: str,
    failed: frozenset[str] = frozenset(),
    only: Collection[str] = (),
    skip: Collection[str] = (),
) -> list[Verdict]:
    """Judge one task of a student whose other functions are the solution's, by all kinds of checks, only some, or most."""
    assignment, solution, registry = loaded.assignment, loaded.solution, loaded.registry
    namespace: dict[str, Any] = {"np": np, **solution.given, **solution.namespace}
    for cell in cells:
        exec(cell, namespace)
    task, session, found = assignment.task(function), LocalSession(namespace, solution.given), []
    for plan in task.checks:
        if plan.check not in skip and (not only or plan.check in only):
            setting = build_setting(registry, assignment, task, plan, 1, failed)
            found.append(judge(plan_check(registry, task, plan), setting, solution, session))
    return found
