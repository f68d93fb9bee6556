"""What a build writes, and what it must never write."""

from __future__ import annotations

import ast
import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from autograder.build.bundle.plain import Writer
from autograder.errors import AssignmentError
from autograder.setting import build_setting

if TYPE_CHECKING:
    from autograder.build.assembly import Built
    from tests.build.conftest import Load, Loaded


def test_students_and_instructors_get_what_is_theirs(built: Built) -> None:
    """Three files and one, in folders of their own."""
    out = built.notebook.parent.parent
    found = sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())
    assert found == ["instructor/walk-solution.ipynb", "student/walk.html", "student/walk.ipynb", "student/walk.zip"]


def test_nothing_of_the_solution_reaches_students(built: Built, walk: Loaded) -> None:
    """No line of a solution's body, no slip's replacement, nothing of plugin.py; in the zip, too."""
    texts = student_texts(built)
    secrets = {"solved_", "_squashed", "gargoyle", "hookimpl", *(slip.replace for slip in walk.assignment.slips)}
    assert {secret for secret in secrets for text in texts.values() if secret in text} == set()
    solution = built.solution.read_text(encoding="utf-8")
    assert all(secret in solution for secret in ("solved_", "_squashed"))


def student_texts(built: Built) -> dict[str, str]:
    """Return everything that students can read, by path."""
    with zipfile.ZipFile(built.archive) as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    return texts | {path.name: path.read_text(encoding="utf-8") for path in (built.notebook, built.page)}


def test_the_zip_holds_notebook_given_files_and_checks(built: Built) -> None:
    """All below one folder, with no trace of when they were written."""
    with zipfile.ZipFile(built.archive) as archive:
        names = archive.namelist()
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert names == sorted(names)
    assert {"walk/walk.ipynb", "walk/given/places.py", "walk/check/front.py", "walk/check/cases/step.json"} <= set(
        names
    )
    assert not any("gradients" in name or "pyc" in name for name in names)


def test_a_second_build_gives_the_same_bytes(walk: Loaded, built: Built, tmp_path: Path) -> None:
    """Same lock file and platform, same bytes."""
    again = walk.build(tmp_path)
    for name in ("notebook", "archive", "page", "solution"):
        assert getattr(again, name).read_bytes() == getattr(built, name).read_bytes()


def test_the_bundles_modules_import_nothing_but_themselves_numpy_and_the_standard_library(built: Built) -> None:
    """Each compiles, and no name of our packages is left in an import."""
    for name, text in student_texts(built).items():
        if name.endswith(".py") and "/given" not in name:
            tree = ast.parse(text)
            modules = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
            tops = {module.partition(".")[0] for module in modules}
            assert not tops & {"autograder", "plugins", "reference", "pluggy", "msgpack"}, name


def test_an_interrupted_build_leaves_the_earlier_one_as_it_was(
    walk: Loaded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is replaced before everything is made."""
    earlier = walk.build(tmp_path)
    other = earlier.archive.with_name("other-assignment.zip")
    for path in (earlier.notebook, other):
        path.write_text("earlier", encoding="utf-8")
    write = Path.write_bytes

    def interrupted(path: Path, data: bytes) -> int:
        if path.suffix == ".html":
            raise KeyboardInterrupt
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", interrupted)
    with pytest.raises(KeyboardInterrupt):
        walk.build(tmp_path)
    assert earlier.notebook.read_text(encoding="utf-8") == "earlier"
    monkeypatch.undo()
    walk.build(tmp_path)
    assert earlier.notebook.read_text(encoding="utf-8") != "earlier"
    assert other.read_text(encoding="utf-8") == "earlier"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["instructor", "student"]


def test_an_array_is_stored_once(built: Built) -> None:
    """Cases, questions and answers share their arrays."""
    with zipfile.ZipFile(built.archive) as archive:
        stored = json.loads(archive.read("walk/check/cases/step.json"))
    records = [json.dumps(record) for record in stored["arrays"].values()]
    assert len(set(records)) == len(records)
    written = json.dumps(stored["checks"])
    assert all(name in written for name in stored["arrays"])


def test_a_solution_that_fails_its_own_check_is_refused(author: Path, load: Load) -> None:
    """Else students would be told that right answers are wrong."""
    text = (author / "solution.py").read_text(encoding="utf-8")
    changed = text.replace("preactivation = W @ state + b", "preactivation = W @ state + b + np.random.rand()")
    (author / "solution.py").write_text(changed, encoding="utf-8")
    (author / "slips.toml").write_text("", encoding="utf-8")
    with pytest.raises(AssignmentError, match=r"step, check “The values .*: the solution itself does not pass"):
        load(author).build(author / "dist")


def test_a_public_case_is_not_a_hidden_one(walk: Loaded, built: Built) -> None:
    """The bundle's arrays are drawn from a seed of their own."""
    stored = "".join(student_texts(built).values())
    hidden = build_setting(
        walk.registry, walk.assignment, walk.assignment.tasks[0], walk.assignment.tasks[0].checks[1], 1, frozenset()
    )
    tree = Writer()
    tree.tree(dict(hidden.cases[0].inputs))
    assert all(np.prod(record[1]) == 0 or record[2] not in stored for record in tree.arrays.values())
