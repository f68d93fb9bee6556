"""The news that this assignment hands out, and samplers: inputs of every size, on which each known mistake shows.

Vectors keep away from zero, so that whatever is left out is missed. Wherever words may be named twice, some are.
Numbers of words are never their places in a list, so that one cannot be taken for the other.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.compare import kind_of, plain
from autograder.conversation import Case
from autograder.hookspecs import hookimpl
from autograder.metric import Metric
from reference.data.shipped import RatedDocuments, lee
from reference.embeddings.frequencies import noise_distribution

Array = NDArray[np.float64]
Numbers = NDArray[np.int64]
Size = Mapping[str, int]
Sampler = Callable[[np.random.Generator, Size, str], Case]

LARGE = 1e5
"""By what scores are multiplied at the edge "large", so that exp overflows and the logarithm of a share is infinite."""
RATED = range(10, 25)
"""The documents whose ratings students get; how people rated the others is known to the grader alone."""
HIDDEN = [number for number in range(50) if number not in RATED]
RARE = 8
"""Words that occur less often among the documents to learn from have no vectors."""
THIN = 3e-4
"""The share of all words from which on a word is skipped at times."""


# --------------------------------------------------------------------------------------------------- what is handed out


def words_of(tokens: tuple[str, ...]) -> list[str]:
    """Return the words among tokens, in lower case; numbers and marks are left out."""
    return [token.lower() for token in tokens if token[0].isalpha()]


@cache
def news() -> RatedDocuments:
    """Read Lee's documents once."""
    return lee()


def lee_json() -> bytes:
    """Return what students get of Lee's news: 300 documents to learn from, and 15 with people's ratings."""
    data = news()
    given = {
        "background": [" ".join(words_of(each.tokens)) for each in data.background],
        "documents": [" ".join(words_of(data.documents[number].tokens)) for number in RATED],
        "ratings": data.similarities[RATED.start : RATED.stop, RATED.start : RATED.stop].round(4).tolist(),
    }
    return json.dumps(given, separators=(",", ":")).encode()


@hookimpl
def register_given_files() -> Mapping[str, Callable[[], bytes]]:
    """Hand out the documents as they are installed with gensim."""
    return {"lee.json": lee_json}


# --------------------------------------------------------------------------------------------------- words and contexts


def draw(random: np.random.Generator, *shape: int) -> Array:
    """Draw numbers of either sign between 0.3 and 1, smaller where many of them are added up by a product."""
    signs = random.choice([-1.0, 1.0], size=shape)
    drawn: Array = signs * random.uniform(0.3, 1.0, size=shape) / shape[-1] ** 0.25
    return drawn


def some(random: np.random.Generator, choices: Numbers, n: int) -> Numbers:
    """Draw n numbers out of a few choices, so that some come twice wherever n is more than one."""
    few = random.permutation(choices)[: max(1, min((n + 1) // 2, len(choices)))]
    drawn: Numbers = np.concatenate([few, random.choice(few, max(0, n - len(few)))])[:n]
    return random.permutation(drawn)


def sentence(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of cbow_pairs; at the edge "the same word again" words have themselves for a neighbour."""
    numbers = [int(number) for number in random.permutation(40 + 3 * size["T"])[: size["T"]]]
    if edge == "no words":
        numbers = []
    if edge == "the same word again":
        numbers = sorted(numbers[0::2] * 2, key=numbers.index)[: size["T"]]
    return Case({"sentence": numbers, "window": size["window"]})


def rows_of_context(random: np.random.Generator, size: Size, edge: str) -> Case:  # noqa: ARG001  (a sampler has three)
    """Draw a table of vectors and the rows that make h; some rows come twice wherever there are two or more."""
    context = some(random, np.arange(size["rows"]), size["C"])
    return Case({"W": draw(random, size["rows"], size["d"]), "context": context})


# ------------------------------------------------------------------------------------------------ trees and their forks


def untied_counts(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of huffman_routes where no two trees are ever equally frequent, so that there is one answer."""
    V = size["V"]
    while True:
        counts = np.rint(10_000 * random.uniform(0.7, 1.3, V) / (1 + np.arange(V)) ** random.uniform(0.3, 1.3))
        if edge == "twice as many each":
            counts = 3.0 * 2.0 ** np.arange(V) + 1
        drawn = [int(count) for count in random.permutation(counts)]
        if not has_ties(drawn):
            return Case({"counts": drawn})


def has_ties(counts: Sequence[int]) -> bool:
    """Whether Huffman would ever meet two trees that are equally frequent."""
    trees = sorted(counts)
    while len(trees) > 1:
        if len(set(trees)) < len(trees):
            return True
        trees = sorted([trees[0] + trees[1], *trees[2:]])
    return False


def way_to_a_word(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of the hierarchical softmax: a vector, those of all forks, and a way down from the root.

    Where it has two turns or more, they go to both sides. At the edge "large" every turn is as unlikely as can be.
    """
    V, d, L = size["V"], size["d"], size["L"]
    h, U = draw(random, d), draw(random, V - 1, d)
    below = np.sort(random.permutation(V - 2)[: L - 1])[::-1]
    path, code = np.append(V - 2, below), random.permutation((np.arange(L) + random.integers(2)) % 2)
    if edge == "large":
        h, U = math.sqrt(LARGE) * h, math.sqrt(LARGE) * np.abs(U) * np.sign(h)
        U[path] *= np.where(code == 1, 1.0, -1.0)[:, None]
    return Case({"h": h, "U": U, "path": path, "code": code})


# ---------------------------------------------------------------------------------------------------- a word and rivals


def rivals(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of the sampled softmax; words drawn come twice wherever there are two or more.

    At the edge "large" all scores are large, and the target has the least by far.
    """
    V = size["V"]
    h, U, target = draw(random, size["d"]), draw(random, V, size["d"]), int(random.integers(V))
    sampled = some(random, np.setdiff1d(np.arange(V), [target]), size["n"])
    q = random.permutation((1.0 + np.arange(V)) ** -random.uniform(0.7, 1.1))
    if edge == "the target was drawn":
        sampled[random.integers(len(sampled))] = target
    if edge == "large":
        h, U = math.sqrt(LARGE) * h, math.sqrt(LARGE) * np.abs(U) * np.sign(h)
        U[target] /= 9
    return Case({"h": h, "U": U, "target": target, "sampled": sampled, "q": q / q.sum()})


# ------------------------------------------------------------------------------------------------------ whole documents


def document_and_noise(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of pv_dbow; words and noise come twice wherever there are two or more.

    At the edge "large" every answer is as wrong as can be: the scores of words are low, those of noise are high.
    """
    V, d = size["V"], size["d"]
    v, U, order = draw(random, d), draw(random, V, d), random.permutation(V)
    words = some(random, order[: (V + 1) // 2], size["n"])
    noise = some(random, order[(V + 1) // 2 :], size["m"])
    if edge == "a word of the document was drawn":
        noise[random.integers(len(noise))] = words[0]
    if edge == "neither words nor noise":
        words, noise = words[:0], noise[:0]
    if edge == "large":
        v, U = math.sqrt(LARGE) * v, math.sqrt(LARGE) * np.abs(U) * np.sign(v)
        U[words] *= -1
    return Case({"v": v, "U": U, "words": words, "noise": noise})


def progress_and_rates(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of learning_rate_at."""
    inputs = {"progress": size["percent"] / 100}
    if edge == "first and last by default":
        return Case(inputs)
    first = round(random.uniform(0.04, 0.09), 4)
    return Case(inputs | {"first": first, "last": round(first * random.uniform(0.1, 0.4), 5)})


def certain_documents(random: np.random.Generator, size: Size, edge: str) -> dict[str, Any]:
    """Draw documents where nothing is left to chance: words are kept always or never, and all noise is one word."""
    V = size["V"]
    lengths = 2 + random.permutation(size["documents"] + 1)
    documents = [some(random, np.arange(V - 1), length) for length in lengths]
    documents = [np.insert(each, random.integers(len(each) + 1), V - 1) for each in documents[: size["documents"]]]
    if edge == "an empty document":
        documents[len(documents) // 2] = np.zeros(0, dtype=np.int64)
    q = np.zeros(V)
    q[random.integers(V)] = 1.0
    return {"documents": documents, "keep": (np.arange(V) < V - 1).astype(np.float64), "q": q}


def of_choice(random: np.random.Generator, edge: str) -> dict[str, Any]:
    """Draw what has a default, or nothing at the edge that tries the defaults."""
    if edge == "negatives and rate by default":
        return {}
    return {"negatives": int(random.integers(2, 4)), "rate": round(random.uniform(0.1, 0.2), 3)}


def certain_inference(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of infer where chance has no say, so that there is one answer."""
    d, text = size["d"], certain_documents(random, size, edge)
    inputs = {
        "vectors": {"D": draw(random, 2, d), "U": draw(random, size["V"], d)},
        "documents": text["documents"],
        "start": draw(random, size["documents"], d),
        "keep": text["keep"],
        "q": text["q"],
        "epochs": size["epochs"],
        "seed": int(random.integers(1 << 31)),
    }
    return Case(inputs | of_choice(random, edge))


def certain_training(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of train where chance has no say, so that there is one answer."""
    V, d, text = size["V"], size["d"], certain_documents(random, size, edge)
    N = size["documents"]
    inputs = {
        "start": {"D": draw(random, N, d), "U": draw(random, V, d)},
        "documents": text["documents"],
        "keep": text["keep"],
        "q": text["q"],
        "exam": np.column_stack([random.integers(N, size=size["n"]), random.integers(V, size=(size["n"], 4))]),
        "epochs": size["epochs"],
        "seed": int(random.integers(1 << 31)),
    }
    return Case(inputs | of_choice(random, edge))


# ------------------------------------------------------------------------------------------------------------- the news


@cache
def coded_news() -> tuple[int, list[Numbers], list[Numbers]]:
    """Return how many words have vectors, and the documents to learn from and the rated ones in their numbers."""
    background, rated = ([words_of(each.tokens) for each in some] for some in (news().background, news().documents))
    seen = Counter(word for document in background for word in document)
    vocabulary = [word for word, count in seen.items() if count >= RARE]
    number = {word: n for n, word in enumerate(vocabulary)}
    coded = [
        [np.array([number[word] for word in document if word in number]) for document in documents]
        for documents in (background, rated)
    ]
    return len(vocabulary), coded[0], coded[1]


def lee_to_learn(random: np.random.Generator, size: Size, edge: str) -> Case:  # noqa: ARG001  (a sampler has three)
    """Draw the inputs of train, and new documents for infer: the news with their words numbered anew.

    Documents come in another order, and one in twenty of those to learn from is left out. The new documents are those
    whose ratings were not handed out; the ratings are hidden.
    """
    V, background, rated = coded_news()
    d, anew = size["d"], random.permutation(V)
    chosen = random.permutation(len(background))[: len(background) * 19 // 20]
    documents = [anew[background[place]] for place in chosen]
    counts = np.bincount(np.concatenate(documents), minlength=V)
    common = {
        "keep": np.minimum(1, np.sqrt(THIN * counts.sum() / np.maximum(counts, 1))),
        "q": noise_distribution(counts),
    }
    inputs = {
        "start": {"D": (random.random((len(documents), d)) - 0.5) / d, "U": np.zeros((V, d))},
        "documents": documents,
        **common,
        "exam": exam_in(random, documents, **common),
        "epochs": size["epochs"],
        "seed": int(random.integers(1 << 31)),
    }
    judged = random.permutation(HIDDEN)
    held_out = {
        "documents": [anew[rated[number]] for number in judged],
        "start": (random.random((len(judged), d)) - 0.5) / d,
        **common,
        "epochs": size["epochs"],
        "seed": int(random.integers(1 << 31)),
    }
    return Case(inputs, held_out=held_out, hidden={"ratings": news().similarities[np.ix_(judged, judged)]})


def exam_in(random: np.random.Generator, documents: Sequence[Numbers], keep: Array, q: Array) -> Numbers:
    """Draw questions: a thousand documents, a word of each as often as it is kept, and a word of noise."""
    numbers = random.integers(len(documents), size=1000)
    shares = [keep[documents[number]] / keep[documents[number]].sum() for number in numbers]
    words = [random.choice(documents[number], p=share) for number, share in zip(numbers, shares, strict=True)]
    return np.column_stack([numbers, words, random.choice(len(q), 1000, p=q)])


def agreement_with_people(answer: Any, ratings: Array) -> float:
    """Return Pearson's correlation of the cosines of documents with their ratings (n, n), over all different pairs.

    answer: an array (n, d); ValueError, in words for the student, if it is none.
    """
    vectors = np.asarray(plain(answer)) if isinstance(plain(answer), np.ndarray) else np.zeros(0)
    if vectors.dtype.kind != "f" or vectors.ndim != 2 or len(vectors) != len(ratings):
        raise ValueError(f"the vectors are {kind_of(answer)}, and must be an array with {len(ratings)} rows of numbers")
    if not np.isfinite(vectors).all():
        raise ValueError("there are numbers in the vectors that are infinite or NaN: the steps were too large")
    rows = vectors.astype(np.float64)
    rows = rows / np.maximum(np.abs(rows).max(axis=1, keepdims=True, initial=0), 1e-300)
    rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-300)
    pairs = np.triu_indices(len(rows), 1)
    cosines = (rows @ rows.T)[pairs]
    if np.ptp(cosines) < 1e-12:
        return 0.0
    return float(np.corrcoef(cosines, ratings[pairs])[0, 1])


@hookimpl
def register_metrics() -> Mapping[str, Metric]:
    """Register how the vectors of documents are judged."""
    return {"agreement with people": Metric(agreement_with_people)}


@hookimpl
def register_samplers() -> Mapping[str, Sampler]:
    """Register the samplers that assignment.toml names."""
    questions: tuple[Sampler, ...] = (sentence, rows_of_context, untied_counts, way_to_a_word, rivals)
    learned = (document_and_noise, progress_and_rates, certain_inference, certain_training, lee_to_learn)
    return {f"doc2vec.{sampler.__name__}": sampler for sampler in (*questions, *learned)}
