"""What an operator of mutation makes of one node of a function's syntax tree."""

from __future__ import annotations

import ast
import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Node = TypeVar("Node", bound=ast.AST)


@dataclass(frozen=True)
class Change:
    """One node and what stands in its place: a node, several statements, or nothing.

    `kind` is the operator's name in reports.
    """

    kind: str
    after: ast.AST | tuple[ast.stmt, ...]


@dataclass(frozen=True)
class Scope:
    """What an operator may know of the whole function.

    These are the keys by which each table is read, and how often each name is given a value.
    """

    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    assigned: Mapping[str, int] = field(default_factory=dict)


def with_(node: Node, **fields: object) -> Node:
    """Return a copy of a node with some of its fields replaced."""
    twin = copy.copy(node)
    for name, value in fields.items():
        setattr(twin, name, value)
    return twin


def call(function: str, *arguments: ast.expr) -> ast.Call:
    """Return a call of a function that has a plain name."""
    return ast.Call(ast.Name(function, ast.Load()), list(arguments), [])


def plus(node: ast.expr, by: int) -> ast.expr:
    """Return a number with a small one added; a constant stays a constant."""
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return ast.Constant(node.value + by)
    return ast.BinOp(node, ast.Add() if by > 0 else ast.Sub(), ast.Constant(abs(by)))


def function_name(node: ast.expr) -> str:
    """Return the last part of the name of what is called: `sum` for np.sum, x.sum and sum."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def swapped(items: list[ast.expr]) -> Iterable[list[ast.expr]]:
    """Yield the list with each two neighbours exchanged that are not alike."""
    for place in range(len(items) - 1):
        one, other = items[place : place + 2]
        if ast.dump(one) != ast.dump(other):
            yield [*items[:place], other, one, *items[place + 2 :]]
