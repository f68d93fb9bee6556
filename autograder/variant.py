"""A student's own numbers: which values of an assignment's constants are theirs, and what a notebook says of them."""

from __future__ import annotations

import ast
import hashlib
import re
import unicodedata
from typing import TYPE_CHECKING

from autograder.errors import AssignmentError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from autograder.assignment import Assignment, Value
    from autograder.submission import Cell


def values_of(student: str, assignment: Assignment) -> dict[str, Value]:
    """Return a student's values by constant: the same each time, whatever the case and spaces of the student's name.

    A value's order in the list means nothing, and one more value moves only those students who now get that one.
    """
    student = unicodedata.normalize("NFC", student).strip().casefold()

    def rank(name: str, value: Value) -> bytes:
        return hashlib.sha256(f"{assignment.name}\0{name}\0{student}\0{value!r}".encode(errors="replace")).digest()

    return {name: max(values, key=lambda value: rank(name, value)) for name, values in assignment.variants.items()}


def in_words(values: Mapping[str, Value]) -> str:
    """Return values as they stand in a notebook, an empty text for none."""
    return ", ".join(f"{name} = {value!r}" for name, value in values.items())


def of_another(cells: Iterable[Cell], own: Mapping[str, Value], assignment: Assignment) -> str:
    """Return in words by which values a notebook of somebody else's variant was made, and an empty text for one's own.

    Such a notebook never states the own value of a constant, and states another of its list. What a notebook says of
    itself can be forged, so it is for words only and decides nothing.
    """
    text = "\n".join(cell.source for cell in cells)
    others: dict[str, Value] = {}
    for name, values in assignment.variants.items():
        said = [value for value in values if re.search(rf"\b{name} = {re.escape(repr(value))}(?![\w.])", text)]
        if said and own[name] not in said:
            others[name] = said[0]
    return in_words(others)


def with_values(tree: ast.Module, values: Mapping[str, Value]) -> ast.Module:
    """Give these values to the constants of a module that are set at its top level, before anything is made of them."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target = node.targets[0]
        elif isinstance(node, ast.AnnAssign):
            target = node.target
        else:
            continue
        if isinstance(target, ast.Name) and target.id in values:
            node.value = ast.copy_location(ast.Constant(values[target.id]), node)
    return tree


def checked(assignment: Assignment, found: Mapping[str, object]) -> dict[str, Value]:
    """Return the constants' values in force, of those `found` in solution.py; AssignmentError for one that cannot be.

    Without a variant they are the defaults, which must be among the values: so the default is as well tried as these.
    """
    values: dict[str, Value] = {}
    for name, allowed in assignment.variants.items():
        if name not in found:
            raise AssignmentError(f"[variants] has `{name}`, which solution.py does not set at its top level")
        value = found[name]
        if name in assignment.variant and value != assignment.variant[name]:
            raise AssignmentError(f"[variants] has `{name}`, which must be set in solution.py itself, and only there")
        if value not in allowed:
            raise AssignmentError(f"[variants]: `{name}` is {value!r} in solution.py, which is not among its values")
        values[name] = next(each for each in allowed if each == value)
    return values
