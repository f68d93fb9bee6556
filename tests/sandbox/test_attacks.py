"""What a hostile notebook tries: each attack succeeds against a weak grader and fails against the wall, on every tier."""

import os
import pickle
import socket
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from autograder.compare import Tolerance, first_difference
from autograder.conversation import Call, Opaque
from autograder.sandbox.box import processes_under
from tests.sandbox import weak_grader
from tests.sandbox.conftest import Behind

pytestmark = pytest.mark.slow
REPOSITORY = Path(__file__).resolve().parents[2]


def test_it_cannot_read_the_references(behind: Behind) -> None:
    source = "def loot(path):\n    return open(path).read()[:20]"
    path = str(REPOSITORY / "reference" / "recurrent" / "lstm.py")
    assert weak_grader.ask(source, "loot", path)
    [reply] = behind.call(source, Call("loot", (path,)))
    assert reply.status == "error"


def test_it_finds_neither_the_project_nor_an_assignment_anywhere(behind: Behind) -> None:
    source = """
import importlib.util, os
def modules(names):
    return [name for name in names if importlib.util.find_spec(name)]
def files(names, top):
    return [name for _, _, found in os.walk(top) for name in found if name in names]
"""
    names = ["autograder", "reference", "plugins", "assignments"]
    modules, files = behind.call(
        source,
        Call("modules", (names,)),
        Call("files", (["solution.py", "slips.toml", "hookspecs.py"], str(REPOSITORY))),
    )
    assert modules.value == []
    assert files.value == []


def test_it_cannot_read_the_graders_environment(behind: Behind, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_THE_GRADER", "42")
    source = """
import os
def loot(pid):
    if "SECRET_OF_THE_GRADER" in os.environ:
        return True
    try:
        return b"SECRET_OF_THE_GRADER" in open(f"/proc/{pid}/environ", "rb").read()
    except OSError:
        return False
"""
    assert weak_grader.ask(source, "loot", os.getpid())
    [reply] = behind.call(source, Call("loot", (os.getpid(),)))
    assert reply.value is False


def test_it_cannot_read_other_submissions(behind: Behind, tmp_path: Path) -> None:
    (tmp_path / "somebody.ipynb").write_text("{}")
    source = "import os\ndef loot(path):\n    return os.listdir(path)"
    assert weak_grader.ask(source, "loot", str(tmp_path)) == ["somebody.ipynb"]
    [reply] = behind.call(source, Call("loot", (str(tmp_path),)))
    assert reply.status == "error"


def test_it_cannot_reach_another_box(behind: Behind) -> None:
    mark = "import os\nopen('mine.txt', 'w').write('mine')\ndef where():\n    return os.getcwd()"
    first = behind.run(mark)
    try:
        find = (
            "import os\ndef loot():\n    return [n for top in ('/tmp', '/box') for _, _, f in os.walk(top) for n in f]"
        )
        [reply] = behind.call(find, Call("loot"))
        assert reply.status == "value"
        assert "mine.txt" not in reply.value
    finally:
        first.close()


def test_it_cannot_forge_a_reply(behind: Behind) -> None:
    forged = pickle.dumps("forged")
    weak = f"import os\ndef answer():\n    os.write(1, {forged!r})\n    os._exit(0)"
    assert weak_grader.ask(weak, "answer") == "forged"
    source = """
import os
def answer():
    for descriptor in range(3, 256):
        try:
            os.write(descriptor, bytes.fromhex("%s"))
        except OSError:
            pass
    return "honest"
"""
    from autograder.sandbox.worker import wire

    frame = wire.encode({"status": "value", "value": "forged", "arguments": (), "keywords": {}}).hex()
    [reply] = behind.call(source % frame, Call("answer"))
    assert reply.status == "crashed"
    assert "do not count" in reply.error


def test_it_cannot_answer_before_it_is_asked(behind: Behind) -> None:
    source = """
import gc, os, socket
for thing in gc.get_objects():
    if isinstance(thing, socket.socket):
        thing.send(b"x" * 12)
def answer():
    return 1
"""
    notebook = behind.run(source)
    try:
        assert notebook.outcomes[1].status == "killed"
    finally:
        notebook.close()


def test_nothing_of_it_is_unpickled(behind: Behind, tmp_path: Path) -> None:
    target = tmp_path / "executed"
    source = f"""
class Bomb:
    def __reduce__(self):
        return (open, ({str(target)!r}, "w"))
def answer():
    return Bomb()
"""
    weak = weak_grader.ask(source, "answer")
    weak.close()
    assert target.exists()
    target.unlink()
    [reply] = behind.call(source, Call("answer"))
    assert reply.value == Opaque("Bomb")
    assert not target.exists()


LIAR = """
import numpy as np
class Liar(np.ndarray):
    def __eq__(self, other):
        return np.ones(3, bool)
    def __sub__(self, other):
        return np.zeros(3)
    __rsub__ = __sub__
def answer():
    return np.zeros(3).view(Liar)
"""


def test_an_array_cannot_lie_about_itself(behind: Behind) -> None:
    expected = np.arange(3.0)
    namespace: dict[str, object] = {}
    exec(LIAR, namespace)
    assert (namespace["answer"]() == expected).all()  # type: ignore[operator]
    [reply] = behind.call(LIAR, Call("answer"))
    assert type(reply.value) is np.ndarray
    assert first_difference(reply.value, expected, Tolerance()) is not None


FORKS = """
import os, signal, time
def bomb(count):
    children = []
    for _ in range(count):
        try:
            pid = os.fork()
        except OSError:
            break
        if pid == 0:
            time.sleep(20)
            os._exit(0)
        children.append(pid)
    time.sleep(0.5)  # a watchdog looks ten times a second
    for pid in children:
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            pass
    return len(children)
"""


def test_it_cannot_fork_without_end(behind: Behind) -> None:
    assert weak_grader.ask(FORKS, "bomb", 60) == 60
    [reply] = behind.call(FORKS, Call("bomb", (60,)))
    assert reply.status in ("crashed", "value")
    assert reply.status == "crashed" or reply.value < behind.limits.processes


def test_it_cannot_fill_the_memory(behind: Behind) -> None:
    source = "def fill(n):\n    return len(bytearray(n))"
    assert weak_grader.ask(source, "fill", 600_000_000) == 600_000_000
    [reply] = behind.call(source, Call("fill", (600_000_000,)))
    assert reply.status in ("error", "crashed")


def test_it_cannot_fill_the_memory_with_many_processes(behind: Behind) -> None:
    source = """
import os, time
def fill(count, size):
    for _ in range(count):
        if os.fork() == 0:
            hold = bytearray(size)
            hold[::4096] = b"x" * len(hold[::4096])
            time.sleep(1.5)
            os._exit(0)
    hold = bytearray(size)
    time.sleep(1)
    return count * size
"""
    assert weak_grader.ask(source, "fill", 5, 100_000_000) == 500_000_000
    [reply] = behind.call(source, Call("fill", (5, 100_000_000)))
    assert reply.status == "crashed"
    assert "memory" in reply.error


def test_it_cannot_fill_the_disk(behind: Behind, tmp_path: Path) -> None:
    source = """
import os, time
def fill(folder, count):
    for n in range(count):
        with open(os.path.join(folder, f"f{n}"), "wb") as file:
            file.write(b"x" * 8_000_000)
    time.sleep(0.5)
    return count
"""
    assert weak_grader.ask(source, "fill", str(tmp_path), 10) == 10
    [reply] = behind.call(source, Call("fill", (".", 10)))
    assert reply.status in ("error", "crashed")


def test_it_cannot_loop_for_ever_where_no_signal_reaches(behind: Behind) -> None:
    source = """
import signal
def loop():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    while True:
        sum(range(10**9))
"""
    assert weak_grader.ask(source, "loop") == weak_grader.HUNG
    started = time.monotonic()
    replies = behind.call(source, Call("loop"), Call("loop"))
    assert [reply.status for reply in replies] == ["timed out", "timed out"]
    assert time.monotonic() - started < 20


def test_killing_its_group_kills_nobody_else(behind: Behind) -> None:
    source = "import os, signal\ndef kill():\n    os.kill(0, signal.SIGKILL)\n    return 1"
    assert weak_grader.ask(source, "kill") is None
    [reply] = behind.call(source, Call("kill"))
    assert reply.status == "crashed"
    [after] = behind.call("def f():\n    return 1", Call("f"))
    assert after.value == 1


def test_killing_everything_kills_nobody_else(behind: Behind) -> None:
    source = "import os, signal\ndef kill():\n    os.kill(-1, signal.SIGKILL)\n    return 1"
    bystander = os.fork()
    if bystander == 0:
        time.sleep(60)
        os._exit(0)
    try:
        behind.call(source, Call("kill"))
        assert os.waitpid(bystander, os.WNOHANG) == (0, 0)
    finally:
        os.kill(bystander, 9)
        os.waitpid(bystander, 0)


DAEMON = """
import os, time
def leave(path):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.closerange(0, 3)
            while True:
                with open(path, "a") as file:
                    file.write(".")
                time.sleep(0.05)
        os._exit(0)
    time.sleep(0.3)
    return os.path.getsize(path)
"""


def test_a_daemon_does_not_outlive_its_box(behind: Behind, tmp_path: Path) -> None:
    path = tmp_path / "heartbeat"
    weak = DAEMON.replace("while True:", "for _ in range(40):")
    weak_grader.ask(weak, "leave", str(path))
    size = path.stat().st_size
    time.sleep(0.3)
    assert path.stat().st_size > size
    before = _daemons()
    [reply] = behind.call(DAEMON, Call("leave", ("heartbeat",)))
    assert reply.value > 0
    time.sleep(0.3)
    assert _daemons() <= before


def _daemons() -> int:
    """Count our processes under the students' interpreter, and those that nobody minds; others' tests run beside us."""
    ours = set(processes_under(os.getpid()))
    found = 0
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                here = int(entry.name) in ours or parent == 1
                found += here and b"gradmark_worker" in (entry / "cmdline").read_bytes()
            except OSError:
                continue
    return found


def _accept_one(server: socket.socket) -> None:
    server.accept()[0].close()


def test_it_reaches_no_network(behind: Behind) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_accept_one, args=[server], daemon=True).start()
        source = "import socket\ndef call(port):\n    socket.create_connection(('127.0.0.1', port), 1).close()\n    return True"
        assert weak_grader.ask(source, "call", server.getsockname()[1])
        [reply] = behind.call(source, Call("call", (server.getsockname()[1],)))
        assert reply.status == "error"


def test_it_cannot_look_into_another_process(behind: Behind) -> None:
    source = """
import ctypes, os
def look(pid):
    libc = ctypes.CDLL(None, use_errno=True)
    attached = libc.ptrace(16, pid, 0, 0) == 0
    try:
        open(f"/proc/{pid}/mem", "rb").close()
        return True
    except OSError:
        return attached
"""
    [reply] = behind.call(source, Call("look", (os.getpid(),)))
    assert reply.value is False


def test_it_makes_no_namespaces_and_mounts_nothing(behind: Behind) -> None:
    source = """
import ctypes
def tries():
    libc = ctypes.CDLL(None, use_errno=True)
    return [libc.unshare(0x10000000), libc.mount(b"x", b"/tmp", b"tmpfs", 0, None), libc.syscall(425, 1, None)]
"""
    [reply] = behind.call(source, Call("tries"))
    assert reply.value == [-1, -1, -1]
