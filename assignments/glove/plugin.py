"""The text that this assignment hands out, and samplers: inputs of every size, on which each known mistake shows.

Tables of counts are not symmetric, so that rows cannot be taken for columns; counts lie on both sides of x_max and of
one, and about a third of a table is zero. Vectors and biases keep away from zero, so that whatever is left out shows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from autograder.conversation import Case, Sparse
from autograder.hookspecs import hookimpl
from autograder.metric import Metric
from reference.counts.cooccurrence import cooccurrence
from reference.data.shipped import wikipedia
from reference.embeddings.glove import glove_weight

if TYPE_CHECKING:
    from reference.data.sample import Sample

Array = NDArray[np.float64]
Numbers = NDArray[np.int64]
Size = Mapping[str, int]
Sampler = Callable[[np.random.Generator, Size, str], Case]

X_MAX = 10.0
"""Of the training, on which counts are small."""


# --------------------------------------------------------------------------------------------------- what is handed out


@cache
def paragraphs() -> list[Sample[None]]:
    """Read the text once."""
    return wikipedia()


@cache
def seen() -> Counter[str]:
    """Count the words of the text."""
    return Counter(word for paragraph in paragraphs() for word in paragraph.tokens)


def text_file() -> bytes:
    """Return the text as students get it, a paragraph to a line, without words that were seen fewer than five times."""
    lines = ([word for word in paragraph.tokens if seen()[word] >= 5] for paragraph in paragraphs())
    return "".join(" ".join(line) + "\n" for line in lines).encode()


@hookimpl
def register_given_files() -> Mapping[str, Callable[[], bytes]]:
    """Hand out the text, as it is installed with gensim."""
    return {"wikipedia.txt": text_file}


# --------------------------------------------------------------------------------------------------------- the samplers


def draw(random: np.random.Generator, *shape: int) -> Array:
    """Draw numbers of either sign between 0.3 and 1, smaller where many of them are added up by a product."""
    signs = random.choice([-1.0, 1.0], size=shape)
    drawn: Array = signs * random.uniform(0.3, 1.0, size=shape) / shape[-1] ** 0.25
    return drawn


def numbered_sentences(random: np.random.Generator, size: Size, edge: str) -> dict[str, Any]:
    """Draw `m` sentences of up to `T` of `V` words, some of which stand beside themselves."""
    V = size["V"]
    sentences = [random.integers(0, V, max(1, size["T"] - row)).tolist() for row in range(size["m"])]
    for sentence in sentences[::2]:
        if len(sentence) > 1:
            sentence[1] = sentence[0]
    if edge == "an empty sentence":
        sentences.insert(1, [])
    return {
        "sentences": [] if edge == "no sentences" else sentences,
        "V": V,
        "window": size["T"] + 20 if edge == "a window wider than a sentence" else size["window"],
    }


def near_and_far(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of cooccurrence where the nearer of two words weighs more."""
    return Case(numbered_sentences(random, size, edge) | {"weighting": "harmonic"})


def equally_near(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of cooccurrence where every pair counts as one, and a weighting that there is not."""
    inputs = numbered_sentences(random, size, edge)
    if edge == "window and weighting by default":
        del inputs["window"]
        return Case(inputs)
    return Case(inputs | {"weighting": "linear" if edge == "an unknown weighting" else "equal"})


def words_after(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of cooccurrence where only words that come after a word are counted."""
    weighting = "equal" if edge == "every pair as one" else "harmonic"
    return Case(numbered_sentences(random, size, edge) | {"weighting": weighting, "symmetric": False})


def table(random: np.random.Generator, V: int, x_max: float, zeros: float = 0.35) -> Array:
    """Draw a table of counts that is not symmetric: some of them zero, the others from 0.2 up to three times x_max."""
    X = np.exp(random.uniform(np.log(0.2), np.log(3 * x_max), (V, V)))
    X[random.random((V, V)) < zeros] = 0.0
    np.fill_diagonal(X, random.uniform(0.1, 0.7, V) * x_max)  # in every row and column something, below x_max
    if V > 1:
        X[0, :2] = random.uniform(1.5, 3.0) * x_max, random.uniform(0.1, 0.7) * x_max
        X[1, 0] = 0.0
    drawn: Array = X.round(3)
    return drawn


def as_sparse(X: Array | sparse.sparray) -> Sparse:
    """Return a table in the form that keeps no zeros."""
    rows = sparse.csr_array(X)
    rows.eliminate_zeros()
    return Sparse(X.shape, rows.data, rows.indices, rows.indptr)


def company(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of probe_ratios: all probes have been met by both words, except at the edges."""
    V, n = size["V"], size["n"]
    X = np.exp(random.uniform(np.log(0.2), np.log(200), (V, V))).round(3)
    i, j = (int(number) for number in random.permutation(max(V, 2))[:2] % V)
    X[np.ix_(np.setdiff1d(np.arange(V), [i, j]), random.integers(0, V, 2))] = 0.0
    others = np.setdiff1d(np.arange(V), [i, j]) if V > 4 else np.arange(V)
    probes = [int(number) for number in np.concatenate([random.permutation(others), random.integers(0, V, n)])[:n]]
    if edge == "a probe that only the first has met":
        X[j, probes[-1]] = 0.0
    if edge == "a probe that only the second has met":
        X[i, probes[-1]] = 0.0
    if edge == "a probe that neither has met":
        X[[i, j], probes[-1]] = 0.0
    return Case({"X": as_sparse(X) if edge == "a sparse table" else X, "i": i, "j": j, "probes": probes})


def counts(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of glove_weight: counts on both sides of x_max, in an array of one axis or of two."""
    shape = (size["n"], size["m"]) if "m" in size else (size["n"],)
    x_max, alpha = round(float(random.uniform(3, 60)), 1), round(float(random.uniform(0.3, 0.9)), 2)
    if edge == "x_max and alpha by default":
        x_max = 100.0
    x = x_max * np.exp(random.uniform(np.log(0.02), np.log(4), shape))
    x.flat[0] = x_max * random.uniform(0.1, 0.6)
    x.flat[-1] = x_max * random.uniform(1.5, 4.0) if x.size > 1 else x.flat[-1] * 0.5
    if edge == "zeros":
        x.flat[1:3] = 0.0
    if edge == "whole numbers":
        return Case({"x": np.ceil(x).astype(np.int64), "x_max": x_max, "alpha": alpha})
    if edge == "a single number":
        return Case({"x": float(x.flat[0]), "x_max": x_max, "alpha": alpha})
    return Case({"x": x} if edge == "x_max and alpha by default" else {"x": x, "x_max": x_max, "alpha": alpha})


def parameters(random: np.random.Generator, V: int, d: int) -> dict[str, Array]:
    """Draw vectors and biases for V words and as many contexts."""
    return {
        "W": draw(random, V, d),
        "W_tilde": draw(random, V, d),
        "b": draw(random, V, 1)[:, 0],
        "b_tilde": draw(random, V, 1)[:, 0],
    }


def fitted(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of the loss: a table of counts, and parameters that do not fit it."""
    V, d = size["V"], size["d"]
    x_max, alpha = round(float(random.uniform(3, 60)), 1), round(float(random.uniform(0.3, 0.9)), 2)
    X = table(random, V, 100.0 if edge == "x_max and alpha by default" else x_max)
    if edge == "a word that was never met":
        X[1], X[:, 1] = 0.0, 0.0
    if edge == "an empty table":
        X[:] = 0.0
    given = {"X": as_sparse(X) if edge == "a sparse table" else X, "parameters": parameters(random, V, d)}
    return Case(given if edge == "x_max and alpha by default" else given | {"x_max": x_max, "alpha": alpha})


def moved(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of glove_step, whose entries have moved far already, except at the edge "the first step"."""
    shape = (size["n"], size["d"]) if "d" in size else (size["n"],)
    theta, gradient = (draw(random, *shape, 1)[..., 0] for _ in range(2))
    squares = np.ones(shape) if edge == "the first step" else random.uniform(1.3, 6.0, shape)
    inputs = {"theta": theta, "gradient": 3 * gradient, "squares": squares}
    if edge == "some slopes are zero":
        inputs["gradient"][0] = 0.0
    if edge == "learning_rate by default":
        inputs["gradient"] *= 10
        return Case(inputs)
    return Case(inputs | {"learning_rate": round(float(random.uniform(0.2, 0.6)), 3)})


def two_words(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of predicted_ratios."""
    V, n = size["V"], size["n"]
    i, j = (int(number) for number in random.permutation(V)[:2]) if V > 2 else (1, 0)
    if edge == "a word and itself":
        j = i
    probes = [int(number) for number in np.concatenate([random.permutation(V), random.integers(0, V, n)])[:n]]
    return Case({"parameters": parameters(random, V, size["d"]), "i": i, "j": j, "probes": probes})


def small_table(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of train: a small table, with cells on most of its diagonals."""
    x_max = round(float(random.uniform(3, 8)), 1)
    by_default = edge == "learning_rate and x_max by default"
    X = table(random, size["V"], X_MAX if by_default else x_max)
    inputs = {
        "X": as_sparse(X) if edge == "a sparse table" else X,
        "start": parameters(random, size["V"], size["d"]),
        "epochs": 0 if edge == "no epochs" else size["epochs"],
        "seed": int(random.integers(1 << 31)),
    }
    return Case(
        inputs if by_default else inputs | {"learning_rate": round(random.uniform(0.1, 0.3), 3), "x_max": x_max}
    )


# --------------------------------------------------------------------------------------------------------- the training


@cache
def coded_text(V: int) -> list[Numbers]:
    """Return the paragraphs in the numbers of their words, of which the V most frequent are kept."""
    number = {word: n for n, (word, _) in enumerate(seen().most_common(V))}
    return [np.array([number[word] for word in each.tokens if word in number], np.int64) for each in paragraphs()]


def wikipedia_to_learn(random: np.random.Generator, size: Size, edge: str) -> Case:  # noqa: ARG001  (a sampler has three)
    """Draw the inputs of train from the handed-out text, with its words numbered anew, so that no known vector fits.

    One paragraph in twenty is left out, and so are three pairs of words in a hundred, which are hidden.
    """
    V, d = size["V"], size["d"]
    coded, anew = coded_text(V), random.permutation(V)
    chosen = random.permutation(len(coded))[: len(coded) * 19 // 20]
    met = sparse.csr_array(cooccurrence([anew[coded[place]] for place in chosen], V, size["window"], "harmonic"))
    pairs = np.triu(random.random((V, V)) < 0.03)
    X, unseen = met * ~(pairs | pairs.T), met * pairs  # each hidden pair in one direction, enough to judge by
    start = {"W": (random.random((V, d)) - 0.5) / d, "W_tilde": (random.random((V, d)) - 0.5) / d}
    inputs = {
        "X": as_sparse(X),
        "start": start | {"b": np.zeros(V), "b_tilde": np.zeros(V)},
        "epochs": size["epochs"],
        "seed": int(random.integers(1 << 31)),
        "learning_rate": 0.05,
        "x_max": X_MAX,
    }
    hidden = as_sparse(unseen)
    logarithms = Sparse((V, V), np.log(hidden.data), hidden.indices, hidden.indptr)
    return Case(inputs, hidden={"unseen": logarithms, "alone": loss_on(logarithms, *best_biases(as_sparse(X)))})


def cells_of(table: Sparse) -> tuple[Numbers, Numbers, Array]:
    """Return where a sparse table has its n cells, (n,) and (n,), and what stands there, (n,)."""
    return np.repeat(np.arange(table.shape[0]), np.diff(table.indptr)), table.indices, table.data


def best_biases(X: Sparse) -> tuple[Array, Array]:
    """Fit the logarithms of counts by a bias for each row and each column and nothing else, in turns: (V,) each."""
    (i, j, x), V = cells_of(X), X.shape[0]
    f, log_x = glove_weight(x, X_MAX), np.log(x)
    b, b_tilde = np.zeros(V), np.zeros(V)
    for _ in range(10):
        b = np.bincount(i, f * (log_x - b_tilde[j]), V) / np.bincount(i, f, V)
        b_tilde = np.bincount(j, f * (log_x - b[i]), V) / np.bincount(j, f, V)
    return b, b_tilde


def loss_on(logarithms: Sparse, b: Array, b_tilde: Array, products: Array | float = 0.0) -> float:
    """Return the sum of f(x) (product + b_i + b~_j - log x)^2 over the cells of a table that holds log x."""
    i, j, log_x = cells_of(logarithms)
    return float(glove_weight(np.exp(log_x), X_MAX) @ (products + b[i] + b_tilde[j] - log_x) ** 2)


def explained(answer: Any, unseen: Sparse, alone: float) -> float:
    """Return which share vectors take off the loss of cells that frequency alone leaves: 0 for none, 1 for all of it.

    answer: a dict with W, W_tilde (V, d), b, b_tilde (V,); ValueError, in words for the student, if there is none.
    """
    W, W_tilde, b, b_tilde = (_numbers(answer, name) for name in ("W", "W_tilde", "b", "b_tilde"))
    wide = W.ndim == W_tilde.ndim == 2 and W.shape[1] == W_tilde.shape[1] and b.ndim == b_tilde.ndim == 1
    if not wide or {len(each) for each in (W, W_tilde, b, b_tilde)} != {unseen.shape[0]}:
        raise ValueError("the parameters do not have the shapes that they had before the training")
    i, j, _ = cells_of(unseen)
    with np.errstate(all="ignore"):
        left = loss_on(unseen, b, b_tilde, np.einsum("nd,nd->n", W[i], W_tilde[j]))
    if not np.isfinite(left):
        raise ValueError("the parameters are so large that their loss is no number: the steps were too large")
    return max(1 - left / alone, -100.0)


def _numbers(answer: Any, name: str) -> Array:
    found = answer.get(name) if isinstance(answer, dict) else None
    if not isinstance(found, np.ndarray) or found.dtype.kind != "f":
        raise ValueError(f'the parameters are no dict with an array of real numbers under "{name}"')
    if not np.isfinite(found).all():
        raise ValueError(f'there are numbers in "{name}" that are infinite or NaN: the steps were too large')
    return found.astype(np.float64)


@hookimpl
def register_metrics() -> Mapping[str, Metric]:
    """Register how vectors are judged."""
    return {"explained share": Metric(explained)}


@hookimpl
def register_samplers() -> Mapping[str, Sampler]:
    """Register the samplers that assignment.toml names."""
    counted = (near_and_far, equally_near, words_after, company, counts)
    samplers: tuple[Sampler, ...] = (*counted, fitted, moved, two_words, small_table, wikipedia_to_learn)
    return {f"glove.{sampler.__name__}": sampler for sampler in samplers}
