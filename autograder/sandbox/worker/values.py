"""The closed list of values that may cross the wall, and the way from real objects to them and back."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

NAME_LIMIT = 200
DEPTH_LIMIT = 40
ENTRIES_LIMIT = 500_000
"""Of one list or dict: turning a longer one over takes longer than a call may, and a frame does not hold it."""
TEXT_ITEM_LIMIT = 4096
NUMBERS = frozenset(["b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16"])


@dataclass(frozen=True)
class Kept:
    """A value that stays with the student's code: a cache, a model, an instance; `kept[2]["W"]` is a part of it."""

    name: str
    path: tuple[int | str, ...] = ()

    def __getitem__(self, key: int | str) -> Kept:
        """Return the part of the kept value that lies under this index or key."""
        return Kept(self.name, (*self.path, key))


@dataclass(frozen=True)
class Made:
    """A value built beside the student's code by what the assignment gives: a tree, a vocabulary, a module."""

    function: str
    arguments: tuple[Any, ...] = ()
    keywords: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Seeded:
    """A `numpy.random.Generator` that starts from this seed."""

    seed: int


@dataclass(frozen=True)
class Tensor:
    """A torch tensor, carried as the array of its numbers."""

    array: NDArray[Any]


@dataclass(frozen=True)
class Sparse:
    """A SciPy sparse matrix in CSR form."""

    shape: tuple[int, int]
    data: NDArray[Any]
    indices: NDArray[Any]
    indptr: NDArray[Any]


@dataclass(frozen=True)
class Opaque:
    """A value that has no form on the wire; only the name of its type crosses."""

    type_name: str


@lru_cache(maxsize=1000)
def may_cross(dtype: np.dtype[Any]) -> bool:
    """Whether arrays of this dtype are in the closed list: numbers, booleans, text and bytes of bounded width."""
    return dtype.str[1:] in NUMBERS or (dtype.kind in "US" and dtype.itemsize <= TEXT_ITEM_LIMIT)


def to_wire(value: object, depth: int = 0) -> Any:
    """Return a value of the closed list that stands for this object; what has no form becomes `Opaque`."""
    if value is None or type(value) in (bool, int, float, str, bytes, complex):
        return value
    if depth > DEPTH_LIMIT:
        return Opaque("a value nested too deeply")
    if isinstance(value, (np.ndarray, np.generic)):
        return _array_to_wire(value)
    if isinstance(value, (tuple, list, dict)) and len(value) > ENTRIES_LIMIT:
        return Opaque(f"{type(value).__name__} of {len(value):,} entries"[:NAME_LIMIT])
    if isinstance(value, (tuple, list)):
        items = [to_wire(item, depth + 1) for item in value]
        return tuple(items) if isinstance(value, tuple) else items
    if isinstance(value, dict):
        return {_key_to_wire(key, depth): to_wire(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (Kept, Made, Seeded, Tensor, Sparse, Opaque)):
        return value
    return _other_to_wire(value)


def _array_to_wire(value: NDArray[Any] | np.generic) -> Any:
    if isinstance(value.dtype, (np.dtypes.LongDoubleDType, np.dtypes.CLongDoubleDType)):
        value = value.astype(np.float64 if value.dtype.kind == "f" else np.complex128)
    if not may_cross(value.dtype):
        return Opaque(f"array of dtype {value.dtype}"[:NAME_LIMIT])
    if isinstance(value, np.generic):
        return value if value.dtype.kind in "biufc" else value.item()
    return np.array(value, copy=True, subok=False)


def _key_to_wire(key: object, depth: int) -> Any:
    wire = to_wire(key, depth + 1)
    return wire if isinstance(wire, (str, int, float, bytes, tuple, np.generic, type(None))) else repr(wire)


def _other_to_wire(value: object) -> Any:
    torch, sparse = sys.modules.get("torch"), sys.modules.get("scipy.sparse")
    if torch is not None and isinstance(value, torch.Tensor):
        return _tensor_to_wire(value)
    if sparse is not None and sparse.issparse(value):
        return _sparse_to_wire(value.tocsr())  # type: ignore[attr-defined]
    for plain in (int, float, complex, str, bytes):
        if isinstance(value, plain):
            return plain(value)  # type: ignore[arg-type]
    return Opaque(type(value).__name__[:NAME_LIMIT])


def _sparse_to_wire(rows: Any) -> Sparse | Opaque:
    """Return the matrix without what may lie behind its last entry; the wire refuses parts that do not fit."""
    if len(rows.shape) != 2:
        return Opaque(type(rows).__name__[:NAME_LIMIT])
    count = int(rows.indptr[-1])
    return Sparse(rows.shape, rows.data[:count], rows.indices[:count], rows.indptr)


def _tensor_to_wire(tensor: Any) -> Tensor | Opaque:
    try:
        return Tensor(np.array(tensor.detach().cpu().numpy()))
    except (TypeError, RuntimeError):
        return Opaque(f"torch.Tensor of {tensor.dtype}"[:NAME_LIMIT])


def to_real(value: Any, special: Callable[[Kept | Made], Any]) -> Any:
    """Return a fresh object for a value of the closed list; `special` finds what is kept and builds what is made."""
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, (tuple, list)):
        items = [to_real(item, special) for item in value]
        return tuple(items) if isinstance(value, tuple) else items
    if isinstance(value, dict):
        return {key: to_real(item, special) for key, item in value.items()}
    match value:
        case Kept() | Made():
            return special(value)
        case Seeded():
            return np.random.default_rng(value.seed)
        case Tensor():
            import torch

            return torch.from_numpy(value.array.copy())
        case Sparse():
            from scipy.sparse import csr_matrix

            return csr_matrix((value.data.copy(), value.indices.copy(), value.indptr.copy()), value.shape)
    return value
