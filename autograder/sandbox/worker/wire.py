"""Plain values over a stream socket, without pickle.

A frame is `[u32 tree length][u64 bulk length][tree][bulk]`. The tree is msgpack: scalars stand for themselves,
everything else is a list whose first entry is a tag. Arrays lie in the bulk, where they cost no Python objects,
so that a hostile tree is bounded tightly and a large honest array is not.
"""

from __future__ import annotations

import math
import re
import struct
import time
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgpack
import numpy as np

from .values import NAME_LIMIT, Kept, Made, Opaque, Seeded, Sparse, Tensor, may_cross

if TYPE_CHECKING:
    import socket

    from numpy.typing import NDArray

HEADER = struct.Struct("<IQ")
TREE_LIMIT = 8 << 20
BULK_LIMIT = 256 << 20
DEPTH_LIMIT = 48
BITS_LIMIT = 4096
"""Of one integer: to read or write a longer one in decimal digits takes long."""
SAME_HASH_LIMIT = 16
LAST_CHARACTER = 0x10FFFF
DTYPE = re.compile(r"[a-zA-Z][0-9]{1,5}", re.ASCII)
SCALARS = (bool, float, str, bytes)


class WireError(Exception):
    """A value has no form on the wire, or a frame is not what a frame must be."""


class Writer:
    """Turns one value of the closed list into a tree and its bulk; anything else is refused."""

    def __init__(self) -> None:
        """Start with an empty bulk."""
        self.bulk: list[bytes] = []
        self.size = 0

    def tree(self, value: object, depth: int = 0) -> Any:
        """Return the msgpack tree of a value; arrays go to the bulk."""
        kind = type(value)
        if value is None or kind in SCALARS:
            return value
        if depth > DEPTH_LIMIT:
            raise WireError("a value is nested too deeply")
        if isinstance(value, np.ndarray):
            return ["a", *self._array(value)]
        if isinstance(value, np.generic):
            return ["s", *self._array(np.asarray(value))]
        if kind is int:
            return self._integer(value)  # type: ignore[arg-type]
        return self._container(value, depth + 1)

    def _integer(self, value: int) -> Any:
        if value.bit_length() > BITS_LIMIT:
            raise WireError("an integer has too many digits")
        return value if -(1 << 63) <= value < 1 << 63 else ["I", str(value)]

    def _container(self, value: object, depth: int) -> Any:
        if type(value) is tuple:
            return ["t", *[self.tree(item, depth) for item in value]]
        if type(value) is list:
            return ["l", *[self.tree(item, depth) for item in value]]
        if type(value) is dict:
            return ["d", *[[self.tree(key, depth), self.tree(item, depth)] for key, item in value.items()]]
        return self._special(value, depth)

    def _special(self, value: object, depth: int) -> list[Any]:
        match value:
            case complex():
                return ["c", value.real, value.imag]
            case Kept():
                return ["K", value.name, list(value.path)]
            case Made():
                return ["M", value.function, self.tree(value.arguments, depth), self.tree(dict(value.keywords), depth)]
            case Seeded():
                return ["G", value.seed]
            case Tensor():
                return ["T", *self._array(value.array)]
            case Sparse():
                return ["S", list(value.shape), *(self._array(p) for p in (value.data, value.indices, value.indptr))]
            case Opaque():
                return ["O", value.type_name[:NAME_LIMIT]]
        raise WireError(f"{type(value).__name__} is not one of the values that may cross the wall")

    def _array(self, array: NDArray[Any]) -> list[Any]:
        if not may_cross(array.dtype):
            raise WireError(f"an array of dtype {array.dtype} may not cross the wall")
        order, code = array.dtype.str[0], array.dtype.str[1:]
        raw = array.astype("<" + code).tobytes() if order == ">" else array.tobytes()
        offset, self.size = self.size, self.size + len(raw)
        self.bulk.append(raw)
        return [code, list(array.shape), offset]


def encode(value: object) -> bytes:
    """Return the frame of a value; WireError if it is not in the closed list or too large."""
    writer = Writer()
    tree = msgpack.packb(writer.tree(value), use_bin_type=True, unicode_errors="surrogatepass")
    if len(tree) > TREE_LIMIT or writer.size > BULK_LIMIT:
        raise WireError("the value is larger than what may cross the wall")
    return b"".join([HEADER.pack(len(tree), writer.size), tree, *writer.bulk])


class Reader:
    """Turns a tree and its bulk back into a value, believing nothing.

    Arrays lie in the bulk one after the other, as a Writer puts them there; if two could share a piece of it, a small
    frame would become any number of large arrays.
    """

    def __init__(self, bulk: bytearray) -> None:
        """Read from the start of this bulk."""
        self.bulk = bulk
        self.used = 0

    def value(self, tree: Any, depth: int = 0) -> Any:
        """Return the value of a tree; WireError if it is not one that a Writer makes."""
        if tree is None or type(tree) in (bool, int, float, str, bytes):
            return tree
        if type(tree) is not list or not tree or depth > DEPTH_LIMIT:
            raise WireError("a node of the frame is neither a scalar nor tagged")
        tag, *rest = tree
        match tag:
            case "l":
                return [self.value(item, depth + 1) for item in rest]
            case "t":
                return tuple(self.value(item, depth + 1) for item in rest)
            case "d":
                return self._dict(rest, depth)
            case "a":
                return self._array(*rest)
            case "s":
                return self._array(*rest)[()]
            case "I":
                return self._integer(*rest)
            case "c":
                return complex(rest[0], rest[1])
        return self._special(tag, rest, depth + 1)

    def _special(self, tag: str, rest: list[Any], depth: int) -> object:
        match tag:
            case "K":
                return Kept(str(rest[0])[:NAME_LIMIT], tuple(rest[1]))
            case "M":
                return Made(rest[0], self.value(rest[1], depth), self.value(rest[2], depth))
            case "G":
                return Seeded(int(rest[0]))
            case "T":
                return Tensor(self._array(*rest))
            case "S":
                return self._sparse(*rest)
            case "O":
                return Opaque(str(rest[0])[:NAME_LIMIT])
        raise WireError("a node of the frame has an unknown tag")

    def _integer(self, digits: str) -> int:
        if len(digits) > BITS_LIMIT // 3:
            raise WireError("an integer has too many digits")
        return int(digits)

    def _dict(self, pairs: list[Any], depth: int) -> dict[Any, Any]:
        """Return a dict; its keys must not be chosen so that all fall on one place, where each is compared with all."""
        found: dict[Any, Any] = {}
        seen: dict[int, int] = {}
        for key_tree, tree in pairs:
            key = self._key(key_tree, depth)
            place = hash(key)
            seen[place] = seen.get(place, 0) + 1
            if seen[place] > SAME_HASH_LIMIT:
                raise WireError("the keys of a dict are alike")
            found[key] = self.value(tree, depth + 1)
        return found

    def _key(self, tree: Any, depth: int) -> Any:
        key = self.value(tree, depth + 1)
        if not isinstance(key, (str, int, float, bool, bytes, tuple, np.generic, type(None))):
            raise WireError("a key of a dict is not a plain value")
        return key

    def _array(self, code: str, shape: list[int], offset: int) -> NDArray[Any]:
        dtype = _dtype(code)
        if len(shape) > 32 or any(type(n) is not int or n < 0 for n in (*shape, offset)):
            raise WireError("an array has an impossible shape")
        if offset != self.used:
            raise WireError("an array does not lie behind the one before it")
        count = math.prod(shape)
        self.used += count * dtype.itemsize
        if self.used > len(self.bulk) or (count and dtype.itemsize == 0):
            raise WireError("an array is larger than its frame")
        if count == 0:
            return np.zeros(shape, dtype)
        if (
            dtype.kind == "U"
            and np.frombuffer(self.bulk, "<u4", count * dtype.itemsize // 4, offset).max() > LAST_CHARACTER
        ):
            raise WireError("an array has characters that are none")
        return np.frombuffer(self.bulk, dtype, count, offset).reshape(shape).copy()

    def _sparse(self, shape: list[int], *parts: list[Any]) -> Sparse:
        """Return a matrix whose parts fit each other: what works with it relies on that."""
        rows, columns = (int(n) for n in shape)
        data, indices, indptr = (self._array(*part) for part in parts)
        whole = indices.dtype.kind == indptr.dtype.kind == "i" and data.dtype.kind in "biufc"
        flat = data.ndim == indices.ndim == indptr.ndim == 1 and len(data) == len(indices)
        if not whole or not flat or columns < 0 or len(indptr) != rows + 1:
            raise WireError("a sparse matrix has parts that do not fit")
        # Compared and not subtracted: a difference of small integers may overflow.
        if indptr[0] != 0 or indptr[-1] != len(data) or (indptr[1:] < indptr[:-1]).any():
            raise WireError("a sparse matrix has rows that do not fit")
        if len(indices) and not 0 <= indices.min() <= indices.max() < columns:
            raise WireError("a sparse matrix has entries outside")
        return Sparse((rows, columns), data, indices, indptr)


@lru_cache(maxsize=1000)
def _dtype(code: str) -> np.dtype[Any]:
    if type(code) is not str or not DTYPE.fullmatch(code):
        raise WireError("an array has a dtype that is none")
    dtype = np.dtype("<" + code)
    if not may_cross(dtype):
        raise WireError("an array has a dtype that may not cross the wall")
    return dtype


def decode(tree: bytes, bulk: bytearray) -> Any:
    """Return the value of a frame's two parts; WireError for anything that `encode` does not write."""
    try:
        return Reader(bulk).value(msgpack.unpackb(tree, raw=False, strict_map_key=True, unicode_errors="surrogatepass"))
    except WireError:
        raise
    except Exception as error:  # whatever a library makes of hostile bytes, the frame is at fault
        raise WireError(f"a frame cannot be read: {type(error).__name__}") from error


def receive(
    sock: socket.socket, deadline: float | None = None, tree_limit: int = TREE_LIMIT, bulk_limit: int = BULK_LIMIT
) -> tuple[bytes, bytearray]:
    """Read one frame before the deadline (on `time.monotonic`); its sizes are checked before anything is allocated."""
    tree_size, bulk_size = HEADER.unpack(_exactly(sock, HEADER.size, deadline))
    if tree_size > min(tree_limit, TREE_LIMIT) or bulk_size > min(bulk_limit, BULK_LIMIT):
        raise WireError("a frame announces more than what may cross the wall")
    return bytes(_exactly(sock, tree_size, deadline)), _exactly(sock, bulk_size, deadline)


def send(sock: socket.socket, frame: bytes, deadline: float | None = None) -> None:
    """Write one frame before the deadline."""
    _arm(sock, deadline)
    sock.sendall(frame)


def _exactly(sock: socket.socket, size: int, deadline: float | None) -> bytearray:
    buffer = bytearray(size)
    view, got = memoryview(buffer), 0
    while got < size:
        _arm(sock, deadline)
        count = sock.recv_into(view[got:])
        if count == 0:
            raise EOFError("the other side is gone")
        got += count
    return buffer


def _arm(sock: socket.socket, deadline: float | None) -> None:
    if deadline is None:
        sock.settimeout(None)
        return
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    sock.settimeout(left)
