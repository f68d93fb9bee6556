"""Places in a plane with their names beside them, none covering another: words by t-SNE, documents by PCA."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reference.figures.labels import free_places

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from reference.activations import Array

SIDE = 8  # inches
MARGIN = 1  # point of the typographer, by which labels are kept apart
FAR = 12  # points of the typographer: from this far off, a line leads a label to its point


def embedding_figure(
    Y: Array, labels: Sequence[str], groups: Sequence[str] | None = None, *, font_size: float = 8
) -> Figure:
    """Draw places Y (N, 2), each with its label where there is room for it, in the order of the labels.

    labels: N names; an empty one is a point without a name. ValueError if there are more or fewer than places
    groups: N names of groups, each of which gets a colour and a line in the legend
    """
    from matplotlib.figure import Figure

    if len(labels) != len(Y):
        raise ValueError(f"there must be a label for each of the {len(Y)} places, not {len(labels)}")
    figure = Figure(figsize=(SIDE, SIDE))
    axes = figure.add_axes((0.02, 0.02, 0.96, 0.88 if groups else 0.96))  # the legend stands above
    axes.set(xticks=[], yticks=[])
    for group in dict.fromkeys(groups or [""]):
        members = np.array([name == group for name in groups]) if groups else np.ones(len(Y), dtype=bool)
        axes.scatter(Y[members, 0], Y[members, 1], s=8, label=group or None)
    axes.margins(0.08)
    axes.set_aspect("equal", adjustable="datalim")
    if groups:
        figure.legend(loc="upper center", ncols=8, fontsize=font_size)
    write_labels(axes, Y, labels, font_size)
    return figure


def write_labels(axes: Axes, Y: Array, labels: Sequence[str], font_size: float) -> None:
    """Write the label of each of the places Y (N, 2) where there is room, with a line to its point if it is far off.

    Room is measured as the figure is now: its limits and size must not change afterwards. Its resolution may rise, but
    not fall, since coarse letters are wider.
    """
    axes.autoscale_view()
    axes.apply_aspect()
    named = [n for n, label in enumerate(labels) if label]
    texts = [axes.annotate(labels[n], Y[n], (0, 0), textcoords="offset points", fontsize=font_size) for n in named]
    extents = [text.get_window_extent() for text in texts]
    unit = axes.figure.dpi / 72  # pixels in a point of the typographer
    at = axes.transData.transform(Y[named]) / unit
    sizes = np.array([[extent.width, extent.height] for extent in extents]).reshape(-1, 2) / unit  # (N, 2)
    corners = free_places(at, sizes + MARGIN, axes.get_window_extent().get_points() / unit)
    for text, extent, point, size, corner in zip(texts, extents, at, sizes, corners, strict=True):
        if np.isnan(corner).any():
            text.remove()
            continue
        lower_left = np.array([extent.x0, extent.y0]) / unit
        text.set_position(tuple(corner - lower_left))
        _lead(axes, point * unit, np.clip(point, corner, corner + size) * unit)


def _lead(axes: Axes, point: Array, label: Array) -> None:
    """Draw a thin line from a point to the nearest of its label, both in pixels, if they are far apart."""
    if np.linalg.norm(point - label) > FAR * axes.figure.dpi / 72:
        ends = axes.transData.inverted().transform([point, label])
        axes.plot(*ends.T, color="0.6", linewidth=0.5, zorder=0, scalex=False, scaley=False)
