"""Copying our modules into the student's bundle: which files are needed, and their imports under the bundle's names.

The bundle mirrors our folders below `check/`, so relative imports stay as they are. Only the module names in import
statements are exchanged, at the places that the syntax tree gives.
"""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PLACES = {"autograder.build.bundle": "check", "autograder": "check", "plugins": "check"}
ALWAYS_THERE = frozenset({"numpy", "IPython", "traitlets"})
THERE_IF_USED = frozenset({"torch", "scipy"})
"""A function may import these: only values of theirs lead it there, and then the student has the package."""


def place_of(module: str) -> str:
    """Return a module's name in the bundle."""
    for ours, place in PLACES.items():
        if module == ours or module.startswith(ours + "."):
            return place + module[len(ours) :]
    return module


def is_ours(module: str) -> bool:
    """Whether a module is one that may be copied into the bundle."""
    return place_of(module) != module


def copied(roots: Iterable[str]) -> dict[str, str]:
    """Return the bundle's Python files by path: these modules, those that they import, and packages around them."""
    files: dict[str, str] = {}
    waiting = list(roots)
    while waiting:
        module = Module(waiting.pop())
        if module.path in files:
            continue
        files[module.path] = module.rewritten()
        waiting.extend(module.needs())
    for path in list(files):
        for folder in list(Path(path).parents)[:-1]:
            files.setdefault((folder / "__init__.py").as_posix(), '"""A part of the checks beside your notebook."""\n')
    return files


@dataclass
class Module:
    """One of our modules on its way into the bundle."""

    name: str
    text: str = field(init=False)
    tree: ast.Module = field(init=False)
    is_package: bool = field(init=False)

    def __post_init__(self) -> None:
        """Read the source."""
        spec = importlib.util.find_spec(self.name)
        if spec is None or spec.origin is None:
            raise PluginError(f"{self.name} has no source file, so the student's bundle cannot hold it")
        self.text = Path(spec.origin).read_text(encoding="utf-8")
        self.tree = ast.parse(self.text)
        self.is_package = spec.submodule_search_locations is not None

    @property
    def path(self) -> str:
        """Where it goes, below the folder of the notebook."""
        stem = place_of(self.name).replace(".", "/")
        return f"{stem}/__init__.py" if self.is_package else f"{stem}.py"

    def needs(self) -> Iterator[str]:
        """Yield our modules that it imports when it runs; PluginError for one that students do not have."""
        for node, in_function in runtime_imports(self.tree):
            for name in self._modules_of(node):
                if is_ours(name):
                    yield name
                elif not _is_there(name, in_function=in_function):
                    raise PluginError(f"{self.name} imports {name}, which the student's bundle cannot count on")

    def _modules_of(self, node: ast.Import | ast.ImportFrom) -> Iterator[str]:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
            return
        package = self.name if self.is_package else self.name.rpartition(".")[0]
        source = importlib.util.resolve_name("." * node.level + (node.module or ""), package)
        if not is_ours(source) or not _is_package(source):
            yield source
            return
        for alias in node.names:
            if not _exists(f"{source}.{alias.name}"):
                raise PluginError(f"{self.name} imports {alias.name} from package {source}; import it from its module")
            yield f"{source}.{alias.name}"

    def rewritten(self) -> str:
        """Return the source with the bundle's names in its import statements."""
        lines = self.text.splitlines(keepends=True)
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ImportFrom) and node.level == 0 and is_ours(node.module or ""):
                lines[node.lineno - 1] = self._exchanged(lines[node.lineno - 1], node.col_offset, node.module or "")
            elif isinstance(node, ast.Import) and any(is_ours(alias.name) for alias in node.names):
                raise PluginError(f"{self.name}, line {node.lineno}: write `from … import …` for the bundle's sake")
        text = "".join(lines)
        compile(text, self.path, "exec")
        return text

    def _exchanged(self, line: str, column: int, module: str) -> str:
        start = line.encode()[:column].decode()
        found = re.match(r"from\s+" + re.escape(module) + r"(?=\s)", line[len(start) :])
        if found is None:
            raise PluginError(f"{self.name}: the import of {module} is not written on one line")
        return f"{start}from {place_of(module)}{line[len(start) + found.end() :]}"


def runtime_imports(tree: ast.Module) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    """Yield the import statements that run, and whether they wait inside a function."""
    waiting: list[tuple[ast.AST, bool]] = [(tree, False)]
    while waiting:
        node, in_function = waiting.pop()
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield node, in_function
        elif isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
            waiting.extend((child, in_function) for child in node.orelse)
        else:
            inside = in_function or isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
            waiting.extend((child, inside) for child in ast.iter_child_nodes(node))


def _is_there(module: str, *, in_function: bool) -> bool:
    top = module.partition(".")[0]
    return top in ALWAYS_THERE or top in sys.stdlib_module_names or (in_function and top in THERE_IF_USED)


def _is_package(module: str) -> bool:
    spec = importlib.util.find_spec(module)
    return spec is not None and spec.submodule_search_locations is not None


def _exists(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False
