"""The solution of the assignment on which the build is tested; no line of its bodies may reach a student."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def start_of(n: int, m: int) -> Array:
    """Return where every walk starts."""
    return np.zeros((n, m))


def _squashed(solved_preactivation: Array) -> Array:
    """Squash numbers into the range from -1 to 1; a companion that only instructors see."""
    return np.tanh(solved_preactivation)


def step(state: Array, W: Array, b: Array) -> Array:
    """One step of the walk: tanh(W state + b).

    `state` has shape (n, m), `W` (n, n) and `b` (n, 1); returns the next state, of shape (n, m).
    """
    solved_preactivation = W @ state + b
    return _squashed(solved_preactivation)


def walk(state: Array, W: Array, b: Array, T: int, *, step=step) -> tuple[Array, Array]:
    """Take T steps from `state`.

    Returns all states after the first, of shape (n, m, T), and the last one, of shape (n, m).

    Parts: `step` is the single step.
    """
    solved_states = []
    for _ in range(T):
        state = step(state, W, b)
        solved_states.append(state)
    return np.stack(solved_states, axis=-1), state
