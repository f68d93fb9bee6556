"""`gradmark grade`."""

from __future__ import annotations

import json
import os
import secrets
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from autograder.cli.course import Loaded, load, load_variants
from autograder.cli.options import (
    FOLDER,
    assignment_argument,
    device_option,
    gradebook_option,
    json_option,
    seed_option,
    tier_option,
)
from autograder.cli.progress import Progress
from autograder.cli.words import as_plain, console, one_line, print_summary
from autograder.errors import UsageError
from autograder.gradebook import Gradebook
from autograder.grading import Grader
from autograder.run import ClassRun, make_stamp
from autograder.sandbox.sandbox import open_sandbox
from autograder.sandbox.tiers import Tier
from autograder.setting import PUBLIC_SEED
from autograder.spelling import did_you_mean
from autograder.staging import staged
from autograder.submission import FIRST_PART, HandedIn, collect
from autograder.variant import in_words, of_another

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from autograder.assignment import Assignment
    from autograder.grade import GradeRecord

BOOK = "gradebook.sqlite"


@click.command()
@assignment_argument
@click.argument("submissions", type=FOLDER)
@gradebook_option
@click.option(
    "--jobs", type=click.IntRange(min=1), default=os.cpu_count(), help="Submissions at a time.  [default: processors]"
)
@click.option("--only", metavar="STUDENT", help="Grade this student alone.")
@click.option("--students", "pattern", default=FIRST_PART, metavar="REGEX", help="How a file's path names its student.")
@seed_option
@device_option
@tier_option
@click.option(
    "--variants/--no-variants",
    default=None,
    help="Where there are [variants]: grade each by their own, or all by the defaults, as the handouts were built.",
)
@click.option("--pin/--no-pin", default=True, help="Tie each submission to one processor.  [default: pin]")
@json_option
def command(
    assignment: Path,
    submissions: Path,
    gradebook: Path,
    jobs: int,
    only: str | None,
    pattern: str,
    seed: int | None,
    device: str,
    accept_tier: str,
    variants: bool | None,
    pin: bool,
    as_json: bool,
) -> int:
    """Grade SUBMISSIONS (a folder of notebooks, a folder of folders, or a zip of either) on ASSIGNMENT.

    Exit status: 0 when every submission got a complete grade, 1 when some could not be, 2 on wrong usage.
    The same command goes on where an interrupted one stopped.
    """
    loaded = load(assignment)
    variants = _as_handed_out(loaded.assignment, variants)
    handed_in = _chosen(collect(submissions, loaded.registry.hook, pattern), only, submissions)
    folder = gradebook / loaded.assignment.name
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        book = stack.enter_context(Gradebook.open(gradebook / BOOK, write=True))
        seed = _seed(book, loaded, seed)
        stage = stack.enter_context(
            staged(loaded.assignment, loaded.registry, submissions.resolve(), gradebook.resolve())
        )
        sandbox = stack.enter_context(open_sandbox(stage, loaded.assignment.limits, accept=Tier(accept_tier), pin=pin))
        grader = Grader(loaded.assignment, loaded.solution, loaded.registry, sandbox, seed, device)
        stamp = make_stamp(loaded.assignment, loaded.registry, seed, sandbox.tier, device)
        jobs = jobs if device == "cpu" else 1  # one card is not shared
        own = _own(grader, loaded, handed_in) if variants else {}
        records = _grade(ClassRun(grader, book, stamp, jobs, own), handed_in, folder, silent=as_json)
        everyone = book.records(loaded.assignment.name)
    loaded.registry.hook.run_finished(records=everyone, folder=folder)
    if as_json:
        click.echo(json.dumps({"left_out": handed_in.left_out, "grades": [as_plain(record) for record in records]}))
    else:
        print_summary(records, handed_in, folder, gradebook / BOOK)
        for words in _strangers(grader, own, handed_in):
            console().print(words, style="yellow", markup=False)
    return 0 if all(record.complete for record in records) else 1


def _as_handed_out(assignment: Assignment, variants: bool | None) -> bool:
    """Return whether each has a variant of their own: nobody is graded by numbers that they may not have been given."""
    if variants is None and assignment.variants:
        raise UsageError(
            f"{assignment.name} has [variants]: say --variants if each student was handed their own "
            "(gradmark build --variant), --no-variants if all were handed the same"
        )
    return bool(variants)


def _chosen(handed_in: HandedIn, only: str | None, place: Path) -> HandedIn:
    if not handed_in.submissions:
        raise UsageError(f"{place} has no submissions: no notebooks and no Python files")
    if only is None:
        return handed_in
    chosen = tuple(each for each in handed_in.submissions if each.student == only)
    if not chosen:
        known = [each.student for each in handed_in.submissions]
        raise UsageError(f"there is no submission of {only!r}{did_you_mean(only, known)}")
    return HandedIn(chosen)


def _own(grader: Grader, loaded: Loaded, handed_in: HandedIn) -> dict[str, Grader]:
    """Return each student's grader; students of the same variant share it, with the answers that it remembers."""
    graders: dict[int, Grader] = {}
    own: dict[str, Grader] = {}
    for student, variant in load_variants(loaded, [each.student for each in handed_in.submissions]).items():
        made = replace(grader, assignment=variant.assignment, solution=variant.solution, registry=variant.registry)
        own[student] = graders.setdefault(id(variant), made)
    return own


def _strangers(grader: Grader, own: dict[str, Grader], handed_in: HandedIn) -> Iterator[str]:
    """Yield in words whose notebook was made for other numbers than theirs."""
    for submission in handed_in.submissions:
        its = own.get(submission.student, grader)
        other = of_another(submission.cells, its.solution.values, its.assignment)
        if other:
            graded = in_words(its.solution.values)
            yield f"{one_line(submission.student)}: the notebook was made for {other}, and graded by {graded}"


def _seed(book: Gradebook, loaded: Loaded, seed: int | None) -> int:
    """Return the seed that was asked for, else the class's own, else a new one; it is remembered."""
    assignment = loaded.assignment
    if seed == PUBLIC_SEED:
        raise UsageError(f"the seed {seed} is that of the public cases, whose answers every student has; say another")
    if seed is None:
        seed = book.seed_of(assignment.name, assignment.digest)
    if seed is None:
        seed = secrets.randbits(53)
    book.remember_seed(assignment.name, assignment.digest, seed)
    return seed


def _grade(run: ClassRun, handed_in: HandedIn, folder: Path, *, silent: bool) -> list[GradeRecord]:
    records = []
    with Progress(run.grader.assignment.title, run.stamp.tier, len(handed_in.submissions), silent=silent) as progress:
        for record, kept in run.grade_all(handed_in.submissions, progress.started):
            run.grader.registry.hook.grade_finished(record=record, folder=folder)
            progress.finished(record, kept=kept)
            records.append(record)
    return sorted(records, key=lambda record: record.student)
