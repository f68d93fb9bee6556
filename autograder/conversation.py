"""The words in which a check talks: it yields questions, is sent answers, and returns a verdict.

A check has no input or output of its own and never learns where the student's code runs. The grader drives it
through the sandbox, the student's notebook drives the same check in its own process, a test with plain functions.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

from autograder.sandbox.worker.values import Kept, Made, Opaque, Seeded, Sparse, Tensor

if TYPE_CHECKING:
    from autograder.bars import Bar
    from autograder.metric import Metric

__all__ = [
    "Ask", "Call", "Case", "Check", "Conversation", "Evidence", "Kept", "Made", "Measurement", "Opaque", "Question",
    "Reply", "Seeded", "Session", "Setting", "SlipName", "Sparse", "Tensor", "Verdict", "trained",
]  # fmt: skip


@dataclass(frozen=True)
class Call:
    """A question to the student's code; `keep` names the result, `on` names a kept instance whose method is meant.

    A `training` may take longer than other calls. All checks of a task share it: asked for alone and under the same
    name of what it keeps, it is not made again. Of one that is `watched` the reply says how much Python it took.
    """

    function: str
    arguments: tuple[Any, ...] = ()
    keywords: Mapping[str, Any] = field(default_factory=dict)
    keep: str | None = None
    on: str | None = None
    training: bool = False
    watched: bool = False


@dataclass(frozen=True)
class Ask:
    """The same question to the reference, with a student's function `through` one of its parts, or as a slip has it.

    One that is `aside` supposes other inputs than a case's; the student's bundle keeps no answers to such.
    """

    function: str
    arguments: tuple[Any, ...] = ()
    keywords: Mapping[str, Any] = field(default_factory=dict)
    keep: str | None = None
    on: str | None = None
    through: Mapping[str, str] = field(default_factory=dict)
    slip: str | None = None
    aside: bool = False


Found = TypeVar("Found")
Question = Call | Ask
Status = Literal["value", "error", "timed out", "crashed", "missing", "unrecorded"]


@dataclass(frozen=True)
class Reply:
    """What came of a question; for anything but a value, `error` says what happened in words for the student.

    `arguments` and `keywords` are those of the call as they stood afterwards, `seconds` is measured outside the child.
    Of a watched call there are the `steps` that Python took, which is how often the `busiest` of its lines ran, and the
    names of the functions that were `called`.
    """

    status: Status
    value: Any = None
    error: str = ""
    arguments: tuple[Any, ...] = ()
    keywords: Mapping[str, Any] = field(default_factory=dict)
    printed: str = ""
    seconds: float = 0.0
    steps: int = 0
    busiest: str = ""
    called: tuple[str, ...] = ()


@dataclass(frozen=True)
class Case:
    """One set of inputs, by argument name in the order of the call; those in `by_keyword` are passed by name.

    `held_out` are inputs for what was trained on the others; `hidden` is what its answers are scored by: it never goes
    to the student's code, nor into anything that a student may read.
    """

    inputs: Mapping[str, Any]
    label: str = ""
    size: Mapping[str, int] = field(default_factory=dict)
    by_keyword: frozenset[str] = frozenset()
    held_out: Mapping[str, Any] = field(default_factory=dict)
    hidden: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def arguments(self) -> tuple[Any, ...]:
        """The inputs passed by position."""
        return tuple(value for name, value in self.inputs.items() if name not in self.by_keyword)

    @property
    def keywords(self) -> dict[str, Any]:
        """The inputs passed by name."""
        return {name: value for name, value in self.inputs.items() if name in self.by_keyword}


@dataclass(frozen=True)
class Evidence:
    """What a verdict rests on: the smallest failing case, and where the answer parts from the expected one."""

    called: str = ""
    case: str = ""
    where: str = ""
    got: str = ""
    expected: str = ""
    relative_error: float | None = None
    limit: float | None = None


Outcome = Literal["passed", "failed", "broken", "unjudged"]


@dataclass(frozen=True)
class Verdict:
    """What a check found: the sentence that the student reads, a hint where the cause is known, and the evidence.

    `slip` names the known mistake that the hint is about, `cause` the kind of mistake where it is none of those.
    `looked_at` are the places of the results, among the function's own, whose values the check has compared.
    """

    outcome: Outcome
    message: str
    hint: str = ""
    slip: str = ""
    carried_forward: bool = False
    evidence: Evidence | None = None
    looked_at: tuple[int, ...] = ()
    cause: str = ""


@dataclass(frozen=True)
class SlipName:
    """A known mistake as a check sees it: its name, to ask for its answers, and the sentence that helps."""

    name: str
    sentence: str


@dataclass(frozen=True)
class Setting:
    """All that a check is told: the function under question, the cases, and what is known so far.

    `results` names the entries of a result that is a tuple, `conventions` bring a named result to one form before it
    is compared, `failed` are the functions that have failed, or were right only given such, `right` the places of the
    results of earlier functions that were found right as they stand. `metric` is the one that the parameter `metric`
    names, `bar` is what a check that trains was calibrated to on this `device`.
    """

    function: str
    cases: tuple[Case, ...]
    results: tuple[str, ...] = ()
    slips: tuple[SlipName, ...] = ()
    failed: frozenset[str] = frozenset()
    conventions: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    seed: int = 0
    right: Mapping[str, frozenset[int]] = field(default_factory=dict)
    metric: Metric | None = None
    bar: Bar | None = None
    device: str = "cpu"


@dataclass(frozen=True)
class Measurement:
    """What one training scored, and what each baseline scores on the same case."""

    score: float
    baselines: Mapping[str, float]
    lower_is_better: bool = False


Conversation = Generator[list[Question], list[Reply], Verdict]
Check = Callable[..., Conversation]
"""A generator function of a Setting and of keyword-only parameters, which `assignment.toml` may set by name."""
Measure = Callable[..., Generator[list[Question], list[Reply], Measurement | Verdict]]
"""The same for a check that trains: a measurement of one training, or the verdict on a reply that has no score."""


def trained(measure: Measure) -> Callable[[Check], Check]:
    """Mark a check as one that trains: it is dear to hold, and `gradmark calibrate` finds its bar by this measure."""

    def mark(check: Check) -> Check:
        vars(check).update(trains=True, measure=measure)
        return check

    return mark


class Session(Protocol):
    """Where the student's functions live: a sandboxed child, the student's own notebook, or a test.

    One with an attribute `apart` has there the same functions, which know nothing of the calls so far.
    """

    def call(self, calls: list[Call]) -> list[Reply]:
        """Return one reply for each call, in order."""


def drive(
    conversation: Generator[list[Question], list[Reply], Found], answer: Callable[[list[Question]], list[Reply]]
) -> Found:
    """Carry questions to `answer` and its answers back until the conversation returns what it has found."""
    try:
        questions = next(conversation)
        while True:
            questions = conversation.send(answer(questions))
    except StopIteration as end:
        found: Found = end.value
        return found
