"""What is trained: scored where labels are known, judged by a bar that was calibrated, and safe from those who cheat."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from autograder import source
from autograder.build.assembly import build_assignment
from autograder.cli.course import Loaded, load
from autograder.conversation import Call, Verdict
from autograder.grading import Grader
from autograder.sandbox.sandbox import Sandbox, open_sandbox
from autograder.sandbox.session import Program, TaskSession
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
        "tried twice",
    ),
    "nothing learnt": (
        "def train(x, y, epochs, rate, seed): return np.zeros(x.shape[1] + 1), [0.0] * (epochs + 1)",
        "no better than",
    ),
    "not a number": ("def predict(weights, x): return np.full(len(x), np.nan)", "the answer holds NaN"),
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
        "`weights` holds 4,200 numbers, and may hold at most 21",
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


LEARNT_NOTHING = {
    "made-up losses": (
        "return 0 * train_(x, y, epochs, rate, seed)[0], [0.7 / (1 + epoch) for epoch in range(epochs + 1)]",
        "but the loss of the returned weights is",
    ),
    "true losses, other weights": (
        "return np.zeros(x.shape[1] + 1), train_(x, y, epochs, rate, seed)[1]",
        "but the loss of the returned weights is",
    ),
    "up the gradient": ("return train_(x, y, epochs, -rate, seed)", "does not fall"),
    "not a number": ("return train_(x, y, epochs, rate * np.nan, seed)", "losses[1] is nan"),
    "one step": (
        "w, s = train_(x, y, 1, rate / 5, seed)\n    return w, [s[0]] * 30 + [s[1]] * (epochs - 29)",
        "it must be at least",
    ),
    "no loss before the training": ("w, s = train_(x, y, epochs, rate, seed)\n    return w, s[1:]", "expected 61"),
    "from another start": (
        "w, s = train_(x, y, epochs, rate, seed)\n    return w, [2 * s[0], *s[1:]]",
        "but the loss before the training is",
    ),
    "no losses": ("return train_(x, y, epochs, rate, seed)[0]", "the result is"),
    "losses in words": ("return train_(x, y, epochs, rate, seed)[0], 'low'", "no sequence of at least two numbers"),
    "weights of another shape": (
        "w, s = train_(x, y, epochs, rate, seed)\n    return w[None].repeat(10**5, 0), s",
        "weights has shape (100000, 21)",
    ),
}


@pytest.mark.parametrize("name", LEARNT_NOTHING)
def test_what_did_not_learn_earns_nothing_and_is_told_why(loaded: Loaded, sandbox: Sandbox, name: str) -> None:
    body, words = LEARNT_NOTHING[name]
    text = f"train_ = train\ndef train(x, y, epochs, rate, seed):\n    {body}"
    verdict = _verdict(loaded, sandbox, text, "learning")
    assert verdict.outcome == "failed"
    assert words in f"{verdict.message} {verdict.hint}"


OTHERS = {
    "another stream of random numbers": "weights = np.random.RandomState(seed).normal(0, 0.01, x.shape[1] + 1)",
    "from zero": "weights = np.zeros(x.shape[1] + 1)",
}


@pytest.mark.parametrize("check", ["accuracy", "learning"])
@pytest.mark.parametrize("name", OTHERS)
def test_another_right_training_earns_the_points(loaded: Loaded, sandbox: Sandbox, name: str, check: str) -> None:
    text = f"""
def train(x, y, epochs, rate, seed):
    {OTHERS[name]}
    points, losses = np.column_stack([x, np.ones(len(x))]), []
    for epoch in range(epochs + 1):
        score = points @ weights
        losses.append(np.mean(np.log1p(np.exp(score)) - y * score))
        if epoch < epochs:
            weights = weights - rate * points.T @ (1 / (1 + np.exp(-score)) - y) / len(y)
    return weights, np.array(losses)
"""
    verdict = _verdict(loaded, sandbox, text, check)
    assert verdict.outcome == "passed", verdict.message


@pytest.mark.parametrize("check", ["accuracy", "learning"])
def test_the_checks_of_one_task_share_one_training(loaded: Loaded, sandbox: Sandbox, check: str) -> None:
    once = """
train_, seen = train, set()
def train(x, y, epochs, rate, seed):
    assert seed not in seen, "trained a second time"
    seen.add(seed)
    return train_(x, y, epochs, rate, seed)
"""
    verdict = _verdict(loaded, sandbox, once, check)
    assert verdict.outcome == "passed", verdict.message


def test_a_training_whose_process_has_ended_is_made_again(loaded: Loaded, sandbox: Sandbox) -> None:
    ends = "import os\ndef predict(weights, x): os._exit(0)"
    assert _verdict(loaded, sandbox, ends, "accuracy").outcome == "failed"
    assert _verdict(loaded, sandbox, ends, "learning").outcome == "passed"


@pytest.mark.parametrize("anew", [True, False])
def test_a_session_that_may_use_a_card_is_no_fork(loaded: Loaded, sandbox: Sandbox, anew: bool) -> None:
    cell = "import os\nran_in, calls = os.getpid(), []\ndef no_fork():\n    calls.append(1)\n    return os.getpid() == ran_in, len(calls)"
    notebook = sandbox.run(Program((Cell("code", cell),), "", loaded.assignment.limits))
    try:
        for _ in range(2):
            session = TaskSession(notebook, anew=anew)
            assert [reply.value for reply in session.call([Call("no_fork")])] == [(anew, 1)]
            session.close()
    finally:
        notebook.close()


def test_who_has_bad_luck_once_is_trained_again(loaded: Loaded, sandbox: Sandbox) -> None:
    unlucky = (
        "right = train\ntimes = []\n"
        "def train(x, y, epochs, rate, seed):\n"
        "    times.append(1)\n"
        "    return right(x, y, epochs if len(times) > 1 else 0, rate, seed)"
    )
    assert _verdict(loaded, sandbox, unlucky).outcome == "passed"


def test_a_wrong_predict_costs_its_points_once(loaded: Loaded, sandbox: Sandbox) -> None:
    swapped = replace(loaded, assignment=replace(loaded.assignment, tasks=loaded.assignment.tasks[::-1]))
    wrong = "def predict(weights, x): return (x @ weights[:-1] + weights[-1] < 0).astype(int)"
    verdict = _verdict(swapped, sandbox, wrong)
    assert (verdict.outcome, verdict.carried_forward) == ("passed", True)
    assert "where a right `predict` answers" in verdict.message
    untrained = "def train(x, y, epochs, rate, seed): return np.zeros(x.shape[1] + 1), [0.0] * (epochs + 1)"
    assert _verdict(swapped, sandbox, f"{wrong}\n{untrained}").outcome == "failed"


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


def test_a_notebook_says_what_can_be_known_without_labels(loaded: Loaded, tmp_path: Path) -> None:
    built = build_assignment(loaded.assignment, loaded.solution, loaded.registry, tmp_path)
    with zipfile.ZipFile(built.archive) as archive:
        archive.extractall(tmp_path)
    solved = (FOLDER / "solution.py").read_text(encoding="utf-8")
    asked = ["from check import check", 'check("train")', "def predict(weights, x): return weights.missing"]
    script = "\n".join([solved, *asked, 'check("train")'])
    (tmp_path / "trained" / "mine.py").write_text(script, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "mine.py"], cwd=tmp_path / "trained", capture_output=True, text=True, check=True
    )
    right, _, broken = " ".join(done.stdout.split()).rpartition("train: ")
    assert "It returns an answer. Its accuracy on data that it has not seen must be at least 0.922" in right
    assert "The loss goes from 0.698383 to 0.0410934." in right
    assert "predict: it raised AttributeError" in broken


def _holds(array: list, labels: list[int]) -> bool:
    import base64

    import numpy as np

    code, shape, data = array
    return np.frombuffer(base64.b64decode(data), code).reshape(shape).tolist() == labels
