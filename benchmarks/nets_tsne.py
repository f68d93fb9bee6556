"""t-SNE beside scikit-learn's and openTSNE's: how low the divergence ends, and how long it takes on one thread.

Aims: on digits within 2 % of the best of theirs at equal perplexity and steps, all judged by one exact P; the fast
variant at least as fast as scikit-learn's, and its time growing no faster than N log N.
"""

from __future__ import annotations

import math
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import openTSNE  # before threads are limited: a library that is loaded later would not know
from sklearn.datasets import load_digits
from sklearn.manifold import TSNE
from table import Row, main, row
from threadpoolctl import threadpool_limits

from reference.projection.descent import Schedule
from reference.projection.fast_tsne import fast_tsne
from reference.projection.nearest import nearest, nearly_nearest
from reference.projection.pca import pca
from reference.projection.trustworthiness import trustworthiness
from reference.projection.tsne import (
    conditional_probabilities,
    joint_probabilities,
    squared_distances,
    tsne,
    tsne_loss,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    Place = Callable[[np.ndarray, int], np.ndarray]

PERPLEXITY, EXAGGERATED = 30, 250
figure = partial(row, "nets_tsne")


# ------------------------------------------------------------ the programs, from points and steps to places


def ours_exact(X: np.ndarray, steps: int) -> np.ndarray:
    """The reference beside the paper."""
    return tsne(X, perplexity=PERPLEXITY, schedule=Schedule(steps, EXAGGERATED)).Y


def ours_fast(X: np.ndarray, steps: int) -> np.ndarray:
    """The reference for many points."""
    return fast_tsne(X, np.random.default_rng(0), perplexity=PERPLEXITY, schedule=Schedule(steps, EXAGGERATED)).Y


def sklearn_s(X: np.ndarray, steps: int, method: str = "barnes_hut") -> np.ndarray:
    """Scikit-learn's, as it comes."""
    settings: dict[str, Any] = {"perplexity": PERPLEXITY, "init": "pca", "random_state": 0, "n_jobs": 1}
    return TSNE(method=method, max_iter=steps, **settings).fit_transform(X).astype(np.float64)


def opentsne_s(X: np.ndarray, steps: int, method: str = "auto") -> np.ndarray:
    """OpenTSNE's, as it comes."""
    settings: dict[str, Any] = {"perplexity": PERPLEXITY, "random_state": 0, "n_jobs": 1}
    phases = {"early_exaggeration_iter": EXAGGERATED, "n_iter": steps - EXAGGERATED}
    return np.asarray(openTSNE.TSNE(negative_gradient_method=method, **phases, **settings).fit(X))


def timed(place: Place, X: np.ndarray, steps: int) -> tuple[np.ndarray, float]:
    """Return the places, and the CPU seconds that they took."""
    started = time.process_time()
    Y = place(X, steps)
    return Y, time.process_time() - started


# ------------------------------------------------------------ how good


def digits_rows(quick: bool) -> list[Row]:
    """The divergence at the end, on digits; --quick leaves out the exact programs, which take half a minute each."""
    X, steps = load_digits().data, 1000
    P = joint_probabilities(conditional_probabilities(squared_distances(X), PERPLEXITY))
    peers: dict[str, Place] = {"scikit-learn": sklearn_s, "openTSNE": opentsne_s}
    subjects: dict[str, Place] = {"fast": ours_fast}
    if not quick:
        peers["scikit-learn, exact"] = partial(sklearn_s, method="exact")
        peers["openTSNE, FFT"] = partial(opentsne_s, method="fft")
        subjects["exact"] = ours_exact
    found = {name: timed(place, X, steps) for name, place in peers.items()}
    losses = {name: tsne_loss(P, Y) for name, (Y, _) in found.items()}
    best = min(losses, key=lambda name: losses[name])
    rows = []
    for subject, place in subjects.items():
        Y, seconds = timed(place, X, steps)
        what, aim = f"{subject}, digits: KL after {steps} steps", f"≤ {1.02 * losses[best]:.4f}, 2 % above their best"
        for peer, loss in losses.items():
            rows.append(figure(f"{what}, {peer}", [tsne_loss(P, Y)], "nats", aim, peer=peer, theirs=[loss]))
        theirs = [trustworthiness(X, found[best][0], 12)]
        rows.append(
            figure(
                f"{subject}, digits: trustworthiness", [trustworthiness(X, Y, 12)], peer=best, theirs=theirs, unit=""
            )
        )
        for peer in losses:
            what = f"{subject}, digits: CPU, {peer}"
            rows.append(
                figure(what, [seconds], "s", "≤ 1 x" if subject == "fast" else "", peer=peer, theirs=[found[peer][1]])
            )
    return rows


# ------------------------------------------------------------ how fast


def blended_digits(N: int) -> np.ndarray:
    """Draw N points near to digits: two of one kind blended, with noise in every pixel."""
    generator = np.random.default_rng(N)
    data, kinds = load_digits(return_X_y=True)
    by_kind = [data[kinds == kind] for kind in range(10)]
    points = []
    for members in by_kind:
        one, other = (members[generator.integers(len(members), size=N // 10)] for _ in range(2))
        share = generator.uniform(0, 0.5, (N // 10, 1))
        points.append((1 - share) * one + share * other)
    return pca(np.vstack(points) + generator.standard_normal((N, data.shape[1])), 50)


def speed_rows(quick: bool) -> list[Row]:
    """CPU time of the fast variant beside scikit-learn's for more and more points, and how it grows."""
    sizes, steps = ({2_000: 1, 10_000: 1}, 300) if quick else ({2_000: 3, 10_000: 1, 50_000: 1}, 500)
    rows, per_point = [], {}
    for N, runs in sizes.items():
        X = blended_digits(N)
        ours = [timed(ours_fast, X, steps)[1] for _ in range(runs)]
        theirs = [timed(sklearn_s, X, steps)[1] for _ in range(runs)]
        per_point[N] = min(ours) / steps / (N * math.log(N))
        what = f"fast, {N} points: CPU for {steps} steps"
        rows.append(figure(what, ours, "s", "≤ 1 x", peer="scikit-learn", theirs=theirs))
    for smaller, larger in zip(sizes, list(sizes)[1:], strict=False):
        what = f"growth of a step from {smaller} to {larger} points, beside N log N"
        rows.append(figure(what, [per_point[larger]], "", "≤ 1 x", peer="N log N", theirs=[per_point[smaller]]))
    return rows


def neighbour_rows(quick: bool) -> list[Row]:
    """How many of the nearest the forest finds, and in which time beside comparing all with all."""
    N = 10_000 if quick else 20_000
    X = blended_digits(N)
    started = time.process_time()
    rows, _ = nearest(X, 90)
    between = time.process_time()
    found, _ = nearly_nearest(X, 90, np.random.default_rng(0))
    ended = time.process_time()
    shared = [len(np.intersect1d(a, b)) / 90 for a, b in zip(rows[::20], found[::20], strict=True)]
    time_taken = figure(
        f"forest, {N} points: CPU", [ended - between], "s", peer="all with all", theirs=[between - started]
    )
    return [figure(f"forest, {N} points: share of the nearest 90 found", [float(np.mean(shared))], ""), time_taken]


def measure(quick: bool) -> list[Row]:
    """Return all figures."""
    with threadpool_limits(1):
        return [*digits_rows(quick), *speed_rows(quick), *neighbour_rows(quick)]


if __name__ == "__main__":
    main("nets_tsne", __doc__, measure)
