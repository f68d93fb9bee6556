"""The check `gradients`: a backward pass, judged by the student's own forward pass or by the reference.

It is right if it agrees with central differences of the student's own forward function, provided those are not
degenerate; or, where the handout fixes the cache, with the reference's gradients of the reference's cache.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.compare import (
    Difference,
    Tolerance,
    difference_in_form,
    first_difference,
    kind_of,
    listed,
    name_results,
    plain,
)
from autograder.conversation import Ask, Call, Case, Conversation, Kept, Question, Reply, Setting, Verdict
from plugins.checks.causes import name_cause
from plugins.checks.differences import Probe, derivative, input_at, noise, probe_calls, probes, result_at
from plugins.checks.slips import name_slip
from plugins.checks.suppositions import Answered, name_supposed
from plugins.checks.values import carried_words, degenerate
from plugins.checks.wording import EXACTLY, LATER, failed, no_value, passed, signature

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

KEPT = "forward"
ROUGHLY = 1e-3
"""Two forward functions that agree to a millionth may have gradients that agree less."""
DAMAGE = "the call changed its inputs, which must stay as they were."
ORDINALS = ("first", "second", "third", "fourth")
Upstream = dict[int | None, Any]


@dataclass(frozen=True)
class Plan:
    """What the assignment says of a backward pass; see `gradients` for each."""

    forward: str
    upstream: tuple[int, ...]
    cache: int | None
    paths: dict[str, tuple[str, ...]]
    limit: float


@dataclass(frozen=True)
class Posed:
    """One case of the backward pass on the reference's own cache: what was asked, and with which upstream."""

    case: Case
    arguments: tuple[Any, ...]
    upstream: Upstream


def gradients(
    setting: Setting,
    *,
    forward: str,
    gives: Mapping[str, str],
    upstream: Sequence[int] = (),
    cache: int | None = None,
    fixed_cache: bool = False,
    limit: float = 1e-6,
    parts: Mapping[str, str] | None = None,
) -> Conversation:
    """The gradients are those of the forward function.

    The cases are inputs of `forward`. The function is called with one upstream gradient for each of forward's results
    in `upstream`, then with forward's result number `cache` (or, without one, with forward's inputs). `gives` maps
    each gradient that it returns to the input that it belongs to ("dWax" to "parameters.Wax"); `fixed_cache` says that
    the handout fixes the cache's layout; `limit` is relative to the largest entry of a gradient.
    """
    paths = {name: tuple(path.split(".")) for name, path in gives.items()}
    plan = Plan(forward, tuple(upstream), cache, paths, limit)
    known = yield [Ask(forward, case.arguments, case.keywords) for case in setting.cases]
    if any(reply.status == "unrecorded" for reply in known):
        return LATER
    asked = [_question(plan, setting, case, reply.value) for case, reply in zip(setting.cases, known, strict=True)]
    right = yield [Ask(setting.function, each.arguments) for each in asked]
    if any(reply.status == "unrecorded" for reply in right):
        return LATER
    got = yield [Call(setting.function, each.arguments) for each in asked]
    found = _first_failure(setting, plan, asked, got, right)
    if fixed_cache or cache is None:
        verdict = yield from _with_reference(setting, plan, asked, got, right, found, dict(parts or {}))
        damaged = found is not None and found[1].problem == DAMAGE
        if verdict.outcome == "passed" or damaged or any(reply.status == "missing" for reply in got):
            return verdict
        own = yield from _with_own_forward(setting, plan, asked, right)
        return own if own.outcome == "passed" or _says_more(own, got) else verdict
    return (yield from _with_own_forward(setting, plan, asked, right))


def _says_more(own: Verdict, got: Sequence[Reply]) -> bool:
    """Whether the student's own cache led to gradients that could be measured, while the reference's led to none."""
    measured = own.evidence is not None and own.evidence.where != ""
    return measured and all(reply.status == "error" for reply in got)


def _question(plan: Plan, setting: Setting, case: Case, result: Any) -> Posed:
    """Return what the backward function is asked on this case, with the reference's own cache."""
    upstream = _upstream(plan, setting, case, result)
    given = (result_at(result, plan.cache),) if plan.cache is not None else case.arguments
    return Posed(case, (*_weights(plan, upstream), *given), upstream)


def _upstream(plan: Plan, setting: Setting, case: Case, result: Any) -> Upstream:
    if not plan.upstream:
        return {None: np.ones(np.shape(plain(result)))}
    shapes = {index: np.shape(plain(result_at(result, index))) for index in plan.upstream}
    return {index: noise(shape, f"{setting.seed} {case.label} {index}") for index, shape in shapes.items()}


def _weights(plan: Plan, upstream: Upstream) -> tuple[Any, ...]:
    return tuple(upstream[index] for index in plan.upstream)


def _first_failure(
    setting: Setting, plan: Plan, asked: Sequence[Posed], got: Sequence[Reply], right: Sequence[Reply]
) -> tuple[Case, Difference] | None:
    """Return the first case whose gradients are not the expected ones."""
    for each, reply, expected in zip(asked, got, right, strict=True):
        difference = no_value(reply, setting.function) or _compare(setting, plan, reply.value, expected.value)
        if difference is None and not _same(reply.arguments, each.arguments):
            difference = Difference("", DAMAGE, "changed", "unchanged")
        if difference is not None:
            return each.case, difference
    return None


def _changed_upstream(each: Posed, reply: Reply) -> Difference | None:
    """Return a difference if the call changed the upstream gradients; of a kept cache it had a copy."""
    count = len(each.upstream) if None not in each.upstream else 0
    if _same(tuple(reply.arguments[:count]), each.arguments[:count]):
        return None
    return Difference("", DAMAGE, "changed", "unchanged")


def _same(now: tuple[Any, ...], sent: tuple[Any, ...]) -> bool:
    return now is sent or first_difference(now, sent, EXACTLY) is None


def gradients_in(setting: Setting, value: Any) -> dict[str, Any]:
    """Return the gradients of a result by name, whether it is a dict, a tuple or a single array."""
    if isinstance(value, dict):
        return value
    return dict(name_results(setting.results, value))


def _compare(setting: Setting, plan: Plan, value: Any, expected: Any) -> Difference | None:
    if isinstance(expected, dict) and not isinstance(value, dict):
        kind, wanted = kind_of(value), f"a dict of gradients: {', '.join(expected)}"
        return Difference("the result", f"the result is {kind}, expected {wanted}.", kind, wanted)
    have, want = gradients_in(setting, value), gradients_in(setting, expected)
    for name in plan.paths:
        if name not in have:
            keys = listed(have)
            return Difference(name, f"the result lacks the gradient {name}; it has {keys}.", keys, name)
        reference = np.asarray(plain(want[name]))
        largest = float(np.max(np.abs(reference), initial=0.0))
        convention = setting.conventions.get(name, lambda part: part)
        tolerance = Tolerance(plan.limit, plan.limit * largest + 1e-10)
        difference = first_difference(convention(have[name]), convention(reference), tolerance, name)
        if difference is not None:
            return difference
    return None


def _with_reference(
    setting: Setting,
    plan: Plan,
    asked: Sequence[Posed],
    got: Sequence[Reply],
    right: Sequence[Reply],
    found: tuple[Case, Difference] | None,
    parts: dict[str, str],
) -> Generator[list[Question], list[Reply], Verdict]:
    """Judge by the reference's gradients, with parts that have failed already in the places of the reference's."""
    if found is None:
        return passed(f"The gradients are right on {len(asked)} inputs.")
    through = {part: function for part, function in parts.items() if function in setting.failed}
    if through:
        carried = yield [Ask(setting.function, each.arguments, through=through) for each in asked]
        whole = all(reply.status == "value" for reply in carried) and not degenerate(got, right)
        if whole and _first_failure(setting, plan, asked, got, carried) is None:
            return passed(carried_words(through), carried_forward=True)
    asks = [Ask(setting.function, each.arguments) for each in asked]
    tolerance = Tolerance(plan.limit, 1e-9)
    verdict = failed(setting, *found, _called(setting, plan, found[0]))
    verdict = yield from name_slip(setting, verdict, asks, got, right, tolerance)
    return (yield from _with_cause(setting, plan, asked, verdict, got, right))


def _with_cause(
    setting: Setting, plan: Plan, asked: Sequence[Posed], verdict: Verdict, got: Sequence[Reply], right: Sequence[Reply]
) -> Generator[list[Question], list[Reply], Verdict]:
    """Return the verdict with the cause that the gradients give away, beside those of the reference."""

    def paired(have: Any, want: Any) -> list[tuple[str, Any, Any]]:
        mine, theirs = gradients_in(setting, have), gradients_in(setting, want)
        return [(name, _in_form(setting, name, mine.get(name)), plain(theirs[name])) for name in plan.paths]

    tolerance = Tolerance(plan.limit)
    verdict = name_cause(verdict, [each.case for each in asked], got, right, paired, tolerance)
    triples = zip(asked, got, right, strict=True)
    answered = [Answered(each.case, _named_inputs(plan, each), have, want) for each, have, want in triples]
    return (yield from name_supposed(verdict, answered, partial(_supposed, setting), paired, tolerance))


def _named_inputs(plan: Plan, each: Posed) -> dict[str, Any]:
    """Return what the backward function was asked with, by names that a student knows."""
    names = [f"the {place} argument" for place in ORDINALS[: len(plan.upstream)]]
    own = list(each.case.inputs) if plan.cache is None else ["cache"]
    return dict(zip([*names, *own], each.arguments, strict=False))


def _supposed(setting: Setting, _: Answered, inputs: dict[str, Any]) -> Ask:
    return Ask(setting.function, tuple(inputs.values()))


def _in_form(setting: Setting, name: str, value: Any) -> Any:
    return setting.conventions[name](value) if name in setting.conventions else value


def _with_own_forward(
    setting: Setting, plan: Plan, asked: Sequence[Posed], right: Sequence[Reply]
) -> Generator[list[Question], list[Reply], Verdict]:
    """Judge by central differences of the student's own forward function, on the student's own cache.

    One that was found right before is not believed another: it could tell that a backward pass is being judged, and
    become a function whose gradient takes no work.
    """
    got: list[Reply] = []
    for each, reference in zip(asked, right, strict=True):
        reply = yield from _own_backward(setting, plan, each)
        got.append(reply)
        difference = no_value(reply, setting.function) or _changed_upstream(each, reply)
        if difference is None:
            difference = yield from _measured(setting, plan, each, reply.value, reference.value)
        if difference is None and set(plan.upstream or (0,)) <= setting.right.get(plan.forward, frozenset()):
            difference = _far_off(setting, plan, each.case, reply.value, reference.value)
        if difference is not None:
            verdict = failed(setting, each.case, difference, _called(setting, plan, each.case))
            for other in asked[len(got) :]:
                got.append((yield from _own_backward(setting, plan, other)))  # noqa: PERF401  (it asks as it goes)
            asks = [Ask(setting.function, other.arguments) for other in asked]
            verdict = yield from name_slip(setting, verdict, asks, got, right, Tolerance(plan.limit), inputs=False)
            return (yield from _with_cause(setting, plan, asked, verdict, got, right))
    carried = plan.forward in setting.failed
    return passed(
        f"The gradients agree with central differences of your own `{plan.forward}`.", carried_forward=carried
    )


def _called(setting: Setting, plan: Plan, case: Case) -> str:
    return f"{setting.function}, after {signature(plan.forward, case)}"


def _own_backward(setting: Setting, plan: Plan, each: Posed) -> Generator[list[Question], list[Reply], Reply]:
    """Run the student's forward function, keep its cache where it is, and hand that to the backward function."""
    weights = _weights(plan, each.upstream)
    if plan.cache is None:
        [reply] = yield [Call(setting.function, each.arguments)]
        return reply
    first = Call(plan.forward, each.case.arguments, each.case.keywords, keep=KEPT)
    before, reply = yield [first, Call(setting.function, (*weights, Kept(KEPT)[plan.cache]))]
    if before.status == "value":
        return reply
    return replace(before, error=f"your `{plan.forward}`, whose cache it needs, gave none: {before.error}")


def _measured(
    setting: Setting, plan: Plan, each: Posed, value: Any, reference: Any
) -> Generator[list[Question], list[Reply], Difference | None]:
    """Measure every derivative, and return the first difference from the student's gradients."""
    looked_for = probes(each.case, plan.paths, setting.seed)
    calls = [probe_calls(plan.forward, each.case, probe) for probe in looked_for]
    replies = yield [call for group in calls for call in group]
    groups = [replies[start : start + len(calls[0])] for start in range(0, len(replies), len(calls[0]))]
    measured = [derivative(group, each.upstream) for group in groups]
    have = _in_form_of_inputs(setting, plan, each.case, value)
    form = _wrong_form(plan, each.case, have)
    if form is not None:
        return form
    idle = _degenerate(looked_for, measured, gradients_in(setting, reference))
    if idle is not None:
        return Difference(
            idle, f"your `{plan.forward}` does not depend on what {idle} belongs to, so it can prove nothing."
        )
    return _worst(plan, looked_for, measured, have)


def _far_off(setting: Setting, plan: Plan, case: Case, value: Any, reference: Any) -> Difference | None:
    """Return where the gradients have nothing to do with the reference's, whose forward function gives the same."""
    have, want = _in_form_of_inputs(setting, plan, case, value), gradients_in(setting, reference)
    for name, path in plan.paths.items():
        wanted = np.asarray(plain(want[name])).reshape(input_at(case, path).shape)
        tolerance = Tolerance(ROUGHLY, ROUGHLY * float(np.max(np.abs(wanted), initial=0.0)) + 1e-9)
        difference = first_difference(have[name], wanted, tolerance, name)
        if difference is not None:
            return difference
    return None


def _in_form_of_inputs(setting: Setting, plan: Plan, case: Case, value: Any) -> dict[str, Any]:
    """Return the gradients, those with an accepted form brought to the shape of the input that they belong to."""
    have = dict(gradients_in(setting, value))
    for name in setting.conventions:
        part = np.asarray(setting.conventions[name](have.get(name)))
        wanted = input_at(case, plan.paths[name]) if name in plan.paths else part
        have[name] = part.reshape(wanted.shape) if part.size == wanted.size else part
    return have


def _wrong_form(plan: Plan, case: Case, have: Mapping[str, Any]) -> Difference | None:
    for name, path in plan.paths.items():
        wanted = input_at(case, path)
        if name not in have:
            return Difference(name, f"the result lacks the gradient {name}.", listed(have), name)
        difference = difference_in_form(have[name], wanted, name, dtypes=False)
        if difference is not None:
            return difference
    return None


def _degenerate(looked_for: Sequence[Probe], measured: Sequence[float], reference: Mapping[str, Any]) -> str | None:
    """Return a gradient that is zero everywhere by measurement where the reference's is not.

    Array by array, not entry by entry: a forward pass with its inputs in another order has its zeros elsewhere.
    """
    for name in dict.fromkeys(probe.gradient for probe in looked_for):
        found = [(probe, slope) for probe, slope in zip(looked_for, measured, strict=True) if probe.gradient == name]
        gradient = np.asarray(plain(reference[name]))
        expected = max(abs(float(np.sum(gradient * probe.direction))) for probe, _ in found)
        if expected > 0 and not max(abs(slope) for _, slope in found) > 1e-9 * expected:
            return name
    return None


def _worst(
    plan: Plan, looked_for: Sequence[Probe], measured: Sequence[float], gradient: Mapping[str, Any]
) -> Difference | None:
    """Return the difference of the first gradient that does not agree, at its worst entry."""
    for name in plan.paths:
        found = [(probe, slope) for probe, slope in zip(looked_for, measured, strict=True) if probe.gradient == name]
        have = np.asarray(plain(gradient[name]), dtype=np.float64)
        largest = max(abs(slope) for _, slope in found)
        tolerance = Tolerance(plan.limit, plan.limit * largest + 1e-9)
        for probe, slope in sorted(found, key=lambda pair: -abs(float(np.sum(have * pair[0].direction)) - pair[1])):
            where = f"{name}[{', '.join(map(str, probe.entry))}]" if probe.entry else f"{name} along a random direction"
            difference = first_difference(float(np.sum(have * probe.direction)), slope, tolerance, where)
            if difference is not None:
                return difference
    return None
