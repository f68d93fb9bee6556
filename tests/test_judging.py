"""A verdict whatever happens: whose fault an error is, and that nothing unjudged counts as full or as zero."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from autograder.cli.course import Loaded, load
from autograder.conversation import Ask, Call, Case, Conversation, Reply, Setting, Verdict, drive
from autograder.grade import CheckResult, Grade
from autograder.grading import differs, found_right
from autograder.judging import judge
from autograder.local import LocalSession
from autograder.setting import Planned, build_setting
from autograder.solution import Answers

CONTRACTS = Path(__file__).parent / "contracts"
RECURRENT = Path(__file__).parents[1] / "assignments" / "recurrent"
SETTING = Setting("tokenize", (Case({"text": "A b"}),))


@pytest.fixture(scope="module")
def loaded() -> Loaded:
    return load(CONTRACTS)


def _asks(setting: Setting) -> Conversation:
    """It asks once."""
    [reply] = yield [Call(setting.function, setting.cases[0].arguments)]
    return Verdict("passed" if reply.value[0] == "a" else "failed", "asked")


def _breaks(setting: Setting) -> Conversation:
    """It always raises."""
    yield [Call(setting.function, setting.cases[0].arguments)]
    raise KeyError("no such thing")


def _never_passes(setting: Setting) -> Conversation:
    """It raises on everything but strings, and passes nobody."""
    [reply] = yield [Call(setting.function, setting.cases[0].arguments)]
    return Verdict("failed", reply.value[0].lower())


def _judge(loaded: Loaded, check: object, function: object) -> Verdict:
    return judge(Planned(check, {}), SETTING, loaded.solution, LocalSession({"tokenize": function}))  # type: ignore[arg-type]


def test_a_reply_that_makes_the_check_raise_is_the_replys_fault(loaded: Loaded) -> None:
    assert _judge(loaded, _asks, lambda text: None).outcome == "failed"


def test_a_check_that_raises_on_the_solution_too_is_broken(loaded: Loaded) -> None:
    verdict = _judge(loaded, _breaks, lambda text: ["a", "b"])
    assert verdict.outcome == "broken"
    assert "no such thing" in verdict.message


def test_a_check_that_fails_the_solution_is_broken_where_it_cannot_judge(loaded: Loaded) -> None:
    assert _judge(loaded, _never_passes, lambda text: None).outcome == "broken"


def test_a_right_answer_passes(loaded: Loaded) -> None:
    assert _judge(loaded, _asks, lambda text: ["a", "b"]).outcome == "passed"


def _result(outcome: str, points: float) -> CheckResult:
    return CheckResult("t", "c", "title", points, 5, Verdict(outcome, "m"))  # type: ignore[arg-type]


@pytest.mark.parametrize("outcome", ["broken", "unjudged"])
def test_what_could_not_be_judged_makes_a_grade_incomplete_and_leaves_the_denominator(outcome: str) -> None:
    grade = Grade((_result("passed", 5), _result(outcome, 0)))
    assert not grade.complete
    assert grade.points == 5
    assert grade.judged_out_of == 5


def test_a_judged_grade_is_complete_whatever_it_is() -> None:
    assert Grade((_result("failed", 0), _result("failed", 0))).complete


def test_the_same_seed_draws_the_same_cases_and_another_seed_others(loaded: Loaded) -> None:
    task = loaded.assignment.task("centre")

    def drawn(seed: int) -> bytes:
        setting = build_setting(loaded.registry, loaded.assignment, task, task.checks[0], seed, frozenset())
        return b"".join(case.inputs["vectors"].tobytes() for case in setting.cases)

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


def test_a_students_function_in_a_part_of_the_solution_is_really_called(loaded: Loaded) -> None:
    calls = []

    class Session:
        def call(self, asked: list[Call]) -> list[Reply]:
            calls.extend(asked)
            return [Reply("value", 7) for _ in asked]

    def whole(x: int, *, part: object = abs) -> object:
        return part(x)  # type: ignore[operator]

    solution = replace(loaded.solution)
    solution.module.whole = whole  # type: ignore[attr-defined]
    from autograder.conversation import Ask

    [reply] = Answers(solution, Session()).answer([Ask("whole", (3,), through={"part": "mine"})])
    assert reply.value == 7
    assert calls == [Call("mine", (3,), {})]


def test_driving_a_conversation_returns_its_verdict() -> None:
    verdict = drive(_asks(SETTING), lambda questions: [Reply("value", ["a"]) for _ in questions])
    assert verdict == Verdict("passed", "asked")


def test_what_was_found_right_is_what_every_check_that_compared_it_passed_as_it_stands() -> None:
    passed, failed = (Verdict(outcome, "", looked_at=(0, 1)) for outcome in ("passed", "failed"))  # type: ignore[arg-type]
    of_the_second = replace(failed, looked_at=(1,))
    assert found_right([passed, passed, Verdict("failed", "a shape")]) == {0, 1}
    assert found_right([passed, of_the_second]) == {0}
    assert found_right([passed, replace(passed, carried_forward=True)]) == frozenset()
    assert found_right([Verdict("passed", "a shape")]) == frozenset()


def test_what_is_right_only_given_a_wrong_part_differs_as_that_part_does() -> None:
    """So that an error is carried as far as functions are built upon one another."""
    passed = Verdict("passed", "")
    assert [differs(each) for each in (passed, Verdict("failed", ""), replace(passed, carried_forward=True))] == [
        False,
        True,
        True,
    ]


def test_a_students_part_is_asked_where_it_knows_nothing_of_the_whole() -> None:
    class Session(LocalSession):
        apart = LocalSession({"rnn_cell_forward": lambda xt, a_prev, parameters: (a_prev + 1, xt, ())})

    answers = Answers(load(RECURRENT).solution, Session({"rnn_cell_forward": lambda *_: "remembered"}))
    inputs = np.zeros((1, 1, 2)), np.zeros((1, 1)), {"Wya": np.zeros((1, 1))}
    reply = answers.ask(Ask("rnn_forward", inputs, through={"cell": "rnn_cell_forward"}))
    assert reply.status == "value", reply.error
    assert reply.value[0].tolist() == [[[1, 2]]]


def test_an_error_that_quotes_a_whole_answer_is_cut(loaded: Loaded) -> None:
    def converts(setting: Setting) -> Conversation:
        [reply] = yield [Call(setting.function, setting.cases[0].arguments)]
        return (
            Verdict("passed", "a list") if isinstance(reply.value, list) else Verdict("failed", str(float(reply.value)))
        )

    verdict = _judge(loaded, converts, lambda text: "x" * 1_000_000)
    assert "could not convert" in verdict.message
    assert len(verdict.message) < 1000
