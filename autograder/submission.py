"""Finding and reading what was handed in: a folder of files, a folder of folders, or a zip of either."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    """One cell as it was handed in; `kind` is code, markdown or raw."""

    kind: str
    source: str
