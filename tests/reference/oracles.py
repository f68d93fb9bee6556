"""What the tests of the recurrent references share: inputs, comparison, and central differences over every entry."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reference.activations import Array


class Size(NamedTuple):
    """The sizes of one case."""

    n_x: int
    n_a: int
    n_y: int
    m: int
    T_x: int


SIZES = [Size(1, 1, 1, 1, 1), Size(3, 5, 2, 10, 4), Size(2, 3, 4, 1, 7), Size(4, 1, 3, 5, 1), Size(5, 4, 2, 3, 30)]
SMALL_SIZES = [Size(1, 1, 1, 1, 1), Size(2, 3, 2, 2, 3), Size(3, 2, 2, 1, 4)]


class Draw:
    """Standard normal arrays that cannot be written to, so that a function that changes its inputs is found out."""

    def __init__(self, seed: int) -> None:
        """Start from a seed."""
        self.generator = np.random.default_rng(seed)

    def __call__(self, *shape: int) -> Array:
        """Draw an array of a shape."""
        array = self.generator.standard_normal(shape)
        array.flags.writeable = False
        return array


def tensor(array: Array) -> torch.Tensor:
    """Return a copy that torch takes the gradient for."""
    return torch.tensor(array, requires_grad=True)


def gradient(of: object) -> Array:
    """Return what torch found for a leaf; one that played no part has no gradient, which is an error here."""
    assert isinstance(of, torch.Tensor)
    assert of.grad is not None
    found: Array = of.grad.numpy()
    return found


def deviation(ours: Array, theirs: Array) -> float:
    """Return the largest difference, relative to the largest entry."""
    return float(np.abs(ours - theirs).max() / (np.abs(theirs).max() or 1.0))


def assert_agree(ours: Mapping[str, object], theirs: Mapping[str, Array], limit: float = 1e-9) -> None:
    """Demand the same names, shapes and, up to the limit, values."""
    assert sorted(ours) == sorted(theirs)
    for name, expected in theirs.items():
        got = ours[name]
        assert isinstance(got, np.ndarray), f"{name} is a {type(got).__name__}"
        assert got.dtype == np.float64, f"{name} is of type {got.dtype}"
        assert got.shape == expected.shape, f"{name} has shape {got.shape}, expected {expected.shape}"
        assert deviation(got, expected) <= limit, f"{name} is off by {deviation(got, expected):.0e}, limit {limit:.0e}"


def central_differences(loss: Callable[..., float], **arrays: Array) -> dict[str, Array]:
    """Return the gradient of loss(**arrays) for each of the arrays, entry by entry, named with a leading d.

    With four points instead of two the error falls with step^4, so that the step may be large enough for rounding not
    to matter: what is left is some 1e-10 of the largest entry, where two points leave 1e-7.
    """
    step = 1e-3
    gradients = {}
    for name, array in arrays.items():
        gradients[f"d{name}"] = found = np.zeros(array.shape)
        for index in np.ndindex(*array.shape):
            moved = np.zeros(array.shape)
            moved[index] = step
            far_below, below, above, far_above = (loss(**{**arrays, name: array + k * moved}) for k in (-2, -1, 1, 2))
            found[index] = (8 * (above - below) - (far_above - far_below)) / (12 * step)
    return gradients
