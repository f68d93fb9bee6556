"""The whole selftest of an assignment, step by step."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autograder.selftest.answers import load_answers
from autograder.selftest.findings import on_aims, on_answers, on_notebooks, on_verdicts
from autograder.selftest.mutants import Trials, judged_mutants
from autograder.selftest.report import Numbers, Report, commit_of, machine, numbers_of
from autograder.selftest.variants import on_variants
from autograder.selftest.verdicts import Court, Seeds, everything_said

if TYPE_CHECKING:
    from collections.abc import Callable

    from autograder.sandbox.sandbox import Sandbox
    from autograder.selftest.findings import Finding
    from autograder.selftest.trial import Trial

    Told = Callable[[str, int, int], None]


@dataclass(frozen=True)
class SelfTest:
    """An assignment on trial, to be tried under so many seeds.

    `told` is called on the way with the name of a step, how much of it is done, and how much there is.
    """

    trial: Trial
    seeds: Seeds
    told: Told = lambda *_: None

    def report(self, sandbox: Sandbox) -> Report:
        """Return what was found, the notebooks that `build` makes in the real sandbox included."""
        started = time.monotonic()
        notebooks, seconds = ([], 0.0) if self.trial.only else on_notebooks(self.trial, sandbox)
        return self._report(notebooks, started, seconds)

    def in_process(self) -> Report:
        """Return what was found of the assignment's own code, which needs no sandbox."""
        return self._report([], time.monotonic())

    def _report(self, notebooks: list[Finding], started: float, submission_seconds: float = 0.0) -> Report:
        trial, assignment = self.trial, self.trial.assignment
        court, trials = Court(trial, load_answers(trial)), Trials(trial)
        steps = _Steps(self.told)
        said = everything_said(court, self.seeds, steps.of("seeds", len(court.hearings(self.seeds))))
        mutants = list(judged_mutants(trials, steps.of("mutants", len(trials.suspects))))
        tasks = {task.function: numbers_of(task, said, mutants, trials.slips_made(task)) for task in trial.tasks}
        findings = [*on_verdicts(said), *on_answers(trial), *on_variants(trial), *notebooks]
        findings += on_aims(sum(tasks.values(), Numbers()))
        return Report(
            assignment=assignment.name,
            digest=assignment.digest,
            seeds=self.seeds,
            tasks=tasks,
            findings=tuple(findings),
            survivors=tuple(each.mutant.words for each in mutants if each.differs and not each.killed),
            misnamed=tuple(f"{each.mutant.words}; named {', '.join(each.wrong)}" for each in mutants if each.wrong),
            machine=machine(),
            commit=commit_of(assignment),
            seconds=round(time.monotonic() - started, 1),
            submission_seconds=round(submission_seconds, 1),
        )


@dataclass
class _Steps:
    """Counts what is done of a step, and tells it."""

    told: Told

    def of(self, step: str, total: int) -> Callable[[], None]:
        """Return what is to be called whenever one of so many things is done."""
        done = 0

        def one_more() -> None:
            nonlocal done
            done += 1
            self.told(step, done, total)

        return one_more
