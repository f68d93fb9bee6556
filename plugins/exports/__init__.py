"""What leaves the gradebook as files: a page for each student, a table for the class."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Write a file so that nobody ever meets half of it; what UTF-8 cannot say becomes a question mark."""
    part = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        part.write_text(text, encoding="utf-8", errors="replace", newline="")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
