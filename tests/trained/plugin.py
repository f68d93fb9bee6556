"""Two clouds of points, whose labels are to be told apart."""

from collections.abc import Callable, Mapping

import numpy as np

from autograder.conversation import Case
from autograder.hookspecs import hookimpl


def two_blobs(random: np.random.Generator, size: dict[str, int], edge: str) -> Case:
    """Draw points for training, and as many to be asked about, whose labels stay hidden."""
    n, d = size["n"], size["d"]
    direction = random.standard_normal(d)
    direction *= 2.0 / np.linalg.norm(direction)
    labels = random.permutation(np.arange(2 * n) % 3 == 0).astype(np.int64)
    points = random.standard_normal((2 * n, d)) + np.outer(2 * labels - 1, direction)
    inputs = {"x": points[:n], "y": labels[:n], "epochs": 60, "rate": 0.5, "seed": int(random.integers(2**31))}
    return Case(inputs, held_out={"x": points[n:]}, hidden={"expected": labels[n:]})


def weights_and_points(random: np.random.Generator, size: dict[str, int], edge: str) -> Case:
    """Draw weights and points."""
    return Case({"weights": random.standard_normal(size["d"] + 1), "x": random.standard_normal((size["n"], size["d"]))})


@hookimpl
def register_samplers() -> Mapping[str, Callable[..., Case]]:
    """Offer both by name."""
    return {"two blobs": two_blobs, "weights and points": weights_and_points}
