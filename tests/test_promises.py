"""What is drawn, promised and spent, judged behind the wall."""

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
FOLDER = Path(__file__).parent / "promises"


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


def _grade(loaded: Loaded, sandbox: Sandbox, *cells: str) -> Grade:
    solved = source.with_imports([loaded.solution.function(task.function) for task in loaded.assignment.tasks])
    grader = Grader(loaded.assignment, loaded.solution, loaded.registry, sandbox, seed=3)
    return grader.grade((Cell("code", solved), *(Cell("code", cell) for cell in cells)))


def test_the_solution_earns_everything(loaded: Loaded, sandbox: Sandbox) -> None:
    grade = _grade(loaded, sandbox)
    assert [r.verdict.message for r in grade.results if r.verdict.outcome != "passed"] == []
    assert grade.points == 12


DRAWS_FROM_NUMPY = """
def draw_negatives(counts, n, generator):
    return np.random.choice(len(counts), n, p=counts / counts.sum())
"""
LOOPS = """
def cosine_similarities(X, Y):
    S = np.zeros((len(X), len(Y)))
    for i in range(len(X)):
        for j in range(len(Y)):
            S[i, j] = X[i] @ Y[j] / np.linalg.norm(X[i]) / np.linalg.norm(Y[j])
    return S
"""
OWN_SOFTMAX = """
def attend(X):
    S = np.where(np.tril(np.ones((len(X), len(X)))) > 0, X @ X.T, -np.inf)
    e = np.exp(S - S.max(axis=1, keepdims=True))
    A = e / e.sum(axis=1, keepdims=True)
    return A, A @ X
"""
ENDS = """
import os
def next_word(scores, temperature, generator):
    return 0 if generator.random() < 0.99 else os._exit(1)
"""
UNWATCHED = """
import sys
def attend(X):
    sys.setprofile(None)
    A = softmax(np.where(np.tril(np.ones((len(X), len(X)))) > 0, X @ X.T, -1e9))
    return A, A @ X
"""
WRONG = {
    "draws from np.random": (DRAWS_FROM_NUMPY, "with a generator of the same seed it does not draw the same a second"),
    "a loop": (LOOPS, "line 4 of `cosine_similarities` runs 1240 times"),
    "a softmax of one's own": (OWN_SOFTMAX, "it does not call `softmax`, which it must be built on"),
    "a process that ends while it draws": (ENDS, "it ended the process"),
    "nobody is to watch": (UNWATCHED, "it does not call `softmax`"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_fails_in_words_that_help(loaded: Loaded, sandbox: Sandbox, name: str) -> None:
    text, words = WRONG[name]
    grade = _grade(loaded, sandbox, text)
    assert grade.points < 12
    assert words in " ".join(r.verdict.message for r in grade.results if r.verdict.outcome == "failed")
    assert grade.complete
