"""Copying modules into the bundle."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from autograder.build import imports
from autograder.errors import PluginError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package that counts as ours, in which a module may be written."""
    (tmp_path / "pretend").mkdir()
    (tmp_path / "pretend" / "__init__.py").write_text("there = 1\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(imports.PLACES, "pretend", "check")
    yield tmp_path / "pretend" / "module.py"
    for name in [name for name in sys.modules if name.startswith("pretend")]:
        del sys.modules[name]


def test_only_import_statements_are_rewritten(plugin: Path) -> None:
    """Text that speaks of our packages stays as it is, and so do relative imports and comments."""
    source = (
        '"""from autograder.compare import plain"""\n'
        "from autograder.compare import plain  # from autograder.compare\n"
        "from .other import thing\n"
        "def f():\n    from   autograder.spelling import (\n        nearest,\n    )\n"
        "    return 'from autograder.compare import x'\n"
    )
    plugin.write_text(source, encoding="utf-8")
    plugin.with_name("other.py").write_text("thing = 1\n", encoding="utf-8")
    files = imports.copied(["pretend.module"])
    expected = source.replace("\nfrom autograder.compare import", "\nfrom check.compare import")
    assert files["check/module.py"] == expected.replace("from   autograder.spelling", "from check.spelling")
    assert {"check/other.py", "check/compare.py", "check/spelling.py", "check/__init__.py"} <= set(files)


def test_imports_for_type_checking_lead_to_no_copy(plugin: Path) -> None:
    """They never run."""
    source = (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pluggy\n    from autograder.run import Run\n"
    )
    plugin.write_text(source, encoding="utf-8")
    assert set(imports.copied(["pretend.module"])) == {"check/module.py", "check/__init__.py"}


WRONG = {
    "import pluggy": "imports pluggy, which the student's bundle cannot count on",
    "import numpy, torch": "imports torch",
    "def f():\n    from scipy import linalg\n    import matplotlib": "imports matplotlib",
    "import autograder.compare": "line 1: write `from … import …`",
    "from pretend import there": "imports there from package pretend",
    "from \\\n autograder.compare import plain": "is not written on one line",
}


@pytest.mark.parametrize("source", WRONG)
def test_what_a_bundle_cannot_hold_is_refused_when_it_is_built(plugin: Path, source: str) -> None:
    """Not when a student runs it."""
    plugin.write_text(source + "\n", encoding="utf-8")
    with pytest.raises(PluginError) as told:
        imports.copied(["pretend.module"])
    assert WRONG[source] in str(told.value)
