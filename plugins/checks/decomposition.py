"""The check `decomposition`: factors of a matrix whose signs, and where values are equal whose rotation, are free."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.compare import Difference, Tolerance, difference_in_form, first_difference, plain
from plugins.checks.slips import name_slip
from plugins.checks.wording import (
    LATER,
    ask_of,
    call_of,
    changed_input,
    failed,
    named_parts,
    no_value,
    passed,
    wrong_count,
)

if TYPE_CHECKING:
    from autograder.conversation import Case, Conversation, Reply, Setting

Parts = list[tuple[str, Any]]
LARGEST = 100_000
"""So many numbers may a factor have that is of the wrong form, and still be looked at for a known mistake."""


def decomposition(setting: Setting, *, relative: float = 1e-6, absolute: float = 1e-8) -> Conversation:
    """The directions are right, whatever their signs.

    The function returns three results: columns U, their weights s and rows Vt. They are right if U s Vt is the right
    matrix and the columns and the rows are orthonormal: these decide the factors up to the signs, and up to a rotation
    among directions of equal weight, which the assignment leaves open.
    """
    tolerance = Tolerance(relative, absolute)
    calls, asks = [call_of(setting, case) for case in setting.cases], [ask_of(setting, case) for case in setting.cases]
    replies = yield [*calls, *asks]
    got, right = replies[: len(calls)], replies[len(calls) :]
    if any(reply.status == "unrecorded" for reply in right):
        return LATER
    for case, reply, expected in zip(setting.cases, got, right, strict=True):
        difference = _difference(setting, case, reply, expected, tolerance)
        if difference is not None:
            verdict, seen = failed(setting, case, difference), partial(_seen, setting)
            return (yield from name_slip(setting, verdict, asks, got, right, tolerance, seen=seen))
    return passed(f"Right on {len(calls)} matrices; no sign was looked at.")


def _difference(setting: Setting, case: Case, reply: Reply, right: Reply, tolerance: Tolerance) -> Difference | None:
    lacking = no_value(reply, setting.function) or wrong_count(setting, reply.value)
    if lacking is not None:
        return lacking
    have, want = named_parts(setting, reply.value, ()), named_parts(setting, right.value, ())
    for (name, got), (_, expected) in zip(have, want, strict=True):
        malformed = difference_in_form(got, expected, name, dtypes=False)
        if malformed is not None:
            return malformed
    for (name, got), (_, expected) in zip(_invariants(have), _invariants(want), strict=True):
        difference = first_difference(got, expected, tolerance, name)
        if difference is not None:
            return difference
    return changed_input(case, reply)


def _invariants(parts: Parts) -> Parts:
    """Return what no change of signs can change: the matrix itself, and the products of its directions."""
    (left, columns), (weight, weights), (right, rows) = ((name, np.asarray(plain(part))) for name, part in parts)
    with np.errstate(all="ignore"):
        return [
            (f"(({left} * {weight}) @ {right})", (columns * weights) @ rows),
            (f"({left}.T @ {left})", columns.T @ columns),
            (f"({right} @ {right}.T)", rows @ rows.T),
        ]


def _seen(setting: Setting, reply: Reply) -> Reply:
    """Return a reply with what does not depend on signs, nor on a rotation: two machines may differ in either."""
    if reply.status != "value" or wrong_count(setting, reply.value) is not None:
        return reply
    parts = named_parts(setting, reply.value, ())
    if any(np.size(plain(part)) > LARGEST for _, part in parts if isinstance(plain(part), np.ndarray)):
        return reply
    try:
        return replace(reply, value=[part for _, part in _invariants(parts)])
    except (TypeError, ValueError):
        return replace(reply, value=[_in_any_direction(part) for _, part in parts])


def _in_any_direction(part: Any) -> Any:
    """Return of a factor that fits no other its shape and its singular values."""
    array = plain(part)
    if not isinstance(array, np.ndarray) or array.ndim != 2 or array.dtype.kind not in "biuf":
        return part
    finite = np.nan_to_num(array.astype(np.float64))
    return [np.array(array.shape), np.linalg.svd(finite, compute_uv=False)]
