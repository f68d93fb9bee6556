"""What no student may be given: lines of the solution and of the references behind it, slips, and hidden values.

A line is a statement, or one line of a longer one, of six names, numbers and operators or more. Shorter ones, the heads
of loops and conditions, and docstrings are anybody's. So is what the assignment hands out on purpose.
"""

from __future__ import annotations

import ast
import inspect
import io
import re
import sys
import tokenize
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any

from autograder import source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from autograder.solution import Solution

TOKEN = re.compile(r"[A-Za-z_]\w*|\d[\w.]*|[^\s\w\"'\\]")
BETWEEN = frozenset("()[]{},.:;")
ENOUGH = 6
"""Names, numbers and operators that make a line a secret: `m = x.shape[0]` and `return np.zeros((n, m))` have five."""
ONLY_REFERENCES = "reference"


@dataclass(frozen=True)
class Line:
    """A line that students must not read, as its tokens with single spaces, and in words whose it is."""

    tokens: str
    whose: str


def tokens_of(text: str) -> str:
    """Return a text's tokens with a space around each, so that line breaks, spaces and indents make no difference."""
    return f" {' '.join(TOKEN.findall(text))} "


def secret_lines(solution: Solution, public: Iterable[str]) -> list[Line]:
    """Return the lines of the solution, of what it calls, and of its slips, but for those in a text that is public."""
    tasks = [solution.function(task.function) for task in solution.assignment.tasks]
    found = {line: f"a line of {place}" for function in _reached(tasks) for line, place in _lines(function)}
    for slip in solution.assignment.slips:
        for line, _ in _lines_of(solution.mistaken_source(slip), 1, ""):
            found.setdefault(line, f"a line of the slip {slip.name!r}")
    allowed = [tokens_of(text) for text in public]
    return [Line(line, whose) for line, whose in found.items() if not any(line in text for text in allowed)]


def _reached(tasks: Iterable[Callable[..., Any]]) -> list[Callable[..., Any]]:
    """Return these functions and all that they call in the solution and in the references."""
    found: dict[tuple[str, str], Callable[..., Any]] = {}
    waiting = list(tasks)
    while waiting:
        function = waiting.pop()
        key = function.__module__, function.__qualname__
        if key not in found:
            found[key] = function
            named = (inspect.unwrap(other) for other in _named(function) if callable(other))
            waiting.extend(other for other in named if _is_secret(other, function))
    return list(found.values())


def _named(function: Callable[..., Any]) -> Iterator[Any]:
    """Yield what a function's code names in its module, or in a module that it names."""
    module = sys.modules[function.__module__]
    for node in ast.walk(ast.parse(source.original(function))):
        if isinstance(node, ast.Name):
            yield getattr(module, node.id, None)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            other = getattr(module, node.value.id, None)
            yield getattr(other, node.attr, None) if isinstance(other, ModuleType) else None


def _is_secret(other: object, function: Callable[..., Any]) -> bool:
    if not (inspect.isfunction(other) or inspect.isclass(other)):
        return False
    return other.__module__ == function.__module__ or other.__module__.startswith(f"{ONLY_REFERENCES}.")


def _lines(function: Callable[..., Any]) -> Iterator[tuple[str, str]]:
    _, first = inspect.getsourcelines(function)
    file = (inspect.getsourcefile(function) or "").rpartition("/")[2]
    yield from _lines_of(source.original(function), first, f"{function.__name__} in {file}")


def _lines_of(text: str, first: int, where: str) -> Iterator[tuple[str, str]]:
    """Yield the lines of a function's source that are long enough to be somebody's own, and where each stands."""
    lines = _without_comments(text).splitlines()
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.stmt) or hasattr(node, "body") or _is_docstring(node):
            continue
        end = node.end_lineno or node.lineno
        for start, stop in ((node.lineno, end), *((number, number) for number in range(node.lineno, end + 1))):
            tokens = TOKEN.findall("\n".join(lines[start - 1 : stop]))
            if sum(token not in BETWEEN for token in tokens) >= ENOUGH:
                yield f" {' '.join(tokens)} ", f"{where} (line {first + start - 1})"


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _without_comments(text: str) -> str:
    lines = text.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            number, column = token.start
            lines[number - 1] = lines[number - 1][:column]
    return "\n".join(lines)
