"""Bars: where they lie, what they promise, and when there is none."""

from dataclasses import replace
from pathlib import Path

import pytest

from autograder.assignment import Assignment, load_assignment
from autograder.bars import (
    Calibration,
    chance_of_bad_luck,
    derive_bar,
    path_of,
    read_calibrations,
    write_calibrations,
)
from autograder.errors import AssignmentError
from autograder.registry import Registry, build_registry
from autograder.setting import build_setting

FOLDER = Path(__file__).parent / "trained"
SAMPLER = '"two blobs"'
SIZES = "sizes = [{ n = 200, d = 20 }]"


def _measured(scores: list[float], baseline: list[float], *, lower: bool = False) -> Calibration:
    def by_seed(values: list[float]) -> dict[str, float]:
        return {str(seed): value for seed, value in enumerate(values, 1)}

    return Calibration("", "", len(scores), lower, by_seed(scores), {"majority": by_seed(baseline)})


def _copy(tmp_path: Path, old: str = "", new: str = "") -> tuple[Registry, Assignment]:
    """Return a copy of the trained assignment, with a change of its text."""
    for path in FOLDER.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            copy = tmp_path / "trained" / path.relative_to(FOLDER)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    toml = tmp_path / "trained" / "assignment.toml"
    toml.write_text(toml.read_text().replace(old, new) if old else toml.read_text())
    return build_registry(tmp_path / "trained"), load_assignment(tmp_path / "trained")


def _setting(registry: Registry, assignment: Assignment, device: str = "cpu") -> None:
    task = assignment.task("train")
    build_setting(registry, assignment, task, task.checks[0], 1, frozenset(), device)


def test_a_bar_lies_below_the_worst_seed_by_one_standard_deviation() -> None:
    bar = derive_bar(_measured([0.8, 0.9, 1.0], [0.2, 0.3, 0.1]))
    assert bar.value == 0.718
    assert (bar.usual, bar.seeds, bar.baselines) == (0.9, 3, {"majority": 0.3})


def test_where_seeds_agree_a_bar_leaves_a_twentieth_of_the_way_to_the_baseline() -> None:
    assert derive_bar(_measured([0.9, 0.9], [0.1, 0.1])).value == 0.86


def test_a_bar_lies_above_its_baselines_however_wide_the_seeds_spread() -> None:
    bar = derive_bar(_measured([0.502, 0.9, 1.0], [0.5, 0.5, 0.5]))
    assert 0.5 < bar.value < 0.502


def test_where_less_is_better_everything_is_the_other_way_round() -> None:
    bar = derive_bar(_measured([1.0, 1.1, 1.2], [4.0, 3.0, 5.0], lower=True))
    assert bar.value == 1.29
    assert bar.reached(1.29)
    assert not bar.reached(1.291)
    assert bar.strongest == ("majority", 3.0)


@pytest.mark.parametrize("lower", [True, False])
def test_a_baseline_as_good_as_the_worst_seed_makes_a_bar_impossible(lower: bool) -> None:
    with pytest.raises(AssignmentError, match=r"no bar is possible: the baseline `majority`.*train longer"):
        derive_bar(_measured([0.5, 0.9 - lower], [0.5, 0.5], lower=lower))


def test_a_score_is_told_with_as_many_digits_as_tell_it_from_the_bar() -> None:
    bar = derive_bar(_measured([0.9, 0.9], [0.1, 0.1]))
    assert [bar.as_text(score) for score in (0.8599, 0.85, 0.8601, 0.123456)] == ["0.8599", "0.85", "0.86", "0.123"]


def test_no_miss_in_three_hundred_seeds_bounds_the_chance_by_a_hundredth() -> None:
    assert chance_of_bad_luck(300) == pytest.approx(0.01, rel=0.01)
    assert (1 - chance_of_bad_luck(20)) ** 20 == pytest.approx(0.05), "were it larger, this many passes would be rare"


def test_measurements_are_read_as_they_were_written_and_equal_ones_have_equal_bytes(tmp_path: Path) -> None:
    _, assignment = _copy(tmp_path)
    task = assignment.task("train")
    known = read_calibrations(assignment, task, "cpu")
    path = path_of(assignment, task, "cuda")
    turned = {name: replace(each, scores=dict(reversed(each.scores.items()))) for name, each in known.items()}
    write_calibrations(path, turned, "v")
    assert read_calibrations(assignment, task, "cuda") == known
    first = path.read_bytes()
    write_calibrations(path, known, "v")
    assert path.read_bytes() == first


def test_a_missing_bar_says_what_to_run(tmp_path: Path) -> None:
    registry, assignment = _copy(tmp_path)
    path_of(assignment, assignment.task("train"), "cpu").unlink()
    with pytest.raises(AssignmentError, match="run `gradmark calibrate trained --task train --device cpu`"):
        _setting(registry, assignment)


def test_a_bar_of_another_check_is_none(tmp_path: Path) -> None:
    with pytest.raises(AssignmentError, match="has changed since its bar was calibrated"):
        _setting(*_copy(tmp_path, 'predict = "predict"', 'predict = "train"'))


def test_an_interrupted_calibration_is_no_bar(tmp_path: Path) -> None:
    registry, assignment = _copy(tmp_path)
    task = assignment.task("train")
    known = read_calibrations(assignment, task, "cpu")
    write_calibrations(
        path_of(assignment, task, "cpu"), {name: replace(each, wanted=400) for name, each in known.items()}, ""
    )
    with pytest.raises(AssignmentError, match="300 of 400 seeds only"):
        _setting(registry, assignment)


def test_a_damaged_file_says_what_to_do(tmp_path: Path) -> None:
    registry, assignment = _copy(tmp_path)
    path_of(assignment, assignment.task("train"), "cpu").write_text('{"checks": {"accuracy": {"score": 1}}}')
    with pytest.raises(AssignmentError, match=r"damaged .* delete it"):
        _setting(registry, assignment)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (SIZES, "sizes = [{ n = 20, d = 2 }, { n = 200, d = 20 }]", "exactly one size"),
        (SIZES, SIZES + '\nedges = ["none"]', "exactly one size"),
        ('metric = "accuracy"', 'metric = "acuracy"', "among the metrics; did you mean 'accuracy'"),
    ],
)
def test_what_a_check_that_trains_needs_is_demanded(tmp_path: Path, old: str, new: str, words: str) -> None:
    with pytest.raises(AssignmentError, match=words):
        _setting(*_copy(tmp_path, old, new))


def test_a_bar_is_of_the_device_only_where_an_input_chooses_one(tmp_path: Path) -> None:
    registry, assignment = _copy(tmp_path)
    _setting(registry, assignment, "cuda")
    plugin = tmp_path / "trained" / "plugin.py"
    plugin.write_text(plugin.read_text().replace('"epochs": 60', '"device": "cpu", "epochs": 60'))
    with pytest.raises(AssignmentError, match="no bar on the device cuda"):
        _setting(build_registry(tmp_path / "trained"), assignment, "cuda")
