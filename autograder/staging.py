"""What a child may read of an assignment: its given files, and a `check` that says that it judges later."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from autograder.build.inert import INERT_CHECK
from autograder.given import given_files
from autograder.sandbox.folders import make_workplace
from autograder.sandbox.zygote import Staged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from autograder.assignment import Assignment
    from autograder.registry import Registry


@contextmanager
def staged(assignment: Assignment, registry: Registry, *secret: Path) -> Iterator[Staged]:
    """Lay out a folder for the children of one run; `secret` are further places that no child may read."""
    workplace = make_workplace()
    folder = workplace.path
    try:
        folder.chmod(0o755)
        (folder / "check").mkdir()
        (folder / "check" / "__init__.py").write_text(INERT_CHECK, encoding="utf-8")
        for path, data in given_files(assignment, registry).items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)
        yield Staged(folder, (assignment.folder, *secret))
    finally:
        workplace.remove()
