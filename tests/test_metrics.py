"""Metrics: known scores, and answers of every wrong form."""

from typing import Any

import numpy as np
import pytest
from scipy import stats

from autograder.conversation import Opaque, Tensor
from autograder.metric import Metric
from autograder.registry import build_registry

METRICS: dict[str, Metric] = build_registry().metrics
NUMBERS = [3.0, -1.0, 4.0, 1.0, 5.0]


def _score(name: str, answer: Any, expected: Any) -> float:
    return METRICS[name].score(answer, expected=expected)


@pytest.mark.parametrize(
    ("answer", "expected", "share"),
    [
        ([1, 0, 1], [1, 1, 1], 2 / 3),
        (np.array([1.0, 0.0]), np.array([1, 0]), 1.0),
        (np.array([[1], [0]]), np.array([1, 1]), 0.5),
        (("pos", "neg"), ["pos", "pos"], 0.5),
        (np.array(["pos", "neg"]), ["pos", "neg"], 1.0),
        (Tensor(np.array([1, 0])), [1, 0], 1.0),
        ([None, [1]], [0, 1], 0.0),
    ],
)
def test_accuracy_is_the_share_of_right_labels_in_any_form(answer: Any, expected: Any, share: float) -> None:
    assert _score("accuracy", answer, expected) == share


def test_an_exact_match_is_right_in_every_part() -> None:
    assert _score("exact match", [["a", "b"], ("c",), "d"], [["a", "b"], ["c"], "e"]) == 2 / 3


@pytest.mark.parametrize("name", ["pearson", "spearman"])
def test_correlations_are_those_of_scipy(name: str) -> None:
    random = np.random.default_rng(1)
    got, wanted = random.integers(0, 9, 50).astype(float), random.standard_normal(50)
    theirs = stats.pearsonr if name == "pearson" else stats.spearmanr
    assert _score(name, got, wanted) == pytest.approx(theirs(got, wanted).statistic, abs=1e-12)
    assert _score(name, got * 1e200, wanted) == pytest.approx(_score(name, got, wanted))


@pytest.mark.parametrize("name", ["pearson", "spearman"])
def test_who_says_the_same_of_everything_correlates_with_nothing(name: str) -> None:
    assert _score(name, [0.1] * 5, NUMBERS) == 0.0


def test_of_squared_errors_fewer_are_better() -> None:
    assert METRICS["mean squared error"].lower_is_better
    assert _score("mean squared error", [1, 2], [1, 4]) == 2.0


WRONG = [
    None,
    1.0,
    "abc",
    {},
    Opaque("Model"),
    [1.0],
    np.zeros((5, 2)),
    [float("nan")] * 5,
    np.array(float("nan")),
    [1j] * 5,
    ["1"] * 5,
    [[1], 2],
]


@pytest.mark.parametrize("name", ["pearson", "spearman", "mean squared error"])
@pytest.mark.parametrize("answer", WRONG, ids=str)
def test_what_is_no_vector_of_numbers_is_refused_in_words(name: str, answer: Any) -> None:
    with pytest.raises(ValueError, match=r"^the answer (is|has|holds) "):
        _score(name, answer, NUMBERS)


@pytest.mark.parametrize("name", ["accuracy", "exact match"])
@pytest.mark.parametrize("answer", [*WRONG[:6], np.full(5, np.nan)], ids=str)
def test_what_is_no_list_of_labels_is_refused_in_words(name: str, answer: Any) -> None:
    with pytest.raises(ValueError, match=r"^the answer (is|has|holds) "):
        _score(name, answer, [1, 2, 3, 4, 5])
