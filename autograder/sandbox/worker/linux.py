"""The few Linux calls that Python 3.11 lacks, by way of the C library (x86-64 numbers where it has no name)."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC = 0x00020000, 0x02000000, 0x04000000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 32, 4096, 16384, 1 << 18
MNT_DETACH = 2
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_CAPBSET_DROP = 1, 4, 22, 24
PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT = 36, 38, 47
PR_CAP_AMBIENT_CLEAR_ALL = 4
SECCOMP_MODE_FILTER = 2
LAST_CAPABILITY = 40
CAPABILITY_VERSION_3 = 0x20080522
SYS_PIVOT_ROOT = 155
MADV_COLLAPSE = 25
HUGE_PAGE = 2 << 20

libc = ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def unshare(flags: int) -> None:
    """Leave the namespaces that these flags name for new ones."""
    _checked(libc.unshare(flags), f"unshare {flags:#x}")


def setns(descriptor: int, kind: int) -> None:
    """Enter a namespace."""
    _checked(libc.setns(descriptor, kind), "setns")


def mount(source: str | None, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    """Mount something, or change how it is mounted."""
    source_, target_, kind_, data_ = (None if each is None else each.encode() for each in (source, target, kind, data))
    _checked(libc.mount(source_, target_, kind_, ctypes.c_ulong(flags), data_), f"mount {target}")


def pivot_root(new: str, old: str) -> None:
    """Make `new` the root of this mount namespace, and put the former root under `old`."""
    _checked(libc.syscall(SYS_PIVOT_ROOT, new.encode(), old.encode()), "pivot_root")


def detach(target: str) -> None:
    """Unmount, even where it is in use."""
    _checked(libc.umount2(target.encode(), MNT_DETACH), f"umount {target}")


def prctl(option: int, value: int = 0, more: int = 0) -> None:
    """Set an attribute of this process."""
    _checked(libc.prctl(option, ctypes.c_ulong(value), ctypes.c_ulong(more), 0, 0), f"prctl {option}")


def drop_capabilities() -> None:
    """Give up all capabilities, for this process and for all that it will start."""
    for capability in range(LAST_CAPABILITY + 1):
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    nothing = (ctypes.c_uint32 * 6)()
    _checked(libc.capset(ctypes.byref(header), ctypes.byref(nothing)), "capset")


class SockFprog(ctypes.Structure):
    """The kernel's `struct sock_fprog`: how many instructions, and where they are."""

    _fields_ = [("count", ctypes.c_ushort), ("instructions", ctypes.c_void_p)]


def load_filter(program: bytes) -> None:
    """Put a seccomp filter, given as BPF instructions of eight bytes, over this process and all that it will start."""
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    buffer = ctypes.create_string_buffer(program, len(program))
    fprog = SockFprog(len(program) // 8, ctypes.addressof(buffer))
    _checked(libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(fprog), 0, 0), "seccomp")


def close_all_but(keep: int) -> None:
    """Close every descriptor above 2 except one."""
    if keep > 3:
        _checked(libc.close_range(3, keep - 1, 0), "close_range")
    _checked(libc.close_range(keep + 1, 0x7FFFFFFF, 0), "close_range")


def gather_pages() -> None:
    """Gather this process's memory into huge pages, which makes a fork cost half; older kernels simply do not.

    A fork copies one entry for each page. The warm zygote has seventy thousand small ones.
    """
    for line in Path("/proc/self/maps").read_text().splitlines():
        addresses, rights, _, _, inode, *_ = line.split(maxsplit=5)
        start, end = (int(address, 16) for address in addresses.split("-"))
        start, end = -(-start // HUGE_PAGE) * HUGE_PAGE, end // HUGE_PAGE * HUGE_PAGE
        if "w" in rights and inode == "0" and start < end and "[stack" not in line:
            libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), MADV_COLLAPSE)


def map_identity(user: int, group: int) -> None:
    """Map one user and group into a new user namespace, under the same numbers."""
    prctl(PR_SET_DUMPABLE, 1)  # after a change of user the files below belong to root otherwise
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        descriptor = os.open(f"/proc/self/{name}", os.O_WRONLY)
        try:
            os.write(descriptor, text.encode())
        finally:
            os.close(descriptor)
