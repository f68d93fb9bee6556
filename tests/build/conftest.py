"""The assignment on which the build is tested, built once."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import subprocess
import venv
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import KernelManager
from packaging.requirements import Requirement

from autograder.assignment import Assignment, load_assignment
from autograder.build.assembly import Built, build_assignment
from autograder.registry import Registry, build_registry
from autograder.solution import Solution, load_solution

if TYPE_CHECKING:
    from jupyter_client.blocking.client import BlockingKernelClient

WALK = Path(__file__).parent / "walk"
RECURRENT = Path(__file__).parents[2] / "assignments" / "recurrent"


@dataclass(frozen=True)
class Loaded:
    """An assignment with everything that its build needs."""

    assignment: Assignment
    solution: Solution
    registry: Registry

    def build(self, out: Path) -> Built:
        """Build it."""
        return build_assignment(self.assignment, self.solution, self.registry, out)


Load = Callable[[Path], Loaded]


@pytest.fixture(scope="session")
def load() -> Load:
    """What loads an assignment folder."""
    return _load


def _load(folder: Path) -> Loaded:
    assignment = load_assignment(folder)
    return Loaded(assignment, load_solution(assignment), build_registry(folder))


@pytest.fixture(scope="session")
def walk(load: Load) -> Loaded:
    """The assignment `walk`."""
    return load(WALK)


@pytest.fixture(scope="session")
def built(walk: Loaded, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The assignment `walk`, built."""
    return walk.build(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="session")
def recurrent(load: Load) -> Loaded:
    """The assignment that ships with Gradmark."""
    return load(RECURRENT)


@pytest.fixture(scope="session")
def recurrent_built(recurrent: Loaded, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The assignment that ships with Gradmark, built."""
    return recurrent.build(tmp_path_factory.mktemp("dist"))


@pytest.fixture
def author(tmp_path: Path) -> Path:
    """A copy of the assignment in which an author may make mistakes."""
    return Path(shutil.copytree(WALK, tmp_path / "walk"))


@pytest.fixture(scope="session")
def students_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with what a plain Jupyter and NumPy bring, and nothing of ours."""
    folder = tmp_path_factory.mktemp("students")
    venv.create(folder, symlinks=True)
    [site] = folder.glob("lib/python*/site-packages")
    for name in needed_by("numpy", "ipykernel"):
        distribution = importlib.metadata.distribution(name)
        for top in {file.parts[0] for file in distribution.files or []} - {".."}:
            if not (site / top).exists():
                (site / top).symlink_to(str(distribution.locate_file(top)))
    return folder / "bin" / "python"


def needed_by(*names: str) -> set[str]:
    """Return the distributions that these need to run here."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            needed = map(Requirement, importlib.metadata.requires(name) or [])
            waiting.extend(each.name for each in needed if each.marker is None or each.marker.evaluate({"extra": ""}))
    return found


@dataclass(frozen=True)
class Classroom:
    """A student's folder with the bundle in it, and a Jupyter that knows nothing of the project."""

    folder: Path
    python: Path

    def notebook(self, *sources: str, name: str = "mine.ipynb") -> Path:
        """Write a notebook with these code cells."""
        cells = [nbformat.v4.new_code_cell(source) for source in sources]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), self.folder / name)
        return self.folder / name

    def run(self, path: Path, **environment: str) -> list[str]:
        """Run a notebook in a real kernel and return what each cell showed, as text and HTML in one."""
        spec = KernelSpec(argv=[str(self.python), "-m", "ipykernel_launcher", "-f", "{connection_file}"])
        manager = KernelManager(kernel_spec_manager=OneKernel(spec))
        manager.start_kernel(cwd=str(self.folder), env=os.environ | environment)
        client = manager.blocking_client()
        try:
            client.start_channels()
            client.wait_for_ready(timeout=60)
            cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
            return [self._cell(client, cell.source) for cell in cells]
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)

    def _cell(self, client: BlockingKernelClient, source: str) -> str:
        outputs: list[str] = []
        client.execute_interactive(source, timeout=60, output_hook=lambda it: outputs.append(shown(it["content"])))
        return "\n".join(filter(None, outputs))

    def script(self, source: str) -> str:
        """Run a script in a terminal's Python and return what it printed; it speaks UTF-8 as terminals do."""
        (self.folder / "mine.py").write_text(source, encoding="utf-8")
        command = [str(self.python), "mine.py"]
        environment = os.environ | {"PYTHONIOENCODING": "utf-8"}
        done = subprocess.run(command, cwd=self.folder, env=environment, check=True, capture_output=True)
        return done.stdout.decode()


class OneKernel(KernelSpecManager):
    """Knows one kernel."""

    def __init__(self, spec: KernelSpec) -> None:
        """Know this one."""
        super().__init__()
        self.spec = spec

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Return it, whatever it is called."""
        return self.spec


def shown(output: dict[str, Any]) -> str:
    """Return all text of an output, as text and as HTML."""
    data = output.get("data", {})
    parts = (output.get("text"), output.get("evalue"), data.get("text/plain"), data.get("text/html"))
    return "\n".join(filter(None, parts))


Enter = Callable[[Built], Classroom]


@pytest.fixture
def enter(students_python: Path, tmp_path: Path) -> Enter:
    """What extracts a bundle into an empty folder."""
    return lambda built: Classroom(unzipped(built.archive, tmp_path), students_python)


@pytest.fixture
def classroom(built: Built, enter: Enter) -> Classroom:
    """The bundle of `walk` in an empty folder."""
    return enter(built)


def unzipped(archive: Path, folder: Path) -> Path:
    """Extract a bundle and return the folder of the notebook."""
    with zipfile.ZipFile(archive) as file:
        file.extractall(folder)
    return folder / archive.stem
