"""What a child may answer: a notebook that finds its socket and its token writes frames of its own, and harms nobody."""

import multiprocessing
import socket
import time

import msgpack
import numpy as np
import pytest

from autograder.assignment import Limits
from autograder.compare import plain
from autograder.conversation import Call, Opaque, Sparse
from autograder.sandbox import session
from autograder.sandbox.box import Allowance, BoxGoneError, Line, RulesBrokenError
from autograder.sandbox.replies import Outcome, Room, read_outcome
from autograder.sandbox.session import Program, TaskSession
from autograder.sandbox.worker import wire
from autograder.submission import Cell
from tests.sandbox.conftest import Behind

FORGER = """
import sys, struct, msgpack, time
def child():
    frame = sys._getframe()
    while frame:
        found = frame.f_locals.get("self")
        if hasattr(found, "token") and hasattr(found, "sock"):
            return found
        frame = frame.f_back
def say(pairs, bulk=b"", token=None):
    own = child()
    tree = msgpack.packb(["d", ["token", token or own.token], *pairs], unicode_errors="surrogatepass")
    own.sock.settimeout(None)
    own.sock.sendall(struct.pack("<IQ", len(tree), len(bulk)) + tree + bulk)
"""
ARRAY = ["a", "f8", [3], 0]
LIST = ["l"]
CELL = [["outputs", LIST], ["defined", LIST]]
HOSTILE = {
    "a status that is an array": [["status", ARRAY], *CELL],
    "an output whose kind is an array": [["status", "ok"], ["outputs", ["l", ["d", ["output_type", ARRAY]]]], CELL[1]],
    "a stream whose name is an array": [
        ["status", "ok"], ["outputs", ["l", ["d", ["output_type", "stream"], ["name", ARRAY]]]], CELL[1],
    ],
    "a dtype that is no Python": [["status", ["a", "(1f8,f8", [3], 0]]],
    "a character that is none": [["status", ["s", "U1", [], 0]], *CELL],
    "names without end": [["status", "ok"], CELL[0], ["defined", ["l", *("f" * 1500 + str(n) for n in range(2000))]]],
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("pairs", HOSTILE.values(), ids=HOSTILE.keys())
def test_whatever_a_cell_answers_the_run_goes_on(behind: Behind, pairs: list[object]) -> None:
    forged = f"{FORGER}say({pairs!r}, b'\\xff' * 24)\ntime.sleep(60)"
    notebook = behind.run(forged, "def f():\n    return 1")
    notebook.close()
    assert set(notebook.outcomes) == {1, 2}
    [reply] = behind.call("def f():\n    return 'alive'", Call("f"))
    assert reply.value == "alive"


@pytest.mark.slow
def test_a_token_that_is_an_array_is_none(behind: Behind) -> None:
    notebook = behind.run(f"{FORGER}say([], bytes(24), {ARRAY!r})\ntime.sleep(60)")
    notebook.close()
    assert notebook.outcomes[1].status == "killed"


def _decoded(tree: object, bulk: bytes = b"") -> object:
    return wire.decode(msgpack.packb(tree), bytearray(bulk))


def test_arrays_cannot_share_their_bytes() -> None:
    assert len(_decoded(["l", ["a", "u1", [8], 0], ["a", "u1", [8], 8]], bytes(16))) == 2  # type: ignore[arg-type]
    with pytest.raises(wire.WireError, match="behind"):
        _decoded(["l", *[["a", "u1", [1 << 20], 0]] * 10_000], bytes(1 << 20))


def test_keys_cannot_be_chosen_to_fall_on_one_place() -> None:
    prime = (1 << 61) - 1  # modulo which the hash of an integer is taken
    started = time.process_time()
    with pytest.raises(wire.WireError, match="alike"):
        _decoded(["d", *[[["I", str(prime * n)], 0] for n in range(30_000)]])
    assert time.process_time() - started < 2
    honest = {(f"w{n}", n): n for n in range(10_000)} | {-1: 0, -2: 0}
    frame = wire.encode(honest)
    assert wire.decode(frame[wire.HEADER.size :], bytearray()) == honest


def test_an_integer_crosses_whole_or_not_at_all() -> None:
    frame = wire.encode(7**1400)
    assert wire.decode(frame[wire.HEADER.size :], bytearray()) == 7**1400
    with pytest.raises(wire.WireError, match="digits"):
        wire.encode(10**2000)
    with pytest.raises(wire.WireError, match="digits"):
        _decoded(["I", "9" * 4000])


SPARSE = {
    "rows that repeat": ([2, 3], [1.0], [0], [0, 1, 0]),
    "fewer ends than rows": ([9, 3], [1.0], [0], [0, 1]),
    "entries outside": ([1, 3], [1.0], [3], [0, 1]),
    "entries before the first": ([1, 3], [1.0], [-1], [0, 1]),
    "negative rows": ([-1, 3], [], [], []),
    "more entries than numbers": ([1, 3], [1.0], [0, 1], [0, 2]),
}


@pytest.mark.parametrize(("shape", "data", "indices", "ends"), SPARSE.values(), ids=SPARSE.keys())
def test_a_sparse_matrix_whose_parts_do_not_fit_is_refused(
    shape: list[int], data: list[float], indices: list[int], ends: list[int]
) -> None:
    parts = np.array(data), np.array(indices, np.int32), np.array(ends, np.int32)
    frame = wire.encode(Sparse((shape[0], shape[1]), *parts))
    size, _ = wire.HEADER.unpack(frame[: wire.HEADER.size])
    end = wire.HEADER.size + size
    with pytest.raises(wire.WireError):
        wire.decode(frame[wire.HEADER.size : end], bytearray(frame[end:]))


def test_the_ends_of_rows_are_in_order_even_where_small_integers_overflow() -> None:
    ends = (np.arange(1002) * 127 % 256).astype(np.uint8).view(np.int8)  # each 127 further, and around
    ends = ends[: 1 + max(n for n, end in enumerate(ends) if end > 0)]
    assert (np.diff(ends) == 127).all()
    matrix = Sparse((len(ends) - 1, 1), np.ones(int(ends[-1])), np.zeros(int(ends[-1]), np.int32), ends)
    frame = wire.encode(matrix)
    size, _ = wire.HEADER.unpack(frame[: wire.HEADER.size])
    end = wire.HEADER.size + size
    with pytest.raises(wire.WireError, match="rows that do not fit"):
        wire.decode(frame[wire.HEADER.size : end], bytearray(frame[end:]))


def test_a_sparse_matrix_without_columns_is_not_written_out_row_by_row() -> None:
    rows = 60_000_000
    ends = np.zeros(rows + 1, np.int8)
    assert isinstance(plain(Sparse((rows, 0), np.zeros(0), np.zeros(0, np.int8), ends)), Opaque)


def test_a_sparse_matrix_of_many_empty_rows_takes_no_time() -> None:
    rows = 5_000_000
    started = time.process_time()
    dense = plain(Sparse((rows, 1), np.array([2.0]), np.array([0], np.int32), np.append(np.zeros(rows, np.int32), 1)))
    assert dense[-1, 0] == 2
    assert time.process_time() - started < 3


def test_the_answers_of_one_task_are_bounded_in_all() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        line, allowance = Line(ours), Allowance(tree=200, bulk=150)
        for _ in range(2):
            theirs.sendall(wire.encode({"token": b"", "value": np.zeros(100, np.uint8)}))
        assert "value" in line.receive(time.monotonic() + 1, allowance)
        with pytest.raises(RulesBrokenError, match="more than"):
            line.receive(time.monotonic() + 1, allowance)


def test_what_many_cells_show_and_define_is_bounded_in_all() -> None:
    room = Room(characters=30)
    shown = ({"output_type": "stream", "name": "stdout", "text": "x" * 9},)
    first = room.keep(Outcome("ok", shown, tuple(f"f{n}" for n in range(4999))))
    second = room.keep(Outcome("ok", shown, ("f1", "g", "h")))
    assert (first.outputs, len(first.defined)) == (shown, 4999)
    assert (second.outputs, second.defined) == ((), ("f1", "g"))
    assert "too much" in second.note


def test_a_name_that_is_none_is_not_kept() -> None:
    message = {"status": "ok", "outputs": [], "defined": ["f", "f\n100 of 100", "\x1b[2J", "é", ""]}
    assert read_outcome(message).defined == ("f", "é")


def test_a_name_that_every_cell_defines_is_kept_once() -> None:
    room = Room()
    outcomes = [room.keep(Outcome("ok", defined=("".join(["f", str(7)]),))) for _ in range(2)]
    assert outcomes[0].defined[0] is outcomes[1].defined[0]


def test_a_near_miss_is_looked_for_once(behind: Behind, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_for: list[str] = []
    monkeypatch.setattr(session, "nearest", lambda name, _: looked_for.append(name) or "g")
    notebook = behind.run("x = 1")
    try:
        replies = TaskSession(notebook).call([Call("f")] * 50)
        assert "did you mean" in replies[-1].error
        assert looked_for == ["f"]
    finally:
        notebook.close()


def test_a_notebook_of_empty_lines_is_looked_through_in_no_time() -> None:
    cells = (Cell("code", "\n" * 300_000 + " " * 300_000 + "x"), Cell("code", "import " * 50_000))
    started = time.process_time()
    assert not Program(cells, "", Limits()).speaks_of_large_packages
    assert time.process_time() - started < 2
    assert Program((Cell("code", "try:\n\timport numpy as np, torch as t"),), "", Limits()).speaks_of_large_packages


@pytest.mark.slow
def test_one_notebook_cannot_take_for_ever_however_often_it_is_asked(behind: Behind) -> None:
    notebook = behind.run("import time\ndef f():\n    time.sleep(1.5)")
    try:
        notebook.ends = time.monotonic() + 2
        started = time.monotonic()
        replies = TaskSession(notebook).call([Call("f")] * 20) + TaskSession(notebook).call([Call("f")] * 20)
        assert time.monotonic() - started < 5
        assert [reply.status for reply in replies] == ["value"] + ["timed out"] * 39
        assert "All the time" in replies[-1].error
    finally:
        notebook.close()


def _greet(sock: socket.socket) -> None:
    sock.sendall(wire.encode({"ready": True, "token": b""}))
    time.sleep(30)


def test_a_line_to_somebody_who_is_not_of_the_box_is_refused() -> None:
    ours, theirs = socket.socketpair()
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    inside, outside = (
        multiprocessing.get_context("fork").Process(target=_greet, args=(theirs,), daemon=True) for _ in range(2)
    )
    with ours, theirs:
        outside.start()
        inside.start()
        assert inside.pid is not None
        with pytest.raises(BoxGoneError):
            Line(ours).greet(among=inside.pid)
        for process in (inside, outside):
            process.kill()
            process.join()


TWIN = """
import os, socket
own = child()
def _fork():
    _, descriptors, _, _ = socket.recv_fds(own.sock, 1, 1)
    sock = socket.socket(fileno=descriptors[0])
    frame = msgpack.packb(["d", ["token", b""], ["ready", True]])
    if os.fork() == 0:
        sock.sendall(struct.pack("<IQ", len(frame), 0))
        os._exit(0)
    os.wait()
    sock.sendall(frame)
    sock.detach()
own._fork = _fork
def f():
    return 1
"""


@pytest.mark.slow
def test_a_fork_that_says_hello_and_ends_is_no_fork(behind: Behind) -> None:
    notebook = behind.run(FORGER + TWIN)
    try:
        assert TaskSession(notebook).call([Call("f")])[0].value == 1  # by a second run
        assert TaskSession(notebook).call([Call("f")])[0].value == 1
    finally:
        notebook.close()
