"""`gradmark selftest`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click
from rich.text import Text

from autograder.cli.course import load
from autograder.cli.options import assignment_argument, json_option, tier_option
from autograder.cli.words import console
from autograder.sandbox.sandbox import open_sandbox
from autograder.sandbox.tiers import Tier
from autograder.selftest import Finding, SelfTest
from autograder.staging import staged

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@assignment_argument
@click.option("--seeds", type=click.IntRange(min=1), default=3, show_default=True, help="How many seeds to try.")
@tier_option
@json_option
def command(assignment: Path, seeds: int, accept_tier: str, as_json: bool) -> int:
    """Grade the grader of ASSIGNMENT.

    Its solution must earn everything, an empty handout nothing, and every known mistake must fail and be named.

    Exit status: 0 when all came out as it must, 1 when something did not, 2 on wrong usage.
    """
    loaded = load(assignment)
    test = SelfTest(loaded.assignment, loaded.solution, loaded.registry, tuple(range(1, seeds + 1)))
    with (
        staged(loaded.assignment, loaded.registry) as stage,
        open_sandbox(stage, loaded.assignment.limits, accept=Tier(accept_tier)) as sandbox,
    ):
        findings = []
        for finding in test.findings(sandbox):
            findings.append(finding)
            if not as_json:
                console().print(_line(finding))
    wrong = sum(not finding.right for finding in findings)
    if as_json:
        click.echo(json.dumps({"wrong": wrong, "findings": [asdict(finding) for finding in findings]}))
    else:
        click.echo(f"{len(findings)} findings, {wrong} wrong")
    return 1 if wrong else 0


def _line(finding: Finding) -> Text:
    mark = Text("right", style="green") if finding.right else Text("WRONG", style="bold red")
    return Text.assemble(mark, f"  {finding.subject}  ", (finding.words, "dim" if finding.right else ""))
