"""The invented languages of this assignment, and samplers: inputs of every size, on which each known mistake shows.

Nobody has ever spoken the language of a training, so that nothing but the text can say what its words mean. A sentence
has three words: a particle, a noun, a verb. The particle asks for a form of the noun, as prepositions ask for cases;
the verb is one of the two that this noun goes with. A noun's form shows in its ending, but nouns of the two
declensions have different endings for the same form, so that spelling alone does not say which forms are the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.conversation import Case
from autograder.hookspecs import hookimpl
from autograder.metric import Metric
from reference.embeddings.frequencies import noise_distribution
from reference.embeddings.subwords import fnv1a, subword_buckets

Array = NDArray[np.float64]
Numbers = NDArray[np.int64]
Size = Mapping[str, int]
Sampler = Callable[[np.random.Generator, Size, str], Case]
Rows = list[int]

LETTERS = "abcdefghijklmnopqrstuvwxyz"
BEYOND = ("äéñøçß", "жукя", "日本語", "😀🐟")
"""Letters of two, two, three and four bytes."""
CONSONANTS, VOWELS = "bdfgklmnprstvz", "aeiou"
STEMS, FORMS, SEEN, VERBS, TIMES = 80, 6, 4, 20, 6
"""How many nouns, forms of each, forms of each that the text has, and verbs there are; how often a form is seen."""
BUCKETS, SHORTEST, LONGEST, NOISE = 2000, 3, 5, 5
ASKED = 200
"""How many analogies are asked whose answer was seen, and how many whose answer was not."""
LARGE = 1e5
"""By what scores are multiplied at the edge "large", so that exp overflows."""


# ------------------------------------------------------------------------------------------------- an invented language


@dataclass(frozen=True)
class Language:
    """A language, and a text in it.

    vocabulary: the V words of the text; text (n, 3): its sentences, in their numbers
    nouns (80, 6): the forms of each noun, seen or not; declension (80,): 0 or 1
    """

    vocabulary: list[str]
    text: Numbers
    nouns: list[list[str]]
    declension: Numbers

    @property
    def index(self) -> dict[str, int]:
        """The number of each word of the text."""
        return {word: number for number, word in enumerate(self.vocabulary)}


def sounds(random: np.random.Generator, patterns: list[str], n: int) -> list[str]:
    """Make up n different pieces of words, such as "mor" for "CVC"."""
    found: dict[str, None] = {}
    while len(found) < n:
        pattern = patterns[random.integers(len(patterns))]
        letters = (CONSONANTS if kind == "C" else VOWELS for kind in pattern)
        found["".join(each[random.integers(len(each))] for each in letters)] = None
    return list(found)


def invent(random: np.random.Generator) -> Language:
    """Invent a language with no two words alike, and a text in which each form that it has comes six times."""
    while True:
        stems, endings = (
            sounds(random, ["CVC", "CVCC", "CVCVC"], STEMS),
            sounds(random, ["VC", "VCV", "VCC"], 2 * FORMS),
        )
        particles, verbs = sounds(random, ["CV", "VC"], FORMS), sounds(random, ["CCVC", "CVCCV"], VERBS)
        declension = random.permutation(np.arange(STEMS) % 2)
        nouns = [
            [stem + endings[FORMS * kind + form] for form in range(FORMS)]
            for stem, kind in zip(stems, declension, strict=True)
        ]
        seen = [(noun, form) for noun in range(STEMS) for form in random.permutation(FORMS)[:SEEN]]
        unseen = {word for noun in nouns for word in noun} - {nouns[noun][form] for noun, form in seen}
        words = [*particles, *verbs, *(nouns[noun][form] for noun, form in seen)]
        if len({*words, *unseen}) == FORMS + VERBS + FORMS * STEMS:
            break
    vocabulary = [words[place] for place in random.permutation(len(words))]
    number = {word: place for place, word in enumerate(vocabulary)}
    likes = random.permutation([*combinations(range(VERBS), 2)])[:STEMS]  # (80, 2), no pair twice
    text = [
        [number[particles[form]], number[nouns[noun][form]], number[verbs[likes[noun, time % 2]]]]
        for noun, form in seen
        for time in range(TIMES)
    ]
    return Language(vocabulary, random.permutation(np.array(text, dtype=np.int64)), nouns, declension)


def parts_of(words: list[str], index: Mapping[str, int]) -> list[Rows]:
    """Return the rows of each word: its own, if it was seen, and those of its n-grams."""
    own = [[index[word]] if word in index else [] for word in words]
    buckets = [subword_buckets(word, BUCKETS, SHORTEST, LONGEST) for word in words]
    return [[*first, *(len(index) + bucket for bucket in more)] for first, more in zip(own, buckets, strict=True)]


def questions_on(random: np.random.Generator, text: Numbers, V: int) -> Numbers:
    """Return the questions of skip-gram with a window of one, with noise: (n, 2 + k)."""
    pairs = [text[:, [centre, context]] for centre, context in ((0, 1), (1, 0), (1, 2), (2, 1))]
    asked = random.permutation(np.concatenate(pairs))
    noise = random.choice(V, (len(asked), NOISE), p=noise_distribution(np.bincount(text.ravel(), minlength=V)))
    return np.column_stack([asked, noise])


def analogies_in(random: np.random.Generator, language: Language) -> Numbers:
    """Draw analogies a : b, c : d between nouns of different declensions, as places among all nouns (400, 4).

    In the first half all four were seen, in the second all but d.
    """
    known = np.array([[word in language.index for word in noun] for noun in language.nouns])  # (80, 6)
    halves: tuple[list[list[int]], list[list[int]]] = ([], [])
    while min(map(len, halves)) < ASKED:
        one, other = random.integers(STEMS, size=2)
        i, j = random.permutation(FORMS)[:2]
        if language.declension[one] != language.declension[other] and known[[one, one, other], [i, j, i]].all():
            places = [FORMS * one + i, FORMS * one + j, FORMS * other + i, FORMS * other + j]
            halves[0 if known[other, j] else 1].append(places)
    return np.array([*halves[0][:ASKED], *halves[1][:ASKED]], dtype=np.int64)


def language_to_learn(random: np.random.Generator, size: Size, edge: str) -> Case:  # noqa: ARG001  (a sampler has three)
    """Draw the inputs of train: a new language and a text in it. Analogies and the spelling of all words are hidden."""
    language, d = invent(random), size["d"]
    V = len(language.vocabulary)
    inputs = {
        "start": {"Z": (random.random((V + BUCKETS, d)) - 0.5) / math.sqrt(d), "U": np.zeros((V, d))},
        "parts": parts_of(language.vocabulary, language.index),
        "questions": questions_on(random, language.text, V),
        "epochs": size["epochs"],
    }
    nouns = [word for noun in language.nouns for word in noun]
    hidden = {"vocabulary": language.vocabulary, "nouns": nouns, "analogies": analogies_in(random, language)}
    return Case(inputs, hidden=hidden)


def analogies_solved(model: Any, vocabulary: list[str], nouns: list[str], analogies: Numbers) -> float:
    """Return the share of analogies a : b, c : d in which d is the noun nearest to b - a + c, a, b and c apart.

    model: a dict with Z (R, d); ValueError, in words for the student, if there is none.
    """
    parts = parts_of(nouns, {word: number for number, word in enumerate(vocabulary)})
    Z = model.get("Z") if isinstance(model, dict) else None
    if not isinstance(Z, np.ndarray) or Z.dtype.kind != "f" or Z.ndim != 2 or len(Z) != len(vocabulary) + BUCKETS:
        raise ValueError('the vectors are no dict with an array of R rows under "Z"')
    if not np.isfinite(Z).all():
        raise ValueError('there are numbers in "Z" that are infinite or NaN: the steps were too large')
    Z = Z.astype(np.float64) / max(float(np.abs(Z).max()), 1e-300)
    X = np.stack([Z[rows].mean(axis=0) for rows in parts])  # (N, d)
    X /= np.maximum(np.linalg.norm(X, axis=1, keepdims=True), 1e-300)
    a, b, c, d = analogies.T
    scores = (X[b] - X[a] + X[c]) @ X.T  # (m, N)
    for known in (a, b, c):
        scores[np.arange(len(scores)), known] = -np.inf
    return float((scores.argmax(axis=1) == d).mean())


def handed_out() -> tuple[Language, Numbers]:
    """Return the language that students get, with its analogies; no training that counts is on it."""
    random = np.random.default_rng(2017)
    language = invent(random)
    return language, analogies_in(random, language)


def text_file() -> bytes:
    """Return the text, a sentence to a line."""
    language, _ = handed_out()
    return "".join(" ".join(language.vocabulary[n] for n in each) + "\n" for each in language.text).encode()


def nouns_file() -> bytes:
    """Return all nouns in all their forms, a noun to a line."""
    language, _ = handed_out()
    return "".join(" ".join(noun) + "\n" for noun in language.nouns).encode()


def analogies_file() -> bytes:
    """Return the analogies, four words to a line."""
    language, analogies = handed_out()
    words = [word for noun in language.nouns for word in noun]
    return "".join(" ".join(words[n] for n in each) + "\n" for each in analogies).encode()


@hookimpl
def register_given_files() -> Mapping[str, Callable[[], bytes]]:
    """Hand out a text in an invented language, its nouns in all forms, and analogies between them."""
    return {"text.txt": text_file, "nouns.txt": nouns_file, "analogies.txt": analogies_file}


@hookimpl
def register_metrics() -> Mapping[str, Metric]:
    """Register how vectors are judged."""
    return {"share of analogies solved": Metric(analogies_solved)}


# ------------------------------------------------------------------------------------------------ words and their parts


def draw(random: np.random.Generator, *shape: int) -> Array:
    """Draw numbers of either sign between 0.3 and 1, smaller where many of them are added up by a product."""
    signs = random.choice([-1.0, 1.0], size=shape)
    drawn: Array = signs * random.uniform(0.3, 1.0, size=shape) / shape[-1] ** 0.25
    return drawn


def spelt(random: np.random.Generator, letters: int, edge: str) -> str:
    """Draw a word of so many letters; different ones, if there are no more than 26."""
    if edge == "no letters":
        return ""
    chosen = [LETTERS[n] for n in (random.permutation(26) if letters <= 26 else random.integers(26, size=letters))]
    word = "".join(chosen[:letters])
    if edge == "letters beyond ASCII":
        foreign = [kind[random.integers(len(kind))] for kind in BEYOND]
        return word[:2] + "".join(foreign) + word[2:]
    return word * 2 if edge == "the same n-gram twice" else word


def lengths(size: Size, edge: str) -> dict[str, int]:
    """Return the lengths of n-grams that a function is told, if it is."""
    if edge == "lengths by default":
        return {}
    if edge == "lengths from one":
        return {"shortest": 1, "longest": 2}
    return {"shortest": size["shortest"], "longest": size["longest"]}


def word_to_cut(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of character_ngrams."""
    word = spelt(random, size["letters"] + 4 * (edge == "lengths by default"), edge)
    return Case({"word": word} | lengths(size, edge))


def text_to_hash(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the input of fnv1a; at an edge, what n-grams look like: marks, and capitals."""
    word = large_hash(random, size["letters"], edge)
    return Case({"text": f"<{word.title()}>" if edge == "marks and capitals" else word})


def text_beyond_ascii(random: np.random.Generator, size: Size, edge: str) -> Case:  # noqa: ARG001  (a sampler has three)
    """Draw the input of fnv1a with letters of one, two, three and four bytes."""
    return Case({"text": large_hash(random, size["letters"], "letters beyond ASCII")})


def large_hash(random: np.random.Generator, letters: int, edge: str) -> str:
    """Spell a text; of six letters and more one whose hash is large, so that it would be negative if it had a sign."""
    text = spelt(random, letters, edge)
    while letters >= 6 and fnv1a(text) < 2**31:
        text = spelt(random, letters, edge)
    return text


def word_to_hash(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of subword_buckets."""
    word = spelt(random, size["letters"] + 4 * (edge == "lengths by default"), edge)
    buckets = 1 if edge == "one bucket" else size["buckets"] + int(random.integers(size["buckets"]))
    return Case({"word": word, "buckets": buckets} | lengths(size, edge))


def word_and_index(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of word_rows: a word that was seen, but not first, and at edges one that was not."""
    given = word_to_hash(random, size, edge).inputs
    word, V = given["word"], size["V"]
    if edge.endswith("too short"):
        word = word[: max(1, size["shortest"] - 3)]
    others = [f"{letter}{letter}" for letter in LETTERS[: V - (not edge.startswith("never seen"))]]
    seen = others if edge.startswith("never seen") else [*others, word]
    if edge == "nothing seen":
        seen = []
    rows = dict(zip(seen, range(len(seen)), strict=True))
    index = {seen[place]: rows[seen[place]] for place in random.permutation(len(seen))}
    return Case({"word": word, "index": index} | {name: given[name] for name in given if name != "word"})


def word_and_vectors(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of vector_of."""
    given = word_and_index(random, size, edge).inputs
    Z = draw(random, len(given["index"]) + given["buckets"], size["d"])
    rest = {name: given[name] for name in given if name in ("index", "shortest", "longest")}
    return Case({"word": given["word"], "Z": Z} | rest)


# -------------------------------------------------------------------------------------------- vectors, losses, training


def some(random: np.random.Generator, choices: Numbers, n: int) -> Numbers:
    """Draw n numbers out of at most half as many: some come twice, wherever there are two or more."""
    few = random.permutation(choices)[: (n + 1) // 2]
    return random.permutation(np.resize(few, n)).astype(np.int64)


def words_of_rows(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of subword_vectors: words that share rows, one row up to `most`; the longest names one twice."""
    n, R, most = size["n"], size["R"], size["most"]
    counts = random.permutation([most, *random.integers(1, most + 1, size=n - 1)])
    parts = [some(random, np.arange(max(1, R - 1)), int(count)).tolist() for count in counts]
    if edge == "a word made of nothing":
        parts[random.integers(n)] = []
    return Case({"Z": draw(random, R, size["d"]), "parts": [] if edge == "no words" else parts})


def noisy_prediction(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of skip_gram_loss; rows and noise are named twice wherever there are two or more.

    At the edge "large" every answer is as wrong as can be: the target's score is low, that of noise is high.
    """
    R, V, d = size["R"], size["V"], size["d"]
    Z, U, target = draw(random, R, d), draw(random, V, d), int(random.integers(V))
    negatives = some(random, np.setdiff1d(np.arange(V), [target]), size["k"])
    if edge == "the target was drawn":
        negatives[random.integers(len(negatives))] = target
    if edge == "large":
        Z, U = math.sqrt(LARGE) * np.abs(Z), math.sqrt(LARGE) * np.abs(U)
        U[target] *= -1
    rows = some(random, np.arange(1, R), size["rows"]).tolist()  # not the first: to take another for it must show
    return Case({"Z": Z, "U": U, "rows": rows, "target": target, "negatives": negatives})


def labelled_text(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of classifier_loss; rows are named twice wherever there are two or more.

    At the edge "large" all scores are large, and the right label has the least by far.
    """
    A, B = draw(random, size["V"], size["d"]), draw(random, size["L"], size["d"])
    bag = some(random, np.arange(min(1, size["V"] - 1), size["V"]), size["n"])
    label = int(random.integers(max(1, size["L"] - 1)))
    if edge == "large":
        A, B = math.sqrt(LARGE) * np.abs(A), math.sqrt(LARGE) * np.abs(B)
        label = int(np.argmin(B @ A[bag].mean(axis=0)))
        B[label] /= 2
    return Case({"A": A, "B": B, "bag": bag, "label": label})


def few_questions(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of train, small, for which there is one answer; the last batch of an epoch is not full."""
    V, K, d, n = size["V"], size["K"], size["d"], size["n"]
    more = [some(random, V + np.arange(K), int(count)).tolist() for count in random.integers(0, 5, size=V)]
    more[random.integers(V)] = [V, V]
    inputs = {
        "start": {"Z": draw(random, V + K, d), "U": draw(random, V, d)},
        "parts": [[word, *rows] for word, rows in enumerate(more)],
        "questions": random.integers(V, size=(n, 2 + size["k"])),
        "epochs": size["epochs"],
    }
    if edge != "rate and batch by default":
        inputs |= {"rate": round(float(random.uniform(0.03, 0.06)), 3), "batch": size["batch"]}
    return Case(inputs)


@hookimpl
def register_samplers() -> Mapping[str, Sampler]:
    """Register the samplers that assignment.toml names."""
    of_words: tuple[Sampler, ...] = (word_to_cut, text_to_hash, text_beyond_ascii, word_to_hash)
    of_vectors: tuple[Sampler, ...] = (word_and_index, word_and_vectors, words_of_rows)
    of_losses: tuple[Sampler, ...] = (noisy_prediction, labelled_text, few_questions, language_to_learn)
    return {f"fasttext.{sampler.__name__}": sampler for sampler in (*of_words, *of_vectors, *of_losses)}
