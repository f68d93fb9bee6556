"""The text that this assignment hands out, and samplers: inputs of every size, on which each known mistake shows.

Vectors keep away from zero, so that whatever is left out is missed. Wherever words may be named twice, some are.
Numbers of words are never their places in a list, so that one cannot be taken for the other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from autograder.conversation import Case, Seeded
from autograder.hookspecs import hookimpl
from reference.data.shipped import wikipedia, wordsim353

if TYPE_CHECKING:
    from reference.data.sample import Sample

Array = NDArray[np.float64]
Numbers = NDArray[np.int64]
Size = Mapping[str, int]
Sampler = Callable[[np.random.Generator, Size, str], Case]

LARGE = 1e4
"""By what scores are multiplied at the edge "large", so that exp overflows and the logarithm of a share is infinite."""


@cache
def paragraphs() -> list[Sample[None]]:
    """Read the text once."""
    return wikipedia()


def text_file() -> bytes:
    """Return the text as students get it, a paragraph to a line."""
    return "".join(" ".join(paragraph.tokens) + "\n" for paragraph in paragraphs()).encode()


def rated_pairs(*, handed_out: bool) -> list[Sample[float]]:
    """Return every third of the pairs that people rated, which students get, or the others, which judge."""
    return [pair for place, pair in enumerate(wordsim353()) if (place % 3 == 0) == handed_out]


def pairs_file() -> bytes:
    """Return the pairs that students get, with their ratings."""
    rows = [(*pair.tokens, str(pair.label)) for pair in rated_pairs(handed_out=True)]
    return "".join("\t".join(row) + "\n" for row in rows).encode()


@hookimpl
def register_given_files() -> Mapping[str, Callable[[], bytes]]:
    """Hand out the text, and some of the pairs of words that people rated, as they are installed with gensim."""
    return {"wikipedia.txt": text_file, "wordsim.tsv": pairs_file}


def draw(random: np.random.Generator, *shape: int) -> Array:
    """Draw numbers of either sign between 0.3 and 1, smaller where many of them are added up by a product."""
    signs = random.choice([-1.0, 1.0], size=shape)
    drawn: Array = signs * random.uniform(0.3, 1.0, size=shape) / shape[-1] ** 0.25
    return drawn


def some(random: np.random.Generator, choices: Numbers, n: int, most: int) -> Numbers:
    """Draw n numbers out of a few choices, at most so many different ones: some come twice where n is larger."""
    few = random.permutation(choices)[: max(1, min(most, len(choices)))]
    drawn: Numbers = np.concatenate([few, random.choice(few, max(0, n - len(few)))])[:n]
    return random.permutation(drawn)


def sentence(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of skip_gram_pairs; at the edge "the same word again" a word has itself for a neighbour."""
    T, window = size["T"], size["window"]
    numbers = [int(number) for number in random.permutation(40 + 3 * T)[:T]]
    if edge == "no words":
        numbers = []
    if edge == "the same word again":
        numbers = [number for number in numbers for _ in range(2)]
    return Case({"sentence": numbers, "window": window})


def zipf(random: np.random.Generator, V: int) -> Numbers:
    """Draw how often words were seen: a few of them often, most of them rarely, in no order."""
    rank = 1 + np.arange(V)
    counts: Numbers = np.rint(random.uniform(0.6, 1.4, V) * 50_000 / rank**2 + random.integers(3, 90, V)).astype(
        np.int64
    )
    return random.permutation(counts)


def unseen(random: np.random.Generator, counts: Numbers) -> Numbers:
    """Set a count to zero, and leave one at least that is not."""
    changed = counts.copy()
    changed[random.permutation(len(counts))[: max(1, len(counts) // 3)]] = 0
    return changed


def counts_and_t(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of keep_probability."""
    counts = zipf(random, size["V"])
    t = round(float(10 ** random.uniform(-3.2, -2)), 6)
    if edge == "without t":
        return Case({"counts": counts})
    if edge == "a word that was never seen":
        counts = unseen(random, counts)
    return Case({"counts": counts, "t": 0.0 if edge == "t = 0" else t})


def counts_and_power(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of noise_distribution."""
    counts = zipf(random, size["V"])
    if edge == "without power":
        return Case({"counts": counts})
    if edge.endswith("never seen"):
        counts = unseen(random, counts)
    power = {"power 0 and a word never seen": 0.0, "power 1": 1.0}.get(edge, round(float(random.uniform(0.4, 0.9)), 2))
    return Case({"counts": counts, "power": power})


def certain_text(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of subsample where chance has no say: each word is kept always or never."""
    T, V = size["T"], size["V"]
    keep = random.permutation(np.arange(V) % 2).astype(np.float64)
    if edge in ("keep everything", "keep nothing"):
        keep[:] = edge == "keep everything"
    tokens = random.integers(V, size=0 if edge == "no words" else T)
    return Case({"tokens": tokens, "keep": keep, "generator": Seeded(int(random.integers(1 << 31)))})


def certain_noise(random: np.random.Generator, size: Size, edge: str) -> Case:  # noqa: ARG001  (a sampler has three)
    """Draw the inputs of draw_negatives where one word has all the probability."""
    q = np.zeros(size["V"])
    q[random.integers(size["V"])] = 1.0
    return Case({"q": q, "n": size["n"], "generator": Seeded(int(random.integers(1 << 31)))})


def prediction(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of the full softmax: a vector, all output vectors, and the word to be predicted.

    At the edge "large" all scores are large, and the target has the least.
    """
    h, U = draw(random, size["d"]), draw(random, size["V"], size["d"])
    target = int(random.integers(size["V"]))
    if edge == "large":
        h, U = math.sqrt(LARGE) * h, math.sqrt(LARGE) * np.abs(U) * np.sign(h)
        target = int(np.argmin(U @ h))
    return Case({"h": h, "U": U, "target": target})


def noisy_prediction(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of negative sampling; negatives come twice wherever there are three or more.

    At the edge "large" every answer is as wrong as can be: the target's score is low, that of noise is high.
    """
    inputs: dict[str, Any] = dict(prediction(random, size, edge).inputs)
    target = inputs["target"]
    others = np.setdiff1d(np.arange(size["V"]), [target])
    negatives = some(random, others, size["k"], (size["k"] + 1) // 2)
    if edge == "the target was drawn":
        negatives[random.integers(len(negatives))] = target
    if edge == "large":
        inputs["U"][target] *= -1
    return Case(inputs | {"negatives": negatives})


def around(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of CBOW; words of the context come twice wherever there are three or more."""
    given = noisy_prediction(random, size, edge).inputs
    context = some(random, np.arange(size["V"]), size["C"], (size["C"] + 1) // 2)
    named = {"U": given["U"], "context": context, "target": given["target"], "negatives": given["negatives"]}
    return Case({"W": draw(random, size["V"], size["d"]), **named})


def untied_counts(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of huffman_codes where no two trees are ever equally frequent, so that there is one answer."""
    V = size["V"]
    while True:
        counts = np.rint(10_000 * random.uniform(0.7, 1.3, V) / (1 + np.arange(V)) ** random.uniform(0.3, 1.3))
        if edge == "twice as many each":
            counts = 3.0 * 2.0 ** np.arange(V) + 1
        drawn = [int(count) for count in random.permutation(counts)]
        if not _ties(drawn):
            return Case({"counts": drawn})


def _ties(counts: list[int]) -> bool:
    """Whether Huffman would ever meet two trees that are equally frequent."""
    trees = sorted(counts)
    while len(trees) > 1:
        if len(set(trees)) < len(trees):
            return True
        trees = sorted([trees[0] + trees[1], *trees[2:]])
    return False


@hookimpl
def register_samplers() -> Mapping[str, Sampler]:
    """Register the samplers that assignment.toml names."""
    frequencies = (counts_and_t, certain_text, counts_and_power, certain_noise, untied_counts)
    samplers: tuple[Sampler, ...] = (sentence, *frequencies, prediction, noisy_prediction, around)
    return {f"word2vec.{sampler.__name__}": sampler for sampler in samplers}
