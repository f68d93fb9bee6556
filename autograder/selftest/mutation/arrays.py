"""Mistakes with arrays: indices, slices, keys, axes, transposes, and the wrong function."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from autograder.selftest.mutation.change import Change, Scope, call, function_name, plus, swapped, with_

if TYPE_CHECKING:
    from collections.abc import Iterator

OTHER_FUNCTIONS = {
    "sum": ("mean",),
    "mean": ("sum",),
    "max": ("min",),
    "min": ("max",),
    "argmax": ("argmin",),
    "argmin": ("argmax",),
    "maximum": ("minimum",),
    "minimum": ("maximum",),
    "log": ("log2", "log1p"),
    "log2": ("log",),
    "log10": ("log",),
    "log1p": ("log",),
    "exp": ("expm1", "exp2"),
    "sqrt": ("square",),
    "square": ("sqrt",),
    "tanh": ("sin",),
    "floor": ("ceil",),
    "ceil": ("floor",),
    "zeros": ("ones",),
    "ones": ("zeros",),
    "zeros_like": ("ones_like",),
    "ones_like": ("zeros_like",),
    "any": ("all",),
    "all": ("any",),
    "hstack": ("vstack",),
    "vstack": ("hstack",),
    "triu": ("tril",),
    "tril": ("triu",),
    "std": ("var",),
    "var": ("std",),
    "cumsum": ("cumprod",),
}
IN_ANOTHER_FORM = {
    "len",
    "range",
    "zeros",
    "ones",
    "empty",
    "full",
    "eye",
    "enumerate",
    "zip",
    "dict",
    "str",
    "isinstance",
}
"""Functions whose first argument is never taken for what they return."""


def _entries(index: ast.expr) -> list[ast.expr]:
    return list(index.elts) if isinstance(index, ast.Tuple) else [index]


def _with_entry(node: ast.Subscript, place: int, entry: ast.expr) -> ast.Subscript:
    if not isinstance(node.slice, ast.Tuple):
        return with_(node, slice=entry)
    entries = [*node.slice.elts[:place], entry, *node.slice.elts[place + 1 :]]
    return with_(node, slice=with_(node.slice, elts=entries))


def indices(node: ast.AST, _: Scope) -> Iterator[Change]:
    """Move a computed index by one, and each end of a slice."""
    if not isinstance(node, ast.Subscript):
        return
    for place, entry in enumerate(_entries(node.slice)):
        if isinstance(entry, ast.Slice):
            yield from (Change("slice", _with_entry(node, place, each)) for each in _slices(entry))
        elif isinstance(entry, (ast.Name, ast.BinOp)):
            yield from (Change("index", _with_entry(node, place, plus(entry, by))) for by in (1, -1))
    if isinstance(node.slice, ast.Slice) and isinstance(node.ctx, ast.Load):
        yield Change("missing slice", node.value)


def _slices(entry: ast.Slice) -> Iterator[ast.Slice]:
    lower, upper = entry.lower, entry.upper
    yield with_(entry, lower=ast.Constant(1) if lower is None else plus(lower, 1))
    yield with_(entry, upper=ast.UnaryOp(ast.USub(), ast.Constant(1)) if upper is None else plus(upper, -1))
    if lower is not None:
        yield with_(entry, lower=plus(lower, -1))
        yield with_(entry, lower=None)
    if upper is not None:
        yield with_(entry, upper=plus(upper, 1))
        yield with_(entry, upper=None)
    if entry.step is not None:
        yield with_(entry, step=None)


def keys(node: ast.AST, scope: Scope) -> Iterator[Change]:
    """Read another entry of a table, one that the function reads, too."""
    if not (isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant)):
        return
    for other in scope.keys.get(ast.dump(node.value), ()):
        if other != node.slice.value:
            yield Change("another key", with_(node, slice=ast.Constant(other)))


def transposes(node: ast.AST, _: Scope) -> Iterator[Change]:
    """Leave a transpose out, or put one in before a product."""
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield Change("missing transpose", node.value)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        for side in ("left", "right"):
            operand = getattr(node, side)
            if not (isinstance(operand, ast.Attribute) and operand.attr == "T"):
                yield Change("transpose", with_(node, **{side: ast.Attribute(operand, "T", ast.Load())}))


def axes(node: ast.AST, _: Scope) -> Iterator[Change]:
    """Take another axis, and leave out what is said by name, such as an axis or that axes are kept."""
    if not isinstance(node, ast.Call):
        return
    for place, keyword in enumerate(node.keywords):
        others = [*node.keywords[:place], *node.keywords[place + 1 :]]
        if keyword.arg is None:
            continue
        yield Change("missing keyword", with_(node, keywords=others))
        if keyword.arg == "axis" and isinstance(keyword.value, (ast.Constant, ast.UnaryOp)):
            for axis in (0, 1, -1):
                yield Change("axis", with_(node, keywords=[*others, ast.keyword("axis", ast.Constant(axis))]))


def functions(node: ast.AST, _: Scope) -> Iterator[Change]:
    """Call a function that is often taken for the right one, or none at all."""
    if not isinstance(node, ast.Call):
        return
    name = function_name(node.func)
    for other in OTHER_FUNCTIONS.get(name, ()):
        if isinstance(node.func, ast.Attribute):
            yield Change("function", with_(node, func=with_(node.func, attr=other)))
        elif name in {"max", "min", "any", "all"}:
            yield Change("function", with_(node, func=ast.Name(other, ast.Load())))
    if len(node.args) == 1 and name not in IN_ANOTHER_FORM and not isinstance(node.args[0], ast.Starred):
        yield Change("missing function", node.args[0])
    if (
        isinstance(node.func, ast.Attribute)
        and not node.args
        and node.func.attr in {"copy", "sum", "mean", "max", "min"}
    ):
        yield Change("missing function", node.func.value)


def arguments(node: ast.AST, _: Scope) -> Iterator[Change]:
    """Exchange two arguments of a call, or two entries of a tuple or list."""
    if isinstance(node, ast.Call):
        yield from (Change("arguments swapped", with_(node, args=args)) for args in swapped(node.args))
    if isinstance(node, (ast.Tuple, ast.List)):
        yield from (Change("entries swapped", with_(node, elts=elements)) for elements in swapped(node.elts))


def ranges(node: ast.AST, _: Scope) -> Iterator[Change]:
    """Begin or end a range one early or late, or run through it backwards."""
    if not (isinstance(node, ast.Call) and function_name(node.func) == "range" and node.args):
        return
    for place, bound in enumerate(node.args[:2]):
        for by in (1, -1):
            yield Change("range", with_(node, args=[*node.args[:place], plus(bound, by), *node.args[place + 1 :]]))
    if len(node.args) == 1:
        yield Change("range", with_(node, args=[ast.Constant(1), *node.args]))
    yield Change("range", call("reversed", node))
