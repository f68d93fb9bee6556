"""Word vectors and topics: arrows whose sums can be followed, and the words that topics are about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reference.figures.embedding import SIDE, write_labels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

    from reference.activations import Array


def arrows_figure(Y: Array, words: Sequence[str], pairs: Sequence[tuple[str, str]]) -> Figure:
    """Draw words at their places Y (N, 2), with an arrow from the first to the second of each pair.

    In an analogy, such as man to king and woman to queen, the arrows are parallel. KeyError for a pair whose word is
    not among the words.
    """
    from matplotlib.figure import Figure

    place = dict(zip(words, Y, strict=True))
    missing = [word for pair in pairs for word in pair if word not in place]
    if missing:
        raise KeyError(f"{missing[0]!r} has no place in this figure: both words of a pair must be among its words")
    figure = Figure(figsize=(SIDE, SIDE))
    axes = figure.add_axes((0.08, 0.08, 0.9, 0.9))
    axes.scatter(Y[:, 0], Y[:, 1], s=8)
    axes.margins(0.12)
    for first, second in pairs:
        axes.annotate("", place[second], place[first], arrowprops={"arrowstyle": "->", "color": "C1"})
    write_labels(axes, Y, words, 10)
    return figure


def topics_figure(topics: Array, words: Sequence[str], k: int = 8) -> Figure:
    """Draw the k heaviest words of each topic as bars: a panel for each row of topics (K, V), with V words."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(2.6 * len(topics), 0.6 + 0.28 * k), layout="constrained")
    for number, (weights, axes) in enumerate(zip(topics, np.ravel(figure.subplots(1, len(topics))), strict=True)):
        heaviest = np.argsort(-weights, kind="stable")[:k]
        axes.barh(range(len(heaviest)), weights[heaviest])
        axes.set_yticks(range(len(heaviest)), [words[word] for word in heaviest])
        axes.invert_yaxis()
        axes.set(title=f"topic {number + 1}", xticks=[])
    return figure
