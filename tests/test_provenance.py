"""What code a bar was measured of: a change of that code counts, and no other change."""

from pathlib import Path

import pytest

from autograder.assignment import load_assignment
from autograder.errors import AssignmentError
from autograder.provenance import code_behind, digest_of_program
from autograder.registry import build_registry
from autograder.setting import build_setting

FOLDER = Path(__file__).parent / "trained"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the trained assignment, with a given file."""
    folder = tmp_path / "trained"
    for name in ("assignment.toml", "solution.py", "plugin.py", "bars/train-cpu.json"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes((FOLDER / name).read_bytes())
    return folder


def _digest(folder: Path) -> str:
    assignment = load_assignment(folder)
    task = assignment.task("train")
    return digest_of_program(build_registry(folder), assignment, task, task.checks[0])


CHANGES = {
    "the function": ("solution.py", "range(epochs)", "range(epochs + 1)"),
    "what it calls": ("solution.py", "np.logaddexp(0, score)", "np.logaddexp(0.0, score)"),
    "what is asked afterwards": ("solution.py", "weights[-1] > 0", "weights[-1] > 0.1"),
    "a baseline": ("solution.py", '"epochs": 0', '"epochs": 1'),
    "the sampler": ("plugin.py", '"epochs": 60', '"epochs": 61'),
}
NO_CHANGES = {
    "a comment": (
        "solution.py",
        "    points = np.column_stack([x,",
        "    # the bias\n    points = np.column_stack([x,",
    ),
    "a docstring": ("solution.py", "Answer always the label", "Always answer the label"),
    "another check's function": ("solution.py", 'return mean_loss(weights, points, inputs["y"])', "return 0.0"),
    "another sampler": ("plugin.py", 'size["d"] + 1', '1 + size["d"]'),
}


def _change(folder: Path, name: str, old: str, new: str) -> None:
    text = (folder / name).read_text(encoding="utf-8")
    assert text.count(old) == 1
    (folder / name).write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_the_code_behind_a_bar_is_seen(folder: Path, change: str) -> None:
    before = _digest(folder)
    _change(folder, *CHANGES[change])
    assert _digest(folder) != before


@pytest.mark.parametrize("change", NO_CHANGES)
def test_other_changes_are_none(folder: Path, change: str) -> None:
    before = _digest(folder)
    _change(folder, *NO_CHANGES[change])
    assert _digest(folder) == before


def test_given_files_count(folder: Path) -> None:
    before = _digest(folder)
    (folder / "given").mkdir()
    (folder / "given" / "words.txt").write_text("cat\n", encoding="utf-8")
    assert _digest(folder) != before


def test_a_bar_of_other_code_is_none(folder: Path) -> None:
    _change(folder, *CHANGES["the function"])
    assignment = load_assignment(folder)
    task = assignment.task("train")
    with pytest.raises(AssignmentError, match="the code behind check `accuracy` of train has changed"):
        build_setting(build_registry(folder), assignment, task, task.checks[0], 1, frozenset())


def test_what_is_imported_from_our_files_counts_and_packages_do_not(tmp_path: Path) -> None:
    import reference.embeddings.objectives  # noqa: F401  (what a solution imports is imported)

    file = tmp_path / "solution.py"
    lines = ["import numpy as np", "from reference.embeddings.objectives import softmax_loss as loss", "LIMIT = 3"]
    uses = ["def one(x):\n    return loss(x) + LIMIT", "def other(x):\n    return np.exp(x)"]
    file.write_text("\n".join(lines + uses), encoding="utf-8")
    found = dict(code_behind(file, ["one"]))
    assert {"solution.py: one", "solution.py: LIMIT", "objectives.py: softmax_loss"} <= found.keys()
    assert not {"solution.py: other", "solution.py: np"} & found.keys()
