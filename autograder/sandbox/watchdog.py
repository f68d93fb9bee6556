"""Watches what boxes use in all: memory, processes and, where a box has no file system of its own, disk."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from autograder.sandbox import usage
from autograder.sandbox.box import Box, processes_under

if TYPE_CHECKING:
    from autograder.assignment import Limits

PERIOD = 0.1


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
            self.boxes[box] = usage.private_bytes(box.line.pid)

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
        """Return what a box has too much of, or nothing; one that cannot be measured has too much of something."""
        try:
            return self._measured(box, free)
        except Exception as error:
            return f"what it used could not be measured ({type(error).__name__})"

    def _measured(self, box: Box, free: int) -> str:
        pids = processes_under(box.line.pid)
        if usage.threads_of(pids) > self.limits.processes:
            return f"it started more than {self.limits.processes:g} processes and threads"
        if usage.memory_beyond(int(self.limits.memory_mb) * usage.MEGABYTE, free, box.inherited, pids):
            return f"it used more than {self.limits.memory_mb:g} MB of memory"
        if usage.too_many_descriptors(pids):
            return f"it opened more than {usage.DESCRIPTORS_LIMIT} files and sockets"
        return usage.disk_excess(box.folder, int(self.limits.disk_mb), pids) if box.folder is not None else ""
