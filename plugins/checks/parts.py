"""A student's answers beside the right ones, part by part over all cases: what causes are looked for in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from autograder.compare import plain
from autograder.conversation import Made, Seeded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from autograder.compare import Tolerance
    from autograder.conversation import Case

    Array = NDArray[Any]
    Path = tuple[Any, ...]
    Named = Sequence[tuple[str, Any, Any]]  # the parts of an answer: name, the student's value, the right one
    Looked = tuple[Any, Any, Any] | None
    Explanation = Callable[["Part"], Iterator["Clue"]]

MOST_ENTRIES = 200_000
MOST_PARTS = 64
MOST_ITEMS = 5_000
DEEPEST = 4
LARGEST = 2**60


class Clue(NamedTuple):
    """The name of a cause, and the fact about the answers that gives it away."""

    cause: str
    fact: str


@dataclass(frozen=True)
class Seen:
    """One part of one answer: an array of the student's, and the right one; `codes` stand for things, as words."""

    case: Case
    got: Array
    expected: Array
    tolerance: Tolerance
    codes: bool = False

    def same(self, one: Array, other: Array) -> bool:
        """Whether two arrays agree within the tolerance of this answer."""
        return one.shape == other.shape and not self.apart(one, other).any()

    def apart(self, one: Array, other: Array) -> Array:
        """Return for each entry whether two arrays of the same shape differ there; equal NaN and infinities agree."""
        limit = self.tolerance.absolute + self.tolerance.relative * np.abs(other)
        near: Array = (np.abs(one - other) <= limit) & np.isfinite(other)
        near |= (one == other) | (np.isnan(one) & np.isnan(other))
        return ~near

    def unlike(self, one: Array, other: Array) -> Array:
        """Return for each entry whether it differs from another array's; all do from one of another shape."""
        return self.apart(one, other) if one.shape == other.shape else np.ones(one.shape, dtype=bool)

    @cached_property
    def wrong(self) -> Array:
        """For each entry of the student's whether it is wrong; all are where the shape is another."""
        return self.unlike(self.got, self.expected)

    @cached_property
    def leaves(self) -> dict[str, Any]:
        """The arrays, numbers and lists among the inputs, by name."""
        return {spelled(path): leaf for path, leaf in leaves_at(dict(self.case.inputs))}

    @cached_property
    def lengths(self) -> dict[str, int]:
        """What may be counted, by the words for it: sizes first, then the lengths of inputs."""
        found = {f"`{name}`": size for name, size in self.case.size.items()}
        for name, leaf in self.leaves.items():
            if isinstance(leaf, np.ndarray):
                found |= {f"the length of axis {axis} of `{name}`": n for axis, n in enumerate(leaf.shape)}
                found[f"the number of entries of `{name}`"] = leaf.size
            elif isinstance(leaf, (list, tuple)):
                found[f"the length of `{name}`"] = len(leaf)
            elif isinstance(leaf, int) and not isinstance(leaf, bool):
                found[f"`{name}`"] = leaf
        return found

    @cached_property
    def arrays(self) -> dict[str, Array]:
        """The inputs that are numbers or arrays of numbers, by name."""
        arrays = {name: np.asarray(leaf) for name, leaf in self.leaves.items() if _is_numeric(leaf)}
        return {
            name: each.astype(np.float64)
            for name, each in arrays.items()
            if each.dtype.kind in "iuf" and each.size <= MOST_ENTRIES
        }

    @cached_property
    def measures(self) -> dict[str, Array]:
        """What inputs may give as factors, by the words for it: one for all, or one for each entry of an axis."""
        found: dict[str, Any] = {}
        for name, array in self.arrays.items():
            if not array.ndim:
                found |= {f"`{name}`": array, f"1 - `{name}`": 1 - array, f"the square of `{name}`": array**2}
                continue
            found |= {f"the sum of `{name}`": array.sum(), f"the norm of `{name}`": np.linalg.norm(array)}
            if array.ndim == 2 and self.expected.ndim and len(array) == len(self.expected):
                along = (-1, *[1] * (self.expected.ndim - 1))
                found[f"the sum of each row of `{name}`"] = array.sum(axis=1).reshape(along)
                found[f"the norm of each row of `{name}`"] = np.linalg.norm(array, axis=1).reshape(along)
        return {name: np.asarray(value, dtype=np.float64) for name, value in found.items()}


@dataclass(frozen=True)
class Part:
    """One named part of the answers to all cases in which it occurs, the most telling first."""

    name: str
    seen: tuple[Seen, ...]

    @cached_property
    def wrong(self) -> bool:
        """Whether it is wrong anywhere."""
        return not self.aligned or any(each.wrong.any() for each in self.seen)

    @property
    def words(self) -> str:
        """Its name in a sentence."""
        return called(self.name)

    @cached_property
    def aligned(self) -> bool:
        """Whether every array has the right shape."""
        return all(each.got.shape == each.expected.shape for each in self.seen)

    @cached_property
    def numbers(self) -> bool:
        """Whether it consists of numbers, not of words in the place of which numbers stand."""
        return not any(each.codes for each in self.seen)

    @cached_property
    def whole(self) -> bool:
        """Whether the right numbers are whole ones, which agree by chance more easily."""
        finite = (each.expected[np.isfinite(each.expected)] for each in self.seen)
        return all(np.array_equal(each, np.rint(each)) for each in finite)

    @cached_property
    def variety(self) -> int:
        """How many different right numbers the wrong entries show: a function cannot be told by one or two of them."""
        return len({float(value) for each in self.seen for value in each.expected[each.wrong][:200]})

    def fits(self, look: Callable[[Seen], Looked]) -> bool:
        """Whether an explanation holds on every case, and is unlikely to do so by chance.

        `look` gives two arrays that must agree, and what the second would be if nothing were wrong (None: the entries
        that are wrong count); or nothing, where it does not apply.
        """
        telling, cases = 0, 0
        for each in self.seen:
            looked = look(each)
            if looked is None:
                return False
            left, right, otherwise = (None if one is None else np.asarray(one, dtype=np.float64) for one in looked)
            if left is None or right is None or not each.same(left, right):
                return False
            shows = each.wrong if otherwise is None else each.unlike(right, otherwise)
            telling, cases = telling + int(shows.sum()), cases + bool(shows.any())
        return self.enough(telling, cases)

    def enough(self, telling: int, cases: int) -> bool:
        """Whether so many entries in so many cases are too many for chance."""
        if self.whole:
            return telling >= 8 or (telling >= 4 and cases >= 2)
        return telling >= 3 or cases >= 2

    def common(self, names: Callable[[Seen], Mapping[str, Any]]) -> list[str]:
        """Return the names that every case has, in the order of the first."""
        first, *others = (names(each) for each in self.seen)
        return [name for name in first if all(name in other for other in others)]


def called(name: str) -> str:
    """Return the name of a part as it stands in a sentence."""
    return name if " " in name else f"`{name}`"


def parts_of(seen: Sequence[tuple[Case, Named]], tolerance: Tolerance) -> list[Part]:
    """Return the parts of answers, given for each case the name, the student's value and the right one of each."""
    found: dict[str, list[Seen]] = {}
    for case, named in seen:
        for name, got, expected in named:
            for path, one, other, codes in _arrays(name, got, expected, 0):
                if len(found) < MOST_PARTS or path in found:
                    found.setdefault(path, []).append(Seen(case, one, other, tolerance, codes))
    return [Part(name, tuple(sorted(each, key=_telling))) for name, each in found.items()]


def _telling(seen: Seen) -> int:
    return -int(seen.wrong.sum()) if seen.wrong.size <= MOST_ITEMS else 0


def _arrays(name: str, got: Any, expected: Any, depth: int) -> Iterator[tuple[str, Array, Array, bool]]:
    """Yield what numbers there are in a value and the right one, as far as their forms agree."""
    got, expected = plain(got), plain(expected)
    if depth > DEEPEST or any(isinstance(each, np.ndarray) and each.size > MOST_ENTRIES for each in (got, expected)):
        return
    if _is_number(got) and _is_number(expected):
        yield name, np.asarray(got, dtype=np.float64), np.asarray(expected, dtype=np.float64), False
    elif isinstance(expected, dict) and isinstance(got, dict):
        yield from _of_dict(name, got, expected, depth)
    elif isinstance(expected, (list, tuple)) and isinstance(got, (list, tuple)):
        coded = _coded(got, expected)
        if coded is not None:
            yield name, *coded
        elif len(got) == len(expected) <= MOST_PARTS:
            for place, (one, other) in enumerate(zip(got, expected, strict=True)):
                yield from _arrays(f"{name}[{place}]", one, other, depth + 1)


def _of_dict(name: str, got: Mapping[Any, Any], expected: Mapping[Any, Any], depth: int) -> Iterator[Any]:
    if set(got) >= set(expected) and all(np.ndim(value) == 0 and _is_number(value) for value in expected.values()):
        coded = [[table[key] for key in expected] for table in (got, expected)]
        if expected and all(np.ndim(value) == 0 and _is_number(value) for value in coded[0]):
            yield name, *(np.asarray(each, dtype=np.float64) for each in coded), False
        return
    for key in list(expected)[:MOST_PARTS]:
        if key in got:
            yield from _arrays(f"{name}[{key!r}]", got[key], expected[key], depth + 1)


def _is_numeric(leaf: Any) -> bool:
    """Whether an input is a number, an array of numbers, or a list of numbers."""
    numbers = leaf if isinstance(leaf, (list, tuple)) else [leaf]
    return len(numbers) <= MOST_ITEMS and all(_is_number(each) and not isinstance(each, bool) for each in numbers)


def _is_number(value: Any) -> bool:
    if isinstance(value, (np.ndarray, np.generic)):
        return value.dtype.kind in "biuf"
    return isinstance(value, float) or (isinstance(value, int) and abs(value) < LARGEST)


def _coded(got: Sequence[Any], expected: Sequence[Any]) -> tuple[Array, Array, bool] | None:
    """Return two lists as arrays: of numbers as they are, of words or pairs with a number for each different one."""
    if not expected or not got or max(len(got), len(expected)) > MOST_ITEMS:
        return None
    if all(_is_number(each) and np.ndim(each) == 0 for each in (*got, *expected)):
        return np.asarray(got, dtype=np.float64), np.asarray(expected, dtype=np.float64), False
    codes: dict[Any, int] = {}
    tables = [_code(each, codes) for each in (got, expected)]
    return None if tables[0] is None or tables[1] is None else (tables[0], tables[1], True)


def _code(items: Sequence[Any], codes: dict[Any, int]) -> Array | None:
    rows = [each if isinstance(each, (list, tuple)) else (each,) for each in items]
    if len({len(row) for row in rows}) != 1 or len(rows[0]) > 8:
        return None
    if not all(isinstance(item, (str, int)) for row in rows for item in row):
        return None
    coded = np.array([[codes.setdefault(item, len(codes)) for item in row] for row in rows], dtype=np.float64)
    return coded if isinstance(items[0], (list, tuple)) else coded[:, 0]


def leaves_at(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield the arrays, numbers and lists within an input, each with the keys and places that lead to it."""
    if isinstance(value, (Made, Seeded)) or len(path) > DEEPEST:
        return
    value = plain(value)
    if isinstance(value, dict):
        for key, each in list(value.items())[:MOST_PARTS]:
            yield from leaves_at(each, (*path, key))
    elif isinstance(value, (list, tuple)) and any(_holds_arrays(each, 0) for each in value[:MOST_PARTS]):
        for place, each in enumerate(value[:MOST_PARTS]):
            yield from leaves_at(each, (*path, place))
    else:
        yield path, value


def _holds_arrays(value: Any, depth: int) -> bool:
    """Whether there are arrays, or dicts of whatever, in a part of an input: words and numbers stay together."""
    inner = value[:MOST_PARTS] if isinstance(value, (list, tuple)) and depth < DEEPEST else ()
    return isinstance(plain(value), (np.ndarray, dict)) or any(_holds_arrays(each, depth + 1) for each in inner)


def spelled(path: Path) -> str:
    """Return a path as a student writes it."""
    first, *rest = path
    return f"{first}{''.join(f'[{key!r}]' for key in rest)}"
