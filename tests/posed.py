"""A check held with plain functions: a student's, beside a solution with its slips."""

from collections.abc import Callable, Mapping
from typing import Any

from autograder.conversation import Ask, Call, Check, Reply, Setting, SlipName, Verdict, drive
from autograder.local import LocalSession

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
