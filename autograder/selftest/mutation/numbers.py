"""Mistakes in formulas: operators, terms, comparisons, conditions and constants."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from autograder.selftest.mutation.change import Change, Scope, with_

if TYPE_CHECKING:
    from collections.abc import Iterator

INSTEAD: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div, ast.Add),
    ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Div, ast.Mult),
    ast.Mod: (ast.FloorDiv,),
    ast.MatMult: (ast.Mult,),
    ast.Pow: (ast.Mult,),
    ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd,),
}
WITH_AN_ORDER = (ast.Sub, ast.Div, ast.MatMult, ast.Pow, ast.Mod, ast.FloorDiv)
COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}


def operators(node: ast.AST, _: Scope) -> Iterator[Change]:
    """Put another operator in the place of one, or turn its sides round."""
    if not isinstance(node, (ast.BinOp, ast.AugAssign)):
        return
    for instead in INSTEAD.get(type(node.op), ()):
        yield Change("operator", with_(node, op=instead()))
    if isinstance(node, ast.BinOp) and isinstance(node.op, WITH_AN_ORDER):
        yield Change("sides turned round", with_(node, left=node.right, right=node.left))


def terms(node: ast.AST, _: Scope) -> Iterator[Change]:
    """Leave out a term, a factor, a divisor, an exponent or a sign."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.Not, ast.Invert)):
        yield Change("missing sign", node.operand)
    if not isinstance(node, ast.BinOp):
        return
    if isinstance(node.op, (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.FloorDiv, ast.Mod)):
        yield Change("missing term", node.left)
    if isinstance(node.op, (ast.Add, ast.Mult)):
        yield Change("missing term", node.right)
    if isinstance(node.op, ast.Sub):
        yield Change("missing term", ast.UnaryOp(ast.USub(), node.right))


def comparisons(node: ast.AST, _: Scope) -> Iterator[Change]:
    """Turn a comparison round, or move its bound by the least that there is."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        for instead in COMPARED[type(node.ops[0])]:
            yield Change("comparison", with_(node, ops=[instead()]))
    elif isinstance(node, ast.Compare):
        for place, each in enumerate(node.ops):
            for instead in COMPARED[type(each)]:
                yield Change("comparison", with_(node, ops=[*node.ops[:place], instead(), *node.ops[place + 1 :]]))


def conditions(node: ast.AST, _: Scope) -> Iterator[Change]:
    """Exchange `and` with `or`, leave out one of their sides, and take always one branch."""
    if isinstance(node, ast.BoolOp):
        yield Change("and, or", with_(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And()))
        if len(node.values) == 2:
            yield from (Change("missing condition", each) for each in node.values)
    if isinstance(node, ast.IfExp):
        yield from (Change("one branch always", each) for each in (node.body, node.orelse))
    if isinstance(node, ast.comprehension) and node.ifs:
        yield Change("missing condition", with_(node, ifs=[]))


def constants(node: ast.AST, _: Scope) -> Iterator[Change]:
    """Move a whole number by one; turn, double and drop another; exchange True with False."""
    if not isinstance(node, ast.Constant):
        return
    value = node.value
    if isinstance(value, bool):
        found: tuple[bool | int | float, ...] = (not value,)
    elif isinstance(value, int):
        found = (value + 1, value - 1, 0)
    elif isinstance(value, float):
        found = (-value, 2 * value, 0.0, 1.0)
    else:
        return
    yield from (Change("constant", ast.Constant(each)) for each in found if each != value)
