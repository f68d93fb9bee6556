"""The zygote: a warm parent with everything imported and no secret, which forks a child for each submission."""

from __future__ import annotations

import base64
import contextlib
import gc
import json
import os
import select
import shutil
import signal
import socket
import sys
import tempfile
from pathlib import Path
from typing import Any, NoReturn

from . import confine, linux

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
ALWAYS = ("matplotlib.pyplot", "matplotlib_inline.backend_inline", "asyncio", "subprocess", "sqlite3")
LARGE = (
    "pandas", "scipy.sparse", "scipy.special", "torch", "torch.nn.functional", "torch.optim", "torch.utils.data",
    "torch._dynamo",
)  # fmt: skip
"""Every fork pays for these, so there is a zygote with them and one without."""
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
    shell = _warm_up(first["environment"], large=first["large"])
    control.send(json.dumps({"ready": True, "threads": len(os.listdir("/proc/self/task"))}).encode())
    _serve(plan, control, shell)


def _serve(plan: confine.Plan, control: socket.socket, shell: Any) -> NoReturn:
    """Fork on request and bury the dead, one after the other, until the trusted side is gone; then end everybody.

    A death is told by a byte, not by a call into whatever is running: it must find nothing half done.
    """
    signal.signal(signal.SIGCHLD, lambda *_: None)
    deaths, told = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(told, warn_on_full_buffer=False)
    if plan.tier != confine.FULL:
        linux.prctl(linux.PR_SET_PDEATHSIG, 0)  # a sudden end would leave the boxes behind; this loop ends them
    while True:
        ready, _, _ = select.select([control.fileno(), deaths], [], [])
        if deaths in ready:
            os.read(deaths, MESSAGE_LIMIT)
            _bury(plan)
        if control.fileno() in ready:
            message, descriptor = _asked(control)
            if not message:
                _end_all(plan)
            _spawn(plan, json.loads(message), descriptor, shell, control)


def _asked(control: socket.socket) -> tuple[bytes, int]:
    try:
        message, descriptors, _, _ = socket.recv_fds(control, MESSAGE_LIMIT, 1)
    except ConnectionError:
        return b"", -1
    return message, descriptors[0] if descriptors else -1


def _warm_up(environment: str, *, large: bool) -> Any:
    """Import and exercise what students use; every import is paid here once, and no thread is started."""
    os.environ.update(dict.fromkeys(THREADS, "1"))
    os.environ.update(MPLBACKEND="module://matplotlib_inline.backend_inline", PIP_NO_INPUT="1", PIP_RETRIES="0")
    scratch = tempfile.mkdtemp()
    os.environ.update(MPLCONFIGDIR=scratch, IPYTHONDIR=scratch, HOME=scratch)
    for fonts in Path(environment).glob("fontlist*.json"):
        shutil.copy(fonts, scratch)
    for name in (*ALWAYS, *(LARGE if large else ())):
        __import__(name)
    if large:
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


def _bury(plan: confine.Plan) -> None:
    """Collect children that have ended, and end what a box left behind when its first process died.

    Each box is a process group, which its processes cannot leave; and as long as its first process is not collected,
    no other group can have that number.
    """
    while True:
        try:
            ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return
        if ended is None:
            break
        if ended.si_pid in spawned:
            spawned.remove(ended.si_pid)
            _kill_group(ended.si_pid)
        os.waitpid(ended.si_pid, 0)
    _kill_strays(plan)


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):  # nobody is left, or none but the dead
        os.killpg(pid, signal.SIGKILL)


def _kill_strays(plan: confine.Plan) -> None:
    """End those that fell to the zygote: without a filter processes can leave their group.

    Where there are namespaces nobody can fall to it, and /proc knows processes by other numbers.
    """
    if plan.tier != confine.FULL:
        own = os.getpid()
        for pid in Path(f"/proc/{own}/task/{own}/children").read_text().split():
            if int(pid) not in spawned:
                os.kill(int(pid), signal.SIGKILL)


def _end_all(plan: confine.Plan) -> NoReturn:
    for pid in spawned:
        _kill_group(pid)
    while spawned:
        select.select([], [], [], 0.01)
        _bury(plan)
    os._exit(0)


def _spawn(plan: confine.Plan, request: dict[str, Any], descriptor: int, shell: Any, control: socket.socket) -> None:
    """Fork one child with the socket that came along; what stands in the way is said to who asked, and ends nobody."""
    try:
        pid = _fork(plan)
        if pid == 0:
            _become_child(plan, request, descriptor, shell, control)
        spawned.add(pid)
    except OSError as error:
        _say_why(descriptor, error)
    else:
        os.close(descriptor)


def _fork(plan: confine.Plan) -> int:
    """Fork into a process namespace of the child's own, where there are namespaces, and come back out of it."""
    if plan.tier != confine.FULL:
        return os.fork()
    linux.unshare(linux.CLONE_NEWPID)
    pid = -1
    try:
        pid = os.fork()
    finally:
        if pid != 0:
            own = os.pidfd_open(os.getpid())
            linux.setns(own, linux.CLONE_NEWPID)
            os.close(own)
    return pid


def _become_child(
    plan: confine.Plan, request: dict[str, Any], descriptor: int, shell: Any, control: socket.socket
) -> NoReturn:
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)  # what a shell starts in the background ignores it
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
