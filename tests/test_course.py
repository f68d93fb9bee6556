"""The course as one thing: what stands in the syllabus, and that nothing was written that no task needs."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from functools import cache
from types import CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from autograder.registry import build_registry
from autograder.solution import load_solution
from reference.registration import register_references
from tests.handouts import ASSIGNMENTS, FOLDERS, load

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SYLLABUS = (ASSIGNMENTS / "README.md").read_text(encoding="utf-8")
HOURS = {
    "five": "5",
    "five and a half": "5½",
    "six": "6",
    "six and a half": "6½",
    "seven": "7",
    "eight": "8",
    "nine": "9",
}


@cache
def used() -> frozenset[int]:
    """Return the identities of all functions that the tasks' right answers, baselines and samplers reach."""
    seen: dict[int, Any] = {}
    waiting = [each for name in FOLDERS for each in asked(name)]
    while waiting:
        function = waiting.pop()
        if id(function) not in seen:
            seen[id(function)] = function
            waiting += needed(function)
    return frozenset(seen)


def asked(name: str) -> Iterator[Any]:
    """Yield what an assignment asks: its solution, baselines included, its plugin, and references of its tasks' names."""
    assignment = load(name)
    registry = build_registry(assignment.folder)
    yield from functions_among(vars(load_solution(assignment).module).values())
    yield from functions_among(vars(registry.manager.get_plugin(f"{name}/plugin.py")).values())
    yield from (registry.references[task.function] for task in assignment.tasks if task.function in registry.references)


def needed(thing: Any) -> Iterator[Any]:
    """Yield the functions and classes of the project that one of them names, takes by default, or finds in a table."""
    if isinstance(thing, type):
        yield from functions_among(vars(thing).values())
    elif isinstance(thing, FunctionType):
        names, module = names_in(thing.__code__), vars(sys.modules[thing.__module__])
        found = [module[name] for name in names if name in module]
        spaces = [vars(each) for each in found if isinstance(each, ModuleType)]
        found += [space[name] for space in spaces for name in names if name in space]
        yield from functions_among([*found, *(thing.__defaults__ or ()), *(thing.__kwdefaults__ or {}).values()])


def functions_among(things: Iterable[Any]) -> Iterator[Any]:
    """Yield the functions and classes of the project among these things, and in the tables among them."""
    for each in things:
        if isinstance(each, Mapping):
            yield from functions_among(each.values())
        elif isinstance(each, (tuple, list)):
            yield from functions_among(each)
        elif isinstance(each, FunctionType) or (isinstance(each, type) and each.__module__.startswith("reference")):
            yield each


def names_in(code: CodeType) -> set[str]:
    """Return the names that a function uses, inner functions included."""
    inner = [names_in(each) for each in code.co_consts if isinstance(each, CodeType)]
    return set(code.co_names).union(*inner)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(register_references()))
def test_every_reference_is_used_by_a_task(name: str) -> None:
    assert id(register_references()[name]) in used()


@pytest.mark.parametrize("name", FOLDERS)
def test_an_assignment_stands_in_the_syllabus_with_its_tasks_and_the_hours_of_its_handout(name: str) -> None:
    text = (ASSIGNMENTS / name / "handout.md").read_text(encoding="utf-8")
    hours = HOURS[re.findall(r"about \*\*(.*?) hours\*\*", text)[0]]
    [row] = re.findall(rf"^\| \d+ \| \[`{name}`\]\({name}/handout\.md\) \|.*$", SYLLABUS, re.MULTILINE)
    assert f"| {len(load(name).tasks)} | {hours} |" in row


def test_the_syllabus_names_no_sheet_that_is_not_there() -> None:
    assert sorted(re.findall(r"^\| \d+ \| \[`(.*?)`\]", SYLLABUS, re.MULTILINE)) == FOLDERS
