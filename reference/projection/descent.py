"""How the points of a t-SNE move: gradient descent with momentum, gains and early exaggeration.

    gain  <- gain + 0.2    where the velocity still goes downhill, against the sign of the gradient
    gain  <- 0.8 gain      where it does not, so that the point has gone too far; never below 0.01
    v     <- momentum v - eta gain dY
    Y     <- Y + v

For the first steps P is exaggerated: near points attract one another so strongly that clusters gather, with room
between them through which others can still pass.

Y (N, d) are the places, v (N, d) their velocities, and gain (N, d) a factor to the learning rate of each coordinate.

R. A. Jacobs, "Increased rates of convergence through learning rate adaptation", Neural Networks 1 (1988), has the
gains; L. van der Maaten and G. Hinton (2008) the momenta and the exaggeration. The learning rate is that of A. C.
Belkina and others, "Automated optimized parameters for t-distributed stochastic neighbor embedding improve
visualization and analysis of large datasets", Nature Communications 10 (2019): N divided by the exaggeration, and by
the 4 that programs such as theirs leave out of the gradient. With the 100 of the first paper, many points hardly move.
Left out: stopping early; a run takes the steps that it was given.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from reference.activations import Array

if TYPE_CHECKING:
    Progress = Callable[["State"], None]

Forces = Callable[[Array, float], Array]
SMALLEST_GAIN = 0.01


@dataclass(frozen=True)
class Schedule:
    """What changes on the way: a first phase in which P is exaggerated, and then the rest.

    iterations: the steps of both phases together
    exaggerated: how many of them are in the first phase
    exaggeration: the factor to P in the first phase
    momenta: the momentum in the first phase and in the second
    learning_rate: the same one in both phases; if None, N / (4 * exaggeration) and then N / 4
    """

    iterations: int = 1000
    exaggerated: int = 250
    exaggeration: float = 12.0
    momenta: tuple[float, float] = (0.5, 0.8)
    learning_rate: float | None = None

    def at(self, iteration: int, N: int) -> tuple[float, float, float]:
        """Return (exaggeration, learning rate, momentum) for the step that follows so many others, for N points."""
        first = iteration < self.exaggerated
        exaggeration = self.exaggeration if first else 1.0
        rate = N / (4 * exaggeration) if self.learning_rate is None else self.learning_rate
        return exaggeration, rate, self.momenta[0] if first else self.momenta[1]


@dataclass(frozen=True, eq=False)
class State:
    """All that a descent needs to go on: places, velocities and gains, (N, d) each, and the steps that were taken."""

    Y: Array
    velocity: Array
    gains: Array
    iteration: int = 0


def start(Y: Array) -> State:
    """Return the state before the first step: places Y (N, d), at rest."""
    return State(Y, np.zeros(Y.shape), np.ones(Y.shape))


def descend(
    state: State,
    forces: Forces,
    schedule: Schedule,
    *,
    until: int | None = None,
    progress: Progress | None = None,
) -> State:
    """Take the steps that the schedule still has, and return the last state.

    forces: from places (N, d) and an exaggeration, the gradient (N, d) there
    until: stop after so many steps in all; from the state that is returned, another call goes on, and ends with the
        same digits as one call for all steps would have
    progress: called with the state after every step; what it raises ends the descent
    Raises DivergenceError, of `training.py`, before a step whose gradient or places are not finite.
    """
    for iteration in range(state.iteration, schedule.iterations if until is None else until):
        exaggeration, rate, momentum = schedule.at(iteration, len(state.Y))
        dY = forces(state.Y, exaggeration)  # (N, d)
        Y, velocity, gains = tsne_step(state.Y, state.velocity, state.gains, dY, rate, momentum)
        _demand_finite(iteration, dY=dY, Y=Y)
        state = State(Y, velocity, gains, iteration + 1)
        if progress:
            progress(state)
    return state


def tsne_step(
    Y: Array, velocity: Array, gains: Array, dY: Array, learning_rate: float, momentum: float
) -> tuple[Array, Array, Array]:
    """Take one step down the gradient.

        gains    = gains + 0.2 where dY velocity < 0, else 0.8 gains; at least 0.01
        velocity = momentum velocity - learning_rate gains dY
        Y        = Y + velocity

    Arguments:
        Y (N, d), velocity (N, d), gains (N, d): places, velocities and gains before the step
        dY (N, d): the gradient at Y
        learning_rate, momentum: as above

    Returns (Y, velocity, gains) after the step, each (N, d).
    """
    downhill = dY * velocity < 0
    gains = np.maximum(np.where(downhill, gains + 0.2, 0.8 * gains), SMALLEST_GAIN)
    velocity = momentum * velocity - learning_rate * gains * dY
    return Y + velocity, velocity, gains


def _demand_finite(step: int, **arrays: Array) -> None:
    for name, array in arrays.items():
        wrong = np.flatnonzero(~np.isfinite(array).all(axis=1))
        if len(wrong):
            from reference.training import DivergenceError

            raise DivergenceError(f"{name}, at point {wrong[0]},", step, "is not finite")
