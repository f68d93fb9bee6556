"""How much of the machine a process tree holds, as the kernel counts it."""

from __future__ import annotations

import contextlib
import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PAGE = os.sysconf("SC_PAGE_SIZE")
MEGABYTE = 1 << 20
BLOCK = 512
FILES_LIMIT = 10_000
HIDDEN_LIMIT = 16
DESCRIPTORS_LIMIT = 2048
"""Of all processes together: what waits in a socket is memory, a fifth of a megabyte, that is in no process's count."""
SHARE = re.compile(r"^Pss(?:_Anon)?:\s+(\d+) kB", re.MULTILINE)
MAPPED_AND_DELETED = re.compile(r"^\S+ \S+ \S+ (\S+ [1-9]\d*) .*\(deleted\)$", re.MULTILINE)


def private_bytes(pid: int) -> int:
    """Return the memory of a process that no file backs: what it may have written to, whoever else has it as well."""
    try:
        _, resident, shared, *_ = Path(f"/proc/{pid}/statm").read_text().split()
    except (OSError, ValueError):
        return 0
    return (int(resident) - int(shared)) * PAGE


def fair_share(pid: int) -> int:
    """Return the same with every page divided among those who have it; this takes a hundred times as long.

    PermissionError where only the superuser may see it.
    """
    try:
        shares = SHARE.findall(Path(f"/proc/{pid}/smaps_rollup").read_text())
    except PermissionError:
        raise
    except OSError:
        return private_bytes(pid)
    return int(shares[-1]) * 1024 if shares else private_bytes(pid)


def memory_beyond(limit: int, free: int, inherited: int, pids: Iterable[int]) -> bool:
    """Whether processes hold more than the limit and what is free, which they had when they began.

    Forks share what they began with until they write to it; so the sum of what each has is the most that it can be.
    Where shares cannot be seen, `inherited` is taken off: what the grader's own forks began with.
    """
    pids = list(pids)
    most = sum(map(private_bytes, pids)) - free
    if most <= limit:
        return False
    try:
        return sum(map(fair_share, pids)) - free > limit
    except PermissionError:
        return most - inherited > limit


def threads_of(pids: Iterable[int]) -> int:
    """Return the number of threads of these processes, of which each has at least one."""
    count = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            count += len(os.listdir(f"/proc/{pid}/task"))
    return count


def too_many_descriptors(pids: Iterable[int]) -> bool:
    """Whether processes have more files and sockets open than honest ones need."""
    count = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            count += len(os.listdir(f"/proc/{pid}/fd"))
    return count > DESCRIPTORS_LIMIT


def disk_excess(folder: Path, limit_mb: int, pids: Iterable[int]) -> str:
    """Return what is too much of the files in a folder, and of those that live on in processes alone, or nothing."""
    sizes: dict[tuple[int, int], int] = {}
    try:
        for found in _files(folder):
            sizes[found.st_dev, found.st_ino] = found.st_blocks * BLOCK
            if len(sizes) > FILES_LIMIT:
                return f"it made more than {FILES_LIMIT} files"
    except OSError:
        return "it made a folder that cannot be looked into"
    mapped: set[str] = set()
    for pid in pids:
        sizes.update({(each.st_dev, each.st_ino): each.st_blocks * BLOCK for each in _deleted(pid)})
        with contextlib.suppress(OSError):
            mapped.update(MAPPED_AND_DELETED.findall(Path(f"/proc/{pid}/maps").read_text(errors="replace")))
    if len(mapped) > HIDDEN_LIMIT:  # whose lengths nobody can see
        return f"it kept more than {HIDDEN_LIMIT} deleted files"
    return f"it wrote more than {limit_mb} MB to disk" if sum(sizes.values()) > limit_mb << 20 else ""


def _files(folder: Path) -> Iterator[os.stat_result]:
    """Yield what lies in a folder, however deep; OSError where it cannot be seen."""
    waiting = [str(folder)]
    while waiting:
        with contextlib.suppress(FileNotFoundError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                with contextlib.suppress(FileNotFoundError):
                    found = entry.stat(follow_symlinks=False)
                    yield found
                    if stat.S_ISDIR(found.st_mode):
                        waiting.append(entry.path)


def _deleted(pid: int) -> Iterator[os.stat_result]:
    """Yield the files that a process has open and that no folder has any more."""
    with contextlib.suppress(OSError):
        for descriptor in os.listdir(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):
                found = os.stat(f"/proc/{pid}/fd/{descriptor}")
                if stat.S_ISREG(found.st_mode) and found.st_nlink == 0:
                    yield found
