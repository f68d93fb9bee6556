"""The check `sampling`: what is drawn at random comes as often as it should, independently, and from the generator.

Every bound is exact (`plugins/checks/chances.py`): a right function fails the whole check, over all that it tests, with
a probability of at most one in a million.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.compare import Difference, Tolerance, first_difference, plain
from autograder.conversation import Ask, Seeded, Verdict
from autograder.errors import AssignmentError
from autograder.spelling import did_you_mean
from plugins.checks.causes import name_cause
from plugins.checks.chances import (
    RATE,
    Found,
    beyond_chance,
    limit,
    tests_in,
)
from plugins.checks.draws import Curve, choices, in_bins, normal_law, numbers, shares_below, subset, wrong_form
from plugins.checks.slips import name_slip
from plugins.checks.tallies import SHARES, at_each_place, repeats, shares, totals
from plugins.checks.wording import (
    EXACTLY,
    LATER,
    ask_of,
    call_of,
    failed,
    looked_at,
    named_parts,
    no_value,
    paired,
    passed,
)

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from numpy.typing import NDArray

    from autograder.conversation import Case, Conversation, Question, Reply, Setting
    from plugins.checks.chances import Tallies
    from plugins.checks.draws import Law

    Array = NDArray[Any]

FEWEST_CALLS = 24
MOST_CALLS = 4_000
"""Of all cases together, which take about a second behind the wall."""
OWN_GENERATOR = (
    "Draw with the generator that is passed, as in `generator.random(n)`: what comes of `np.random` itself, or of a "
    "generator made inside, does not follow its seed."
)
MORE_GENERATORS = 4
"""A slip must draw what the student's function draws from as many more; one draw alone may be the same by chance."""
NOT_BY_CHANCE = f"a right function comes as far off less than once in {round(1 / RATE):,} times"


@dataclass(frozen=True)
class Plan:
    """What the assignment says of a sampler; see `sampling` for each."""

    probabilities: str
    values: str
    subset_of: str
    normal: str
    only: tuple[str, ...]
    draws: int
    relative: float


def sampling(
    setting: Setting,
    *,
    probabilities: str = "",
    values: str = "",
    subset_of: str = "",
    normal: str = "",
    only: Sequence[str] = (),
    draws: int = 20_000,
    relative: float = 1e-6,
) -> Conversation:
    """Draws come as often as they should, independently of each other, and follow the generator.

    `probabilities`, `values` and `normal` name functions of solution.py, which get the inputs of a case without its
    generator. `probabilities` returns how probable the outcomes are, along the last axis: (K,) for every entry of a
    result alike, or for each its own. The outcomes are the numbers 0 to K - 1, or what `values` returns, along the last
    axis. With `subset_of` the result are the items of that input which were kept, and `probabilities` returns for each
    item how probable that is. `normal` returns the mean and the standard deviation of entries that are normal,
    0 for what is certain.
    `only` names the one result to look at; every case is drawn from until `draws` entries are there.
    """
    plan = Plan(probabilities, values, subset_of, normal, tuple(only), draws, relative)
    _must_make_sense(setting, plan)
    asks = [ask_of(setting, case) for case in setting.cases]
    answers = yield [*asks, *(ask for case in setting.cases for ask in _companions(plan, case))]
    if any(reply.status == "unrecorded" for reply in answers):
        return LATER
    for reply in answers:
        if reply.status != "value":
            raise AssignmentError(f"{setting.function}: what solution.py says of its draws is no value: {reply.error}")
    right, told = answers[: len(asks)], answers[len(asks) :]
    each = len(told) // len(asks)
    bases = yield [call_of(setting, case) for case in setting.cases]
    verdict = _malformed(setting, plan, bases, right)
    if verdict is None:
        known = [told[place * each : (place + 1) * each] for place in range(len(asks))]
        verdict = yield from _drawn(setting, plan, bases, right, known)
    if verdict.outcome == "passed":
        return verdict
    return (yield from _explained(setting, plan, verdict, bases, right))


def _must_make_sense(setting: Setting, plan: Plan) -> None:
    """Raise AssignmentError where it is not said what may be drawn."""
    if bool(plan.probabilities) == bool(plan.normal):
        raise AssignmentError(f"{setting.function}: `sampling` needs either `probabilities` or `normal`")
    for case in setting.cases:
        if plan.subset_of and plan.subset_of not in case.inputs:
            known = did_you_mean(plan.subset_of, case.inputs)
            raise AssignmentError(f"{setting.function}: there is no input {plan.subset_of!r} as `subset_of`{known}")


def _explained(
    setting: Setting, plan: Plan, verdict: Verdict, bases: Sequence[Reply], right: Sequence[Reply]
) -> Generator[list[Question], list[Reply], Verdict]:
    """Return the verdict with the slip that draws the same from some more generators, or the kind of mistake."""
    tolerance = Tolerance(plan.relative)
    seeds = np.random.default_rng(setting.seed).integers(1 << 40, size=MORE_GENERATORS).tolist()
    more = [_reseeded(case, seed) for case in setting.cases for seed in seeds]
    asks = [ask_of(setting, case) for case in (*setting.cases, *more)]
    replies = yield [*(call_of(setting, case) for case in more), *asks[len(bases) :]]
    got, wanted = [*bases, *replies[: len(more)]], [*right, *replies[len(more) :]]
    seen = partial(looked_at, setting, only=plan.only)
    named = yield from name_slip(setting, verdict, asks, got, wanted, tolerance, inputs=False, seen=seen)
    if named.slip:
        return replace(named, cause="")
    return name_cause(named, setting.cases, bases, right, partial(paired, setting, plan.only), tolerance)


def _companions(plan: Plan, case: Case) -> list[Ask]:
    """Return the questions for what may be drawn: the case's inputs without any generator."""
    inputs = tuple(value for value in case.inputs.values() if not isinstance(value, Seeded))
    return [Ask(name, inputs) for name in (plan.probabilities, plan.values, plan.normal) if name]


def _malformed(setting: Setting, plan: Plan, bases: Sequence[Reply], right: Sequence[Reply]) -> Verdict | None:
    for case, reply, expected in zip(setting.cases, bases, right, strict=True):
        difference = no_value(reply, setting.function)
        if difference is None:
            want = _result(setting, plan, expected)
            difference = wrong_form(_result(setting, plan, reply), want, any_length=bool(plan.subset_of))
        if difference is not None:
            return failed(setting, case, difference)
    return None


def _result(setting: Setting, plan: Plan, reply: Reply) -> Any:
    parts = named_parts(setting, reply.value, plan.only)
    return plain(parts[0][1]) if parts else None


def _drawn(
    setting: Setting, plan: Plan, bases: Sequence[Reply], right: Sequence[Reply], told: Sequence[Sequence[Reply]]
) -> Generator[list[Question], list[Reply], Verdict]:
    """Draw many times from every case, and judge all of it by one limit."""
    random = np.random.default_rng(setting.seed)
    laws_of = [
        _law(setting, plan, case, reply, answers, random)
        for case, reply, answers in zip(setting.cases, right, told, strict=True)
    ]
    stacks: list[Array] = []
    for case, base, law in zip(setting.cases, bases, laws_of, strict=True):
        seeds = random.integers(1 << 40, size=_calls(plan, law, len(setting.cases))).tolist()
        again, *replies = yield [
            call_of(setting, case),
            *(call_of(setting, _reseeded(case, seed)) for seed in seeds),
        ]
        verdict = _not_by_seed(setting, plan, case, base, again)
        if verdict is not None:
            return verdict
        stack = _stack(setting, plan, law, replies)
        if not isinstance(stack, np.ndarray):
            return failed(setting, case, stack)
        stacks.append(stack)
    return _judged(setting, laws_of, stacks)


def _law(
    setting: Setting, plan: Plan, case: Case, right: Reply, told: Sequence[Reply], random: np.random.Generator
) -> Law:
    """Return what may be drawn from a case, by what the solution's functions say of it."""
    said = [np.asarray(plain(reply.value)) if not plan.normal else reply.value for reply in told]
    shape = np.shape(_result(setting, plan, right))
    if plan.normal:
        mean, deviation = (np.asarray(plain(part)) for part in said[0])
        return normal_law(mean, deviation, shape, random)
    if plan.subset_of:
        return subset(np.asarray(plain(case.inputs[plan.subset_of])), said[0], random)
    if plan.values:
        return choices(said[1], said[0], shape, plan.relative)
    return numbers(said[0], shape)


def _calls(plan: Plan, law: Law, cases: int) -> int:
    if not law.row.size:
        return 0
    return min(MOST_CALLS // cases, max(FEWEST_CALLS, math.ceil(plan.draws / law.row.size)))


def _reseeded(case: Case, seed: int) -> Case:
    inputs = {name: Seeded(seed) if isinstance(value, Seeded) else value for name, value in case.inputs.items()}
    return replace(case, inputs=inputs)


def _not_by_seed(setting: Setting, plan: Plan, case: Case, base: Reply, again: Reply) -> Verdict | None:
    """Return the verdict on a function that does not draw the same from a generator with the same seed."""
    if not any(isinstance(value, Seeded) for value in case.inputs.values()):
        return None
    difference = no_value(again, setting.function) or first_difference(
        _result(setting, plan, again), _result(setting, plan, base), EXACTLY
    )
    if difference is None:
        return None
    problem = "with a generator of the same seed it does not draw the same a second time."
    verdict = failed(setting, case, replace(difference, problem=problem))
    return replace(verdict, hint=OWN_GENERATOR, cause="generator not used")


def _stack(setting: Setting, plan: Plan, law: Law, replies: Sequence[Reply]) -> Array | Difference:
    """Return all that was drawn from a case as outcomes, (R, *entries), or why some of it cannot have been drawn."""
    expected = np.zeros(law.row.shape)
    read: list[Array] = []
    for reply in replies:
        lacking = no_value(reply, setting.function)
        result = None if lacking else _result(setting, plan, reply)
        problem = lacking or wrong_form(result, expected, any_length=bool(plan.subset_of))
        outcomes = problem or law.read(result)
        if isinstance(outcomes, Difference):
            return outcomes
        read.append(outcomes)
    return np.stack(read) if read else np.zeros((0, *law.row.shape))


def _judged(setting: Setting, laws_of: Sequence[Law], stacks: Sequence[Array]) -> Verdict:
    """Return the verdict on all draws, each count held against a limit that allows for the number of counts."""
    drawn = [_counted(*each) for each in zip(setting.cases, laws_of, stacks, strict=True) if each[2].size]
    most = limit(sum(each.tests for each in drawn))
    for each in drawn:
        verdict = _of_case(setting, each, most)
        if verdict is not None:
            return verdict
    return passed(
        f"{sum(each.draws for each in drawn):,} draws came as they should, each independent of the others. "
        f"(A right function fails here less than once in {round(1 / RATE):,} times.)"
    )


@dataclass(frozen=True)
class Counted:
    """All that was counted in the draws from one case, and what was drawn where the law is a normal one."""

    case: Case
    law: Law
    draws: int
    pairs: list[Tallies]
    shares: list[Tallies]
    places: list[Tallies]
    curve: Curve | None

    @property
    def tests(self) -> int:
        """How many counts are held against a limit; a curve counts as one."""
        return tests_in([*self.pairs, *self.shares, *self.places]) + (self.curve is not None)


def _counted(case: Case, law: Law, stack: Array) -> Counted:
    pieces = stack if law.normal is None else in_bins(shares_below(stack))
    pairs = [*repeats(law, pieces), *(totals(law, pieces) if law.normal is None else ())]
    families = pairs, list(shares(law, pieces)), list(at_each_place(law, pieces))
    return Counted(case, law, stack.size, *families, None if law.normal is None else Curve(stack, *law.normal))


def _of_case(setting: Setting, counted: Counted, most: float) -> Verdict | None:
    """Return the verdict if chance does not explain what was drawn from a case: the plainest of what is wrong."""
    stuck = beyond_chance([pair for pair in counted.pairs if (pair.came == pair.trials).all()], most)
    if stuck is not None:
        return _dependent(setting, counted.case, stuck)
    if counted.curve is not None and counted.curve.surprise > most:
        return _wrong_curve(setting, counted, counted.curve)
    for families, say in ((counted.shares, _wrong_share), (counted.pairs, _dependent), (counted.places, _wrong_share)):
        found = beyond_chance(families, most)
        if found is not None and counted.curve is not None and say is _wrong_share:
            return _wrong_curve(setting, counted, counted.curve)
        if found is not None:
            return say(setting, counted.case, found)
    return None


def _wrong_share(setting: Setting, case: Case, found: Found) -> Verdict:
    what, where = found.words
    got, expected = _percent(found.seen), _percent(found.expected)
    problem = f"{what}{where} came in {got} of {found.trials:,} draws, expected {expected}; {NOT_BY_CHANCE}."
    return _with_reason(failed(setting, case, Difference(what + where, problem, got, expected)), found)


def _wrong_curve(setting: Setting, counted: Counted, curve: Curve) -> Verdict:
    """Return the verdict on draws that do not follow their normal law, with the entry that is farthest from it."""
    place = curve.farthest
    where = counted.law.where(place)
    drawn, mean, deviation = curve.at(place)
    got = f"mean {drawn.mean():.4g}, standard deviation {drawn.std():.4g}"
    expected = f"mean {mean:.4g}, standard deviation {deviation:.4g}"
    problem = f"{len(drawn):,} draws{where} have {got}, expected {expected}; {NOT_BY_CHANCE}."
    verdict = failed(setting, counted.case, Difference(where.removeprefix(" at "), problem, got, expected))
    return replace(verdict, cause=SHARES.cause, hint=SHARES.hint)


def _dependent(setting: Setting, case: Case, found: Found) -> Verdict:
    """Return the verdict on draws of which one tells something of another."""
    what, where = found.words
    got, expected = _percent(found.seen), _percent(found.expected)
    problem = (
        f"draws hang together: {what}{where} came in {got} of {found.trials:,} pairs, where draws that know nothing of "
        f"each other have it in {expected}; {NOT_BY_CHANCE}."
    )
    return _with_reason(failed(setting, case, Difference("pairs of draws", problem, got, expected)), found)


def _with_reason(verdict: Verdict, found: Found) -> Verdict:
    return replace(verdict, hint=found.tallies.reason.hint, cause=found.tallies.reason.cause)


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"
