"""What an assignment hands out beside its notebook, whether it lies in its folder or is made of installed data."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from autograder.errors import AssignmentError
from autograder.given import given_files
from autograder.staging import staged

if TYPE_CHECKING:
    from pathlib import Path

    from tests.build.conftest import Load

PLUGIN = """

@hookimpl
def register_given_files():
    return {PATH: MAKE}
"""


def making(folder: Path, path: str, make: str) -> Path:
    """Have an assignment's plugin make a file."""
    with (folder / "plugin.py").open("a", encoding="utf-8") as file:
        file.write(PLUGIN.replace("PATH", repr(path)).replace("MAKE", make))
    return folder


def test_the_zip_and_the_sandbox_have_the_same_given_files(author: Path, load: Load, tmp_path: Path) -> None:
    loaded = load(making(author, "texts/news.txt", "lambda: b'two words'"))
    expected = {"given/texts/news.txt": b"two words", "given/places.py": (author / "given/places.py").read_bytes()}
    assert given_files(loaded.assignment, loaded.registry) == expected
    with zipfile.ZipFile(loaded.build(tmp_path / "dist").archive) as archive:
        names = [name for name in archive.namelist() if name.startswith("walk/given/")]
        assert {name.removeprefix("walk/"): archive.read(name) for name in names} == expected
    with staged(loaded.assignment, loaded.registry) as stage:
        files = [path for path in (stage.folder / "given").rglob("*") if path.is_file()]
        assert {path.relative_to(stage.folder).as_posix(): path.read_bytes() for path in files} == expected


@pytest.mark.parametrize(
    ("path", "make", "problem"),
    [
        ("places.py", "lambda: b''", "given/places.py, which is there already"),
        ("../walk.ipynb", "lambda: b''", "no path within the folder `given`"),
        ("/etc/news.txt", "lambda: b''", "no path within the folder `given`"),
        ("", "lambda: b''", "no path within the folder `given`"),
        ("news.txt", "lambda: 'two words'", "given/news.txt must be made of bytes, and is made of str"),
        ("news.txt", "lambda: 1 / 0", "given/news.txt cannot be made: ZeroDivisionError: division by zero"),
    ],
)
def test_a_file_that_cannot_be_handed_out_is_an_error(
    author: Path, load: Load, path: str, make: str, problem: str
) -> None:
    loaded = load(making(author, path, make))
    with pytest.raises(AssignmentError, match=problem):
        given_files(loaded.assignment, loaded.registry)
