"""What is carried forward: answers that are right given a wrong part, but none that are constant where the right vary."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograder.conversation import Call, Case, Reply, Setting, drive
from plugins.checks.values import degenerate, values

PLACES, WEIGHTS = np.array([3, 1, 2]), np.array([0.5, 0.25, 0.25])


@pytest.mark.parametrize(
    ("got", "right"),
    [
        (PLACES[::-1], PLACES),
        ([2, 1, 3], PLACES),
        ([1, 2, 3], [3, 1, 2]),
        (WEIGHTS * 2, WEIGHTS),
        ((WEIGHTS * 2, np.zeros(3, dtype=int)), (WEIGHTS, PLACES)),
        (PLACES, WEIGHTS),
        ({"fires": WEIGHTS > 0.3}, {"fires": WEIGHTS}),
    ],
)
def test_what_varies_can_be_carried(got: Any, right: Any) -> None:
    assert not degenerate([Reply("value", got)], [Reply("value", right)])


@pytest.mark.parametrize(
    ("got", "right"),
    [
        (np.zeros(3, dtype=int), PLACES),
        ([1, 1, 1], PLACES),
        (np.zeros(3), WEIGHTS),
        ((np.zeros(3), PLACES), (WEIGHTS, PLACES)),
        ({"fires": WEIGHTS > 1}, {"fires": WEIGHTS}),
    ],
)
def test_what_is_constant_carries_nothing(got: Any, right: Any) -> None:
    assert degenerate([Reply("value", got)], [Reply("value", right)])


@pytest.mark.parametrize(("got", "nothing"), [([2.0, 3.0], False), ([np.array([2]), 3], False), ([2.0, 2.0], True)])
def test_single_numbers_carry_nothing_if_they_are_the_same_in_every_case(got: list[Any], nothing: bool) -> None:
    right = [Reply("value", 0.5), Reply("value", 0.25)]
    assert degenerate([Reply("value", each) for each in got], right) is nothing


@pytest.mark.parametrize(("error", "carried"), [("ValueError: k is too large", True), ("KeyError: 9", False)])
def test_an_error_in_a_part_is_carried_forward_where_some_inputs_must_raise(error: str, carried: bool) -> None:
    """The part is twice as large as it should be, and the sum that is built on it right given that."""
    cases = tuple(Case({"k": k}) for k in (2, 3, 9))
    setting = Setting("total", cases, failed=frozenset({"part"}))

    def answer(question: Any) -> Reply:
        k = question.arguments[0]
        mine = isinstance(question, Call) or question.through
        if k == 9:
            return Reply("error", error=error if isinstance(question, Call) else "ValueError: no such k")
        return Reply("value", float(2 * k if mine else k), arguments=question.arguments)

    check = values(setting, raises=["ValueError"], parts={"part": "part"})
    verdict = drive(check, lambda questions: [answer(each) for each in questions])
    assert (verdict.outcome, verdict.carried_forward) == (("passed", True) if carried else ("failed", False))
