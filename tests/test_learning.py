"""The check `learning` held with plain functions: what moves, in which kinds, and what a notebook can say alone."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from autograder.bars import Bar
from autograder.conversation import Ask, Call, Case, Reply, Setting, Verdict, drive
from autograder.errors import AssignmentError
from autograder.local import LocalSession
from plugins.checks.learning import learning

X = np.linspace(-1, 1, 9)
INPUTS = {"x": X, "y": 2 * X + 1, "first": {"a": 0.5 * np.ones(1), "b": np.zeros(1)}, "steps": 20}
SETTING = Setting(
    "train", (Case(INPUTS),), results=("line", "losses"), bar=Bar(0.9, 1.0, 300, {"what was not trained": 0.0})
)


def loss(line: dict[str, Any], inputs: dict[str, Any]) -> float:
    return float(np.mean((line["a"] * inputs["x"] + line["b"] - inputs["y"]) ** 2))


def train(
    x: np.ndarray, y: np.ndarray, first: dict[str, Any], steps: int, moving: str = "ab"
) -> tuple[dict[str, Any], list[float]]:
    line, inputs = dict(first), {"x": x, "y": y}
    losses = [loss(line, inputs)]
    for _ in range(steps):
        error = line["a"] * x + line["b"] - y
        slopes = {"a": 2 * np.mean(error * x), "b": 2 * np.mean(error)}
        line = {name: value - 0.3 * slopes[name] * (name in moving) for name, value in line.items()}
        losses.append(loss(line, inputs))
    return line, losses


def _hold(
    student: Callable[..., Any], *, solved: bool = True, initial: str = "first", setting: Setting = SETTING
) -> Verdict:
    theirs, ours = LocalSession({"train": student}), LocalSession({"train": train, "loss": loss})

    def answer(questions: list[Call | Ask]) -> list[Reply]:
        return [_ask(each) if isinstance(each, Ask) else theirs.call([each])[0] for each in questions]

    def _ask(ask: Ask) -> Reply:
        call = Call(ask.function, ask.arguments, ask.keywords)
        return ours.call([call])[0] if solved else Reply("unrecorded")

    return drive(learning(setting, model="line", loss="loss", initial=initial), answer)


def test_who_trains_as_the_solution_does_passes() -> None:
    assert _hold(train).message == "The loss falls, by 100% of what it should; at least 90% is demanded."


def test_a_parameter_that_never_moves_is_named() -> None:
    verdict = _hold(lambda *inputs: train(*inputs, moving="b"))
    assert verdict.message == "train: line['a'] is still what it was before the training."
    assert _hold(lambda *inputs: train(*inputs, moving="b"), initial="").message.startswith(
        "train: tried once, the fall of the loss"
    )


def test_a_single_number_may_end_by_chance_near_to_where_it_began() -> None:
    nearly_level = replace(SETTING, cases=(Case(INPUTS | {"y": 2 * X + 1e-3}),))

    def by_chance(*inputs: Any) -> Any:
        line, losses = train(*inputs)
        line["b"] = 0.005 * line["b"]
        return line, [*losses[:-1], loss(line, {"x": inputs[0], "y": inputs[1]})]

    assert _hold(by_chance, setting=nearly_level).outcome == "passed"
    unmoved = _hold(lambda *inputs: train(*inputs, moving="a"), setting=nearly_level)
    assert unmoved.message == "train: line['b'] is still what it was before the training."


def test_tensors_and_further_entries_are_as_good() -> None:
    import torch

    def in_torch(*inputs: Any) -> Any:
        line, losses = train(*inputs)
        return {name: torch.from_numpy(value) for name, value in line.items()} | {"note": "mine"}, torch.tensor(losses)

    assert _hold(in_torch).outcome == "passed"


def test_an_imaginary_error_is_no_gain() -> None:
    def imaginary(*inputs: Any) -> Any:
        line, losses = train(*inputs)
        return {name: 0 * value + 3j for name, value in line.items()}, losses

    assert "but the loss of the returned line is" in _hold(imaginary).message


def test_a_model_that_breaks_the_loss_is_the_students() -> None:
    verdict = _hold(lambda *inputs: ({"a": np.array(["x"]), "b": np.array(["y"])}, train(*inputs)[1]))
    assert verdict.outcome == "failed"
    assert "line" in verdict.message


@pytest.mark.parametrize(
    ("student", "outcome", "words"),
    [
        (train, "unjudged", "The loss goes from 1.93"),
        (lambda *inputs: (train(*inputs)[0], [1.0, float("inf")]), "failed", "losses[1] is inf"),
        (lambda *_: None, "failed", "the result is None"),
    ],
)
def test_a_notebook_without_a_solution_says_what_it_can(student: Any, outcome: str, words: str) -> None:
    verdict = _hold(student, solved=False)
    assert verdict.outcome == outcome
    assert words in verdict.message


def test_an_entry_that_is_none_of_the_results_is_the_authors_to_mend() -> None:
    with pytest.raises(AssignmentError, match="did you mean 'line'"):
        drive(
            learning(SETTING, model="lines", loss="loss"), lambda questions: [Reply("value", (1, 2))] * len(questions)
        )
