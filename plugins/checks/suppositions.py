"""Causes that are found by supposing other inputs: wrong answers that would be right if one input were another.

Whatever lies between an input and the answers, only a mistake in how that input is used gives just these answers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from itertools import permutations
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.compare import difference_in_form, first_difference, plain
from plugins.checks.advice import hint
from plugins.checks.parts import MOST_PARTS, Clue, called, leaves_at, parts_of, spelled

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping, Sequence

    from autograder.compare import Tolerance
    from autograder.conversation import Ask, Case, Question, Reply, Verdict
    from plugins.checks.parts import Named, Path, Seen

MOST_SUPPOSED = 400
MOST_ENTRIES = 50_000
SUPPOSED = "Your answers are just those that would be right"


@dataclass(frozen=True)
class Supposition:
    """One input, or two, that might be another: what they would be, and what it would mean if that were so."""

    clue: Clue
    paths: tuple[Path, ...]
    change: Callable[..., tuple[Any, ...]]

    def of(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Return a case's inputs as they are supposed to be."""
        for path, value in zip(self.paths, self.supposed(inputs), strict=True):
            inputs = _with(inputs, path, value)
        return dict(inputs)

    def supposed(self, inputs: Mapping[str, Any]) -> tuple[Any, ...]:
        """Return what is supposed in the place of some inputs."""
        return self.change(*(_at(inputs, path) for path in self.paths))

    def hands_back(self, inputs: Mapping[str, Any], seen: Seen) -> bool:
        """Whether a part is an input itself: as it is in the student's answer, as it is supposed to be in the other."""
        pairs = zip((_at(inputs, path) for path in self.paths), self.supposed(inputs), strict=True)
        return any(np.array_equal(seen.got, one) and np.array_equal(seen.expected, other) for one, other in pairs)


@dataclass(frozen=True)
class Answered:
    """A case with the inputs that its answers were asked with, and both answers; all that suppositions rest on."""

    case: Case
    inputs: Mapping[str, Any]
    got: Reply
    right: Reply


def name_supposed(
    verdict: Verdict,
    answered: Sequence[Answered],
    ask: Callable[[Answered, dict[str, Any]], Ask],
    paired: Callable[[Any, Any], Named],
    tolerance: Tolerance,
) -> Generator[list[Question], list[Reply], Verdict]:
    """Return the verdict with the cause of a supposition under which every answer is right, if there is one.

    `ask` puts a case's question with supposed inputs, `paired` takes two values apart into what is compared.
    """
    every = [each for each in answered if each.right.status == "value"]
    if verdict.outcome != "failed" or verdict.hint or any(each.got.status != "value" for each in every):
        return verdict
    wrong = [each for each in every if _differs(each, each.right, paired, tolerance)]
    if not wrong or not _small(every) or not _beyond_chance(every, paired, tolerance):
        return verdict
    tried = wrong[len(wrong) // 2]
    left = list(_suppositions(every))[:MOST_SUPPOSED]
    for each in (tried, *(one for one in every if one is not tried)):
        replies = yield [replace(ask(each, supposed.of(each.inputs)), aside=True) for supposed in left]
        pairs = zip(left, replies, strict=True)
        left = [supposed for supposed, reply in pairs if not _differs(each, reply, paired, tolerance, supposed)]
        if not left:
            return verdict
    return replace(verdict, cause=left[0].clue.cause, hint=hint(left[0].clue))


def _differs(
    answered: Answered,
    reply: Reply,
    paired: Callable[[Any, Any], Named],
    tolerance: Tolerance,
    supposed: Supposition | None = None,
) -> bool:
    """Whether the student's answer differs from another; an input that is handed back may, since it is supposed to."""
    if reply.status != "value":
        return True
    for name, have, want in paired(answered.got.value, reply.value):
        if first_difference(have, want, tolerance, name) is None:
            continue
        if supposed is None or difference_in_form(have, want, name, dtypes=False) is not None:
            return True
        with np.errstate(all="ignore"):
            parts = parts_of([(answered.case, [(name, have, want)])], tolerance)
            wrong = [part.seen[0] for part in parts if part.wrong]
        if not wrong or not all(supposed.hands_back(answered.inputs, seen) for seen in wrong):
            return True
    return False


def _beyond_chance(every: Sequence[Answered], paired: Callable[[Any, Any], Named], tolerance: Tolerance) -> bool:
    """Whether so much is wrong that it cannot be explained by chance."""
    seen = [(each.case, paired(each.got.value, each.right.value)) for each in every]
    with np.errstate(all="ignore"):
        parts = parts_of(seen, tolerance)
        counts = [[int(seen.wrong.sum()) for seen in part.seen] for part in parts]
        return any(part.enough(sum(n), sum(map(bool, n))) for part, n in zip(parts, counts, strict=True))


def _small(every: Sequence[Answered]) -> bool:
    """Whether inputs and right answers are short enough to be gone through many times."""
    leaves = [leaf for each in every for _, leaf in (*leaves_at(each.inputs), *leaves_at(each.right.value))]
    return (
        sum(np.size(leaf) if _is_array(leaf) else len(leaf) if _is_list(leaf) else 1 for leaf in leaves) <= MOST_ENTRIES
    )


def _suppositions(every: Sequence[Answered]) -> Iterator[Supposition]:
    """Yield what may be supposed of the inputs that every case has, the plainest first."""
    tables = [dict(leaves_at(each.inputs)) for each in every]
    paths = [path for path in tables[0] if all(path in table for table in tables)][:MOST_PARTS]
    for path in paths:
        yield from _of_one(path, [table[path] for table in tables])
    arrays = [path for path in paths if all(_is_array(table[path]) for table in tables)]
    for one, other in permutations(arrays, 2):
        if all(np.shape(table[one]) == np.shape(table[other]) for table in tables):
            yield from _of_two(one, other)


def _of_one(path: Path, leaves: Sequence[Any]) -> Iterator[Supposition]:
    name = called(spelled(path))
    if all(_is_whole(leaf) for leaf in leaves) and len(path) == 1:  # deeper ones are numbers in a table
        for by, words in ((1, "larger"), (-1, "smaller")):
            fact = f"{SUPPOSED} if {name} were {words} by 1."
            yield Supposition(Clue("off by one", fact), (path,), partial(_plus, by=by))
    elif all(_is_array(leaf) or isinstance(leaf, float) for leaf in leaves):
        yield from _of_numbers(name, path, leaves)
    elif all(_is_list(leaf) for leaf in leaves):
        yield from _of_list(name, path)


def _of_numbers(name: str, path: Path, leaves: Sequence[Any]) -> Iterator[Supposition]:
    bias = all(np.ndim(leaf) == 1 or np.shape(leaf)[-1:] == (1,) for leaf in leaves)
    cause = "missing bias" if bias else "missing term"
    yield Supposition(Clue(cause, f"{SUPPOSED} if {name} were zero: it plays no part yet."), (path,), _zero)
    fact = f"{SUPPOSED} if {name} were 1 everywhere: it plays no part yet."
    yield Supposition(Clue("missing factor", fact), (path,), _one)
    fact = f"{SUPPOSED} if {name} had the other sign."
    yield Supposition(Clue("wrong sign", fact), (path,), _minus)
    if all(np.ndim(leaf) == 2 and len(set(np.shape(leaf))) == 1 for leaf in leaves):
        yield Supposition(Clue("transposed axis", f"{SUPPOSED} if {name} were transposed."), (path,), _turned)
    for factor, words in ((2.0, "twice"), (0.5, "half")):
        fact = f"{SUPPOSED} if {name} were {words} what it is."
        yield Supposition(Clue("constant factor", fact), (path,), partial(_scaled, factor=factor))
    if all(np.ndim(leaf) == 0 for leaf in leaves):
        fact = f"{SUPPOSED} if {name} were 1 divided by itself."
        yield Supposition(Clue("reciprocal", fact), (path,), lambda leaf: (1 / leaf if leaf else leaf,))


def _of_list(name: str, path: Path) -> Iterator[Supposition]:
    fact = f"{SUPPOSED} if {name} came in reverse order."
    yield Supposition(Clue("order reversed", fact), (path,), lambda leaf: (leaf[::-1],))
    for start, stop, which in ((1, None, "first"), (0, -1, "last")):
        fact = f"{SUPPOSED} if {name} lacked its {which} entry."
        yield Supposition(Clue("off by one", fact), (path,), partial(_cut, start=start, stop=stop))
    fact = f"{SUPPOSED} if nothing came twice in {name}."
    yield Supposition(Clue("repetition lost", fact), (path,), _each_once)


def _of_two(one: Path, other: Path) -> Iterator[Supposition]:
    names = called(spelled(one)), called(spelled(other))
    fact = f"{SUPPOSED} if {names[0]} were the same as {names[1]}."
    yield Supposition(Clue("one for the other", fact), (one, other), lambda _, there: (there, there))
    if one < other:
        fact = f"{SUPPOSED} if {names[0]} and {names[1]} changed places."
        yield Supposition(Clue("one for the other", fact), (one, other), lambda here, there: (there, here))


def _zero(leaf: Any) -> tuple[Any]:
    return (leaf * 0.0,)


def _one(leaf: Any) -> tuple[Any]:
    return (leaf * 0.0 + 1.0,)


def _minus(leaf: Any) -> tuple[Any]:
    return (-leaf,)


def _turned(leaf: Any) -> tuple[Any]:
    return (np.ascontiguousarray(leaf.T),)


def _scaled(leaf: Any, factor: float) -> tuple[Any]:
    return (leaf * factor,)


def _plus(leaf: int, by: int) -> tuple[int]:
    return (leaf + by,)


def _cut(leaf: Any, start: int, stop: int | None) -> tuple[Any]:
    return (leaf[start:stop],)


def _each_once(leaf: Any) -> tuple[Any]:
    return (type(leaf)({repr(item): item for item in leaf}.values()),)


def _is_array(leaf: Any) -> bool:
    return isinstance(leaf, np.ndarray) and leaf.dtype.kind == "f"


def _is_whole(leaf: Any) -> bool:
    kind = leaf.dtype.kind if isinstance(leaf, np.ndarray) else type(leaf).__name__
    return kind in ("i", "u", "int")


def _is_list(leaf: Any) -> bool:
    return isinstance(leaf, (list, tuple))


def _at(value: Any, path: Path) -> Any:
    for key in path:
        value = value[key]
    return plain(value)


def _with(value: Any, path: Path, leaf: Any) -> Any:
    """Return a value with another leaf at the end of a path."""
    if not path:
        return leaf
    first, *rest = path
    if isinstance(value, (list, tuple)):
        changed = [_with(each, tuple(rest), leaf) if place == first else each for place, each in enumerate(value)]
        return type(value)(changed)
    return {key: _with(each, tuple(rest), leaf) if key == first else each for key, each in value.items()}
