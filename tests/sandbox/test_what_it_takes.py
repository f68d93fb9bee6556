"""What a box may take of the machine, whom it may touch, and that nothing of it is left: also where no control group helps."""

import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from autograder.conversation import Call
from autograder.sandbox import cgroup, folders, usage
from autograder.sandbox.box import processes_under
from autograder.sandbox.environment import prepare_environment
from autograder.sandbox.sandbox import Sandbox
from autograder.sandbox.tiers import Tier
from autograder.sandbox.zygote import Staged, start_zygote
from tests.sandbox import weak_grader
from tests.sandbox.conftest import LIMITS, Behind

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _no_groups(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the kernel bounds memory and processes the watchdog would have nothing to do."""
    if "behind" in request.fixturenames:
        monkeypatch.setattr(request.getfixturevalue("behind").sandbox, "hierarchy", None)


@pytest.fixture
def bystander() -> Iterator[int]:
    """A process of the same user that has nothing to do with a box."""
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process.pid
        process.kill()


TOUCH = """
import os
def touch(path):
    os.chmod(path, 0o777)
    os.utime(path, (1, 1))
"""


def test_it_changes_no_file_outside_not_even_its_rights_or_its_date(behind: Behind, tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("secret")
    path.chmod(0o600)
    before = path.stat()
    behind.call(TOUCH, Call("touch", (str(path),)))
    assert path.stat() == before
    weak_grader.ask(TOUCH, "touch", str(path))
    assert path.stat() != before


def test_copying_with_rights_and_dates_works_in_the_box(behind: Behind) -> None:
    source = """
import os, shutil, tempfile
def copy():
    open("a", "w").write("a")
    shutil.copy2("a", "b")
    os.chmod("b", 0o600)
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(".", folder + "/c")
    return open("b").read()
"""
    [reply] = behind.call(source, Call("copy"))
    assert reply.value == "a", reply.error


REACH = """
import os, resource
def reach(pid):
    try:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (7, 7))
        return True
    except OSError:
        return False
def slow_down(pid):
    try:
        os.setpriority(os.PRIO_PROCESS, pid, 19)
        return True
    except OSError:
        return False
"""


def test_it_sets_no_limit_and_no_priority_of_another_process(behind: Behind, bystander: int) -> None:
    before = resource.prlimit(bystander, resource.RLIMIT_NOFILE), os.getpriority(os.PRIO_PROCESS, bystander)
    replies = behind.call(REACH, Call("reach", (bystander,)), Call("slow_down", (bystander,)))
    assert [reply.value for reply in replies] == [False, False]
    assert before == (resource.prlimit(bystander, resource.RLIMIT_NOFILE), os.getpriority(os.PRIO_PROCESS, bystander))
    assert weak_grader.ask(REACH, "reach", bystander)


def test_it_takes_no_lease_on_a_file_and_names_no_owner_of_a_descriptor(behind: Behind) -> None:
    source = """
import fcntl, os, sys
def tries():
    found = []
    file = os.open(os.__file__, os.O_RDONLY)
    for command, value in ((fcntl.F_SETLEASE, fcntl.F_RDLCK), (8, os.getpid()), (10, 9)):
        try:
            found.append(fcntl.fcntl(file, command, value))
        except OSError as error:
            found.append(error.errno)
    return found
"""
    [reply] = behind.call(source, Call("tries"))
    assert reply.value == [1, 1, 1]


ELSEWHERE = """
import ctypes, os, time
parent_of_its_parent, children = 0x8000, 0
for _ in range(3):
    pid = ctypes.CDLL(None).syscall(56, parent_of_its_parent | 17, 0, 0, 0, 0)
    if pid == 0:
        os.closerange(0, 3)
        time.sleep(5)
        os._exit(0)
    children += pid > 0
def count():
    return children
"""


def test_it_starts_no_process_where_it_is_not_counted(behind: Behind) -> None:
    assert weak_grader.ask(ELSEWHERE, "count") == 3
    [reply] = behind.call(ELSEWHERE, Call("count"))
    assert reply.value == 0


def test_it_has_no_memory_that_is_in_nobodys_count(behind: Behind) -> None:
    source = """
import mmap, os
def share():
    return len(mmap.mmap(-1, 4096))
def zeros():
    return len(mmap.mmap(os.open("/dev/zero", os.O_RDWR), 4096))
"""
    assert weak_grader.ask(source, "share") == weak_grader.ask(source, "zeros") == 4096
    replies = behind.call(source, Call("share"), Call("zeros"))
    assert [reply.status for reply in replies] == ["error", "error"]


WRITE_OVER = """
import ctypes, os, time
import numpy as np
import torch  # so that there is much to write over
def write_over(count):
    for _ in range(count):
        if os.fork() == 0:
            break
    for line in open("/proc/self/maps"):
        addresses, rights, _, _, _, *name = line.split(maxsplit=5)
        if rights == "rw-p" and not name:
            start, end = (int(each, 16) for each in addresses.split("-"))
            pages = np.frombuffer((ctypes.c_uint8 * (end - start)).from_address(start), np.uint8)[::4096]
            pages[:] = pages + 0
    time.sleep(1)
"""


def test_writing_over_what_it_inherited_counts_as_memory(behind: Behind) -> None:
    if behind.sandbox.tier is not Tier.FULL:
        pytest.skip("elsewhere it does not see where that lies")
    [reply] = behind.call(WRITE_OVER, Call("write_over", (2,)))
    assert reply.status == "crashed"
    assert "memory" in reply.error


def _may_not_be_seen(pid: int) -> int:
    """What an ordinary user is told."""
    raise PermissionError(pid)


def test_what_a_session_shares_with_its_notebook_is_counted_once(
    behind: Behind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usage, "fair_share", _may_not_be_seen)
    source = "import time\nx = bytearray(200 << 20)\ndef f():\n    time.sleep(0.4)\n    return len(x)"
    [reply] = behind.call(source, Call("f"))
    assert reply.value == 200 << 20, reply.error


FLOODS = {
    "threads": """
import threading, time
def flood():
    threading.stack_size(65536)
    for _ in range(500):
        threading.Thread(target=time.sleep, args=(1,), daemon=True).start()
    time.sleep(1)
""",
    "files": """
import os, time
def flood():
    for n in range(12_000):
        os.close(os.open(str(n), os.O_CREAT | os.O_WRONLY))
    time.sleep(1)
""",
    "deleted files": """
import os, time
def flood():
    kept = []
    for _ in range(5):
        kept.append(open("x", "wb"))
        kept[-1].write(b"x" * 20_000_000)
        kept[-1].flush()
        os.unlink("x")
    time.sleep(1)
""",
    "mapped files": """
import mmap, os, time
def flood():
    kept = []
    for _ in range(40):
        with open("x", "w+b") as file:
            file.truncate(1_000_000)
            for start in range(0, 1_000_000, 4096):
                os.pwrite(file.fileno(), b"x", start)
            kept.append(mmap.mmap(file.fileno(), 4096))
        os.unlink("x")
    time.sleep(1)
""",
    "sockets": """
import os, socket, time
def flood():
    for _ in range(12):
        if os.fork() == 0:
            break
    kept = []
    try:
        while True:
            kept.extend(socket.socketpair())
    except OSError:
        time.sleep(1)
""",
}


@pytest.mark.parametrize("source", FLOODS.values(), ids=FLOODS.keys())
def test_a_flood_ends_the_box(behind: Behind, source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage, "FILES_LIMIT", 1000)
    [reply] = behind.call(source, Call("flood"))
    assert reply.status in ("error", "crashed")
    assert behind.sandbox.watchdog.thread.is_alive()
    [after] = behind.call("def f():\n    return 1", Call("f"))
    assert after.value == 1


def test_folders_within_folders_without_end_are_removed_all_the_same(behind: Behind) -> None:
    source = """
import os
def dig():
    for _ in range(3000):
        os.mkdir("d")
        os.chdir("d")
"""
    behind.call(source, Call("dig"))
    assert behind.sandbox.watchdog.thread.is_alive()
    assert not list(behind.sandbox.zygote.workplace.path.glob("box-*"))


def test_a_process_that_forks_and_ends_again_and_again_ends_with_its_box(behind: Behind) -> None:
    source = """
import os, time
if os.fork() == 0:
    started = time.time()
    while time.time() < started + 20:
        os.setsid()
        if os.fork():
            os._exit(0)
"""
    zygote = behind.sandbox.zygote
    notebook = behind.run(source, "import time\ntime.sleep(0.2)")
    notebook.close()
    time.sleep(0.2)
    [reply] = behind.call("def f():\n    return 1", Call("f"))
    assert reply.value == 1
    assert behind.sandbox.zygote is zygote
    time.sleep(0.2)
    assert len(processes_under(zygote.process.pid)) == (2 if behind.sandbox.tier is Tier.FULL else 1)


def test_boxes_that_die_together_bring_nobody_else_down(behind: Behind) -> None:
    zygote = behind.sandbox.zygote
    other_child_of_init = "import os, time; os.fork() and os._exit(0); time.sleep(10)"
    subprocess.run([sys.executable, "-c", other_child_of_init], check=True, stdout=subprocess.DEVNULL)
    for _ in range(8):
        notebooks = [behind.run("x = 1") for _ in range(5)]
        for notebook in notebooks:
            assert notebook.box is not None
            notebook.box.line.signal(signal.SIGKILL)
        for notebook in notebooks:
            notebook.close()
    assert behind.sandbox.zygote is zygote
    assert zygote.process.poll() is None


def test_forty_notebooks_leave_nothing_behind(behind: Behind) -> None:
    def held() -> tuple[int, ...]:
        family = [pid for pid in processes_under(os.getpid()) if os.access(f"/proc/{pid}/fd", os.R_OK)]
        descriptors = [len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in family]
        boxes = list(behind.sandbox.zygote.workplace.path.glob("box-*"))
        mounts = Path("/proc/self/mountinfo").read_text().count("\n")
        return (
            sum(descriptors),
            len(processes_under(os.getpid())),
            len(boxes),
            mounts,
            len(behind.sandbox.watchdog.boxes),
        )

    behind.call("def f():\n    return 1", Call("f"))
    time.sleep(0.1)
    before = held()
    for _ in range(40):
        behind.call("import os\nos.fork() or __import__('time').sleep(30)\ndef f():\n    return 1", Call("f"))
    time.sleep(0.1)
    assert held() == before


KILLED = """
import sys
from pathlib import Path
from tests.sandbox.conftest import LIMITS, Behind
from autograder.conversation import Call
from autograder.sandbox.environment import prepare_environment
from autograder.sandbox.sandbox import Sandbox
from autograder.sandbox.session import TaskSession
from autograder.sandbox.tiers import Tier
from autograder.sandbox.zygote import Staged, start_zygote
start = lambda large: start_zygote(Tier(sys.argv[1]), prepare_environment(), Staged(Path(sys.argv[2])), LIMITS, large=large)
with Sandbox(start, LIMITS, pin=False) as sandbox:
    notebook = Behind(sandbox, LIMITS).run('''
import os, time
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        os.fork()
        time.sleep(30)
''')
    print(sandbox.zygote.workplace.path, flush=True)
    sys.stdin.read()
"""


def test_when_the_grader_is_killed_everything_ends_and_the_next_one_clears_up(
    behind: Behind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o755)
    command = [sys.executable, "-c", KILLED, behind.sandbox.tier, str(tmp_path)]
    home = {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ | home
    ) as grader:
        assert grader.stdout is not None
        workplace = Path(grader.stdout.readline().strip())
        family = [f"/proc/{pid}" for pid in processes_under(grader.pid)]
        assert len(family) > 5
        grader.kill()
    deadline = time.monotonic() + 3
    while any(map(os.path.exists, family)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(os.path.exists, family))
    assert workplace.exists()
    monkeypatch.setattr(folders, "YOUNG_SECONDS", -1)
    folders.make_workplace().remove()
    assert not workplace.exists()


def test_a_folder_of_a_run_that_lasts_is_not_cleared_away(behind: Behind, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "YOUNG_SECONDS", -1)
    folders.make_workplace().remove()
    assert behind.sandbox.zygote.workplace.path.exists()


def test_groups_of_dead_graders_are_cleared_away(tmp_path: Path) -> None:
    dead, living = tmp_path / "gradmark-99999999-0", tmp_path / f"gradmark-{os.getpid()}-0"
    dead.mkdir()
    living.mkdir()
    cgroup.reclaim(cgroup.Hierarchy(1, (tmp_path,)))
    assert [path.exists() for path in (dead, living)] == [False, True]


def test_a_secret_among_what_must_be_readable_is_hidden_be_it_a_file_or_a_folder(tmp_path: Path) -> None:
    environment = prepare_environment()
    tmp_path.chmod(0o755)
    place = Path(tempfile.mkdtemp(dir=environment.prefix, prefix=".secret-"))
    try:
        place.chmod(0o755)
        (place / "class.zip").write_text("secret")
        (place / "folder").mkdir()
        (place / "folder" / "a.ipynb").write_text("secret")
        staged = Staged(tmp_path, (place / "class.zip", place / "folder"))
        source = f"import os\ndef loot():\n    return open({str(place / 'class.zip')!r}).read(), os.listdir({str(place / 'folder')!r})"
        with Sandbox(partial(start_zygote, Tier.FULL, environment, staged, LIMITS), LIMITS, pin=False) as sandbox:
            [reply] = Behind(sandbox, LIMITS).call(source, Call("loot"))
        assert reply.value == ("", [])
    finally:
        shutil.rmtree(place)
