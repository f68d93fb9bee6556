"""The files that an assignment hands out: what lies in its folder `given`, and what plugins make of installed data."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from autograder.assignment import files_of
from autograder.errors import AssignmentError

if TYPE_CHECKING:
    from collections.abc import Callable

    from autograder.assignment import Assignment
    from autograder.registry import Registry

GIVEN = "given"


def given_files(assignment: Assignment, registry: Registry) -> dict[str, bytes]:
    """Return the given files by their paths beside the notebook.

    AssignmentError for one that cannot be made, or that would lie elsewhere or in the place of another.
    """
    folder = assignment.folder
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in files_of(folder / GIVEN)}
    for makers in registry.hook.register_given_files():
        for path, make in makers.items():
            place = _place(path)
            if place in files:
                raise AssignmentError(f"register_given_files makes {place}, which is there already")
            files[place] = _made(place, make)
    return files


def _place(path: str) -> str:
    parts = PurePosixPath(path).parts
    if not parts or ".." in parts or "\\" in path or PurePosixPath(path).is_absolute():
        raise AssignmentError(f"register_given_files names {path!r}, which is no path within the folder `{GIVEN}`")
    return PurePosixPath(GIVEN, *parts).as_posix()


def _made(place: str, make: Callable[[], bytes]) -> bytes:
    try:
        data = make()
    except Exception as error:
        raise AssignmentError(f"{place} cannot be made: {type(error).__name__}: {error}") from error
    if not isinstance(data, bytes):
        raise AssignmentError(f"{place} must be made of bytes, and is made of {type(data).__name__}")
    return data
