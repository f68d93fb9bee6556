"""News and word vectors that this assignment hands out, the samplers of its inputs, and how shorter vectors are judged.

All axes are of different lengths, and no number is 0 or 1 where a factor could be lost in it, so that each known
mistake shows in every draw.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.conversation import Case, Seeded
from autograder.hookspecs import hookimpl
from autograder.metric import Metric
from reference.counts.cooccurrence import cooccurrence
from reference.counts.lsa import truncated_svd
from reference.counts.similarity import cosine_similarities
from reference.data.shipped import lee

Array = NDArray[np.float64]
Size = Mapping[str, int]
Sampler = Callable[[np.random.Generator, Size, str], Case]

WORDS, LONG = 1_300, 48
"""How many words have a vector that is handed out, and of how many numbers."""
WIDTHS = {"W1": ("n_h", "n"), "Wm": ("k", "n_h"), "Ws": ("k", "n_h"), "W2": ("n_h", "k"), "W3": ("n", "n_h")}
CERTAIN = -2_000.0
"""The logarithm of a variance that is 0, however it is worked out."""


# --------------------------------------------------------------------------------------------------- what is handed out


@cache
def news() -> list[list[str]]:
    """Return the words of 350 documents, in lower case."""
    documents = lee()
    return [
        [word.lower() for word in each.tokens if word[0].isalpha()]
        for each in documents.background + documents.documents
    ]


@cache
def word_vectors() -> tuple[list[str], Array]:
    """Return the most frequent words of the news and their vectors (V, d), of three decimals, around 0.

    The logarithms of how often words meet are brought to few numbers by a singular value decomposition, and these are
    turned, since in vectors that a network has learned no number means anything by itself either.
    """
    seen = Counter(word for text in news() for word in text)
    words = sorted(seen, key=lambda word: (-seen[word], word))[:WORDS]
    number = {word: n for n, word in enumerate(words)}
    counts = cooccurrence([[number[word] for word in text if word in number] for text in news()], WORDS, 5, "harmonic")
    U, s, _ = truncated_svd(counts.log1p(), LONG)
    rows = U * s / np.linalg.norm(U * s, axis=1, keepdims=True)
    turn, _ = np.linalg.qr(np.random.default_rng(2001).standard_normal((LONG, LONG)))
    centred = (rows - rows.mean(axis=0)) @ turn
    return words, (centred / centred.std()).round(3)


def news_file() -> bytes:
    """Return a line for each document."""
    return "".join(f"{' '.join(words)}\n" for words in news()).encode()


def vectors_file() -> bytes:
    """Return a line for each word, with its vector after it."""
    words, rows = word_vectors()
    lines = (f"{word} {' '.join(f'{x:.3f}' for x in row)}\n" for word, row in zip(words, rows, strict=True))
    return "".join(lines).encode()


@hookimpl
def register_given_files() -> Mapping[str, Callable[[], bytes]]:
    """Hand out documents, and word vectors that were made of them."""
    return {"news.txt": news_file, "vectors.txt": vectors_file}


# ------------------------------------------------------------------------------------------------------- auto-encoders


def draw(random: np.random.Generator, *shape: int) -> Array:
    """Draw numbers of either sign, none of them near 0 or 1."""
    drawn: Array = random.choice([-1.0, 1.0], size=shape) * random.uniform(0.2, 0.9, size=shape)
    return drawn


def autoencoder(random: np.random.Generator, n: int, k: int, *, tied: bool) -> dict[str, Array]:
    """Draw the parameters of an auto-encoder."""
    parameters = {
        "W1": draw(random, k, n),
        "b1": draw(random, k, 1),
        "W2": draw(random, n, k),
        "b2": draw(random, n, 1),
    }
    return {name: array for name, array in parameters.items() if not (tied and name == "W2")}


BENT = {"identity": ("identity", "identity"), "relu": ("relu", "tanh"), "softmax": ("softmax", "sigmoid")}
BENT |= {"a distribution": ("sigmoid", "softmax"), "by default": ("", "")}


def examples(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of autoencoder_forward; an edge says what bends, or that the weights are tied."""
    parameters = autoencoder(random, size["n"], size["k"], tied=edge == "tied")
    hidden, output = BENT.get(edge, ("tanh", "sigmoid"))
    inputs = {"x": draw(random, size["n"], size["m"]), "parameters": parameters}
    return Case(inputs | ({"hidden": hidden, "output": output} if hidden else {}))


def tied_examples(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of autoencoder_forward with tied weights; an edge says what bends."""
    hidden, output = BENT.get(edge, ("tanh", "sigmoid"))
    parameters = autoencoder(random, size["n"], size["k"], tied=True)
    inputs = {"x": draw(random, size["n"], size["m"]), "parameters": parameters}
    return Case(inputs | ({"hidden": hidden, "output": output} if hidden else {}))


def seeded(random: np.random.Generator) -> Seeded:
    """Return a generator of its own for a student's function."""
    return Seeded(int(random.integers(1 << 31)))


def to_destroy(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of corrupt where chance has no say, nothing or everything is destroyed."""
    x = draw(random, *(size[name] for name in ("a", "b", "c") if name in size))
    return Case({"x": x, "p": 1.0 if edge == "everything" else 0.0, "generator": seeded(random)})


def to_destroy_in_part(random: np.random.Generator, size: Size, edge: str) -> Case:  # noqa: ARG001  (a sampler has three)
    """Draw the inputs of corrupt where chance decides: p is far from one half."""
    p = float(random.choice([0.2, 0.25, 0.7, 0.8]))
    return Case({"x": draw(random, size["a"], size["b"]), "p": p, "generator": seeded(random)})


def active_units(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of sparsity_penalty: units that are active more often than they should be, and less often.

    The mean of each unit is its own, and none is rho or 1 - rho but where the edge says so.
    """
    k, m = size["k"], size["m"]
    rho, beta = float(random.choice([0.1, 0.2, 0.3])), float(random.choice([0.5, 2.0, 3.0]))
    wanted = random.permutation(rho * np.linspace(0.4, 1.6, k)) if k > 1 else np.array([1.7 * rho])  # (k,)
    wanted[np.abs(wanted - rho) < 0.1 * rho] *= 1.3
    if edge == "as silent as they should be":
        wanted = np.full(k, rho)
    if edge == "hardly ever silent":
        wanted = random.uniform(0.85, 0.92, k)
    h = random.uniform(0.9, 1.0, (k, m))
    return Case({"h": h * (wanted / h.mean(axis=1))[:, None], "rho": rho, "beta": beta})


def one_order(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of train where neither the order of the examples nor chance means anything: there is one answer.

    All examples are in one batch, or all are the same; and nothing or everything is destroyed.
    """
    n, k, m, batch = size["n"], size["k"], size["m"], size["batch"]
    x = draw(random, n, m)
    if batch < m:
        x = np.tile(x[:, :1], (1, m))
    inputs = {"start": autoencoder(random, n, k, tied=edge == "tied"), "x": x, "epochs": size["epochs"]}
    inputs |= {"seed": int(random.integers(1 << 31))}
    if edge != "by default":
        p = 1.0 if edge == "everything is destroyed" else 0.0
        inputs |= {"hidden": "tanh", "output": "sigmoid", "p": p, "rate": 0.03, "batch": batch}
    return Case(inputs)


def words_to_shorten(random: np.random.Generator, size: Size, edge: str) -> Case:  # noqa: ARG001  (a sampler has three)
    """Draw the inputs of train: vectors of some words, turned so that nothing known fits; the other words judge.

    What is hidden says in short which they are.
    """
    k, d = size["k"], LONG
    seed = int(random.integers(1 << 31))
    x, _ = turned_words(size["m"], seed)
    start = {"W1": random.standard_normal((k, d)) / np.sqrt(d), "b1": np.zeros((k, 1)), "b2": np.zeros((d, 1))}
    inputs = {"start": start, "x": x, "epochs": size["epochs"], "seed": int(random.integers(1 << 31))}
    inputs |= {"hidden": "identity", "output": "identity", "p": 0.1}
    return Case(inputs, hidden={"m": size["m"], "seed": seed})


@lru_cache(maxsize=8)
def turned_words(m: int, seed: int) -> tuple[Array, Array]:
    """Return the vectors of m words (d, m), and of all others, each turned in the same way."""
    random = np.random.default_rng(seed)
    turn, _ = np.linalg.qr(random.standard_normal((LONG, LONG)))
    vectors = turn @ word_vectors()[1][random.permutation(WORDS)].T  # (d, V)
    return vectors[:, :m], vectors[:, m:]


def mean_change_of_cosines(answer: Any, m: int, seed: int) -> float:
    """Return by how much the cosine of two new words changes on the average when their vectors are made short.

    answer: the parameters of an auto-encoder, of which those of the encoder count; ValueError, in words for the
    student, if they are none.
    """
    names = ("W1", "b1")
    if not isinstance(answer, dict) or any(not _is_table(answer.get(name)) for name in names):
        raise ValueError("the parameters are no dict with the arrays W1 and b1")
    W1, b1 = (answer[name].astype(np.float64) for name in names)
    _, new = turned_words(m, seed)  # (d, others)
    if W1.shape[1] != len(new) or b1.shape != (len(W1), 1) or not (np.isfinite(W1).all() and np.isfinite(b1).all()):
        raise ValueError("W1 and b1 give no finite code to a word")
    places = np.triu_indices(new.shape[1], 1)
    before, after = (cosine_similarities(rows, rows)[places] for rows in (new.T, (W1 @ new + b1).T))
    return float(np.abs(before - after).mean())


def _is_table(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.ndim == 2 and value.dtype.kind in "fiu"


# ------------------------------------------------------------------------------------------------- topics, and stacks


def weights_of_topics(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of topic_words: weights that lie apart, the largest in size below 0; or exact ties."""
    V, k, n = size["V"], size["k"], size["n"]
    if edge == "by default":
        V = 13
    if edge == "fewer words than wanted":
        n = V + 2
    steps = np.linspace(-1.5, 1.0, V) if V > 1 else np.array([-0.5])
    W2 = np.stack([random.permutation(steps) for _ in range(k)], axis=1)  # (V, k)
    words = [f"word{number}" for number in random.permutation(np.arange(10, 90))[:V]]
    if edge == "ties":
        W2 = np.stack([np.roll(2.0 * (np.arange(V) % 2) - 1, unit) for unit in range(k)], axis=1)
        words = [
            *sorted(words)[2::-1],
            *sorted(words)[:2:-1],
        ]  # among equal ones neither by the alphabet nor against it
    inputs: dict[str, Any] = {"W2": W2, "words": words}
    return Case(inputs if edge == "by default" else inputs | {"n": n})


def stack(random: np.random.Generator, size: Size, edge: str) -> Case:  # noqa: ARG001  (a sampler has three)
    """Draw the input of unrolled: L auto-encoders, each of which reads the codes of the one before."""
    L = size["L"]
    widths = [size["n"] - place for place in range(L + 1)] if size["n"] > L else [size["n"]] * (L + 1)
    pairs = itertools.pairwise(widths)
    return Case({"autoencoders": [autoencoder(random, n, k, tied=False) for n, k in pairs]})


# -------------------------------------------------------------------------------------------------------- variational


def clouds(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of gaussian_kl: means of either sign, and variances below and above 1."""
    shape = size["k"], size["m"]
    signs = (-1.0) ** np.arange(shape[0] * shape[1]).reshape(shape)
    mu, log_var = draw(random, *shape) + 0.2, signs * random.uniform(0.4, 1.6, shape)
    if edge == "the standard one itself":
        mu, log_var = np.zeros(shape), np.zeros(shape)
    if edge == "nearly certain":
        log_var = log_var - 30
    return Case({"mu": mu, "log_var": log_var})


def certain_codes(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of draw_codes where chance has no say, since no number varies."""
    mu = clouds(random, size, edge).inputs["mu"]
    return Case({"mu": mu, "log_var": np.full(mu.shape, CERTAIN), "generator": seeded(random)})


def uncertain_codes(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of draw_codes where chance decides: each entry has a spread of its own, none near 1."""
    return Case({**clouds(random, size, edge).inputs, "generator": seeded(random)})


def documents_and_noise(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of variational_forward: entries between 0 and 1, or only these, and noise."""
    n, m, k = size["n"], size["m"], size["k"]
    x = random.uniform(0.1, 0.9, (n, m))
    if edge == "zeros and ones":
        x = (random.permutation(np.arange(n * m)) % 2).reshape(n, m).astype(np.float64)
    eps = np.zeros((k, m)) if edge == "without noise" else draw(random, k, m)
    parameters = {name: draw(random, *(size[width] for width in widths)) for name, widths in WIDTHS.items()}
    parameters |= {f"b{name[1]}": draw(random, size[widths[0]], 1) for name, widths in WIDTHS.items()}
    return Case({"x": x, "eps": eps, "parameters": parameters})


# -------------------------------------------------------------------------------------------------------- registration


@hookimpl
def register_metrics() -> Mapping[str, Metric]:
    """Register how shorter vectors are judged."""
    return {"mean change of cosines": Metric(mean_change_of_cosines, lower_is_better=True)}


@hookimpl
def register_samplers() -> Mapping[str, Sampler]:
    """Register the samplers that assignment.toml names."""
    plain: tuple[Sampler, ...] = (examples, tied_examples, to_destroy, to_destroy_in_part, active_units)
    trained: tuple[Sampler, ...] = (one_order, words_to_shorten, weights_of_topics, stack)
    variational: tuple[Sampler, ...] = (clouds, certain_codes, uncertain_codes, documents_and_noise)
    return {f"autoencoders.{sampler.__name__}": sampler for sampler in (*plain, *trained, *variational)}
