"""Finding and reading what was handed in: every layout, and files of every kind of damage."""

import json
import time
import weakref
import zipfile
from itertools import pairwise
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


def test_a_file_is_handed_in_with_its_cells(tmp_path: Path) -> None:
    found = collect(_write(tmp_path, ada_py="x = 1"), HOOK)
    assert found.submissions[0].cells == (Cell("code", "x = 1"),)


def test_the_cells_of_one_students_many_files_are_not_kept(tmp_path: Path) -> None:
    kept: list[weakref.ref[Cell]] = []

    class Reader:
        def read_submission(self, name: str, data: bytes) -> list[Cell]:
            assert sum(each() is not None for each in kept) <= 2
            cells = [Cell("code", name)]
            kept.extend(map(weakref.ref, cells))
            return cells

    _write(tmp_path, **{f"eve__{n}_py": "x" for n in range(9)})
    assert "9 files" in collect(tmp_path, Reader()).submissions[0].problem


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


def test_percent_cells_have_kinds_titles_and_no_header() -> None:
    text = (
        "# ---\n# jupyter:\n#   jupytext: {}\n# ---\n#!/usr/bin/env python\nimport os\n"
        '#%% A title {"tags": []}\n# %%time\nx = 1  # %time\n\n# %% [md]\n"""\nText\n"""\n# %% [raw]\n# raw\n# %%\n'
        "if x:\n    # !ls\n    pass # 100 %d\n"
    )
    assert HOOK.read_submission(name="x.py", data=text.encode()) == [
        Cell("code", "#!/usr/bin/env python\nimport os"),
        Cell("code", "%%time\nx = 1  # %time"),
        Cell("markdown", "Text"),
        Cell("raw", "raw"),
        Cell("code", "if x:\n    !ls\n    pass # 100 %d"),
    ]


SLOW_SCRIPTS = {
    "a header of references to references": "# ---\n# jupyter:\n#   a: &a [x,x,x,x,x,x,x,x,x]\n"
    + "".join(f"#   {b}: &{b} [{','.join([f'*{a}'] * 9)}]\n" for a, b in pairwise("abcdefghij"))
    + "# ---\n# %%\nx = 1",
    "many cells": "# %%\nx\n" * 4000,
    "many blanks": "# %%\n" + " " * 1_000_000 + "x",
}


@pytest.mark.parametrize("text", SLOW_SCRIPTS.values(), ids=SLOW_SCRIPTS.keys())
def test_no_percent_file_takes_long_to_read(text: str) -> None:
    started = time.process_time()
    assert HOOK.read_submission(name="x.py", data=text.encode())[-1].source.strip()[0] == "x"
    assert time.process_time() - started < 2


@pytest.mark.parametrize("name", ["x.ipynb", "x.py"])
def test_more_cells_than_anybody_writes_are_refused(name: str) -> None:
    data = b'{"cells": [' + b"{}," * 5000 + b"{}]}" if name == "x.ipynb" else b"# %%\n" * 5001
    with pytest.raises(SubmissionError, match="5,001 cells"):
        HOOK.read_submission(name=name, data=data)


@pytest.mark.parametrize("form", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_a_notebook_may_be_in_any_form_of_unicode(form: str) -> None:
    data = '{"cells": [{"cell_type": "code", "source": "é"}]}'.encode(form)
    assert HOOK.read_submission(name="x.ipynb", data=data) == [Cell("code", "é")]


def test_a_plain_python_file_is_one_cell() -> None:
    assert HOOK.read_submission(name="x.py", data=b"x = 1\n") == [Cell("code", "x = 1\n")]


def test_a_file_of_another_kind_is_nobodys() -> None:
    assert HOOK.read_submission(name="x.pdf", data=b"") is None


def test_a_path_that_leads_out_of_its_zip_is_reported_and_hidden_files_are_passed_over(tmp_path: Path) -> None:
    archive = tmp_path / "handed.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for name in ("ada.ipynb", "../eve.ipynb", "bob/../../eve.py", ".hidden.ipynb", "__MACOSX/ada.ipynb"):
            file.writestr(name, EMPTY)
    problems = {each.file: each.problem for each in collect(archive, HOOK).submissions}
    leads_out = "Its path leads out of the zip."
    assert problems == {"ada.ipynb": "", "../eve.ipynb": leads_out, "bob/../../eve.py": leads_out}
