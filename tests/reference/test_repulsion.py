"""Repulsion through a grid against the sum over all pairs, and its splines against SciPy's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.interpolate import BSpline

from reference.projection import repulsion as module
from reference.projection.repulsion import convolve, repulsion, splines
from reference.projection.tsne import student_t_weights
from tests.reference.oracles import Draw

draw = Draw(1)


def over_all_pairs(Y: np.ndarray) -> tuple[np.ndarray, float]:
    w = student_t_weights(Y)
    return (w**2).sum(axis=1, keepdims=True) * Y - w**2 @ Y, w.sum()


OFF = 0.012  # the share of the forces by which the grid may miss; Barnes and Hut's trees with the usual angle miss by 0.014


def clusters(scale: float) -> np.ndarray:
    return scale * (draw(12, 1, 2) + 0.2 * draw(12, 50, 2)).reshape(-1, 2)


@pytest.mark.parametrize("scale", [1e-4, 0.01, 0.1, 1, 10, 40])
def test_forces_and_their_sum_are_those_over_all_pairs(scale: float) -> None:
    Y = clusters(scale)
    expected, Z = over_all_pairs(Y)
    force, found = repulsion(Y)
    assert np.linalg.norm(force - expected) <= OFF * np.linalg.norm(expected)
    assert found == pytest.approx(Z, rel=1e-3)


def test_a_long_and_narrow_picture_is_no_worse() -> None:
    Y = clusters(20) * (1, 0.001)
    expected, Z = over_all_pairs(Y)
    force, found = repulsion(Y)
    assert np.linalg.norm(force - expected) <= OFF * np.linalg.norm(expected)
    assert found == pytest.approx(Z, rel=1e-3)


def test_a_finer_grid_is_nearer(monkeypatch: pytest.MonkeyPatch) -> None:
    Y = clusters(10)
    expected, _ = over_all_pairs(Y)
    errors = []
    for spacing in (1 / 2, 1 / 3, 1 / 5):
        monkeypatch.setattr(module, "SPACING", spacing)
        errors.append(np.linalg.norm(repulsion(Y)[0] - expected) / np.linalg.norm(expected))
    assert errors[0] > 4 * errors[1] > 16 * errors[2]


def test_a_picture_that_is_too_wide_gets_a_coarser_grid_and_no_more_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    shapes = []
    monkeypatch.setattr(module, "MOST_CELLS", 100)
    monkeypatch.setattr(module, "convolve", lambda rho, h: shapes.append(rho.shape) or convolve(rho, h))
    repulsion(np.array([[0.0, 0], [1e6, 5], [3, 1e5]]))
    assert max(shapes[0]) <= 107


@pytest.mark.parametrize("order", [2, 4, 6])
def test_splines_and_slopes_are_scipy_s(order: int) -> None:
    f = np.linspace(0, 0.999, 7)
    B, slope = splines(f, order)
    theirs = BSpline.basis_element(np.arange(order + 1))
    at = f + np.arange(order - 1, -1, -1)[:, None]
    np.testing.assert_allclose(B, theirs(at), atol=1e-14)
    np.testing.assert_allclose(slope, theirs.derivative()(at), atol=1e-14)


def test_one_charge_makes_the_potential_of_its_distance() -> None:
    rho = np.zeros((41, 30))
    rho[7, 11] = 1
    h = 1 / 3
    c = convolve(rho, h)
    B, _ = splines(np.zeros(1))
    x = np.apply_along_axis(np.convolve, 0, c, B[:5, 0], "same")
    phi = np.apply_along_axis(np.convolve, 1, x, B[:5, 0], "same")
    twice = np.apply_along_axis(np.convolve, 0, phi, B[:5, 0], "same")
    phi = np.apply_along_axis(np.convolve, 1, twice, B[:5, 0], "same")
    r2 = (h * (np.arange(41) - 7)[:, None]) ** 2 + (h * (np.arange(30) - 11)) ** 2
    np.testing.assert_allclose(phi[4:-4, 4:-4], (1 / (1 + r2))[4:-4, 4:-4], atol=1e-5)
