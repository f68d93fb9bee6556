"""The zygote: a warm parent with everything imported and no secret, which forks a child for each submission."""

from __future__ import annotations

import base64
import gc
import json
import os
import shutil
import signal
import socket
import sys
import tempfile
from pathlib import Path
from typing import Any, NoReturn

from . import confine, linux

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
PRELOADED = (
    "matplotlib.pyplot", "matplotlib_inline.backend_inline", "pandas", "scipy.sparse", "scipy.special", "torch",
    "torch.nn.functional", "torch.optim", "torch.utils.data", "torch._dynamo", "asyncio", "subprocess", "sqlite3",
)  # fmt: skip
MESSAGE_LIMIT = 1 << 20
spawned: set[int] = set()


def main(descriptor: int) -> NoReturn:
    """Read the plan from the control socket, go behind the outer walls, warm up, and fork on request."""
    control = socket.socket(fileno=descriptor)
    first = json.loads(control.recv(MESSAGE_LIMIT))
    plan = confine.Plan(**(first["plan"] | {"filter": base64.b64decode(first["plan"]["filter"])}))
    try:
        confine.enter_outer_walls(plan)
    except OSError as error:
        control.send(json.dumps({"refused": str(error)}).encode())
        os._exit(1)
    control.send(json.dumps({"walls": plan.tier}).encode())
    shell = _warm_up(first["environment"])
    control.send(json.dumps({"ready": True, "threads": len(os.listdir("/proc/self/task"))}).encode())
    signal.signal(signal.SIGCHLD, _reap)
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, MESSAGE_LIMIT, 1)
        if not message:
            os._exit(0)
        _spawn(plan, json.loads(message), descriptors[0], shell, control)


def _warm_up(environment: str) -> Any:
    """Import and exercise what students use; every import is paid here once, and no thread is started."""
    os.environ.update(dict.fromkeys(THREADS, "1"))
    os.environ.update(MPLBACKEND="module://matplotlib_inline.backend_inline", PIP_NO_INPUT="1", PIP_RETRIES="0")
    scratch = tempfile.mkdtemp()
    os.environ.update(MPLCONFIGDIR=scratch, IPYTHONDIR=scratch, HOME=scratch)
    for fonts in Path(environment).glob("fontlist*.json"):
        shutil.copy(fonts, scratch)
    for name in PRELOADED:
        __import__(name)
    _exercise_torch()
    from . import child  # noqa: F401  (imported here, so that no child has to)
    from .shell import make_shell

    shell = make_shell(20_000)
    for source in (
        "import numpy as np\nnp.ones((4, 4)) @ np.ones((4, 4))",
        "1/0",
        "print('warm')",
        "%matplotlib inline",
    ):
        shell.run(0, source)
    shell.reset(new_session=False)
    shutil.rmtree(scratch, ignore_errors=True)
    tempfile.tempdir = None
    gc.collect()
    gc.freeze()
    linux.gather_pages()
    return shell


def _exercise_torch() -> None:
    import torch

    torch.set_num_threads(1)
    model = torch.nn.Sequential(torch.nn.Conv1d(2, 2, 3), torch.nn.Flatten(), torch.nn.Linear(4, 2))
    optimizer = torch.optim.Adam(model.parameters())
    loss = torch.nn.functional.cross_entropy(model(torch.ones(1, 2, 4)), torch.zeros(1, dtype=torch.long))
    loss.backward()
    optimizer.step()
    torch.manual_seed(0)


def _reap(*_: object) -> None:
    """Collect children that have ended, and end those that a box left behind when its first process died."""
    try:
        while pid := os.waitpid(-1, os.WNOHANG)[0]:
            spawned.discard(pid)
    except ChildProcessError:
        return
    for pid in _children() - spawned:
        os.kill(pid, signal.SIGKILL)


def _children() -> set[int]:
    own = os.getpid()
    return {int(pid) for pid in Path(f"/proc/{own}/task/{own}/children").read_text().split()}


def _spawn(plan: confine.Plan, request: dict[str, Any], descriptor: int, shell: Any, control: socket.socket) -> None:
    """Fork one child into a process namespace of its own, with the socket that came along."""
    if plan.tier == confine.FULL:
        linux.unshare(linux.CLONE_NEWPID)
    # Between the fork and the entry in `spawned` a child must not be taken for a stray.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    pid = os.fork()
    if pid == 0:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
        _become_child(plan, request, descriptor, shell, control)
    spawned.add(pid)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    os.close(descriptor)
    if plan.tier == confine.FULL:
        own = os.pidfd_open(os.getpid())
        linux.setns(own, linux.CLONE_NEWPID)
        os.close(own)


def _become_child(
    plan: confine.Plan, request: dict[str, Any], descriptor: int, shell: Any, control: socket.socket
) -> NoReturn:
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        control.close()
        if request["cpu"] is not None:
            os.sched_setaffinity(0, {request["cpu"]})
        confine.enter_inner_walls(plan, descriptor, request["box"])
        from .child import Child

        Child(shell, socket.socket(fileno=descriptor)).serve()
    except BaseException as error:
        _say_why(descriptor, error)
    os._exit(1)


def _say_why(descriptor: int, error: BaseException) -> None:
    from . import wire

    try:
        with socket.socket(fileno=descriptor) as sock:
            wire.send(sock, wire.encode({"refused": f"{type(error).__name__}: {error}", "token": b""}))
    except OSError:
        sys.exit(1)
