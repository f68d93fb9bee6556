"""How the points of a t-SNE move: one step against scikit-learn's, and a descent that stops and goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from sklearn.manifold._t_sne import _gradient_descent

from reference.projection.descent import Schedule, State, descend, start, tsne_step
from reference.training import DivergenceError
from tests.reference.oracles import Draw

if TYPE_CHECKING:
    from reference.activations import Array

SCHEDULE = Schedule(iterations=40, exaggerated=15, learning_rate=0.3)
TARGET = Draw(1)(7, 2)


def forces(Y: Array, exaggeration: float) -> Array:
    return (0.1 * exaggeration) * (Y - TARGET) ** 3


def test_steps_are_those_of_scikit_learn() -> None:
    theirs, _, _ = _gradient_descent(
        lambda p, **_: (0.0, forces(p.reshape(7, 2), 1).ravel()),
        Draw(2)(7, 2).copy().ravel(),
        it=0,
        max_iter=30,
        momentum=0.8,
        learning_rate=0.3,
        n_iter_check=100,
    )
    plain = Schedule(iterations=30, exaggerated=0, learning_rate=0.3)
    ours = descend(start(Draw(2)(7, 2)), forces, plain).Y
    np.testing.assert_allclose(ours.ravel(), theirs, rtol=0, atol=1e-12)


def test_a_gain_grows_downhill_shrinks_where_a_point_went_too_far_and_never_vanishes() -> None:
    dY, velocity = np.array([[1.0, 1.0]]), np.array([[-1.0, 1.0]])
    _, _, gains = tsne_step(np.zeros((1, 2)), velocity, np.ones((1, 2)), dY, 1, 0.5)
    np.testing.assert_allclose(gains, [[1.2, 0.8]])
    _, _, gains = tsne_step(np.zeros((1, 2)), velocity, np.full((1, 2), 0.01), dY, 1, 0.5)
    np.testing.assert_allclose(gains, [[0.21, 0.01]])


def test_the_phases_have_their_own_exaggeration_rate_and_momentum() -> None:
    schedule = Schedule(exaggerated=5)
    assert schedule.at(4, 480) == (12, 10, 0.5)
    assert schedule.at(5, 480) == (1, 120, 0.8)
    assert Schedule(exaggerated=5, learning_rate=7).at(5, 480)[1] == 7


@pytest.mark.parametrize("stop", [1, 15, 16, 39])
def test_a_descent_that_stops_and_goes_on_ends_with_the_same_digits(stop: int) -> None:
    whole = descend(start(Draw(2)(7, 2)), forces, SCHEDULE)
    part = descend(start(Draw(2)(7, 2)), forces, SCHEDULE, until=stop)
    assert part.iteration == stop
    rest = descend(part, forces, SCHEDULE)
    assert rest.iteration == 40
    np.testing.assert_array_equal(rest.Y, whole.Y)
    np.testing.assert_array_equal(rest.gains, whole.gains)


def test_progress_is_told_after_every_step_and_may_end_the_descent() -> None:
    seen: list[State] = []
    last = descend(start(Draw(2)(7, 2)), forces, SCHEDULE, progress=seen.append)
    assert [state.iteration for state in seen] == list(range(1, 41))
    assert seen[-1] is last

    def enough(state: State) -> None:
        if state.iteration == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        descend(start(Draw(2)(7, 2)), forces, SCHEDULE, progress=enough)


def test_a_descent_that_diverges_says_at_which_step_in_what_and_at_which_point() -> None:
    def torn(Y: Array, exaggeration: float) -> Array:
        dY = forces(Y, exaggeration)
        dY[4, 1] = np.nan
        return dY

    with pytest.raises(DivergenceError, match="Step 0 was not taken because dY, at point 4, is not finite"):
        descend(start(Draw(2)(7, 2)), torn, SCHEDULE)


def test_places_that_leave_the_range_of_numbers_are_told_from_gradients_that_do() -> None:
    wild = Schedule(learning_rate=1e308, iterations=40)
    with np.errstate(over="ignore"), pytest.raises(DivergenceError, match="because Y, at point") as caught:
        descend(start(Draw(2)(7, 2)), lambda Y, _: np.full(Y.shape, 1e10), wild)
    assert caught.value.step == 0
