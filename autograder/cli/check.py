"""`gradmark check`."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from autograder.cli.course import load, load_variants
from autograder.cli.options import FOLDER, assignment_argument, json_option, seed_option, tier_option
from autograder.cli.words import console, print_results
from autograder.grading import Grader
from autograder.sandbox.sandbox import open_sandbox
from autograder.sandbox.tiers import Tier
from autograder.staging import staged
from autograder.submission import read_file

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@assignment_argument
@click.argument("notebook", type=FOLDER)
@click.option("--task", required=True, help="The function to judge.")
@click.option("--variant", "student", help="Judge by this student's own numbers; without it, by the defaults.")
@seed_option
@tier_option
@json_option
def command(
    assignment: Path,
    notebook: Path,
    task: str,
    student: str | None,
    seed: int | None,
    accept_tier: str,
    as_json: bool,
) -> int:
    """Judge one task of NOTEBOOK on ASSIGNMENT in the sandbox; nothing is written.

    Exit status: 0 when every check passed, 1 when one did not, 2 on wrong usage.
    """
    loaded = load(assignment)
    if student is not None:
        loaded = load_variants(loaded, [student])[student]
    loaded.assignment.task(task)
    submission = read_file(notebook, loaded.registry.hook)
    seed = secrets.randbits(53) if seed is None else seed
    with (
        staged(loaded.assignment, loaded.registry, notebook.resolve()) as stage,
        open_sandbox(stage, loaded.assignment.limits, accept=Tier(accept_tier)) as sandbox,
    ):
        grader = Grader(loaded.assignment, loaded.solution, loaded.registry, sandbox, seed)
        grade = grader.grade(submission.cells, only=task)
    if as_json:
        results = [asdict(result) for result in grade.results]
        click.echo(json.dumps({"seed": seed, "remarks": grade.remarks, "results": results}))
    else:
        print_results(grade.results)
        for remark in grade.remarks:
            console().print(remark, markup=False)
        console().print(f"seed {seed}", style="dim")
    return 0 if all(result.verdict.outcome == "passed" for result in grade.results) else 1
