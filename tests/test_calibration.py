"""Calibrating: in the sandbox, to be interrupted and gone on with, and refused where no bar can lie."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.bars import Calibration, path_of
from autograder.calibration import Calibrator
from autograder.cli.course import load
from autograder.errors import AssignmentError
from autograder.sandbox.sandbox import Sandbox, open_sandbox
from autograder.sandbox.tiers import Tier
from autograder.staging import staged

pytestmark = pytest.mark.slow
FOLDER = Path(__file__).parent / "trained"
GRADMARK = Path(sys.executable).parent / "gradmark"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    loaded = load(FOLDER)
    with (
        staged(loaded.assignment, loaded.registry) as stage,
        open_sandbox(stage, loaded.assignment.limits, accept=Tier.REDUCED) as sandbox,
    ):
        yield sandbox


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the trained assignment that has no bar yet."""
    folder = tmp_path / "trained"
    folder.mkdir()
    for name in ("assignment.toml", "solution.py", "plugin.py", "handout.md"):
        (folder / name).write_bytes((FOLDER / name).read_bytes())
    return folder


def _change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def _calibrate(folder: Path, sandbox: Sandbox, seeds: int, jobs: int = 1) -> Iterator[Calibration]:
    loaded = load(folder)
    calibrator = Calibrator(loaded.assignment, loaded.solution, loaded.registry, sandbox, seeds, jobs)
    task = loaded.assignment.task("train")
    yield from (calibration for plan, calibration in calibrator.calibrate(task) if plan.check == "accuracy")


def test_an_interrupted_calibration_goes_on_where_it_stopped(folder: Path, sandbox: Sandbox) -> None:
    interrupted = _calibrate(folder, sandbox, seeds=4)
    assert [len(next(interrupted).scores) for _ in range(3)] == [0, 1, 2]
    interrupted.close()
    assert [len(each.scores) for each in _calibrate(folder, sandbox, seeds=4)] == [2, 3, 4]
    assert [len(each.scores) for each in _calibrate(folder, sandbox, seeds=3)] == [4]


def test_the_same_seeds_give_the_same_file_whoever_is_first(folder: Path, sandbox: Sandbox) -> None:
    assignment = load(folder).assignment
    path = path_of(assignment, assignment.task("train"), "cpu")
    written = []
    for jobs in (1, 3):
        list(_calibrate(folder, sandbox, seeds=6, jobs=jobs))
        written.append(path.read_bytes())
        path.unlink()
    assert written[0] == written[1]


def test_what_was_measured_of_another_solution_is_measured_anew(folder: Path, sandbox: Sandbox) -> None:
    list(_calibrate(folder, sandbox, seeds=2))
    _change(folder / "solution.py", "weights = 0.01 *", "weights = 0.02 *")
    assert [len(each.scores) for each in _calibrate(folder, sandbox, seeds=2)] == [0, 1, 2]


def test_a_solution_without_a_score_is_the_authors_to_mend(folder: Path, sandbox: Sandbox) -> None:
    _change(folder / "solution.py", "return (x @ weights[:-1] + weights[-1] > 0).astype(int)", "return None")
    with pytest.raises(AssignmentError, match=r"with seed 1 the solution itself has no score: predict: the answer is"):
        list(_calibrate(folder, sandbox, seeds=1))


def test_a_baseline_that_fails_is_the_authors_to_mend(folder: Path, sandbox: Sandbox) -> None:
    _change(folder / "solution.py", 'np.mean(inputs["y"]) > 0.5', 'np.mean(inputs["labels"]) > 0.5')
    with pytest.raises(AssignmentError, match="the baseline `majority` has no score: KeyError"):
        list(_calibrate(folder, sandbox, seeds=1))


def test_a_metric_that_takes_other_labels_is_the_authors_to_mend(folder: Path, sandbox: Sandbox) -> None:
    _change(folder / "plugin.py", 'hidden={"expected"', 'hidden={"labels"')
    with pytest.raises(AssignmentError, match=r"the metric does not take what the sampler keeps hidden \(labels\)"):
        list(_calibrate(folder, sandbox, seeds=1))


def _run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [str(GRADMARK), *map(str, words), "--accept-tier", "reduced"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_command_says_the_bar_and_what_it_means(folder: Path) -> None:
    done = _run("calibrate", folder, "--seeds", "6", "--jobs", "1")
    assert done.returncode == 0, done.stderr
    for words in ("6 trainings of the solution", "majority 0.", "bar        at least 0.", "39.30%", "at most 0.15"):
        assert words in done.stdout
    again = _run("calibrate", folder, "--seeds", "6", "--task", "train")
    assert again.stdout == done.stdout
    other = _run("calibrate", folder, "--task", "predict")
    assert other.returncode == 2
    assert "no check that trains" in other.stderr


def test_a_baseline_that_is_as_good_is_refused_plainly(folder: Path) -> None:
    _change(folder / "solution.py", '**inputs | {"epochs": 0}', "**inputs")
    done = _run("calibrate", folder, "--seeds", "2")
    assert done.returncode == 2
    assert "no bar is possible: the baseline `untrained` scores up to" in done.stderr


def test_without_a_card_what_needs_one_is_unjudged_and_the_page_says_so(folder: Path, tmp_path: Path) -> None:
    _change(folder / "plugin.py", '"epochs": 60', '"device": "cpu", "epochs": 60')
    _change(folder / "solution.py", "def train(x, y, epochs", "def train(x, y, device, epochs")
    assert _run("calibrate", folder, "--seeds", "2").returncode == 0
    assert "cannot use the device cuda" in _run("calibrate", folder, "--seeds", "2", "--device", "cuda").stderr
    (folder / "bars" / "train-cpu.json").unlink()
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "ada.py").write_text((folder / "solution.py").read_text(), encoding="utf-8")
    place = ("--gradebook", tmp_path / "book", "--json")
    refused = _run("grade", folder, tmp_path / "in", *place)
    assert refused.returncode == 2
    assert "no bar on the device cpu" in refused.stderr
    # The bars of a card are calibrated where there is one: who has none needs none.
    done = _run("grade", folder, tmp_path / "in", "--device", "cuda", *place)
    assert done.returncode == 1, done.stderr
    [grade] = json.loads(done.stdout)["grades"]
    assert (grade["points"], grade["complete"]) == (4, False)
    page = (tmp_path / "book" / "trained" / "feedback" / "ada.html").read_text(encoding="utf-8")
    assert "This is judged on the device cuda, which could not be used where this was graded" in page
    assert "4 of 4" in page, "the denominator is what could be judged"
