"""Markdown as cells."""

from __future__ import annotations

import json

import pytest

from autograder.build.notebook import Cell, cells_of, notebook_json
from autograder.build.page import formula, html_page
from autograder.errors import AssignmentError

HANDOUT = """\
# Title


Two blank lines above.
```python
x = 1


# ```
```
``` bash
rm -rf nothing
```

~~~~python
y = '''
~~~
'''
~~~~

    ```python
    indented = "text"
"""


def test_only_python_fences_become_code() -> None:
    """Fences of other languages, indented ones and blank lines stay text; a fence ends with its own mark."""
    kinds = [(cell.kind, cell.source) for cell in cells_of(HANDOUT)]
    assert kinds == [
        ("markdown", "# Title\n\n\nTwo blank lines above."),
        ("code", "x = 1\n\n\n# ```"),
        ("markdown", "``` bash\nrm -rf nothing\n```"),
        ("code", "y = '''\n~~~\n'''"),
        ("markdown", '    ```python\n    indented = "text"'),
    ]


def test_a_fence_that_is_never_closed_is_refused() -> None:
    """Else the rest of the handout would be one code cell."""
    with pytest.raises(AssignmentError, match="never closed \\(line 2"):
        cells_of("text\n```python\nx = 1\n``")


def test_cells_have_ids_that_do_not_change() -> None:
    """By their place, so that two builds agree."""
    notebook = json.loads(notebook_json([Cell("markdown", "a"), Cell("code", "b")], "T"))
    assert [cell["id"] for cell in notebook["cells"]] == ["cell-1", "cell-2"]
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"


def test_formulas_are_mathml_and_no_script_is_loaded() -> None:
    """The page works without network."""
    aligned = r"$$\begin{aligned} a &< \tanh(b) \\ c &= d \end{aligned}$$"
    cells = [Cell("markdown", f"# <i>T</i>\n\n$x_1$ and\n\n{aligned}"), Cell("code", "a < b")]
    page = html_page(notebook_json(cells, "T"))
    assert page.count("<math ") == 2
    assert "<mtable" in page
    assert "<script" not in page
    assert "src=" not in page
    assert "<title>T</title>" in page


def test_a_formula_that_cannot_be_converted_stays_readable() -> None:
    """As its TeX."""
    assert formula(r"\left( x < y", "inline") == r"<code>\left( x &lt; y</code>"
