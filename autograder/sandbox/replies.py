"""What a child answers, read as if an enemy had written it: every entry is checked before it is used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast

from autograder.conversation import Call, Reply, Status
from autograder.sandbox.box import RulesBrokenError

CellStatus = Literal["ok", "error", "slow", "late", "killed"]
TEXT_LIMIT = 4_000_000
NAMES_LIMIT, NAMES_IN_ALL, NAME_LENGTH = 2000, 5000, 100
OUTPUTS_LIMIT = 500
OUTPUT_TYPES = ("stream", "display_data", "execute_result", "error")


@dataclass(frozen=True)
class Outcome:
    """How one code cell ran: `outputs` are notebook outputs, `defined` the public functions that it bound."""

    status: CellStatus
    outputs: tuple[dict[str, Any], ...] = ()
    defined: tuple[str, ...] = ()
    note: str = ""

    @property
    def size(self) -> int:
        """How many characters its outputs have."""
        return sum(_size(value) for output in self.outputs for value in output.values())


def _size(value: object) -> int:
    if isinstance(value, dict):
        return sum(len(key) + _size(item) for key, item in value.items())
    if isinstance(value, list):
        return sum(map(_size, value))
    return len(value) if isinstance(value, str) else 0


@dataclass
class Room:
    """What is still kept of a run: characters of output, and names. There is no limit to the number of cells."""

    characters: int = 32_000_000
    names: dict[str, str] = field(default_factory=dict)

    def keep(self, outcome: Outcome) -> Outcome:
        """Return an outcome with no more in it than there is room for."""
        known = [self.names[name] for name in outcome.defined if name in self.names]  # one copy, however often it came
        new = [name for name in outcome.defined if name not in self.names][: NAMES_IN_ALL - len(self.names)]
        self.names.update(zip(new, new, strict=True))
        outcome = replace(outcome, defined=(*known, *new))
        if outcome.size <= self.characters:
            self.characters -= outcome.size
            return outcome
        note = f"{outcome.note} What it showed was left out: the notebook shows too much.".strip()
        return replace(outcome, outputs=(), note=note)


def read_outcome(message: dict[str, Any]) -> Outcome:
    """Return the outcome of a cell; RulesBrokenError if the message is not one."""
    status, outputs, defined = _word(message.get("status")), message.get("outputs"), message.get("defined")
    if status not in ("ok", "error") or not isinstance(outputs, list) or not isinstance(defined, list):
        raise RulesBrokenError("a cell's answer lacks its entries")
    if len(defined) > NAMES_LIMIT or not all(isinstance(name, str) and len(name) <= NAME_LENGTH for name in defined):
        raise RulesBrokenError("a cell's answer has names that are none")
    outcome: CellStatus = "ok" if status == "ok" else "error"
    names = tuple(str(name) for name in defined if name.isidentifier())  # others no cell can have defined by a `def`
    return Outcome(outcome, tuple(_output(each) for each in outputs[:OUTPUTS_LIMIT]), names)


def _word(value: object) -> str:
    """Return a text, and for anything else an empty one: to ask an array whether it is "ok" has no one answer."""
    return str(value) if isinstance(value, str) else ""


def _output(value: object) -> dict[str, Any]:
    """Return one notebook output, rebuilt from known entries alone."""
    kind = _word(value.get("output_type")) if isinstance(value, dict) else ""
    if not isinstance(value, dict) or kind not in OUTPUT_TYPES:
        raise RulesBrokenError("a cell's answer has an output of an unknown kind")
    if kind == "stream":
        name = "stderr" if _word(value.get("name")) == "stderr" else "stdout"
        return {"output_type": kind, "name": name, "text": _text(value.get("text"))}
    if kind == "error":
        lines = value.get("traceback")
        kept = [_text(line) for line in lines[:200]] if isinstance(lines, list) else []
        return {
            "output_type": kind,
            "ename": _text(value.get("ename")),
            "evalue": _text(value.get("evalue")),
            "traceback": kept,
        }
    data = value.get("data")
    items = data.items() if isinstance(data, dict) else ()
    plain = {_text(mime): _text(content) for mime, content in list(items)[:20]}
    output = {"output_type": kind, "data": plain, "metadata": {}}
    return output | {"execution_count": None} if kind == "execute_result" else output


def _text(value: object) -> str:
    return _word(value)[:TEXT_LIMIT]


def read_reply(message: dict[str, Any], call: Call, seconds: float) -> Reply:
    """Return the reply to a call, whose arguments stand as they were unless it says otherwise."""
    status, error, printed = (_word(message.get(entry)) for entry in ("status", "error", "printed"))
    arguments, keywords = message.get("arguments", call.arguments), message.get("keywords", call.keywords)
    if status not in ("value", "error", "missing"):
        raise RulesBrokenError("a call's answer lacks its entries")
    if not isinstance(arguments, tuple) or not isinstance(keywords, Mapping):
        raise RulesBrokenError("a call's answer has arguments that are none")
    value, error, printed = message.get("value"), error[:2000], printed[:10_000]
    return Reply(cast("Status", status), value, error, arguments, keywords, printed, seconds, *_watched(message))


def _watched(message: dict[str, Any]) -> tuple[int, str, tuple[str, ...]]:
    steps, busiest, called = message.get("steps", 0), _word(message.get("busiest")), message.get("called", [])
    if type(steps) is not int or steps < 0 or not isinstance(called, list):
        raise RulesBrokenError("a call's answer has counts that are none")
    return steps, busiest[:NAME_LENGTH], tuple(_word(name)[:NAME_LENGTH] for name in called[:NAMES_LIMIT])
