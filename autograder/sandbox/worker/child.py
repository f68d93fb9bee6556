"""The child: runs the cells, answers calls, forks copies of itself; from its first cell on it is the student's."""

from __future__ import annotations

import builtins
import gc
import os
import signal
import socket
import sys
from typing import TYPE_CHECKING, Any, NoReturn

from . import wire
from .calls import Functions
from .shell import Recorder, Shell
from .values import Opaque

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMES_LIMIT = 2000
NAME_LENGTH = 100


class Child:
    """One process of a box: a namespace, a socket to the trusted side, and what is kept for it."""

    def __init__(self, shell: Shell, sock: socket.socket) -> None:
        """Serve this socket with this shell's namespace."""
        self.shell = shell
        self.sock = sock
        self.given: dict[str, Any] = {}
        self.functions = Functions(shell.user_ns, self.given)
        self.forks: list[int] = []
        self.callables: dict[str, int] = {}
        self.token = b""

    def serve(self) -> NoReturn:
        """Answer requests until the other side is gone."""
        self._send({"ready": True})
        while True:
            try:
                request = wire.decode(*wire.receive(self.sock))
            except EOFError:
                os._exit(0)
            self._answer(request)

    def _answer(self, request: Mapping[str, Any]) -> None:
        self.token = request["token"]
        match request["do"]:
            case "prepare":
                self._send(self._prepare(request))
            case "cell":
                self.shell.reserve.take()
                self._send(self._run_cell(request["number"], request["source"]))
            case "calls":
                for call in request["calls"]:
                    self._send(self._call(call))
            case "fork":
                self._fork()

    def _call(self, call: Mapping[str, Any]) -> dict[str, Any]:
        self.shell.recorder.clear()
        return self.functions.answer(call)

    def _send(self, message: dict[str, Any]) -> None:
        try:
            frame = wire.encode(message | {"token": self.token})
        except (wire.WireError, ValueError) as error:
            instead = Opaque(f"something that cannot be handed over ({error})")
            frame = wire.encode({"status": "value", "value": instead, "token": self.token})
        wire.send(self.sock, frame)

    def _prepare(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Define what the assignment gives, and remember it in case that a cell deletes it."""
        self.shell.recorder = Recorder(request["characters"])
        self.shell.seconds = request["seconds"]
        builtins.input = _no_input
        sys.path.insert(0, "")
        try:
            exec(compile(request["given"], "<given>", "exec"), self.shell.user_ns)
        except Exception as error:
            return {"status": "error", "error": f"{type(error).__name__}: {error}"}
        self.given.update({name: self.shell.user_ns[name] for name in self._callables()})
        self.callables = self._callables()
        return {"status": "ok"}

    def _run_cell(self, number: int, source: str) -> dict[str, Any]:
        outcome = self.shell.run(number, source)
        now = self._callables()
        defined = [name for name, identity in now.items() if self.callables.get(name) != identity]
        self.callables = now
        return outcome | {"defined": defined}

    def _callables(self) -> dict[str, int]:
        found = ((name, value) for name, value in list(self.shell.user_ns.items()) if isinstance(name, str))
        public = ((n, v) for n, v in found if callable(v) and not n.startswith("_") and len(n) <= NAME_LENGTH)
        return {name: id(value) for name, value in list(public)[-NAMES_LIMIT:]}

    def _fork(self) -> None:
        """Fork a copy that serves the socket which the trusted side has sent, and go on as before."""
        _, descriptors, _, _ = socket.recv_fds(self.sock, 1, 1)
        self.forks = [pid for pid in self.forks if os.waitpid(pid, os.WNOHANG) == (0, 0)]
        gc.freeze()
        pid = os.fork()
        if pid:
            self.forks.append(pid)
            os.close(descriptors[0])
            return
        signal.signal(signal.SIGINT, signal.default_int_handler)
        self.sock.close()
        self.sock = socket.socket(fileno=descriptors[0])
        self.forks = []
        self.token = b""
        self.serve()


def _no_input(prompt: object = "") -> str:
    """Answer `input()` at once instead of waiting for somebody who is not there."""
    raise EOFError(f"input({prompt!r}) was called, and nobody can answer while a notebook is graded")
