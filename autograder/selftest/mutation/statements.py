"""Mistakes in the course of a function: statements left out, branches always taken, arrays changed in place."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from autograder.selftest.mutation.change import Change, Scope, with_

if TYPE_CHECKING:
    from collections.abc import Iterator


def dropped(node: ast.AST, scope: Scope) -> Iterator[Change]:
    """Leave out a statement without which the rest can still run."""
    alone = isinstance(node, (ast.Expr, ast.AugAssign, ast.Raise, ast.Return))
    again = isinstance(node, ast.Assign) and all(_has_a_value_before(each, scope) for each in node.targets)
    if alone or again:
        yield Change("missing statement", ())


def _has_a_value_before(target: ast.expr, scope: Scope) -> bool:
    if isinstance(target, ast.Tuple):
        return all(_has_a_value_before(each, scope) for each in target.elts)
    return not isinstance(target, ast.Name) or scope.assigned.get(target.id, 0) > 1


def branches(node: ast.AST, _: Scope) -> Iterator[Change]:
    """Take a branch always or never, and leave a loop where it should go on."""
    if isinstance(node, ast.If):
        yield Change("one branch always", tuple(node.body))
        yield Change("one branch always", tuple(node.orelse))
    if isinstance(node, ast.Continue):
        yield Change("break, continue", ast.Break())
    if isinstance(node, ast.Break):
        yield Change("break, continue", ast.Continue())


def accumulation(node: ast.AST, _: Scope) -> Iterator[Change]:
    """Overwrite where something is to be added up."""
    if isinstance(node, ast.AugAssign):
        yield Change("overwritten", ast.Assign([node.target], node.value))


def in_place(node: ast.AST, _: Scope) -> Iterator[Change]:
    """Change an array itself where a new one should be made."""
    if not (isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.value, ast.BinOp)):
        return
    formula, target = node.value, node.targets[0]
    if not (isinstance(formula.left, ast.Name) and isinstance(target, ast.Name)):
        return
    changed = with_(formula.left, ctx=ast.Store())
    inside = ast.AugAssign(changed, formula.op, formula.right)
    named = ast.Assign([target], formula.left)
    yield Change("in place", (inside,) if target.id == formula.left.id else (inside, named))
