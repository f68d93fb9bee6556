"""What a decoder looked at: its attention weights as a map, with the words on either side."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

    from reference.activations import Array


def attention_figure(weights: Array, read: Sequence[str], written: Sequence[str]) -> Figure:
    """Draw attention weights (T_y, T_x), from 0 (white) to 1 (black): a row for each word that was written.

    read: the T_x words at the top, written: the T_y words on the left; ValueError if there are more or fewer
    """
    from matplotlib.figure import Figure

    if weights.shape != (len(written), len(read)):
        raise ValueError(
            f"the weights must have a row for each word written and a column for each word read, "
            f"({len(written)}, {len(read)}), not {weights.shape}"
        )
    figure = Figure(figsize=(1.5 + 0.35 * len(read), 1.2 + 0.35 * len(written)), layout="constrained")
    axes = figure.add_subplot()
    axes.imshow(weights, cmap="Greys", vmin=0, vmax=1, aspect="equal")
    axes.set_xticks(range(len(read)), read, rotation=90)
    axes.set_yticks(range(len(written)), written)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    return figure
