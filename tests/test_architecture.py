"""The rules of ARCHITECTURE.md that a program can hold: who imports whom, how long files are, what they are called."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("autograder", "plugins", "reference")
HEAVY = ("torch", "numba", "gensim", "nbconvert", "matplotlib", "sqlalchemy", "scipy", "rich")
FILES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
WORKER = ROOT / "autograder" / "sandbox" / "worker"


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(path: Path, *, for_types: bool = True) -> Iterator[tuple[str, bool]]:
    """Yield what a file imports, and whether that happens when it is itself imported."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node, at_once in _walk(tree, at_once=True, for_types=for_types):
        if isinstance(node, ast.Import):
            yield from ((alias.name, at_once) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _base(path, node)
            yield base, at_once
            yield from ((f"{base}.{alias.name}", at_once) for alias in node.names)


def _walk(node: ast.AST, *, at_once: bool, for_types: bool) -> Iterator[tuple[ast.AST, bool]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            if for_types:
                yield from _walk(child, at_once=False, for_types=True)
            continue
        yield child, at_once
        inside = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef))
        yield from _walk(child, at_once=at_once and not inside, for_types=for_types)


def _base(path: Path, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    package = path.relative_to(ROOT).parts[: -node.level]
    return ".".join([*package, *([node.module] if node.module else [])])


def _under(module: str, *packages: str) -> bool:
    return any(module == package or module.startswith(package + ".") for package in packages)


@pytest.mark.parametrize("path", [p for p in FILES if _under(_name(p), "autograder")], ids=_name)
def test_the_core_imports_neither_plugins_nor_references_nor_assignments(path: Path) -> None:
    assert not [name for name, _ in _imports(path) if _under(name, "plugins", "reference", "assignments", "tests")]


@pytest.mark.parametrize("path", [p for p in FILES if _under(_name(p), "plugins")], ids=_name)
def test_plugins_import_the_core_and_their_own_family_alone(path: Path) -> None:
    family = ".".join(_name(path).split(".")[:2])
    ours = [name for name, _ in _imports(path) if _under(name, "plugins", "reference", "assignments")]
    assert not [name for name in ours if not _under(name, family)]


@pytest.mark.parametrize("path", [p for p in FILES if _under(_name(p), "reference")], ids=_name)
def test_references_know_numpy_scipy_torch_and_themselves(path: Path) -> None:
    allowed = {"numpy", "scipy", "torch", "reference", *sys.stdlib_module_names}
    if path.name == "registration.py":
        allowed.add("autograder")
    if path.name == "descent.py" and path.parent.name == "embeddings":
        allowed.add("numba")  # for the loop that operations on arrays cannot take over
    if path.parent.name == "data":
        allowed.add("gensim")  # which ships the texts that are always there
    if path.parent.name == "figures":
        allowed.add("matplotlib")
    assert not [name for name, _ in _imports(path) if name.split(".")[0] not in allowed]


@pytest.mark.parametrize("path", sorted(WORKER.glob("*.py")), ids=_name)
def test_the_worker_imports_nothing_of_ours_but_its_own_folder(path: Path) -> None:
    ours = [name for name, _ in _imports(path) if _under(name, *PACKAGES)]
    assert not [name for name in ours if not _under(name, "autograder.sandbox.worker")]


def test_there_are_no_import_cycles() -> None:
    known = {_name(path) for path in FILES}
    graph = {}
    for path in FILES:
        names = {name for name, at_once in _imports(path, for_types=False) if at_once}
        graph[_name(path)] = {name for name in names if name in known and name != _name(path)}
    try:
        list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(f"modules import one another: {' -> '.join(error.args[1])}")


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_files_are_short_and_named_for_what_they_hold(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) < 400
    assert path.stem not in {"utils", "util", "helpers", "helper", "base", "common", "misc", "manager"}


def test_asking_for_help_imports_nothing_heavy() -> None:
    code = "import sys, autograder.cli; print(*sorted(name for name in sys.modules if '.' not in name))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(HEAVY) & set(done.stdout.split())


def test_the_documents_speak_of_files_that_exist() -> None:
    missing = []
    for document in ("ARCHITECTURE.md", "CONTRIBUTING.md", "README.md"):
        text = (ROOT / document).read_text(encoding="utf-8")
        for word in text.replace("(", " ").replace(")", " ").replace("`", " ").split():
            known = word.startswith(
                ("autograder/", "plugins/", "reference/", "assignments/", "tests/", "docs/", "benchmarks/")
            )
            if known and "*" not in word and not (ROOT / word.rstrip(".,;:")).exists():
                missing.append(f"{document}: {word}")
    assert not missing
