"""The check `accuracy` held with plain functions: what is asked, what is told, and what never is."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograder.bars import Bar
from autograder.conversation import Ask, Call, Case, Reply, Setting, Verdict, drive
from autograder.errors import AssignmentError
from autograder.local import LocalSession
from autograder.metric import Metric
from plugins.checks.accuracy import accuracy, numbers_in
from plugins.metrics.scores import accuracy as share_of_right_labels

LABELS = [f"secret-{word}" for word in ("cat", "dog", "cat", "cow")]
CASES = tuple(
    Case({"seed": seed}, "four words", held_out={"x": [0, 1, 2, 3]}, hidden={"expected": LABELS}) for seed in (1, 2)
)
SETTING = Setting(
    "train",
    CASES,
    results=("model", "note"),
    metric=Metric(share_of_right_labels),
    bar=Bar(0.7, 0.9, 300, {"majority": 0.5}),
)


class Student:
    """Functions that answer, and all that was asked of them."""

    def __init__(
        self, predict: Callable[..., Any], train: Callable[..., Any] = lambda seed: ({"seed": seed}, "")
    ) -> None:
        self.session = LocalSession({"train": train, "predict": predict})
        self.asked: list[Call] = []

    def answer(self, questions: list[Call | Ask]) -> list[Reply]:
        assert all(isinstance(each, Call) for each in questions), "a student is judged without the reference"
        self.asked += questions  # type: ignore[arg-type]
        return self.session.call(questions)  # type: ignore[arg-type]

    def verdict(self, setting: Setting = SETTING, **how: Any) -> Verdict:
        terms = {"metric": "accuracy", "baselines": ["majority"], "predict": "predict", "model": "model"} | how
        return drive(accuracy(setting, **terms), self.answer)


def _right_for(*seeds: int) -> Callable[..., Any]:
    return lambda model, x: LABELS if model["seed"] in seeds else ["secret-cat"] * len(x)


def test_who_reaches_the_bar_is_trained_once() -> None:
    student = Student(_right_for(1))
    verdict = student.verdict()
    assert verdict.message == "Accuracy on data that it has not seen is 1, and must be at least 0.7."
    assert [call.function for call in student.asked] == ["train", "predict"]
    assert student.asked[0].training


def test_who_misses_it_is_trained_once_more_with_another_seed() -> None:
    assert Student(_right_for(2)).verdict().outcome == "passed"


def test_who_misses_it_twice_reads_what_it_is_to_be_compared_with() -> None:
    student = Student(_right_for())
    assert student.verdict().message == (
        "train: tried twice, accuracy on data that it has not seen is 0.5 and 0.5; it must be at least 0.7. A right "
        "answer usually has 0.9, and missed this in none of 300 trials. For comparison: majority has at best 0.5."
    )
    assert student.verdict().hint.startswith("That is no better than majority")
    assert [call.arguments for call in student.asked if call.function == "train"][:2] == [(1,), (2,)]


@pytest.mark.parametrize("seeds", [(1,), (2,), ()])
def test_labels_are_in_no_question_and_in_no_sentence(seeds: tuple[int, ...]) -> None:
    student = Student(lambda model, x: ["c"] * len(x) if model["seed"] not in seeds else [each[:] for each in LABELS])
    verdict = student.verdict()
    assert "secret" not in repr(verdict)
    assert "secret" not in repr(student.asked)
    assert "secret" not in repr(CASES)


def test_without_labels_it_is_judged_later() -> None:
    unlabelled = Setting("train", (Case({"seed": 1}, held_out={"x": [0]}),), ("model", "note"), bar=SETTING.bar)
    assert Student(_right_for(1)).verdict(unlabelled).message == (
        "It returns an answer. Its accuracy on data that it has not seen must be at least 0.7; that is judged after submission."
    )


def test_without_predict_what_is_returned_is_scored() -> None:
    def train(seed: int) -> Any:
        return LABELS, f"trained from {seed}"

    assert Student(_right_for(), train).verdict(predict="").outcome == "passed"
    assert "the answer is a string" in Student(_right_for(), train).verdict(predict="", model="note").message


def test_a_model_that_is_an_object_is_handed_on_as_it_is() -> None:
    class Model:
        seed = 1

    student = Student(lambda model, x: LABELS if model.seed == 1 else [], lambda seed: (Model(), seed))
    assert student.verdict(max_numbers=3).outcome == "passed"


@pytest.mark.parametrize(
    ("value", "count"),
    [
        (np.zeros((3, 4)), 12),
        ({"cat": [1, 2.0], 7: (np.float32(1), "seven")}, 4),
        (["a", None, np.array(["b"])], 0),
    ],
)
def test_numbers_are_counted_wherever_they_lie(value: Any, count: int) -> None:
    assert numbers_in(value) == count


def test_without_a_bar_nothing_is_asked() -> None:
    student = Student(_right_for(1))
    with pytest.raises(AssignmentError, match="run `gradmark calibrate`"):
        student.verdict(Setting("train", CASES, ("model", "note"), metric=SETTING.metric))
    assert not student.asked
