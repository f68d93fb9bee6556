"""The check `properties`: what the topic promises of a function, whatever its numbers are.

The student's function is judged against itself on inputs that are changed in a known way. The solution says only what
form a result has, and that there is something to see: a function whose result never changes proves nothing.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.compare import Difference, Tolerance, counted, difference_in_form, first_difference, plain
from autograder.errors import AssignmentError
from autograder.spelling import did_you_mean
from plugins.checks.causes import name_cause
from plugins.checks.promises import PROPERTIES, Trial
from plugins.checks.slips import name_slip
from plugins.checks.wording import (
    EXACTLY,
    LATER,
    ask_of,
    call_of,
    changed_input,
    failed,
    looked_at,
    named_parts,
    no_value,
    paired,
    passed,
    wrong_count,
)

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping, Sequence

    from autograder.conversation import Case, Conversation, Question, Reply, Setting, Verdict


@dataclass(frozen=True)
class Tried:
    """One of the demanded properties on one of the cases."""

    place: int
    number: int
    trial: Trial


def properties(
    setting: Setting, *, demands: Sequence[Mapping[str, Any]], only: Sequence[str] = (), relative: float = 1e-5
) -> Conversation:
    """What must hold whatever the numbers are does hold.

    `demands` is a list of tables, each with the name of a `property` and what that needs (docs/authoring.md has the
    list); `only` names the results to look at (all, if empty); numbers must agree to `relative` of the largest.
    """
    tried = _planned(setting, demands)
    stirred = [_stirred(case) for case in setting.cases]
    asks = [ask_of(setting, case) for case in (*setting.cases, *stirred)]
    calls = [call_of(setting, case) for case in (*setting.cases, *stirred)]
    replies = yield [*calls, *asks]
    got, right = replies[: len(calls)], replies[len(calls) :]
    if any(reply.status == "unrecorded" for reply in right):
        return LATER
    found = _not_alive(setting, tuple(only), got, right)
    if found is not None:
        verdict = failed(setting, *found)
        return (yield from _with_slip(setting, only, verdict, list(setting.cases), got[: len(setting.cases)]))
    further = yield [call_of(setting, case) for each in tried for case in each.trial.cases]
    return (yield from _judged(setting, tuple(only), relative, tried, got[: len(setting.cases)], further))


def _planned(setting: Setting, demands: Sequence[Mapping[str, Any]]) -> list[Tried]:
    """Return each property on each case that is large enough to show it, the smallest case first."""
    tried: list[Tried] = []
    makers = [_property(demand, setting.function) for demand in demands]
    for demand in demands:
        _must_name(setting, demand, "results", setting.results or ("the result",))
        for case in setting.cases:
            _must_name(setting, demand, "inputs", case.inputs)
    for place, case in enumerate(setting.cases):
        for number, make in enumerate(makers):
            trial = make(case, np.random.default_rng([setting.seed, number, place]))
            if trial is not None:
                tried.append(Tried(place, number, trial))
    for number, demand in enumerate(demands):
        if all(each.number != number for each in tried):
            raise AssignmentError(f"{setting.function}: no case is large enough to show {demand['property']!r}")
    return tried


def _must_name(setting: Setting, demand: Mapping[str, Any], key: str, known: Iterable[str]) -> None:
    """Raise AssignmentError where a demand names an input or a result that there is not."""
    for name in demand.get(key, ()):
        if name not in known:
            of = demand["property"]
            raise AssignmentError(f"{setting.function}: {key} of {of!r} has no {name!r}{did_you_mean(name, known)}")


def _property(demand: Mapping[str, Any], function: str) -> partial[Trial | None]:
    """Return the property that a demand names, with what that says of it; AssignmentError for what it does not know."""
    stated = dict(demand)
    name = str(stated.pop("property", ""))
    if name not in PROPERTIES:
        raise AssignmentError(f"{function}: there is no property {name!r}{did_you_mean(name, PROPERTIES)}")
    known = inspect.signature(PROPERTIES[name]).parameters
    taken = [key for key, parameter in known.items() if parameter.kind is inspect.Parameter.KEYWORD_ONLY]
    for key in stated:
        if key not in taken:
            raise AssignmentError(f"{function}: the property {name!r} has no `{key}`{did_you_mean(key, taken)}")
    for key in taken:
        if known[key].default is inspect.Parameter.empty and key not in stated:
            raise AssignmentError(f"{function}: the property {name!r} needs `{key}`")
    return partial(PROPERTIES[name], **stated)


def _stirred(case: Case) -> Case:
    """Return a case whose arrays and lists have their first entry everywhere: what depends on them must change."""
    return replace(case, inputs={name: _first_everywhere(value) for name, value in case.inputs.items()})


def _first_everywhere(value: Any) -> Any:
    if isinstance(value, np.ndarray) and value.ndim and len(value):
        return np.repeat(value[:1], len(value), axis=0)
    return [value[0]] * len(value) if isinstance(value, list) and value else value


def _not_alive(
    setting: Setting, only: tuple[str, ...], got: Sequence[Reply], right: Sequence[Reply]
) -> tuple[Case, Difference] | None:
    """Return the first case on which the result has another form, is no number, or does not depend on the inputs."""
    count = len(setting.cases)
    for place, case in enumerate(setting.cases):
        reply, wanted = got[place], right[place]
        difference = no_value(reply, setting.function) or wrong_count(setting, reply.value, only)
        for name, have, want in [] if difference else paired(setting, only, reply.value, wanted.value):
            difference = (
                difference or difference_in_form(have, want, name, dtypes=False) or _no_number(have, want, name)
            )
        difference = difference or changed_input(case, reply)
        if difference is None and _same(got[place + count], reply) and _departs(right[place + count], wanted):
            problem = "the result is the same whatever its inputs are."
            difference = Difference("the result", problem, "the same result", "one that depends on the inputs")
        if difference is not None:
            return case, difference
    return None


def _no_number(have: Any, want: Any, name: str) -> Difference | None:
    have, want = np.asarray(plain(have)), np.asarray(plain(want))
    if (
        have.dtype.kind not in "fc"
        or np.isfinite(have).all()
        or not (want.dtype.kind in "biufc" and np.isfinite(want).all())
    ):
        return None
    place = tuple(int(index) for index in np.argwhere(~np.isfinite(have))[0])
    where = f"{name}[{', '.join(map(str, place))}]" if place else name
    return Difference(where, f"{where} is {have[place]}, expected a number.", str(have[place]), "a number")


def _same(one: Reply, other: Reply) -> bool:
    return one.status == "value" and first_difference(one.value, other.value, EXACTLY) is None


def _departs(one: Reply, other: Reply) -> bool:
    return one.status == "value" and first_difference(one.value, other.value, Tolerance()) is not None


def _judged(
    setting: Setting,
    only: tuple[str, ...],
    relative: float,
    tried: Sequence[Tried],
    got: Sequence[Reply],
    further: Sequence[Reply],
) -> Generator[list[Question], list[Reply], Verdict]:
    """Return the verdict on every property."""
    left = iter(further)
    for each in tried:
        others = [next(left) for _ in each.trial.cases]
        difference = _broken(setting, only, relative, each, got[each.place], others)
        if difference is not None:
            verdict = failed(setting, setting.cases[each.place], difference)
            cases = [*setting.cases, *(case for one in tried for case in one.trial.cases)]
            return (yield from _with_slip(setting, only, verdict, cases, [*got, *further]))
    promises = len({each.number for each in tried})
    return passed(f"{counted(promises, 'property', 'properties')} tried on {len(tried)} inputs: all hold.")


def _broken(
    setting: Setting, only: tuple[str, ...], relative: float, each: Tried, base: Reply, others: Sequence[Reply]
) -> Difference | None:
    """Return where a promise is not kept."""
    for reply in others:
        lacking = no_value(reply, setting.function) or wrong_count(setting, reply.value, only)
        if lacking is not None:
            return replace(lacking, problem=f"{each.trial.words}; but then {lacking.problem}")
    results = [_results(setting, only, reply) for reply in (base, *others)]
    for name, have, want in each.trial.compare(results[0], results[1:]):
        largest = float(np.max(np.abs(want), initial=0.0)) if isinstance(want, np.ndarray) else 0.0
        difference = first_difference(have, want, Tolerance(relative, relative * largest + 1e-12), name)
        if difference is not None:
            return replace(difference, problem=f"{each.trial.words}; but {difference.problem}")
    return None


def _results(setting: Setting, only: tuple[str, ...], reply: Reply) -> dict[str, Any]:
    return {name: plain(part) for name, part in named_parts(setting, reply.value, only)}


def _with_slip(
    setting: Setting, only: Sequence[str], verdict: Verdict, cases: Sequence[Case], got: Sequence[Reply]
) -> Generator[list[Question], list[Reply], Verdict]:
    asks = [ask_of(setting, case) for case in cases]
    right = yield [*asks]
    seen, count = partial(looked_at, setting, only=tuple(only)), len(setting.cases)
    verdict = yield from name_slip(setting, verdict, asks, got, right, Tolerance(), inputs=False, seen=seen)
    parted = partial(paired, setting, tuple(only))
    return name_cause(verdict, setting.cases, got[:count], right[:count], parted, Tolerance())
