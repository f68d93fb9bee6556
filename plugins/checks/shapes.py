"""The check `shapes`: kinds, shapes and dtypes, before any number is looked at."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from autograder.compare import Difference, Tolerance, difference_in_form
from plugins.checks.causes import name_cause
from plugins.checks.slips import name_slip
from plugins.checks.wording import (
    LATER,
    ask_of,
    call_of,
    failed,
    looked_at,
    named_parts,
    no_value,
    paired,
    passed,
    wrong_count,
)

if TYPE_CHECKING:
    from autograder.conversation import Case, Conversation, Reply, Setting


def shapes(setting: Setting, *, only: tuple[str, ...] | list[str] = (), dtypes: bool = True) -> Conversation:
    """Everything that comes back has the right type and shape.

    `only` names the results to look at (all, if it is empty); `dtypes` false lets any dtype pass.
    """
    calls = [call_of(setting, case) for case in setting.cases]
    asks = [ask_of(setting, case) for case in setting.cases]
    replies = yield [*calls, *asks]
    got, expected = replies[: len(calls)], replies[len(calls) :]
    if any(reply.status == "unrecorded" for reply in expected):
        return LATER
    for case, reply, right in zip(setting.cases, got, expected, strict=True):
        difference = no_value(reply, setting.function) or _difference(setting, case, reply, right, only, dtypes=dtypes)
        if difference is not None:
            verdict, seen = failed(setting, case, difference), partial(looked_at, setting, only=tuple(only))
            verdict = yield from name_slip(setting, verdict, asks, got, expected, Tolerance(), seen=seen)
            return name_cause(verdict, setting.cases, got, expected, partial(paired, setting, only), Tolerance())
    return passed(f"Types and shapes are right for {len(calls)} inputs of different sizes.")


def _difference(
    setting: Setting, case: Case, reply: Reply, right: Reply, only: tuple[str, ...] | list[str], *, dtypes: bool
) -> Difference | None:
    counted = wrong_count(setting, reply.value)
    if counted is not None:
        return counted
    pairs = zip(named_parts(setting, reply.value, only), named_parts(setting, right.value, only), strict=True)
    for (name, got), (_, expected) in pairs:
        difference = difference_in_form(got, expected, name, dtypes=dtypes)
        if difference is not None:
            return _with_axis_names(difference, case)
    return None


def _with_axis_names(difference: Difference, case: Case) -> Difference:
    """Name the size behind each expected length, where only one size has it."""
    problem = difference.problem
    for name, length in case.size.items():
        alone = list(case.size.values()).count(length) == 1
        if alone and problem.endswith(f"instead of {length}."):
            problem = f"{problem[:-1]} ({name})."
    return replace(difference, problem=problem)
