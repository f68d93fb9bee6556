"""One box: a confined process tree, the socket to its first process, and the means to end it."""

from __future__ import annotations

import contextlib
import os
import secrets
import select
import signal
import socket
import struct
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.errors import SandboxError
from autograder.sandbox.folders import remove_folder
from autograder.sandbox.usage import private_bytes
from autograder.sandbox.worker import wire

START_SECONDS, FORK_SECONDS = 60, 10
CREDENTIALS = struct.Struct("iII")


class RulesBrokenError(SandboxError):
    """A child sent what no honest child sends."""


class BoxGoneError(SandboxError):
    """A child ended where an answer was due."""


@dataclass
class Allowance:
    """How many bytes the answers of one task may still have: trees, of whose bytes each becomes fifty, and bulk."""

    tree: int = 2 * wire.TREE_LIMIT
    bulk: int = 2 * wire.BULK_LIMIT


class Line:
    """A socket to one process of a box, which it names by its kernel-verified process id."""

    def __init__(self, sock: socket.socket) -> None:
        """Hold a socket at whose other end a process is about to be ready."""
        self.sock = sock
        self.pid = 0
        self.pidfd = -1
        self.token = b""
        self.inherited = 0
        self.lock = threading.Lock()  # the watchdog may signal what a session is closing

    def greet(self, among: int | None = None, seconds: float = START_SECONDS) -> None:
        """Wait for the process to be ready, and learn from the kernel which one it is.

        With `among` it must be a descendant of that process: whoever said hello may have ended since, and its number
        may be anybody's. So it is pinned first and looked for afterwards.
        """
        deadline = time.monotonic() + seconds
        self.sock.settimeout(seconds)
        try:
            self.pid = _sender(self.sock)
            self.pidfd = os.pidfd_open(self.pid)
            answer = self.receive(deadline)
        except TimeoutError as error:
            raise BoxGoneError("a child did not start in time") from error
        except OSError as error:
            raise BoxGoneError("a child ended before it was ready") from error
        if "ready" not in answer:
            raise SandboxError(f"a child could not be confined: {answer.get('refused')}")
        if among is not None and (self.pid not in processes_under(among) or self.ended(0)):
            raise BoxGoneError("a child ended before it was ready")

    def send(self, message: dict[str, Any], deadline: float) -> None:
        """Send a request; a child that has written without being asked has broken the rules."""
        if self.has_unread():
            raise RulesBrokenError("the child wrote to its line without being asked")
        try:
            self.token = secrets.token_bytes(8)
            wire.send(self.sock, wire.encode(message | {"token": self.token}), deadline)
        except OSError as error:
            if isinstance(error, TimeoutError):
                raise
            raise BoxGoneError("the child is gone") from error

    def receive(self, deadline: float, allowance: Allowance | None = None) -> dict[str, Any]:
        """Return one answer; TimeoutError after the deadline, another error of this file if none is to be had."""
        left = allowance or Allowance()
        try:
            tree, bulk = wire.receive(self.sock, deadline, left.tree, left.bulk)
            left.tree, left.bulk = left.tree - len(tree), left.bulk - len(bulk)
            answer = wire.decode(tree, bulk)
        except wire.WireError as error:
            raise RulesBrokenError(str(error)) from error
        except (EOFError, ConnectionError) as error:
            raise BoxGoneError("the child is gone") from error
        if not isinstance(answer, dict) or not all(isinstance(key, str) for key in answer):
            raise RulesBrokenError("an answer is not a table")
        token = answer.pop("token", None)
        if not isinstance(token, bytes) or token != self.token:
            raise RulesBrokenError("an answer belongs to no question")
        return answer

    def has_unread(self) -> bool:
        """Whether bytes have come that nobody asked for."""
        readable, _, _ = select.select([self.sock], [], [], 0)
        if not readable:
            return False
        try:
            return bool(self.sock.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
        except (BlockingIOError, ConnectionError):
            return False

    def threads(self) -> int:
        """Return how many threads the process has, counted from outside."""
        try:
            return len(os.listdir(f"/proc/{self.pid}/task"))
        except OSError:
            return 0

    def signal(self, number: int) -> None:
        """Send a signal to the process, if it still lives."""
        with self.lock, contextlib.suppress(ProcessLookupError):
            if self.pidfd >= 0:
                signal.pidfd_send_signal(self.pidfd, number)

    def kill_group(self) -> None:
        """Kill the process and its whole group; once it has ended, the zygote has done so."""
        with self.lock, contextlib.suppress(ProcessLookupError):
            if self.pidfd >= 0 and not self.ended(0):
                os.killpg(self.pid, signal.SIGKILL)

    def ended(self, seconds: float) -> bool:
        """Wait this long for the process to end, and say whether it has."""
        return bool(select.select([self.pidfd], [], [], seconds)[0])

    def close(self) -> None:
        """Let go of the socket and of the process id."""
        with self.lock:
            self.sock.close()
            if self.pidfd >= 0:
                os.close(self.pidfd)
                self.pidfd = -1


class Box:
    """The first process of a box and the lines to its forks; closing it ends every process in it."""

    def __init__(self, line: Line, folder: Path | None) -> None:
        """Hold a line that has greeted; `folder` is the box's folder where it is not a tmpfs of its own."""
        self.line = line
        self.folder = folder
        self.forks: list[Line] = []
        self.ended_for = ""

    @classmethod
    def open(cls, sock: socket.socket, folder: Path | None) -> Box:
        """Return a box whose first process is confined and ready."""
        line = Line(sock)
        try:
            line.greet()
        except SandboxError:
            line.close()
            raise
        return cls(line, folder)

    def fork(self) -> Line:
        """Return a line to a fresh copy of the box's first process."""
        ours, theirs = socket.socketpair()
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        line = Line(ours)
        line.inherited = private_bytes(self.line.pid)
        self.forks.append(line)  # at once: the watchdog may count the copy before it has greeted
        try:
            self._ask_for_fork(theirs)
            line.greet(among=self.line.pid, seconds=FORK_SECONDS)
        except SandboxError:
            self.forks.remove(line)
            line.close()
            raise
        return line

    def _ask_for_fork(self, theirs: socket.socket) -> None:
        with theirs:
            try:
                self.line.send({"do": "fork"}, time.monotonic() + FORK_SECONDS)
                socket.send_fds(self.line.sock, [b"f"], [theirs.fileno()])
            except OSError as error:
                raise BoxGoneError("the child is gone") from error

    @property
    def inherited(self) -> int:
        """The memory that forks share with the first process, or did when they began: it is not to be counted twice."""
        return sum(line.inherited for line in list(self.forks))

    def drop(self, line: Line) -> None:
        """End one fork."""
        line.signal(signal.SIGKILL)
        line.close()
        self.forks.remove(line)

    def end(self, why: str = "") -> None:
        """Kill every process of the box; `why` is remembered for who meets the silence.

        With the first process of a process namespace all others end. Where there is none, the box is a process group:
        no process can leave it, and the kernel kills all of it before one can fork again.
        """
        self.ended_for = self.ended_for or why
        if self.folder is not None:
            self.line.kill_group()
        self.line.signal(signal.SIGKILL)

    def close(self) -> None:
        """End the box and wait until its first process is gone."""
        self.end()
        for line in self.forks:
            line.close()
        self.forks.clear()
        self.line.ended(5)
        self.line.close()
        if self.folder is not None:
            remove_folder(self.folder)


def processes_under(pid: int) -> list[int]:
    """Return a process and its descendants."""
    found = [pid]
    for each in found:
        with contextlib.suppress(OSError):
            for thread in os.listdir(f"/proc/{each}/task"):
                text = Path(f"/proc/{each}/task/{thread}/children").read_text()
                found.extend(int(child) for child in text.split() if int(child) not in found)
    return found


def _sender(sock: socket.socket) -> int:
    """Peek at what has come, and return the process id that the kernel attached to it."""
    message, ancillary, _, _ = sock.recvmsg(1, socket.CMSG_SPACE(CREDENTIALS.size), socket.MSG_PEEK)
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_CREDENTIALS:
            pid: int = CREDENTIALS.unpack(data[: CREDENTIALS.size])[0]
            return pid
    raise BoxGoneError("a child ended before it was ready" if not message else "a child did not say who it is")
