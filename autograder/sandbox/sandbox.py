"""The sandbox as the grader uses it: a zygote or two, one watchdog, and a box for each notebook."""

from __future__ import annotations

import itertools
import os
import threading
from functools import partial
from typing import TYPE_CHECKING, Protocol, Self

from autograder.errors import SandboxError, TierError
from autograder.sandbox.cgroup import Group, enclose, find_hierarchy, reclaim
from autograder.sandbox.environment import prepare_environment
from autograder.sandbox.session import Notebook, Program
from autograder.sandbox.tiers import BEST_FIRST, Tier
from autograder.sandbox.watchdog import Watchdog
from autograder.sandbox.zygote import Staged, Zygote, start_zygote

if TYPE_CHECKING:
    from autograder.assignment import Limits
    from autograder.sandbox.box import Box


class Start(Protocol):
    """Starts a zygote; with `large`, one that has imported the large packages."""

    def __call__(self, *, large: bool) -> Zygote:
        """Start it."""


class Sandbox:
    """Where notebooks run; to be used in a `with` statement, which ends every process at its end."""

    def __init__(self, start: Start, limits: Limits, *, pin: bool) -> None:
        """Open boxes of the zygotes that `start` starts, again should one die; `pin` ties each box to a processor.

        Most notebooks are forked from a small zygote; a second one, which has imported the large packages, is started
        for the first notebook that speaks of them.
        """
        self.start = start
        self.zygote = start(large=False)
        self.large_zygote: Zygote | None = None
        self.lock = threading.Lock()
        self.closed = False
        self.limits = limits
        self.watchdog = Watchdog(limits)
        self.hierarchy = find_hierarchy()
        if self.hierarchy is not None:
            reclaim(self.hierarchy)
        self.groups: dict[Box, Group] = {}
        cpus = sorted(os.sched_getaffinity(0)) if pin else [None]
        self.cpus = itertools.cycle(cpus)

    @property
    def tier(self) -> Tier:
        """The tier behind whose walls the boxes stand."""
        return self.zygote.tier

    def run(self, program: Program) -> Notebook:
        """Run a notebook and return it, ready to be asked; to be closed by the caller."""
        zygote = self._living_zygote(large=program.speaks_of_large_packages)
        notebook = Notebook(program, partial(self._open_box, zygote), self._close_box, zygote.stands)
        try:
            notebook.run()
        except BaseException:
            notebook.close()
            raise
        return notebook

    def _living_zygote(self, *, large: bool) -> Zygote:
        """Return a zygote, or a new one in its place if it has died; what ran in the old one has died with it."""
        with self.lock:
            if self.closed:
                raise SandboxError("the run has ended")
            if large:
                self.large_zygote = self._revived(self.large_zygote, large=True)
                return self.large_zygote
            self.zygote = self._revived(self.zygote, large=False)
            return self.zygote

    def _revived(self, zygote: Zygote | None, *, large: bool) -> Zygote:
        if zygote is not None and zygote.process.poll() is None:
            return zygote
        if zygote is not None:
            zygote.close()
        return self.start(large=large)

    def _open_box(self, zygote: Zygote) -> Box:
        box = zygote.spawn(next(self.cpus))
        self.watchdog.add(box)
        group = enclose(self.hierarchy, box.line.pid, self.limits) if self.hierarchy else None
        if group is not None:
            self.groups[box] = group
        return box

    def _close_box(self, box: Box) -> None:
        self.watchdog.remove(box)
        box.close()
        group = self.groups.pop(box, None)
        if group is not None:
            group.remove()

    def __enter__(self) -> Self:
        """Return the sandbox."""
        return self

    def __exit__(self, *_: object) -> None:
        """End every process."""
        self.watchdog.close()
        with self.lock:
            self.closed = True
            self.zygote.close()
            if self.large_zygote is not None:
                self.large_zygote.close()


def open_sandbox(staged: Staged, limits: Limits, *, accept: Tier = Tier.FULL, pin: bool = True) -> Sandbox:
    """Return a sandbox of the best tier that this machine offers; TierError if that is less than `accept`."""
    environment = prepare_environment()
    refusals: list[str] = []
    for tier in BEST_FIRST[: BEST_FIRST.index(accept) + 1]:
        try:
            return Sandbox(partial(start_zygote, tier, environment, staged, limits), limits, pin=pin)
        except TierError as error:
            refusals.append(f"{tier}: {error}")
    raise TierError(_refusal(accept, refusals))


def _refusal(accept: Tier, refusals: list[str]) -> str:
    less = [tier for tier in BEST_FIRST if BEST_FIRST.index(tier) > BEST_FIRST.index(accept)]
    hint = f" To grade with less, accept it by name: --accept-tier {less[0]} ({less[0].means})." if less else ""
    reasons = "; ".join(refusals)
    return f"this machine does not offer tier {accept} ({reasons}).{hint} `gradmark doctor` shows what it offers."
