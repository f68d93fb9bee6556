"""Samplers of this assignment, the dates that a translator learns from, and how it is judged.

Numbers keep away from zero, so that whatever is left out is missed, and from where tanh is flat. Wherever there is
room, every draw has sentences of different lengths, a word that comes twice, and places that are masked.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.conversation import Case, Made
from autograder.hookspecs import hookimpl
from autograder.metric import Metric
from reference.data.dates import MONTHS

Array = NDArray[np.float64]
Numbers = NDArray[np.integer[Any]]
Size = Mapping[str, int]
Sampler = Callable[[np.random.Generator, Size, str], Case]

HANDED_OUT = 6_400
"""So many dates a student gets, to train on and to look at."""
FIRST, DAYS = date(2000, 1, 1), 36_525
FORMS = (
    "{day}. {month} '{year:02}",
    "{month} {day}, '{year:02}",
    "'{year:02} {month} {day}.",
    "{day} of {month} '{year:02}",
)
LEXICON = (*"0123456789", *(month[:3].lower() for month in MONTHS), *"',.", "of")
START, END, LONGEST = 0, 11, 7


def draw(random: np.random.Generator, *shape: int, width: int = 1) -> Array:
    """Draw numbers of either sign between 0.3 and 1, smaller where `width` of them are added up by a product."""
    signs = random.choice([-1.0, 1.0], size=shape)
    drawn: Array = signs * random.uniform(0.3, 1.0, size=shape) / math.sqrt(width)
    return drawn


def lengths_of(random: np.random.Generator, m: int, T: int) -> list[int]:
    """Draw the lengths of m sentences: one is as long as can be, and one is shorter wherever there are two."""
    others = [int(n) for n in random.integers(1, max(T, 2), size=m - 1)]
    return [int(n) for n in random.permutation([T, *others])]


def up_to(lengths: list[int], T: int) -> NDArray[np.bool_]:
    """Return a mask (m, T) that allows as many places of each row as its length says."""
    return np.arange(T) < np.array(lengths)[:, None]


# ------------------------------------------------------------------------------------------------------ the look back


def scores(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of attention_weights: in masked places stand the largest scores."""
    m, T = size["m"], size["T"]
    e = draw(random, m, T) * 2
    mask = up_to(lengths_of(random, m, T), T)
    mask[:, : T - 1] &= random.random((m, T - 1)) < 0.8  # not only at the end
    mask[np.arange(m), random.integers(T, size=m)] = True
    e = np.where(mask, e, 4 + np.abs(e))
    if edge == "without a mask":
        return Case({"e": e})
    if edge == "a row that allows nothing":
        mask[int(random.integers(m))] = False
    if edge == "large":
        e = 900 * (-1.0) ** np.arange(m)[:, None] + 10 * e  # a row far above the next
    if edge == "large and negative, but where it is masked":
        e = np.where(mask, -900 - 10 * np.abs(e), 900)
    if edge == "one mask for all rows":
        return Case({"e": e, "mask": mask[0]})
    if edge == "three axes":
        e, mask = np.stack([e, -e, 2 * e]), np.stack([mask, mask[::-1], mask])
    return Case({"e": e, "mask": mask})


def states(random: np.random.Generator, size: Size, kind: str) -> dict[str, Any]:
    """Draw states, and the parameters of a kind of score; a mask hides the end of all rows but one."""
    n_s, n_h, n_a, m, T = (size[name] for name in ("n_s", "n_h", "n_a", "m", "T"))
    n_s = n_h if kind == "dot" else n_s
    parameters = {
        "additive": {
            "Wa": draw(random, n_a, n_s, width=n_s),
            "Ua": draw(random, n_a, n_h, width=n_h),
            "va": 2 * draw(random, n_a, 1),
        },
        "general": {"Wa": draw(random, n_s, n_h, width=max(n_s, n_h))},
        "dot": {},
    }[kind]
    s, h = draw(random, n_s, m), draw(random, n_h, m, T)
    return {"s": s, "h": h, "parameters": parameters, "mask": up_to(lengths_of(random, m, T), T)}


def additive(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of look_back with additive scores, which need not be asked for."""
    inputs = states(random, size, "additive")
    if edge == "without a mask":
        inputs.pop("mask")
    if edge == "a sentence without words":
        inputs["mask"][int(random.integers(size["m"]))] = False
    if edge == "additive by name":
        inputs["kind"] = "additive"
    return Case(inputs)


def dot(random: np.random.Generator, size: Size, edge: str) -> Case:  # noqa: ARG001  (a sampler has three)
    """Draw the inputs of look_back with products as scores."""
    return Case(states(random, size, "dot") | {"kind": "dot"})


def general(random: np.random.Generator, size: Size, edge: str) -> Case:  # noqa: ARG001  (a sampler has three)
    """Draw the inputs of look_back with products with weights in between as scores."""
    return Case(states(random, size, "general") | {"kind": "general"})


def both_products(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of look_back for one of the scores by a product; the edge says which."""
    return dot(random, size, "") if edge == "dot" else general(random, size, "")


# ------------------------------------------------------------------------------------------------------ the translator


def sentences(random: np.random.Generator, V: int, m: int, T: int) -> Numbers:
    """Draw padded sentences of words from 1 to V - 1; a word comes twice wherever there is room."""
    numbers = np.zeros((m, T), dtype=np.int64)
    for row, length in zip(numbers, lengths_of(random, m, T), strict=True):
        some = random.permutation(np.arange(1, V))[: max(1, (length + 1) // 2)]
        again = random.choice(some, max(0, length - len(some)))
        row[:length] = random.permutation(np.concatenate([some, again])[:length])
    return numbers


def translator(random: np.random.Generator, size: Size) -> dict[str, Array]:
    """Draw the parameters of a translator."""
    n, n_e, n_a, V_x, V_y = (size[name] for name in ("n", "n_e", "n_a", "V_x", "V_y"))
    return {
        "Ex": draw(random, n_e, V_x),
        "Wx": draw(random, n, n + n_e, width=n + n_e),
        "bx": draw(random, n, 1) / 2,
        "Ey": draw(random, n_e, V_y),
        "Wa": draw(random, n_a, n, width=n),
        "Ua": 2 * draw(random, n_a, n, width=n),
        "va": 2 * draw(random, n_a, 1),
        "Ws": draw(random, n, 2 * n + n_e, width=2 * n + n_e),
        "bs": draw(random, n, 1) / 2,
        "Wy": draw(random, V_y, n),
        "by": draw(random, V_y, 1) / 2,
    }


def pairs(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of dictation_loss."""
    m, T_x, T_y, V_x, V_y = (size[name] for name in ("m", "T_x", "T_y", "V_x", "V_y"))
    parameters = translator(random, size)
    source, target = sentences(random, V_x, m, T_x), sentences(random, V_y, m, T_y)
    if edge == "no padding":
        source, target = random.integers(1, V_x, size=(m, T_x)), random.integers(1, V_y, size=(m, T_y))
    if edge == "sure, and wrong":
        parameters["by"] = np.where(np.arange(V_y) == 0, 2000.0, 0.0)[:, None]
    start = V_y - 1 if size["n"] == 1 else int(random.integers(V_y))  # in the smallest arrays there is no such column
    return Case({"source": source, "target": target, "parameters": parameters, "start": start})


def to_translate(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of translate; the end is a word that comes soon, or one that never comes."""
    parameters = translator(random, size)
    parameters |= {name: 3 * parameters[name] for name in ("Ex", "Ey", "Ws", "Wy")}  # so that sentences differ
    end = int(random.integers(1, size["V_y"] - 1))
    parameters["by"][end] += -100.0 if edge == "without an end" else 100.0 if edge == "at once" else 0.0
    source = sentences(random, size["V_x"], size["m"], size["T_x"])
    others = [word for word in range(size["V_y"]) if word != end]
    start = others[-1] if size["T_x"] == 1 else int(random.choice(others))  # as in `pairs`, beyond the smallest arrays
    return Case({"parameters": parameters, "source": source, "start": start, "end": end, "longest": size["longest"]})


def few_pairs(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of train: a few pairs, a few steps."""
    inputs = pairs(random, size, "").inputs
    inputs = {name: inputs[name] for name in ("parameters", "source", "target", "start")}
    inputs |= {"epochs": size["epochs"], "seed": int(random.integers(1 << 31))}
    if edge != "rate and batch by default":
        inputs |= {"rate": 0.03, "batch": size["batch"]}
    return Case(inputs)


@lru_cache(maxsize=8)
def dates(count: int, seed: int) -> tuple[tuple[str, str], ...]:
    """Return different dates of this century as people write them, each with its form by the standard."""
    random = np.random.default_rng(seed)
    found: dict[str, str] = {}
    while len(found) < count:
        when = FIRST + timedelta(days=int(random.integers(DAYS)))
        form = FORMS[random.integers(len(FORMS))]
        found[form.format(day=when.day, month=MONTHS[when.month - 1][:3].lower(), year=when.year % 100)] = str(when)
    return tuple(found.items())


def pieces(text: str) -> list[str]:
    """Cut a date into figures, words and marks."""
    return re.findall(r"\d|[a-z]+|[^\w\s]", text)


def numbered(count: int, seed: int, numbering: Numbers) -> tuple[Numbers, Numbers]:
    """Return dates in numbers, sources (count, T_x) and targets (count, 7), the pieces numbered as is given."""
    number = {piece: 1 + int(place) for piece, place in zip(LEXICON, numbering, strict=True)}
    written = [[number[piece] for piece in pieces(text)] for text, _ in dates(count, seed)]
    source = np.zeros((count, max(map(len, written))), dtype=np.int64)
    for row, numbers in zip(source, written, strict=True):
        row[: len(numbers)] = numbers
    figures = [[1 + int(figure) for figure in iso[2:].replace("-", "")] for _, iso in dates(count, seed)]
    return source, np.array([[*row, END] for row in figures])


def dates_to_learn(random: np.random.Generator, size: Size, edge: str) -> Case:  # noqa: ARG001  (a sampler has three)
    """Draw the inputs of train: new dates, whose pieces have numbers in a new order, so that nothing known fits.

    What is hidden are more dates, told in short by their seed, with their translations.
    """
    pairs_count, new = size["pairs"], size["new"]
    hidden: dict[str, Any] = {"count": pairs_count + new, "new": new, "seed": int(random.integers(1 << 31))}
    hidden["numbering"] = random.permutation(len(LEXICON))
    source, target = numbered(hidden["count"], hidden["seed"], hidden["numbering"])
    inputs = {"parameters": first_translator(random, size), "source": source[:pairs_count]}
    inputs |= {"target": target[:pairs_count], "start": START, "epochs": size["epochs"]}
    inputs |= {"seed": int(random.integers(1 << 31))}
    return Case(
        inputs, held_out={"source": source[pairs_count:], "start": START, "end": END, "longest": LONGEST}, hidden=hidden
    )


def first_translator(random: np.random.Generator, size: Size) -> dict[str, Array]:
    """Draw parameters to begin with: states are turned from step to step, and keep their length."""
    n, n_e, V_x, V_y = size["n"], size["n_e"], len(LEXICON) + 1, END + 1

    def turn() -> Array:
        return np.linalg.qr(random.standard_normal((n, n)))[0]

    def some(rows: int, columns: int) -> Array:
        return random.standard_normal((rows, columns)) / math.sqrt(columns)

    return {
        "Ex": random.standard_normal((n_e, V_x)) / 2,
        "Wx": np.concatenate([turn(), some(n, n_e)], axis=1),
        "bx": np.zeros((n, 1)),
        "Ey": random.standard_normal((n_e, V_y)) / 2,
        "Wa": some(n, n),
        "Ua": some(n, n),
        "va": some(1, n).T,
        "Ws": np.concatenate([turn(), some(n, n_e), some(n, n)], axis=1),
        "bs": np.zeros((n, 1)),
        "Wy": some(V_y, n),
        "by": np.zeros((V_y, 1)),
    }


def share_exact(answer: Any, count: int, new: int, seed: int, numbering: Numbers) -> float:
    """Return the share of the last dates that are translated without any fault.

    answer: what `translate` returned; ValueError, in words for the student, if it has no list of words for each source
    """
    _, target = numbered(count, seed, numbering)
    words = answer[0] if isinstance(answer, (tuple, list)) and answer else None
    if not isinstance(words, (tuple, list)) or len(words) != new:
        raise ValueError("translate does not return a list of words for each source")
    right = [[int(word) for word in row[:-1]] for row in target[count - new :]]
    return float(np.mean([_as_list(given) == wanted for given, wanted in zip(words, right, strict=True)]))


def _as_list(words: Any) -> list[Any] | None:
    if isinstance(words, np.ndarray):
        return [*words.tolist()] if words.ndim == 1 else None
    return list(words) if isinstance(words, (tuple, list)) else None


# ------------------------------------------------------------------------------------------------- searching, measuring


def chart(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of beam_search: each step has tables of its own, so that nothing is equally probable."""
    K, V, longest, width = size["K"], size["V"], size["longest"], size["width"]
    chances = random.dirichlet(np.full(V, 1.5), size=(longest + 1, K, V))  # of each step, way, and word before
    start, end, other = (int(word) for word in np.resize(random.permutation(V), 3)[[0, 1, -1]])
    if edge in POSSIBLE:
        for step, words in enumerate(POSSIBLE[edge](other, end, longest)):
            chances[step] = np.where(np.isin(np.arange(V), words), chances[step], 0)
    if edge == "the last step decides":
        one, two, last = np.eye(V)[other], np.eye(V)[start], chances[longest - 1, :, other].copy()
        chances[:] = np.eye(V)  # each word is followed by itself
        chances[0], chances[longest - 1, :, other] = 0.6 * one + 0.4 * two, (last + 1 / V) / 2
    with np.errstate(divide="ignore"):
        log_p = np.log(chances / chances.sum(axis=3, keepdims=True)).reshape(-1, V, V)
    ways = (
        random.integers(K, size=(longest + 1, K, V)) + K * np.minimum(np.arange(1, longest + 2), longest)[:, None, None]
    )
    inputs: dict[str, Any] = {
        "state": int(random.integers(K)),
        "next_words": Made("Chart", (log_p, ways.reshape(-1, V))),
    }
    inputs |= {"start": start, "end": end, "longest": 0 if edge == "no room" else longest}
    if edge == "width and alpha by default":
        return Case(inputs)
    alpha = {"a sum": 0.0, "a mean": 1.0}.get(edge, round(float(random.uniform(0.5, 0.9)), 2))
    return Case(inputs | {"width": 0 if edge == "no beam" else width, "alpha": alpha})


POSSIBLE: Mapping[str, Callable[[int, int, int], list[list[int]]]] = {
    "few possible words": lambda other, end, longest: [[other]] * (longest - 1) + [[other, end]] * 2,
    "all ends soon": lambda other, end, longest: [[other]] + [[end]] * longest,
}
"""Which words are possible in each step, where others are not: fewer sentences than the beam is wide."""
WORDS = ("the", "cat", "sat", "on", "a", "mat", "and", "slept", "there", "all", "day", "long")


def corpus(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of corpus_bleu: candidates are references with some words changed, left out or said again."""
    lengths = [size["words"] + number % 3 for number in range(size["sentences"])]
    people = [references(random, size["people"], words) for words in lengths]
    candidates = [candidate(random, each) for each in people]
    if edge in ("no match of four words", "a sentence without a reference"):
        candidates = [[word for pair in zip(each[::2], each[::2], strict=True) for word in pair] for each in candidates]
    if edge == "longer than the references":
        candidates = [[*each, *each[:3]] for each in candidates]
    if edge == "an empty candidate":
        candidates[0] = []
    if edge == "one candidate too few":
        candidates = candidates[1:]
    if edge == "a sentence without a reference":
        people[-1] = []
    inputs: dict[str, Any] = {"candidates": candidates, "references": people}
    return Case(inputs if "N" not in size else inputs | {"N": size["N"]})


def references(random: np.random.Generator, people: int, words: int) -> list[list[str]]:
    """Draw what people have written: alike in most, and with a word that comes twice.

    The nearest length to a candidate of one word less than the first is not always that of the first, nor the shortest.
    """
    first = [str(word) for word in random.permutation(WORDS)[: words - 1]]
    first.insert(int(random.integers(words)), first[0])
    found = [first]
    for number in range(1, people):
        other = list(first)
        other[int(random.integers(3))] = "perhaps"
        found.append([*other, *["indeed"] * 4] if number == 2 else other[: words - people])
    return found


def candidate(random: np.random.Generator, people: list[list[str]]) -> list[str]:
    """Return the first reference without its last three words, two words said again, and one of them changed.

    Where there are several references, the change is to a word of the others.
    """
    said = [*people[0][:-3], *[people[0][0]] * 2]
    said[int(random.integers(3))] = "well" if len(people) == 1 else "perhaps"
    return said


# ----------------------------------------------------------------------------------------------------- the transformer


def projections(random: np.random.Generator, d: int) -> dict[str, Array]:
    """Draw the parameters of attention with heads."""
    found = {f"W{name}": draw(random, d, d, width=d) for name in "QKVO"}
    return found | {f"b{name}": draw(random, d) / 2 for name in "QKVO"}


def heads(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of multi_head, with a mask for all heads and examples together."""
    m, T_q, T_k, d = (size[name] for name in ("m", "T_q", "T_k", "d"))
    inputs: dict[str, Any] = {
        "Q": 2 * draw(random, m, T_q, d),
        "K": 2 * draw(random, m, T_k, d),
        "V": draw(random, m, T_k, d),
    }
    inputs |= {"parameters": projections(random, d), "heads": size["heads"]}
    mask = up_to([T_k - 1 - i % T_k if T_k > 1 else 1 for i in range(T_q)], T_k)
    mask[:, 0] = True
    if edge == "without a mask":
        return Case(inputs)
    if edge == "a mask for each example":
        mask = np.stack([np.roll(mask, example, axis=1) for example in range(m)])[:, None]
    if edge == "a query that may see nothing":
        mask[int(random.integers(T_q))] = False
    return Case(inputs | {"mask": mask})


def single_head(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of multi_head where nothing is projected: scaled dot-product attention alone."""
    case = heads(random, {**size, "heads": 1}, edge)
    d = size["d"]
    plain = {f"W{name}": np.eye(d) for name in "QKVO"} | {f"b{name}": np.zeros(d) for name in "QKVO"}
    return Case(dict(case.inputs) | {"parameters": plain})


def transformer(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of transformer_scores."""
    V, d = size["V"], size["d"]
    blocks = [block(random, d, size["d_ff"]) for _ in range(0 if edge == "no block" else size["blocks"])]
    parameters = {"E": draw(random, V, d), "blocks": blocks, "g": 1 + draw(random, d) / 2, "s": draw(random, d) / 2}
    words = np.stack([random.permutation(V)[: size["T"]] for _ in range(size["m"])])
    if size["T"] > 2:
        words[:, 1] = words[:, 0]  # a word that comes twice, in different places
    return Case({"words": words, "parameters": parameters, "heads": size["heads"]})


def block(random: np.random.Generator, d: int, d_ff: int) -> dict[str, Array]:
    """Draw the parameters of a block."""
    found = projections(random, d)
    found |= {"W1": draw(random, d, d_ff, width=d), "b1": draw(random, d_ff) / 2}
    found |= {"W2": draw(random, d_ff, d, width=d_ff), "b2": draw(random, d) / 2}
    return found | {f"g{n}": 1 + draw(random, d) / 2 for n in "12"} | {f"s{n}": draw(random, d) / 2 for n in "12"}


# ------------------------------------------------------------------------------------------------------ what is offered


def dates_file() -> bytes:
    """Return dates as a file: in each line a date as people write it, a tabulator, and its form by the standard."""
    return "".join(f"{text}\t{iso}\n" for text, iso in dates(HANDED_OUT, 8601)).encode()


@hookimpl
def register_given_files() -> Mapping[str, Callable[[], bytes]]:
    """Hand out dates with their translations; the grader draws others."""
    return {"dates.tsv": dates_file}


@hookimpl
def register_metrics() -> Mapping[str, Metric]:
    """Register how a translator is judged."""
    return {"exact match of the dates": Metric(share_exact)}


@hookimpl
def register_samplers() -> Mapping[str, Sampler]:
    """Register the samplers that assignment.toml names."""
    looks = (scores, additive, dot, general, both_products)
    translators = (pairs, to_translate, few_pairs, dates_to_learn)
    others = (chart, corpus, heads, single_head, transformer)
    samplers: tuple[Sampler, ...] = (*looks, *translators, *others)
    return {f"attention.{sampler.__name__}": sampler for sampler in samplers}
