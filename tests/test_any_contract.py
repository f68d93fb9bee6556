"""Contracts of every kind: text, dicts, keywords, changes in place, trees, helper modules, several accepted forms."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder import source
from autograder.cli.course import Loaded, load
from autograder.grade import Grade
from autograder.grading import Grader
from autograder.sandbox.sandbox import Sandbox, open_sandbox
from autograder.sandbox.tiers import Tier
from autograder.staging import staged
from autograder.submission import Cell

pytestmark = pytest.mark.slow
FOLDER = Path(__file__).parent / "contracts"


@pytest.fixture(scope="module")
def loaded() -> Loaded:
    return load(FOLDER)


@pytest.fixture(scope="module")
def sandbox(loaded: Loaded) -> Iterator[Sandbox]:
    with (
        staged(loaded.assignment, loaded.registry) as stage,
        open_sandbox(stage, loaded.assignment.limits, accept=Tier.REDUCED) as sandbox,
    ):
        yield sandbox


def _solved(loaded: Loaded) -> str:
    functions = [loaded.solution.function(task.function) for task in loaded.assignment.tasks]
    return source.with_imports(functions)


def _grade(loaded: Loaded, sandbox: Sandbox, *cells: str) -> Grade:
    grader = Grader(loaded.assignment, loaded.solution, loaded.registry, sandbox, seed=3)
    return grader.grade(tuple(Cell("code", cell) for cell in cells))


def _points(grade: Grade, task: str) -> float:
    return sum(result.points for result in grade.results if result.task == task)


def _words(grade: Grade, task: str) -> str:
    return " ".join(f"{r.verdict.message} {r.verdict.hint}" for r in grade.results if r.task == task)


def test_the_solution_earns_everything(loaded: Loaded, sandbox: Sandbox) -> None:
    grade = _grade(loaded, sandbox, _solved(loaded))
    assert [r.verdict.message for r in grade.results if r.verdict.outcome != "passed"] == []
    assert grade.points == 18


OTHER_RIGHT_ANSWERS = {
    "a tuple for a list": ("tokenize", "def tokenize(text): return tuple(w.lower() for w in text.split())"),
    "an array of strings": ("tokenize", "def tokenize(text): return np.array(text.lower().split(), dtype=str)"),
    "a counter": ("count", "from collections import Counter\ndef count(tokens): return Counter(tokens)"),
    "NumPy integers": ("count", "def count(tokens): return {t: np.int64(tokens.count(t)) for t in tokens}"),
    "a column": ("centre", "def centre(v):\n    m = v.sum(0)[:, None]\n    return m / np.sqrt((m * m).sum())"),
    "a row": ("centre", "def centre(v):\n    m = v.sum(0)[None]\n    return m / np.sqrt((m * m).sum())"),
    "a loop in place": (
        "scale",
        "def scale(matrix, factor):\n    for row in matrix:\n        for j in range(len(row)):\n            row[j] *= factor",
    ),
    "an array with one entry": (
        "square_loss",
        "def square_loss(w, b, x, y):\n    e = x @ w + b - y\n    return np.array([e @ e / 2 / len(y)])",
    ),
    "a tensor": (
        "square_loss",
        "import torch\ndef square_loss(w, b, x, y):\n    t = torch.from_numpy\n    return 0.5 * ((t(x) @ t(w) + b - t(y)) ** 2).mean()",
    ),
    "a dict of gradients": (
        "square_loss_gradient",
        "def square_loss_gradient(w, b, x, y):\n    e = x @ w + b - y\n    return {'db': e.mean(), 'dw': (e[:, None] * x).mean(0)}",
    ),
}


@pytest.mark.parametrize("name", OTHER_RIGHT_ANSWERS)
def test_another_right_answer_earns_the_points(loaded: Loaded, sandbox: Sandbox, name: str) -> None:
    task, text = OTHER_RIGHT_ANSWERS[name]
    grade = _grade(loaded, sandbox, _solved(loaded), text)
    assert _points(grade, task) == 2, _words(grade, task)


WRONG_ANSWERS = {
    "case kept": ("tokenize", "def tokenize(text): return text.split()", "capital letters stay capital"),
    "spaces kept": ("tokenize", "def tokenize(text): return text.lower().split(' ')", "expected 0"),
    "a list of pairs": ("count", "def count(tokens): return [(t, tokens.count(t)) for t in tokens]", "expected a dict"),
    "one too many": ("count", "def count(tokens): return {t: tokens.count(t) + 1 for t in tokens}", "expected 1"),
    "not scaled": ("centre", "def centre(v): return v.mean(axis=0)", "expected"),
    "two columns": ("centre", "def centre(v): return np.stack([v.mean(0), v.mean(0)], 1)", "shape"),
    "a changed input": ("centre", "def centre(v):\n    v[0] = 0\n    return v", "expected"),
    "nothing in place": ("scale", "def scale(matrix, factor): matrix = matrix * factor", "after the call"),
    "no error where one is due": (
        "mix",
        "def mix(*, a, b, weight): return weight * a + (1 - weight) * b",
        "ValueError was expected",
    ),
    "the wrong error": (
        "mix",
        "def mix(*, a, b, weight):\n    assert 0 <= weight <= 1\n    return weight * a + (1 - weight) * b",
        "ValueError was expected",
    ),
    "the wrong keyword": ("mix", "def mix(a, b, w): return w * a + (1 - w) * b", "unexpected keyword"),
    "one level short": (
        "depth",
        "def depth(tree):\n    return 0 if tree is None else max(depth(tree.left), depth(tree.right))",
        "expected 1",
    ),
    "the wrong module": (
        "sense",
        "def sense(tokens):\n    from given.sense import SENSES\n    return 1",
        "ModuleNotFoundError",
    ),
    "a sum for a mean": (
        "square_loss_gradient",
        "def square_loss_gradient(w, b, x, y):\n    e = x @ w + b - y\n    return x.T @ e, e.mean()",
        "mean over the examples is a sum",
    ),
}


@pytest.mark.parametrize("name", WRONG_ANSWERS)
def test_a_wrong_answer_fails_in_words_that_help(loaded: Loaded, sandbox: Sandbox, name: str) -> None:
    task, text, words = WRONG_ANSWERS[name]
    grade = _grade(loaded, sandbox, _solved(loaded), text)
    assert _points(grade, task) < 2
    assert words in _words(grade, task)
    assert grade.complete


def test_a_wrong_forward_does_not_sink_a_right_backward(loaded: Loaded, sandbox: Sandbox) -> None:
    doubled = "def square_loss(w, b, x, y): return np.mean((x @ w + b - y) ** 2)"
    its_gradient = (
        "def square_loss_gradient(w, b, x, y):\n    e = x @ w + b - y\n    return 2 * x.T @ e / len(y), 2 * e.mean()"
    )
    grade = _grade(loaded, sandbox, _solved(loaded), doubled, its_gradient)
    assert _points(grade, "square_loss") == 0
    assert _points(grade, "square_loss_gradient") == 2
    assert any(r.verdict.carried_forward for r in grade.results if r.task == "square_loss_gradient")


def test_a_zero_forward_carries_no_zero_backward(loaded: Loaded, sandbox: Sandbox) -> None:
    zeros = "def square_loss(w, b, x, y): return 0.0\ndef square_loss_gradient(w, b, x, y): return 0 * w, 0.0"
    grade = _grade(loaded, sandbox, _solved(loaded), zeros)
    assert _points(grade, "square_loss_gradient") == 0
