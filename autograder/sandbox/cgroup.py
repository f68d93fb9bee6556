"""Control groups, where this user may make them: the kernel's own bound on a box's memory and processes in all.

Where none can be made the watchdog is the bound, which looks ten times a second. With them every box also has the same
share of the processors, however many processes it starts.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autograder.assignment import Limits

MOUNT = Path("/sys/fs/cgroup")
MEGABYTE = 1 << 20
SLACK_MB = 512
"""As much as can be filled before the watchdog looks again, which gives a reason and so should come first."""
names = itertools.count()


@dataclass(frozen=True)
class Hierarchy:
    """Where groups can be made: the folders, with the files that bound them by the limit that they hold."""

    version: int
    folders: tuple[Path, ...]


def find_hierarchy() -> Hierarchy | None:
    """Return where this process may make groups for memory and processes, or None."""
    if (MOUNT / "cgroup.controllers").exists():
        enabled = (MOUNT / "cgroup.subtree_control").read_text().split()
        usable = {"memory", "pids"} <= set(enabled) and os.access(MOUNT, os.W_OK)
        return Hierarchy(2, (MOUNT,)) if usable else None
    memory, pids, cpu = (MOUNT / kind / _own_path(kind).lstrip("/") for kind in ("memory", "pids", "cpu"))
    if not (os.access(memory, os.W_OK) and os.access(pids, os.W_OK)):
        return None
    return Hierarchy(1, (memory, pids, cpu) if os.access(cpu, os.W_OK) else (memory, pids))


def reclaim(hierarchy: Hierarchy) -> None:
    """Remove groups of graders that were killed before they could; one that is in use cannot be removed."""
    for folder in hierarchy.folders:
        for group in folder.glob("gradmark-*-*"):
            if not Path(f"/proc/{group.name.split('-')[1]}").exists():
                with contextlib.suppress(OSError):
                    group.rmdir()


def _own_path(kind: str) -> str:
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if kind in controllers.split(","):
            return path
    return "/"


class Group:
    """A group around one box."""

    def __init__(self, folders: tuple[Path, ...]) -> None:
        """Hold the group's folders."""
        self.folders = folders

    def remove(self) -> None:
        """Remove the group once its last process is gone."""
        for folder in self.folders:
            for _ in range(50):
                with contextlib.suppress(OSError):
                    folder.rmdir()
                if not folder.exists():
                    break
                time.sleep(0.01)


def enclose(hierarchy: Hierarchy, pid: int, limits: Limits) -> Group | None:
    """Put a process, and all that it will start, into a new bounded group; None where the kernel does not let us."""
    name = f"gradmark-{os.getpid()}-{next(names)}"
    group = Group(tuple(folder / name for folder in hierarchy.folders))
    memory, processes = str((int(limits.memory_mb) + SLACK_MB) * MEGABYTE), str(int(limits.processes))
    bounds = {
        1: {"memory.limit_in_bytes": memory, "pids.max": processes},
        2: {"memory.max": memory, "pids.max": processes},
    }
    try:
        for folder in group.folders:
            folder.mkdir()
            for file, value in bounds[hierarchy.version].items():
                if (folder / file).exists():
                    (folder / file).write_text(value)
            (folder / "cgroup.procs").write_text(str(pid))
    except OSError:
        group.remove()
        return None
    return group
