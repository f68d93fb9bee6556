"""What checks have in common: questions about a case, replies that give no value, and verdicts in words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.compare import Difference, Tolerance, first_difference, kind_of, name_results, plain, shown
from autograder.conversation import Ask, Call, Case, Evidence, Made, Reply, Setting, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

EXACTLY = Tolerance(0.0, 0.0)
LONGEST_CALL = 240
MOST_ENTRIES = 24
MISSING, UNWRITTEN, CHANGED = "missing", "not written", "changed"
LATER = Verdict("unjudged", "This is judged after submission.")


def call_of(setting: Setting, case: Case) -> Call:
    """Return the question that a case puts to the student's function."""
    return Call(setting.function, case.arguments, case.keywords)


def ask_of(setting: Setting, case: Case, **how: Any) -> Ask:
    """Return the same question to the reference."""
    return Ask(setting.function, case.arguments, case.keywords, **how)


def passed(message: str, *, carried_forward: bool = False) -> Verdict:
    """Return the verdict of a check that found nothing."""
    return Verdict("passed", message, carried_forward=carried_forward)


def failed(setting: Setting, case: Case, difference: Difference, called: str = "") -> Verdict:
    """Return the verdict of a check that found a difference on a case; `called` where that is not the case's inputs."""
    given = f", with {case.label}" if case.label and difference.got not in (MISSING, UNWRITTEN) else ""
    message = ended(f"{setting.function}: {difference.problem.rstrip('.')}{given}")
    evidence = Evidence(
        called=called or signature(setting.function, case),
        case=case.label,
        where=difference.where,
        got=difference.got,
        expected=difference.expected,
        relative_error=difference.relative_error,
        limit=difference.limit,
    )
    return Verdict("failed", message, evidence=evidence)


def ended(sentence: str) -> str:
    """Return a sentence with a mark at its end."""
    return sentence if sentence.endswith(("?", "!")) else f"{sentence.rstrip('.')}."


def signature(function: str, case: Case) -> str:
    """Return a call as it may be written: with its inputs where they are short, else with their names."""
    inputs = [f"{name}={_literal(value)}" for name, value in case.inputs.items() if _entries(value) <= MOST_ENTRIES]
    whole = f"{function}({', '.join(inputs)})"
    small = len(inputs) == len(case.inputs) and len(whole) <= LONGEST_CALL and "…" not in whole
    return whole if small else f"{function}({', '.join(case.inputs)})"


def _entries(value: Any) -> int:
    value = plain(value)
    if isinstance(value, np.ndarray):
        return int(value.size)
    if isinstance(value, dict):
        return sum(map(_entries, value.values()))
    return sum(map(_entries, value)) if isinstance(value, (list, tuple)) else 1


def _literal(value: Any) -> str:
    """Return a value as Python writes it, numbers to six digits; an ellipsis for what cannot be written so."""
    if isinstance(value, Made):
        keywords = [f"{name}={_literal(each)}" for name, each in value.keywords.items()]
        return f"{value.function}({', '.join([*map(_literal, value.arguments), *keywords])})"
    value = plain(value)
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {_literal(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    if isinstance(value, tuple):
        return f"({', '.join(map(_literal, value))}{',' if len(value) == 1 else ''})"
    return shown(value) if isinstance(value, (str, int, float, np.generic)) or value is None else "…"


def no_value(reply: Reply, function: str) -> Difference | None:
    """Return why a reply has no value, or None if it has one."""
    if reply.status == "value":
        return None
    lead = {"error": "it raised", "timed out": "it took too long:", "crashed": "it ended the process:"}.get(
        reply.status, ""
    )
    problem = ended(f"{lead} {reply.error}".strip())
    if reply.error.startswith("NotImplementedError") and (f" of {function}:" in reply.error or "(" not in reply.error):
        return Difference("", "it is not written yet: it raises NotImplementedError, as in the handout.", UNWRITTEN)
    return Difference("", problem, MISSING if reply.status == "missing" else "")


def named_parts(setting: Setting, value: Any, only: tuple[str, ...] | list[str]) -> list[tuple[str, Any]]:
    """Return the named entries of a result that are looked at, each brought to its accepted form."""
    parts = name_results(setting.results, value)
    wanted = [(name, part) for name, part in parts if not only or name in only]
    return [(name, setting.conventions.get(name, _as_it_is)(part)) for name, part in wanted]


def paired(setting: Setting, only: Any, got: Any, right: Any) -> list[tuple[str, Any, Any]]:
    """Return the named entries of a result that are looked at, the student's beside the right ones."""
    pairs = zip(named_parts(setting, got, only), named_parts(setting, right, only), strict=False)
    return [(name, have, want) for (name, have), (_, want) in pairs]


def looked_at(setting: Setting, reply: Reply, only: tuple[str, ...]) -> Reply:
    """Return a reply with no more of its value than a check looks at."""
    if reply.status != "value":
        return reply
    return replace(reply, value=[part for _, part in named_parts(setting, reply.value, only)])


def _as_it_is(value: Any) -> Any:
    return value


def wrong_count(setting: Setting, got: Any, only: tuple[str, ...] = ()) -> Difference | None:
    """Return a difference if a result has not an entry for each of its names; with `only`, for each of these."""
    names = setting.results
    count = len(got) if isinstance(got, (tuple, list)) else 0
    if len(names) < 2 or count == len(names) or (only and set(only) <= set(names[:count])):
        return None
    have, wanted = kind_of(got), f"{len(names)} entries: {', '.join(names)}"
    return Difference("the result", f"the result is {have}, expected {wanted}.", have, wanted)


def changed_input(case: Case, reply: Reply, may_change: Iterable[str] = ()) -> Difference | None:
    """Return a difference if a call changed an input that it was to leave alone."""
    by_position = [name for name in case.inputs if name not in case.by_keyword]
    now = dict(zip(by_position, reply.arguments, strict=False)) | dict(reply.keywords)
    for name, sent in case.inputs.items():
        if name in may_change or name not in now or now[name] is sent:
            continue
        if first_difference(now[name], sent, EXACTLY) is not None:
            return Difference(
                name, f"the call changed its input `{name}`, which must stay as it was.", CHANGED, "unchanged"
            )
    return None


def same_reply(one: Reply, other: Reply, tolerance: Tolerance, *, inputs: bool) -> bool:
    """Whether two replies agree: in value and, with `inputs`, in what became of those; or in giving no value."""
    if one.status != other.status:
        return False
    if one.status != "value":
        return True
    pairs = [(one.value, other.value)]
    if inputs:
        pairs += [(one.arguments, other.arguments), (dict(one.keywords), dict(other.keywords))]
    return all(first_difference(a, b, tolerance) is None for a, b in pairs)
