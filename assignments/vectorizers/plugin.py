"""The data that this assignment hands out, and the samplers of its inputs, on which each known mistake shows.

Words and counts are drawn so that what must be told apart differs: several words have equal counts, and neither the
alphabet nor the text has them in the right order; counts are larger than one; vectors keep away from zero and rows
differ in length. What is empty, unknown or never met comes in at edges of its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.compare import kind_of, plain
from autograder.conversation import Case
from autograder.hookspecs import hookimpl
from autograder.metric import Metric
from reference.data.shipped import RatedDocuments, lee

Array = NDArray[np.float64]
Size = Mapping[str, int]
Sampler = Callable[[np.random.Generator, Size, str], Case]

SPECIAL = ("<PAD>", "<UNK>", "<EOS>")
WORDS = (
    "The", "the", "a", "bank", "Bank", "river", "cat", "dog", "sat", "on", "mat", "and", "fish", "swims", "under",
    "old", "bridge", "whose", "stones", "are", "warm", "in", "summer", "sun", "while", "boats", "go", "by", "slowly",
)  # fmt: skip
UNKNOWN = ("zebra", "quagga", "Aurochs")
RATED = range(10, 30)
"""The documents whose ratings students get; how people rated the others is known to the grader alone."""
HIDDEN = [number for number in range(50) if number not in RATED]


# --------------------------------------------------------------------------------------------------- what is handed out


def words_of(tokens: tuple[str, ...]) -> list[str]:
    """Return the words among tokens, in lower case; numbers and marks are left out."""
    return [token.lower() for token in tokens if token[0].isalpha()]


@cache
def news() -> RatedDocuments:
    """Read Lee's documents once."""
    return lee()


def lee_json() -> bytes:
    """Return what students get of Lee's news: 300 documents to learn from, and 20 with people's ratings."""
    data = news()
    given = {
        "background": [" ".join(words_of(each.tokens)) for each in data.background],
        "documents": [" ".join(words_of(data.documents[number].tokens)) for number in RATED],
        "ratings": data.similarities[RATED.start : RATED.stop, RATED.start : RATED.stop].round(4).tolist(),
    }
    return json.dumps(given, separators=(",", ":")).encode()


# ------------------------------------------------------------------------------------------------------------ the words


def known_edge(edge: str, *edges: str) -> str:
    """Return the edge; ValueError if the sampler does not have it."""
    if edge not in ("", *edges):
        raise ValueError(f"there is no edge {edge!r}; there are {', '.join(map(repr, edges))}")
    return edge


def label(size: Size, *said: str) -> str:
    """Return how a case is called in a message."""
    return ", ".join([*(f"{name}={value}" for name, value in size.items()), *filter(None, said)])


def chosen(random: np.random.Generator, count: int) -> list[str]:
    """Choose different words."""
    return [str(word) for word in random.choice(WORDS, count, replace=False)]


def counted(random: np.random.Generator, words: list[str]) -> list[str]:
    """Return words in any order, so that about every three of them are equally frequent: once, twice and so on."""
    text = [word for place, word in enumerate(words) for _ in range(1 + place // 3)]
    return [str(word) for word in random.permutation(text)]


def cut(random: np.random.Generator, words: list[str], count: int) -> list[list[str]]:
    """Cut a text into sentences, none of them empty."""
    ends = np.sort(random.choice(np.arange(1, len(words)), min(count, len(words)) - 1, replace=False))
    return [words[start:end] for start, end in zip([0, *ends], [*ends, len(words)], strict=True)]


def vocabulary(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw a text for build_vocabulary with `m` sentences of `V` different words, all of which are wanted."""
    known_edge(edge, "no sentences", "special tokens in the text", "an empty sentence")
    words = chosen(random, size["V"])
    text = counted(random, words)
    if edge == "special tokens in the text":
        text = [str(word) for word in random.permutation([*text, *3 * ["<UNK>"], *2 * ["<EOS>"], "<PAD>"])]
    sentences = cut(random, text, size["m"])
    if edge == "an empty sentence":
        sentences.insert(1, [])
    return Case({"sentences": [] if edge == "no sentences" else sentences})


def limited_vocabulary(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw a text for build_vocabulary of which some words are left out: the rare ones, or what is too many."""
    V = size["V"]  # of which the first three occur once, the next three twice and so on
    limits = {
        "": {"min_count": 2, "max_size": V - 1},
        "rare words": {"min_count": 2},
        "room for fewer": {"max_size": V - 1},
        "both limits": {"min_count": 3, "max_size": V - 2},
        "room for special tokens alone": {"max_size": 3},
        "more room than words": {"max_size": V + 9},
    }[
        known_edge(
            edge, "rare words", "room for fewer", "both limits", "room for special tokens alone", "more room than words"
        )
    ]
    said = [f"{name}={value}" for name, value in limits.items()]
    case = vocabulary(random, size, "")
    return Case(dict(case.inputs) | limits, label(size, *said), by_keyword=frozenset(limits))


def sentences_to_encode(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of encode: `m` sentences of which some just fit into `length`, and others do not."""
    known_edge(edge, "an empty sentence", "every word unknown")
    length, words = size["length"], chosen(random, 8)
    index = {word: number for number, word in enumerate([*SPECIAL, *words])}
    known = list(UNKNOWN) if edge == "every word unknown" else [*words, *UNKNOWN[:2]]
    # One word too many first, then just as many as fit beside the end, then far too few and far too many.
    lengths = [(length, length - 1, max(length - 3, 0), length + 4, 1)[row % 5] for row in range(size["m"])]
    sentences = [[str(word) for word in random.choice(known, count)] for count in lengths]
    if edge == "an empty sentence":
        sentences[-1] = []
    return Case({"sentences": sentences, "index": index, "length": length})


def words_and_index(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw `T` words and an index of `V` words in any order, <UNK> among them."""
    known_edge(edge, "no words", "unknown words", "no <UNK> in the index")
    known = chosen(random, size["V"] - 1)
    entries = [*known, UNKNOWN[0] if edge == "no <UNK> in the index" else "<UNK>"]
    numbers = random.permutation(len(entries)).tolist()
    index = dict(zip(entries, numbers, strict=True))
    words = [str(word) for word in random.choice([*known, *known, "<UNK>"], size["T"])]
    if edge in ("unknown words", "no <UNK> in the index"):
        words[1::2] = [str(word) for word in random.choice(UNKNOWN[1:], len(words[1::2]))]
    return Case({"words": [] if edge == "no words" else words, "index": index})


# --------------------------------------------------------------------------------------------------- counts and vectors


def count_table(random: np.random.Generator, rows: int, columns: int) -> Array:
    """Draw counts from 0 to 6, about half of them zero, and none of the rows and columns all zeros."""
    C = random.integers(1, 7, (rows, columns)) * random.integers(0, 2, (rows, columns))
    for row in range(max(rows, columns)):
        C[row % rows, row % columns] = random.integers(2, 7)
    return C.astype(np.float64)


def documents(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the counts of tf_idf: the first word is in every document, the last in one where there are several."""
    known_edge(edge, "an empty document", "a word that is nowhere", "whole numbers")
    C = count_table(random, size["D"], size["V"])
    C[:, 0] = random.integers(1, 7, size["D"])
    if size["V"] > 1:
        C[:, -1] = 0
        C[0, -1] = random.integers(2, 7)
    if edge == "an empty document":
        C[1] = 0
    if edge == "a word that is nowhere":
        C[:, 1] = 0
    return Case({"C": C.astype(np.int64) if edge == "whole numbers" else C})


def textbook_documents(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of tf_idf in its textbook form, and of one that there is not."""
    form = "log" if edge == "an unknown form" else "textbook"
    case = documents(random, size, "" if edge == "an unknown form" else edge)
    return Case(case.inputs | {"form": form}, label(size, f"form={form!r}", f"({edge})" if edge else ""))


def draw(random: np.random.Generator, *shape: int) -> Array:
    """Draw numbers of either sign between 0.3 and 2."""
    drawn: Array = random.choice([-1.0, 1.0], size=shape) * random.uniform(0.3, 2.0, size=shape)
    return drawn


def two_matrices(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of cosine_similarities, whose rows differ much in length."""
    known_edge(edge, "rows of zeros", "whole numbers", "the same rows")
    X, Y = draw(random, size["n"], size["d"]), draw(random, size["m"], size["d"])
    X *= random.uniform(0.2, 5.0, (size["n"], 1))
    Y *= random.uniform(0.2, 5.0, (size["m"], 1))
    if edge == "rows of zeros":
        X[0], Y[-1] = 0, 0
    if edge == "whole numbers":
        X, Y = np.sign(X) * np.ceil(np.abs(X)), np.sign(Y) * np.ceil(np.abs(Y))
        return Case({"X": X.astype(np.int64), "Y": Y.astype(np.int64)})
    return Case({"X": X, "Y": 3 * X if edge == "the same rows" else Y})


def numbered_sentences(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of cooccurrence: `m` sentences of up to `T` words, some of which stand beside themselves."""
    known_edge(edge, "no sentences", "an empty sentence", "a window wider than a sentence", "by default")
    V, window = size["V"], 50 if edge == "a window wider than a sentence" else size["window"]
    sentences = [random.integers(0, V, max(1, size["T"] - row)).tolist() for row in range(size["m"])]
    for sentence in sentences[::2]:
        if len(sentence) > 1:  # a word beside itself, in every other sentence
            sentence[1] = sentence[0]
    if edge == "an empty sentence":
        sentences.insert(1, [])
    if edge == "no sentences":
        sentences = []
    inputs = {"sentences": sentences, "V": V}
    return Case(inputs if edge == "by default" else inputs | {"window": window})


def weighted_sentences(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of cooccurrence with weights that fall with the distance, and with weights that there are not."""
    weighting = "linear" if edge == "an unknown weighting" else "harmonic"
    case = numbered_sentences(random, size, "" if edge == "an unknown weighting" else edge)
    return Case(
        case.inputs | {"weighting": weighting}, label(size, f"weighting={weighting!r}", f"({edge})" if edge else "")
    )


def meetings(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the counts of ppmi."""
    known_edge(edge, "a word and a context never met", "no counts", "whole numbers")
    C = count_table(random, size["V"], size["K"])
    if min(size["V"], size["K"]) > 4:  # a word of one context, so that some score is above 1 whatever else was met
        C[0], C[0, -1] = 0, C.max()
    if edge == "a word and a context never met":
        C[1], C[:, 0] = 0, 0
    if edge == "no counts":
        C[:] = 0
    return Case({"C": C.astype(np.int64) if edge == "whole numbers" else C})


def smoothed_meetings(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of ppmi with a power and a shift, one at a time or both."""
    known_edge(edge, "power alone", "shift alone")
    alpha = 1.0 if edge == "shift alone" else round(float(random.uniform(0.4, 0.8)), 2)
    shift = 1.0 if edge == "power alone" else round(float(random.uniform(1.2, 1.6)), 2)
    case = meetings(random, size, "")
    return Case(case.inputs | {"alpha": alpha, "shift": shift}, label(size, f"alpha={alpha:g}, shift={shift:g}"))


def matrix_of_known_values(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of truncated_svd: its singular values lie well apart, but for two at the edge "equal values"."""
    known_edge(edge, "equal values", "every direction")
    D, V = size["D"], size["V"]
    most = min(D, V)
    s = np.cumprod(random.uniform(1.3, 1.7, most))[::-1].copy()
    if edge == "equal values":
        s[1] = s[0]
    left, right = (np.linalg.qr(random.standard_normal((length, most)))[0] for length in (D, V))
    k = most if edge == "every direction" else size["k"]
    return Case({"X": (left * s) @ right.T, "k": k}, label(dict(size) | {"k": k}, f"({edge})" if edge else ""))


def similarities(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of nearest; not every document is most similar to itself."""
    known_edge(edge, "ties", "twins", "every other document", "below zero")
    D = size["D"]
    S = random.permutation(D * D).reshape(D, D) / (D * D)
    if edge == "ties":
        S = random.integers(0, 3, (D, D)) / 2
    if edge == "twins":  # each has a twin that is as similar to it as it is to itself
        S[np.arange(D), np.arange(D)] = 1
        S[np.arange(D), np.arange(D) ^ 1 if D % 2 == 0 else (np.arange(D) + 1) % D] = 1
    if edge == "below zero":
        S = S - 2
    return Case({"S": S, "n": D - 1 if edge == "every other document" else size["n"]})


def stories(random: np.random.Generator, size: Size) -> tuple[dict[str, list[list[str]]], Array]:
    """Draw the inputs of document_similarities, none of them handed out with ratings, and how people rated them."""
    data = news()
    background = random.choice(len(data.background), size["background"], replace=False)
    compared = random.choice(HIDDEN, size["n"], replace=False)
    inputs = {
        "background": [words_of(data.background[number].tokens) for number in background],
        "documents": [words_of(data.documents[number].tokens) for number in compared],
    }
    return inputs, data.similarities[np.ix_(compared, compared)]


def few_stories(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw a few stories, so that they are compared in no time."""
    known_edge(edge)
    return Case(stories(random, size)[0])


def rated_stories(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw stories of which it is known how similar people find them."""
    known_edge(edge)
    inputs, ratings = stories(random, size)
    return Case(inputs, hidden={"ratings": ratings})


def agreement_of_pairs(answer: Any, ratings: Array) -> float:
    """Return Pearson's correlation of similarities with ratings, both (n, n), over the pairs of different documents."""
    try:
        S = np.asarray(plain(answer), dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"S is {kind_of(answer)}, expected an array of shape {ratings.shape}") from None
    if S.shape != ratings.shape:
        raise ValueError(f"S has shape {S.shape}, expected {ratings.shape}")
    pairs = ~np.eye(len(S), dtype=bool)
    if not np.isfinite(S[pairs]).all() or np.ptp(S[pairs]) == 0:
        return 0.0
    return float(np.corrcoef(S[pairs], ratings[pairs])[0, 1])


@hookimpl
def register_samplers() -> Mapping[str, Sampler]:
    """Register the samplers that assignment.toml names."""
    samplers: tuple[Sampler, ...] = (
        vocabulary, limited_vocabulary, sentences_to_encode, words_and_index, documents, textbook_documents,
        two_matrices, numbered_sentences, weighted_sentences, meetings, smoothed_meetings, matrix_of_known_values,
        similarities, few_stories, rated_stories,
    )  # fmt: skip
    return {f"vectorizers.{sampler.__name__}": sampler for sampler in samplers}


@hookimpl
def register_metrics() -> Mapping[str, Metric]:
    """Register how similarities are compared with ratings."""
    return {"agreement of pairs": Metric(agreement_of_pairs)}


@hookimpl
def register_given_files() -> Mapping[str, Callable[[], bytes]]:
    """Hand out the documents as they are installed with gensim."""
    return {"lee.json": lee_json}
