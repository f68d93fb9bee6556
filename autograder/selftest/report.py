"""What a selftest has found, in numbers: for each task, and for the assignment as a whole."""

from __future__ import annotations

import os
import platform
import subprocess
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from autograder.selftest.verdicts import Seeds, by_subject, flips

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from autograder.assignment import Assignment, Task
    from autograder.selftest.findings import Finding
    from autograder.selftest.mutants import Judged
    from autograder.selftest.verdicts import Said


@dataclass(frozen=True)
class Numbers:
    """Counts of one task, or of several together.

    Slips: how many there are, how many fail under every seed, how many are named whenever they fail, how many are
    taken for another. Mutants: how many are the same program as a slip (`slips_made`) and how many are not, how many of
    the latter answer one of the fixed `inputs` otherwise than the solution, how many of these a check fails, for how
    many a slip or a kind of mistake is named, and for how many a wrong one. Other right answers: how many there are,
    and how many earn everything. Verdicts under all seeds, and how many of them differ from what the check says of the
    same functions under most seeds.
    """

    slips: int = 0
    slips_failed: int = 0
    slips_named: int = 0
    slips_wrong: int = 0
    inputs: int = 0
    slips_made: int = 0
    mutants: int = 0
    differing: int = 0
    killed: int = 0
    named: int = 0
    wrong: int = 0
    answers: int = 0
    answers_right: int = 0
    verdicts: int = 0
    flips: int = 0

    def __add__(self, other: Numbers) -> Numbers:
        """Add up the counts of two."""
        return Numbers(**{each.name: getattr(self, each.name) + getattr(other, each.name) for each in fields(self)})


@dataclass(frozen=True)
class Report:
    """All that a selftest of one assignment has found, and where and how long it ran.

    `submission_seconds` is how long it took to grade the solution's notebook behind the wall, or 0 where it was not.
    """

    assignment: str
    digest: str
    seeds: Seeds
    tasks: dict[str, Numbers]
    findings: tuple[Finding, ...]
    survivors: tuple[str, ...]
    misnamed: tuple[str, ...]
    machine: str
    commit: str
    seconds: float
    submission_seconds: float

    @property
    def total(self) -> Numbers:
        """The counts of all tasks together."""
        return sum(self.tasks.values(), Numbers())

    @property
    def wrong(self) -> int:
        """How many findings are not as they must be."""
        return sum(not finding.right for finding in self.findings)

    def as_plain(self) -> dict[str, Any]:
        """Return the report for JSON; of the findings those that are not as they must be."""
        plain = asdict(self) | {"total": asdict(self.total), "wrong": self.wrong, "tried": len(self.findings)}
        plain["findings"] = [asdict(finding) for finding in self.findings if not finding.right]
        return plain


def numbers_of(task: Task, said: Sequence[Said], mutants: Sequence[Judged], slips_made: int) -> Numbers:
    """Return the counts of one task."""
    own = [each for each in said if each.task == task.function]
    subjects = by_subject(own)
    slips = {subject.name: heard for (_, subject), heard in subjects.items() if subject.kind == "slip"}
    answers = [heard for (_, subject), heard in subjects.items() if subject.kind == "answer"]
    made = [each for each in mutants if each.task == task.function]
    differing = [each for each in made if each.differs]
    return Numbers(
        slips=len(slips),
        slips_failed=sum(fails(heard) for heard in slips.values()),
        slips_named=sum(is_named(name, heard) for name, heard in slips.items()),
        slips_wrong=sum(bool(taken_for(name, heard)) for name, heard in slips.items()),
        inputs=max((each.inputs for each in made), default=0),
        slips_made=slips_made,
        mutants=len(made),
        differing=len(differing),
        killed=sum(each.killed for each in differing),
        named=sum(bool(each.slips or each.causes) for each in differing),
        wrong=sum(bool(each.wrong) for each in differing),
        answers=len(answers),
        answers_right=sum(all(each.outcome in EARNS for each in heard) for heard in answers),
        verdicts=len(own),
        flips=len(list(flips(own))),
    )


EARNS = ("passed", "unjudged")
"""What is unjudged is so for everybody, since the machine lacks something."""


def fails(heard: Sequence[Said]) -> bool:
    """Whether some check fails these functions under every seed."""
    seeds = {each.seed for each in heard}
    return all(any(each.outcome == "failed" for each in heard if each.seed == seed) for seed in seeds)


def is_named(slip: str, heard: Sequence[Said]) -> bool:
    """Whether under every seed a check that fails a slip names it."""
    seeds = {each.seed for each in heard if each.outcome == "failed"}
    return bool(seeds) and all(any(each.slip == slip for each in heard if each.seed == seed) for seed in seeds)


def taken_for(slip: str, heard: Sequence[Said]) -> set[str]:
    """Return the other slips for which a check takes this one."""
    return {each.slip for each in heard if each.outcome == "failed"} - {slip, ""}


def machine() -> str:
    """Return on what kind of machine this runs."""
    return f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}"


def commit_of(assignment: Assignment) -> str:
    """Return the commit of which an assignment's folder is a part, with a mark if files differ from it."""
    return _git(assignment.folder, "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*")


def _git(folder: Path, *words: str) -> str:
    try:
        done = subprocess.run(["git", "-C", str(folder), *words], capture_output=True, text=True, check=True)  # noqa: S607
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()
