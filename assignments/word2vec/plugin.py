"""The text that this assignment hands out, and samplers: inputs of every size, on which each known mistake shows.

Vectors keep away from zero, so that whatever is left out is missed. Wherever words may be named twice, some are.
Numbers of words are never their places in a list, so that one cannot be taken for the other.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from autograder.conversation import Case, Seeded
from autograder.hookspecs import hookimpl
from autograder.metric import Metric
from reference.data.shipped import wikipedia, wordsim353
from reference.embeddings.frequencies import keep_probability, noise_distribution
from reference.vectors.evaluation import spearman

if TYPE_CHECKING:
    from reference.data.sample import Sample

Array = NDArray[np.float64]
Numbers = NDArray[np.int64]
Size = Mapping[str, int]
Sampler = Callable[[np.random.Generator, Size, str], Case]

LARGE = 1e5
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
    t = round(float(10 ** random.uniform(-2.6, -1.8)), 6)
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
    return Case({"tokens": tokens, "keep": keep, "generator": seeded(random)})


def certain_noise(random: np.random.Generator, size: Size, edge: str) -> Case:  # noqa: ARG001  (a sampler has three)
    """Draw the inputs of draw_negatives where one word has all the probability."""
    q = np.zeros(size["V"])
    q[random.integers(size["V"])] = 1.0
    return Case({"q": q, "n": size["n"], "generator": seeded(random)})


def prediction(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of the full softmax: a vector, all output vectors, and the word to be predicted.

    At the edge "large" all scores are large, and the target has the least by far.
    """
    h, U = draw(random, size["d"]), draw(random, size["V"], size["d"])
    target = int(random.integers(size["V"]))
    if edge == "large":
        h, U = math.sqrt(LARGE) * h, math.sqrt(LARGE) * np.abs(U) * np.sign(h)
        target = int(np.argmin(U @ h))
        U[target] /= 2
    return Case({"h": h, "U": U, "target": target})


def noisy_prediction(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of negative sampling; negatives come twice wherever there are two or more.

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
    """Draw the inputs of CBOW; words of the context come twice wherever there are two or more."""
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


def text_to_thin(random: np.random.Generator, size: Size, edge: str) -> Case:  # noqa: ARG001  (a sampler has three)
    """Draw the inputs of subsample where chance decides: every word has a probability of its own, the last has 1."""
    tokens = random.permutation(np.arange(size["T"]) % size["V"])
    keep = np.append(random.permutation(np.linspace(0.15, 0.85, size["V"] - 1)), 1.0)
    return Case({"tokens": tokens, "keep": keep, "generator": seeded(random)})


def urn(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of draw_negatives: words of every probability; at the edge some are never drawn."""
    q = random.permutation((1.0 + np.arange(size["V"])) ** -0.8)
    if edge == "words that are never drawn":
        q[[0, -1]] = 0.0
    return Case({"q": q / q.sum(), "n": size["n"], "generator": seeded(random)})


def seeded(random: np.random.Generator) -> Seeded:
    """Return a generator of its own for a student's function."""
    return Seeded(int(random.integers(1 << 31)))


def equal_blocks(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of train where chance has no say, so that there is one answer.

    All blocks are the same, so their order means nothing; words are kept always or never; all noise is one word. At the
    end of the text something is left that fills no block.
    """
    V, d, blocks, epochs = size["V"], size["d"], size["blocks"], size["epochs"]
    block = random.integers(V - 1, size=50)  # word V - 1 is never kept
    rest = random.integers(V - 1, size=random.integers(1, 50))
    text = np.concatenate([np.tile(block, blocks), rest])
    text = np.insert(text, random.integers(len(text), size=20), V - 1)
    q = np.zeros(V)
    q[random.integers(V)] = 1.0
    inputs = {
        "start": {"W": draw(random, V, d), "U": draw(random, V, d)},
        "text": text,
        "keep": (np.arange(V) < V - 1).astype(np.float64),
        "q": q,
        "exam": random.integers(V, size=(size["n"], 5)),
        "epochs": epochs,
        "seed": int(random.integers(1 << 31)),
    }
    if edge != "window, negatives and rate by default":
        inputs |= {"window": int(random.integers(2, 5)), "negatives": 3, "rate": round(random.uniform(0.001, 0.002), 5)}
    return Case(inputs)


@cache
def coded_text() -> tuple[list[str], list[Numbers]]:
    """Return the words that were seen five times or more, most frequent first, and the paragraphs in their numbers."""
    seen = Counter(word for paragraph in paragraphs() for word in paragraph.tokens)
    vocabulary = [word for word, count in seen.most_common() if count >= 5]
    number = {word: n for n, word in enumerate(vocabulary)}
    coded = [
        np.array([number[word] for word in each.tokens if word in number], dtype=np.int64) for each in paragraphs()
    ]
    return vocabulary, coded


def wikipedia_to_learn(random: np.random.Generator, size: Size, edge: str) -> Case:  # noqa: ARG001  (a sampler has three)
    """Draw the inputs of train: the handed-out text with its words numbered anew, so that no known vector fits them.

    Paragraphs come in another order, and one in twenty is left out. The pairs of words that people rated are hidden.
    """
    vocabulary, coded = coded_text()
    V, d = len(vocabulary), size["d"]
    anew = random.permutation(V)
    chosen = random.permutation(len(coded))[: len(coded) * 19 // 20]
    text = anew[np.concatenate([coded[place] for place in chosen])]
    counts = np.bincount(text, minlength=V)
    q = noise_distribution(counts)
    inputs = {
        "start": {"W": (random.random((V, d)) - 0.5) / d, "U": np.zeros((V, d))},
        "text": text,
        "keep": keep_probability(counts),
        "q": q,
        "exam": exam_in(random, text, q),
        "epochs": size["epochs"],
        "seed": int(random.integers(1 << 31)),
    }
    pairs, ratings = judged_pairs(vocabulary)
    return Case(inputs, hidden={"pairs": anew[pairs], "ratings": ratings})


def exam_in(random: np.random.Generator, text: Numbers, q: Array) -> Numbers:
    """Draw questions: a thousand centres, a word at most five places from each, and five words of noise."""
    places = random.integers(5, len(text) - 5, 1000)
    context = places + random.choice([-1, 1], 1000) * random.integers(1, 6, 1000)
    drawn: Numbers = random.choice(len(q), (1000, 5), p=q)
    return np.column_stack([text[places], text[context], drawn])


def judged_pairs(vocabulary: list[str]) -> tuple[Numbers, Array]:
    """Return the pairs of words that judge, those of which both are known, by number (n, 2), and their ratings (n,)."""
    number = {word: n for n, word in enumerate(vocabulary)}
    rows = [([number.get(word.lower()) for word in pair.tokens], pair.label) for pair in rated_pairs(handed_out=False)]
    known = [(words, rating) for words, rating in rows if None not in words]
    return np.array([words for words, _ in known]), np.array([rating for _, rating in known])


def agreement_with_people(vectors: Any, pairs: Numbers, ratings: Array) -> float:
    """Return Spearman's correlation of the cosines of pairs of words with their ratings.

    vectors: a dict with W (V, d); ValueError, in words for the student, if there is none.
    """
    W = vectors.get("W") if isinstance(vectors, dict) else None
    if not isinstance(W, np.ndarray) or W.dtype.kind != "f" or W.ndim != 2 or len(W) <= pairs.max():
        raise ValueError('the vectors are no dict with an array of V rows under "W"')
    rows = W[pairs].astype(np.float64)  # (n, 2, d)
    if not np.isfinite(rows).all():
        raise ValueError('there are numbers in "W" that are infinite or NaN: the steps were too large')
    rows /= np.maximum(np.abs(rows).max(axis=2, keepdims=True), 1e-300)
    rows /= np.maximum(np.linalg.norm(rows, axis=2, keepdims=True), 1e-300)
    found = spearman((rows[:, 0] * rows[:, 1]).sum(axis=1), ratings)
    return 0.0 if math.isnan(found) else found


@hookimpl
def register_metrics() -> Mapping[str, Metric]:
    """Register how vectors are judged."""
    return {"agreement with people": Metric(agreement_with_people)}


@hookimpl
def register_samplers() -> Mapping[str, Sampler]:
    """Register the samplers that assignment.toml names."""
    frequencies = (counts_and_t, certain_text, counts_and_power, certain_noise, untied_counts)
    trained = (text_to_thin, urn, equal_blocks, wikipedia_to_learn)
    samplers: tuple[Sampler, ...] = (sentence, *frequencies, prediction, noisy_prediction, around, *trained)
    return {f"word2vec.{sampler.__name__}": sampler for sampler in samplers}
