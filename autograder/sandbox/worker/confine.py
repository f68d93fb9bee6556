"""The order in which walls go up: once around the zygote, and once more around each child.

Full tier: namespaces and a read-only root, then limits, capabilities and the filter. Reduced tier: Landlock in the
place of the namespaces. None: limits only, which confine nobody who means harm.
"""

from __future__ import annotations

import os
import resource
import signal
from dataclasses import dataclass
from pathlib import Path

from . import landlock, linux

NOBODY = 65534
BOX = "/box"
DEVICES = ("null", "full", "random", "urandom")  # zero can be mapped as shared memory, which nobody counts
INODES = 10_000
MEGABYTE = 1 << 20
RESERVE_MB = 16
"""Beyond what a notebook may have: for telling what went wrong when it has taken all."""
FULL, REDUCED, NONE = "full", "reduced", "none"


@dataclass(frozen=True)
class Plan:
    """What the trusted side decided: tier, folders to read, the system-call filter and the limits of a child."""

    tier: str
    become_nobody: bool
    root: str
    readable: list[str]
    hidden: list[str]
    assignment: str
    filter: bytes
    memory_mb: int
    disk_mb: int
    processes: int
    cpu_seconds: int


def enter_outer_walls(plan: Plan) -> None:
    """Confine the process that becomes the zygote; on the full tier it returns in a new process, pid 1 of its own."""
    if plan.tier == FULL:
        _enter_namespaces(plan)
    elif plan.become_nobody:
        _become_nobody()
    linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)
    linux.prctl(linux.PR_SET_CHILD_SUBREAPER, 1)


def _become_nobody() -> None:
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)


def _enter_namespaces(plan: Plan) -> None:
    own = linux.CLONE_NEWNS | linux.CLONE_NEWNET | linux.CLONE_NEWIPC | linux.CLONE_NEWUTS | linux.CLONE_NEWCGROUP
    if plan.become_nobody:
        linux.unshare(own)
        _make_root(plan)
        _become_nobody()
        linux.prctl(linux.PR_SET_DUMPABLE, 1)
        linux.unshare(
            linux.CLONE_NEWUSER | linux.CLONE_NEWNS | linux.CLONE_NEWPID | linux.CLONE_NEWNET | linux.CLONE_NEWIPC
        )
        linux.map_identity(NOBODY, NOBODY)
    else:
        user, group = os.getuid(), os.getgid()
        linux.unshare(linux.CLONE_NEWUSER | own | linux.CLONE_NEWPID)
        linux.map_identity(user, group)
        _make_root(plan)
    _fork_into_pid_namespace()


def _fork_into_pid_namespace() -> None:
    child = os.fork()
    if child:
        linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        os._exit(os.waitstatus_to_exitcode(status) & 255)


def _make_root(plan: Plan) -> None:
    """Build a read-only root of tmpfs and binds, and make it the root."""
    at = plan.root
    linux.mount(None, "/", None, linux.MS_REC | linux.MS_PRIVATE)
    linux.mount("tmpfs", at, "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, "size=1m,nr_inodes=4k,mode=755")
    for path in plan.readable:
        _bind(path, at + path)
    for path in plan.hidden:
        _hide(at + path)
    _bind(plan.assignment, at + "/assignment")
    _make_devices(at)
    for name in (BOX, "/proc", "/former"):
        Path(at + name).mkdir(parents=True)
    if not os.path.lexists(at + "/tmp"):  # there already where the environment itself lies in /tmp
        os.symlink(BOX + "/tmp", at + "/tmp")
    linux.mount("/proc", at + "/proc", None, linux.MS_BIND | linux.MS_REC)
    os.chdir(at)
    linux.pivot_root(".", "former")
    os.chdir("/")
    linux.detach("/former")
    os.rmdir("/former")
    _fresh_box(plan.disk_mb)
    linux.mount(None, "/", None, linux.MS_REMOUNT | linux.MS_BIND | linux.MS_RDONLY | linux.MS_NOSUID | linux.MS_NODEV)


def _bind(path: str, target: str) -> None:
    """Show a file or folder of the machine read-only in the new root; links are made again as links."""
    Path(target).parent.mkdir(parents=True, exist_ok=True)
    if os.path.islink(path):
        os.symlink(os.readlink(path), target)
        return
    if os.path.isdir(path):
        Path(target).mkdir(parents=True, exist_ok=True)
    else:
        Path(target).touch()
    linux.mount(path, target, None, linux.MS_BIND)
    flags = linux.MS_BIND | linux.MS_REMOUNT | linux.MS_RDONLY | linux.MS_NOSUID | linux.MS_NODEV
    linux.mount(None, target, None, flags)


def _hide(path: str) -> None:
    """Put something empty over a file or folder."""
    if os.path.isdir(path):
        flags = linux.MS_RDONLY | linux.MS_NOSUID | linux.MS_NODEV
        linux.mount("tmpfs", path, "tmpfs", flags, "size=4k,mode=755")
    elif os.path.exists(path):
        linux.mount("/dev/null", path, None, linux.MS_BIND)


def _make_devices(at: str) -> None:
    Path(at + "/dev").mkdir(exist_ok=True)
    for name in DEVICES:
        Path(f"{at}/dev/{name}").touch()
        linux.mount(f"/dev/{name}", f"{at}/dev/{name}", None, linux.MS_BIND)
    os.symlink(BOX + "/shm", at + "/dev/shm")


def _fresh_box(disk_mb: int) -> None:
    """Mount an empty box with the folders that a notebook may write to."""
    flags = linux.MS_NOSUID | linux.MS_NODEV
    linux.mount("tmpfs", BOX, "tmpfs", flags, f"size={disk_mb}m,nr_inodes={INODES},mode=777")
    _furnish(BOX, "/assignment")


def _furnish(box: str, assignment: str) -> None:
    for name in ("tmp", "shm", "work"):
        os.mkdir(f"{box}/{name}")
        os.chmod(f"{box}/{name}", 0o777)
    work = f"{box}/work"
    for name in sorted(os.listdir(assignment)):
        os.symlink(f"{assignment}/{name}", f"{work}/{name}")
    os.chdir(work)
    os.environ |= {"TMPDIR": f"{box}/tmp", "HOME": work, "IPYTHONDIR": f"{box}/tmp", "MPLCONFIGDIR": f"{box}/tmp"}


def enter_inner_walls(plan: Plan, descriptor: int, box: str) -> None:
    """Confine one child before the first line of student code; only its socket stays open."""
    linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)
    os.setsid()  # else kill(0, SIGKILL) would reach the zygote's own group
    _silence()
    linux.close_all_but(descriptor)
    if plan.tier == FULL:
        _inner_namespaces(plan)
    else:
        linux.prctl(linux.PR_SET_CHILD_SUBREAPER, 1)
        _furnish(box, plan.assignment)
    _limit(plan)
    if plan.tier == REDUCED:
        landlock.restrict([*plan.readable, plan.assignment, "/dev/urandom"], [box, "/dev/null"])
    linux.drop_capabilities()
    if plan.tier != NONE:
        linux.load_filter(plan.filter)


def _silence() -> None:
    descriptor = os.open("/dev/null", os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(descriptor, standard)
    os.close(descriptor)


def _inner_namespaces(plan: Plan) -> None:
    linux.unshare(linux.CLONE_NEWNS | linux.CLONE_NEWIPC | linux.CLONE_NEWNET)
    _fresh_box(plan.disk_mb)
    flags = linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC
    linux.mount("proc", "/proc", "proc", flags, "subset=pid")
    # A user namespace of its own makes the kernel count this box's processes apart from all others'.
    user, group = os.getuid(), os.getgid()
    linux.unshare(linux.CLONE_NEWUSER)
    linux.map_identity(user, group)


def _limit(plan: Plan) -> None:
    in_use = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    bounds = {
        resource.RLIMIT_AS: in_use + (plan.memory_mb + RESERVE_MB) * MEGABYTE,
        resource.RLIMIT_CPU: plan.cpu_seconds,
        resource.RLIMIT_FSIZE: plan.disk_mb * MEGABYTE,
        resource.RLIMIT_NOFILE: 256,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MSGQUEUE: 0,
        resource.RLIMIT_MEMLOCK: MEGABYTE,
    }
    if plan.tier == FULL:
        bounds[resource.RLIMIT_NPROC] = plan.processes
    for limit, value in bounds.items():
        resource.setrlimit(limit, (value, value))
