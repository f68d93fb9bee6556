"""The assignment on which the build is tested, built once."""

from __future__ import annotations

import importlib.util
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from autograder import registry as registry_module
from autograder.assignment import Assignment, load_assignment
from autograder.build import Built, build_assignment
from autograder.registry import Registry, build_registry
from autograder.solution import Solution, load_solution

WALK = Path(__file__).parent / "walk"


@dataclass(frozen=True)
class Loaded:
    """An assignment with everything that its build needs."""

    assignment: Assignment
    solution: Solution
    registry: Registry

    def build(self, out: Path) -> Built:
        """Build it."""
        return build_assignment(self.assignment, self.solution, self.registry, out)


def load(folder: Path) -> Loaded:
    """Load an assignment folder."""
    assignment = load_assignment(folder)
    shipped = tuple(name for name in registry_module.SHIPPED if importlib.util.find_spec(name))
    registry_module.SHIPPED = shipped
    return Loaded(assignment, load_solution(assignment), build_registry(folder))


@pytest.fixture(scope="session")
def walk() -> Loaded:
    """The assignment `walk`."""
    return load(WALK)


@pytest.fixture(scope="session")
def built(walk: Loaded, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The assignment `walk`, built."""
    return walk.build(tmp_path_factory.mktemp("dist"))


@pytest.fixture
def author(tmp_path: Path) -> Path:
    """A copy of the assignment in which an author may make mistakes."""
    return Path(shutil.copytree(WALK, tmp_path / "walk"))


def unzipped(archive: Path, folder: Path) -> Path:
    """Extract a bundle and return the folder of the notebook."""
    with zipfile.ZipFile(archive) as file:
        file.extractall(folder)
    return folder / archive.stem
