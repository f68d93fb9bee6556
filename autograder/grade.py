"""What grading one submission gives: verdicts with points, and the executed notebook beside them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograder.conversation import Verdict


@dataclass(frozen=True)
class CheckResult:
    """One check's verdict on one task, and the points that hang on it (`points` of `out_of`)."""

    task: str
    check: str
    title: str
    points: float
    out_of: float
    verdict: Verdict


@dataclass(frozen=True)
class ExecutedCell:
    """A cell as it ran: `outputs` are notebook outputs (nbformat 4), `defines` the tasks whose function it holds."""

    kind: str
    source: str
    outputs: tuple[dict[str, Any], ...] = ()
    status: str = "ok"
    note: str = ""
    defines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stamp:
    """What a grade depends on, apart from its student: together with the submission's digest this is its key.

    `variant` states the student's own numbers, where the assignment gives each student some.
    """

    assignment: str
    assignment_digest: str
    versions: str
    seed: int
    tier: str
    device: str = "cpu"
    variant: str = ""


@dataclass(frozen=True)
class Grade:
    """All verdicts on one submission. `problem` says why there is none, when the file could not be graded at all."""

    results: tuple[CheckResult, ...] = ()
    cells: tuple[ExecutedCell, ...] = ()
    remarks: tuple[str, ...] = ()
    problem: str = ""
    seconds: float = 0.0

    @property
    def complete(self) -> bool:
        """Whether every check could be judged."""
        judged = all(result.verdict.outcome in ("passed", "failed") for result in self.results)
        return judged and not self.problem

    @property
    def points(self) -> float:
        """Points earned by the checks that could be judged."""
        return round(sum(result.points for result in self.results), 6)

    @property
    def judged_out_of(self) -> float:
        """Points that were at stake in the checks that could be judged."""
        judged = (result.out_of for result in self.results if result.verdict.outcome in ("passed", "failed"))
        return round(sum(judged), 6)


@dataclass(frozen=True)
class Override:
    """An instructor's decision on one task, which stands beside the verdicts and never replaces them."""

    task: str
    points: float
    why: str
    who: str
    when: str


@dataclass(frozen=True)
class GradeRecord:
    """A grade as the gradebook holds it: whose, of which file, under which stamp, with overrides."""

    student: str
    file: str
    digest: str
    stamp: Stamp
    title: str
    total: float
    grade: Grade
    graded_at: str
    overrides: tuple[Override, ...] = field(default=())

    @property
    def points(self) -> float:
        """Points that count: an override takes the place of its task's points."""
        overridden = {override.task: override.points for override in self.overrides}
        kept = sum(result.points for result in self.grade.results if result.task not in overridden)
        return round(kept + sum(overridden.values()), 6)

    @property
    def complete(self) -> bool:
        """Whether nothing waits for a person any more: each check was judged, or its task was overridden."""
        overridden = {override.task for override in self.overrides}
        waiting = [
            r for r in self.grade.results if r.verdict.outcome in ("broken", "unjudged") and r.task not in overridden
        ]
        return not waiting and not self.grade.problem

    @property
    def waiting(self) -> tuple[str, ...]:
        """Tasks that wait for a person: not every check could be judged, and nobody has overridden them."""
        overridden = {override.task for override in self.overrides}
        unsettled = (r.task for r in self.grade.results if r.verdict.outcome in ("broken", "unjudged"))
        return tuple(dict.fromkeys(task for task in unsettled if task not in overridden))

    @property
    def judged_out_of(self) -> float:
        """Points that were at stake where a check judged or a person decided: the denominator of `points`."""
        overridden = {override.task for override in self.overrides}
        settled = (r for r in self.grade.results if r.verdict.outcome in ("passed", "failed") or r.task in overridden)
        return round(sum(result.out_of for result in settled), 6)
