"""Source code as students see it: stubs, whole functions, and what they need around them."""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from typing import TYPE_CHECKING, Any

from autograder.errors import AssignmentError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from types import ModuleType

PARTS_PARAGRAPH = "Parts:"
PLACEHOLDER = "# YOUR CODE HERE\nraise NotImplementedError"
OURS = ("reference", "autograder", "plugins")
NOT_FOR_STUDENTS = (*OURS, "__future__", "collections.abc", "numpy.typing")


def original(function: Callable[..., Any]) -> str:
    """Return the source of a function or class as it was written, dedented."""
    try:
        return textwrap.dedent(inspect.getsource(function))
    except (OSError, TypeError) as error:
        raise AssignmentError(f"the source of {function!r} cannot be found; solutions are written in files") from error


def whole(function: Callable[..., Any]) -> str:
    """Return a function as a notebook may hold it: without annotations, whose names live elsewhere."""
    source = original(function)
    node = ast.parse(source).body[0]
    if not isinstance(node, ast.FunctionDef):
        return source
    body = _without_local_annotations(source, node).splitlines()[node.body[0].lineno - 1 :]
    return "\n".join([_header(node, parts=True), *body]) + "\n"


def _without_local_annotations(source: str, node: ast.FunctionDef) -> str:
    """Turn `name: Kind = value` into `name = value`."""
    lines = source.splitlines()
    for each in ast.walk(node):
        if isinstance(each, ast.AnnAssign) and each.value is not None and each.lineno == each.annotation.end_lineno:
            line = lines[each.lineno - 1].encode()
            kept = line[: each.target.end_col_offset], line[each.annotation.end_col_offset :]
            lines[each.lineno - 1] = b"".join(kept).decode()
    return "\n".join(lines)


def stub(function: Callable[..., Any]) -> str:
    """Return what the student starts from: the signature without keyword-only parts, the docstring, no body."""
    source = original(function)
    node = ast.parse(source).body[0]
    if isinstance(node, ast.ClassDef):
        return _class_stub(node)
    if not isinstance(node, ast.FunctionDef):
        raise AssignmentError(f"{function.__name__} is neither a function nor a class")
    return _function_stub(node)


def _function_stub(node: ast.FunctionDef) -> str:
    lines = [_header(node, parts=False)]
    text = ast.get_docstring(node)
    if text:
        lines.append(textwrap.indent(f'"""{_without_parts(text)}\n"""', "    ", lambda line: bool(line.strip())))
    lines.append(textwrap.indent(PLACEHOLDER, "    "))
    return "\n".join(lines) + "\n"


def _class_stub(node: ast.ClassDef) -> str:
    bases = f"({', '.join(ast.unparse(base) for base in node.bases)})" if node.bases else ""
    parts = [f"class {node.name}{bases}:"]
    text = ast.get_docstring(node)
    if text:
        parts.append(textwrap.indent(f'"""{text}\n"""\n', "    ", lambda line: bool(line.strip())))
    methods = (each for each in node.body if isinstance(each, ast.FunctionDef))
    public = (each for each in methods if each.name == "__init__" or not each.name.startswith("_"))
    parts.extend(textwrap.indent(_function_stub(each), "    ", lambda line: bool(line.strip())) for each in public)
    return "\n".join(parts)


def _header(node: ast.FunctionDef, *, parts: bool) -> str:
    arguments = node.args
    for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        argument.annotation = None
    for rest in (arguments.vararg, arguments.kwarg):
        if rest is not None:
            rest.annotation = None
    if not parts:
        arguments.kwonlyargs, arguments.kw_defaults = [], []
    decorators = "".join(f"@{ast.unparse(each)}\n" for each in node.decorator_list)
    return f"{decorators}def {node.name}({ast.unparse(arguments)}):"


def _without_parts(text: str) -> str:
    """Drop a last paragraph that speaks of parameters which students do not see."""
    head, mark, tail = text.rpartition("\n\n" + PARTS_PARAGRAPH)
    return head if mark and "\n\n" not in tail else text


def companions(functions: Iterable[Callable[..., Any]], known: Iterable[str]) -> list[Callable[..., Any]]:
    """Return the module-level functions that these need and that are not `known`, each after all that it needs."""
    functions = list(functions)
    return [each for each in _in_order(functions, known) if each not in functions]


def _in_order(functions: Sequence[Callable[..., Any]], known: Iterable[str]) -> list[Callable[..., Any]]:
    """Return these functions and those that they need and that are not `known`, each after all that it needs."""
    found: list[Callable[..., Any]] = []
    seen = set(known) - {each.__name__ for each in functions}

    def visit(function: Callable[..., Any]) -> None:
        for name in _names_used(function):
            other: Any = getattr(sys.modules[function.__module__], name, None)
            if name not in seen and _is_ours(other, function):
                seen.add(name)
                visit(other)
        found.append(function)

    for function in functions:
        if function.__name__ not in seen:
            seen.add(function.__name__)
            visit(function)
    return found


def _names_used(function: Callable[..., Any]) -> list[str]:
    tree = ast.parse(whole(function))
    return sorted({node.id for node in ast.walk(tree) if isinstance(node, ast.Name)})


def _is_ours(other: object, function: Callable[..., Any]) -> bool:
    if not (inspect.isfunction(other) or inspect.isclass(other)):
        return False
    return other.__module__.split(".")[0] in (function.__module__.split(".")[0], *OURS)


def constants_of(functions: Iterable[Callable[..., Any]], known: Iterable[str] = ()) -> list[str]:
    """Return the plain constants of their modules that these functions use and that are not `known`, as assignments."""
    found = {}
    for function in functions:
        module = vars(sys.modules[function.__module__])
        for name in _names_used(function):
            if name.isupper() and isinstance(module.get(name), (int, float, str)) and name not in set(known):
                found[name] = f"{name} = {module[name]!r}"
    return list(found.values())


def imports_of(module: ModuleType, functions: Iterable[Callable[..., Any]]) -> list[str]:
    """Return a module's top-level imports that make sense in a student's notebook, as far as these functions use them.

    NumPy is always among them, since students compute with it.
    """
    used = {"np", *(name for function in functions for name in _names_used(function))}
    found: list[str] = []
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, ast.Import):
            lines = [ast.Import([alias]) for alias in node.names if not _is_hidden(alias.name)]
            found.extend(ast.unparse(line) for line in lines if _bound(line.names[0]) in used)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and not _is_hidden(node.module or ""):
            names = [alias for alias in node.names if _bound(alias) in used]
            found.extend([ast.unparse(ast.ImportFrom(node.module, names, 0))] if names else [])
    return found


def _bound(alias: ast.alias) -> str:
    return alias.asname or alias.name.partition(".")[0]


def _is_hidden(module: str) -> bool:
    return any(module == hidden or module.startswith(hidden + ".") for hidden in NOT_FOR_STUDENTS)


def with_imports(functions: Iterable[Callable[..., Any]], known: Iterable[str] = ()) -> str:
    """Return these functions as one text that runs by itself: imports and constants, what they need, themselves.

    What is `known` by name is there already, and left out.
    """
    needed = _in_order(list(functions), known)
    modules = {each.__module__: sys.modules[each.__module__] for each in needed}
    imports = dict.fromkeys(line for module in modules.values() for line in imports_of(module, needed))
    heads = filter(None, ["\n".join(imports), "\n".join(constants_of(needed, known))])
    return "\n\n\n".join([*heads, *(whole(each).rstrip() for each in needed)]) + "\n"
