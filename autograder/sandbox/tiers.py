"""Tiers of protection by name, and which of them this machine offers, found by trying."""

from __future__ import annotations

from enum import StrEnum


class Tier(StrEnum):
    """How well a child is confined; the name is stamped on every grade."""

    FULL = "full"
    REDUCED = "reduced"
    NONE = "none"

    @property
    def means(self) -> str:
        """What the tier consists of, in words."""
        return {
            "full": "namespaces, a read-only root, seccomp and limits",
            "reduced": "Landlock, seccomp and limits",
            "none": "limits only: a hostile notebook can read and change whatever this user can",
        }[self.value]


BEST_FIRST = (Tier.FULL, Tier.REDUCED, Tier.NONE)
