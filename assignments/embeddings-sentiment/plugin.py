"""Samplers and the metric of this assignment: texts of every length, on which each known mistake shows.

Words come twice wherever there is room for it, texts are of different lengths wherever there are two, and the vector of
the padding is as long as any other, so that whoever reads it is found out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.conversation import Case, Seeded
from autograder.hookspecs import hookimpl
from autograder.metric import Metric
from reference.classifiers.embedding_layer import PADDING, padded
from reference.classifiers.recurrent_classifier import recurrent_classifier_forward
from reference.data.sentiment_trees import (
    ADJECTIVES,
    DETERMINERS,
    MODIFIERS,
    NOUNS,
    SHARES,
    VERBS,
    generate_sentiment_trees,
)

Array = NDArray[np.float64]
Numbers = NDArray[np.integer[Any]]
Size = Mapping[str, int]
Sampler = Callable[[np.random.Generator, Size, str], Case]

HANDED_OUT = 3_600
"""So many sentences a student gets, to train on and to look at."""
READER = ("Wax", "Waa", "ba")


def draw(random: np.random.Generator, *shape: int, width: int = 1) -> Array:
    """Draw numbers of either sign between 0.3 and 1, smaller where `width` of them are added up by a product."""
    signs = random.choice([-1.0, 1.0], size=shape)
    drawn: Array = signs * random.uniform(0.3, 1.0, size=shape) / math.sqrt(width)
    return drawn


def lengths_of(random: np.random.Generator, m: int, T: int, least: int = 1) -> list[int]:
    """Draw the lengths of m texts: one is as long as can be, and one is shorter wherever there are two."""
    others = [int(n) for n in random.integers(least, max(T, least + 1), size=m - 1)]
    return [int(n) for n in random.permutation([T, *others])]


def text_of(random: np.random.Generator, V: int, n: int) -> list[int]:
    """Draw n words from 1 to V - 1; some come twice where there are two or more."""
    some = random.permutation(np.arange(1, V))[: max(1, (n + 1) // 2)]
    again = random.choice(some, max(0, n - len(some)))
    return [int(word) for word in random.permutation(np.concatenate([some, again])[:n])]


def texts_of(random: np.random.Generator, V: int, lengths: Sequence[int]) -> Numbers:
    """Draw padded texts of these lengths; the words of the longest are also in the others where there is room."""
    return padded([text_of(random, V, n) for n in lengths])


def texts_to_pad(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of padded: texts shorter and longer than T, or without T."""
    m, T = size["m"], size["T"]
    texts = [random.permutation(np.arange(1, 40))[:n].tolist() for n in lengths_of(random, m, T)]
    if edge == "a text without words":
        texts[int(random.integers(m))] = []
    if edge == "the longest fits":
        return Case({"texts": texts, "T": T})
    if edge == "longer than any text":
        return Case({"texts": texts, "T": T + 3})
    if edge == "some are cut":
        return Case({"texts": texts, "T": max(1, T - 2)})
    return Case({"texts": texts})


def padded_texts(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the input of text_lengths."""
    m, T = size["m"], size["T"]
    numbers = texts_of(random, 30, lengths_of(random, m, T))
    if edge == "a text without words":
        numbers[int(random.integers(m))] = PADDING
    if edge == "wider than any text":
        numbers = np.pad(numbers, ((0, 0), (0, 2)))
    return Case({"numbers": numbers})


def places(random: np.random.Generator, size: Size, edge: str) -> Case:  # noqa: ARG001  (a sampler has three)
    """Draw the inputs of embedding_forward."""
    m, T, V, d = size["m"], size["T"], size["V"], size["d"]
    return Case({"numbers": texts_of(random, V, lengths_of(random, m, T)), "E": draw(random, V, d)})


def gradient_at_places(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of embedding_backward; the gradient at the padding is as large as at any word."""
    case = places(random, size, edge)
    numbers, V = case.inputs["numbers"], size["V"]
    if edge == "the same word everywhere":
        numbers = np.where(numbers != PADDING, V - 1, PADDING)
    if edge == "no padding":
        numbers = texts_of(random, V, [size["T"]] * size["m"])
    return Case({"dx": draw(random, size["d"], size["m"], size["T"]), "cache": (numbers, (V, size["d"]))})


def some_vectors(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of pretrained_rows where chance has no say, since every word has a vector."""
    words = ["<PAD>", *(f"word{number}" for number in random.permutation(3 * size["V"])[: size["V"] - 1])]
    return vectors_of(random, words, words[1:], size["d"], edge)


def vectors_of_some(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of pretrained_rows where half of the words have no vector."""
    words = ["<PAD>", *(f"word{number}" for number in random.permutation(3 * size["V"])[: size["V"] - 1])]
    return vectors_of(random, words, random.permutation(words[1:])[: size["V"] // 2].tolist(), size["d"], edge)


def vectors_of(random: np.random.Generator, words: list[str], known: list[str], d: int, edge: str) -> Case:
    """Return a case of pretrained_rows in which these words are known, and some that nobody asks for.

    The mean of all numbers in the vectors is far from 0, and the spread of those that are used is not that of all.
    """
    others = [f"other{number}" for number in range(3)]
    scale = 1.0 + np.arange(d)  # each coordinate has a spread of its own
    vectors = {str(word): scale * (draw(random, d) + 0.5) for word in random.permutation(known)}
    vectors |= {word: 3 * scale * draw(random, d) for word in others}
    if edge == "the padding has a vector":
        vectors["<PAD>"] = draw(random, d)
    return Case({"words": words, "vectors": vectors, "generator": seeded(random)})


def seeded(random: np.random.Generator) -> Seeded:
    """Return a generator of its own for a student's function."""
    return Seeded(int(random.integers(1 << 31)))


def scores(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of loss_and_gradients; where scores are large, every answer is as wrong as can be."""
    k, m, n = size["k"], size["m"], size["n"]
    Y = (random.permutation(np.arange(k * m)) % 2).reshape(k, m).astype(np.float64)
    Z = draw(random, k, m)
    if edge == "large, and always no":
        Y[:] = 1.0
    parameters = {"E": draw(random, n + 2, n), "W1": draw(random, n + 1, n), "b1": draw(random, n + 1, 1)}
    parameters |= {"Wy": draw(random, k, n + 1), "by": draw(random, k, 1)}
    if edge.startswith("large"):
        Z = (900 + 100 * np.abs(Z)) * (1 - 2 * Y)
    strength = 0.0 if edge == "without a penalty" else round(float(random.uniform(0.1, 0.6)), 2)
    return Case({"Z": Z, "Y": Y, "parameters": parameters, "strength": strength})


def shape_to_mask(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of dropout_mask: where chance has no say, p is 0; where there is no answer, an edge names it."""
    shape = tuple(size[name] for name in ("a", "b", "c") if name in size)
    p = {"p = 1": 1.0, "p is negative": -0.2, "p above 1": 1.5}.get(edge, 0.0)
    return Case({"shape": shape, "p": p, "generator": seeded(random)})


def units_to_silence(random: np.random.Generator, size: Size, edge: str) -> Case:  # noqa: ARG001  (a sampler has three)
    """Draw the inputs of dropout_mask where chance decides: p is far from one half."""
    p = float(random.choice([0.2, 0.25, 0.7, 0.8]))
    return Case({"shape": (size["a"], size["b"]), "p": p, "generator": seeded(random)})


def texts_for_mean(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of averaged_forward."""
    m, T, V, d, n, k = (size[name] for name in ("m", "T", "V", "d", "n", "k"))
    numbers = texts_of(random, V, lengths_of(random, m, T))
    if edge == "a text without words":
        numbers[int(random.integers(m))] = PADDING
    parameters = {"E": draw(random, V, d), "W1": draw(random, n, d, width=d), "b1": draw(random, n, 1)}
    parameters |= {"W2": draw(random, k, n, width=n), "b2": draw(random, k, 1)}
    inputs = {"numbers": numbers, "parameters": parameters}
    if edge == "without a mask":
        return Case(inputs)
    mask = random.permutation(np.arange(n * m) % 3 > 0).reshape(n, m) * 1.25
    mask[0, 0] = 1.25  # something is always left
    return Case(inputs | {"mask": mask})


def texts_to_read(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of recurrent_classifier_forward."""
    m, T, V = size["m"], size["T"], size["V"]
    numbers = texts_of(random, V, lengths_of(random, m, T))
    if edge == "a text without words":
        numbers[int(random.integers(m))] = PADDING
    return Case({"numbers": numbers, "parameters": reader(random, size)})


def reader(random: np.random.Generator, size: Size) -> dict[str, Array]:
    """Draw the parameters of the recurrent classifier."""
    V, d, n, k = (size[name] for name in ("V", "d", "n", "k"))
    parameters = {"E": draw(random, V, d), "Wax": draw(random, n, d, width=d), "Waa": draw(random, n, n, width=n)}
    return parameters | {"ba": draw(random, n, 1), "Wy": draw(random, k, n), "by": draw(random, k, 1)}


def one_order(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of train where the order of the texts means nothing, so that there is one answer.

    All texts are in one batch, or all are the same.
    """
    m, batch = size["m"], size["batch"]
    numbers = texts_of(random, size["V"], lengths_of(random, m, size["T"]))
    Y = random.permutation(np.arange(m) % 2).astype(np.float64)[None]
    if batch < m:
        numbers, Y = np.tile(numbers[:1], (m, 1)), np.ones((1, m))
    inputs = {"start": reader(random, {**size, "k": 1}), "numbers": np.pad(numbers, ((0, 0), (0, 1))), "Y": Y}
    inputs |= {"epochs": size["epochs"], "seed": int(random.integers(1 << 31))}
    if edge != "strength, rate and batch by default":
        inputs |= {"strength": round(float(random.uniform(0.05, 0.2)), 3), "rate": 0.03, "batch": batch}
    return Case(inputs)


@cache
def lexicon() -> tuple[str, ...]:
    """Return all words that sentences are made of, in alphabetical order."""
    return tuple(sorted({*DETERMINERS, *NOUNS, *VERBS, *ADJECTIVES, *MODIFIERS, *SHARES}))


@lru_cache(maxsize=8)
def sentences(count: int, seed: int) -> tuple[tuple[tuple[str, ...], bool], ...]:
    """Return different sentences, and whether each is good; several checks ask for the same ones."""
    samples = generate_sentiment_trees(count, np.random.default_rng(seed))
    return tuple((sample.tokens, sample.label.value > 0) for sample in samples)


def sentences_to_learn(random: np.random.Generator, size: Size, edge: str) -> Case:  # noqa: ARG001  (a sampler has three)
    """Draw the inputs of train: new sentences, whose words have numbers in a new order, so that nothing known fits.

    What is hidden are more sentences, with the answers.
    """
    m, new, d, n = size["m"], size["new"], size["d"], size["n"]
    hidden: dict[str, Any] = {
        "count": m + new,
        "seed": int(random.integers(1 << 31)),
        "numbering": random.permutation(len(lexicon())),
    }
    numbers = numbered(**hidden)
    Y = np.array([[float(good) for _, good in sentences(m + new, hidden["seed"])]])
    inputs = {
        "start": first_reader(random, len(lexicon()) + 1, d, n),
        "numbers": numbers[:m],
        "Y": Y[:, :m],
        "epochs": size["epochs"],
        "seed": int(random.integers(1 << 31)),
        "device": "cpu",
    }
    asked = {"numbers": numbers[m:]}
    return Case(inputs, held_out=asked, hidden=hidden | {"Y": Y[:, m:]}, by_keyword=frozenset({"device"}))


def numbered(count: int, seed: int, numbering: Numbers) -> Numbers:
    """Return sentences in numbers (count, T), those of the lexicon's words in the order that is given."""
    number = {lexicon()[place]: 1 + n for n, place in enumerate(numbering.tolist())}
    return padded([[number[word] for word in tokens] for tokens, _ in sentences(count, seed)])


def first_reader(random: np.random.Generator, V: int, d: int, n: int) -> dict[str, Array]:
    """Draw parameters to begin with: a state is turned from word to word, and keeps its length."""
    turned, _ = np.linalg.qr(random.standard_normal((n, n)))
    return {
        "E": random.standard_normal((V, d)) / 2,
        "Wax": random.standard_normal((n, d)) / math.sqrt(d),
        "Waa": turned,
        "ba": np.zeros((n, 1)),
        "Wy": random.standard_normal((1, n)) / math.sqrt(n),
        "by": np.zeros((1, 1)),
    }


def share_understood(answer: Any, count: int, seed: int, numbering: Numbers, Y: Array) -> float:
    """Return the share of the last sentences whose score has the right sign.

    answer: the parameters of a recurrent classifier, or scores (1, m); ValueError, in words for the student, if it is
    neither. What the sentences are is told in short, since so many numbers cannot be looked for in all that is given.
    """
    asked = numbered(count, seed, numbering)[-Y.shape[1] :]
    Z = answer if isinstance(answer, np.ndarray) else _scores_by(answer, asked)
    if Z.shape != Y.shape or not np.isfinite(Z).all():
        raise ValueError("the parameters give no finite score to each text")
    return float(((Z > 0) == (Y > 0.5)).mean())


def _scores_by(parameters: Any, numbers: Numbers) -> Array:
    names = ("E", *READER, "Wy", "by")
    if not isinstance(parameters, dict) or any(not _is_table(parameters.get(name)) for name in names):
        raise ValueError(f"the parameters are no dict with the arrays {', '.join(names)}")
    table = {name: np.real(parameters[name]).astype(np.float64) for name in names}
    if len(table["E"]) <= numbers.max():
        raise ValueError('"E" has no row for some of the words')
    nested = {"E": table["E"], "Wy": table["Wy"], "by": table["by"], "forward": {name: table[name] for name in READER}}
    try:
        with np.errstate(all="ignore"):
            Z: Array = recurrent_classifier_forward(numbers, nested, "rnn")[0]
    except ValueError:
        raise ValueError("the shapes of the parameters do not fit together") from None
    return Z


def _is_table(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.ndim == 2 and value.dtype.kind in "fiu"


def sentences_file() -> bytes:
    """Return sentences as a file: in each line `good` or `bad`, a tabulator, and the words."""
    lines = (f"{'good' if good else 'bad'}\t{' '.join(tokens)}\n" for tokens, good in sentences(HANDED_OUT, 2015))
    return "".join(lines).encode()


@hookimpl
def register_given_files() -> Mapping[str, Callable[[], bytes]]:
    """Hand out sentences with their answers; the grader draws others."""
    return {"sentences.tsv": sentences_file}


@hookimpl
def register_metrics() -> Mapping[str, Metric]:
    """Register how a classifier is judged."""
    return {"accuracy of the classifier": Metric(share_understood)}


@hookimpl
def register_samplers() -> Mapping[str, Sampler]:
    """Register the samplers that assignment.toml names."""
    layer = (texts_to_pad, padded_texts, places, gradient_at_places, some_vectors, vectors_of_some)
    losses = (scores, shape_to_mask, units_to_silence)
    classifiers = (texts_for_mean, texts_to_read, one_order, sentences_to_learn)
    samplers: tuple[Sampler, ...] = (*layer, *losses, *classifiers)
    return {f"sentiment.{sampler.__name__}": sampler for sampler in samplers}
