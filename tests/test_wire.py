"""The wire: honest values survive it, and no frame does harm."""

import math
import random
import socket
import time

import msgpack
import numpy as np
import pytest

from autograder.sandbox.worker import wire
from autograder.sandbox.worker.values import Kept, Made, Opaque, Seeded, to_real, to_wire

HONEST = [
    None, True, 3, -(2**63), 2**80, 1.5, math.inf, "ü\ud800", b"\0", 1 + 2j, (), (1, [2, {"k": (3,)}]), {1: 2, (1, 2): 3},
    np.float32(2.5), np.bool_(True), Kept("a")[1]["b"], Made("f", (1,), {"k": 2}), Seeded(7), Opaque("Thing"),
]  # fmt: skip
ARRAYS = [
    np.zeros(()), np.zeros((0, 3)), np.arange(6).reshape(2, 3)[:, ::-1], np.array(["a", "bc"]), np.array([b"x"]),
    np.ones((2, 1, 3), np.complex64), np.array([True]), np.arange(4, dtype=">i4"), np.float16([1, 2]),
]  # fmt: skip


def _round_trip(value: object) -> object:
    frame = wire.encode(value)
    tree_size, _ = wire.HEADER.unpack(frame[: wire.HEADER.size])
    end = wire.HEADER.size + tree_size
    return wire.decode(frame[wire.HEADER.size : end], bytearray(frame[end:]))


@pytest.mark.parametrize("value", HONEST, ids=repr)
def test_plain_values_survive(value: object) -> None:
    there = _round_trip(value)
    assert there == value
    assert type(there) is type(value)


@pytest.mark.parametrize("array", ARRAYS, ids=lambda a: f"{a.dtype}{a.shape}")
def test_arrays_survive_with_shape_and_kind(array: np.ndarray) -> None:
    there = _round_trip(array)
    assert isinstance(there, np.ndarray)
    assert there.shape == array.shape
    assert there.dtype.newbyteorder("=") == array.dtype.newbyteorder("=")
    assert (there == array).all()
    assert there.flags.writeable


@pytest.mark.parametrize(
    "value", [object(), {1, 2}, np.array([object()]), np.zeros(2, "M8[s]")], ids=["object", "set", "objects", "dates"]
)
def test_what_is_not_in_the_closed_list_is_refused(value: object) -> None:
    with pytest.raises(wire.WireError):
        wire.encode(value)
    assert isinstance(to_wire(value), Opaque)


def test_whatever_objects_say_of_themselves_only_plain_data_is_sent() -> None:
    class Sly(dict):  # type: ignore[type-arg]
        pass

    sent = to_wire(Sly({"a": Sly()}))
    assert type(sent) is dict
    assert type(sent["a"]) is dict


def test_a_value_that_contains_itself_does_not_hang() -> None:
    loop: list[object] = []
    loop.append(loop)
    wire.encode(to_wire(loop))


def test_a_fresh_copy_is_made_for_every_call() -> None:
    sent = {"x": np.zeros(2)}
    real = to_real(sent, lambda special: special)
    real["x"][0] = 1
    assert sent["x"][0] == 0


HOSTILE = [
    ["a", "f8", [2**40], 0],
    ["a", "f8", [-1], 0],
    ["a", "O", [1], 0],
    ["a", "f8", [1], -8],
    ["a", "V8", [1], 0],
    ["a", "U99999999", [1], 0],
    ["a", "f8", [2] * 64, 0],
    ["a", "f8", ["1"], 0],
    ["a", "f8"],
    ["?"],
    [],
    {"a": 1},
    ["d", [["l"], 1]],
    ["d", 5],
    ["K", 1],
    ["S", [1, 1], 1, 2, 3],
    ["I", "not a number"],
    ["G", "x"],
    [1, 2, 3],
]


@pytest.mark.parametrize("tree", HOSTILE, ids=repr)
def test_a_malformed_tree_is_a_wire_error(tree: object) -> None:
    with pytest.raises(wire.WireError):
        wire.decode(msgpack.packb(tree), bytearray(16))


def test_a_tree_nested_a_thousand_deep_is_a_wire_error() -> None:
    with pytest.raises(wire.WireError):
        wire.decode(b"\x92\xa1l" * 1000 + b"\xc0", bytearray())


def test_random_bytes_are_wire_errors_or_plain_values() -> None:
    source = random.Random(1)
    for _ in range(3000):
        data = source.randbytes(source.randrange(1, 60))
        try:
            wire.decode(data, bytearray(64))
        except wire.WireError:
            continue


def test_sizes_are_checked_before_anything_is_allocated() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(wire.HEADER.pack(10, 2**62))
        with pytest.raises(wire.WireError, match="more than"):
            wire.receive(ours, time.monotonic() + 1)


def test_a_frame_that_comes_byte_by_byte_does_not_outlast_its_deadline() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(wire.HEADER.pack(100, 0) + b"x")
        started = time.monotonic()
        with pytest.raises(TimeoutError):
            wire.receive(ours, started + 0.2)
        assert time.monotonic() - started < 5
