"""The bundle's judge on made-up checks: what raises, what was not recorded, what hangs on another task."""

from __future__ import annotations

import json
import sys
import warnings
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from autograder.build.bundle.judging import Assignment, Judge, judge
from autograder.build.bundle.plain import Writer
from autograder.build.record import Held
from autograder.conversation import Ask, Call, Setting, Verdict
from autograder.local import LocalSession
from autograder.setting import Planned

if TYPE_CHECKING:
    from pathlib import Path

    from tests.build.conftest import Loaded

SETTING = {"function": "first", "cases": [], "results": [], "slips": [], "conventions": {}, "seed": 0}
Judged = "Callable[..., Verdict]"


@pytest.fixture
def judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Judged:
    """What judges the task `second` by a made-up check, after a task `first` that fails."""

    def run(check: Any, **namespace: Any) -> Verdict:
        module = ModuleType("made_up")
        module.failing, module.check = failing, check
        monkeypatch.setitem(sys.modules, "made_up", module)
        (tmp_path / "cases").mkdir(exist_ok=True)
        stated = {"title": "T", "tasks": ["first", "second"], "given": [], "cell_seconds": 1, "run_seconds": 1}
        (tmp_path / "assignment.json").write_text(json.dumps(stated), encoding="utf-8")
        for task, function in (("first", "failing"), ("second", "check")):
            plan = {"check": "made up", "title": "T", "points": 2.0, "module": "made_up", "function": function}
            plan |= {"parameters": ["dict"], "setting": SETTING, "answers": {}}
            (tmp_path / "cases" / f"{task}.json").write_text(
                json.dumps({"checks": [plan], "arrays": {}}), encoding="utf-8"
            )
        [result], _ = judge(Assignment(tmp_path), "second", namespace)
        return result.verdict

    return run


def failing(_: Setting) -> Any:
    """Fail."""
    yield []
    return Verdict("failed", "no")


def test_a_check_that_a_reply_brings_down_fails_the_reply(judged: Judged) -> None:
    """In the grader's words: the recorded solution passed, so it is not the check's fault."""

    def check(_: Setting) -> Any:
        [reply] = yield [Call("second")]
        return Verdict("passed", reply.value["key"])

    verdict = judged(check, second=dict)
    assert verdict.outcome == "failed"
    assert verdict.message.endswith("is not of the form that was asked for (KeyError: 'key').")


def test_a_check_that_lacks_a_recorded_answer_judges_later(judged: Judged) -> None:
    """Even if it stumbles over the gap."""

    def check(_: Setting) -> Any:
        [reply] = yield [Ask("second")]
        assert reply.status == "unrecorded"
        raise ValueError

    assert judged(check) == Verdict("unjudged", "This is judged after submission.")


def test_earlier_tasks_that_fail_are_known_to_a_check(judged: Judged) -> None:
    """Found out when it asks, and only those before it."""

    def check(setting: Setting) -> Any:
        yield []
        return Verdict(
            "passed", repr(["first" in setting.failed, "second" in setting.failed, "third" in setting.failed])
        )

    assert judged(check).message == "[True, False, False]"


def test_what_only_a_reference_can_carry_forward_is_judged_later(judged: Judged) -> None:
    """A function that may be right, given the student's own part."""

    def check(_: Setting) -> Any:
        yield [Call("second"), Ask("second", through={"part": "first"})]
        return Verdict("failed", "no")

    assert "with your own `first`" in judged(check, second=lambda: 1).message
    assert judged(check).message == "no"


def test_what_waits_for_its_parts_is_itself_a_part_that_differs(judged: Judged, tmp_path: Path) -> None:
    """An error goes up as many steps as functions are built upon one another."""

    def check(_: Setting) -> Any:
        yield [Call("second"), Ask("second", through={"part": "first"})]
        return Verdict("failed", "no")

    assert judged(check, second=lambda: 1).outcome == "unjudged"
    assert Judge(Assignment(tmp_path), {"second": lambda: 1}).has_failed("second")


def test_no_answer_that_went_through_a_student_is_recorded(walk: Loaded) -> None:
    """It belongs to that student alone."""

    def check(_: Setting) -> Any:
        state = walk.solution.given["start_of"](2, 1)
        yield [
            Ask("walk", (state, state[:, :1] * state.T, state, 1), through={"step": "step"}),
            Ask("start_of", (1, 1)),
        ]
        return Verdict("passed", "yes")

    held = Held(walk.solution, Planned(check, {}), Setting("walk", ()), Writer())
    held.with_student(LocalSession(walk.solution.namespace))
    assert [status for status, *_ in held.answers.values()] == ["value"]


def test_numbers_that_overflow_in_a_mistake_tell_nothing_to_whoever_builds(walk: Loaded) -> None:
    squared = []

    def check(_: Setting) -> Any:
        [reply] = yield [Call("start_of", (1, 1))]
        if reply.value is None or reply.value.any():
            squared.append(np.float64(1e200) ** 2)
            return Verdict("failed", "no")
        return Verdict("passed", "yes")

    held = Held(walk.solution, Planned(check, {}), Setting("start_of", ()), Writer())
    with warnings.catch_warnings(record=True) as heard:
        held.with_all([])
    assert squared
    assert heard == []


def test_what_is_given_is_the_notebooks_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that `isinstance` says what a student expects; what was deleted comes from the bundle."""
    (tmp_path / "assignment.json").write_text('{"given": ["Tree", "Leaf"]}', encoding="utf-8")
    handed_out = ModuleType("given")
    handed_out.Tree, handed_out.Leaf = "the bundle's tree", "the bundle's leaf"
    monkeypatch.setitem(sys.modules, "autograder.build.bundle.given", handed_out)
    found = Assignment(tmp_path).given({"Tree": "the notebook's tree", "other": 1})
    assert found == {"Tree": "the notebook's tree", "Leaf": "the bundle's leaf"}
