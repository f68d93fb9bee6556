"""Where fetched archives lie, with a manifest that says what each of them is."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reference.data.sources import Packaged

MANIFEST = "manifest.json"


def folder() -> Path:
    """Return the folder of fetched archives, in the user's cache; it need not exist."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gradmark" / "data"


def manifest() -> dict[str, dict[str, object]]:
    """Return what was fetched, by the name of the data: package, version, file, checksum, members and licence."""
    path = folder() / MANIFEST
    found: dict[str, dict[str, object]] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return found


def note(data: Packaged) -> None:
    """Write into the manifest that an archive was fetched and verified."""
    entry = {**asdict(data.archive), "members": list(data.members), "licence": data.licence}
    path = folder() / MANIFEST
    new = path.with_name(f"{MANIFEST}.{os.getpid()}")
    new.write_text(json.dumps({**manifest(), data.name: entry}, indent=1), encoding="utf-8")
    new.replace(path)
