"""An assignment as its folder states it: tasks, points, checks with their parameters, limits and slips."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from autograder.errors import AssignmentError
from autograder.spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

Value = int | float | str
"""What a constant of a variant may be; of integers also true and false."""
LEFT_OUT = frozenset({"__pycache__", ".ipynb_checkpoints"})


@dataclass(frozen=True)
class Limits:
    """What one submission may use: seconds of wall clock, megabytes, processes; output in characters for each cell."""

    cell_seconds: float = 20.0
    run_seconds: float = 120.0
    call_seconds: float = 10.0
    train_seconds: float = 60.0
    memory_mb: int = 2048
    disk_mb: int = 64
    processes: int = 64
    output_characters: int = 20_000


@dataclass(frozen=True)
class Sampling:
    """Where a check's cases come from: a sampler by name, the sizes from small to large, and the edges to visit."""

    sampler: str
    sizes: tuple[Mapping[str, int], ...] = ({},)
    edges: tuple[str, ...] = ()
    repeat: int = 1


@dataclass(frozen=True)
class CheckPlan:
    """One check of a task as planned: the plugin's name, its points, its parameters and its cases.

    `title` is the line that students read, where the check's own does not say enough.
    """

    check: str
    points: float
    sampling: Sampling
    parameters: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""


@dataclass(frozen=True)
class Task:
    """One function or class that the student writes."""

    function: str
    checks: tuple[CheckPlan, ...]
    results: tuple[str, ...] = ()
    conventions: Mapping[str, str] = field(default_factory=dict)

    @property
    def points(self) -> float:
        """The sum of the points of the task's checks."""
        return sum(plan.points for plan in self.checks)


@dataclass(frozen=True)
class Slip:
    """A known mistake: in the solution's `function`, `find` becomes `replace`; the sentence is for the student."""

    name: str
    function: str
    find: str
    replace: str
    sentence: str


@dataclass(frozen=True)
class Assignment:
    """One assignment folder, read and found consistent.

    `variants` has the values from which each student gets one, by the constant's name in solution.py; `variant` has
    those of the student who is spoken of, and is empty where the defaults hold.
    """

    folder: Path
    title: str
    points: float
    tasks: tuple[Task, ...]
    slips: tuple[Slip, ...] = ()
    given: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    variants: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    variant: Mapping[str, Value] = field(default_factory=dict)
    digest: str = ""

    @property
    def name(self) -> str:
        """The folder's name, by which grades refer to the assignment."""
        return self.folder.name

    def task(self, function: str) -> Task:
        """Return the task of this function; AssignmentError with the nearest name if there is none."""
        for task in self.tasks:
            if task.function == function:
                return task
        known = [task.function for task in self.tasks]
        raise AssignmentError(f"{self.name} has no task {function!r}{did_you_mean(function, known)}")

    def slips_of(self, function: str) -> tuple[Slip, ...]:
        """Return the slips known for one function."""
        return tuple(slip for slip in self.slips if slip.function == function)


class Table:
    """One TOML table being read: every key must be asked for, and what is left over is refused by name."""

    def __init__(self, values: object, where: str) -> None:
        """Read from these values; `where` is how messages call the table."""
        if not isinstance(values, dict):
            raise AssignmentError(f"{where} must be a table, and is {type(values).__name__}")
        self.values: dict[str, Any] = dict(values)
        self.where = where
        self.known: list[str] = []

    def take(self, key: str, kind: type | tuple[type, ...], default: Any = None) -> Any:
        """Return the value of a key; AssignmentError if it is missing without a default, or of another kind."""
        self.known.append(key)
        value = self.values.pop(key, default)
        if value is None:
            raise AssignmentError(f"{self.where} lacks the key `{key}`")
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            kinds = kind if isinstance(kind, tuple) else (kind,)
            wanted = " or ".join(each.__name__ for each in kinds)
            raise AssignmentError(f"{self.where}: `{key}` must be {wanted}, and is {value!r}")
        return value

    def texts(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """Return a list of strings as a tuple."""
        values = self.take(key, (list, tuple), default)
        if not all(isinstance(value, str) for value in values):
            raise AssignmentError(f"{self.where}: `{key}` must be a list of strings, and is {values!r}")
        return tuple(values)

    def finish(self) -> None:
        """Refuse what nobody asked for."""
        for key in self.values:
            raise AssignmentError(f"{self.where} has an unknown key `{key}`{did_you_mean(key, self.known)}")


def load_assignment(folder: Path) -> Assignment:
    """Read `assignment.toml` and `slips.toml`; AssignmentError names the table and key that is not as it must be."""
    folder = folder.resolve()
    if not (folder / "assignment.toml").is_file():
        raise AssignmentError(f"{folder} is not an assignment: it has no assignment.toml")
    table = Table(_read_toml(folder / "assignment.toml"), "assignment.toml")
    assignment = Assignment(
        folder=folder,
        title=table.take("title", str),
        points=float(table.take("points", (int, float))),
        given=table.texts("given", ()),
        limits=_limits(table.take("limits", dict, {})),
        variants=_variants(table.take("variants", dict, {})),
        tasks=tuple(_task(values, number) for number, values in enumerate(table.take("tasks", list), 1)),
        slips=tuple(_slips(folder)),
        digest=digest_of(folder),
    )
    table.finish()
    _check_sums(assignment)
    return assignment


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise AssignmentError(f"{path.name} is not valid TOML: {error}") from error


def _limits(values: dict[str, Any]) -> Limits:
    table = Table(values, "[limits]")
    found = {each.name: table.take(each.name, (int, float), each.default) for each in fields(Limits)}
    table.finish()
    for key, value in found.items():
        if value <= 0:
            raise AssignmentError(f"[limits]: `{key}` must be more than zero, and is {value!r}")
    return Limits(**found)


def _variants(values: dict[str, Any]) -> dict[str, tuple[Value, ...]]:
    for name, choice in values.items():
        where = f"[variants]: `{name}`"
        if not name.isidentifier():
            raise AssignmentError(f"{where} must be a Python name")
        if not isinstance(choice, list) or not all(isinstance(each, (int, float, str)) for each in choice):
            raise AssignmentError(f"{where} must be a list of numbers or strings, and is {choice!r}")
        if len(set(choice)) < max(2, len(choice)):
            raise AssignmentError(f"{where} needs at least two values, no two of them equal, and has {choice!r}")
    return {name: tuple(choice) for name, choice in values.items()}


def _task(values: object, number: int) -> Task:
    table = Table(values, f"task {number}")
    function = table.take("function", str)
    table.where = f"task {number} ({function})"
    if not function.isidentifier():
        raise AssignmentError(f"{table.where}: `function` must be a Python name")
    sampling = _sampling(table, None)
    checks = [_check(each, sampling, table.where) for each in table.take("checks", list)]
    task = Task(function, tuple(checks), table.texts("results", ()), dict(table.take("conventions", dict, {})))
    table.finish()
    return task


def _sampling(table: Table, above: Sampling | None) -> Sampling:
    """Read the keys of a Sampling; a check's own replace its task's one by one."""
    above = above or Sampling(sampler="")
    sizes = table.take("sizes", (list, tuple), above.sizes)
    for size in sizes:
        if not isinstance(size, dict) or not all(type(value) is int for value in size.values()):
            raise AssignmentError(f"{table.where}: `sizes` must be a list of tables of integers, and has {size!r}")
    return Sampling(
        sampler=table.take("sampler", str, above.sampler),
        sizes=tuple(sizes),
        edges=table.texts("edges", above.edges),
        repeat=table.take("repeat", int, above.repeat),
    )


def _check(values: object, sampling: Sampling, where: str) -> CheckPlan:
    table = Table(values, f"a check of {where}")
    check = table.take("check", str)
    table.where = f"check `{check}` of {where}"
    points = float(table.take("points", (int, float)))
    if points < 0:
        raise AssignmentError(f"{table.where}: `points` must not be negative")
    sampling, title = _sampling(table, sampling), table.take("title", str, "")
    return CheckPlan(check, points, sampling, dict(table.values), title)


def _slips(folder: Path) -> Iterator[Slip]:
    if not (folder / "slips.toml").exists():
        return
    outer = Table(_read_toml(folder / "slips.toml"), "slips.toml")
    for number, values in enumerate(outer.take("slips", list, []), 1):
        table = Table(values, f"slip {number}")
        yield Slip(**{each.name: table.take(each.name, str) for each in fields(Slip)})
        table.finish()
    outer.finish()


def _check_sums(assignment: Assignment) -> None:
    total = sum(task.points for task in assignment.tasks)
    if abs(total - assignment.points) > 1e-9:
        raise AssignmentError(f"the checks' points sum to {total:g}, but `points` says {assignment.points:g}")
    functions = [task.function for task in assignment.tasks]
    names = [slip.name for slip in assignment.slips]
    for kind, found in (("task", functions), ("slip", names)):
        for name in found:
            if found.count(name) > 1:
                raise AssignmentError(f"the {kind} {name!r} is stated twice")
    for slip in assignment.slips:
        if slip.function not in functions:
            hint = did_you_mean(slip.function, functions)
            raise AssignmentError(f"slip {slip.name!r} is of {slip.function!r}, which is no task{hint}")


def files_of(folder: Path) -> list[Path]:
    """Return the files of an assignment folder in a fixed order, without caches."""
    found = (path for path in folder.rglob("*") if path.is_file() and not LEFT_OUT & set(path.parts))
    return sorted(found, key=lambda path: path.relative_to(folder).as_posix())


def digest_of(folder: Path) -> str:
    """Return a digest of the names and contents of all files of an assignment."""
    digest = hashlib.sha256()
    for path in files_of(folder):
        digest.update(f"{path.relative_to(folder).as_posix()}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()
