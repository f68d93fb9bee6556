"""Which system calls a child may make, as a prebuilt seccomp filter.

What is not named is refused with EPERM. libseccomp turns names into numbers and kills whatever calls through another
architecture's table (int 0x80, x32).
"""

from __future__ import annotations

import errno
import platform
import tempfile
from typing import Any

from autograder.errors import TierError

MEMORY = "brk mmap mprotect munmap mremap madvise msync mincore mlock munlock membarrier get_mempolicy set_mempolicy"
FILES = (
    "read write open openat close stat fstat lstat newfstatat statx access faccessat faccessat2 lseek pread64 pwrite64 "
    "readv writev preadv pwritev preadv2 pwritev2 readlink readlinkat getdents getdents64 getcwd chdir fchdir rename "
    "renameat renameat2 mkdir mkdirat rmdir creat link linkat symlink symlinkat unlink unlinkat chmod fchmod fchmodat "
    "umask truncate ftruncate fallocate fsync fdatasync flock fcntl dup dup2 dup3 pipe pipe2 utime utimes utimensat "
    "futimesat fadvise64 copy_file_range sendfile splice tee statfs fstatfs close_range"
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
    "fork vfork execve exit exit_group wait4 waitid getpid getppid gettid getpgrp getpgid setpgid getsid setsid "
    "getuid geteuid getgid getegid getgroups getresuid getresgid getrlimit setrlimit prlimit64 getrusage getpriority "
    "setpriority sched_yield sched_getaffinity sched_setaffinity sched_getparam sched_getscheduler "
    "sched_get_priority_max sched_get_priority_min uname sysinfo arch_prctl set_tid_address set_robust_list "
    "get_robust_list rseq getcpu getrandom"
)
SIGNALS = "rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigtimedwait rt_sigsuspend sigaltstack"
SENDING_SIGNALS = "kill tgkill tkill rt_sigqueueinfo"
SOCKETS = (
    "connect accept accept4 bind listen sendto recvfrom sendmsg recvmsg sendmmsg recvmmsg shutdown getsockname "
    "getpeername getsockopt setsockopt"
)
# The C library falls back to an older call when it reads ENOSYS, and gives up when it reads EPERM.
UNKNOWN = "clone3 io_uring_setup memfd_create pidfd_open openat2"
UNSUPPORTED = "getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr"
NEW_NAMESPACES = 0x7E020080
HARMLESS_IOCTLS = {"TCGETS": 0x5401, "TIOCGWINSZ": 0x5413, "FIONREAD": 0x541B, "FIONBIO": 0x5421, "FIOCLEX": 0x5451}
HARMLESS_PRCTLS = {"PR_GET_PDEATHSIG": 2, "PR_GET_DUMPABLE": 3, "PR_SET_NAME": 15, "PR_GET_NAME": 16}


def build_filter(*, sockets: bool, signals: bool) -> bytes:
    """Return the filter as BPF instructions; without `signals` or `sockets` no other process can be reached by them.

    TierError where this machine is not x86-64 or libseccomp is not installed.
    """
    if platform.machine() != "x86_64":
        raise TierError(f"the sandbox knows x86-64 only, and this machine is {platform.machine()}")
    seccomp = _libseccomp()
    found = seccomp.SyscallFilter(seccomp.ERRNO(errno.EPERM))
    names = " ".join([MEMORY, FILES, TIME, WAITING, PROCESSES, SIGNALS, SENDING_SIGNALS if signals else ""])
    for name in names.split():
        found.add_rule(seccomp.ALLOW, name)
    for name in UNKNOWN.split():
        found.add_rule(seccomp.ERRNO(errno.ENOSYS), name)
    for name in UNSUPPORTED.split():
        found.add_rule(seccomp.ERRNO(errno.EOPNOTSUPP), name)
    found.add_rule(seccomp.ALLOW, "clone", seccomp.Arg(0, seccomp.MASKED_EQ, NEW_NAMESPACES, 0))
    for number in HARMLESS_IOCTLS.values():
        found.add_rule(seccomp.ALLOW, "ioctl", seccomp.Arg(1, seccomp.EQ, number))
    for number in HARMLESS_PRCTLS.values():
        found.add_rule(seccomp.ALLOW, "prctl", seccomp.Arg(0, seccomp.EQ, number))
    _add_sockets(found, seccomp, full=sockets)
    return _exported(found)


def _add_sockets(found: Any, seccomp: Any, *, full: bool) -> None:
    """Allow Unix sockets; where others' sockets may lie about, only pairs of streams, which reach nobody else."""
    unix = seccomp.Arg(0, seccomp.EQ, 1)
    if full:
        found.add_rule(seccomp.ALLOW, "socket", unix)
        found.add_rule(seccomp.ALLOW, "socketpair", unix)
    else:
        stream = seccomp.Arg(1, seccomp.MASKED_EQ, 0xF, 1)
        found.add_rule(seccomp.ALLOW, "socketpair", unix, stream)
    for name in SOCKETS.split():
        found.add_rule(seccomp.ALLOW, name)


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
