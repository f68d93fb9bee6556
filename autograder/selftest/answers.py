"""Other right answers: written from the handout alone, by other ways than the solution's, and kept beside it.

A file in the folder `answers/` of an assignment is a module with some of the task functions. It runs in a notebook as
a student has it: what the assignment gives is there, and the tasks that the file does not define are the solution's.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any

from autograder.errors import AssignmentError
from autograder.registry import given_importable
from autograder.spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from autograder.selftest.trial import Trial

FOLDER = "answers"


@dataclass(frozen=True)
class Answer:
    """One person's functions: the file's name, how they were written in the file's own words, and themselves."""

    name: str
    way: str
    functions: Mapping[str, Any]
    namespace: Mapping[str, Any]


def load_answers(trial: Trial) -> tuple[Answer, ...]:
    """Return the other right answers of an assignment; AssignmentError for a file that is none."""
    return tuple(_loaded(trial, path) for path in sorted((trial.assignment.folder / FOLDER).glob("*.py")))


def _loaded(trial: Trial, path: Path) -> Answer:
    solution = {task.function: trial.solution.function(task.function) for task in trial.assignment.tasks}
    module = ModuleType(f"gradmark_answers_{trial.assignment.name}_{path.stem}".replace("-", "_"))
    vars(module).update({**solution, **trial.solution.given, **trial.solution.values, "__file__": str(path)})
    sys.modules[module.__name__] = module
    with given_importable(trial.assignment.folder):
        try:
            exec(compile(path.read_bytes(), str(path), "exec", dont_inherit=True), vars(module))  # noqa: S102  (the assignment's own)
        except Exception as error:
            raise AssignmentError(f"{FOLDER}/{path.name} cannot be run: {type(error).__name__}: {error}") from error
    functions = {name: vars(module).get(name) for name in solution if vars(module).get(name) is not solution[name]}
    if not functions:
        hints = filter(None, (did_you_mean(name, solution) for name in _defined(module)))
        raise AssignmentError(f"{FOLDER}/{path.name} defines no task of {trial.assignment.name}{next(hints, '')}")
    way = (module.__doc__ or "").strip().partition("\n")[0]
    if not way:
        raise AssignmentError(f"{FOLDER}/{path.name} must begin with a docstring that says how it was written")
    return Answer(path.stem, way, functions, trial.changed(vars(module)))


def _defined(module: ModuleType) -> Iterator[str]:
    yield from (name for name, value in vars(module).items() if getattr(value, "__module__", "") == module.__name__)
