"""Naming the likely cause of wrong answers: a fact that holds on every case, and what usually makes it.

A cause is never read off one number. It must explain all the answers to all cases within the check's own tolerance,
with enough entries to rule out chance; where nothing does, none is named.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.compare import plain
from plugins.checks.advice import hint
from plugins.checks.amounts import FREELY, OF_AMOUNT
from plugins.checks.failures import nothing_returned, of_error
from plugins.checks.functions import OF_FUNCTION, not_summed, same_total
from plugins.checks.parts import Clue, called, parts_of
from plugins.checks.places import OF_FORM, OF_ORDER, turned_shape
from plugins.checks.wording import CHANGED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from autograder.compare import Tolerance
    from autograder.conversation import Case, Reply, Verdict
    from plugins.checks.parts import Explanation, Looked, Named, Part, Seen


def name_cause(
    verdict: Verdict,
    cases: Sequence[Case],
    got: Sequence[Reply],
    right: Sequence[Reply],
    paired: Callable[[Any, Any], Named],
    tolerance: Tolerance,
) -> Verdict:
    """Return the verdict with the cause that explains the answers, if one does and no slip is named already.

    `paired` takes a student's value and the right one apart into what is looked at; an error that is right has none.
    """
    if verdict.outcome != "failed" or verdict.hint:
        return verdict
    asked = [each for each in zip(cases, got, right, strict=True) if each[2].status == "value"]
    clue = _of_replies(verdict, cases, got)
    if clue is None and all(reply.status == "value" for _, reply, _ in asked):
        pairs = [(reply.value, wanted.value) for _, reply, wanted in asked]
        named = [paired(*each) for each in pairs]
        with np.errstate(all="ignore"):
            parts = parts_of([(case, each) for (case, _, _), each in zip(asked, named, strict=True)], tolerance)
            clue = _too_few(pairs) or _of_kind(named) or next(_clues(parts), None)
    return verdict if clue is None else replace(verdict, cause=clue.cause, hint=hint(clue))


def _of_replies(verdict: Verdict, cases: Sequence[Case], got: Sequence[Reply]) -> Clue | None:
    """Return the cause that shows in how a function answers, before its values are looked at."""
    if verdict.evidence is not None and verdict.evidence.got == CHANGED:
        return Clue("changed in place", "")
    first = next((place for place, reply in enumerate(got) if reply.status != "value"), None)
    if first is None:
        return nothing_returned(got)
    rests_on_it = verdict.evidence is not None and verdict.evidence.case == cases[first].label
    return of_error(cases[first], got[first]) if rests_on_it and got[first].status == "error" else None


def _too_few(pairs: Sequence[tuple[Any, Any]]) -> Clue | None:
    """Return the cause where a single thing comes back in the place of several, every time."""
    alone = all(isinstance(want, tuple) and not isinstance(have, (list, tuple, dict)) for have, want in pairs)
    if not pairs or not alone:
        return None
    return Clue("results missing", f"The function returns one thing, where {len(pairs[0][1])} are expected.")


def _of_kind(seen: Sequence[Named]) -> Clue | None:
    """Return the cause where a part is a list in the place of an array, every time."""
    for place, (name, _, _) in enumerate(seen[0] if seen else ()):
        pairs = [(named[place][1], plain(named[place][2])) for named in seen if place < len(named)]
        if all(isinstance(got, (list, tuple)) and isinstance(expected, np.ndarray) for got, expected in pairs):
            return Clue(
                "a list, not an array", f"{called(name)} is a {type(pairs[0][0]).__name__}, where an array is expected."
            )
    return None


def _clues(parts: list[Part]) -> Iterator[Clue]:
    """Yield what explains a part that is wrong; the parts in their order, for each the most specific first."""
    for part in parts:
        if part.wrong:
            yield from _of_another(part, parts)
            for explain in _explanations(part):
                yield from explain(part)


def _explanations(part: Part) -> Iterator[Explanation]:
    yield from OF_FORM
    if part.aligned and part.numbers:
        yield from (*OF_AMOUNT, *OF_FUNCTION)
    if part.aligned:
        yield from OF_ORDER
    if part.aligned and part.numbers:
        yield from FREELY
    if part.numbers:
        yield from (not_summed, same_total, turned_shape)


def _of_another(part: Part, parts: list[Part]) -> Iterator[Clue]:
    """Yield where a part holds what belongs into another."""
    for other in parts:
        theirs = {id(seen.case): seen.expected for seen in other.seen}
        known = other is not part and all(id(seen.case) in theirs for seen in part.seen)
        if known and part.fits(partial(_theirs, right=theirs)):
            yield Clue("mixed up", f"{part.words} holds what belongs into {other.words}.")


def _theirs(seen: Seen, right: dict[int, Any]) -> Looked:
    return seen.got, right[id(seen.case)], None
