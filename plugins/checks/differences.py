"""Central differences of a student's own function: what its gradient must be, entry by entry or along a direction."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.compare import plain
from autograder.conversation import Call, Case, Reply

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

STEP = 1e-3
POINTS = ((1, 2 / 3), (-1, -2 / 3), (2, -1 / 12), (-2, 1 / 12))
"""The four-point rule: with step 1e-3 its error is near 1e-12 where a two-point rule leaves 1e-8."""
ENTRIES_LIMIT = 64


@dataclass(frozen=True)
class Probe:
    """One derivative to be measured: of which input, along which direction, and for which entry if it is only one."""

    gradient: str
    path: tuple[str, ...]
    direction: Array
    entry: tuple[int, ...] | None


def input_at(case: Case, path: Sequence[str]) -> Array:
    """Return the input array that lies under a path such as ("parameters", "Wax")."""
    value: Any = case.inputs
    for key in path:
        value = value[key]
    return np.asarray(value, dtype=np.float64)


def moved(case: Case, path: Sequence[str], by: Array) -> Case:
    """Return the case with one of its input arrays moved."""
    first, *rest = path
    return Case(
        dict(case.inputs) | {first: _moved(case.inputs[first], rest, by)}, case.label, case.size, case.by_keyword
    )


def _moved(value: Any, path: Sequence[str], by: Array) -> Any:
    if not path:
        return np.asarray(value) + by
    return dict(value) | {path[0]: _moved(value[path[0]], path[1:], by)}


def probes(case: Case, paths: dict[str, tuple[str, ...]], seed: int) -> list[Probe]:
    """Return a probe for every entry of every input if they are few, else two random directions for each input."""
    total = sum(input_at(case, path).size for path in paths.values())
    found: list[Probe] = []
    for gradient, path in paths.items():
        shape = input_at(case, path).shape
        if total <= ENTRIES_LIMIT:
            found.extend(Probe(gradient, path, _unit(shape, index), index) for index in np.ndindex(*shape))
        else:
            found.extend(Probe(gradient, path, noise(shape, f"{seed} {gradient} {n}"), None) for n in range(2))
    return found


def _unit(shape: tuple[int, ...], index: tuple[int, ...]) -> Array:
    direction = np.zeros(shape)
    direction[index] = 1.0
    return direction


def noise(shape: tuple[int, ...], seed: str) -> Array:
    """Return numbers between -1 and 1; the standard library's generator gives the same ones under every version."""
    source = random.Random(seed)  # noqa: S311  (no secret hangs on it)
    return np.array([source.uniform(-1, 1) for _ in range(math.prod(shape))]).reshape(shape)


def probe_calls(forward: str, case: Case, probe: Probe) -> list[Call]:
    """Return the calls of the student's forward function that one probe needs."""
    cases = (moved(case, probe.path, offset * STEP * probe.direction) for offset, _ in POINTS)
    return [Call(forward, each.arguments, each.keywords) for each in cases]


def derivative(replies: Sequence[Reply], upstream: dict[int | None, Array]) -> float:
    """Return the measured derivative of the sum of upstream times result; NaN if a reply has no such result."""
    total = 0.0
    for reply, (_, weight) in zip(replies, POINTS, strict=True):
        total += weight * weighted_sum(reply, upstream)
    return total / STEP


def weighted_sum(reply: Reply, upstream: dict[int | None, Array]) -> float:
    """Return the sum of upstream times result over the results that have an upstream gradient."""
    if reply.status != "value":
        return math.nan
    total = 0.0
    for index, weights in upstream.items():
        result = np.asarray(plain(result_at(reply.value, index)))
        if result.shape != weights.shape or result.dtype.kind not in "biuf":
            return math.nan
        total += float(np.sum(result * weights))
    return total


def result_at(value: Any, index: int | None) -> Any:
    """Return an entry of a result, or the result itself; what is no tuple or list is its own first entry."""
    if index is None or (index == 0 and not isinstance(value, (tuple, list))):
        return value
    return value[index] if isinstance(value, (tuple, list)) and index < len(value) else None
