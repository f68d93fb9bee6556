"""The mutants of a function: its source with one small mistake, each of them once.

Libraries for this change whole files on the disk and run a command on them (mutmut), or know neither axes nor
transposes, slices or terms left out (cosmic-ray, whose operators work on text with a parser of its own); so these are
our own, on the standard library's syntax trees.
"""

from __future__ import annotations

import ast
import copy
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from autograder.selftest.mutation import arrays, numbers, statements
from autograder.selftest.mutation.change import Change, Scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

OPERATORS = (
    numbers.operators,
    numbers.terms,
    numbers.comparisons,
    numbers.conditions,
    numbers.constants,
    arrays.indices,
    arrays.keys,
    arrays.transposes,
    arrays.axes,
    arrays.functions,
    arrays.arguments,
    arrays.ranges,
    statements.dropped,
    statements.branches,
    statements.accumulation,
    statements.in_place,
)
SHOWN_LIMIT = 60
NOT_ENTERED = (ast.JoinedStr, ast.Raise)
"""What is said in words is no part of an answer."""


@dataclass(frozen=True)
class Mutant:
    """One mistake in one function: of which kind, in which line of it, what it makes of what, and the whole source.

    It `is_known` if it is the same program as a known mistake.
    """

    function: str
    kind: str
    line: int
    before: str
    after: str
    source: str
    is_known: bool = False

    @property
    def words(self) -> str:
        """The mistake in one line."""
        return f"{self.function}, line {self.line}: {self.kind}: {self.before} -> {self.after}"


def mutants_of(function: str, source: str, known: Iterable[str] = ()) -> Iterator[Mutant]:
    """Yield the mutants of a function's or class's source, each once; `known` are the sources of known mistakes."""
    tree = _Bare().visit(ast.parse(source))
    scope = _scope(tree)
    seen, forms = {normal(source)}, {normal(each) for each in known}
    for node in _places(tree.body[0]):
        for operator in OPERATORS:
            for change in operator(node, scope):
                text = ast.unparse(_changed(tree, node, change))
                form = _normal_or_nothing(text)
                if form is not None and form not in seen:
                    seen.add(form)
                    line = getattr(node, "lineno", 0)
                    shown = _shown(node), _shown(change.after)
                    yield Mutant(function, change.kind, line, *shown, text, is_known=form in forms)


def normal(source: str) -> str:
    """Return a form of a source that does not depend on its layout, its annotations and its docstrings."""
    return ast.dump(_Bare().visit(ast.parse(source)))


def _normal_or_nothing(source: str) -> str | None:
    """Return the normal form, or nothing for what is no longer Python, such as a product that is given a value."""
    try:
        compile(source, "<mutant>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return None
    return normal(source)


class _Bare(ast.NodeTransformer):
    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value is None:
            return node
        return self.generic_visit(ast.copy_location(ast.Assign([node.target], node.value), node))

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        if ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
        return self.generic_visit(node)


def _scope(tree: ast.AST) -> Scope:
    keys: dict[str, dict[str, None]] = {}
    assigned: Counter[str] = Counter()
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            if isinstance(node.slice.value, str):
                keys.setdefault(ast.dump(node.value), {})[node.slice.value] = None
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            assigned[node.id] += 1
        elif isinstance(node, ast.arg):
            assigned[node.arg] += 1
    return Scope({table: tuple(found) for table, found in keys.items()}, assigned)


def _places(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes at which a mistake may be made: bodies and defaults, without parts and words."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        inner: list[ast.AST] = list(node.body)
        inner += node.args.defaults if isinstance(node, ast.FunctionDef) else []
    else:
        yield node
        inner = [] if isinstance(node, NOT_ENTERED) else list(ast.iter_child_nodes(node))
    for each in inner:
        yield from _places(each)


def _changed(tree: ast.AST, target: ast.AST, change: Change) -> ast.AST:
    """Return a copy of a tree in which what is changed stands in the place of a node."""
    twins: dict[int, ast.AST] = {}
    twin = copy.deepcopy(tree, twins)
    _Swap(twins[id(target)], change.after).visit(twin)
    return ast.fix_missing_locations(twin)


class _Swap(ast.NodeTransformer):
    def __init__(self, target: ast.AST, after: ast.AST | tuple[ast.stmt, ...]) -> None:
        self.target, self.after = target, after

    def visit(self, node: ast.AST) -> Any:
        if node is self.target:
            return (list(self.after) or [ast.Pass()]) if isinstance(self.after, tuple) else self.after
        return self.generic_visit(node)


def _shown(what: ast.AST | tuple[ast.stmt, ...]) -> str:
    nodes = what if isinstance(what, tuple) else (what,)
    text = "; ".join(ast.unparse(ast.fix_missing_locations(copy.deepcopy(node))) for node in nodes) or "nothing"
    text = " ".join(text.split())
    return text if len(text) <= SHOWN_LIMIT else text[: SHOWN_LIMIT - 1] + "…"
