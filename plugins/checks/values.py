"""The check `values`: the numbers themselves, and what a well-behaved function leaves alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from itertools import starmap
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.compare import Difference, Tolerance, first_difference, plain
from plugins.checks.causes import name_cause
from plugins.checks.slips import name_slip
from plugins.checks.suppositions import Answered, name_supposed
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
    from collections.abc import Generator, Mapping, Sequence

    from autograder.conversation import Ask, Case, Conversation, Question, Reply, Setting, Verdict


@dataclass(frozen=True)
class Demand:
    """What this check demands of an answer."""

    only: tuple[str, ...]
    tolerance: Tolerance
    may_change: tuple[str, ...]
    raises: tuple[str, ...]


def values(
    setting: Setting,
    *,
    only: Sequence[str] = (),
    relative: float = 1e-6,
    absolute: float = 1e-9,
    may_change: Sequence[str] = (),
    raises: Sequence[str] = (),
    parts: Mapping[str, str] | None = None,
) -> Conversation:
    """The values are right on random inputs and at the edges.

    `only` names the results to look at (all, if empty); an answer must come within `absolute` + `relative` * expected;
    `may_change` names inputs that the function changes on purpose, which are compared as they stand afterwards;
    `raises` names the errors that are a right answer where the reference raises them;
    `parts` are the reference's parts and the student's functions that may take their places.
    """
    demand = Demand(tuple(only), Tolerance(relative, absolute), tuple(may_change), tuple(raises))
    calls = [call_of(setting, case) for case in setting.cases]
    replies = yield [*calls, *(ask_of(setting, case) for case in setting.cases)]
    got, right = replies[: len(calls)], replies[len(calls) :]
    if any(reply.status == "unrecorded" for reply in right):
        return LATER
    found = first_failure(setting, got, right, demand)
    if found is None:
        verdict = yield from _asked_again(setting, got)
    else:
        verdict = yield from _explained(setting, failed(setting, *found), got, right, demand, dict(parts or {}))
    names = setting.results or ("",)
    return replace(verdict, looked_at=tuple(n for n, name in enumerate(names) if not only or name in only))


def first_failure(
    setting: Setting, got: Sequence[Reply], right: Sequence[Reply], demand: Demand
) -> tuple[Case, Difference] | None:
    """Return the first case, which is the smallest, whose answer is not the right one, and where it is not."""
    for case, reply, expected in zip(setting.cases, got, right, strict=True):
        difference = difference_on(setting, case, reply, expected, demand)
        if difference is not None:
            return case, difference
    return None


def difference_on(setting: Setting, case: Case, reply: Reply, right: Reply, demand: Demand) -> Difference | None:
    """Return how one answer parts from the right one: in value, in error, or in what it did to its inputs."""
    if right.status == "error":
        return _wrong_error(reply, right, demand)
    lacking = no_value(reply, setting.function) or wrong_count(setting, reply.value, demand.only)
    if lacking is not None:
        return lacking
    pairs = zip(
        named_parts(setting, reply.value, demand.only), named_parts(setting, right.value, demand.only), strict=False
    )
    for (name, have), (_, want) in pairs:
        difference = first_difference(have, want, demand.tolerance, name)
        if difference is not None:
            return difference
    return changed_input(case, reply, demand.may_change) or _wrong_change(case, reply, right, demand)


def _wrong_error(reply: Reply, right: Reply, demand: Demand) -> Difference | None:
    """Where an error is the right answer, its kind must be the same; one that nobody foresaw is no answer at all."""
    wanted = _kind(right)
    if wanted not in demand.raises:
        raise ValueError(f"the reference raised {right.error}")
    have = _kind(reply) if reply.status == "error" else ""
    if have == wanted:
        return None
    instead = f"it raised {reply.error}" if have else "it returned a value"
    return Difference("", f"{instead}, where {wanted} was expected.", have or "a value", wanted)


def _wrong_change(case: Case, reply: Reply, right: Reply, demand: Demand) -> Difference | None:
    names = [name for name in case.inputs if name not in case.by_keyword]
    now = dict(zip(names, reply.arguments, strict=False)) | dict(reply.keywords)
    then = dict(zip(names, right.arguments, strict=False)) | dict(right.keywords)
    for name in demand.may_change:
        difference = first_difference(now.get(name), then.get(name), demand.tolerance, f"`{name}` after the call")
        if difference is not None:
            return difference
    return None


def _asked_again(setting: Setting, got: Sequence[Reply]) -> Conversation:
    """The same inputs must give the same answer."""
    case = setting.cases[-1]
    [again] = yield [call_of(setting, case)]
    lacking = no_value(again, setting.function)
    difference = lacking or first_difference(again.value, got[-1].value, EXACTLY)
    if difference is not None and got[-1].status == "value":
        instead = f"then {lacking.problem}" if lacking else "then another answer."
        problem = f"the same inputs gave the right answer once, and {instead}"
        return failed(setting, case, Difference(difference.where, problem, difference.got, difference.expected))
    return passed(f"Right on {len(setting.cases)} inputs, the edge cases included.")


def _explained(
    setting: Setting,
    verdict: Verdict,
    got: Sequence[Reply],
    right: Sequence[Reply],
    demand: Demand,
    parts: dict[str, str],
) -> Generator[list[Question], list[Reply], Verdict]:
    """Return `passed` if the error came from a part that has failed already, else the verdict with the slip's name."""
    through = {part: function for part, function in parts.items() if function in setting.failed}
    seen = partial(looked_at, setting, only=demand.only)
    expected = [right]
    if through:
        carried = yield [ask_of(setting, case, through=through) for case in setting.cases]
        whole = all(starmap(_ends_alike, zip(carried, right, strict=True)))
        if whole and not degenerate(got, right) and first_failure(setting, got, carried, demand) is None:
            return passed(carried_words(through), carried_forward=True)
        expected += [carried] if whole else []
    asks = [ask_of(setting, case) for case in setting.cases]
    verdict = yield from name_slip(setting, verdict, asks, got, right, demand.tolerance, seen=seen)
    return (yield from _with_cause(setting, verdict, got, expected, demand))


def _ends_alike(reply: Reply, right: Reply) -> bool:
    """Whether a reply has a value, or the kind of error that the right one has."""
    return reply.status == "value" or (reply.status == right.status == "error" and _kind(reply) == _kind(right))


def _kind(reply: Reply) -> str:
    return reply.error.partition(":")[0].partition(" ")[0]


def _with_cause(
    setting: Setting, verdict: Verdict, got: Sequence[Reply], expected: Sequence[Sequence[Reply]], demand: Demand
) -> Generator[list[Question], list[Reply], Verdict]:
    """Return the verdict with the likely cause, beside the right answers or those made of failed parts."""
    parted = partial(paired, setting, demand.only)
    for right in expected:
        verdict = name_cause(verdict, setting.cases, got, right, parted, demand.tolerance)
    triples = zip(setting.cases, got, expected[0], strict=True)
    answered = [Answered(case, case.inputs, have, want) for case, have, want in triples]
    return (yield from name_supposed(verdict, answered, partial(_supposed, setting), parted, demand.tolerance))


def _supposed(setting: Setting, answered: Answered, inputs: dict[str, Any]) -> Ask:
    return ask_of(setting, replace(answered.case, inputs=inputs))


def carried_words(through: Mapping[str, str]) -> str:
    """Return what a student reads whose error was carried forward."""
    names = ", ".join(f"`{name}`" for name in through.values())
    return f"Right, given your own {names}: that error has cost its points there, and costs none here."


def degenerate(got: Sequence[Reply], right: Sequence[Reply]) -> bool:
    """Whether the answers carry nothing: constant where the right ones vary.

    Arrays that a result holds itself are looked at, and what lies deeper only where there are none: a cache has the
    inputs in it, which vary whatever was made of them. Whole numbers are looked at where no others vary; where the
    answers are single numbers, they must vary from case to case.
    """
    pairs = [
        (_outermost(reply.value), _outermost(wanted.value), reply) for reply, wanted in zip(got, right, strict=True)
    ]
    kinds = "iu" if all(_is_flat(want) for _, want, _ in pairs) else "fc"
    varied = [(have, reply) for have, want, reply in pairs if not _is_flat(want, kinds)]
    if not varied:
        return len({number for have, _, _ in pairs if (number := _single(have)) is not None}) < 2
    return all(reply.status != "value" or _is_flat(have, _kinds_in(have, kinds)) for have, reply in varied)


def _kinds_in(value: object, kinds: str) -> str:
    """Return these kinds of numbers, or all, where a value has none of these: a truth value may stand for a 1."""
    value = plain(value)
    parts = list(value.values()) if isinstance(value, dict) else value
    arrays = [plain(part) for part in parts] if isinstance(parts, (list, tuple)) else [parts]
    found = {part.dtype.kind for part in arrays if isinstance(part, np.ndarray)}
    return kinds if found.isdisjoint("biu") or not found.isdisjoint(kinds) else "biufc"


def _single(value: object) -> float | None:
    """Return a single number as such; None for what is none."""
    number = plain(value)
    alone = isinstance(number, (int, float, np.number)) or (isinstance(number, np.ndarray) and number.size == 1)
    return float(np.asarray(number).reshape(())) if alone and np.asarray(number).dtype.kind in "iuf" else None


def _outermost(value: object) -> object:
    parts = list(value.values()) if isinstance(value, dict) else value
    arrays = [part for part in parts if isinstance(plain(part), np.ndarray)] if isinstance(parts, (list, tuple)) else []
    return arrays or value


def _is_flat(value: object, kinds: str = "fc") -> bool:
    """Whether no array of numbers of these kinds within a value varies, nor, of whole numbers, a list."""
    value = plain(value)
    if isinstance(value, np.ndarray):
        return value.dtype.kind not in kinds or value.size < 2 or not np.ptp(np.nan_to_num(np.abs(value)) * 1.0) > 0
    if isinstance(value, dict):
        return all(_is_flat(part, kinds) for part in value.values())
    if isinstance(value, (tuple, list)):
        return not ("i" in kinds and _are_different(value)) and all(_is_flat(part, kinds) for part in value)
    return True


def _are_different(numbers: Sequence[object]) -> bool:
    """Whether these are whole numbers, and not all the same."""
    return all(isinstance(each, int) for each in numbers) and len(set(numbers)) > 1
