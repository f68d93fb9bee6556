"""Named properties of a function: what happens to its result when its inputs are changed in a way that is known.

Each takes a case, a source of chance and what the assignment says, and returns a `Trial`: which further inputs to try,
and what must then be equal. None stands for a case that is too small to show anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from autograder.conversation import Case

Axes = Mapping[str, Any]
"""By the name of an input or a result, an axis or a list of axes."""
Results = Mapping[str, Any]
Pairs = list[tuple[str, Any, Any]]
"""What is looked at: its name, what the student's function returned, and what had to be equal to it."""
SINGLES = 5
"""So many entries of a batch are tried alone."""


@dataclass(frozen=True)
class Trial:
    """Further cases to try, the pairs that must then agree, and the promise in words."""

    words: str
    compare: Callable[[Results, Sequence[Results]], Pairs]
    cases: tuple[Case, ...] = ()


def permutation(case: Case, random: np.random.Generator, *, inputs: Axes, results: Axes | None = None) -> Trial | None:
    """Inputs in another order along an axis: these results come in that order too, all others stay as they are."""
    count = _length(case, inputs)
    if count < 2:
        return None
    order = random.permutation(count)
    if (order == np.arange(count)).all():
        order = np.roll(order, 1)
    moved, kept = dict(results or {}), [int(place) for place in order]

    def compare(base: Results, others: Sequence[Results]) -> Pairs:
        return [(name, part, _along(base[name], kept, moved.get(name, ()))) for name, part in others[0].items()]

    then = f"{_listed(moved)} must come in that order too" if moved else "the result must stay as it is"
    words = f"with {_listed(inputs)} in another order ({_shortened(kept)}), {then}"
    return Trial(
        words, compare, (_with(case, {name: _along(case.inputs[name], kept, axes) for name, axes in inputs.items()}),)
    )


def padding(
    case: Case,
    random: np.random.Generator,
    *,
    inputs: Axes,
    fill: Mapping[str, Any] | None = None,
    results: Axes | None = None,
) -> Trial | None:
    """Inputs with something added at the end: what stood before keeps its results."""
    count, more = _length(case, inputs), int(random.integers(1, 4))
    cut, fills = dict(results or {}), dict(fill or {})

    def compare(base: Results, others: Sequence[Results]) -> Pairs:
        return [
            (name, _along(part, list(range(count)), cut[name]) if name in cut else part, base[name])
            for name, part in others[0].items()
        ]

    where = f" in its first {count} entries" if cut else ""
    words = f"with {more} more of padding at the end of {_listed(inputs)}, the result must stay as it is{where}"
    padded = {name: _padded(case.inputs[name], more, axes, fills.get(name, 0)) for name, axes in inputs.items()}
    return Trial(words, compare, (_with(case, padded),))


def one_by_one(case: Case, random: np.random.Generator, *, inputs: Axes, results: Axes) -> Trial | None:
    """A batch gives what each of its entries gives alone."""
    count = _length(case, inputs)
    places = sorted(int(place) for place in random.permutation(count)[:SINGLES])
    alone = [
        _with(case, {name: _along(case.inputs[name], [place], axes) for name, axes in inputs.items()})
        for place in places
    ]

    def compare(base: Results, others: Sequence[Results]) -> Pairs:
        return [
            (f"{name} of entry {place} alone", single[name], _along(base[name], [place], axes))
            for place, single in zip(places, others, strict=True)
            for name, axes in results.items()
        ]

    words = f"an entry of {_listed(inputs)} alone must give what it gives among others"
    return Trial(words, compare, tuple(alone)) if places else None


def causality(case: Case, random: np.random.Generator, *, inputs: Axes, results: Axes) -> Trial | None:
    """What comes later changes nothing in what was before."""
    count = _length(case, inputs)
    if count < 2:
        return None
    last = int(random.integers(count - 1))
    seen = list(range(last + 1))
    order = seen + [place % (last + 1) for place in range(count - last - 1)]

    def compare(base: Results, others: Sequence[Results]) -> Pairs:
        return [
            (name, _along(others[0][name], seen, axes), _along(base[name], seen, axes))
            for name, axes in results.items()
        ]

    words = f"what comes after entry {last} of {_listed(inputs)} must change nothing up to that entry"
    later = {name: _along(case.inputs[name], order, axes) for name, axes in inputs.items()}
    return Trial(words, compare, (_with(case, later),))


def rows_sum_to_one(_case: Case, _random: np.random.Generator, *, results: Axes) -> Trial:
    """Along this axis each result sums to one, and nothing in it is below zero."""

    def compare(base: Results, _: Sequence[Results]) -> Pairs:
        sums = [
            (f"the sum of {name} along axis {axis}", np.sum(base[name], axis=axis)) for name, axis in results.items()
        ]
        below = [(name, base[name], np.maximum(base[name], 0)) for name in results]
        return [*((name, part, np.ones(np.shape(part))) for name, part in sums), *below]

    return Trial(f"{_listed(results)} must sum to one, and have nothing below zero", compare)


def unit_length(_case: Case, _random: np.random.Generator, *, results: Axes) -> Trial:
    """Along this axis each result has length one, where it is not all zeros."""

    def compare(base: Results, _: Sequence[Results]) -> Pairs:
        lengths = [
            (f"the length of {name} along axis {axis}", np.linalg.norm(base[name], axis=axis))
            for name, axis in results.items()
        ]
        return [(name, part, np.where(part > 0, 1.0, 0.0)) for name, part in lengths]

    return Trial(f"{_listed(results)} must have length one, where they are not all zeros", compare)


def between(
    _case: Case, _random: np.random.Generator, *, results: Sequence[str], low: float = -np.inf, high: float = np.inf
) -> Trial:
    """Nothing in these results is lower, or higher."""

    def compare(base: Results, _: Sequence[Results]) -> Pairs:
        return [(name, base[name], np.clip(base[name], low, high)) for name in results]

    limits = [f"at least {low:g}"] * (low > -np.inf) + [f"at most {high:g}"] * (high < np.inf)
    return Trial(f"{' and '.join(results)} must be {' and '.join(limits)}", compare)


def symmetry(_case: Case, _random: np.random.Generator, *, results: Sequence[str]) -> Trial:
    """These results are their own transposes."""

    def compare(base: Results, _: Sequence[Results]) -> Pairs:
        return [(name, base[name], np.swapaxes(base[name], -1, -2)) for name in results]

    return Trial(f"{' and '.join(results)} must be symmetric", compare)


def exchange(case: Case, _random: np.random.Generator, *, inputs: Sequence[str], results: Sequence[str] = ()) -> Trial:
    """Two inputs in each other's places: these results come out transposed, all others stay as they are."""
    one, other = inputs
    swapped = _with(case, {one: case.inputs[other], other: case.inputs[one]})

    def compare(base: Results, others: Sequence[Results]) -> Pairs:
        return [
            (name, part, np.swapaxes(base[name], -1, -2) if name in results else base[name])
            for name, part in others[0].items()
        ]

    then = f"{' and '.join(results)} must come out transposed" if results else "the result must stay as it is"
    return Trial(f"with {one} and {other} in each other's places, {then}", compare, (swapped,))


def shift(case: Case, random: np.random.Generator, *, inputs: Axes, by: float = 10.0) -> Trial:
    """A constant added to everything along an axis changes nothing."""
    shifted = {}
    for name, axis in inputs.items():
        part = np.asarray(case.inputs[name], dtype=float)
        shape = list(part.shape)
        shape[axis] = 1
        shifted[name] = part + by * random.uniform(0.5, 1.0, shape)

    words = f"with a constant added to {_listed(inputs)}, the result must stay as it is"
    return Trial(words, _unchanged, (_with(case, shifted),))


def scale(case: Case, random: np.random.Generator, *, inputs: Axes, power: int = 0) -> Trial:
    """Inputs times a factor: the result times this power of it; for an axis, each entry along it has its own factor."""
    one = int(random.integers(2, 6))
    scaled = {}
    for name, axes in inputs.items():
        part = np.asarray(case.inputs[name])
        own = [part.shape[axis] if axis in [a % part.ndim for a in _axes(axes)] else 1 for axis in range(part.ndim)]
        scaled[name] = part * (random.integers(2, 6, own) if _axes(axes) else one)

    def compare(base: Results, others: Sequence[Results]) -> Pairs:
        return [(name, part, base[name] * one**power if power else base[name]) for name, part in others[0].items()]

    what = " and ".join(inputs)
    factor = (
        f"with each of {_listed(inputs)} times a factor of its own"
        if any(map(_axes, inputs.values()))
        else f"with {what} times {one}"
    )
    then = f"the result must be {one**power} times as large" if power else "the result must stay as it is"
    return Trial(f"{factor}, {then}", compare, (_with(case, scaled),))


def additivity(case: Case, random: np.random.Generator, *, inputs: Axes) -> Trial | None:
    """Inputs in two parts: the two results add up to that of the whole."""
    count = _length(case, inputs)
    if count < 2:
        return None
    cut = int(random.integers(1, count))
    parts = [
        _with(case, {name: _along(case.inputs[name], places, axes) for name, axes in inputs.items()})
        for places in (list(range(cut)), list(range(cut, count)))
    ]

    def compare(base: Results, others: Sequence[Results]) -> Pairs:
        apart = [(f"{name} of one part", other[name], part) for name, part in base.items() for other in others]
        unlike = [(name, have, want) for name, have, want in apart if np.shape(have) != np.shape(want)]
        return unlike or [(name, part, np.add(others[0][name], others[1][name])) for name, part in base.items()]

    words = (
        f"the results for the first {cut} entries of {_listed(inputs)} and for the others must add up to that for all"
    )
    return Trial(words, compare, tuple(parts))


PROPERTIES: dict[str, Callable[..., Trial | None]] = {
    "permutation": permutation,
    "padding": padding,
    "one by one": one_by_one,
    "causality": causality,
    "rows sum to one": rows_sum_to_one,
    "unit length": unit_length,
    "between": between,
    "symmetry": symmetry,
    "exchange": exchange,
    "shift": shift,
    "scale": scale,
    "additivity": additivity,
}
"""By the names that `assignment.toml` uses."""


def _unchanged(base: Results, others: Sequence[Results]) -> Pairs:
    return [(name, part, base[name]) for name, part in others[0].items()]


def _with(case: Case, inputs: Mapping[str, Any]) -> Case:
    return replace(case, inputs=dict(case.inputs) | dict(inputs))


def _axes(axes: Any) -> tuple[int, ...]:
    return (axes,) if isinstance(axes, int) else tuple(axes)


def _length(case: Case, inputs: Axes) -> int:
    """Return how many entries the inputs have along their axes; they must all have as many."""
    counts = {_count(case.inputs[name], axis) for name, axes in inputs.items() for axis in _axes(axes)}
    if len(counts) != 1:
        raise ValueError(f"{_listed(inputs)} must all have the same length, and have {sorted(counts)}")
    return counts.pop()


def _count(value: Any, axis: int) -> int:
    return int(value.shape[axis]) if isinstance(value, np.ndarray) else len(value)


def _along(value: Any, places: list[int], axes: Any) -> Any:
    """Return the entries at these places along each of the axes; what has no such places is left as it is."""
    for axis in _axes(axes):
        if isinstance(value, np.ndarray) and -value.ndim <= axis < value.ndim and value.shape[axis] > max(places):
            value = np.take(value, places, axis)
        elif isinstance(value, (list, tuple)) and axis == 0 and len(value) > max(places):
            value = [value[place] for place in places]
    return value


def _padded(value: Any, more: int, axes: Any, fill: Any) -> Any:
    for axis in _axes(axes):
        if isinstance(value, np.ndarray):
            shape = list(value.shape)
            shape[axis] = more
            value = np.concatenate([value, np.full(shape, fill, value.dtype)], axis)
        else:
            value = [*value, *[fill] * more]
    return value


def _listed(axes: Axes) -> str:
    """Return names with the axes that are meant."""
    said = []
    for name, own in axes.items():
        places = _axes(own)
        where = f" along axis {places[0]}" if len(places) == 1 else f" along axes {places}" if places else ""
        said.append(f"{name}{where}")
    return " and ".join(said)


def _shortened(order: list[int]) -> str:
    shown = ", ".join(map(str, order[:8]))
    return f"{shown}, …" if len(order) > 8 else shown
