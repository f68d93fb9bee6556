"""What a data set can do, whoever brings it: say what it is and where it lies, and be fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Dataset(Protocol):
    """One set of data.

    tier: "shipped" with what is installed, in a "package" to be fetched, or on the "network"
    size: bytes to be fetched; sha256: of those, or "" where whoever fetches them verifies them by other means
    origin: where it comes from, by names rather than addresses
    """

    @property
    def name(self) -> str:
        """The name by which people ask for it."""

    @property
    def title(self) -> str:
        """What it is, in a line."""

    @property
    def tier(self) -> str:
        """How near it is."""

    @property
    def size(self) -> int:
        """How much is to be fetched."""

    @property
    def licence(self) -> str:
        """What may be done with it, or that this is unclear."""

    @property
    def origin(self) -> str:
        """Who has it."""

    @property
    def sha256(self) -> str:
        """What was fetched must have this digest."""

    def where(self) -> Path | None:
        """Return where it lies on this machine, or None if it was not fetched."""

    def fetch(self, progress: Callable[[int, int], None]) -> Path:
        """Fetch it unless it is there, and return where it lies.

        `progress` is told how many bytes have arrived and how many there are. Raises ValueError, with a sentence for
        the person who asked, if it cannot be had.
        """
