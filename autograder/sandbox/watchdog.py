"""Watches what boxes use in all: memory, processes and, where a box has no file system of its own, disk."""

from __future__ import annotations

import contextlib
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.sandbox.box import Box, processes_under

if TYPE_CHECKING:
    from autograder.assignment import Limits

PERIOD = 0.1
PAGE = os.sysconf("SC_PAGE_SIZE")
MEGABYTE = 1 << 20


class Watchdog:
    """A thread that ends a box when all its processes together use more than one submission may."""

    def __init__(self, limits: Limits) -> None:
        """Watch for these limits."""
        self.limits = limits
        self.boxes: dict[Box, int] = {}
        self.lock = threading.Lock()
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)
        self.thread.start()

    def add(self, box: Box) -> None:
        """Watch a box from now on; what it holds at this moment is the zygote's, and free."""
        with self.lock:
            self.boxes[box] = private_bytes(box.line.pid)

    def remove(self, box: Box) -> None:
        """Watch a box no more."""
        with self.lock:
            self.boxes.pop(box, None)

    def close(self) -> None:
        """Stop watching."""
        self.stopped.set()
        self.thread.join()

    def _watch(self) -> None:
        while not self.stopped.wait(PERIOD):
            with self.lock:
                boxes = list(self.boxes.items())
            for box, free in boxes:
                excess = self._excess(box, free)
                if excess:
                    box.end(excess)

    def _excess(self, box: Box, free: int) -> str:
        processes = processes_under(box.line.pid)
        if len(processes) > self.limits.processes:
            return f"it started more than {self.limits.processes:g} processes"
        used = sum(max(0, private_bytes(pid) - free) for pid in processes)
        if used > self.limits.memory_mb * MEGABYTE:
            return f"it used more than {self.limits.memory_mb:g} MB of memory"
        if box.folder is not None and _size_of(box.folder) > self.limits.disk_mb * MEGABYTE:
            return f"it wrote more than {self.limits.disk_mb:g} MB to disk"
        return ""


def private_bytes(pid: int) -> int:
    """Return the memory of a process that no file backs and nobody shares, roughly: resident minus shared."""
    try:
        _, resident, shared, *_ = Path(f"/proc/{pid}/statm").read_text().split()
    except (OSError, ValueError):
        return 0
    return (int(resident) - int(shared)) * PAGE


def _size_of(folder: Path) -> int:
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(parent, name)).st_blocks * 512
    return total
