"""Samplers, each with a constraint of its own."""

from collections.abc import Callable, Mapping

import numpy as np

from autograder.conversation import Case, Made
from autograder.hookspecs import hookimpl

WORDS = ["Bank", "cat", "The", "River", "sat", "bank"]


def _words(random: np.random.Generator, count: int) -> list[str]:
    return [str(word) for word in random.choice(WORDS, count)]


def sentence(random: np.random.Generator, size: dict[str, int], edge: str) -> Case:
    text = {"": " ".join(_words(random, size["words"])), "empty": "", "spaces": "  a \t b "}[edge]
    return Case({"text": text})


def tokens(random: np.random.Generator, size: dict[str, int], edge: str) -> Case:
    return Case({"tokens": _words(random, size["words"])})


def unit_vectors(random: np.random.Generator, size: dict[str, int], edge: str) -> Case:
    rows = random.standard_normal((size["n"], size["d"]))
    return Case({"vectors": rows / np.linalg.norm(rows, axis=1, keepdims=True)})


def matrix_and_factor(random: np.random.Generator, size: dict[str, int], edge: str) -> Case:
    return Case({"matrix": random.standard_normal((size["n"], 2)), "factor": float(random.uniform(2, 3))})


def mixture(random: np.random.Generator, size: dict[str, int], edge: str) -> Case:
    weight = 1.5 if edge == "outside" else float(random.uniform())
    inputs = {"a": random.standard_normal(size["n"]), "b": random.standard_normal(size["n"]), "weight": weight}
    return Case(inputs, by_keyword=frozenset(inputs))


def tree(random: np.random.Generator, size: dict[str, int], edge: str) -> Case:
    return Case({"tree": _tree(random, size["nodes"])})


def _tree(random: np.random.Generator, nodes: int) -> Made | None:
    if nodes == 0:
        return None
    left = int(random.integers(nodes))
    return Made("Tree", (_tree(random, left), _tree(random, nodes - 1 - left)))


def regression(random: np.random.Generator, size: dict[str, int], edge: str) -> Case:
    w, x = random.standard_normal(size["d"]), random.standard_normal((size["m"], size["d"]))
    return Case({"w": w, "b": float(random.standard_normal()), "x": x, "y": random.standard_normal(size["m"])})


@hookimpl
def register_samplers() -> Mapping[str, Callable[..., Case]]:
    return {
        "sentence": sentence,
        "tokens": tokens,
        "unit vectors": unit_vectors,
        "matrix and factor": matrix_and_factor,
        "mixture": mixture,
        "tree": tree,
        "regression": regression,
    }
