"""Work spread over processes that can be stopped: what is tried may loop for ever, or take all the memory there is."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import resource
import signal
import sys
import time
import warnings
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.process import BaseProcess

Item = TypeVar("Item")
Result = TypeVar("Result")
MEMORY = 4 << 30
"""Bytes that a worker may take more than it has when it starts."""
PATIENCE = 20
"""So many times longer than it may compute may work last by the clock, since the machine may be busy."""


@dataclass
class Worker(Generic[Item, Result]):
    """One process, and the place of the item at which it works."""

    process: BaseProcess
    connection: Connection
    place: int = -1
    deadline: float = 0.0

    def begin(self, place: int, seconds: float) -> None:
        """Let it begin with an item."""
        self.place, self.deadline = place, time.monotonic() + PATIENCE * seconds
        self.connection.send((place, seconds))

    def stop(self) -> None:
        """End the process, whatever it does."""
        self.process.kill()
        self.process.join()
        self.connection.close()


def spread(
    work: Callable[[Item], Result], items: Sequence[Item], seconds: float, processes: int | None = None
) -> Iterator[tuple[Item, Result | None]]:
    """Yield each item with what the work on it gave, or with None where it took too long or ended the process.

    The `seconds` are those that a processor may compute for one item, so that a busy machine changes nothing. The
    processes are forked from this one, so `work` and `items` need not be sent; results are.
    """
    waiting = list(reversed(range(len(items))))
    count = min(len(items), processes or len(os.sched_getaffinity(0)))
    workers: list[Worker[Item, Result]] = []
    try:
        workers.extend(_start(work, items) for _ in range(count))
        for worker in workers:
            worker.begin(waiting.pop(), seconds)
        while workers:
            for worker in _ready(workers):
                place = worker.place
                result = _received(worker)
                if result is None:
                    worker.stop()
                    workers.remove(worker)
                    if waiting:
                        worker = _start(work, items)  # noqa: PLW2901  (it takes the stopped one's place)
                        workers.append(worker)
                if waiting:
                    worker.begin(waiting.pop(), seconds)
                elif worker in workers:
                    worker.stop()
                    workers.remove(worker)
                yield items[place], result
    finally:
        for worker in workers:
            worker.stop()


def _ready(workers: list[Worker[Item, Result]]) -> list[Worker[Item, Result]]:
    """Wait for workers that have answered, ended, or used up their time."""
    left = min(worker.deadline for worker in workers) - time.monotonic()
    answered = wait([worker.connection for worker in workers], max(left, 0.0))
    now = time.monotonic()
    return [worker for worker in workers if worker.connection in answered or worker.deadline <= now]


def _received(worker: Worker[Item, Result]) -> Result | None:
    """Return what a worker has sent; an error that it met is raised here."""
    try:
        if not worker.connection.poll():
            return None
        result, error = worker.connection.recv()
    except (EOFError, ConnectionError):
        return None
    if error is not None:
        raise error
    return result  # type: ignore[no-any-return]


def _start(work: Callable[[Item], Result], items: Sequence[Item]) -> Worker[Item, Result]:
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # BLAS has threads, which the fork does without
        process = context.Process(target=_live, args=(work, items, here, there), daemon=True)
        process.start()
    there.close()
    return Worker(process, here)


def _live(work: Callable[[Item], Any], items: Sequence[Item], parent: Connection, connection: Connection) -> None:
    parent.close()
    _settle()
    while True:
        try:
            place, seconds = connection.recv()
        except (EOFError, ConnectionError):
            return
        allow(seconds)
        try:
            answer: tuple[Any, BaseException | None] = (work(items[place]), None)
        except Exception as error:
            answer = None, error
        allow(0)
        with contextlib.suppress(ConnectionError):
            connection.send(answer)


def allow(seconds: float) -> None:
    """Let this process compute for so long from now on; then the timer's signal ends it. Zero sets no bound."""
    signal.setitimer(signal.ITIMER_PROF, seconds)


def _settle() -> None:
    """Be silent, bounded, and alone: what mistakes print and warn of is nobody's business."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    silence = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(silence, stream)
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    limit = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)
