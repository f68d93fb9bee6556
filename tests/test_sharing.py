"""Trainings that several checks of a task share."""

from collections.abc import Callable

from autograder.conversation import Call, Reply
from autograder.local import LocalSession, Trainings


def _counted() -> tuple[list[int], Callable[[int], int]]:
    times: list[int] = []

    def train(number: int) -> int:
        times.append(number)
        return number

    return times, train


def test_a_training_is_made_once_for_each_name() -> None:
    times, train = _counted()
    session = LocalSession({"train": train})
    calls = [Call("train", (number,), keep=f"model {number}", training=True) for number in (1, 2, 1)]
    assert [session.call([call])[0].value for call in calls] == [1, 2, 1]
    assert times == [1, 2]


def test_what_is_no_training_is_asked_every_time() -> None:
    times, train = _counted()
    session = LocalSession({"train": train})
    for _ in range(2):
        session.call([Call("train", (1,), keep="model")])
    assert times == [1, 1]


def test_only_trainings_that_gave_nothing_outlast_their_process() -> None:
    trainings, asked = Trainings(), []

    def ask(calls: list[Call]) -> list[Reply]:
        asked.extend(calls)
        return [Reply("value" if call.keep == "good" else "timed out") for call in calls]

    for _ in range(2):
        for name in ("good", "bad"):
            trainings.shared([Call("train", keep=name, training=True)], ask)
        trainings.forget()
    assert [call.keep for call in asked] == ["good", "bad", "good"]
