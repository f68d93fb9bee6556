"""Gradient clipping: when the gradients explode, take a step of bounded size instead.

A recurrent network multiplies by the same matrix at every step, so its gradient may grow exponentially with the steps.
Clipping by value cuts every entry on its own and may turn the direction of the step; clipping by norm shrinks all
gradients by one factor and keeps the direction.

    by value:  g -> min(max(g, -limit), limit)             entry by entry
    by norm:   g -> g min(1, limit / |g|)                  |g|^2 = the sum of the squares of all entries of all arrays

R. Pascanu, T. Mikolov and Y. Bengio, "On the difficulty of training recurrent neural networks", ICML 2013, clips by
norm; T. Mikolov's thesis, "Statistical language models based on neural networks" (2012), by value.
Left out: gradients so large that their squares overflow (entries beyond 1e150).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from reference.activations import Array


def clip_gradients(gradients: dict[str, Array], limit: float, by: str = "value") -> dict[str, Array]:
    """Keep gradients from being larger than a limit.

    By "value", every entry below -limit becomes -limit, and every entry above limit becomes limit. By "norm", with
    |g| = sqrt(the sum of the squares of all entries of all arrays together), every entry is multiplied by limit / |g|
    if |g| is larger than limit, and is unchanged otherwise.

    Arguments:
        gradients: a dict from names to arrays of any shapes; neither the dict nor the arrays are changed
        limit: the bound, larger than zero
        by: "value" or "norm"; anything else raises a ValueError

    Returns a dict with the same names, and arrays of the same shapes.
    """
    if by == "value":
        return {name: np.clip(gradient, -limit, limit) for name, gradient in gradients.items()}
    if by == "norm":
        norm = np.sqrt(sum((gradient**2).sum() for gradient in gradients.values()))
        scale = limit / norm if norm > limit else 1.0
        return {name: gradient * scale for name, gradient in gradients.items()}
    message = f"by must be 'value' or 'norm', not {by!r}"
    raise ValueError(message)
