"""One writer at a time: a lock that the system lets go when its process ends, however it ends."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from autograder.errors import GradebookError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def sole_writer(path: Path) -> Iterator[None]:
    """Hold the lock beside this gradebook, or say which process holds it."""
    # The file stays when the lock goes: were it deleted, two processes could hold locks on two files of one name.
    with path.with_name(path.name + ".lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise GradebookError(_taken(path, file.read().strip())) from None
        except OSError as error:
            raise GradebookError(f"{path}: no lock can be had here ({error}); move it to a local disk") from error
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def _taken(path: Path, pid: str) -> str:
    holder = f"process {pid}" if pid else "another process"
    return f"{path}: {holder} is writing to this gradebook; wait until it has ended, or end it"
