"""The formats of a handout: a notebook that stands alone beside its zip, a link to Colab, a PDF."""

from __future__ import annotations

import json
import shutil
import zipfile
from typing import TYPE_CHECKING

import pytest

from autograder.build.alone import colab_at
from autograder.build.assembly import Formats, make, write
from autograder.build.pdf import find_browser, pdf_of
from autograder.errors import UsageError
from tests.build.conftest import Classroom

if TYPE_CHECKING:
    from pathlib import Path

    from autograder.build.assembly import Built
    from tests.build.conftest import Loaded

REPOSITORY = "https://github.com/uni/course/tree/main/week1"
NEEDS_BROWSER = pytest.mark.skipif(find_browser() is None, reason="no browser that prints pages is installed")


@pytest.fixture
def downloads(built: Built, students_python: Path, tmp_path: Path) -> Classroom:
    """An empty folder with nothing but the notebook and the zip, as Colab or a folder of downloads has them."""
    for path in (built.notebook, built.archive):
        shutil.copy(path, tmp_path)
    return Classroom(tmp_path, students_python)


@pytest.mark.slow
def test_the_notebook_finds_its_checks_where_only_its_zip_is(built: Built, downloads: Classroom) -> None:
    outputs = downloads.run(downloads.folder / built.notebook.name)
    assert sum("NotImplementedError" in output for output in outputs) == 2, "each check says what is missing"
    assert "This is the file to hand in: " + str(downloads.folder / "walk.ipynb") in outputs[-1]
    assert {"check", "given"} <= {path.name for path in downloads.folder.iterdir()}


@pytest.mark.slow
def test_what_is_there_is_left_as_it_is(built: Built, downloads: Classroom) -> None:
    """The student's notebook above all, and the files beside it once they are unpacked."""
    work = downloads.folder / built.notebook.name
    written = work.read_bytes() + b"\n"
    work.write_bytes(written)
    downloads.run(work)
    changed = downloads.folder / "given" / "places.py"
    changed.write_text("HOME = 'mine'", encoding="utf-8")
    downloads.run(work)
    assert (work.read_bytes(), changed.read_text(encoding="utf-8")) == (written, "HOME = 'mine'")


@pytest.mark.slow
def test_without_the_zip_the_cell_names_it(built: Built, downloads: Classroom) -> None:
    (downloads.folder / built.archive.name).unlink()
    outputs = downloads.run(downloads.folder / built.notebook.name)
    assert "No such file or directory: 'walk.zip'" in outputs[0]


def test_the_cell_that_unpacks_is_in_the_notebook_alone(built: Built) -> None:
    """Readers of the page need it not, and the instructor's notebook is not for handing out."""
    assert "importlib.util" in built.notebook.read_text(encoding="utf-8")
    for path in (built.page, built.solution):
        assert "importlib.util" not in path.read_text(encoding="utf-8")


def test_notebook_and_page_link_to_colab_and_the_page_needs_no_network(walk: Loaded, tmp_path: Path) -> None:
    made = make(walk.assignment, walk.solution, walk.registry, Formats(colab_at(REPOSITORY)))
    [built] = write({"": made}, tmp_path)
    first = json.loads(built.notebook.read_text(encoding="utf-8"))["cells"][0]["source"]
    opened = "https://colab.research.google.com/github/uni/course/blob/main/week1/walk.ipynb"
    archive = "https://github.com/uni/course/raw/main/week1/walk.zip"
    text = "".join(first)
    assert "colab-badge.svg" in text
    assert f"({opened})" in text
    assert f"upload [walk.zip]({archive})" in text
    page = built.page.read_text(encoding="utf-8")
    assert f'<a href="{opened}">Open in Colab</a>' in page
    assert "colab-badge.svg" not in page


@pytest.mark.parametrize("url", ["https://github.com/uni", "https://example.org/week1", "uni/course", REPOSITORY[8:]])
def test_a_place_from_which_colab_opens_nothing_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match=r"is no folder from which Colab opens notebooks, like https://github\.com/"):
        colab_at(url)


@pytest.mark.parametrize(
    "url", [f"{REPOSITORY}/", REPOSITORY.replace("tree", "blob"), REPOSITORY.removesuffix("/week1")]
)
def test_a_folder_on_github_may_be_written_in_several_ways(url: str) -> None:
    assert colab_at(url).place in {"main/week1", "main"}


@pytest.mark.slow
@NEEDS_BROWSER
def test_the_pdf_is_the_page_as_printed_and_the_same_each_time(walk: Loaded, tmp_path: Path) -> None:
    [built] = write({"": make(walk.assignment, walk.solution, walk.registry, Formats(pdf=True))}, tmp_path)
    assert built.pdf is not None
    data = built.pdf.read_bytes()
    assert data.startswith(b"%PDF-")
    assert b"A short walk" in data, "the title is in the clear"
    assert pdf_of(built.page.read_bytes()) == data
    walk.build(tmp_path)
    assert not built.pdf.exists(), "one of an earlier build would be of another page"


def test_a_machine_without_a_browser_says_what_is_missing(
    walk: Loaded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match=r"no browser is found that prints pages.*apt install chromium"):
        make(walk.assignment, walk.solution, walk.registry, Formats(pdf=True))


def test_a_browser_that_fails_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = tmp_path / "chromium"
    browser.write_text("#!/bin/sh\necho no screen >&2; exit 7\n", encoding="utf-8")
    browser.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match=r"chromium ended with status 7: no screen"):
        pdf_of(b"<p>x</p>")


def test_the_zip_unpacks_by_hand_as_well(built: Built, tmp_path: Path) -> None:
    """The cell changes nothing for those who unzip: all lies in one folder."""
    with zipfile.ZipFile(built.archive) as archive:
        archive.extractall(tmp_path)
    assert {path.name for path in (tmp_path / "walk").iterdir()} == {"walk.ipynb", "check", "given"}
