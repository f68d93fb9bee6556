"""What is kept from students is found in whatever file they would get, and nothing is written then."""

from __future__ import annotations

import io
import json
import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from autograder.build.leaks import refuse_leaks
from autograder.build.withheld import Line, tokens_of
from autograder.errors import AssignmentError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.build.conftest import Load

LINE = "solved_preactivation = W @ state + b"
OF_STEP = "is a line of step in solution.py (line 26)"
LABELS = [int(label) for label in np.random.default_rng(1).integers(2, size=100)]
HOOK = "\n\n@hookimpl\ndef register_given_files():\n    return {NAME: lambda: DATA}\n"


def appended(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


def in_a_sentence(folder: Path) -> None:
    appended(folder / "handout.md", f"\nFirst compute `{LINE.replace(' ', '')}`.\n")


def in_a_cell_wrapped(folder: Path) -> None:
    appended(folder / "handout.md", "\n```python\nx = 1\nsolved_preactivation = W @ state \\\n  + b\n```\n")


def in_a_template(folder: Path) -> None:
    appended(folder / "handout.md", '\n```python\n<% include "solution.py" %>\n\n```\n')


def in_a_given_file(folder: Path) -> None:
    (folder / "given" / "old.txt").write_text((folder / "solution.py").read_text(encoding="utf-8"), encoding="utf-8")


def in_a_made_file(folder: Path) -> None:
    data = json.dumps({"notes": ["x", LINE]}).encode()
    appended(folder / "plugin.py", HOOK.replace("NAME", "'notes.json'").replace("DATA", repr(data)))


def of_what_it_calls(folder: Path) -> None:
    (folder / "solution.py").write_text(
        (folder / "solution.py").read_text(encoding="utf-8").replace("np.tanh(solved", "1.0 * np.tanh(solved"),
        encoding="utf-8",
    )
    appended(folder / "handout.md", "\n```python\nreturn 1.0 * np.tanh(solved_preactivation)\n```\n")


def of_a_slip(folder: Path) -> None:
    appended(folder / "handout.md", "\nDo not write `solved_preactivation = W @ state + 0 * b`.\n")


def an_output(folder: Path) -> None:
    cell = {"cell_type": "code", "source": ["1"], "outputs": [{"output_type": "stream", "text": "0.1"}]}
    notebook = {"cells": [{"cell_type": "markdown", "source": "text"}, cell], "nbformat": 4}
    (folder / "given" / "demo.ipynb").write_text(json.dumps(notebook), encoding="utf-8")


def a_line_in_a_given_notebook(folder: Path) -> None:
    notebook = {"cells": [{"cell_type": "code", "source": ["x = 1\n", f"{LINE}\n"], "outputs": []}], "nbformat": 4}
    (folder / "given" / "demo.ipynb").write_text(json.dumps(notebook), encoding="utf-8")


LEAKS = {
    in_a_sentence: f"walk.ipynb, cell 13, line 1: `{LINE.replace(' ', '')}` {OF_STEP}",
    in_a_cell_wrapped: r"walk.ipynb, cell 13, line 2: `solved_preactivation = W @ state \ + b` is a line of step",
    in_a_template: f"walk.ipynb, cell 13, line 26: `{LINE}` {OF_STEP}",
    in_a_given_file: f"walk.zip: walk/given/old.txt, line 26: `{LINE}` {OF_STEP}",
    in_a_made_file: f"walk.zip: walk/given/notes.json, line 3: `{LINE}` {OF_STEP}",
    of_what_it_calls: "walk.ipynb, cell 13, line 1: `return 1.0 * np.tanh(solved_preactivation)` is a line of _squashed",
    of_a_slip: "`solved_preactivation = W @ state + 0 * b` is a line of the slip 'step-without-bias'",
    an_output: "walk.zip: walk/given/demo.ipynb, cell 2: an output, and no student has run this notebook yet",
    a_line_in_a_given_notebook: f"walk.zip: walk/given/demo.ipynb, cell 1, line 2: `{LINE}` {OF_STEP}",
}


@pytest.mark.parametrize("leak", LEAKS, ids=lambda leak: leak.__name__)
def test_a_leak_is_refused_with_file_and_line_and_nothing_is_written(
    leak: Callable[[Path], None], author: Path, load: Load
) -> None:
    """What is there from an earlier build stays as it was."""
    load(author).build(author / "dist")
    before = {path: path.read_bytes() for path in (author / "dist").rglob("*") if path.is_file()}
    leak(author)
    with pytest.raises(AssignmentError, match=re.escape(LEAKS[leak])):
        load(author).build(author / "dist")
    assert before == {path: path.read_bytes() for path in (author / "dist").rglob("*") if path.is_file()}


def test_a_line_that_students_are_meant_to_read_is_said_so_in_the_handout(author: Path, load: Load) -> None:
    appended(author / "handout.md", f'\nFirst compute `<%= shown("{LINE}") %>`.\n')
    assert LINE in load(author).build(author / "dist").notebook.read_text(encoding="utf-8")


def test_a_line_of_the_docstring_or_of_given_code_is_no_leak(author: Path, load: Load) -> None:
    """Students have both before their eyes."""
    text = (author / "solution.py").read_text(encoding="utf-8")
    own = "    n = 1\n    once = 2 * state + 0 * n\n    twice = 3 * state + 0 * n\n    solved_preactivation ="
    text = text.replace("    solved_preactivation =", own)
    text = text.replace('"""One step of', '"""once = 2 * state + 0 * n, one step of')
    given = "    state = m\n    twice = 3 * state + 0 * n\n    return 0 * twice + np.zeros((n, m))"
    (author / "solution.py").write_text(text.replace("    return np.zeros((n, m))", given), encoding="utf-8")
    appended(author / "handout.md", "\n```python\nonce = 2 * state + 0 * n\ntwice = 3 * state + 0 * n\n```\n")
    load(author).build(author / "dist")


ANYBODYS = (
    "for _ in range(T):",
    "return np.zeros((n, m))",
    "n, m = state.shape",
    "solved_states = []",
    "if state is None:",
)


def test_short_common_lines_are_nobodys_secret(author: Path, load: Load) -> None:
    body = "".join(f"    {line}\n        pass\n" if line.endswith(":") else f"    {line}\n" for line in ANYBODYS)
    text = (author / "solution.py").read_text(encoding="utf-8")
    (author / "solution.py").write_text(
        text.replace("    solved_states = []\n", body.replace("return np", "0 if T else np")), encoding="utf-8"
    )
    appended(author / "handout.md", "\n```python\n" + "\n".join(ANYBODYS) + "\n```\n")
    load(author).build(author / "dist")


def csv_file(labels: list[int]) -> tuple[str, bytes]:
    return "test.csv", ("text,label\n" + "".join(f"text {n},{label}\n" for n, label in enumerate(labels))).encode()


def records(labels: list[int]) -> tuple[str, bytes]:
    rows = [{"text": f"text {number}", "label": float(label)} for number, label in enumerate(labels)]
    return "test.json", json.dumps({"rows": rows}).encode()


def array(labels: list[int]) -> tuple[str, bytes]:
    buffer = io.BytesIO()
    np.savez(buffer, text=np.arange(3), labels=np.array(labels, dtype=bool))
    return "test.npz", buffer.getvalue()


def plain(labels: list[int]) -> tuple[str, bytes]:
    return "test.txt", f"LABELS = {labels}".encode()


FORMS = (csv_file, records, array, plain)


def with_labels(folder: Path) -> Path:
    """Have the cases of the assignment keep the labels hidden."""
    text = (folder / "plugin.py").read_text(encoding="utf-8")
    text = text.replace('"b": b})', f'"b": b}}, hidden={{"labels": np.array({LABELS})}})')
    (folder / "plugin.py").write_text(
        text.replace("from autograder", "import numpy as np\nfrom autograder", 1), encoding="utf-8"
    )
    return folder


@pytest.mark.parametrize("form", FORMS)
def test_hidden_labels_are_found_in_whatever_form_they_lie_there(
    form: Callable[[list[int]], tuple[str, bytes]], author: Path, load: Load
) -> None:
    """Even a part of them."""
    name, data = form(LABELS[5:80])
    (with_labels(author) / "given" / name).write_bytes(data)
    words = f"walk.zip: walk/given/{name}: a part of the hidden value 'labels' of step"
    with pytest.raises(AssignmentError, match=re.escape(words)):
        load(author).build(author / "dist")


@pytest.mark.parametrize("form", FORMS)
def test_labels_of_other_texts_and_a_few_of_these_are_no_leak(
    form: Callable[[list[int]], tuple[str, bytes]], author: Path, load: Load
) -> None:
    others = [int(label) for label in np.random.default_rng(3).integers(2, size=20_000)]
    name, data = form([*others, *LABELS[:20], *others])
    (with_labels(author) / "given" / name).write_bytes(data)
    load(author).build(author / "dist")


def test_a_hidden_value_among_the_inputs_is_a_leak_too(author: Path, load: Load) -> None:
    """A sampler that gives the same to the student's code as it hides has been written wrongly."""
    text = (author / "plugin.py").read_text(encoding="utf-8")
    (author / "plugin.py").write_text(
        text.replace('"b": b})', '"b": b}, hidden={"weights": W * np.ones((1, 1))})')
        .replace("from autograder", "import numpy as np\nfrom autograder", 1)
        .replace('n, m = size["n"], size["m"]', 'n, m = 5 * size["n"], size["m"]'),
        encoding="utf-8",
    )
    with pytest.raises(
        AssignmentError, match=r"walk/check/cases/step.json: a part of the hidden value 'weights' of step"
    ):
        load(author).build(author / "dist")


def test_a_line_is_found_in_a_page_through_its_colours() -> None:
    page = b'<style>b { x }</style>\n<p>One</p>\n<pre><span class="n">loss</span> <span>=</span> -np.log(p[<b>y</b>]) &lt; 1</pre>'
    line = Line(tokens_of("loss = -np.log(p[y]) < 1"), "a line of loss")
    with pytest.raises(
        AssignmentError, match=re.escape("x.html, line 3: `loss = -np.log(p[y]) < 1` is a line of loss")
    ):
        refuse_leaks({"x.html": page}, [line], [])
