"""What the checks that train have in common: the training itself, the part of its result that is the model, the bar."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from autograder.conversation import Call, Evidence, Kept, Verdict
from autograder.errors import AssignmentError
from autograder.spelling import did_you_mean
from plugins.checks.wording import failed, no_value, signature, wrong_count

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from autograder.bars import Bar
    from autograder.compare import Difference
    from autograder.conversation import Case, Question, Reply, Setting

TIMES = ("once", "twice")


def train(setting: Setting, number: int) -> Generator[list[Question], list[Reply], Reply | Verdict]:
    """Train on a case and return the reply, or the verdict on one that has no value; checks of one task share it."""
    case = setting.cases[number]
    [reply] = yield [
        Call(setting.function, case.arguments, case.keywords, keep=name_of(setting, number), training=True)
    ]
    lacking = no_value(reply, setting.function) or wrong_count(setting, reply.value)
    return reply if lacking is None else failed(setting, case, lacking)


def name_of(setting: Setting, number: int) -> str:
    """Return the name under which a training's result is kept: equal names stand for equal inputs."""
    return f"{setting.function} {setting.seed} {number}"


def place_of(setting: Setting, name: str) -> int | None:
    """Return which entry of the result has this name, None for the whole; AssignmentError if no entry has it."""
    if not name or setting.results == (name,):
        return None
    if name not in setting.results:
        hint = did_you_mean(name, setting.results)
        raise AssignmentError(f"{setting.function}: the task's `results` lack {name!r}{hint}")
    return setting.results.index(name)


def entry(value: Any, place: int | None) -> Any:
    """Return an entry of a result that has as many as it should, or the whole."""
    return value if place is None else value[place]


def kept_entry(setting: Setting, number: int, place: int | None) -> Kept:
    """Return the same entry where it is kept, beside the student's code."""
    kept = Kept(name_of(setting, number))
    return kept if place is None else kept[place]


def known_bar(setting: Setting) -> Bar:
    """Return the bar, without which no check that trains may begin."""
    if setting.bar is None:
        raise AssignmentError(f"{setting.function} has no bar: run `gradmark calibrate`")
    return setting.bar


def below_bar(setting: Setting, what: str, scores: Sequence[float], called: str = "") -> Verdict:
    """Return the verdict on scores none of which reached the bar, with the baseline that they are to be seen beside."""
    bar, case = known_bar(setting), setting.cases[0]
    got = " and ".join(bar.as_text(score) for score in scores)
    times = TIMES[len(scores) - 1] if len(scores) <= len(TIMES) else f"{len(scores)} times"
    name, best = bar.strongest
    message = (
        f"{setting.function}: tried {times}, {what} is {got}; it must be {bar.demand}. A right answer usually has "
        f"{bar.as_text(bar.usual)}, and missed this in none of {bar.seeds} trials. "
        f"For comparison: {name} has at best {bar.as_text(best)}."
    )
    evidence = Evidence(
        called=called or signature(setting.function, case), case=case.label, where=what, got=got, expected=bar.demand
    )
    return Verdict("failed", message, evidence=evidence, hint=_no_better(bar, scores))


def _no_better(bar: Bar, scores: Sequence[float]) -> str:
    name, best = bar.strongest
    sign = -1 if bar.lower_is_better else 1
    if any(sign * score > sign * best for score in scores):
        return ""
    return f"That is no better than {name}: look first at whether the answers depend at all on what was learned."


def failed_with(setting: Setting, function: str, case: Case, difference: Difference, called: str) -> Verdict:
    """Return the verdict on what another function than the task's own did with the trained model."""
    return failed(replace(setting, function=function), case, difference, called)
