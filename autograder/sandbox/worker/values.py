"""The values that may cross the wall and are not plain Python or NumPy."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray


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
    indices: NDArray[np.integer[Any]]
    indptr: NDArray[np.integer[Any]]


@dataclass(frozen=True)
class Opaque:
    """A value that has no form on the wire; only the name of its type crosses."""

    type_name: str
