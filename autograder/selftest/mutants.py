"""Automatic mistakes before the judge: which of them change an answer, and which of those a check fails."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from autograder import source
from autograder.selftest.inputs import Asked, first_departure, fixed_inputs
from autograder.selftest.mutation.mutants import Mutant, mutants_of
from autograder.selftest.naming import can_be
from autograder.selftest.remaking import Function, remade, written_for
from autograder.selftest.trial import FIRST_SEED
from autograder.selftest.workers import allow, spread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from autograder.assignment import CheckPlan, Task
    from autograder.conversation import Verdict
    from autograder.selftest.trial import Namespace, Trial

SECONDS = 60.0
"""After so long a mutant is taken to loop for ever."""
SECONDS_WITH_TRAINING = 600.0
TIMES_SLOWER = 5
"""So many times as long as the solution may a mutant compute on the fixed inputs beyond that."""
OTHER_SEED = 101
"""What is named under the first seed must be named under this one, too."""


@dataclass(frozen=True)
class Suspect:
    """A mutant of a task's function, and the functions in which its answer is written."""

    task: Task
    mutant: Mutant
    functions: tuple[Function, ...]


@dataclass(frozen=True)
class Judged:
    """What became of one mutant.

    `inputs` counts the fixed inputs of its task, `differs` says whether it answers one of them otherwise than the
    solution, `killed` whether a check fails it; `slips` and `causes` are what its verdicts name, `wrong` those of
    them that cannot be true of its kind, or that a check does not name again on other cases, so that it was by chance.
    """

    task: str
    mutant: Mutant
    differs: bool
    killed: bool
    inputs: int = 0
    slips: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True)
class Departure:
    """Whether a mutant answers one of so many inputs otherwise than the solution."""

    differs: bool
    inputs: int


@dataclass
class Trials:
    """All mutants of an assignment; its methods are the work of one process, which remembers the last task's inputs."""

    trial: Trial
    inputs: dict[str, list[Asked]] = field(default_factory=dict)
    current: str = ""
    seconds: float = 0.0

    @property
    def suspects(self) -> list[Suspect]:
        """Every mutant of every task, but for those that are slips: they are judged as slips."""
        return [suspect for suspect in self._made if not suspect.mutant.is_known]

    def slips_made(self, task: Task) -> int:
        """Return how many mutants of a task are slips."""
        return sum(suspect.task is task and suspect.mutant.is_known for suspect in self._made)

    @cached_property
    def _made(self) -> list[Suspect]:
        return [
            Suspect(task, mutant, functions)
            for task, functions in self._written()
            for each in functions
            for mutant in mutants_of(each.__name__, source.original(each), self._slips(task))
        ]

    def _written(self) -> Iterator[tuple[Task, tuple[Function, ...]]]:
        written = written_for(self.trial)
        yield from ((task, written[task.function]) for task in self.trial.tasks)

    def _slips(self, task: Task) -> list[str]:
        solution = self.trial.solution
        return [solution.mistaken_source(slip) for slip in self.trial.assignment.slips_of(task.function)]

    def asked(self, task: Task) -> list[Asked]:
        """Return the fixed inputs of a task with the solution's answers."""
        self._turn_to(task)
        if task.function not in self.inputs:
            started = time.process_time()
            self.inputs[task.function] = fixed_inputs(self.trial, task, FIRST_SEED)
            self.seconds = time.process_time() - started
        return self.inputs[task.function]

    def _turn_to(self, task: Task) -> None:
        """Forget what was worked out for other tasks."""
        if self.current != task.function:
            self.current = task.function
            self.inputs.clear()
            self.trial.solution.worked_out.clear()

    def departs(self, suspect: Suspect) -> Departure:
        """Return whether a mutant gives another answer than the solution to one of the fixed inputs."""
        namespace, asked = self._namespace(suspect), self.asked(suspect.task)
        inputs = sum(each.new for each in asked)
        allow(SECONDS + TIMES_SLOWER * self.seconds)
        if namespace is None:
            return Departure(differs=True, inputs=inputs)
        setting = self.trial.setting(suspect.task, suspect.task.checks[0], FIRST_SEED)
        return Departure(first_departure(asked, self.trial.session(namespace), setting) is not None, inputs)

    def _namespace(self, suspect: Suspect) -> Namespace | None:
        """Return the solution's functions with the mutant among them; None if it cannot even be defined."""
        try:
            made = remade(suspect.functions, suspect.mutant.function, suspect.mutant.source)
        except Exception:  # a mistake in what runs at its definition, such as a default
            return None
        return self.trial.changed({suspect.task.function: made})

    def judge(self, suspect: Suspect) -> Judged:
        """Return what the checks say of a mutant; those that train are asked only where all others are content."""
        self._turn_to(suspect.task)
        namespace = self._namespace(suspect) or {}
        quick = [plan for plan in suspect.task.checks if not self.trial.trains(plan)]
        slow = [plan for plan in suspect.task.checks if self.trial.trains(plan)]
        verdicts = self.trial.verdicts(suspect.task, namespace, FIRST_SEED, quick)
        for plan in slow:
            if not _failed(verdicts):
                verdicts += self.trial.verdicts(suspect.task, namespace, FIRST_SEED, [plan])
        failed, differs = _failed(verdicts), True
        slips = _named(verdict.slip for verdict in failed)
        causes = _named(verdict.cause for verdict in failed)
        pairs = zip([*quick, *slow], verdicts, strict=False)
        wrong = _named(each.slip or each.cause for plan, each in pairs if not self._names_rightly(suspect, plan, each))
        return Judged(suspect.task.function, suspect.mutant, differs, bool(failed), 0, slips, causes, wrong)

    def _names_rightly(self, suspect: Suspect, plan: CheckPlan, verdict: Verdict) -> bool:
        """Return whether what a verdict names is what was made, or holds on cases that the check has not seen, too."""
        if verdict.outcome != "failed" or not (verdict.slip or verdict.cause):
            return True
        meant = None if verdict.slip else can_be(verdict.cause, suspect.mutant.kind)
        if meant is not None or self.trial.trains(plan):
            return meant is not False
        [again] = self.trial.verdicts(suspect.task, self._namespace(suspect) or {}, OTHER_SEED, [plan])
        return (again.slip, again.cause) == (verdict.slip, verdict.cause)


def _named(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, names)))


def _failed(verdicts: Sequence[Verdict]) -> list[Verdict]:
    return [verdict for verdict in verdicts if verdict.outcome == "failed"]


def judged_mutants(trials: Trials, told: Callable[[], None]) -> Iterator[Judged]:
    """Yield what became of every mutant, and tell of each when it is done."""
    _ = trials.trial.right  # worked out once, before processes are forked
    alive = []
    for suspect, departure in spread(trials.departs, trials.suspects, SECONDS_WITH_TRAINING):
        if departure is not None and not departure.differs:
            told()
            yield Judged(suspect.task.function, suspect.mutant, differs=False, killed=False, inputs=departure.inputs)
        else:
            alive.append(suspect)
    quick = [suspect for suspect in alive if not any(map(trials.trial.trains, suspect.task.checks))]
    slow = [suspect for suspect in alive if any(map(trials.trial.trains, suspect.task.checks))]
    for suspects, seconds in ((quick, SECONDS), (slow, SECONDS_WITH_TRAINING)):
        for suspect, judged in spread(trials.judge, suspects, seconds):
            told()
            yield judged or Judged(suspect.task.function, suspect.mutant, differs=True, killed=True)
