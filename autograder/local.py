"""A session in this very process: for the reference, for the student's own notebook, and for tests."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from autograder.conversation import Call, Reply
from autograder.sandbox.worker.calls import Functions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class LocalSession:
    """Answers calls with functions of a namespace; it confines nothing, so it is never given a submission."""

    def __init__(
        self, namespace: Mapping[str, Any], given: Mapping[str, Any] | None = None, *, capture: bool = True
    ) -> None:
        """Answer with these functions; `given` builds what is to be made, `capture` keeps prints from the screen."""
        self.functions = Functions(namespace, given or {}, capture=capture)

        self.trainings = Trainings()

    def call(self, calls: list[Call]) -> list[Reply]:
        """Return one reply for each call, in order."""
        return self.trainings.shared(calls, self._call)

    def _call(self, calls: list[Call]) -> list[Reply]:
        return [self._answer(call) for call in calls]

    def _answer(self, call: Call) -> Reply:
        started = time.perf_counter()
        outcome = {"arguments": call.arguments, "keywords": call.keywords} | self.functions.answer(plain_call(call))
        return Reply(**outcome, seconds=time.perf_counter() - started)


class Trainings:
    """What trainings replied, so that the checks of a task share them for as long as what they keep is there."""

    def __init__(self) -> None:
        """Know of no training."""
        self.replies: dict[tuple[str, str | None], Reply] = {}

    def shared(self, calls: list[Call], ask: Callable[[list[Call]], list[Reply]]) -> list[Reply]:
        """Return one reply for each call; one training alone is asked for once."""
        if len(calls) != 1 or not calls[0].training:
            return ask(calls)
        key = calls[0].function, calls[0].keep
        if key not in self.replies:
            [self.replies[key]] = ask(calls)
        return [self.replies[key]]

    def forget(self) -> None:
        """Forget the replies that have a value: what they have kept is gone. That one gave none stays known."""
        self.replies = {key: reply for key, reply in self.replies.items() if reply.status != "value"}


def plain_call(call: Call) -> dict[str, Any]:
    """Return a call as the plain dict that crosses the wall."""
    return {
        "function": call.function,
        "arguments": tuple(call.arguments),
        "keywords": dict(call.keywords),
        "keep": call.keep,
        "on": call.on,
        "watched": call.watched,
    }
