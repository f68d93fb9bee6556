"""What is trained: scored where labels are known, judged by a bar that was calibrated, and safe from those who cheat."""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder import source
from autograder.build.assembly import build_assignment
from autograder.cli.course import Loaded, load
from autograder.conversation import Verdict
from autograder.grading import Grader
from autograder.sandbox.sandbox import Sandbox, open_sandbox
from autograder.sandbox.tiers import Tier
from autograder.setting import PUBLIC_SEED, build_setting
from autograder.staging import staged
from autograder.submission import Cell

pytestmark = pytest.mark.slow
FOLDER = Path(__file__).parent / "trained"


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


def _verdict(loaded: Loaded, sandbox: Sandbox, text: str = "", check: str = "accuracy") -> Verdict:
    solved = source.with_imports([loaded.solution.function(task.function) for task in loaded.assignment.tasks])
    grader = Grader(loaded.assignment, loaded.solution, loaded.registry, sandbox, seed=3)
    grade = grader.grade((Cell("code", solved), Cell("code", text)), only="train")
    [verdict] = [result.verdict for result in grade.results if result.check == check]
    return verdict


def test_the_solution_reaches_the_bar(loaded: Loaded, sandbox: Sandbox) -> None:
    verdict = _verdict(loaded, sandbox)
    assert verdict.outcome == "passed"
    assert "must be at least" in verdict.message


CHEATS = {
    "a constant": (
        "def predict(weights, x): return np.ones(len(x), dtype=int)",
        "trained twice",
    ),
    "nothing learnt": (
        "def train(x, y, epochs, rate, seed): return np.zeros(x.shape[1] + 1), [0.0] * (epochs + 1)",
        "no better than",
    ),
    "not a number": ("def predict(weights, x): return np.full(len(x), np.nan)", "trained twice"),
    "one answer for all": ("def predict(weights, x): return 1", "expected 200 entries"),
    "too many answers": ("def predict(weights, x): return [1] * 1000", "has 1000 entries, expected 200"),
    "no answer": ("def predict(weights, x): return None", "the answer is None"),
    "the training set as the model": (
        """
def train(x, y, epochs, rate, seed): return np.column_stack([x, y]), [0.0] * (epochs + 1)
def predict(weights, x):
    near = ((x[:, None] - weights[None, :, :-1]) ** 2).sum(2).argmin(1)
    return weights[near, -1].astype(int)
""",
        "may hold at most 21",
    ),
    "sleep": ("import time\ndef train(*a): time.sleep(60)", "within 10 seconds"),
    "memory": ("def train(*a): return [bytearray(10**8) for _ in range(100)]", "train"),
    "the process ended": ("import os\ndef train(*a): os._exit(0)", "ended the process"),
    "an object that pretends to be a number": (
        """
class Right:
    def __eq__(self, other): return True
    def __len__(self): return 200
def predict(weights, x): return Right()
""",
        "the answer is a Right",
    ),
    "the labels, looked for in all objects": (
        """
import gc
def predict(weights, x):
    found = [each for each in gc.get_objects() if isinstance(each, dict) and "expected" in each]
    return found[0]["expected"]
""",
        "predict",
    ),
}


@pytest.mark.parametrize("name", CHEATS)
def test_who_cheats_earns_nothing_and_is_told_why(loaded: Loaded, sandbox: Sandbox, name: str) -> None:
    text, words = CHEATS[name]
    verdict = _verdict(loaded, sandbox, text)
    assert verdict.outcome == "failed"
    assert words in f"{verdict.message} {verdict.hint}"


def test_who_has_bad_luck_once_is_trained_again(loaded: Loaded, sandbox: Sandbox) -> None:
    unlucky = (
        "right = train\ntimes = []\n"
        "def train(x, y, epochs, rate, seed):\n"
        "    times.append(1)\n"
        "    return right(x, y, epochs if len(times) > 1 else 0, rate, seed)"
    )
    assert _verdict(loaded, sandbox, unlucky).outcome == "passed"


def test_labels_are_in_nothing_that_students_get(loaded: Loaded, tmp_path: Path) -> None:
    task = loaded.assignment.task("train")
    args = loaded.registry, loaded.assignment, task, task.checks[0], PUBLIC_SEED, frozenset()
    hidden = [case.hidden["expected"].tolist() for case in build_setting(*args).cases]
    built = build_assignment(loaded.assignment, loaded.solution, loaded.registry, tmp_path)
    with zipfile.ZipFile(built.archive) as archive:
        files = {name: archive.read(name).decode() for name in archive.namelist()}
    recorded = next(json.loads(text) for name, text in files.items() if name.endswith("cases/train.json"))
    assert recorded["checks"][0]["setting"]["cases"][0]["held_out"], "what is asked about may be seen"
    assert "hidden" not in json.dumps(recorded)
    for labels in hidden:
        assert not any(_holds(array, labels) for array in recorded["arrays"].values())


def _holds(array: list, labels: list[int]) -> bool:
    import base64

    import numpy as np

    code, shape, data = array
    return np.frombuffer(base64.b64decode(data), code).reshape(shape).tolist() == labels
