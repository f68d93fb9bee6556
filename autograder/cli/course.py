"""An assignment with all that its commands need, loaded once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from autograder.assignment import Assignment, load_assignment
from autograder.registry import Registry, build_registry
from autograder.setting import plan_check
from autograder.solution import Solution, load_solution

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Loaded:
    """An assignment, its right answers, and the plugins at work."""

    assignment: Assignment
    solution: Solution
    registry: Registry


def load(folder: Path) -> Loaded:
    """Load an assignment and make sure that its checks exist and take the parameters that it sets."""
    assignment = load_assignment(folder)
    registry = build_registry(assignment.folder)
    for task in assignment.tasks:
        for plan in task.checks:
            plan_check(registry, task, plan)
    return Loaded(assignment, load_solution(assignment), registry)
