"""Answers of the reference as they were recorded when the bundle was built, found again by their questions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from autograder.build.bundle.plain import Reader, Writer, digest_of
from autograder.conversation import Reply
from autograder.sandbox.worker.values import Kept, Made

if TYPE_CHECKING:
    from collections.abc import Mapping

    from autograder.conversation import Ask


class Keys:
    """Names the questions of one conversation: equal questions after an equal past have equal keys."""

    def __init__(self) -> None:
        """Start a conversation in which nothing has been kept."""
        self.kept: dict[str, str] = {}

    def key(self, ask: Ask) -> str:
        """Return the key of a question, and remember what it keeps or changes."""
        writer = Writer()
        inputs = self._resolved((tuple(ask.arguments), dict(ask.keywords)))
        on = ask.on and self.kept.get(ask.on, ask.on)
        tree = [ask.function, writer.tree(inputs), on, ask.slip, sorted(ask.through.items())]
        key = digest_of(json.dumps(tree).encode())
        for name in (ask.keep, ask.on):
            if name is not None:
                self.kept[name] = key
        return key

    def _resolved(self, value: Any) -> Any:
        """Put in the place of what was kept the key of the question that kept it."""
        match value:
            case Kept():
                return Kept(self.kept.get(value.name, value.name), value.path)
            case Made():
                return Made(value.function, self._resolved(value.arguments), self._resolved(dict(value.keywords)))
            case tuple() | list():
                return type(value)(self._resolved(item) for item in value)
            case dict():
                return {key: self._resolved(item) for key, item in value.items()}
        return value


def record(ask: Ask, reply: Reply, writer: Writer) -> list[Any]:
    """Return an answer as it is kept; one that left its arguments as they were does not repeat them."""
    afterwards = (tuple(reply.arguments), dict(reply.keywords))
    same = Writer().tree(afterwards) == Writer().tree((tuple(ask.arguments), dict(ask.keywords)))
    return [reply.status, writer.tree(reply.value), reply.error, None if same else writer.tree(afterwards)]


def replayed(answers: Mapping[str, list[Any]], reader: Reader, keys: Keys, ask: Ask) -> Reply:
    """Return the recorded answer to a question, or a reply that says that there is none."""
    record = answers.get(keys.key(ask))
    if record is None:
        return Reply(status="unrecorded")
    status, value, error, afterwards = record
    arguments, keywords = (ask.arguments, ask.keywords) if afterwards is None else reader.value(afterwards)
    return Reply(status, reader.value(value), error, arguments, keywords)
