"""Which system calls a child may make, as a prebuilt seccomp filter.

What is not named is refused with EPERM. Where a call that honest code needs can also reach another process or a file
that is not the child's, its arguments are looked at. libseccomp turns names into numbers and kills whatever calls
through another architecture's table (int 0x80, x32).
"""

from __future__ import annotations

import errno
import platform
import tempfile
from typing import Any

from autograder.errors import TierError

MEMORY = "brk mprotect munmap mremap madvise msync mincore mlock munlock membarrier get_mempolicy set_mempolicy"
FILES = (
    "read write close stat fstat lstat newfstatat statx access faccessat faccessat2 lseek pread64 pwrite64 "
    "readv writev preadv pwritev preadv2 pwritev2 readlink readlinkat getdents getdents64 getcwd chdir fchdir rename "
    "renameat renameat2 mkdir mkdirat rmdir creat link linkat symlink symlinkat unlink unlinkat umask ftruncate "
    "fallocate fsync fdatasync flock dup dup2 dup3 pipe pipe2 fadvise64 copy_file_range sendfile splice tee statfs "
    "fstatfs close_range"
)
TIME = (
    "clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday time times getitimer setitimer alarm "
    "timerfd_create timerfd_settime timerfd_gettime timer_create timer_settime timer_gettime timer_delete"
)
WAITING = (
    "poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2 eventfd "
    "eventfd2 futex pause restart_syscall signalfd4"
)
PROCESSES = (
    "fork vfork execve exit exit_group wait4 waitid getpid getppid gettid getpgrp getpgid getsid getuid geteuid getgid "
    "getegid getgroups getresuid getresgid getrlimit setrlimit getrusage getpriority sched_yield sched_getaffinity "
    "sched_getparam sched_getscheduler sched_get_priority_max sched_get_priority_min uname sysinfo arch_prctl "
    "set_tid_address set_robust_list get_robust_list rseq getcpu getrandom"
)
SIGNALS = "rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigtimedwait rt_sigsuspend sigaltstack"
SENDING_SIGNALS = "kill tgkill tkill rt_sigqueueinfo"
PAIRS = "sendto recvfrom recvmsg shutdown getsockname getpeername getsockopt setsockopt"
SOCKETS = "connect accept accept4 bind listen sendmsg sendmmsg recvmmsg"
OPENING = {"open": 1, "openat": 2}
"""With the place of their flags among the arguments."""
# Honest code wants these calls to work, more than their effect. A box stays one process group, which can be killed as
# one, and one session, to which the scheduler gives one share.
PRETENDED = "setsid setpgid"
# Neither Landlock nor a user id stands between a child and the rights, dates and lengths of files outside.
REACHING_FILES = "chmod fchmod fchmodat utime utimes utimensat futimesat"
# The C library falls back to an older call when it reads ENOSYS, and gives up when it reads EPERM.
UNKNOWN = "clone3 io_uring_setup memfd_create pidfd_open openat2"
UNSUPPORTED = "getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr"
FORBIDDEN_CLONES = 0x7E020080 | 0x8000 | 0x2000 | 0x800000
"""New namespaces; a child of another parent, which nobody would count; and what belongs to ptrace."""
SHARED, ANONYMOUS = 0x01, 0x20
ACCESS_MODE, TRUNCATE = 0o3, 0o1000
UNIX = STREAM = 1
HARMLESS_IOCTLS = {"TCGETS": 0x5401, "TIOCGWINSZ": 0x5413, "FIONREAD": 0x541B, "FIONBIO": 0x5421, "FIOCLEX": 0x5451}
HARMLESS_PRCTLS = {"PR_GET_PDEATHSIG": 2, "PR_GET_DUMPABLE": 3, "PR_SET_NAME": 15, "PR_GET_NAME": 16}
# Duplicates, flags and locks: not leases, nor signals to whoever is named the owner of a descriptor.
HARMLESS_FCNTLS = (0, 1, 2, 3, 4, 5, 6, 7, 36, 37, 38, 1030, 1032)


def build_filter(*, alone: bool, signals: bool) -> bytes:
    """Return the filter as BPF instructions.

    `alone` means that the child sees no process and no file system but its own; where it does, calls that reach others'
    are refused or pretended. Without `signals` it may send none.
    TierError where this machine is not x86-64 or libseccomp is not installed.
    """
    if platform.machine() != "x86_64":
        raise TierError(f"the sandbox knows x86-64 only, and this machine is {platform.machine()}")
    seccomp = _libseccomp()
    found = seccomp.SyscallFilter(seccomp.ERRNO(errno.EPERM))
    names = " ".join([MEMORY, FILES, TIME, WAITING, PROCESSES, SIGNALS, SENDING_SIGNALS if signals else "", PAIRS])
    _add(found, seccomp.ALLOW, names)
    _add(found, seccomp.ERRNO(errno.ENOSYS), UNKNOWN)
    _add(found, seccomp.ERRNO(errno.EOPNOTSUPP), UNSUPPORTED)
    _add(found, seccomp.ERRNO(0), PRETENDED)
    _add_by_argument(found, seccomp)
    if alone:
        _add_alone(found, seccomp)
    else:
        _add_among_others(found, seccomp)
    return _exported(found)


def _add(found: Any, action: Any, names: str) -> None:
    for name in names.split():
        found.add_rule(action, name)


def _add_by_argument(found: Any, seccomp: Any) -> None:
    """Allow what is harmless with some arguments only."""
    allowed = [("ioctl", 1, number) for number in HARMLESS_IOCTLS.values()]
    allowed += [("prctl", 0, number) for number in HARMLESS_PRCTLS.values()]
    allowed += [("fcntl", 1, number) for number in HARMLESS_FCNTLS]
    allowed += [("prlimit64", 0, 0)]  # of itself: another process's limits end it
    for name, place, value in allowed:
        found.add_rule(seccomp.ALLOW, name, seccomp.Arg(place, seccomp.EQ, value))
    itself = seccomp.Arg(0, seccomp.EQ, 0), seccomp.Arg(1, seccomp.EQ, 0)
    found.add_rule(seccomp.ALLOW, "setpriority", *itself)
    found.add_rule(seccomp.ALLOW, "clone", seccomp.Arg(0, seccomp.MASKED_EQ, FORBIDDEN_CLONES, 0))
    # Shared memory without a file is in no process's own count, and stays when its pages are given back.
    for flags in (0, SHARED, ANONYMOUS):
        found.add_rule(seccomp.ALLOW, "mmap", seccomp.Arg(3, seccomp.MASKED_EQ, SHARED | ANONYMOUS, flags))


def _add_alone(found: Any, seccomp: Any) -> None:
    _add(found, seccomp.ALLOW, " ".join([SOCKETS, REACHING_FILES, "truncate", *OPENING]))
    for name in ("socket", "socketpair"):
        found.add_rule(seccomp.ALLOW, name, seccomp.Arg(0, seccomp.EQ, UNIX))


def _add_among_others(found: Any, seccomp: Any) -> None:
    """Allow pairs of streams, which reach nobody else, and no descriptors over them, which nobody could count.

    A file opened to be read is not emptied by that: older Landlocks overlook it.
    """
    _add(found, seccomp.ERRNO(0), REACHING_FILES)
    stream = seccomp.Arg(1, seccomp.MASKED_EQ, 0xF, STREAM)
    found.add_rule(seccomp.ALLOW, "socketpair", seccomp.Arg(0, seccomp.EQ, UNIX), stream)
    for name, place in OPENING.items():
        for flags in (0, 1, 2, 3, TRUNCATE | 1, TRUNCATE | 2):
            found.add_rule(seccomp.ALLOW, name, seccomp.Arg(place, seccomp.MASKED_EQ, ACCESS_MODE | TRUNCATE, flags))


def _libseccomp() -> Any:
    try:
        import pyseccomp
    except (ImportError, OSError, RuntimeError) as error:
        raise TierError("libseccomp is missing: `apt install libseccomp2`") from error
    return pyseccomp


def _exported(found: Any) -> bytes:
    with tempfile.TemporaryFile() as file:
        found.export_bpf(file)
        file.seek(0)
        return file.read()
