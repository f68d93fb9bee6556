"""Samplers of inputs on which every slip shows."""

from collections.abc import Callable, Mapping

import numpy as np

from autograder.conversation import Case, Seeded
from autograder.hookspecs import hookimpl


def _generator(random: np.random.Generator) -> Seeded:
    return Seeded(int(random.integers(1 << 31)))


def urn(random: np.random.Generator, size: dict[str, int], edge: str) -> Case:
    counts = np.rint(400 / (1 + np.arange(size["V"])) ** 2)
    if edge == "one word alone":
        counts[1:] = 0
    return Case({"counts": random.permutation(counts), "n": size["n"], "generator": _generator(random)})


def text(random: np.random.Generator, size: dict[str, int], edge: str) -> Case:
    tokens = random.integers(size["V"], size=size["T"])
    return Case({"tokens": tokens, "keep": random.uniform(0.1, 0.4, size["V"]), "generator": _generator(random)})


def layer(random: np.random.Generator, size: dict[str, int], edge: str) -> Case:
    x = random.standard_normal((size["n"], size["d"]))
    return Case({"x": x, "p": round(float(random.uniform(0.15, 0.35)), 2), "generator": _generator(random)})


def code(random: np.random.Generator, size: dict[str, int], edge: str) -> Case:
    mean, log_variance = random.uniform(0.5, 1.5, (2, size["n"], size["d"]))
    return Case({"mean": mean, "log_variance": log_variance, "generator": _generator(random)})


def scores(random: np.random.Generator, size: dict[str, int], edge: str) -> Case:
    drawn = random.permutation(np.arange(size["V"])) / 2
    return Case({"scores": drawn, "temperature": 0.6, "generator": _generator(random)})


def two_matrices(random: np.random.Generator, size: dict[str, int], edge: str) -> Case:
    return Case(
        {"X": random.standard_normal((size["n"], size["d"])), "Y": random.standard_normal((size["m"], size["d"]))}
    )


def sequence(random: np.random.Generator, size: dict[str, int], edge: str) -> Case:
    return Case({"X": random.standard_normal((size["T"], size["d"]))})


@hookimpl
def register_samplers() -> Mapping[str, Callable[..., Case]]:
    return {
        "urn": urn,
        "text": text,
        "layer": layer,
        "code": code,
        "scores": scores,
        "two matrices": two_matrices,
        "sequence": sequence,
    }
