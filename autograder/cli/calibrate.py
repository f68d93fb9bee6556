"""`gradmark calibrate`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click
from rich.progress import Progress

from autograder.bars import Calibration, chance_of_bad_luck, derive_bar, path_of
from autograder.calibration import Calibrator
from autograder.cli.course import load
from autograder.cli.options import assignment_argument, device_option, tier_option
from autograder.cli.words import console
from autograder.devices import demand_device
from autograder.errors import AssignmentError
from autograder.sandbox.sandbox import open_sandbox
from autograder.sandbox.tiers import Tier
from autograder.staging import staged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from autograder.assignment import CheckPlan, Task


@click.command()
@assignment_argument
@click.option("--seeds", type=click.IntRange(min=2), default=300, show_default=True, help="How many seeds to train.")
@click.option("--task", "only", metavar="FUNCTION", help="Calibrate this task alone.")
@click.option("--jobs", type=click.IntRange(min=1), default=os.cpu_count(), help="Trainings at a time.")
@device_option
@tier_option
def command(assignment: Path, seeds: int, only: str | None, jobs: int, device: str, accept_tier: str) -> int:
    """Find the bars of ASSIGNMENT's checks that train, by training its solution with many seeds.

    What was measured is kept in the assignment's folder `bars`; the same command goes on where an interrupted one
    stopped. Exit status: 0 when every bar lies above its baselines, 2 if one does not.
    """
    loaded = load(assignment)
    with (
        staged(loaded.assignment, loaded.registry) as stage,
        open_sandbox(stage, loaded.assignment.limits, accept=Tier(accept_tier)) as sandbox,
    ):
        demand_device(sandbox, loaded.assignment.limits, device)
        jobs = jobs if device == "cpu" else 1  # one card is not shared
        work = loaded.assignment, loaded.solution, loaded.registry, sandbox, seeds, jobs, device
        calibrator = Calibrator(*work)
        tasks = loaded.assignment.tasks if only is None else (loaded.assignment.task(only),)
        tasks = tuple(task for task in tasks if calibrator.plans(task))
        if not tasks:
            raise AssignmentError(f"{loaded.assignment.name} has no check that trains, so there is no bar to calibrate")
        for task in tasks:
            for plan, calibration in _shown(calibrator, task):
                click.echo("\n".join(words(task, plan, calibration, device)))
            click.echo(f"kept in {path_of(loaded.assignment, task, device)}\n")
    return 0


def _shown(calibrator: Calibrator, task: Task) -> list[tuple[CheckPlan, Calibration]]:
    """Calibrate a task under a progress bar, and return each of its checks with what was measured in the end."""
    found: dict[int, tuple[CheckPlan, Calibration]] = {}
    with Progress(console=console(), transient=True) as progress:
        rows = {id(plan): progress.add_task(f"{task.function}: {plan.check}") for plan in calibrator.plans(task)}
        for plan, calibration in calibrator.calibrate(task):
            found[id(plan)] = plan, calibration
            progress.update(rows[id(plan)], completed=len(calibration.scores), total=calibration.wanted)
    return list(found.values())


def words(task: Task, plan: CheckPlan, calibration: Calibration, device: str) -> Iterator[str]:
    """Yield the lines that say what was measured, what the bar is, and what it promises; AssignmentError if none is."""
    bar = derive_bar(calibration)
    scores = sorted(calibration.scores.values(), reverse=calibration.lower_is_better)
    chance = chance_of_bad_luck(bar.seeds)
    baselines = ", ".join(f"{name} {score:.4g}" for name, score in bar.baselines.items())
    yield f"{task.function}: {plan.check} on {device}, {bar.seeds} trainings of the solution"
    yield f"  scores     worst {scores[0]:.4g}, middle {bar.usual:.4g}, best {scores[-1]:.4g}"
    yield f"  baselines  {baselines} at their best, and so below the bar"
    yield f"  bar        {bar.demand}"
    if scores[0] == scores[-1]:
        yield "  meaning    all trainings score the same: luck has no part in it."
        return
    yield (
        f"  meaning    none of {bar.seeds} trainings missed it; so, at 95 % confidence, bad luck lets a right answer "
        f"miss it in at most {chance:.2%} of trainings (about 3/{bar.seeds})."
    )
    yield (
        "             Who misses it is trained again with an independent seed and fails only by missing it twice: "
        f"at most {chance**2:.2g}."
    )
