"""What code a result comes from: of the files of an assignment, that which some functions depend on, and no more."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import inspect
import io
import sys
import tokenize
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.assignment import files_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from autograder.assignment import Assignment, CheckPlan, Task
    from autograder.registry import Registry

INSTALLED = ("site-packages", "dist-packages")


def digest_of_program(registry: Registry, assignment: Assignment, task: Task, plan: CheckPlan) -> str:
    """Return a digest of the code by which a check of a task is measured: of solution, sampler, metric and given files.

    Comments, docstrings and functions that have no part in it do not count, nor do installed packages and this core.
    """
    solution = {task.function, *_texts(plan.parameters)}
    found = dict(code_behind(assignment.folder / "solution.py", solution))
    metric = plan.parameters.get("metric")
    parts = [registry.samplers[plan.sampling.sampler]]
    parts += [registry.metrics[metric].score] if metric is not None else []
    for part in parts:
        function = part if inspect.isfunction(part) else type(part)
        found |= dict(code_behind(Path(inspect.getfile(function)), [function.__qualname__.partition(".")[0]]))
    digest = hashlib.sha256(repr(sorted(found.items())).encode())
    for path in files_of(assignment.folder):
        if path.is_relative_to(assignment.folder / "given"):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:20]


def _texts(value: Any) -> Iterator[str]:
    """Yield the texts among parameters, some of which are names of functions."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from _texts(list(value.values()))
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _texts(each)


def code_behind(path: Path, names: Iterable[str], within: frozenset[Path] = frozenset()) -> Iterator[tuple[str, str]]:
    """Yield the statements of a file that these names depend on, each under a name; also those of our files it imports.

    A statement that binds no name, such as a call, counts always. The files `within` have been begun already.
    """
    source = path.read_text(encoding="utf-8")
    tree, lines = ast.parse(source), _without_comments(source)
    wanted = _needed(tree, set(names))
    for statement in tree.body:
        bound = _bound_by(statement)
        if not bound and not _is_text(statement):
            text = _text(statement, lines)
            yield f"{path.name}: {text}", text
        for name in bound & wanted:
            imported = _imported(statement, name)
            if imported is not None and imported[0] not in within:
                yield from code_behind(*imported, within | {path})
            else:
                yield f"{path.name}: {name}", _text(statement, lines)


def _needed(tree: ast.Module, names: set[str]) -> set[str]:
    """Return the names that a file binds and that these depend on, themselves included."""
    binding: dict[str, list[ast.stmt]] = {}
    for statement in tree.body:
        for name in _bound_by(statement):
            binding.setdefault(name, []).append(statement)
    waiting, found = list(names & binding.keys()), set[str]()
    waiting += [name for statement in tree.body if not _bound_by(statement) for name in _used_by(statement)]
    while waiting:
        name = waiting.pop()
        if name in binding and name not in found:
            found.add(name)
            waiting.extend(used for statement in binding[name] for used in _used_by(statement))
    return found


def _bound_by(statement: ast.stmt) -> set[str]:
    """Return the names that a statement of a module binds."""
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {statement.name}
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return {(alias.asname or alias.name).partition(".")[0] for alias in statement.names}
    return {each.id for each in ast.walk(statement) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}


def _used_by(statement: ast.stmt) -> set[str]:
    return {each.id for each in ast.walk(statement) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)}


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _imported(statement: ast.stmt, name: str) -> tuple[Path, list[str]] | None:
    """Return the file of ours that a name is imported from, and what it is called there; None if there is none."""
    if not isinstance(statement, ast.ImportFrom) or statement.level or statement.module not in sys.modules:
        return None
    spec = importlib.util.find_spec(statement.module)
    origin = Path(spec.origin) if spec is not None and spec.origin else None
    if origin is None or origin.suffix != ".py" or set(INSTALLED) & set(origin.parts) or _is_apart(origin):
        return None
    [there] = [alias.name for alias in statement.names if (alias.asname or alias.name) == name]
    return origin, [there]


def _is_apart(path: Path) -> bool:
    """Whether a file is Python's, or of this core: how answers are compared is held by tests, not by bars."""
    return any(path.is_relative_to(Path(module).parent) for module in (inspect.__file__, __file__))


def _without_comments(source: str) -> list[str]:
    """Return the lines of a source, as every Python reads them, without comments."""
    lines = source.split("\n")
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    return lines


def _text(statement: ast.stmt, lines: list[str]) -> str:
    """Return a statement without docstrings and empty lines."""
    first = min([statement.lineno, *(each.lineno for each in getattr(statement, "decorator_list", ()))])
    left_out = {row for each in ast.walk(statement) for row in _docstring_rows(each)}
    kept = (lines[row - 1].rstrip() for row in range(first, _end(statement) + 1) if row not in left_out)
    return "\n".join(line for line in kept if line)


def _docstring_rows(node: ast.AST) -> range:
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) or not _is_text(node.body[0]):
        return range(0)
    begins = node.body[0].lineno
    return range(begins, _end(node.body[0]) + 1) if begins > node.lineno else range(0)


def _end(statement: ast.stmt) -> int:
    return statement.end_lineno or statement.lineno
