"""A task's function made anew with one mistake in it, or in one of the functions that it alone needs."""

from __future__ import annotations

import ast
import inspect
import sys
from typing import TYPE_CHECKING, Any

from autograder import source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from autograder.selftest.trial import Trial

Function = Any


def written_for(trial: Trial) -> dict[str, tuple[Function, ...]]:
    """Return for each task the functions in which its answer is written: those that it needs, and itself at the end.

    A function that several tasks need belongs to the first of them; what is given belongs to none.
    """
    tasks = [trial.solution.function(task.function) for task in trial.assignment.tasks]
    taken = [*tasks, *trial.solution.given.values()]
    packages = {each.__module__.split(".")[0] for each in (*trial.registry.references.values(), *tasks)}
    packages |= {trial.solution.module.__name__}
    found = {}
    for function in tasks:
        needed = list(_needed(function, taken, packages))
        taken += needed
        found[function.__name__] = (*reversed(needed), function)
    return found


def _needed(function: Function, taken: Sequence[Function], packages: set[str]) -> Iterator[Function]:
    """Yield what a function needs by name and what that needs, each once."""
    waiting, seen = [function], list(taken)
    while waiting:
        current = waiting.pop(0)
        for other in _named_in(current):
            own = (inspect.isfunction(other) or inspect.isclass(other)) and other.__module__.split(".")[0] in packages
            if own and not any(other is each for each in seen):
                seen.append(other)
                waiting.append(other)
                yield other


def _named_in(function: Function) -> Iterator[Function]:
    module = vars(sys.modules[function.__module__])
    for node in ast.walk(_without_annotations(source.original(function))):
        if isinstance(node, ast.Name) and node.id in module:
            yield module[node.id]


def _without_annotations(text: str) -> ast.AST:
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.FunctionDef):
            node.returns = None
        elif isinstance(node, ast.AnnAssign):
            node.annotation = ast.Constant(None)
    return tree


def remade(functions: Sequence[Function], changed: str, text: str) -> Callable[..., Any]:
    """Return the last of these functions as it is when one of them has another source.

    Each is made anew in a copy of its module, so that the solution itself stays what it is.
    """
    spaces = {each.__module__: dict(vars(sys.modules[each.__module__])) for each in functions}
    for each in functions:
        own = text if each.__name__ == changed else source.original(each)
        code = compile(f"from __future__ import annotations\n{own}", f"<{changed}>", "exec", dont_inherit=True)
        exec(code, spaces[each.__module__])  # noqa: S102  (the assignment's own code)
        new = spaces[each.__module__][each.__name__]
        for space in spaces.values():
            space.update({name: new for name, value in space.items() if value is each})
    made: Callable[..., Any] = spaces[functions[-1].__module__][functions[-1].__name__]
    return made
