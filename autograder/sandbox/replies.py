"""What a child answers, read as if an enemy had written it: every entry is checked before it is used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from autograder.conversation import Call, Reply
from autograder.sandbox.box import RulesBrokenError

CellStatus = Literal["ok", "error", "slow", "late", "killed"]
TEXT_LIMIT = 4_000_000
NAMES_LIMIT = 2000
OUTPUTS_LIMIT = 500
OUTPUT_TYPES = ("stream", "display_data", "execute_result", "error")


@dataclass(frozen=True)
class Outcome:
    """How one code cell ran: `outputs` are notebook outputs, `defined` the public functions that it bound."""

    status: CellStatus
    outputs: tuple[dict[str, Any], ...] = ()
    defined: tuple[str, ...] = ()
    note: str = ""


def read_outcome(message: dict[str, Any]) -> Outcome:
    """Return the outcome of a cell; RulesBrokenError if the message is not one."""
    status, outputs, defined = message.get("status"), message.get("outputs"), message.get("defined")
    if status not in ("ok", "error") or not isinstance(outputs, list) or not isinstance(defined, list):
        raise RulesBrokenError("a cell's answer lacks its entries")
    if not all(isinstance(name, str) for name in defined) or len(defined) > NAMES_LIMIT:
        raise RulesBrokenError("a cell's answer has names that are none")
    return Outcome(status, tuple(_output(each) for each in outputs[:OUTPUTS_LIMIT]), tuple(defined))


def _output(value: object) -> dict[str, Any]:
    """Return one notebook output, rebuilt from known entries alone."""
    if not isinstance(value, dict) or value.get("output_type") not in OUTPUT_TYPES:
        raise RulesBrokenError("a cell's answer has an output of an unknown kind")
    kind = value["output_type"]
    if kind == "stream":
        name = "stderr" if value.get("name") == "stderr" else "stdout"
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
    return value[:TEXT_LIMIT] if isinstance(value, str) else ""


def read_reply(message: dict[str, Any], call: Call, seconds: float) -> Reply:
    """Return the reply to a call, whose arguments stand as they were unless it says otherwise."""
    status, error, printed = message.get("status"), message.get("error", ""), message.get("printed", "")
    arguments, keywords = message.get("arguments", call.arguments), message.get("keywords", call.keywords)
    if status not in ("value", "error", "missing") or not isinstance(error, str) or not isinstance(printed, str):
        raise RulesBrokenError("a call's answer lacks its entries")
    if not isinstance(arguments, tuple) or not isinstance(keywords, Mapping):
        raise RulesBrokenError("a call's answer has arguments that are none")
    return Reply(status, message.get("value"), error[:2000], arguments, keywords, printed[:10_000], seconds)
