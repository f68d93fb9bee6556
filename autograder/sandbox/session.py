"""Running a notebook behind the wall, and asking its functions from outside, with a deadline for everything."""

from __future__ import annotations

import re
import signal
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from autograder.conversation import Call, Reply
from autograder.errors import SandboxError
from autograder.local import Trainings, plain_call
from autograder.sandbox.box import Allowance, Box, BoxGoneError, Line, RulesBrokenError
from autograder.sandbox.replies import Outcome, Room, read_outcome, read_reply
from autograder.sandbox.usage import MEGABYTE, private_bytes
from autograder.spelling import nearest

if TYPE_CHECKING:
    from collections.abc import Callable

    from autograder.assignment import Limits
    from autograder.submission import Cell

GRACE_SECONDS = 1.0
RERUNS = 2
PATIENCE = 10
"""Times the seconds of a run: so long may one notebook be dealt with in all, however often it is run and asked."""
LARGE_PACKAGES = re.compile(r"^[ \t]*(?:import|from)\b.*\b(?:torch|pandas|scipy)\b", re.MULTILINE)
"""Its blanks stay on their line: looking through lines of nothing would take the square of their number."""
CHANCES = 3
"""So often may one function return too late; from then on nobody waits for it again."""


@dataclass(frozen=True)
class Program:
    """What a session runs before it is asked: the given code, then the notebook's cells, within limits."""

    cells: tuple[Cell, ...]
    given: str
    limits: Limits

    @property
    def code(self) -> list[tuple[int, str]]:
        """The code cells, numbered from 1 among themselves."""
        sources = [cell.source for cell in self.cells if cell.kind == "code"]
        return list(enumerate(sources, 1))

    @property
    def speaks_of_large_packages(self) -> bool:
        """Whether the notebook will probably import a package that takes seconds to import."""
        return any(LARGE_PACKAGES.search(text) for text in (self.given, *(source for _, source in self.code)))


@dataclass
class Notebook:
    """A notebook that has run: one outcome for each code cell, and its box, from which sessions are forked."""

    program: Program
    open_box: Callable[[], Box]
    close_box: Callable[[Box], None]
    wall_stands: Callable[[], bool]
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    box: Box | None = None
    ends: float = 0.0
    late: Counter[str] = field(default_factory=Counter)
    near_misses: dict[str, str] = field(default_factory=dict)
    _fresh: bool = False

    def run(self) -> None:
        """Run all cells; one that cannot be stopped is left out of a second and a third run."""
        self.ends = time.monotonic() + PATIENCE * self.program.limits.run_seconds
        left_out: dict[int, Outcome] = {}
        for attempt in range(RERUNS + 1):
            guilty = self._run_once(left_out)
            if guilty is None:
                return
            number, outcome = guilty
            left_out[number] = self.outcomes[number] = outcome
            if attempt == RERUNS:
                self._give_up()

    def _run_once(self, left_out: dict[int, Outcome]) -> tuple[int, Outcome] | None:
        """Run the notebook in a new box; return the cell that brought the box down, if one did."""
        self._new_box()
        room = Room()
        ends = time.monotonic() + self.program.limits.run_seconds
        for number, source in self.program.code:
            if number in left_out:
                continue
            if time.monotonic() >= ends:
                self.outcomes[number] = Outcome("late", note="This cell did not run: the notebook's time was used up.")
                continue
            held = self._memory()
            outcome = self._run_cell(number, source, ends)
            if len(left_out) < RERUNS:
                outcome = self._unless_it_filled_memory(outcome, self._memory() - held)
            if outcome.status == "killed":
                return number, outcome
            self.outcomes[number] = room.keep(outcome)
        return None

    def _new_box(self) -> None:
        self.close()
        limits = self.program.limits
        self.box = self.open_box()
        self._fresh = True
        request = {"do": "prepare", "given": self.program.given, "characters": int(limits.output_characters)}
        self.box.line.send(request | {"seconds": float(limits.cell_seconds)}, time.monotonic() + GRACE_SECONDS)
        answer = self.box.line.receive(time.monotonic() + limits.run_seconds)
        if answer.get("status") != "ok":
            raise SandboxError(f"the code that the assignment gives does not run: {answer.get('error')}")

    def _run_cell(self, number: int, source: str, ends: float) -> Outcome:
        assert self.box is not None
        seconds = min(self.program.limits.cell_seconds, max(0.1, ends - time.monotonic()))
        line = self.box.line
        try:
            line.send({"do": "cell", "number": number, "source": source}, time.monotonic() + seconds)
            return self._await_cell(line, seconds)
        except (BoxGoneError, RulesBrokenError, TimeoutError) as error:
            self.demand_wall(error)
            return Outcome("killed", note=self._why_killed(error, seconds))

    def _await_cell(self, line: Line, seconds: float) -> Outcome:
        try:
            return read_outcome(line.receive(time.monotonic() + seconds))
        except TimeoutError:
            line.signal(signal.SIGINT)
        outcome = read_outcome(line.receive(time.monotonic() + GRACE_SECONDS))
        return Outcome("slow", outcome.outputs, outcome.defined, f"This cell was stopped after {seconds:g} seconds.")

    def _memory(self) -> int:
        return private_bytes(self.box.line.pid) if self.box is not None else 0

    def _unless_it_filled_memory(self, outcome: Outcome, taken: int) -> Outcome:
        """Count a cell as one that ends the process if it failed and keeps so much that later ones may fail for it."""
        if outcome.status == "ok" or taken <= self.program.limits.memory_mb * MEGABYTE / 2:
            return outcome
        note = f"This cell failed, and kept {taken // MEGABYTE} MB of memory; it was left out."
        return replace(outcome, status="killed", defined=(), note=note)

    def demand_wall(self, error: Exception) -> None:
        """Raise SandboxError if a child is gone because the whole sandbox is: that is not its student's doing."""
        if isinstance(error, BoxGoneError) and not self.wall_stands():
            raise SandboxError("the sandbox itself has ended") from error

    def _why_killed(self, error: Exception, seconds: float) -> str:
        if isinstance(error, TimeoutError):
            return f"This cell was still running after {seconds:g} seconds and could not be stopped; it was left out."
        if isinstance(error, RulesBrokenError):
            return "This cell wrote to the line by which the grader asks; it was left out."
        reason = self.box.ended_for if self.box is not None else ""
        return f"This cell ended the whole process{f': {reason}' if reason else ''}; it was left out."

    def _give_up(self) -> None:
        self.close()
        for number, _ in self.program.code:
            note = "This cell did not run: three cells before it had ended the process."
            self.outcomes.setdefault(number, Outcome("late", note=note))

    @property
    def defined(self) -> dict[str, int]:
        """For each public function of the namespace the number of the cell that defined it last."""
        return {name: number for number in sorted(self.outcomes) for name in self.outcomes[number].defined}

    def near_miss(self, name: str) -> str:
        """Return the function that was probably meant; looked for once, because a notebook may define thousands."""
        if name not in self.near_misses:
            self.near_misses[name] = nearest(name, self.defined)
        return self.near_misses[name]

    def fresh(self, *, anew: bool = False) -> tuple[Line, Box] | None:
        """Return a line to a process whose namespace is as the run left it; None if no run survived.

        By fork; where threads run, which a fork would lose, or if it must be `anew`, by running the cells once more.
        """
        if self.box is None:
            return None
        if time.monotonic() > self.ends:
            raise TimeoutError
        if not anew and self.box.line.threads() == 1:
            try:
                return self.box.fork(), self.box
            except SandboxError:
                self._fresh = False
        if not self._fresh:
            self._run_once({n: o for n, o in self.outcomes.items() if o.status == "killed"})
        self._fresh = False
        return self.box.line, self.box

    def close(self) -> None:
        """End the notebook's processes."""
        if self.box is not None:
            self.close_box(self.box)
            self.box = None


class TaskSession:
    """The student's functions as one task sees them: nothing that another task's calls changed is there."""

    def __init__(self, notebook: Notebook, *, anew: bool = False) -> None:
        """Ask the functions of this notebook; `anew` where they may use a card, which no fork can share."""
        self.notebook = notebook
        self.anew = anew
        self.line: Line | None = None
        self.box: Box | None = None
        self.allowance = Allowance()
        self.trainings = Trainings()

    @cached_property
    def apart(self) -> TaskSession:
        """A second session with the same functions, in which nothing of what was called here has happened."""
        return TaskSession(self.notebook, anew=self.anew)

    def call(self, calls: list[Call]) -> list[Reply]:
        """Return one reply for each call; after one that ended the process the rest are told so."""
        if not self._is_open:
            self.trainings.forget()
        return self.trainings.shared(calls, self._call)

    def _call(self, calls: list[Call]) -> list[Reply]:
        if not calls:
            return []
        hopeless = [number for number, call in enumerate(calls) if self.notebook.late[call.function] >= CHANCES]
        if hopeless:
            asked = calls[: hopeless[0]]
            return self._call(asked) + [self._too_late(call) for call in calls[len(asked) :]]
        replies: list[Reply] = []
        try:
            self._open()
            self._send(calls)
            for call in calls:
                replies.append(self._receive(call))  # noqa: PERF401  (what came before an error counts)
            self._check_silence()
        except (BoxGoneError, RulesBrokenError, TimeoutError) as error:
            self.notebook.demand_wall(error)
            guilty = calls[min(len(replies), len(calls) - 1)]
            if isinstance(error, TimeoutError):
                self.notebook.late[guilty.function] += 1
            gone = self._explain(error, guilty)
            self.close()
            if isinstance(error, RulesBrokenError):
                replies = []
            replies.extend(gone for _ in range(len(calls) - len(replies)))
        return replies

    @property
    def _is_open(self) -> bool:
        """Whether the process of the calls so far is still there; the notebook may have been run again for others."""
        return self.line is not None and self.box is self.notebook.box

    def _open(self) -> None:
        if self._is_open:
            return
        fresh = self.notebook.fresh(anew=self.anew)
        if fresh is None:
            raise BoxGoneError("the notebook ended its process three times, so that nothing is left to be asked")
        self.line, self.box = fresh

    def _send(self, calls: list[Call]) -> None:
        assert self.line is not None
        request = {"do": "calls", "calls": [plain_call(call) for call in calls]}
        self.line.send(request, time.monotonic() + self.notebook.program.limits.call_seconds)

    def _receive(self, call: Call) -> Reply:
        assert self.line is not None
        started = time.monotonic()
        deadline = min(started + self._seconds(call), self.notebook.ends)
        message = self.line.receive(deadline, self.allowance)
        reply = read_reply(message, call, time.monotonic() - started)
        return self._with_near_miss(reply, call) if reply.status == "missing" else reply

    def _with_near_miss(self, reply: Reply, call: Call) -> Reply:
        close = self.notebook.near_miss(call.function)
        if close and close != call.function:
            return Reply("missing", error=f"{reply.error}; `{close}` was found, did you mean that?")
        return reply

    def _check_silence(self) -> None:
        if self.line is not None and self.line.has_unread():
            raise RulesBrokenError("the child said more than it was asked")

    def _seconds(self, call: Call) -> float:
        limits = self.notebook.program.limits
        return limits.train_seconds if call.training else limits.call_seconds

    def _explain(self, error: Exception, guilty: Call) -> Reply:
        if isinstance(error, TimeoutError):
            if time.monotonic() > self.notebook.ends:
                return Reply("timed out", error="All the time that one notebook may take was used up.")
            return self._too_late(guilty)
        if isinstance(error, RulesBrokenError):
            return Reply("crashed", error="It wrote to the line by which the grader asks, so its answers do not count.")
        reason = self.box.ended_for if self.box is not None else str(error)
        return Reply("crashed", error=f"The process ended during the call{f': {reason}' if reason else ''}.")

    def _too_late(self, call: Call) -> Reply:
        return Reply("timed out", error=f"It did not return within {self._seconds(call):g} seconds.")

    def close(self) -> None:
        """End this session's process, unless it is the notebook's own."""
        if self.line is not None and self.box is not None and self.line in self.box.forks:
            self.box.drop(self.line)
        self.line = self.box = None
        if "apart" in vars(self):
            self.apart.close()
