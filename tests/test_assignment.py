"""Reading an assignment's folder: what is refused, and with which words; stubs and whole functions from the solution."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder import source
from autograder.assignment import load_assignment
from autograder.bars import chance_of_bad_luck
from autograder.cli.course import load
from autograder.errors import AssignmentError
from autograder.registry import build_registry
from reference.activations import sigmoid

CONTRACTS = Path(__file__).parent / "contracts"
RECURRENT = Path(__file__).parent.parent / "assignments" / "recurrent"

REFUSED = {
    "points that do not sum": ("points = 18", "points = 20", "sum to 18, but `points` says 20"),
    "an unknown key": ("given =", "givn =", "did you mean 'given'"),
    "an unknown key of a task": ("repeat = 2", "repat = 2", "did you mean 'repeat'"),
    "an unknown limit": ("cell_seconds", "cell_second", "did you mean 'cell_seconds'"),
    "a limit of nothing": ("cell_seconds = 5", "cell_seconds = 0", "must be more than zero"),
    "a missing title": ('title = "One contract of every kind"', "", "lacks the key `title`"),
    "points in words": ("points = 18", 'points = "18"', "`points` must be int or float"),
    "an unknown check": ('check = "shapes"', 'check = "shape"', "did you mean 'shapes'"),
    "an unknown parameter": ("may_change", "may_chang", "did you mean 'may_change'"),
    "a parameter that is needed": ('forward = "square_loss", ', "", "needs the parameter `forward`"),
    "a function that the solution lacks": ('function = "depth"', 'function = "dept"', "did you mean 'depth'"),
    "the same task twice": ('function = "count"', 'function = "tokenize"', "stated twice"),
    "sizes in words": ("words = 4", 'words = "four"', "must be a list of tables of integers"),
    "no TOML": ("[[tasks]]", "[[tasks]", "is not valid TOML"),
}


def _copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CONTRACTS, tmp_path / "copy"))


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_wrong_is_named(tmp_path: Path, name: str) -> None:
    old, new, words = REFUSED[name]
    folder = _copy(tmp_path)
    text = (folder / "assignment.toml").read_text(encoding="utf-8")
    assert old in text
    (folder / "assignment.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(AssignmentError) as caught:
        load(folder)
    assert words in str(caught.value)


SLIPS = {
    "a slip that matches nothing": ("x.T @ error / len(y)", "x.T @ eror", "exactly once, not 0 times"),
    "a slip of no task": ('"square_loss_gradient"', '"square_gradient"', "is no task"),
    "a slip without a sentence": ("sentence", "sentense", "lacks the key `sentence`"),
}


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_that_cannot_be_is_named(tmp_path: Path, name: str) -> None:
    old, new, words = SLIPS[name]
    folder = _copy(tmp_path)
    text = (folder / "slips.toml").read_text(encoding="utf-8")
    (folder / "slips.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(AssignmentError) as caught:
        load(folder).solution.mistaken  # noqa: B018
    assert words in str(caught.value)


def test_a_solution_that_cannot_be_imported_is_named(tmp_path: Path) -> None:
    folder = _copy(tmp_path)
    (folder / "solution.py").write_text("import nothing_of_that_name\n", encoding="utf-8")
    with pytest.raises(AssignmentError, match="nothing_of_that_name"):
        load(folder)


def test_a_digest_changes_with_any_file(tmp_path: Path) -> None:
    folder = _copy(tmp_path)
    before = load_assignment(folder).digest
    (folder / "given" / "more.txt").write_text("more", encoding="utf-8")
    assert load_assignment(folder).digest != before


def test_a_stub_has_signature_and_docstring_and_neither_body_nor_parts() -> None:
    registry = build_registry()
    text = source.stub(registry.references["rnn_forward"])
    assert text.startswith("def rnn_forward(x, a0, parameters):\n")
    assert "NotImplementedError" in text
    assert "cell" not in text.partition('"""')[0]
    assert "Parts:" not in text
    compile(text, "<stub>", "exec")


def test_a_class_has_a_stub_of_its_public_methods() -> None:
    class Vocabulary:
        """Words by number."""

        def __init__(self, words: list[str]) -> None:
            """Take the words."""
            self.words = words

        def index(self, word: str) -> int:
            """Return the number of a word."""
            return self.words.index(word)

        def _secret(self) -> None:
            return None

    text = source.stub(Vocabulary)
    namespace: dict[str, type] = {}
    exec(text, namespace)
    with pytest.raises(NotImplementedError):
        namespace["Vocabulary"]([])
    assert "_secret" not in text
    assert "self.words" not in text


def test_whole_functions_run_by_themselves() -> None:
    loaded = load(RECURRENT)
    functions = [loaded.solution.function(task.function) for task in loaded.assignment.tasks]
    namespace: dict[str, object] = {}
    exec(source.with_imports(functions), namespace)
    assert {task.function for task in loaded.assignment.tasks} <= set(namespace)


def test_whole_functions_bring_the_constants_of_their_modules_along() -> None:
    namespace: dict[str, Any] = {}
    exec(source.with_imports([chance_of_bad_luck]), namespace)
    assert namespace["chance_of_bad_luck"](300) == chance_of_bad_luck(300)


def twice_as_sure(z: float) -> Any:
    return sigmoid(2 * np.array(z))


def test_whole_functions_bring_the_references_along_that_they_call() -> None:
    namespace: dict[str, Any] = {}
    exec(source.with_imports([twice_as_sure]), namespace)
    assert namespace["twice_as_sure"](0.0) == 0.5


def test_given_code_leaves_out_what_students_are_to_write() -> None:
    given = load(RECURRENT).solution.given_source
    assert "def sigmoid" in given
    assert "_forward" not in given


def test_a_notebook_is_handed_only_the_imports_that_its_functions_use() -> None:
    solution = load(Path(__file__).parents[1] / "assignments" / "word2vec").solution
    used = [source.imports_of(solution.module, [solution.function(name)]) for name in ("subsample", "huffman_codes")]
    assert used == [["import numpy as np"], ["import heapq", "import numpy as np"]]
