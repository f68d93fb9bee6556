"""Numbers that change: the loss from step to step, and the norm of the gradient back through time.

Figures are made without pyplot: nothing is kept open, shown, or set for the next figure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from reference.activations import Array


def loss_figure(losses: Mapping[str, Sequence[float]], unit: str = "step") -> Figure:
    """Draw one or several losses, by name, as they fell; unit says what they were measured after."""
    figure, axes = _one_axes()
    for name, values in losses.items():
        axes.plot(np.arange(1, len(values) + 1), values, label=name)
    axes.set(xlabel=unit, ylabel="loss")
    axes.legend()
    return figure


def gradient_norms_figure(norms: Mapping[str, Array]) -> Figure:
    """Draw how the gradient fares back through time, for one or several networks by name.

    norms: arrays (T_x, m), as `gradient_norms` returns them: the norm at each step for each example
    The line is the median of the examples, the band their range. The scale is logarithmic, on which a gradient that
    vanishes or explodes is a straight line; a norm of 0 has no place on it and is left out.
    """
    figure, axes = _one_axes()
    for name, found in norms.items():
        seen = np.where(found > 0, found, np.nan)  # (T_x, m)
        steps = np.arange(1, len(seen) + 1)
        (line,) = axes.plot(steps, np.median(seen, axis=1), label=name)
        axes.fill_between(steps, seen.min(axis=1), seen.max(axis=1), color=line.get_color(), alpha=0.2, linewidth=0)
    axes.set(xlabel="step t", ylabel="norm of the gradient at a<t>", yscale="log")
    axes.legend()
    return figure


def _one_axes() -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 4), layout="constrained")
    return figure, figure.add_subplot()
