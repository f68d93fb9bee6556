"""Looking through the known mistakes for the one that explains the student's answers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from plugins.checks.wording import same_reply

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from autograder.compare import Tolerance
    from autograder.conversation import Ask, Question, Reply, Setting, SlipName, Verdict


def name_slip(
    setting: Setting,
    verdict: Verdict,
    asks: Sequence[Ask],
    got: Sequence[Reply],
    right: Sequence[Reply],
    tolerance: Tolerance,
    *,
    inputs: bool = True,
    seen: Callable[[Reply], Reply] = lambda reply: reply,
) -> Generator[list[Question], list[Reply], Verdict]:
    """Return the verdict with the sentence of the slip whose answers are the student's on every one of these questions.

    A slip must differ from the right answers somewhere here, else it explains nothing. With `inputs`, what became of
    the inputs is part of an answer; `seen` leaves of a reply what is looked at.
    """
    answers = [(ask, seen(mine), seen(wanted)) for ask, mine, wanted in zip(asks, got, right, strict=True)]
    for slip in setting.slips:
        if (yield from _explains(slip, answers, tolerance, inputs, seen)):
            return named(verdict, slip)
    return verdict


def _explains(
    slip: SlipName,
    answers: Sequence[tuple[Ask, Reply, Reply]],
    tolerance: Tolerance,
    inputs: bool,
    seen: Callable[[Reply], Reply],
) -> Generator[list[Question], list[Reply], bool]:
    """Return whether a slip's answers are the student's; most slips show at the first case that they are not."""
    differs = False
    for ask, got, right in answers:
        [reply] = yield [replace(ask, slip=slip.name)]
        if reply.status == "unrecorded" or not same_reply(seen(reply), got, tolerance, inputs=inputs):
            return False
        differs = differs or not same_reply(seen(reply), right, tolerance, inputs=inputs)
    return differs


def named(verdict: Verdict, slip: SlipName) -> Verdict:
    """Return the verdict with a slip's name and sentence."""
    return replace(verdict, slip=slip.name, hint=slip.sentence)
