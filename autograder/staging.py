"""What a child may read of an assignment: its given files, and a `check` that says that it judges later."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from autograder.assignment import LEFT_OUT
from autograder.build.inert import INERT_CHECK
from autograder.sandbox.folders import make_workplace
from autograder.sandbox.zygote import Staged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from autograder.assignment import Assignment


@contextmanager
def staged(assignment: Assignment, *secret: Path) -> Iterator[Staged]:
    """Lay out a folder for the children of one run; `secret` are further places that no child may read."""
    workplace = make_workplace()
    folder = workplace.path
    try:
        folder.chmod(0o755)
        (folder / "check").mkdir()
        (folder / "check" / "__init__.py").write_text(INERT_CHECK, encoding="utf-8")
        given = assignment.folder / "given"
        if given.is_dir():
            shutil.copytree(given, folder / "given", ignore=shutil.ignore_patterns(*LEFT_OUT))
        yield Staged(folder, (assignment.folder, *secret))
    finally:
        workplace.remove()
