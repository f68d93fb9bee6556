"""The vectors that this assignment hands out, and the samplers of its inputs.

Scores lie apart wherever their order is asked for, but for ties, which are exact: there all numbers are such that no
way of computing rounds. Vectors are of unit length only where the handout promises it.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from functools import cache
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.conversation import Ask, Call, Case, Check, Evidence, Question, Reply, Setting, Verdict
from autograder.hookspecs import hookimpl
from autograder.metric import Metric
from reference.counts.cooccurrence import cooccurrence
from reference.counts.lsa import truncated_svd
from reference.counts.ppmi import ppmi
from reference.data.shipped import lee, wikipedia, wordsim353
from reference.vectors.evaluation import spearman

Array = NDArray[np.float64]
Numbers = NDArray[np.int64]
Size = Mapping[str, int]
Sampler = Callable[[np.random.Generator, Size, str], Case]

SEEN, D_GIVEN, D_COUNTS = 20, 100, 60
"""How often a word is seen that is handed out, and how many numbers its two vectors have."""


# --------------------------------------------------------------------------------------------------- what is handed out


@cache
def counted_text() -> tuple[list[str], Any, list[int]]:
    """Return words of Wikipedia and the news, most frequent first, how they meet (V, V), and the rows handed out."""
    news = lee()
    texts = [list(paragraph.tokens) for paragraph in wikipedia()]
    texts += [[word.lower() for word in each.tokens if word[0].isalpha()] for each in news.background + news.documents]
    seen = Counter(word for text in texts for word in text)
    words = sorted((word for word, count in seen.items() if count >= 5), key=lambda word: (-seen[word], word))
    number = {word: n for n, word in enumerate(words)}
    rated = {word.lower() for pair in wordsim353() for word in pair.tokens}
    C = cooccurrence([[number[word] for word in text if word in number] for text in texts], len(words), 5, "harmonic")
    return words, C, [n for n, word in enumerate(words) if seen[word] >= SEEN or word in rated]


@cache
def good_vectors() -> tuple[list[str], Array]:
    """Return words and vectors (V, d) of them, by PPMI and the strongest directions, of three decimals."""
    words, C, rows = counted_text()
    U, s, _ = truncated_svd(ppmi(C, alpha=0.75), D_GIVEN)
    return [words[n] for n in rows], (U * s**0.5)[rows].round(3)


@cache
def raw_vectors() -> tuple[list[str], Array]:
    """Return the same words and other vectors (V, d), from the roots of the bare counts, of three decimals."""
    words, C, rows = counted_text()
    U, s, _ = truncated_svd(np.sqrt(C), D_COUNTS)
    return [words[n] for n in rows], (U * s)[rows].round(3)


def as_text(words: Sequence[str], W: Array) -> str:
    """Return a line for each word, as GloVe writes them."""
    return "".join(f"{word} {' '.join(f'{x:.3f}' for x in row)}\n" for word, row in zip(words, W, strict=True))


def vectors_file() -> bytes:
    """Return the better vectors as word2vec writes them."""
    words, W = good_vectors()
    return f"{len(words)} {W.shape[1]}\n{as_text(words, W)}".encode()


def counts_file() -> bytes:
    """Return the raw vectors as GloVe writes them."""
    return as_text(*raw_vectors()).encode()


def rated_pairs(*, handed_out: bool) -> list[tuple[str, str, float]]:
    """Return the rated pairs of known words: every third, which students get, or the others, which judge."""
    known = set(raw_vectors()[0])
    pairs = [(*map(str.lower, pair.tokens), pair.label) for pair in wordsim353()]
    pairs = [pair for pair in pairs if known.issuperset(pair[:2])]
    return [pair for place, pair in enumerate(pairs) if (place % 3 == 2) == handed_out]


def pairs_file() -> bytes:
    """Return the pairs that students get, with their ratings."""
    return "".join(f"{a}\t{b}\t{rating}\n" for a, b, rating in rated_pairs(handed_out=True)).encode()


@hookimpl
def register_given_files() -> Mapping[str, Callable[[], bytes]]:
    """Hand out two tables of vectors, and some of the pairs of words that people rated."""
    return {"vectors.txt": vectors_file, "counts.txt": counts_file, "wordsim.tsv": pairs_file}


# ------------------------------------------------------------------------------------------------------------ the files


UNUSUAL = "New\u00a0York"
SIGNS = ("cat", "dog", "queen", "zebra", "i", "1984", ",", "der", "café", "3.5", "king", "the")


def numbers_as_text(random: np.random.Generator, V: int, d: int) -> list[list[str]]:
    """Return numbers as they may stand in a file: with few digits or many, whole, or with an exponent."""
    forms = ("{:.3f}", "{:.6f}", "{:.4e}", "{:.0f}")
    return [[forms[(i + j) % 4].format(random.normal() * 3) for j in range(d)] for i in range(V)]


def file_lines(random: np.random.Generator, size: Size) -> list[list[str]]:
    """Return the fields of each line of a file without a header."""
    V, d = size["V"], size["d"]
    words = [str(word) for word in random.permutation(SIGNS)[:V]]
    return [[word, *numbers] for word, numbers in zip(words, numbers_as_text(random, V, d), strict=True)]


def vector_file(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw a well-formed file for read_vectors, with a header where V is odd."""
    lines = file_lines(random, {**size, "d": 1} if edge == "nearly a header" else size)
    if edge == "nearly a header":
        lines[:2] = [["cafe", "7"], ["2", "8"]]
    if size["V"] > 1:
        lines[1][0] = UNUSUAL
    header = edge == "a header" or (size["V"] % 2 == 1 and edge not in ("no header", "nearly a header"))
    lines = [[str(size["V"]), str(size["d"])], *lines] if header else lines
    end = " \n" if edge == "a space at each end" else "\n"
    text = "".join(" ".join(line) + end for line in lines)
    return Case({"text": text.removesuffix("\n") if edge == "no end of the last line" else text})


def malformed_file(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw a file with a mistake in a line; without an edge there is another one further down, if there is room."""
    lines, V = file_lines(random, size), size["V"]
    place = int(random.integers(1, V - 1)) if V > 2 else V - 1
    if edge == "an empty text":
        return Case({"text": ""})
    if edge in ("too few words", "too many words"):
        lines = [[str(V + (1 if edge == "too few words" else -1)), str(size["d"])], *lines]
        return Case({"text": joined(lines)})
    if edge == "a header":
        lines, place = [[str(V), str(size["d"])], *lines], place + 1
    spoil(lines, place, edge)
    if not edge and place + 1 < len(lines):
        lines[place + 1] = [*lines[place + 1], "0.5"]
    return Case({"text": joined(lines)})


def spoil(lines: list[list[str]], place: int, edge: str) -> None:
    """Make one line malformed, in the way that the edge says."""
    word, *numbers = lines[place]
    lines[place] = {
        "a number too many": [word, *numbers, "1.5"],
        "an empty line": [""],
        "a space too many": [word, "", *numbers],
        "no number": [word, *numbers[:-1], "O.5"],
        "not finite": [word, *numbers[:-1], "nan"],
        "infinite": [word, *numbers[:-1], "-inf"],
        "a word again": [lines[place - 1][0], *numbers],
    }.get(edge, [word, *numbers[:-1]])


def joined(lines: list[list[str]]) -> str:
    """Return the text of a file."""
    return "".join(" ".join(line) + "\n" for line in lines)


LINE = re.compile(r"\bline\s*(\d+)", re.IGNORECASE)


def what_is_said(reply: Reply) -> tuple[str, int]:
    """Return whether a reply is a ValueError, and the line that its message names first, or 0."""
    kind, _, message = reply.error.partition(": ")
    found = LINE.search(message)
    return (reply.status if not kind.startswith("ValueError") else "ValueError", int(found[1]) if found else 0)


def names_the_line(setting: Setting) -> Generator[list[Question], list[Reply], Verdict]:
    """The error names the line that is malformed."""
    asks = [Ask(setting.function, case.arguments) for case in setting.cases]
    replies = yield [*(Call(setting.function, case.arguments) for case in setting.cases), *asks]
    got, right = ([what_is_said(reply) for reply in half] for half in (replies[: len(asks)], replies[len(asks) :]))
    for case, have, want in zip(setting.cases, got, right, strict=True):
        if have != want:
            verdict = Verdict("failed", in_words(setting, have, want), evidence=Evidence(called=f"{case.inputs}"))
            return (yield from with_slip(setting, verdict, asks, got))
    return Verdict("passed", f"The line is named in {len(asks)} malformed files.")


def in_words(setting: Setting, have: tuple[str, int], want: tuple[str, int]) -> str:
    """Return what a student reads."""
    said = {"value": "returned a value", "ValueError": f"raised a ValueError that names line {have[1]}"}
    found = said.get(have[0], "raised no ValueError")
    if have[0] == "ValueError" and not have[1]:
        found = "raised a ValueError that names no line"
    return (
        f"{setting.function} {found}, where line {want[1]} is malformed: the message must begin with 'line {want[1]}:'."
    )


def with_slip(
    setting: Setting, verdict: Verdict, asks: Sequence[Ask], got: Sequence[tuple[str, int]]
) -> Generator[list[Question], list[Reply], Verdict]:
    """Return the verdict with the sentence of the slip that says the same of every file."""
    for slip in setting.slips:
        replies = yield [Ask(ask.function, ask.arguments, slip=slip.name) for ask in asks]
        if [what_is_said(reply) for reply in replies] == list(got):
            return Verdict("failed", verdict.message, slip.sentence, slip.name, evidence=verdict.evidence)
    return verdict


@hookimpl
def register_checks() -> Mapping[str, Check]:
    """Register the check of what an error says, which no other assignment has."""
    return {"word-analogies.names the line": names_the_line}


# ---------------------------------------------------------------------------------------------------------- the vectors


def draw(random: np.random.Generator, *shape: int) -> Array:
    """Draw numbers of either sign between 0.3 and 2."""
    drawn: Array = random.choice([-1.0, 1.0], size=shape) * random.uniform(0.3, 2.0, size=shape)
    return drawn


def unit(rows: Array) -> Array:
    """Bring vectors to length one."""
    lengths: Array = np.linalg.norm(rows, axis=-1, keepdims=True)
    return rows / lengths


def two_vectors(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of compare."""
    u, v = draw(random, size["d"]), 1.7 * draw(random, size["d"])
    if edge in ("one is zero", "both are zero"):
        v = np.zeros(size["d"])
        u = v.copy() if edge == "both are zero" else u
    if edge == "the other is zero":
        u = np.zeros(size["d"])
    if edge == "opposite":
        v = -3 * u
    if edge == "short":
        u, v = 0.01 * u, 0.02 * v
    if edge == "the same":
        v = u.copy()
    if edge == "whole numbers":
        return Case({"u": random.integers(1, 9, size["d"]), "v": random.integers(-9, 0, size["d"])})
    return Case({"u": u, "v": v})


def apart(scores: Array) -> bool:
    """Whether no two scores are nearly equal."""
    return len(scores) < 2 or float(np.diff(np.sort(scores)).min()) > 1e-4


def telling(cosines: Array, lengths: Array) -> bool:
    """Whether cosines of some rows are of either sign, and without it or undivided would come in two other orders."""
    orders = {tuple(np.argsort(scores)) for scores in (cosines, cosines * lengths, np.abs(cosines))}
    return len(cosines) < 4 or (cosines.min() < 0 < cosines.max() and len(orders) == 3)


def exact_rows(random: np.random.Generator, V: int, d: int) -> Array:
    """Draw rows whose lengths and products are exact however they are computed: one or four equal entries, else 0."""
    W = np.zeros((V, d))
    for row in W:
        places = random.permutation(d)[: 4 if d >= 4 and random.random() < 0.5 else 1]
        row[places] = random.choice([-1.0, 1.0], len(places)) * 2.0 ** random.integers(-1, 3)
    return W


def neighbourhood(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of most_similar; rows differ in length, so that neighbours by distance are others."""
    V, d = size["V"], size["d"]
    row = int(random.integers(1, V)) if edge == "a row of zeros" else int(random.integers(V))
    while True:
        W = draw(random, V, d) * 10 ** random.uniform(-1.3, 0.7, (V, 1))
        if edge == "ties":
            W = exact_rows(random, V, d)
            W[[n for n in range(V) if n != row][: V // 2]] = 2 * exact_rows(random, 1, d)
        if edge == "rows of zeros":
            W[[n for n in range(V) if n != row][:2]] = 0
        if edge == "a row of zeros":
            W[row] = 0
        others = np.delete(W, row, axis=0)
        lengths = np.maximum(np.linalg.norm(others, axis=1), 1e-9)
        cosines, distances = others @ W[row] / lengths, np.linalg.norm(others - W[row], axis=1)
        clear = apart(cosines) and apart(distances) and telling(cosines, lengths)
        if d == 1 or (distances.min() > 0 and (clear or edge.endswith(("ties", "zeros")))):
            break
    count = V + 3 if edge == "more than there are" else size["count"]
    named = {"by": "manhattan"} if edge == "unknown" else {}
    return Case({"W": exact_if_flat(W), "row": row, "count": count} | named)


def by_distance(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of most_similar where the distance decides, but for the edge "by the cosine"."""
    if edge == "by the cosine":
        return neighbourhood(random, size, "more than there are")
    return Case(neighbourhood(random, size, edge).inputs | {"by": "distance"})


def exact_if_flat(W: Array) -> Array:
    """Return rows of a single number as powers of two with their sign: of these all cosines are 1, -1 or 0 exactly."""
    return np.sign(W) * 2.0 ** np.round(np.log2(np.maximum(np.abs(W), 0.25))) if W.shape[1] == 1 else W


def questions(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of three_cos_add and three_cos_mul; a question's words need not be among those of W."""
    m, V, d = size["m"], size["V"], size["d"]
    W, a, b, c = (unit(draw(random, count, d)) for count in (V, m, m, m))
    if edge == "nothing left":
        a[0], b[0], c[0] = np.eye(d)[0], 0, 0
        b[0, :4], c[0, :4] = 0.5, (0.5, -0.5, -0.5, -0.5)
    if edge == "the opposite of a":
        W[0] = -a[0]
    inputs = {"W": W, "a": a, "b": b, "c": c}
    return Case(inputs | {"epsilon": round(random.uniform(0.05, 0.3), 3)} if edge == "epsilon" else inputs)


def pairs_of_vectors(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of bias_direction: pairs about different things, most of which differ along one direction."""
    P, d = size["P"], size["d"]
    if edge == "equal words":
        return Case({"pairs": np.repeat(draw(random, P, 1, d), 2, axis=1)})
    if edge == "along one axis":
        return Case({"pairs": np.multiply.outer(random.integers(1, 5, (P, 1)) * [[1.0, -1.0]], np.eye(d)[-1])})
    while True:
        g, about = unit(draw(random, d)), 3 * draw(random, P, 1, d)
        sides = np.array([1.0, -1.0])[:, None] * random.uniform(0.5, 2.0, (P, 1, 1)) * g + 0.4 * draw(random, P, 2, d)
        sides[turned(P)] *= -1
        differences = sides[:, 0] - sides[:, 1]
        _, lengths, directions = np.linalg.svd(differences, full_matrices=False)
        clear = len(lengths) == 1 or lengths[1] < 0.8 * lengths[0]
        ahead = float(differences.sum(axis=0) @ directions[0])
        if clear and abs(ahead) > 0.2:
            largest = directions[0][np.abs(directions[0]).argmax()] * ahead
            turn = 1 if (largest > 0) == (d % 2 == 0) else -1  # so that g's largest entry has either sign in turn
            near = 0.02 if P % 2 else 1.0  # where pairs differ little, the sign is no less clear
            return Case({"pairs": near * turn * (about + sides)})


def turned(P: int) -> list[int]:
    """Return which of P pairs are named the other way round: the last one where P is even, else the first."""
    return [] if P < 3 else [P - 1] if P % 2 == 0 else [0]


def word_and_direction(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of neutralise: one vector or several rows, and a direction that is not of length one."""
    n, d = size["n"], size["d"]
    e, g = draw(random, n, d) if n else draw(random, d), draw(random, d) * random.choice([0.4, 3.0])
    if edge == "of length one":
        g = unit(g)
    if edge == "no direction":
        g = np.zeros(d)
    if edge == "along the direction":
        e[...] = 0
    return Case({"e": e, "g": g})


def pair_and_direction(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of equalise: two vectors of length one, and a direction of another length."""
    d = size["d"]
    e1, e2, g = unit(draw(random, d)), unit(draw(random, d)), draw(random, d) * random.choice([0.4, 3.0])
    if d == 1 or edge == "opposite":
        e2 = -e1
    while abs((e1 - e2) @ g) < 0.05:
        e2 = unit(draw(random, d))
    if edge in ("both ahead", "both behind"):  # the one that stands less far is the first
        e1, e2 = (e - min(0, 2 * float(e @ g / (g @ g))) * g for e in (e1, e2))
        e1, e2 = sorted((e1, e2), key=lambda e: float(e @ g))
        g = g if edge == "both ahead" else -g
    elif ((e1 - e2) @ g > 0) != (d % 2 == 0):  # the first lies ahead and behind in turn
        e1, e2 = e2, e1
    if edge == "of length one":
        g = unit(g)
    if edge == "no direction":
        g = np.zeros(d)
    if edge == "equally far":
        g = 2.0 * np.eye(d)[-1]
        e1[-1] = e2[-1] = 0.5
        e1[:-1], e2[:-1] = (math.sqrt(0.75) * unit(e[:-1]) for e in (e1, e2))
    return Case({"e1": e1, "e2": e2, "g": g})


def attributes(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of association; rows differ in length."""
    W, A, B = (draw(random, size[name], size["d"]) * random.uniform(0.2, 5.0, (size[name], 1)) for name in "nab")
    if edge == "rows of zeros":
        W[0], A[-1] = 0, 0
    return Case({"W": W, "A": A, "B": B})


def two_sets(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of weat: 64ths, so that sums of the same numbers are equal in any order."""
    n = size["n"]
    drawn = random.permutation(np.arange(-40, 41))[: 2 * n] / 64
    s_X, s_Y = np.split(drawn, 2)
    while edge == "ties":
        drawn = random.integers(-2, 3, 2 * n) / 4
        s_X, s_Y = np.split(drawn, 2)
        ways = list(combinations(sorted(drawn.tolist()), n))
        shares = [np.mean([sum(way) >= s_X.sum() for way in some]) for some in (ways, set(ways))]
        if np.ptp(drawn) > 0 and abs(shares[0] - shares[1]) > 0.01:
            break
    if edge == "all alike":
        s_X, s_Y = np.full(n, 0.25), np.full(n, 0.25)
    if edge == "as far apart as can be":
        s_X, s_Y = np.split(np.sort(drawn)[::-1].copy(), 2)
    if edge == "the wrong way round":
        s_X, s_Y = np.split(np.sort(drawn), 2)
    return Case({"s_X": s_X, "s_Y": s_Y})


def two_rankings(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of spearman; at the edge "ties" several numbers of each are equal."""
    n = size["n"]
    x = random.permutation(n) + random.uniform(-0.3, 0.3, n)
    y = np.exp(x + random.normal(0, max(n / 3, 0.5), n))
    if edge == "ties":
        x, y = np.floor(np.sqrt(np.arange(n))) / 2, np.floor(np.log2(1 + np.arange(n))) * 3  # groups of uneven sizes
        x, y = random.permutation(x), random.permutation(y)
    if edge == "all equal":
        x = np.full(n, 0.5)
    if edge == "the other all equal":
        y = np.full(n, 7.0)
    if edge == "rising":
        x, y = np.sort(x), np.sort(y)
    return Case({"x": x, "y": y})


def counts_to_improve(random: np.random.Generator, size: Size, edge: str) -> Case:  # noqa: ARG001  (a sampler has three)
    """Draw raw vectors of some words, those that were rated among them, with their axes turned and some left out."""
    words, W = raw_vectors()
    judging = rated_pairs(handed_out=False)
    rated = {word for pair in judging for word in pair[:2]}
    others = [row for row, word in enumerate(words) if word not in rated]
    needed = [row for row, word in enumerate(words) if word in rated]
    order = random.permutation([*needed, *random.permutation(others)[: size["V"] - len(needed)]])
    axes = np.linalg.qr(random.standard_normal((W.shape[1], size["d"])))[0]
    number = {words[row]: place for place, row in enumerate(order)}
    pairs = np.array([[number[a], number[b]] for a, b, _ in judging])
    coarse = np.round(64 * (W[order] @ axes)) / 64  # which takes little room in what is handed out
    return Case({"W": coarse}, hidden={"pairs": pairs, "ratings": np.array([r for *_, r in judging])})


def agreement_with_people(answer: Any, pairs: Numbers, ratings: Array) -> float:
    """Return Spearman's correlation of the cosines of pairs of rows with their ratings; 0 where they are all alike.

    answer: an array (V, k); ValueError, in words for the student, if it is none.
    """
    if not isinstance(answer, np.ndarray) or answer.dtype.kind != "f" or answer.ndim != 2 or len(answer) <= pairs.max():
        raise ValueError("what came back is no array of float with a row for each word")
    rows = answer[pairs].astype(np.float64)  # (n, 2, k)
    if not rows.shape[2] or not np.isfinite(rows).all():
        raise ValueError("there are numbers in the vectors that are infinite or NaN, or none at all")
    rows /= np.maximum(np.abs(rows).max(axis=2, keepdims=True), 1e-300)
    rows /= np.maximum(np.linalg.norm(rows, axis=2, keepdims=True), 1e-300)
    found = spearman((rows[:, 0] * rows[:, 1]).sum(axis=1), ratings)
    return 0.0 if math.isnan(found) else found


@hookimpl
def register_metrics() -> Mapping[str, Metric]:
    """Register how vectors are judged."""
    return {"agreement of cosines with people": Metric(agreement_with_people)}


@hookimpl
def register_samplers() -> Mapping[str, Sampler]:
    """Register the samplers that assignment.toml names."""
    files = (vector_file, malformed_file)
    bias = (pairs_of_vectors, word_and_direction, pair_and_direction, attributes)
    judged = (two_sets, two_rankings, counts_to_improve)
    samplers: tuple[Sampler, ...] = (*files, two_vectors, neighbourhood, by_distance, questions, *bias, *judged)
    return {f"word-analogies.{sampler.__name__}": sampler for sampler in samplers}
