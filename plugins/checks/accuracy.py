"""The check `accuracy`: what was trained is asked about data that it has not seen, and scored where labels are known.

Labels never go to the student's code. The bar is what the solution reached with every one of many seeds; who misses it
is trained once more on another case and with another seed, and fails only by missing it twice.
"""

from __future__ import annotations

import inspect
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from autograder.compare import Difference, plain
from autograder.conversation import Ask, Call, Measurement, Sparse, Verdict, trained
from autograder.errors import AssignmentError
from plugins.checks.training import below_bar, entry, failed_with, kept_entry, known_bar, place_of, train
from plugins.checks.wording import failed, no_value, passed, signature

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    import numpy as np

    from autograder.conversation import Case, Conversation, Question, Reply, Setting
    from autograder.metric import Metric

CARRIED = "Good enough, where a right `{}` answers: the error of yours has cost its points there, and costs none here."


@dataclass(frozen=True)
class Demand:
    """What the assignment says of a check `accuracy`; see there for each. `by_solution` lets its `predict` answer."""

    metric: str
    predict: str
    model: str
    max_numbers: int
    by_solution: bool = False


def measure(
    setting: Setting,
    *,
    metric: str,
    baselines: Sequence[str],
    predict: str = "",
    model: str = "",
    max_numbers: int = 0,
) -> Generator[list[Question], list[Reply], Measurement | Verdict]:
    """Return the score of one training and those of the baselines on the same case."""
    case, judge = setting.cases[0], _metric(setting)
    score = yield from _score(setting, 0, Demand(metric, predict, model, max_numbers))
    if isinstance(score, Verdict):
        return score
    if not baselines:
        raise AssignmentError(f"{setting.function}: a bar needs `baselines` that fall below it")
    asks = [Ask(name, (dict(case.inputs), dict(case.held_out))) for name in baselines]
    replies = yield list(asks)
    scores: dict[str, float] = {}
    for name, reply in zip(baselines, replies, strict=True):
        found = _scored(judge, case, reply.value) if reply.status == "value" else Difference("", reply.error)
        if isinstance(found, Difference):
            raise AssignmentError(f"{setting.function}: the baseline `{name}` has no score: {found.problem}")
        scores[name] = found
    return Measurement(score, scores, judge.lower_is_better)


@trained(measure)
def accuracy(
    setting: Setting,
    *,
    metric: str,
    baselines: Sequence[str],  # noqa: ARG001  (they are scored when the bar is calibrated, by `measure`)
    predict: str = "",
    model: str = "",
    max_numbers: int = 0,
) -> Conversation:
    """What was trained is good enough on data that it has not seen.

    `metric` scores the answers of `predict(model, *held_out)`, or without `predict` what the function returned;
    `model` names the entry of the result that is meant (the whole, if it is empty); `max_numbers` is how many numbers
    that may hold; `baselines` are functions of solution.py, `baseline(inputs, held_out)`, which must miss the bar.
    Where `predict` is an earlier task that has failed, and the model is bounded, the solution's may answer for it.
    """
    demand = Demand(metric, predict, model, max_numbers)
    verdict = yield from _verdict(setting, demand)
    if verdict.outcome != "failed" or predict not in setting.failed or not max_numbers:
        return verdict
    carried = yield from _verdict(setting, replace(demand, by_solution=True))
    return passed(CARRIED.format(predict), carried_forward=True) if carried.outcome == "passed" else verdict


def _verdict(setting: Setting, demand: Demand) -> Conversation:
    """Train once, and once more if that misses the bar."""
    bar = known_bar(setting)
    scores: list[float] = []
    for number in range(len(setting.cases)):
        found = yield from _score(setting, number, demand)
        if isinstance(found, Verdict):
            return found
        scores.append(found)
        if bar.reached(found):
            return passed(f"{_what(demand)} is {bar.as_text(found)}, and must be {bar.demand}.".capitalize())
    return below_bar(setting, _what(demand), scores, _called(setting, demand))


def _what(demand: Demand) -> str:
    return f"{demand.metric} on data that it has not seen"


def _called(setting: Setting, demand: Demand) -> str:
    case = setting.cases[0]
    called = signature(setting.function, case)
    return f"{called}, then {_asked(demand, case)}" if demand.predict else called


def _asked(demand: Demand, case: Case) -> str:
    return f"{demand.predict}({', '.join([demand.model or 'model', *case.held_out])})"


def _metric(setting: Setting) -> Metric:
    """Return the metric, and make sure that it takes what the cases keep hidden; AssignmentError if not."""
    metric, hidden = setting.metric, setting.cases[0].hidden
    assert metric is not None  # noqa: S101  (the parameter is required, and resolved when the setting is built)
    try:
        inspect.signature(metric.score).bind(None, **hidden)
    except TypeError as error:
        raise AssignmentError(
            f"{setting.function}: the metric does not take what the sampler keeps hidden ({', '.join(hidden)}): {error}"
        ) from error
    return metric


def _score(setting: Setting, number: int, demand: Demand) -> Generator[list[Question], list[Reply], float | Verdict]:
    """Train on a case, ask, and return the score, or the verdict on what has none."""
    case = setting.cases[number]
    answer = yield from _answer(setting, number, demand)
    if isinstance(answer, Verdict):
        return answer
    if not case.hidden:
        return _later(setting, demand)
    found = _scored(_metric(setting), case, answer)
    if isinstance(found, float):
        return found
    return failed_with(setting, demand.predict or setting.function, case, found, _called(setting, demand))


def _answer(setting: Setting, number: int, demand: Demand) -> Generator[list[Question], list[Reply], Any | Verdict]:
    """Train on a case and return what is to be scored: the model itself, or what `predict` makes of it."""
    case, place = setting.cases[number], place_of(setting, demand.model)
    reply = yield from train(setting, number)
    if isinstance(reply, Verdict):
        return reply
    model = entry(reply.value, place)
    count = numbers_in(model) if demand.max_numbers else 0
    if count > demand.max_numbers:
        return failed(setting, case, _too_large(demand, count))
    if not demand.predict:
        return model
    [reply] = yield [_question(setting, number, demand, model)]
    lacking = no_value(reply, demand.predict)
    if lacking is not None:
        return failed_with(setting, demand.predict, case, lacking, _called(setting, demand))
    return reply.value


def _question(setting: Setting, number: int, demand: Demand, model: Any) -> Question:
    """Ask about what was held out: the student with the model that is kept, or the solution with what came of it."""
    held_out = setting.cases[number].held_out.values()
    if demand.by_solution:
        return Ask(demand.predict, (model, *held_out), keep="answer")  # kept, so that no class remembers it
    return Call(demand.predict, (kept_entry(setting, number, place_of(setting, demand.model)), *held_out))


def _scored(metric: Metric, case: Case, answer: Any) -> float | Difference:
    """Return the score of an answer, or why it has none."""
    try:
        score = float(metric.score(answer, **case.hidden))
    except ValueError as error:
        return Difference("the answer", f"{error}.")
    if not math.isfinite(score):
        return Difference("the answer", "its score is not a finite number.", str(score))
    return score


def numbers_in(value: Any) -> int:
    """Return how many numbers a value holds, as far as they can be counted: an object of a class shows none."""
    if isinstance(value, dict):
        return sum(map(numbers_in, value.values())) + sum(map(numbers_in, value))
    if isinstance(value, (tuple, list)):
        return sum(map(numbers_in, value))
    if isinstance(value, Sparse):
        return int(value.data.size)
    array: np.ndarray[Any, Any] | Any = plain(value)
    if hasattr(array, "dtype"):
        return int(array.size) if array.dtype.kind in "biufc" else 0
    return int(isinstance(value, (bool, int, float, complex)))


def _too_large(demand: Demand, count: int) -> Difference:
    name = demand.model or "the result"
    limit = f"at most {demand.max_numbers:,}"
    return Difference(name, f"`{name}` holds {count:,} numbers, and may hold {limit}.", f"{count:,}", limit)


def _later(setting: Setting, demand: Demand) -> Verdict:
    """Say what is known where labels are not."""
    wanted = f"Its {_what(demand)} must be {known_bar(setting).demand}"
    return Verdict("unjudged", f"It returns an answer. {wanted}; that is judged after submission.")
