"""The check `cost`: loops are counted, calls are seen, and a machine that is busy makes nobody fail."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from autograder.conversation import Call, Case, Reply, Setting, Verdict, drive
from autograder.sandbox.worker.watch import Watch
from plugins.checks.cost import cost
from tests.posed import verdict_on

RANDOM = np.random.default_rng(5)


def cosine(X: Any, Y: Any) -> Any:
    return X @ Y.T / np.outer(np.linalg.norm(X, axis=1), np.linalg.norm(Y, axis=1))


def looping(X: Any, Y: Any) -> Any:
    S = np.zeros((len(X), len(Y)))
    for i, x in enumerate(X):
        for j, y in enumerate(Y):
            S[i, j] = x @ y / np.sqrt(x @ x) / np.sqrt(y @ y)
    return S


CASES = tuple(
    Case({"X": RANDOM.standard_normal((n, 3)), "Y": RANDOM.standard_normal((n, 3))}, label=f"n={n}") for n in (3, 60)
)


def judge(student: Callable[..., Any], **demand: Any) -> Verdict:
    solution = {"cosine": cosine, "slip of lengths": lambda X, Y: X @ Y.T}
    return verdict_on(cost, Setting("cosine", CASES), student, solution, **demand)


def test_who_takes_the_whole_array_at_once_takes_as_many_steps_for_any_size() -> None:
    verdict = judge(cosine, steps=3)
    assert verdict.outcome == "passed"
    few, many = (int(word) for word in verdict.message.split() if word.isdigit())
    assert few == many <= 2


LOOPS: dict[str, Callable[..., Any]] = {
    "a loop in a loop": looping,
    "a comprehension": lambda X, Y: np.array([[x @ y / np.sqrt(x @ x * (y @ y)) for y in Y] for x in X]),
    "one loop": lambda X, Y: np.array([Y @ x / np.sqrt(x @ x) / np.linalg.norm(Y, axis=1) for x in X]),
    "map": lambda X, Y: np.array(list(map(lambda x: cosine(x[None], Y)[0], X))),  # noqa: C417
    "a generator": lambda X, Y: np.concatenate(list(cosine(x[None], Y) for x in X)),  # noqa: C400
    "np.vectorize": lambda X, Y: np.vectorize(lambda x, y: cosine(x[None], y[None])[0, 0], signature="(d),(d)->()")(
        X[:, None], Y[None]
    ),
    "np.apply_along_axis": lambda X, Y: np.apply_along_axis(lambda x: cosine(x[None], Y)[0], 1, X),
}


@pytest.mark.parametrize("name", LOOPS)
def test_a_loop_in_whatever_form_is_found(name: str) -> None:
    verdict = judge(LOOPS[name], steps=3)
    assert verdict.outcome == "failed"
    assert "times as often as any line with n=3" in verdict.message
    assert verdict.cause == "a loop in Python"


def test_the_busiest_line_is_named() -> None:
    verdict = judge(looping, steps=3)
    assert "line 4 of `looping` runs 3660 times" in verdict.message


def test_the_steps_are_the_same_every_time() -> None:
    assert len({judge(looping, steps=3).message for _ in range(3)}) == 1


def test_a_wrong_answer_that_costs_little_earns_nothing() -> None:
    verdict = judge(lambda X, Y: X @ Y.T, steps=3)
    assert "its cost counts once it is right, and the result[" in verdict.message
    assert verdict.slip == "slip of lengths"
    assert "it raised IndexError" in judge(lambda X, Y: X[len(X)], steps=3).message


def test_a_forbidden_function_is_seen_under_whatever_name() -> None:
    from numpy.linalg import norm as length

    own = lambda X, Y: X @ Y.T / np.outer(length(X, axis=1), length(Y, axis=1))  # noqa: E731
    assert "it calls `numpy.linalg.norm`" in judge(own, forbids=["numpy.linalg.norm"]).message
    assert judge(looping, forbids=["numpy.linalg.norm"]).outcome == "passed"


def test_a_required_function_is_seen_and_missed() -> None:
    assert judge(cosine, requires=["outer", "numpy.linalg.norm"]).outcome == "passed"
    assert "it does not call `outer`" in judge(looping, requires=["outer"]).message
    assert "it does not call" in judge(cosine, requires=["torch.outer"]).message


def test_a_debugger_that_was_there_is_there_again_afterwards() -> None:
    import sys

    def tracer(*_: Any) -> None:
        return None

    before = sys.gettrace()
    try:
        sys.settrace(tracer)
        Watch().over(lambda: 1)()
        assert sys.gettrace() is tracer
    finally:
        sys.settrace(before)


class Machine:
    """Functions that take stored seconds on a machine that is busy: what it does besides only ever adds to them."""

    def __init__(self, seconds: dict[str, float], seed: int, delay: Callable[[np.random.Generator], float]) -> None:
        self.seconds = seconds
        self.random = np.random.default_rng(seed)
        self.delay = delay
        self.calls = 0

    def answer(self, questions: list[Any]) -> list[Reply]:
        return [self._reply(each) for each in questions]

    def _reply(self, question: Any) -> Reply:
        self.calls += isinstance(question, Call)
        share, pause = self.delay(self.random), self.delay(self.random)
        own = self.seconds["short" if len(question.arguments[0]) == 1 else "long"]
        return Reply("value", 1, arguments=question.arguments, steps=5, seconds=own * (1 + share) + 0.001 * pause)


QUIET = lambda random: 0.0  # noqa: E731
BUSY = lambda random: float(random.pareto(1.5))  # noqa: E731  (now and then a hundred times as long)
ALWAYS_BUSY = lambda random: 3.0 + float(random.exponential(2.0))  # noqa: E731


def timed(machine: Machine) -> Verdict:
    setting = Setting("f", (Case({"x": [0]}, label="n=1"), Case({"x": [0] * 9}, label="n=9")))
    return drive(cost(setting, seconds=20), machine.answer)


@pytest.mark.parametrize("delay", [QUIET, BUSY, ALWAYS_BUSY])
def test_nobody_fails_because_the_machine_is_busy(delay: Callable[..., float]) -> None:
    machines = [Machine({"short": 0.001, "long": 0.004}, seed, delay) for seed in range(300)]
    assert {timed(machine).outcome for machine in machines} == {"passed"}


@pytest.mark.parametrize("delay", [QUIET, BUSY, ALWAYS_BUSY])
def test_who_is_slow_fails_on_a_busy_machine_too(delay: Callable[..., float]) -> None:
    machines = [Machine({"short": 0.001, "long": 0.2}, seed, delay) for seed in range(100)]
    verdicts = [timed(machine) for machine in machines]
    assert {verdict.outcome for verdict in verdicts} == {"failed"}
    assert "times as long as with n=1" in verdicts[0].message


class Sliced(Machine):
    """A machine that takes the processor away for a while, whenever so much of it was used; short calls often escape."""

    used = 0.0

    def _reply(self, question: Any) -> Reply:
        reply = super()._reply(question)
        slices = int((self.used % 0.003 + reply.seconds) / 0.003)
        self.used += reply.seconds
        return replace(reply, seconds=reply.seconds + 0.02 * slices)


def test_nobody_fails_because_only_long_calls_are_held_up() -> None:
    assert timed(Sliced({"short": 0.0009, "long": 0.006}, 0, QUIET)).outcome == "passed"


class BusyAtFirst(Machine):
    """A machine on which the first few long calls take a hundred times as long."""

    slow = 5

    def _reply(self, question: Any) -> Reply:
        reply = super()._reply(question)
        held_up = reply.seconds == self.seconds["long"] and not getattr(question, "watched", False) and self.slow > 0
        self.slow -= held_up
        return replace(reply, seconds=reply.seconds * (100 if held_up else 1))


def test_nobody_fails_because_the_machine_was_busy_at_first() -> None:
    assert timed(BusyAtFirst({"short": 0.001, "long": 0.004}, 0, QUIET)).outcome == "passed"


def test_who_is_fast_is_asked_a_few_times_only() -> None:
    machine = Machine({"short": 0.001, "long": 0.002}, 0, QUIET)
    assert timed(machine).outcome == "passed"
    assert machine.calls < 15
