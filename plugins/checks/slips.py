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
    got, right = [seen(reply) for reply in got], [seen(reply) for reply in right]
    for slip in setting.slips:
        mistaken = yield [replace(ask, slip=slip.name) for ask in asks]
        if _explains([seen(reply) for reply in mistaken], got, right, tolerance, inputs=inputs):
            return named(verdict, slip)
    return verdict


def _explains(
    mistaken: Sequence[Reply], got: Sequence[Reply], right: Sequence[Reply], tolerance: Tolerance, *, inputs: bool
) -> bool:
    if any(reply.status == "unrecorded" for reply in mistaken):
        return False
    if all(same_reply(a, b, tolerance, inputs=inputs) for a, b in zip(mistaken, right, strict=True)):
        return False
    return all(same_reply(a, b, tolerance, inputs=inputs) for a, b in zip(mistaken, got, strict=True))


def named(verdict: Verdict, slip: SlipName) -> Verdict:
    """Return the verdict with a slip's name and sentence."""
    return replace(verdict, slip=slip.name, hint=slip.sentence)
