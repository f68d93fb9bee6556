"""Bars: what a trained answer must score, derived from what the solution scored over many seeds.

They are data of the assignment, one file for each task and device, written by `gradmark calibrate`.
"""

from __future__ import annotations

import hashlib
import json
import math
import statistics
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from autograder.errors import AssignmentError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from autograder.assignment import Assignment, CheckPlan, Task

FOLDER = "bars"
SHARE = 0.05
"""Of the way from the worst seed to the best baseline: at least so far below the worst seed a bar lies."""
DIGITS = 3
DOUBT = 0.05
"""How often a bound on a chance may be wrong."""


@dataclass(frozen=True)
class Bar:
    """The score that must be reached, and what it is to be compared with: usual scores, and the baselines' best."""

    value: float
    usual: float
    seeds: int
    baselines: Mapping[str, float]
    lower_is_better: bool = False

    def reached(self, score: float) -> bool:
        """Whether a score is good enough."""
        return score <= self.value if self.lower_is_better else score >= self.value

    @property
    def demand(self) -> str:
        """What is demanded of a score, in words."""
        return f"at {'most' if self.lower_is_better else 'least'} {self.value:.12g}"

    def as_text(self, score: float) -> str:
        """Return a score with as many digits as tell it from the bar."""
        short = f"{score:.{DIGITS}g}"
        return short if self.reached(float(short)) == self.reached(score) else f"{score:.12g}"

    @property
    def strongest(self) -> tuple[str, float]:
        """The baseline that comes nearest to the bar, with its score."""
        best = min if self.lower_is_better else max
        return best(self.baselines.items(), key=lambda item: item[1])


@dataclass(frozen=True)
class Calibration:
    """What was measured of one check: the solution's score for each seed, and each baseline's on the same cases.

    `plan` and `program` are digests of what the assignment says of the check and of the code behind it; measurements of
    another plan or program say nothing about this one. `wanted` seeds were to be measured.
    """

    plan: str
    program: str
    wanted: int
    lower_is_better: bool = False
    scores: Mapping[str, float] = field(default_factory=dict)
    baselines: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    @property
    def worst(self) -> float:
        """The worst score of the solution."""
        return max(self.scores.values()) if self.lower_is_better else min(self.scores.values())

    @property
    def best_of_baselines(self) -> dict[str, float]:
        """The best score of each baseline."""
        best = min if self.lower_is_better else max
        return {name: best(scores.values()) for name, scores in self.baselines.items()}

    @property
    def spread(self) -> float:
        """The standard deviation of the solution's scores."""
        return statistics.pstdev(self.scores.values())


def derive_bar(measured: Calibration) -> Bar:
    """Return the bar: below the worst seed by one standard deviation, and above every baseline.

    Where the seeds hardly differ it lies lower by a twentieth of the way to the best baseline; and never more than
    half of that way. AssignmentError if a baseline does as well as the worst seed: no bar can then tell them apart.
    """
    sign = -1.0 if measured.lower_is_better else 1.0
    worst = sign * measured.worst
    name, best = max(((each, sign * score) for each, score in measured.best_of_baselines.items()), key=lambda it: it[1])
    way = worst - best
    if way <= 0:
        raise AssignmentError(
            f"no bar is possible: the baseline `{name}` scores up to {sign * best:.4g}, and the solution with its "
            f"worst seed {sign * worst:.4g}. Let the solution train longer, or measure what tells the two apart."
        )
    bar = worst - min(max(measured.spread, SHARE * way), way / 2)
    short = _rounded_down(bar)
    return Bar(
        value=sign * (short if short > best else bar),
        usual=statistics.median(measured.scores.values()),
        seeds=len(measured.scores),
        baselines=measured.best_of_baselines,
        lower_is_better=measured.lower_is_better,
    )


def _rounded_down(value: float) -> float:
    """Return a number that can be said in three digits, and is no larger."""
    if value == 0:
        return 0.0
    unit = DIGITS - 1 - math.floor(math.log10(abs(value)))
    nearest = round(value, unit)
    return nearest if nearest <= value else round(nearest - math.pow(10.0, -unit), unit)


def chance_of_bad_luck(seeds: int) -> float:
    """Return the largest chance of missing the bar that agrees, at 95 %, with no miss in so many seeds (near 3/n)."""
    return 1.0 - math.pow(DOUBT, 1.0 / seeds)


def bar_of(assignment: Assignment, task: Task, plan: CheckPlan, device: str, program: str) -> Bar:
    """Return the bar of a check; AssignmentError if it was not calibrated on this device, or for something else."""
    again = f"run `gradmark calibrate {assignment.name} --task {task.function} --device {device}`"
    where = f"check `{plan.check}` of {task.function}"
    measured = read_calibrations(assignment, task, device).get(key_of(task, plan))
    if measured is None or not measured.scores:
        raise AssignmentError(f"{where} has no bar on the device {device}: {again}")
    if measured.plan != digest_of_plan(plan):
        raise AssignmentError(f"{where} has changed since its bar was calibrated: {again}")
    if measured.program != program:
        raise AssignmentError(f"the code behind {where} has changed since its bar was calibrated: {again}")
    if len(measured.scores) < measured.wanted:
        done = f"{len(measured.scores)} of {measured.wanted} seeds"
        raise AssignmentError(f"the bar of {where} was calibrated for {done} only: {again} to go on")
    return derive_bar(measured)


def key_of(task: Task, plan: CheckPlan) -> str:
    """Return the name of a check within its task's bars: its own, numbered where a task has several of that name."""
    same = [each for each in task.checks if each.check == plan.check]
    number = next(number for number, each in enumerate(same, 1) if each is plan)
    return plan.check if number == 1 else f"{plan.check} {number}"


def digest_of_plan(plan: CheckPlan) -> str:
    """Return a digest of what the assignment says of a check, apart from its points and title."""
    said = plan.check, sorted(plan.parameters.items()), asdict(plan.sampling)
    return hashlib.sha256(repr(said).encode()).hexdigest()[:20]


def path_of(assignment: Assignment, task: Task, device: str) -> Path:
    """Return where a task's bars lie."""
    return assignment.folder / FOLDER / f"{task.function}-{device}.json"


def read_calibrations(
    assignment: Assignment, task: Task, device: str, versions: str | None = None
) -> dict[str, Calibration]:
    """Return what was measured of a task's checks on a device, as far as it was; with `versions`, under these alone."""
    path = path_of(assignment, task, device)
    if not path.exists():
        return {}
    try:
        stated: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if versions not in (None, stated["versions"]):
            return {}
        return {name: Calibration(**each) for name, each in stated["checks"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise AssignmentError(f"{path} is damaged ({error}): delete it and run `gradmark calibrate` again") from error


def write_calibrations(path: Path, calibrations: Mapping[str, Calibration], versions: str) -> None:
    """Write what was measured, whole or not at all; equal measurements give equal bytes."""
    stated = {"versions": versions, "checks": {name: _sorted(each) for name, each in calibrations.items()}}
    path.parent.mkdir(exist_ok=True)
    waiting = path.with_suffix(".waiting")
    waiting.write_text(json.dumps(stated, indent=1) + "\n", encoding="utf-8")
    waiting.replace(path)


def _sorted(measured: Calibration) -> dict[str, Any]:
    def by_seed(scores: Mapping[str, float]) -> dict[str, float]:
        return {seed: scores[seed] for seed in sorted(scores, key=int)}

    baselines = {name: by_seed(scores) for name, scores in measured.baselines.items()}
    return asdict(measured) | {"scores": by_seed(measured.scores), "baselines": baselines}
