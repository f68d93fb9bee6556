"""An assignment with all that its commands need, loaded once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from autograder.assignment import Assignment, load_assignment
from autograder.errors import UsageError
from autograder.registry import Registry, build_registry
from autograder.setting import plan_check
from autograder.solution import Solution, load_solution
from autograder.variant import in_words, values_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


@dataclass(frozen=True)
class Loaded:
    """An assignment, its right answers, and the plugins at work."""

    assignment: Assignment
    solution: Solution
    registry: Registry


def load(folder: Path) -> Loaded:
    """Load an assignment and make sure that its checks exist and take the parameters that it sets."""
    return _load(load_assignment(folder))


def load_variants(loaded: Loaded, students: Iterable[str]) -> dict[str, Loaded]:
    """Return an assignment as each student has it; students whose values are the same share it.

    UsageError if the assignment has no variants.
    """
    if not loaded.assignment.variants:
        raise UsageError(f"{loaded.assignment.name} has no variants; [variants] in assignment.toml says what differs")
    found: dict[str, Loaded] = {}
    own: dict[str, Loaded] = {}
    for student in students:
        values = values_of(student, loaded.assignment)
        words = in_words(values)
        if words not in found:
            found[words] = _load(replace(loaded.assignment, variant=values))
        own[student] = found[words]
    return own


def _load(assignment: Assignment) -> Loaded:
    registry = build_registry(assignment.folder, assignment.variant)
    for task in assignment.tasks:
        for plan in task.checks:
            plan_check(registry, task, plan)
    return Loaded(assignment, load_solution(assignment), registry)
