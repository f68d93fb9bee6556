"""Folders that a run makes for itself: made, removed whatever is in them, and cleared away behind a killed grader."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

PREFIX = "gradmark-run-"
YOUNG_SECONDS = 60


@dataclass(frozen=True)
class Workplace:
    """A folder of one run; it is locked for as long as its run lasts, even if that ends without a word."""

    path: Path
    lock: int

    def remove(self) -> None:
        """Remove the folder and unlock it."""
        remove_folder(self.path)
        os.close(self.lock)


def make_workplace() -> Workplace:
    """Make a folder into which students can go, but not look."""
    _reclaim(Path(tempfile.gettempdir()))
    path = Path(tempfile.mkdtemp(prefix=PREFIX))
    path.chmod(0o711)
    lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    return Workplace(path, lock)


def _reclaim(place: Path) -> None:
    """Remove the folders of runs that have ended without removing them: those that nobody has locked."""
    for path in place.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                found = os.fstat(lock)
                if found.st_uid == os.geteuid() and time.time() - found.st_ctime > YOUNG_SECONDS:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    remove_folder(path)
            finally:
                os.close(lock)


def remove_folder(folder: Path) -> None:
    """Remove a folder that a student could write to, however deep it is and whatever is closed in it."""
    with contextlib.suppress(RecursionError):
        shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        for command in (["chmod", "-R", "u+rwx"], ["rm", "-rf"]):
            subprocess.run([*command, "--", folder], check=False, capture_output=True)
