"""Where labels find room beside their points, so that none covers another.

Each label in turn tries places around its point, the nearest first, and takes the first one that is free: within the
picture, off all points, and off all labels before it. If there is none, it may cover points, but never a label; if
there is still none, it stays away. So what is to be read in any case should come first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reference.activations import Array

DIRECTIONS = 12
RINGS = (1.0, 2.0, 3.5, 5.0)  # how far a label lies from its point, in times the nearest it may be


def free_places(points: Array, sizes: Array, room: Array, gap: float = 3.0) -> Array:
    """Find a place for each label.

    points (N, 2): what is labelled, in pixels or points; gap: how near a label may come to a point, in the same unit
    sizes (N, 2): how wide and how high each label is
    room (2, 2): the lower left and the upper right corner of the picture
    Returns (N, 2): the lower left corner of each label, NaN for one that found no room.
    """
    found = np.full(points.shape, np.nan)
    dots = np.stack([points - gap / 2, points + gap / 2], axis=1)  # (N, 2, 2): corners, coordinates
    placed = np.empty((0, 2, 2))
    for n, (point, size) in enumerate(zip(points, sizes, strict=True)):
        corners = candidates(point, size, gap)  # (C, 2)
        boxes = np.stack([corners, corners + size], axis=1)  # (C, 2, 2)
        fits = (boxes[:, 0] >= room[0]).all(axis=1) & (boxes[:, 1] <= room[1]).all(axis=1)
        fits &= ~overlaps(boxes, placed).any(axis=1)
        free = fits & ~overlaps(boxes, dots).any(axis=1)
        if fits.any():
            best = int(np.argmax(free if free.any() else fits))
            found[n] = corners[best]
            placed = np.concatenate([placed, boxes[best : best + 1]])
    return found


def candidates(point: Array, size: Array, gap: float) -> Array:
    """Return the lower left corners (C, 2) that a label of this size tries around a point, the nearest first."""
    angles = 2 * np.pi * np.arange(DIRECTIONS) / DIRECTIONS
    around = np.stack([np.cos(angles), np.sin(angles)], axis=1)  # (directions, 2)
    middles = np.concatenate([point + around * (size / 2 + gap * ring) * np.sqrt(ring) for ring in RINGS])
    corners: Array = middles - size / 2
    return corners


def overlaps(one: Array, other: Array) -> NDArray[np.bool_]:
    """Say which of boxes (A, 2, 2) overlap which of (B, 2, 2), each its lower left and upper right corner: (A, B)."""
    below = one[:, None, 0] < other[None, :, 1]  # (A, B, 2)
    above = one[:, None, 1] > other[None, :, 0]
    found: NDArray[np.bool_] = np.all(below & above, axis=-1)
    return found
