"""What the checks say under many seeds of everybody of whom it is known what they must say."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from autograder.selftest.workers import spread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from autograder.assignment import CheckPlan, Task
    from autograder.selftest.answers import Answer
    from autograder.selftest.trial import Trial

SECONDS = 3600.0
"""For one check that trains, held on the solution, the answers and the slips of a task."""
Kind = Literal["the solution", "nothing", "answer", "slip"]


@dataclass(frozen=True)
class Subject:
    """Somebody whose functions are judged: what they are, and by which name."""

    kind: Kind
    name: str = ""


@dataclass(frozen=True)
class Said:
    """One verdict: on whom, by which check of which task, under which seed."""

    task: str
    subject: Subject
    check: int
    seed: int
    outcome: str
    slip: str = ""
    cause: str = ""
    message: str = ""


@dataclass(frozen=True)
class Seeds:
    """How many seeds are tried, and how many with checks that train."""

    quick: int = 3
    trained: int = 1

    def of(self, trains: bool) -> range:
        """Return the seeds for a check."""
        return range(1, (self.trained if trains else self.quick) + 1)


@dataclass(frozen=True)
class Hearing:
    """Some checks of one task, held under one seed on everybody."""

    task: Task
    plans: tuple[CheckPlan, ...]
    seed: int


@dataclass(frozen=True)
class Court:
    """An assignment on trial with the other right answers that are known."""

    trial: Trial
    answers: tuple[Answer, ...]

    def hearings(self, seeds: Seeds) -> list[Hearing]:
        """Return all that is to be heard; what takes longest comes first."""
        found = []
        for trains in (True, False):
            for task in self.trial.tasks:
                plans = tuple(plan for plan in task.checks if self.trial.trains(plan) == trains)
                found += [Hearing(task, plans, seed) for seed in seeds.of(trains) if plans]
        return found

    def hear(self, hearing: Hearing) -> list[Said]:
        """Return every verdict of one hearing."""
        self.trial.solution.worked_out.clear()
        return [
            each
            for subject, namespace in self._subjects(hearing.task)
            for each in self._on(hearing, subject, namespace)
        ]

    def _on(self, hearing: Hearing, subject: Subject, namespace: Mapping[str, Any]) -> Iterator[Said]:
        task = hearing.task
        verdicts = self.trial.verdicts(task, namespace, hearing.seed, hearing.plans)
        for plan, verdict in zip(hearing.plans, verdicts, strict=True):
            place = next(place for place, each in enumerate(task.checks) if each is plan)
            said = verdict.outcome, verdict.slip, verdict.cause, verdict.message
            yield Said(task.function, subject, place, hearing.seed, *said)

    def _subjects(self, task: Task) -> Iterator[tuple[Subject, Mapping[str, Any]]]:
        solution = self.trial.solution
        yield Subject("the solution"), solution.namespace
        yield Subject("nothing"), {each.function: _nothing for each in self.trial.assignment.tasks}
        for answer in self.answers:
            if task.function in answer.functions:
                yield Subject("answer", answer.name), answer.namespace
        for slip in self.trial.assignment.slips_of(task.function):
            yield Subject("slip", slip.name), self.trial.changed({task.function: solution.mistaken[slip.name]})


def _nothing(*_: object, **__: object) -> None:
    """Do what an empty stub does."""


def everything_said(court: Court, seeds: Seeds, told: Callable[[], None]) -> list[Said]:
    """Return every verdict under every seed, and tell of each hearing when it is over."""
    _ = court.trial.right, court.trial.solution.mistaken  # worked out once, before processes are forked
    found: list[Said] = []
    for hearing, said in spread(court.hear, court.hearings(seeds), SECONDS):
        told()
        found += said if said is not None else _out_of_time(hearing)
    return sorted(found, key=lambda each: (each.seed, each.check))


def _out_of_time(hearing: Hearing) -> Iterator[Said]:
    for place, plan in enumerate(hearing.task.checks):
        if plan in hearing.plans:
            words = f"judging took longer than {SECONDS:g} s, or ended the process"
            yield Said(hearing.task.function, Subject("the solution"), place, hearing.seed, "broken", message=words)


def flips(said: Sequence[Said]) -> Iterator[Said]:
    """Yield the verdicts that are not what the same check says of the same functions under most seeds."""
    outcomes: dict[tuple[str, Subject, int], Counter[str]] = {}
    for each in said:
        outcomes.setdefault(_matter(each), Counter())[each.outcome] += 1
    usual = {matter: counter.most_common(1)[0][0] for matter, counter in outcomes.items()}
    yield from (each for each in said if each.outcome != usual[_matter(each)])


def _matter(said: Said) -> tuple[str, Subject, int]:
    return said.task, said.subject, said.check


def by_subject(said: Iterable[Said]) -> dict[tuple[str, Subject], list[Said]]:
    """Return the verdicts by task and subject."""
    found: dict[tuple[str, Subject], list[Said]] = {}
    for each in said:
        found.setdefault((each.task, each.subject), []).append(each)
    return found
