"""Values of the closed list as JSON, and the digests by which questions are found again; no pickle anywhere.

Scalars that JSON knows stand for themselves, everything else is a list that begins with a tag. Arrays lie apart,
once each, under the digest of their bytes.
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.sandbox.worker.values import Kept, Made, Opaque, Seeded, Sparse, Tensor, may_cross

if TYPE_CHECKING:
    from numpy.typing import NDArray

DIGEST_LENGTH = 20


def digest_of(data: bytes) -> str:
    """Return a short digest."""
    return hashlib.sha256(data).hexdigest()[:DIGEST_LENGTH]


class Writer:
    """Turns values into trees that JSON can hold, and collects their arrays."""

    def __init__(self) -> None:
        """Start without arrays."""
        self.found: dict[str, tuple[str, tuple[int, ...], bytes]] = {}

    @property
    def arrays(self) -> dict[str, list[Any]]:
        """The arrays of all trees, as JSON can hold them."""
        return {
            name: [code, list(shape), base64.b64encode(data).decode("ascii")]
            for name, (code, shape, data) in self.found.items()
        }

    def tree(self, value: Any) -> Any:
        """Return the tree of a value; TypeError if it is not in the closed list."""
        if value is None or type(value) in (bool, int, str, float):
            return value
        if isinstance(value, np.ndarray):
            return ["array", self._array(value)]
        if isinstance(value, np.generic):
            return ["scalar", self._array(np.asarray(value))]
        return self._tagged(value)

    def _tagged(self, value: Any) -> list[Any]:
        match value:
            case bytes():
                return ["bytes", base64.b64encode(value).decode("ascii")]
            case complex():
                return ["complex", value.real, value.imag]
            case tuple() | list():
                return [type(value).__name__, *map(self.tree, value)]
            case dict():
                return ["dict", *([self.tree(key), self.tree(item)] for key, item in value.items())]
        return self._special(value)

    def _special(self, value: Any) -> list[Any]:
        match value:
            case Kept():
                return ["Kept", value.name, list(value.path)]
            case Made():
                return ["Made", value.function, self.tree(value.arguments), self.tree(dict(value.keywords))]
            case Seeded():
                return ["Seeded", value.seed]
            case Opaque():
                return ["Opaque", value.type_name]
            case Tensor():
                return ["Tensor", self._array(value.array)]
            case Sparse():
                return ["Sparse", list(value.shape), *map(self._array, (value.data, value.indices, value.indptr))]
        raise TypeError(f"{type(value).__name__} is not one of the values that checks may speak of")

    def _array(self, array: NDArray[Any]) -> str:
        if not may_cross(array.dtype):
            raise TypeError(f"an array of dtype {array.dtype} is not one of the values that checks may speak of")
        code, data = array.dtype.str[1:], array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
        name = digest_of(f"{code}{array.shape}".encode() + data)
        self.found[name] = (code, array.shape, data)
        return name


class Reader:
    """Turns trees back into values."""

    def __init__(self, arrays: dict[str, list[Any]]) -> None:
        """Take arrays from this collection of a Writer."""
        self.arrays = arrays

    def value(self, tree: Any) -> Any:
        """Return the value of a tree that a Writer made; its arrays are fresh."""
        if not isinstance(tree, list):
            return tree
        tag, *rest = tree
        match tag:
            case "array":
                return self._array(*rest)
            case "scalar":
                return self._array(*rest)[()]
            case "list":
                return [self.value(item) for item in rest]
            case "tuple":
                return tuple(self.value(item) for item in rest)
            case "dict":
                return {self.value(key): self.value(item) for key, item in rest}
        return self._special(tag, rest)

    def _special(self, tag: str, rest: list[Any]) -> Any:
        match tag:
            case "bytes":
                return base64.b64decode(rest[0])
            case "complex":
                return complex(*rest)
            case "Kept":
                return Kept(rest[0], tuple(rest[1]))
            case "Made":
                return Made(rest[0], self.value(rest[1]), self.value(rest[2]))
            case "Seeded":
                return Seeded(rest[0])
            case "Opaque":
                return Opaque(rest[0])
            case "Tensor":
                return Tensor(self._array(*rest))
            case "Sparse":
                return Sparse((rest[0][0], rest[0][1]), *map(self._array, rest[1:]))
        raise ValueError(f"unknown tag {tag!r}")

    def _array(self, name: str) -> NDArray[Any]:
        code, shape, data = self.arrays[name]
        stored = np.frombuffer(base64.b64decode(data), np.dtype("<" + code)).reshape(shape)
        return stored.astype(stored.dtype.newbyteorder("="))
