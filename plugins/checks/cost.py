"""The check `cost`: what a right answer takes as its inputs grow, and which functions it calls on the way.

Lines of Python are counted, not timed: a loop over what NumPy could take at once shows as surely on a busy machine as
on an idle one. Time is measured only where asked for, for what takes long within NumPy or another library.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from autograder.compare import Difference, Tolerance, counted, first_difference
from plugins.checks.causes import name_cause
from plugins.checks.slips import name_slip
from plugins.checks.wording import LATER, ask_of, call_of, failed, looked_at, no_value, paired, passed, wrong_count

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from autograder.conversation import Conversation, Question, Reply, Setting, Verdict

FEWEST_ROUNDS, ENOUGH_ROUNDS, MOST_ROUNDS = 3, 9, 50
LONGEST = 1.0
"""Seconds after which no more rounds are asked for, once there are enough of them."""
MOST_IN_A_ROW = 50
SHORTEST = 1e-7
A_LOOP = (
    "A loop, a comprehension or `np.vectorize` goes over the inputs one by one. Look for the operation that takes the "
    "whole array at once: a product, a sum along an axis, an index array, broadcasting."
)
A_SEARCH = "Something is looked for, or worked out, anew for every item. Do it once before the loop, as with a dict."


@dataclass(frozen=True)
class Demand:
    """What the assignment says of a function's cost; see `cost` for each."""

    steps: float | None
    seconds: float | None
    forbids: tuple[str, ...]
    requires: tuple[str, ...]
    only: tuple[str, ...]


def cost(
    setting: Setting,
    *,
    steps: float | None = None,
    seconds: float | None = None,
    forbids: Sequence[str] = (),
    requires: Sequence[str] = (),
    only: Sequence[str] = (),
) -> Conversation:
    """It does not take much more work on large inputs than it must.

    In the last case, the largest, no line of Python may run more than `steps` times as often as the busiest one does in
    the first, and the call may take at most `seconds` times as long. Of the functions in `forbids` none may be called
    on the way, of those in `requires` each must: a name as "softmax", or with its module as "numpy.linalg.svd". Answers
    must be right, or their cost means nothing; `only` names the results to compare (all, if empty).
    """
    demand = Demand(steps, seconds, tuple(forbids), tuple(requires), tuple(only))
    asks = [ask_of(setting, case) for case in setting.cases]
    replies = yield [*(replace(call_of(setting, case), watched=True) for case in setting.cases), *asks]
    got, right = replies[: len(asks)], replies[len(asks) :]
    if any(reply.status == "unrecorded" for reply in right):
        return LATER
    verdict = _not_right(setting, demand, got, right)
    if verdict is not None:
        seen = partial(looked_at, setting, only=demand.only)
        verdict = yield from name_slip(setting, verdict, asks, got, right, Tolerance(), inputs=False, seen=seen)
        return name_cause(verdict, setting.cases, got, right, partial(paired, setting, demand.only), Tolerance())
    verdict = _wrong_calls(setting, demand, got) or _too_many_steps(setting, demand, got)
    if verdict is None and seconds is not None:
        verdict = yield from _too_slow(setting, seconds)
    return verdict or passed(_all_well(setting, demand, got))


def _not_right(setting: Setting, demand: Demand, got: Sequence[Reply], right: Sequence[Reply]) -> Verdict | None:
    for case, reply, wanted in zip(setting.cases, got, right, strict=True):
        difference = no_value(reply, setting.function) or wrong_count(setting, reply.value, demand.only)
        for name, have, want in [] if difference else paired(setting, demand.only, reply.value, wanted.value):
            difference = difference or first_difference(have, want, Tolerance(1e-4, 1e-6), name)
        if difference is not None:
            problem = f"its cost counts once it is right, and {difference.problem}"
            return failed(setting, case, replace(difference, problem=problem))
    return None


def _wrong_calls(setting: Setting, demand: Demand, got: Sequence[Reply]) -> Verdict | None:
    """Return the verdict on a function that calls what it must not, or does not call what it must."""
    for case, reply in zip(setting.cases, got, strict=True):
        for name in demand.forbids:
            if any(_is_call_of(name, called) for called in reply.called):
                problem = f"it calls `{name}`, on which this task must not rely."
                return failed(setting, case, Difference("", problem, name, f"no call of {name}"))
        for name in demand.requires:
            if not any(_is_call_of(name, called) for called in reply.called):
                problem = f"it does not call `{name}`, which it must be built on."
                return failed(setting, case, Difference("", problem, f"no call of {name}", name))
    return None


def _is_call_of(name: str, called: str) -> bool:
    """Whether a function that was called is the one named: its last name the same, its module that or one within."""
    module, _, own = name.rpartition(".")
    where, _, last = called.rpartition(".")
    return own == last and (not module or where == module or where.startswith(module + "."))


def _too_many_steps(setting: Setting, demand: Demand, got: Sequence[Reply]) -> Verdict | None:
    if demand.steps is None:
        return None
    few, many = got[0].steps, got[-1].steps
    if few <= 0:
        raise ValueError("the steps of the first case were not counted")
    if many <= demand.steps * few:
        return None
    first, last = setting.cases[0], setting.cases[-1]
    growth, most = f"{many / few:.3g} times as often", f"at most {demand.steps:g} times as often"
    runs = counted(many, "time", "times")
    line = got[-1].busiest
    problem = f"{line} runs {runs}, {growth} as any line with {first.label} ({few:,}), expected {most}."
    verdict = failed(setting, last, Difference(line, problem, growth, most))
    return replace(verdict, hint=A_LOOP, cause="a loop in Python")


def _too_slow(setting: Setting, most: float) -> Generator[list[Question], list[Reply], Verdict | None]:
    """Time the first and the last case by turns, until the last was fast enough, or has been slow every time.

    What else a machine does makes calls slower, never faster, so the least of many times is what a function takes. The
    first case is called so often in a row that this takes about as long as the last: what slows one slows the other. A
    first round tells how often that is.
    """
    often = 1
    short: list[float] = []
    long: list[float] = []
    for number in range(1 + MOST_ROUNDS):
        if number and not _is_open(short, long, most):
            break
        row = yield [call_of(setting, setting.cases[0])] * often
        [alone] = yield [call_of(setting, setting.cases[-1])]
        lacking = _without_value(setting, row, alone)
        if lacking is not None:
            return lacking
        mean = max(sum(reply.seconds for reply in row) / often, SHORTEST)
        if number:
            short.append(mean)
            long.append(alone.seconds)
        else:
            often = min(MOST_IN_A_ROW, max(1, round(alone.seconds / mean)))
    return None if min(long) <= most * min(short) else _slow(setting, len(long), min(short), min(long), most)


def _without_value(setting: Setting, row: Sequence[Reply], alone: Reply) -> Verdict | None:
    for case, reply in (*((setting.cases[0], reply) for reply in row), (setting.cases[-1], alone)):
        lacking = no_value(reply, setting.function)
        if lacking is not None:
            return failed(setting, case, lacking)
    return None


def _is_open(short: Sequence[float], long: Sequence[float], most: float) -> bool:
    """Whether more rounds are needed: until the last case was fast enough, or rounds enough have seen it slow."""
    rounds, spent = len(long), 2 * sum(long)
    if rounds < FEWEST_ROUNDS:
        return True
    return min(long) > most * min(short) and (rounds < ENOUGH_ROUNDS or spent < LONGEST)


def _slow(setting: Setting, rounds: int, short: float, long: float, most: float) -> Verdict:
    first, last = setting.cases[0], setting.cases[-1]
    growth, limit = f"{long / short:.3g} times as long", f"at most {most:g} times as long"
    problem = (
        f"at the best of {rounds} times it took {1000 * long:.3g} ms, {growth} as with {first.label} "
        f"({1000 * short:.3g} ms), expected {limit}."
    )
    verdict = failed(setting, last, Difference("", problem, growth, limit))
    return replace(verdict, hint=A_SEARCH, cause="time that grows too fast")


def _all_well(setting: Setting, demand: Demand, got: Sequence[Reply]) -> str:
    """Return what was found of a function that costs no more than it must."""
    said = []
    if demand.steps is not None:
        few, many = counted(got[0].steps, "time", "times"), counted(got[-1].steps, "time", "times")
        first, last = setting.cases[0].label, setting.cases[-1].label
        said.append(f"No line of Python runs more often than {few} with {first}, and {many} with {last}.")
    if demand.seconds is not None:
        said.append(f"It took at most {demand.seconds:g} times as long with {setting.cases[-1].label} as with less.")
    if demand.forbids or demand.requires:
        said.append("It calls what it should, and nothing that it should not.")
    return " ".join(said)
