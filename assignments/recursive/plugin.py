"""Samplers and the metric of this assignment: trees of every shape, on which each known mistake shows.

From four words on, a tree has phrases on both sides of its root, and one of its words occurs twice; there are always
words that do not occur. Numbers keep away from zero, so that whatever is left out is missed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.conversation import Case
from autograder.hookspecs import hookimpl
from autograder.metric import Metric
from reference.data.sentiment_trees import (
    ADJECTIVES,
    DETERMINERS,
    MODIFIERS,
    NOUNS,
    SHARES,
    VERBS,
    Phrase,
    generate_sentiment_trees,
)
from reference.trees.composition import compose_forward
from reference.trees.recursive_autoencoder import reconstruction_forward
from reference.trees.recursive_net import recursive_forward
from reference.trees.tree import Tree, post_order

Array = NDArray[np.float64]
Size = Mapping[str, int]
Sampler = Callable[[np.random.Generator, Size, str], Case]

SCALES = {"": 1.0, "zeros": 0.0, "large": 1e3}
"""By what each edge multiplies inputs; "large" multiplies parameters as well."""
CLASSES = 3
LONGEST = 14
"""Sentences of more words are left out: training is to be quick."""
HANDED_OUT = 1_000
"""So many sentences with their trees a student gets, to train on and to look at."""
CLEAR = 1e-3
"""By so much, relatively, the best pair of neighbours is better than the next: rounding decides nothing."""


def draw(random: np.random.Generator, *shape: int, width: int = 1) -> Array:
    """Draw numbers of either sign between 0.3 and 1, smaller where `width` of them are added up by a product."""
    signs = random.choice([-1.0, 1.0], size=shape)
    drawn: Array = signs * random.uniform(0.3, 1.0, size=shape) / math.sqrt(width)
    return drawn


def scaled(factor: float, arrays: Mapping[str, Array]) -> dict[str, Array]:
    """Multiply every array by a factor."""
    return {name: factor * array for name, array in arrays.items()}


def posed(edge: str, parts: Mapping[str, Array], parameters: Mapping[str, Array]) -> Case:
    """Return a case of a composition: the inputs are zeros or large at these edges, and parameters large with them."""
    factor = SCALES[edge]
    return Case({**scaled(factor, parts), "parameters": scaled(factor or 1.0, parameters)})


# ------------------------------------------------------------------------------------------------------- compositions


def pair_of(random: np.random.Generator, size: Size, rows: int = 1) -> dict[str, Array]:
    """Draw the states of the left and the right parts of m phrases."""
    return {side: draw(random, rows * size["d"], size["m"]) for side in ("left", "right")}


def layer_parameters(random: np.random.Generator, d: int) -> dict[str, Array]:
    """Draw the parameters of a layer."""
    return {"W": draw(random, d, 2 * d, width=2 * d), "b": draw(random, d, 1)}


def two_parts(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of compose_forward."""
    return posed(edge, pair_of(random, size), layer_parameters(random, size["d"]))


def two_parts_and_tensor(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of tensor_compose_forward; no slice is its own transpose."""
    d = size["d"]
    V = draw(random, d, 2 * d, 2 * d, width=4 * d * d)
    return posed(edge, pair_of(random, size), {"V": V, **layer_parameters(random, d)})


def tree_lstm_parameters(random: np.random.Generator, n_x: int, d: int) -> dict[str, Array]:
    """Draw the parameters of a tree-LSTM, its leaves' first."""
    parameters = {f"W{gate}": draw(random, d, n_x, width=n_x) for gate in "iou"}
    parameters |= {f"U{gate}": draw(random, d, 2 * d, width=2 * d) for gate in "ioulr"}
    return parameters | {f"b{gate}": draw(random, d, 1) for gate in "iouf"}


def two_states(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of tree_lstm_compose_forward."""
    parameters = tree_lstm_parameters(random, 1, size["d"])
    read = {name: array for name, array in parameters.items() if not name.startswith("W")}
    return posed(edge, pair_of(random, size, rows=2), read)


# --------------------------------------------------------------------------------------------------------------- trees


def words_of(random: np.random.Generator, count: int, V: int) -> list[int]:
    """Draw words; one occurs twice where there are three or more, and some of the V words do not occur."""
    some = random.permutation(V)[: max(1, min(count - (count > 2), V - 1))].tolist()
    again = random.choice(some, count - len(some)).tolist()
    return [int(word) for word in random.permutation([*some, *again])]


def tree_over(random: np.random.Generator, words: Sequence[int], shape: str = "") -> Tree:
    """Draw a tree over words in this order; from four words on both parts of the root are phrases."""
    if len(words) == 1:
        return words[0]
    if shape == "a chain to the left":
        return tree_over(random, words[:-1], shape), words[-1]
    if shape == "a chain to the right":
        return words[0], tree_over(random, words[1:], shape)
    least = 2 if len(words) > 3 else 1
    cut = int(random.integers(least, len(words) - least + 1))
    return tree_over(random, words[:cut]), tree_over(random, words[cut:])


def drawn_tree(random: np.random.Generator, size: Size, edge: str) -> Tree:
    """Draw a tree of so many words; of three the first one, unlike the last, waits until the others are a phrase."""
    words = words_of(random, size["words"], size["V"])
    words, shape = (sorted(words), "a chain to the right") if len(words) == 3 else (words, edge)
    return tree_over(random, words[:1] * len(words) if edge == "the same word everywhere" else words, shape)


def sentence_tree(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of recursive_forward."""
    d = size["d"]
    tree = drawn_tree(random, size, edge)
    return Case({"tree": tree, "L": draw(random, d, size["V"]), "parameters": layer_parameters(random, d)})


def labels_of(random: np.random.Generator, N: int, classes: int) -> list[int]:
    """Draw a class for each of N nodes; all of them occur where there is room."""
    return [int(label) for label in random.permutation(np.arange(N) % classes)]


def classifier(random: np.random.Generator, classes: int, d: int) -> dict[str, Array]:
    """Draw the parameters of the prediction at a node."""
    return {"Ws": draw(random, classes, d), "bs": draw(random, classes, 1)}


def states_and_labels(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of node_sentiment; where states are large, every label is that of the least probable class."""
    d, N, classes = size["d"], size["N"], size["classes"]
    parameters = classifier(random, classes, d)
    p = SCALES[edge] * draw(random, d + size["more"], N)
    labels = labels_of(random, N, classes)
    if edge == "large":
        p = 100 * p
        labels = [int(label) for label in (parameters["Ws"] @ p[:d] + parameters["bs"]).argmin(axis=0)]
    return Case({"p": p, "labels": labels, "parameters": parameters})


def labelled_tree(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of tree_lstm_gradients."""
    n_x, d, V, classes = size["n_x"], size["d"], size["V"], size["classes"]
    tree = drawn_tree(random, size, edge)
    parameters = tree_lstm_parameters(random, n_x, d) | classifier(random, classes, d)
    labels = labels_of(random, len(post_order(tree)), classes)
    return Case({"tree": tree, "labels": labels, "L": draw(random, n_x, V), "parameters": parameters})


# -------------------------------------------------------------------------------------------------------- auto-encoders


def autoencoder_parameters(random: np.random.Generator, d: int) -> dict[str, Array]:
    """Draw the parameters of a recursive auto-encoder."""
    parameters = {"We": draw(random, d, 2 * d, width=2 * d), "be": draw(random, d, 1)}
    return parameters | {"Wd": draw(random, 2 * d, d, width=d), "bd": draw(random, 2 * d, 1)}


def tree_to_tell(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of reconstruction_gradients."""
    d = size["d"]
    tree = drawn_tree(random, size, edge)
    return Case({"tree": tree, "L": draw(random, d, size["V"]), "parameters": autoencoder_parameters(random, d)})


def sentence_without_tree(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of greedy_tree: it is always clear which pair is the best one.

    Of three words the first two are joined first, or the last two, as the size says. From five words on the tree is no
    chain, and another one where words weigh wrongly; from ten on, where any mistake is made.
    """
    d, V = size["d"], size["V"]
    while True:
        words = [] if edge == "no words" else words_of(random, size["words"], V)
        L, parameters = draw(random, d, V), autoencoder_parameters(random, d)
        if not words or is_telling(words, L, parameters, size.get("first", 0)):
            return Case({"words": words, "L": L, "parameters": parameters})


@dataclass(frozen=True)
class Way:
    """A way to find a greedy tree: by which numbers two parts weigh, and the words and the vector that a phrase has."""

    weigh: Callable[[float, float], tuple[float, float]] = lambda left, right: (left, right)
    together: Callable[[float, float], float] = lambda left, right: left + right
    vector: Callable[[Array, Array, Array], Array] = lambda p, left, right: p  # noqa: ARG005  (others look at the parts)


MISTAKES = (
    Way(weigh=lambda left, right: (1.0, 1.0)),  # noqa: ARG005
    Way(weigh=lambda left, right: (right, left)),
    Way(together=lambda left, right: 2 * left),  # noqa: ARG005
    Way(together=lambda left, right: 2 * right),  # noqa: ARG005
    Way(vector=lambda p, left, right: left),  # noqa: ARG005
    Way(vector=lambda p, left, right: (left + right) / 2),  # noqa: ARG005
)
"""Wrong ways; in a sentence of ten words or more each finds another tree."""


def is_telling(words: list[int], L: Array, parameters: Mapping[str, Array], first: int) -> bool:
    """Whether a sentence has a clear tree, one of the demanded shape, which no mistake finds as well."""
    tree, clear = merged(words, L, parameters)
    if not clear or len(words) < 3:
        return clear
    if len(words) == 3:
        return isinstance(tree, tuple) and isinstance(tree[first], tuple)
    if not all(isinstance(part, tuple) for part in tree):  # type: ignore[union-attr]
        return False
    known = {tree}
    for way in MISTAKES if len(words) > 9 else MISTAKES[:2]:
        other, _ = merged(words, L, parameters, way)
        if other in known:
            return False
        known.add(other)
    return True


def merged(words: list[int], L: Array, parameters: Mapping[str, Array], way: Way = Way()) -> tuple[Tree, bool]:
    """Return the greedy tree, and whether each choice was clear."""
    trees: list[Tree] = list(words)
    vectors, counts, clear = L[:, words], [1.0] * len(words), True
    while len(trees) > 1:
        weights = np.array([way.weigh(*pair) for pair in pairwise(counts)]).T
        p, E, _ = reconstruction_forward(vectors[:, :-1], vectors[:, 1:], *weights, parameters)
        best = np.sort(E)
        clear = clear and (len(best) < 2 or bool(best[1] > (1 + CLEAR) * best[0]))
        k = int(np.argmin(E))
        trees[k : k + 2] = [(trees[k], trees[k + 1])]
        phrase = way.vector(p[:, [k]], vectors[:, [k]], vectors[:, [k + 1]])
        vectors = np.concatenate([vectors[:, :k], phrase, vectors[:, k + 2 :]], axis=1)
        counts[k : k + 2] = [way.together(counts[k], counts[k + 1])]
    return trees[0], clear


# -------------------------------------------------------------------------------------------------------- the training


def few_trees(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of train, a few trees, the largest first; the second batch holds single words only."""
    m, d, V, batch = (size[name] for name in ("m", "d", "V", "batch"))
    counts = [1 if batch <= k < 2 * batch else max(1, size["words"] - k) for k in range(m)]
    trees = [tree_over(random, words_of(random, count, V)) for count in counts]
    start = {"L": draw(random, d, V), **layer_parameters(random, d), **classifier(random, CLASSES, d)}
    labels = [labels_of(random, len(post_order(tree)), CLASSES) for tree in trees]
    inputs = {"start": start, "trees": trees, "labels": labels, "epochs": size["epochs"]}
    if edge != "rate and batch by default":
        inputs |= {"rate": round(float(random.uniform(0.03, 0.06)), 3), "batch": size["batch"]}
    return Case(inputs)


@cache
def lexicon() -> tuple[str, ...]:
    """Return all words that sentences are made of, in alphabetical order."""
    return tuple(sorted({*DETERMINERS, *NOUNS, *VERBS, *ADJECTIVES, *MODIFIERS, *SHARES}))


@lru_cache(maxsize=8)
def sentences(count: int, seed: int) -> tuple[Phrase, ...]:
    """Return different sentences that are not too long, with their trees; several checks ask for the same ones."""
    samples = generate_sentiment_trees(3 * count, np.random.default_rng(seed))
    short = [sample.label for sample in samples if len(sample.tokens) <= LONGEST]
    return tuple(short[:count])


def sentences_to_learn(random: np.random.Generator, size: Size, edge: str) -> Case:  # noqa: ARG001  (a sampler has three)
    """Draw the inputs of train: new sentences, whose words have numbers in a new order, so that nothing known fits.

    What is hidden are more sentences, with the classes of their nodes.
    """
    m, new, d = size["m"], size["new"], size["d"]
    hidden: dict[str, Any] = {
        "count": m + new,
        "seed": int(random.integers(1 << 31)),
        "numbering": random.permutation(len(lexicon())),
        "new": new,
    }
    chosen = sentences(m + new, hidden["seed"])
    trees = numbered(chosen, hidden["numbering"])
    start = {
        "L": random.standard_normal((d, len(lexicon()))) / 2,
        "W": random.standard_normal((d, 2 * d)) / math.sqrt(2 * d),
        "b": np.zeros((d, 1)),
        "Ws": random.standard_normal((CLASSES, d)) / math.sqrt(d),
        "bs": np.zeros((CLASSES, 1)),
    }
    labels = [list(sentence.classes()) for sentence in chosen[:m]]
    inputs = {"start": start, "trees": trees[:m], "labels": labels, "epochs": size["epochs"]}
    return Case(inputs, held_out={"trees": trees[m:]}, hidden=hidden)


def numbered(chosen: Sequence[Phrase], numbering: NDArray[np.integer[Any]]) -> list[Tree]:
    """Return the trees of sentences, in the leaves of which the lexicon's words have numbers in the order given."""
    number = {lexicon()[place]: n for n, place in enumerate(numbering.tolist())}
    return [sentence.numbered([number[word] for word in sentence.words]) for sentence in chosen]


def share_of_phrases(answer: Any, count: int, seed: int, numbering: NDArray[np.integer[Any]], new: int) -> float:
    """Return the share of the phrases, of two words or more, of the last sentences whose class is the right one.

    answer: the parameters of a recursive network, or scores (classes, n) of the phrases; ValueError, in words for the
    student, if it is neither. What the sentences are is told in short.
    """
    chosen = sentences(count, seed)[-new:]
    right = np.array([label for each in chosen for label in classes_of_phrases(each)])
    scores = answer if isinstance(answer, np.ndarray) else scores_by(answer, numbered(chosen, numbering))
    if scores.shape != (CLASSES, len(right)) or not np.isfinite(scores).all():
        raise ValueError("the parameters give no finite score to each class of each phrase")
    return float((scores.argmax(axis=0) == right).mean())


def classes_of_phrases(sentence: Phrase) -> list[int]:
    """Return the classes of the nodes of a sentence that are no single words."""
    nodes = zip(post_order(sentence.tree), sentence.classes(), strict=True)
    return [label for node, label in nodes if isinstance(node, tuple)]


def scores_by(parameters: Any, trees: Sequence[Tree]) -> Array:
    """Return the scores of all phrases of trees, by a student's parameters."""
    names = ("L", "W", "b", "Ws", "bs")
    if not isinstance(parameters, dict) or any(not _is_table(parameters.get(name)) for name in names):
        raise ValueError(f"the parameters are no dict with the arrays {', '.join(names)}")
    table = {name: np.real(parameters[name]).astype(np.float64) for name in names}
    if table["L"].shape[1] < len(lexicon()):
        raise ValueError('"L" has no column for some of the words')
    try:
        with np.errstate(all="ignore"):
            states = [recursive_forward(tree, table["L"], table, compose=compose_forward)[0] for tree in trees]
            p = np.concatenate(states, axis=1)
            scores: Array = table["Ws"] @ p + table["bs"]
    except ValueError:
        raise ValueError("the shapes of the parameters do not fit together") from None
    phrases = [isinstance(node, tuple) for tree in trees for node in post_order(tree)]
    return scores[:, phrases]


def _is_table(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.ndim == 2 and value.dtype.kind in "fiu"


def treebank() -> bytes:
    """Return sentences as a file, a tree in each line: `(2 (1 very) (2 good))`, classes before words and phrases."""
    return "".join(f"{in_brackets(sentence)}\n" for sentence in sentences(HANDED_OUT, 2013)).encode()


def in_brackets(sentence: Phrase) -> str:
    """Return a tree in brackets, with the class of each node."""
    built: list[str] = []
    for node, label in zip(post_order(sentence.tree), sentence.classes(), strict=True):
        inside = f"{built[node[0]]} {built[node[1]]}" if isinstance(node, tuple) else sentence.words[node]
        built.append(f"({label} {inside})")
    return built[-1]


@hookimpl
def register_given_files() -> Mapping[str, Callable[[], bytes]]:
    """Hand out sentences with their trees, and the class of each node."""
    return {"treebank.txt": treebank}


@hookimpl
def register_metrics() -> Mapping[str, Metric]:
    """Register the metric that assignment.toml names."""
    return {"share of phrases": Metric(share_of_phrases)}


@hookimpl
def register_samplers() -> Mapping[str, Sampler]:
    """Register the samplers that assignment.toml names."""
    compositions = (two_parts, two_parts_and_tensor, two_states)
    trees = (sentence_tree, states_and_labels, labelled_tree, tree_to_tell, sentence_without_tree)
    samplers: tuple[Sampler, ...] = (*compositions, *trees, few_trees, sentences_to_learn)
    return {f"recursive.{sampler.__name__}": sampler for sampler in samplers}
