"""Starting the zygote and asking it for children."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.errors import SandboxError, TierError
from autograder.sandbox.box import Box
from autograder.sandbox.folders import Workplace, make_workplace
from autograder.sandbox.syscalls import build_filter
from autograder.sandbox.tiers import Tier
from autograder.sandbox.worker import landlock
from autograder.sandbox.worker.confine import NOBODY, Plan

if TYPE_CHECKING:
    from autograder.assignment import Limits
    from autograder.sandbox.environment import Environment

SYSTEM = (
    "/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin", "/etc/ld.so.cache", "/etc/localtime", "/etc/fonts",
    "/etc/alternatives",
)  # fmt: skip
START_SECONDS, END_SECONDS = 120, 5
ZYGOTE_SECONDS = 0.2
PROJECT = Path(__file__).resolve().parents[2]
SECRET = tuple(PROJECT / name for name in ("autograder", "plugins", "reference", "assignments", "tests", ".git"))
MESSAGE_LIMIT = 1 << 20
LOG = "zygote.log"


@dataclass(frozen=True)
class Staged:
    """What a child may read of an assignment: a folder with what is given and an inert `check`."""

    folder: Path
    secret: tuple[Path, ...] = ()


class Zygote:
    """The trusted side's handle on the zygote of one assignment and tier."""

    def __init__(
        self, process: subprocess.Popen[bytes], control: socket.socket, workplace: Workplace, plan: Plan
    ) -> None:
        """Hold a process that has been started by `start_zygote`."""
        self.process = process
        self.control = control
        self.workplace = workplace
        self.tier = Tier(plan.tier)
        self.nobody = plan.become_nobody
        self.lock = threading.Lock()
        self.count = 0
        self.ready = False

    def spawn(self, cpu: int | None = None) -> Box:
        """Return a new box with a confined child in it."""
        with self.lock:
            self._await_ready()
            ours, theirs = socket.socketpair()
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
            self.count += 1
            folder = self._box_folder()
            request = json.dumps({"cpu": cpu, "box": str(folder)}).encode()
            try:
                socket.send_fds(self.control, [request], [theirs.fileno()])
            except OSError as error:
                ours.close()
                raise SandboxError("the zygote is gone") from error
            finally:
                theirs.close()
        return Box.open(ours, folder if self.tier is not Tier.FULL else None)

    def _await_ready(self) -> None:
        if self.ready:
            return
        answer = _answer(self.control, self.workplace.path / LOG)
        if answer.get("threads") != 1:
            raise TierError(f"the zygote has {answer.get('threads')} threads after its start, and must have one")
        self.ready = True

    def _box_folder(self) -> Path:
        folder = self.workplace.path / f"box-{self.count}"
        if self.tier is not Tier.FULL:
            folder.mkdir(mode=0o700)
            if self.nobody:
                os.chown(folder, NOBODY, NOBODY)
        return folder

    def stands(self) -> bool:
        """Whether the zygote lives; asked when a child is gone, which the zygote's end would explain."""
        try:
            self.process.wait(ZYGOTE_SECONDS)
        except subprocess.TimeoutExpired:
            return True
        return False

    def close(self) -> None:
        """End the zygote and everything that it has forked.

        Where no namespace ends all of that with it, it is left the time to do so itself.
        """
        self.control.close()
        if self.ready and self.tier is not Tier.FULL:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(END_SECONDS)
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.workplace.remove()


def start_zygote(tier: Tier, environment: Environment, staged: Staged, limits: Limits, *, large: bool) -> Zygote:
    """Start a zygote behind the walls of a tier; TierError says which wall this machine refuses.

    With `large` it also imports the packages that make every fork three times as dear.
    It returns as soon as the walls stand; the imports go on while the caller does something else.
    """
    workplace = make_workplace()
    root = workplace.path / "root"
    root.mkdir()
    try:
        plan = _plan(tier, environment, staged, limits, root)
        process, control = _launch(environment, workplace.path / LOG)
    except BaseException:
        workplace.remove()
        raise
    zygote = Zygote(process, control, workplace, plan)
    first = {"plan": _as_json(plan), "environment": str(environment.prefix), "large": large}
    control.send(json.dumps(first).encode())
    try:
        _answer(control, workplace.path / LOG)
    except TierError:
        zygote.close()
        raise
    return zygote


def _launch(environment: Environment, log: Path) -> tuple[subprocess.Popen[bytes], socket.socket]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.settimeout(START_SECONDS)
    code = (
        f"import sys; sys.path.insert(0, {str(environment.worker)!r}); from gradmark_worker import zygote; "
        f"del sys.path[0]; zygote.main({theirs.fileno()})"
    )
    with log.open("wb") as file:
        process = subprocess.Popen(
            [environment.python, "-I", "-c", code],
            env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            cwd="/",
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=file,
            start_new_session=True,
        )
    theirs.close()
    return process, ours


def _answer(control: socket.socket, log: Path) -> dict[str, Any]:
    try:
        message = control.recv(MESSAGE_LIMIT)
    except TimeoutError:
        message = b""
    answer: dict[str, Any] = (
        json.loads(message) if message else {"refused": _last_line(log) or "it ended without a word"}
    )
    if "refused" in answer:
        raise TierError(f"the zygote could not start: {answer['refused']}")
    return answer


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else ""


def _plan(tier: Tier, environment: Environment, staged: Staged, limits: Limits, root: Path) -> Plan:
    readable = _readable(environment)
    hidden = [str(path.resolve()) for path in (*SECRET, *staged.secret) if _is_under(path, readable)]
    scopes = tier is Tier.FULL or landlock.version() >= landlock.VERSION_WITH_SCOPES
    if tier is Tier.REDUCED:
        _demand_landlock(hidden)
    return Plan(
        tier=tier.value,
        become_nobody=os.geteuid() == 0 and (tier is Tier.FULL or all(_open_to_all(Path(each)) for each in readable)),
        root=str(root),
        readable=readable,
        hidden=hidden,
        assignment=str(staged.folder),
        filter=b"" if tier is Tier.NONE else build_filter(alone=tier is Tier.FULL, signals=scopes),
        memory_mb=int(limits.memory_mb),
        disk_mb=int(limits.disk_mb),
        processes=int(limits.processes),
        cpu_seconds=int(4 * limits.run_seconds) + 60,
    )


def _demand_landlock(hidden: list[str]) -> None:
    if landlock.version() == 0:
        raise TierError("this kernel has no Landlock")
    if hidden:
        raise TierError(f"Landlock cannot hide {hidden[0]}, which lies in a folder that students must read")


def _readable(environment: Environment) -> list[str]:
    """Return what a child must read: links as they are, and folders, outermost first, none within another."""
    wanted = {path for path in (*SYSTEM, sys.base_prefix, str(environment.prefix)) if os.path.lexists(path)}
    links = sorted(path for path in wanted if os.path.islink(path))
    found: list[str] = []
    for path in sorted(wanted.difference(links), key=len):
        if not _is_under(Path(path), found):
            found.append(path)
    return [*found, *links]


def _is_under(path: Path, folders: list[str]) -> bool:
    return any(path.resolve().is_relative_to(Path(folder).resolve()) for folder in folders) and path.exists()


def _open_to_all(path: Path) -> bool:
    """Whether a user without rights of their own can reach this path."""
    return all(parent.stat().st_mode & 0o001 for parent in path.resolve().parents)


def _as_json(plan: Plan) -> dict[str, Any]:
    return asdict(plan) | {"filter": base64.b64encode(plan.filter).decode()}
