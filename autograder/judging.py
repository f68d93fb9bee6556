"""Holding one check's conversation and giving its verdict, whatever the replies are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograder.conversation import Verdict, drive
from autograder.errors import AssignmentError, SandboxError
from autograder.local import LocalSession
from autograder.solution import Answers

if TYPE_CHECKING:
    from autograder.conversation import Session, Setting
    from autograder.setting import Planned
    from autograder.solution import Solution


PROBLEM_LIMIT = 600
"""Of an error's text, which may quote the whole of an answer."""


def judge(planned: Planned, setting: Setting, solution: Solution, session: Session) -> Verdict:
    """Return the verdict of one check on one session.

    If judging raises, the check is held once more with the solution's own functions: if that passes, the replies were
    at fault and the verdict is `failed`; if not, the check is, and the verdict is `broken`.
    """
    try:
        return drive(planned.start(setting), Answers(solution, session).answer)
    except SandboxError as error:
        return Verdict("broken", f"The sandbox failed while this was judged: {error}")
    except AssignmentError:
        raise
    except Exception as error:
        return _whose_fault(planned, setting, solution, f"{type(error).__name__}: {error}"[:PROBLEM_LIMIT])


def judge_solution(planned: Planned, setting: Setting, solution: Solution) -> Verdict:
    """Return the verdict on the solution's own functions; what it raises is the check's fault."""
    own = LocalSession(solution.namespace, solution.given, capture=False)
    return drive(planned.start(setting), Answers(solution, own).answer)


def _whose_fault(planned: Planned, setting: Setting, solution: Solution, problem: str) -> Verdict:
    try:
        verdict = judge_solution(planned, setting, solution)
    except Exception as error:
        return Verdict("broken", f"This check is broken and raised {type(error).__name__}: {error}")
    if verdict.outcome != "passed":
        return Verdict("broken", f"This check does not pass the assignment's own solution: {verdict.message}")
    return Verdict(
        "failed", f"The answer could not be judged, because it is not of the form that was asked for ({problem})."
    )
