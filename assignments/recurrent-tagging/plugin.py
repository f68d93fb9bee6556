"""Samplers and the metric of this assignment: sequences of every length, on which each known mistake shows.

Lengths differ wherever there is room for it: one sequence is as long as can be, one a step shorter, one a single step.
What stands beyond an end is as large as what counts. Numbers keep away from zero, and from where tanh is flat.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.conversation import Case
from autograder.hookspecs import hookimpl
from autograder.metric import Metric
from reference.data.told_late import TYPES, lexicon, told_late
from reference.recurrent.peephole import peephole_forward
from reference.recurrent.rnn import rnn_forward
from reference.recurrent.stacked import bidirectional_forward, stacked_forward
from reference.tagging.f1 import entity_scores

Array = NDArray[np.float64]
Numbers = NDArray[np.integer[Any]]
Size = Mapping[str, int]
Sampler = Callable[[np.random.Generator, Size, str], Case]
Sentence = tuple[tuple[str, ...], tuple[str, ...]]

SCALES = {"zeros": 0.0, "large": 1e3}
"""By what an edge multiplies the inputs of a cell; "large" multiplies its parameters as well."""
HALF = ("Wax", "Waa", "ba")


def draw(random: np.random.Generator, *shape: int, width: int = 1) -> Array:
    """Draw numbers of either sign between 0.3 and 1, smaller where `width` of them are added up by a product."""
    signs = random.choice([-1.0, 1.0], size=shape)
    drawn: Array = signs * random.uniform(0.3, 1.0, size=shape) / math.sqrt(width)
    return drawn


def lengths_of(random: np.random.Generator, m: int, T: int, edge: str = "") -> Numbers:
    """Draw the lengths of m sequences: T, one less, a single step, and then whatever is possible."""
    if edge == "all are full":
        return np.full(m, T)
    if edge == "one step each":
        return np.ones(m, dtype=np.int64)
    others = random.integers(1, T + 1, size=m)
    found: Numbers = random.permutation(np.concatenate([[T, max(1, T - 1), 1][:m], others])[:m])
    return found


# --------------------------------------------------------------------------------- lengths, and what is asked of states


def sequences(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of turn_around."""
    x = draw(random, size["n"], size["m"], size["T_x"])
    return Case({"x": x, "lengths": lengths_of(random, size["m"], size["T_x"], edge)})


def states_asked_once(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of many_to_one; no right class is that of every sequence."""
    n_a, m, T, n_y = (size[name] for name in ("n_a", "m", "T_x", "n_y"))
    targets = random.permutation((np.arange(m) + random.integers(n_y)) % n_y)
    return asked(random, draw(random, n_a, m, T), targets, lengths_of(random, m, T, edge), n_y)


def states_asked_always(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of many_to_many; beyond the ends there are classes as well, or at one edge what is no class."""
    n_a, m, T, n_y = (size[name] for name in ("n_a", "m", "T_x", "n_y"))
    lengths = lengths_of(random, m, T, edge)
    targets = random.permutation((np.arange(m * T) + random.integers(n_y)) % n_y).reshape(m, T)
    if edge == "no class beyond an end":
        targets = np.where(np.arange(T) < lengths[:, None], targets, -100)
    return asked(random, draw(random, n_a, m, T), targets, lengths, n_y)


def asked(random: np.random.Generator, a: Array, targets: Numbers, lengths: Numbers, n_y: int) -> Case:
    """Return a case in which states are asked for classes."""
    parameters = {"Wy": draw(random, n_y, len(a)), "by": draw(random, n_y, 1)}
    return Case({"a": a, "targets": targets, "lengths": lengths, "parameters": parameters})


# ------------------------------------------------------------------------------------------------------------ peepholes


def peephole_parameters(random: np.random.Generator, n_x: int, n_a: int, n_y: int) -> dict[str, Array]:
    """Draw the parameters of an LSTM with peepholes."""
    parameters = {f"W{gate}": draw(random, n_a, n_a + n_x, width=n_a + n_x) for gate in "fico"}
    parameters |= {f"b{gate}": draw(random, n_a, 1) for gate in "fico"}
    parameters |= {f"p{gate}": draw(random, n_a, 1) for gate in "fio"}
    return parameters | {"Wy": draw(random, n_y, n_a), "by": draw(random, n_y, 1)}


def peephole_cell(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of peephole_cell_forward."""
    n_x, n_a, n_y, m = (size[name] for name in ("n_x", "n_a", "n_y", "m"))
    scale = SCALES.get(edge, 1.0)
    inputs: dict[str, Any] = {"xt": scale * draw(random, n_x, m)}
    inputs |= {state: scale * draw(random, n_a, m) for state in ("a_prev", "c_prev")}
    parameters = peephole_parameters(random, n_x, n_a, n_y)
    inputs["parameters"] = {name: (scale or 1.0) * array for name, array in parameters.items()}
    return Case(inputs)


def stack(random: np.random.Generator, size: Size, edge: str) -> Case:  # noqa: ARG001  (a sampler has three)
    """Draw the inputs of deep_forward; each layer has one unit more than the one below."""
    n_x, m, T = size["n_x"], size["m"], size["T_x"]
    widths = [n_x, *(size["n_a"] + layer for layer in range(size["L"]))]
    parameters = [peephole_parameters(random, low, high, 2) for low, high in pairwise(widths)]
    a0 = [draw(random, high, m) for high in widths[1:]]
    return Case({"x": draw(random, n_x, m, T), "a0": a0, "parameters": parameters})


def stack_read(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of deep_backward, with k where the size or the edge has one."""
    case = stack(random, size, edge)
    a, caches = stacked_forward(**case.inputs, layer=peephole_forward)
    inputs = {"da": draw(random, *a.shape), "caches": caches}
    k = {"k is the length": size["T_x"], "k is more than the length": size["T_x"] + 3}.get(edge, size.get("k"))
    return Case(inputs if k is None else inputs | {"k": k})


def simple_read(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of norms_through_time, from a simple network."""
    n_x, n_a, m, T = (size[name] for name in ("n_x", "n_a", "m", "T_x"))
    parameters = {**half(random, n_x, n_a), "Wya": draw(random, 2, n_a), "by": draw(random, 2, 1)}
    caches = rnn_forward(draw(random, n_x, m, T), draw(random, n_a, m), parameters)[-1]
    return Case({"da_last": draw(random, n_a, m), "caches": caches, "kind": "gru" if edge else "rnn"})


def peephole_read(random: np.random.Generator, size: Size, edge: str) -> Case:  # noqa: ARG001  (a sampler has three)
    """Draw the inputs of norms_through_time, from an LSTM with peepholes."""
    n_x, n_a, m, T = (size[name] for name in ("n_x", "n_a", "m", "T_x"))
    parameters = peephole_parameters(random, n_x, n_a, 2)
    caches = peephole_forward(draw(random, n_x, m, T), draw(random, n_a, m), parameters)[-1]
    return Case({"da_last": draw(random, n_a, m), "caches": caches, "kind": "peephole"})


# ------------------------------------------------------------------------------------------------------ both directions


def half(random: np.random.Generator, n_x: int, n_a: int) -> dict[str, Array]:
    """Draw the parameters of one half."""
    W = draw(random, n_a, n_x, width=n_x), draw(random, n_a, n_a, width=n_a), draw(random, n_a, 1)
    return dict(zip(HALF, W, strict=True))


def both_ways(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of both_ways_forward."""
    n_x, n_a, m, T = (size[name] for name in ("n_x", "n_a", "m", "T_x"))
    return Case({
        "x": draw(random, n_x, m, T),
        "a0_forward": draw(random, n_a, m),
        "a0_backward": draw(random, n_a, m),
        "parameters": {name: half(random, n_x, n_a) for name in ("forward", "backward")},
        "lengths": lengths_of(random, m, T, edge),
    })  # fmt: skip


# --------------------------------------------------------------------------------------------------------------- scores

FOUND = (
    ("B-1 I-1", "B-1 I-1"),  # right
    ("B-1", "B-1"),
    ("B-1 I-1", "B-1 O"),  # half of it
    ("B-1 I-1", "O B-1"),
    ("B-1 I-1 I-1", "B-1 I-1 O"),
    ("B-1", "B-2"),  # another type
    ("B-1 I-1", "B-1 I-2"),
    ("O O", "B-3 I-3"),  # nothing there
    ("O", "B-1"),
    ("B-3 I-3 I-3", "O O O"),  # not found
    ("B-2 I-2", "I-2 I-2"),  # right all the same: I- begins it
    ("B-1 B-1", "B-1 I-1"),  # two that became one
    ("B-2 B-1", "B-2 I-1"),  # right all the same: I- of another type begins one
    ("B-2 I-2", "B-2 B-2"),  # one that became two
    ("I-3 I-3", "B-3 I-3"),
)
"""What a tagger may make of an entity: the right tags, and its own; 1 to 3 are types."""


def tags_to_score(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of tagging_scores: where there is more than one sentence, all that may happen does.

    The last sentence is the first once more, and its last word lies within an entity.
    """
    types = dict(zip("123", random.permutation(["PER", "LOC", "ORG"]).tolist(), strict=True))
    chosen = random.permutation(len(FOUND)).tolist() if size["sentences"] > 1 else [size["which"]]
    parts = [chosen[start :: max(1, size["sentences"] - 1)] for start in range(max(1, size["sentences"] - 1))]
    parts += [parts[0]] if size["sentences"] > 1 else []
    expected, predicted = (
        [named(" O ".join(FOUND[which][side] for which in part), types) for part in parts] for side in (0, 1)
    )
    if edge == "nothing is found":
        predicted = [["O"] * len(tags) for tags in expected]
    if edge == "nothing is there":
        expected = [["O"] * len(tags) for tags in predicted]
    if edge == "no sentences":
        expected, predicted = [], []
    if edge == "a sentence is missing":
        predicted = predicted[:-1]
    if edge == "a tag is missing":
        predicted[-1] = predicted[-1][:-1]
    return Case({"expected": expected, "predicted": predicted})


def named(tags: str, types: Mapping[str, str]) -> list[str]:
    """Return a list of tags, in which the types have their names."""
    return [tag[:2] + types[tag[2]] if tag != "O" else tag for tag in tags.split()]


# --------------------------------------------------------------------------------------------------------- the language

TAGS = ("O", *(f"{mark}-{kind}" for kind in TYPES for mark in "BI"))
UNKNOWN = 1
"""The number of all names, which are seen too seldom to have one each; 0 is the padding."""
HANDED_OUT = 1_400


@lru_cache(maxsize=8)
def sentences(count: int, seed: int) -> tuple[Sentence, ...]:
    """Return words and tags of sentences; several checks ask for the same ones."""
    return tuple((each.tokens, each.label) for each in told_late(count, np.random.default_rng(seed)))


def numbered(count: int, seed: int, numbering: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Return words (count, T), tags (count, T) and lengths (count,); the lexicon's words are in the order given."""
    number = {lexicon()[place]: 2 + n for n, place in enumerate(numbering.tolist())}
    drawn = sentences(count, seed)
    lengths = np.array([len(words) for words, _ in drawn])
    table = np.zeros((2, count, int(lengths.max())), dtype=np.int64)
    for row, (words, tags) in enumerate(drawn):
        table[0, row, : len(words)] = [number.get(word, UNKNOWN) for word in words]
        table[1, row, : len(words)] = [TAGS.index(tag) for tag in tags]
    return table[0], table[1], lengths


# ------------------------------------------------------------------------------------------------------------- training


def first_tagger(random: np.random.Generator, V: int, d: int, n: int) -> dict[str, Array]:
    """Draw parameters to begin with: a state is turned from word to word, and keeps its length."""
    found = {"E": random.standard_normal((V, d)) / 2}
    for direction in ("forward", "backward"):
        turned, _ = np.linalg.qr(random.standard_normal((n, n)))
        found[f"Wax_{direction}"] = random.standard_normal((n, d)) / math.sqrt(d)
        found |= {f"Waa_{direction}": turned, f"ba_{direction}": np.zeros((n, 1))}
    K = len(TAGS)
    return found | {"Wy": random.standard_normal((K, 2 * n)) / math.sqrt(2 * n), "by": np.zeros((K, 1))}


def one_order(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of train where there is one answer, since the seed says what the order of the sentences is.

    The last word of the table occurs nowhere. By default a batch has 25 sentences, and there are two more than that.
    """
    m, T, V, d, n, K, batch = (size[name] for name in ("m", "T", "V", "d", "n", "K", "batch"))
    m, batch = (27, 25) if edge == "rate and batch by default" else (m, batch)
    lengths = lengths_of(random, m, T)
    words = random.permutation((np.arange(m * T) + random.integers(V)) % (V - 2) + 1).reshape(m, T)
    tags = random.permutation(np.arange(m * T) % K).reshape(m, T)
    counted = np.arange(T) < lengths[:, None]
    halves = {f"{name}_{way}": array for way in ("forward", "backward") for name, array in half(random, d, n).items()}
    inputs = {
        "start": {"E": draw(random, V, d), **halves, "Wy": draw(random, K, 2 * n), "by": draw(random, K, 1)},
        "words": np.pad(np.where(counted, words, 0), ((0, 0), (0, 1))),
        "tags": np.pad(tags, ((0, 0), (0, 1))),
        "lengths": lengths,
        "epochs": size["epochs"],
        "seed": mixing_seed(random, m, batch),
    }
    return Case(inputs if edge == "rate and batch by default" else inputs | {"rate": 0.03, "batch": batch})


def mixing_seed(random: np.random.Generator, m: int, batch: int) -> int:
    """Draw a seed; of several batches, the first ones of two epochs are not alike, nor the first rows of the table."""
    while True:
        seed = int(random.integers(1 << 31))
        drawn = np.random.default_rng(seed)
        orders = np.arange(m), drawn.permutation(m), drawn.permutation(m)
        if batch >= m or len({frozenset(order[:batch].tolist()) for order in orders}) == len(orders):
            return seed


def sentences_to_learn(random: np.random.Generator, size: Size, edge: str) -> Case:  # noqa: ARG001  (a sampler has three)
    """Draw the inputs of train: new sentences, whose words have numbers in a new order, so that nothing known fits.

    What is hidden are more sentences, with their tags.
    """
    m, new = size["m"], size["new"]
    hidden: dict[str, Any] = {"count": m + new, "seed": int(random.integers(1 << 31))}
    hidden["numbering"] = random.permutation(len(lexicon()))
    words, tags, lengths = numbered(**hidden)
    inputs = {
        "start": first_tagger(random, len(lexicon()) + 2, size["d"], size["n"]),
        "words": words[:m],
        "tags": tags[:m],
        "lengths": lengths[:m],
        "epochs": size["epochs"],
        "seed": int(random.integers(1 << 31)),
    }
    return Case(inputs, held_out={"words": words[m:], "lengths": lengths[m:]}, hidden=hidden | {"new": new})


def entity_f1(answer: Any, count: int, seed: int, numbering: Numbers, new: int) -> float:
    """Return the F1 of the entities in the last sentences.

    answer: the parameters of a tagger, or the numbers of the tags of each sentence; ValueError, in words for the
    student, if it is neither. What the sentences are is told in short, since so many numbers cannot be looked for.
    """
    words, _, lengths = (each[-new:] for each in numbered(count, seed, numbering))
    best = answer if isinstance(answer, list) else tags_by(answer, words, lengths)
    predicted = [[TAGS[k] for k in row[:n]] for row, n in zip(best, lengths, strict=True)]
    expected = [tags for _, tags in sentences(count, seed)[-new:]]
    return entity_scores(expected, predicted)[2]


def tags_by(parameters: Any, words: Numbers, lengths: Numbers) -> Numbers:
    """Return the numbers of the tags (m, T) that a tagger gives."""
    names = ("E", *(f"{name}_{way}" for way in ("forward", "backward") for name in HALF), "Wy", "by")
    if not isinstance(parameters, dict) or any(not is_table(parameters.get(name)) for name in names):
        raise ValueError(f"the parameters are no dict with the arrays {', '.join(names)}")
    table = {name: np.real(parameters[name]).astype(np.float64) for name in names}
    if len(table["E"]) <= words.max():
        raise ValueError('"E" has no row for some of the words')
    nothing = np.zeros((len(table["ba_forward"]), len(words)))
    silent = {"Wya": np.zeros((1, len(nothing))), "by": np.zeros((1, 1))}  # a half predicts nothing by itself
    halves = {way: {**{name: table[f"{name}_{way}"] for name in HALF}, **silent} for way in ("forward", "backward")}
    x = np.moveaxis(table["E"][words], 2, 0)  # (d, m, T)
    try:
        with np.errstate(all="ignore"):
            a, _ = bidirectional_forward(x, nothing, nothing, halves, lengths, layer=rnn_forward)
            scores = np.tensordot(table["Wy"], a, axes=1) + table["by"][:, :, None]  # (K, m, T)
    except ValueError:
        raise ValueError("the shapes of the parameters do not fit together") from None
    if len(scores) != len(TAGS) or not np.isfinite(scores).all():
        raise ValueError("the parameters give no finite score to each tag")
    best: Numbers = scores.argmax(axis=0)
    return best


def is_table(value: Any) -> bool:
    """Whether a value is a matrix of numbers."""
    return isinstance(value, np.ndarray) and value.ndim == 2 and value.dtype.kind in "fiu"


def sentences_file() -> bytes:
    """Return sentences as a file: in each line the words, a tabulator, and the tags."""
    lines = (f"{' '.join(words)}\t{' '.join(tags)}\n" for words, tags in sentences(HANDED_OUT, 2003))
    return "".join(lines).encode()


@hookimpl
def register_given_files() -> Mapping[str, Callable[[], bytes]]:
    """Hand out tagged sentences; the grader draws others."""
    return {"tagged.tsv": sentences_file}


@hookimpl
def register_metrics() -> Mapping[str, Metric]:
    """Register how a tagger is judged."""
    return {"F1 of the entities": Metric(entity_f1)}


@hookimpl
def register_samplers() -> Mapping[str, Sampler]:
    """Register the samplers that assignment.toml names."""
    asking = (sequences, states_asked_once, states_asked_always)
    deep = (peephole_cell, stack, stack_read, simple_read, peephole_read)
    tagging = (both_ways, tags_to_score, one_order, sentences_to_learn)
    samplers: tuple[Sampler, ...] = (*asking, *deep, *tagging)
    return {f"tagging.{sampler.__name__}": sampler for sampler in samplers}
