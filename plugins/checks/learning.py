"""The check `learning`: the loss falls as far as the solution's does on the same data, and the model bears that out.

What a training says of its losses is not believed: the loss of the parameters that it returned is worked out again by
the solution's own function, and it is that which must have fallen.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.compare import Difference, counted, difference_in_form, plain, shown
from autograder.conversation import Ask, Case, Measurement, Tensor, Verdict, trained
from autograder.errors import AssignmentError
from plugins.checks.training import below_bar, entry, known_bar, place_of, train
from plugins.checks.wording import failed, passed

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from numpy.typing import NDArray

    from autograder.conversation import Conversation, Question, Reply, Setting

    Array = NDArray[np.float64]
    Steps = Generator[list[Question], list[Reply], "float | Verdict"]

WHAT = "the fall of the loss, if that of a right answer is 1,"
NOTHING_LEARNT = "what was not trained"
MOVED = 0.01
"""Of the way that the solution's parameters went: less is no training."""
MANY = 3
"""So many numbers do not all come back by chance to where they began; one or two may, so less is asked of them."""


@dataclass(frozen=True)
class Demand:
    """What the assignment says of a check `learning`; see there for each."""

    model: str
    loss: str
    losses: str
    initial: str
    start: float
    within: float


@dataclass(frozen=True)
class Learnt:
    """One training: what it returned as its model, its losses, and the loss of that model, worked out outside."""

    model: Any
    losses: Array
    loss: float


def measure(
    setting: Setting,
    *,
    model: str,
    loss: str,
    losses: str = "losses",
    initial: str = "",
    start: float = 0.1,
    within: float = 1e-3,
) -> Generator[list[Question], list[Reply], Measurement | Verdict]:
    """Return how far the loss falls, as a share of the solution's fall on the same data with another seed."""
    first, second = setting.cases[0], setting.cases[-1]
    if "seed" in first.inputs:
        first = replace(first, inputs=dict(first.inputs) | {"seed": second.inputs["seed"]})
    demand = Demand(model, loss, losses, initial, start, within)
    right = yield from _solution(setting, setting.cases[0], demand)
    assert right is not None  # noqa: S101  (it is the student's bundle alone that has no solution)
    share = yield from _share(replace(setting, cases=(first,)), 0, demand, right)
    return share if isinstance(share, Verdict) else Measurement(share, {NOTHING_LEARNT: 0.0})


@trained(measure)
def learning(
    setting: Setting,
    *,
    model: str,
    loss: str,
    losses: str = "losses",
    initial: str = "",
    start: float = 0.1,
    within: float = 1e-3,
) -> Conversation:
    """The loss falls as it should.

    `model` and `losses` name entries of the result; the losses begin with that before the training and end with that of
    the model which is returned. `loss` is a function of solution.py, `loss(model, inputs)`: the last loss must agree
    with it to `within`, relatively. The first must agree with the solution's to `start`. `initial` names the input with
    the initial parameters, each array of which must move where the solution's does.
    """
    bar, demand = known_bar(setting), Demand(model, loss, losses, initial, start, within)
    shares: list[float] = []
    for number, case in enumerate(setting.cases):
        right = yield from _solution(setting, case, demand)
        found = yield from (_share(setting, number, demand, right) if right else _in_form(setting, number, demand))
        if isinstance(found, Verdict):
            return found
        shares.append(found)
        if bar.reached(found):
            return passed(f"The loss falls, by {found:.0%} of what it should; at least {bar.value:.0%} is demanded.")
    return below_bar(setting, WHAT, shares)


def _solution(setting: Setting, case: Case, demand: Demand) -> Generator[list[Question], list[Reply], Learnt | None]:
    """Return what the solution learns on a case; None in the student's own notebook, where there is no solution."""
    [reply] = yield [Ask(setting.function, case.arguments, case.keywords)]
    if reply.status == "unrecorded":
        return None
    if reply.status != "value":
        raise AssignmentError(f"{setting.function}: the solution itself does not train: {reply.error}")
    model, losses = _entries(setting, reply, demand)
    wrong = _in_numbers(losses, demand.losses, None)
    right = yield from _learnt(model, losses, case, demand)
    if wrong is not None or not right.losses[0] > right.loss:
        problem = wrong.problem if wrong else f"it goes from {shown(right.losses[0])} to {shown(right.loss)}"
        raise AssignmentError(f"{setting.function}: the solution's own loss does not fall: {problem}")
    return right


def _entries(setting: Setting, reply: Reply, demand: Demand) -> tuple[Any, Any]:
    """Return the model and the losses of a result."""
    model, losses = (entry(reply.value, place_of(setting, name)) for name in (demand.model, demand.losses))
    return model, losses


def _learnt(model: Any, losses: Any, case: Case, demand: Demand) -> Generator[list[Question], list[Reply], Learnt]:
    """Ask what the loss of a model is; NaN if it has none. What is kept is not remembered for the whole class."""
    [reply] = yield [Ask(demand.loss, (model, dict(case.inputs)), keep="loss")]
    loss = np.asarray(plain(reply.value))
    is_number = reply.status == "value" and loss.size == 1 and loss.dtype.kind in "iuf"
    return Learnt(model, _vector(losses), float(loss.reshape(())) if is_number else math.nan)


def _share(setting: Setting, number: int, demand: Demand, right: Learnt) -> Steps:
    """Train on a case and return the fall of the loss as a share of the solution's, or the verdict on what is wrong."""
    case = setting.cases[number]
    reply = yield from train(setting, number)
    if isinstance(reply, Verdict):
        return reply
    model, losses = _entries(setting, reply, demand)
    wrong = difference_in_form(model, right.model, demand.model, dtypes=False)
    wrong = wrong or _in_numbers(losses, demand.losses, right.losses.size)
    if wrong is None:
        mine = yield from _learnt(in_kind(model, right.model), losses, case, demand)
        wrong = next(_wrong(case, demand, right, mine), None)
    if wrong is not None:
        return failed(setting, case, wrong)
    return float((right.losses[0] - mine.loss) / (right.losses[0] - right.loss))


def in_kind(model: Any, right: Any) -> Any:
    """Return parameters of the right form as real numbers in the kinds that the solution has.

    Its own functions know no other kinds; and the square of an imaginary error would be less than no loss.
    """
    if isinstance(right, dict):
        return {key: in_kind(model[key], value) for key, value in right.items()}
    if isinstance(right, (list, tuple)):
        return type(right)(in_kind(mine, value) for mine, value in zip(model, right, strict=True))
    if isinstance(right, Tensor):
        return Tensor(np.real(np.asarray(plain(model))))
    return np.real(np.asarray(plain(model))) if isinstance(right, np.ndarray) else model


def _vector(value: Any) -> Array:
    """Return losses as a vector, which is empty if they are no sequence of numbers."""
    try:
        losses = np.asarray(plain(value))
    except ValueError:
        return np.zeros(0)
    return losses.astype(np.float64) if losses.ndim == 1 and losses.dtype.kind in "iuf" else np.zeros(0)


def _in_numbers(value: Any, name: str, size: int | None) -> Difference | None:
    """Return what keeps losses from being so many finite numbers, or at least two if it is not known how many."""
    losses = _vector(value)
    if losses.size < 2:
        return Difference(name, f"`{name}` is no sequence of at least two numbers.", shown(value), "a list of numbers")
    if not np.isfinite(losses).all():
        first = int(np.argmax(~np.isfinite(losses)))
        return Difference(f"{name}[{first}]", f"{name}[{first}] is {shown(losses[first])}.", shown(losses[first]))
    if size is not None and losses.size != size:
        have = counted(losses.size, "entry", "entries")
        return Difference(name, f"`{name}` has {have}, expected {size}.", str(losses.size), str(size))
    return None


def _wrong(case: Case, demand: Demand, right: Learnt, mine: Learnt) -> Iterator[Difference]:
    """Yield what is wrong with a training, in the order in which a student should look at it."""
    name, start = demand.losses, f"{demand.losses}[0]"
    if not _agree(mine.losses[0], right.losses[0], demand.start):
        yield _differs(start, mine.losses[0], right.losses[0], "the loss before the training")
    if _second_half_is_lower(right.losses) and not _second_half_is_lower(mine.losses):
        problem = f"`{name}` does not fall: its second half is no lower than its first."
        yield Difference(name, problem, f"from {shown(mine.losses[0])} to {shown(mine.losses[-1])}", "a fall")
    if not _agree(mine.losses[-1], mine.loss, demand.within):
        what = f"the loss of the returned {demand.model}"
        yield _differs(f"{name}[{mine.losses.size - 1}]", mine.losses[-1], mine.loss, what)
    if demand.initial:
        yield from _unmoved(case.inputs[demand.initial], mine.model, right.model, demand.model)


def _agree(one: float, other: float, within: float) -> bool:
    return bool(abs(one - other) <= within * abs(other))


def _differs(where: str, got: float, expected: float, what: str) -> Difference:
    have, want = shown(float(got)), shown(float(expected))
    return Difference(where, f"{where} is {have}, but {what} is {want}.", have, want)


def _second_half_is_lower(losses: Array) -> bool:
    half = losses.size // 2
    return bool(losses[-half:].mean() < losses[:half].mean())


def _unmoved(initial: Any, mine: Any, right: Any, where: str) -> Iterator[Difference]:
    """Yield each array of parameters that stays where it began, while the solution's does not."""
    if isinstance(right, (dict, list, tuple)):
        keys = right if isinstance(right, dict) else range(len(right))
        for key in keys:
            yield from _unmoved(initial[key], mine[key], right[key], f"{where}[{key!r}]")
        return
    began, now, there = (np.asarray(plain(each), dtype=np.float64) for each in (initial, mine, right))
    least = MOVED ** max(1.0, MANY / max(now.size, 1))
    if np.linalg.norm(now - began) <= least * np.linalg.norm(there - began) > 0:
        yield Difference(where, f"{where} is still what it was before the training.", "unchanged", "changed")


def _in_form(setting: Setting, number: int, demand: Demand) -> Steps:
    """Train where there is no solution to compare with, and say what is known without one."""
    reply = yield from train(setting, number)
    if isinstance(reply, Verdict):
        return reply
    _, losses = _entries(setting, reply, demand)
    wrong = _in_numbers(losses, demand.losses, None)
    if wrong is not None:
        return failed(setting, setting.cases[number], wrong)
    first, *_, last = map(shown, _vector(losses))
    return Verdict(
        "unjudged", f"The loss goes from {first} to {last}. Whether it falls as it should is judged after submission."
    )
