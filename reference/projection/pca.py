"""Principal component analysis: the few directions in which points spread most.

Looked at along these directions, the points lose less of their spread than along any other k. PCA is linear, so what is
far apart in the picture is far apart indeed; but what is near in the picture may be far apart behind it. The course
draws it beside t-SNE, which has it the other way round, and t-SNE starts from it.

    X - mean = U S V^T            Y = (X - mean) V            variance_c = s_c^2 / (N - 1)

X (N, D) are N points, V (D, k) has the directions as columns (the rows of `components`), Y (N, k) is the picture, s
(k,) are the singular values of the centred points. Each direction is free up to its sign: here the largest entry, in
size, of each is positive, so that the same points give the same picture every time.

K. Pearson, "On lines and planes of closest fit to systems of points in space", Philosophical Magazine 2 (1901).
Left out: whitening, and points that arrive in batches.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reference.counts.lsa import truncated_svd

if TYPE_CHECKING:
    from reference.activations import Array


@dataclass(frozen=True, eq=False)
class PrincipalComponents:
    """The k directions in which points spread most.

    mean (D,): the middle of the points
    components (k, D): the directions, of length one and at right angles, those of most spread first
    variances (k,): how far the points spread along each, with N - 1 below the line
    shares (k,): which part of the whole variance that is
    """

    mean: Array
    components: Array
    variances: Array
    shares: Array

    def project(self, X: Array) -> Array:
        """Return where points X (m, D), these or new ones, lie along the directions: (m, k)."""
        Y: Array = (X - self.mean) @ self.components.T
        return Y  # (m, k)

    def restore(self, Y: Array) -> Array:
        """Return the points (m, D) of the span of the directions that project to Y (m, k)."""
        X: Array = Y @ self.components + self.mean
        return X  # (m, D)


def principal_components(X: Array, k: int) -> PrincipalComponents:
    """Find the k principal components of points X (N, D); ValueError if k is not from 1 to min(N, D)."""
    mean: Array = X.mean(axis=0)  # (D,)
    centred = X - mean  # (N, D)
    _, s, components = truncated_svd(centred, k)
    whole = float((centred**2).sum())
    return PrincipalComponents(mean, components, s**2 / max(len(X) - 1, 1), s**2 / (whole or 1.0))


def pca(X: Array, k: int = 2) -> Array:
    """Draw points along their k principal components.

    Arguments:
        X (N, D): the points
        k: how many directions to keep, from 1 to min(N, D); else a ValueError

    Returns Y (N, k): the centred points along the directions of most spread, the widest first. The sign of a direction
    is such that its entry that is largest in size is positive.
    """
    return principal_components(X, k).project(X)
