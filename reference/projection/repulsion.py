"""All points repel one another through a grid: the costly half of t-SNE's gradient, in N log N time instead of N^2.

Repulsion depends on the distance in the plane alone, as that of charges does. So every place's charge is spread over
the nodes around it, the grid is convolved by the fast Fourier transform, and what came out is read where the places
are.

    phi(y)  = sum_j K(y - y_j)        K(r) = 1 / (1 + |r|^2)
    sum_j w_ij^2 (y_i - y_j) = -1/2 grad phi(y_i)            Z = sum_k!=l w_kl = sum_i (phi(y_i) - 1)

Linderman and others convolve once for each of the four sums of which force and Z consist. But the gradient of K is
-2 w^2 r: one potential is enough, if it can be differentiated. It is made of splines, which have a slope everywhere:

    rho_g = sum_j B(y_j / h - g)            c = K' * rho            phi(y) = sum_g c_g B(y / h - g)

B is the quintic B-spline in both directions, g are nodes h apart. K' are the values of K between nodes, corrected for
being smoothed by B twice: its transform is that of K, divided twice by that of B's own values at the nodes.

Y (N, 2) are the places, w_ij = 1 / (1 + |y_i - y_j|^2).

G. C. Linderman, M. Rachh, J. G. Hoskins, S. Steinerberger and Y. Kluger, "Fast interpolation-based t-SNE for improved
visualization of single-cell RNA-seq data", Nature Methods 16 (2019). One potential for energy and forces is the idea of
U. Essmann and others, "A smooth particle mesh Ewald method", Journal of Chemical Physics 103 (1995).
Left out: three dimensions; more than one thread.
What limits it: up to ten thousand points the Fourier transforms, whose size is that of the picture. Cubic splines need
nodes 1/4 apart for the same error, and twice the time.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import fft

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reference.activations import Array

SPACING = 1 / 3  # K falls to a half at a distance of 1; forces are off by 0.1 to 1.2 %, 0.3 % when digits have settled
MOST_CELLS = 2000  # on a side, for the sake of memory: a picture wider than 2000 / 3 gets a coarser grid
MARGIN = 16  # nodes beyond twice the picture: there, what the correction does at the seam of the circle has died away
ORDER = 6  # nodes that a quintic spline touches


def repulsion(Y: Array) -> tuple[Array, float]:
    """Return sum_j w_ij^2 (y_i - y_j) for each of the places Y (N, 2), and Z, the sum of all w_ij; both nearly."""
    h = max(SPACING, float(np.ptp(Y, axis=0).max()) / MOST_CELLS)
    at = (Y - Y.min(axis=0)).T / h  # (2, N)
    cell = at.astype(np.int32)  # (2, N), the lowest node that each place touches
    B, slope = splines(at - cell)  # (6, 2, N) each
    n_x, n_y = (int(n) for n in cell.max(axis=1) + ORDER)
    steps = n_y * np.arange(ORDER)[:, None] + np.arange(ORDER)  # (6, 6)
    nodes = (cell[0] * n_y + cell[1] + steps[..., None]).astype(np.int32)  # (6, 6, N), each node's place in the grid
    charges = np.bincount(nodes.ravel(), (B[:, None, 0] * B[:, 1]).ravel(), n_x * n_y)
    c = convolve(charges.reshape(n_x, n_y), h).ravel()
    phi, gradient = np.zeros(len(Y)), np.zeros(Y.shape)
    for i in range(ORDER):  # one column of nodes at a time stays in the processor's cache
        near = c[nodes[i]]  # (6, N)
        along = np.einsum("yn,yn->n", near, B[:, 1])
        phi += along * B[i, 0]
        gradient[:, 0] += along * slope[i, 0]
        gradient[:, 1] += np.einsum("yn,yn->n", near, slope[:, 1]) * B[i, 0]
    force = -gradient / (2 * h)
    # Forces of pairs cancel in their sum. What the grid leaves over would push all points the same way.
    return force - force.mean(axis=0), float(phi.sum()) - len(Y)


def splines(f: Array, order: int = ORDER) -> tuple[Array, Array]:
    """Return a B-spline's values on the nodes around places, and its slopes there, both (order, ...).

    f (...): how far each place is beyond the middle one of its nodes or pair of nodes, from 0 to 1, nodes being 1 apart
    Each order blends the one below it with itself, a node further on; the slope is the difference of those two.
    """
    B = slope = np.ones((1, *f.shape))
    none = np.zeros_like(B)
    for m in range(2, order + 1):
        j = np.arange(m).reshape(-1, *[1] * f.ndim)
        before, here = np.concatenate([none, B]), np.concatenate([B, none])  # (m, ...)
        slope = before - here
        B = ((f + (m - 1 - j)) * before + (1 + j - f) * here) / (m - 1)
    return B, slope


def convolve(rho: NDArray[Any], h: float) -> NDArray[np.float32]:
    """Return K' * rho for charges rho (n_x, n_y) on nodes h apart, as if there were nothing beyond the grid.

    The Fourier transform lives on a circle; so the grid is put on one of twice its size, of which rows that are empty
    are not transformed, nor those transformed back that nobody reads. Single precision halves the time, and its
    rounding is thousands of times smaller than the error of the splines.
    """
    n_x, n_y = rho.shape
    m_x, m_y = (int(fft.next_fast_len(2 * n + MARGIN, real=True)) for n in rho.shape)
    half = fft.fft(fft.rfft(rho.astype(np.float32), m_y, axis=1), m_x, axis=0, overwrite_x=True)
    half *= transfer(m_x, m_y, h)
    rows = fft.ifft(half, axis=0, overwrite_x=True)[:n_x]
    c: NDArray[np.float32] = fft.irfft(rows, m_y, axis=1)[:, :n_y]
    return c


@lru_cache(maxsize=2)
def transfer(m_x: int, m_y: int, h: float) -> NDArray[np.float32]:
    """Return the Fourier transform of K' on a circle of m_x times m_y nodes: (m_x, m_y // 2 + 1)."""
    r_x, r_y = (h * np.minimum(np.arange(m), m - np.arange(m)) for m in (m_x, m_y))
    K = fft.rfft2(1 / (1 + r_x[:, None] ** 2 + r_y**2)).real
    b_x, b_y = _smoothing(m_x), _smoothing(m_y)[: K.shape[1]]
    corrected: NDArray[np.float32] = (K / (b_x[:, None] * b_y) ** 2).astype(np.float32)
    return corrected


def _smoothing(m: int) -> Array:
    """Return the Fourier transform of B's values at m nodes on a circle; they are symmetric, so it is real."""
    at_nodes = splines(np.zeros(()))[0][: ORDER - 1]  # (5,), the middle one the largest
    angles = 2 * np.pi * np.arange(m) / m
    b: Array = np.cos(np.outer(angles, np.arange(ORDER - 1) - (ORDER - 2) / 2)) @ at_nodes
    return b
