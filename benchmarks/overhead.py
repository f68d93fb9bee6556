"""What the wall costs: CPU for one submission beside plain execution of the same cells and calls, stage by stage."""

from __future__ import annotations

import io
import os
import statistics
import tempfile
import time
from contextlib import contextmanager, redirect_stdout, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from table import Row, main, row

from autograder.build import handout, notebook
from autograder.cli.course import Loaded, load
from autograder.conversation import Call, Reply
from autograder.grade import GradeRecord
from autograder.gradebook import Gradebook
from autograder.grading import Grader
from autograder.local import LocalSession
from autograder.run import make_stamp
from autograder.sandbox.box import processes_under
from autograder.sandbox.sandbox import Sandbox, open_sandbox
from autograder.sandbox.session import Program, TaskSession
from autograder.sandbox.tiers import Tier
from autograder.staging import staged
from autograder.submission import Cell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TICK = os.sysconf("SC_CLK_TCK")
figure = partial(row, "overhead")
ASSIGNMENT = Path(__file__).resolve().parent.parent / "assignments" / "recurrent"


class Clock:
    """CPU seconds of this process, and of the zygote with all that it has forked and collected."""

    def __init__(self, sandbox: Sandbox) -> None:
        """Read the processes of this sandbox."""
        zygotes = [sandbox.zygote, *([sandbox.large_zygote] if sandbox.large_zygote else [])]
        self.pids = [pid for zygote in zygotes for pid in processes_under(zygote.process.pid)]

    def own(self) -> float:
        """CPU seconds of the trusted process."""
        return time.process_time()

    def children(self) -> float:
        """CPU seconds on the other side of the wall, of processes that have ended or are the zygote."""
        total = 0
        for pid in self.pids:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += sum(int(field) for field in fields[11:15])
        return total / TICK


class Recording(LocalSession):
    """A session in this process that remembers what it was called with."""

    def __init__(self, namespace: dict[str, object]) -> None:
        """Answer with this namespace."""
        super().__init__(namespace, capture=False)
        self.calls: list[Call] = []

    def call(self, calls: list[Call]) -> list[Reply]:
        """Answer, and remember."""
        self.calls.extend(calls)
        return super().call(calls)


@contextmanager
def stage(times: dict[str, list[float]], name: str) -> Iterator[None]:
    """Add the CPU milliseconds of this process to a stage."""
    started = time.process_time()
    yield
    times.setdefault(name, []).append(1000 * (time.process_time() - started))


def solution_cells(loaded: Loaded) -> tuple[Cell, ...]:
    """Return the cells of the solution notebook."""
    cells = notebook.cells_of(handout.render(handout.Instructor(loaded.assignment, loaded.solution)))
    return tuple(Cell(cell.kind, cell.source) for cell in cells)


def plain_run(cells: tuple[Cell, ...], given: str) -> dict[str, object]:
    """Execute the cells as they are, in this process."""
    namespace: dict[str, object] = {"check": lambda *_: None}
    exec(compile(given, "<given>", "exec"), namespace)
    with redirect_stdout(io.StringIO()):
        for cell in cells:
            if cell.kind == "code" and "check" not in cell.source:
                exec(compile(cell.source, "<cell>", "exec"), namespace)
    return namespace


def the_same_calls(loaded: Loaded, cells: tuple[Cell, ...]) -> list[Call]:
    """Return every call that grading this notebook makes, whose arguments are plain."""
    from autograder.judging import judge
    from autograder.setting import build_setting, plan_check

    session = Recording(plain_run(cells, loaded.solution.given_source))
    for task in loaded.assignment.tasks:
        for plan in task.checks:
            setting = build_setting(loaded.registry, loaded.assignment, task, plan, 1, frozenset())
            judge(plan_check(loaded.registry, task, plan), setting, loaded.solution, session)
    return session.calls


def plain_cost(loaded: Loaded, cells: tuple[Cell, ...], calls: list[Call], runs: int) -> list[float]:
    """Return CPU milliseconds of plain execution of cells and calls, run by run."""
    found = []
    for _ in range(runs):
        started = time.process_time()
        namespace = plain_run(cells, loaded.solution.given_source)
        for call in calls:
            with suppress(ValueError):  # where an error is the right answer
                namespace[call.function](*call.arguments, **call.keywords)  # type: ignore[operator]
        found.append(1000 * (time.process_time() - started))
    return found


def graded_cost(loaded: Loaded, sandbox: Sandbox, cells: tuple[Cell, ...], runs: int) -> dict[str, list[float]]:
    """Return CPU milliseconds of grading one submission, by stage, run by run."""
    clock, times = Clock(sandbox), {}
    grader = Grader(loaded.assignment, loaded.solution, loaded.registry, sandbox, 1)
    stamp = make_stamp(loaded.assignment, loaded.registry, 1, sandbox.tier)
    with tempfile.TemporaryDirectory() as folder, Gradebook.open(Path(folder) / "book.sqlite", write=True) as book:
        for number in range(runs):
            children = clock.children()
            with stage(times, "trusted: talk and judge"):
                grade = grader.grade(cells)
            record = GradeRecord(f"s{number}", "f", str(number), stamp, "t", loaded.assignment.points, grade, "now")
            with stage(times, "trusted: gradebook"):
                book.save(record)
            with stage(times, "trusted: feedback page"):
                loaded.registry.hook.grade_finished(record=record, folder=Path(folder))
            time.sleep(0.05)
            times.setdefault("child: walls, cells, forks, calls", []).append(1000 * (clock.children() - children))
    return times


def wall_times(action: Callable[[], object], runs: int) -> list[float]:
    """Return wall milliseconds of an action, run by run."""
    found = []
    for _ in range(runs):
        started = time.perf_counter()
        action()
        found.append(1000 * (time.perf_counter() - started))
    return found


def session_rows(sandbox: Sandbox, loaded: Loaded, runs: int) -> list[Row]:
    """Measure a round trip, a fresh session, a box, and what a child holds for itself."""
    source = "def same(x):\n    return x"
    program = Program((Cell("code", source),), "", loaded.assignment.limits)
    opened = sandbox.run(program)
    session = TaskSession(opened)
    small = [Call("same", (1.5,))]
    session.call(small)
    trips = [1000 * each for each in wall_times(lambda: session.call(small), 100 * runs)]
    session.close()

    def fresh() -> None:
        one = TaskSession(opened)
        one.call(small)
        one.close()

    rows = [
        figure("round trip of a small call", trips, "µs", "≤ 150"),
        figure("a fresh session with one call, wall", wall_times(fresh, 5 * runs), "ms", "≤ 5"),
    ]
    assert opened.box is not None
    rows.append(figure("private memory of a child after one cell", [private_mb(opened.box.line.pid)], "MB"))
    opened.close()
    boxes = wall_times(lambda: sandbox.run(program).close(), 2 * runs)
    rows.append(figure("a box opened, one cell, closed, wall", boxes, "ms"))
    return rows


def private_mb(pid: int) -> float:
    """Return the memory of a process that it shares with no other."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private")) / 1024


def measure(runs: int) -> list[Row]:
    """Return all figures."""
    loaded = load(ASSIGNMENT)
    cells = solution_cells(loaded)
    with (
        staged(loaded.assignment, loaded.registry) as stage_,
        open_sandbox(stage_, loaded.assignment.limits, accept=Tier.NONE) as sandbox,
    ):
        sandbox.run(Program((), "", loaded.assignment.limits)).close()
        calls = the_same_calls(loaded, cells)
        graded_cost(loaded, sandbox, cells, 1)
        theirs = plain_cost(loaded, cells, calls, runs)
        stages = graded_cost(loaded, sandbox, cells, runs)
        total = [sum(parts) for parts in zip(*stages.values(), strict=True)]
        sessions = len(loaded.assignment.tasks)
        over = statistics.median(total) - statistics.median(theirs)
        what = f"CPU for one submission, {len(calls)} calls, tier {sandbox.tier}"
        rows = [figure(what, total, "ms", peer="plain execution of the same cells and calls", theirs=theirs)]
        aim = f"≤ {60 + 5 * sessions} (60 + 5 for each of {sessions} sessions)"
        rows.append(figure("CPU above plain execution", [over], "ms", aim))
        rows += [figure(f"  {name}", values, "ms") for name, values in stages.items()]
        return rows + session_rows(sandbox, loaded, runs)


if __name__ == "__main__":
    main("overhead", __doc__, lambda quick: measure(5 if quick else 20))
