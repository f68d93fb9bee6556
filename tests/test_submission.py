"""Finding and reading what was handed in: every layout, and files of every kind of damage."""

import json
from pathlib import Path

import pytest

from autograder.errors import SubmissionError
from autograder.registry import build_registry
from autograder.submission import Cell, collect

HOOK = build_registry().hook


def _write(place: Path, **files: str | bytes) -> Path:
    for name, content in files.items():
        path = place / name.replace("__", "/").replace("_ipynb", ".ipynb").replace("_py", ".py").replace("_txt", ".txt")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return place


EMPTY = json.dumps({"cells": []})


def test_a_flat_folder_names_students_by_file(tmp_path: Path) -> None:
    found = collect(_write(tmp_path, ada_ipynb=EMPTY, bob_py="1"), HOOK)
    assert [each.student for each in found.submissions] == ["ada", "bob"]


def test_a_folder_of_folders_names_students_by_folder(tmp_path: Path) -> None:
    found = collect(_write(tmp_path, ada__week1__work_ipynb=EMPTY, bob__x_py="1"), HOOK)
    assert [each.student for each in found.submissions] == ["ada", "bob"]


def test_a_pattern_names_students_as_it_says(tmp_path: Path) -> None:
    place = tmp_path / "in"
    place.mkdir()
    (place / "hw1_ada_final.ipynb").write_text(EMPTY)
    found = collect(place, HOOK, r"hw1_(?P<student>[^_]+)_.*")
    assert found.submissions[0].student == "ada"


def test_two_files_of_one_student_are_a_problem_and_not_a_choice(tmp_path: Path) -> None:
    found = collect(_write(tmp_path, ada__a_ipynb=EMPTY, ada__b_ipynb=EMPTY), HOOK)
    assert "2 files" in found.submissions[0].problem
    assert found.submissions[0].cells == ()


def test_nothing_is_left_out_in_silence(tmp_path: Path) -> None:
    found = collect(_write(tmp_path, ada__a_ipynb=EMPTY, ada__readme_txt="x", bob__only_txt="x"), HOOK)
    assert found.left_out == ("ada/readme.txt", "bob/only.txt")
    assert "no notebook" in found.submissions[1].problem


def test_checkpoints_and_hidden_files_are_nobodys_work(tmp_path: Path) -> None:
    _write(tmp_path, ada_ipynb=EMPTY)
    _write(tmp_path / ".ipynb_checkpoints", **{"ada-checkpoint_ipynb": EMPTY})
    assert len(collect(tmp_path, HOOK).submissions) == 1


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.ipynb"
    secret.write_text(EMPTY)
    place = tmp_path / "in"
    place.mkdir()
    (place / "eve.ipynb").symlink_to(secret)
    assert "link" in collect(place, HOOK).submissions[0].problem


READABLE = {
    "no metadata, no ids": {"cells": [{"cell_type": "code", "source": "1"}]},
    "lines in a list": {"cells": [{"cell_type": "code", "source": ["a\n", "b"]}]},
    "an old notebook": {"worksheets": [{"cells": [{"cell_type": "code", "input": "1"}]}], "nbformat": 3},
    "a cell that is none": {"cells": [None, 7, {"cell_type": "code", "source": "1"}]},
    "an unknown kind": {"cells": [{"cell_type": "slide", "source": "x"}]},
    "no source": {"cells": [{"cell_type": "code"}]},
}


@pytest.mark.parametrize("name", READABLE)
def test_a_damaged_notebook_is_read_as_far_as_it_has_cells(name: str) -> None:
    cells = HOOK.read_submission(name="x.ipynb", data=json.dumps(READABLE[name]).encode())
    assert len(cells) == 1


UNREADABLE = [b"", b"   ", b"{", b"[1]", b"{}", b'{"cells": 3}', b"\xff\xfe", b"[" * 100_000, b"%PDF-1.4"]


@pytest.mark.parametrize("data", UNREADABLE, ids=lambda data: repr(data[:12]))
def test_what_is_no_notebook_is_told_in_a_sentence(data: bytes) -> None:
    with pytest.raises(SubmissionError) as caught:
        HOOK.read_submission(name="x.ipynb", data=data)
    assert str(caught.value).endswith(".")


def test_percent_cells_magics_and_byte_order_marks_are_read() -> None:
    text = "\ufeff# %% [markdown]\n# # Title\n\n# %%\n# %matplotlib inline\nx = 1\n\n# %%\ny = 2\n"
    cells = HOOK.read_submission(name="x.py", data=text.encode())
    assert [cell.kind for cell in cells] == ["markdown", "code", "code"]
    assert cells[0].source == "# Title"
    assert "%matplotlib inline" in cells[1].source


def test_a_plain_python_file_is_one_cell() -> None:
    assert HOOK.read_submission(name="x.py", data=b"x = 1\n") == [Cell("code", "x = 1\n")]


def test_a_file_of_another_kind_is_nobodys() -> None:
    assert HOOK.read_submission(name="x.pdf", data=b"") is None
