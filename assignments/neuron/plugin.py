"""Samplers and the metric of this assignment: inputs of every size, on which each known mistake shows.

Numbers keep away from zero, so that whatever is left out is missed, and scores from the kink of a rectifier, where no
slope is the only right one. The sentences are made by rule, and are written here, too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from functools import cache, lru_cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.conversation import Case, Made
from autograder.hookspecs import hookimpl
from autograder.metric import Metric
from reference.networks.dense import activation
from reference.networks.feed_forward import feed_forward
from reference.networks.initialisation import first_parameters, he
from reference.networks.neuron import train_perceptron

Array = NDArray[np.float64]
Numbers = NDArray[np.integer[Any]]
Size = Mapping[str, int]
Sampler = Callable[[np.random.Generator, Size, str], Case]

KINDS = ("sgd", "momentum", "adagrad", "adam")
BENDS = ("tanh", "relu", "sigmoid", "identity")
KINK = 0.02  # so far from 0 are all scores of a rectifier


def draw(random: np.random.Generator, *shape: int, width: int = 1) -> Array:
    """Draw numbers of either sign between 0.3 and 1, smaller where `width` of them are added up by a product."""
    signs = random.choice([-1.0, 1.0], size=shape)
    drawn: Array = signs * random.uniform(0.3, 1.0, size=shape) / math.sqrt(width)
    return drawn


# ------------------------------------------------------------------------------------------------------- single neurons


def neurons(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of mcculloch_pitts: sums below, at and above the threshold, with and without a veto."""
    n, k, m = (0 if edge == f"{name} = 0" else size[name] for name in ("n", "k", "m"))
    threshold = 0 if edge == "threshold = 0" or n == 0 else (n + 1) // 2
    counts = np.resize(np.arange(threshold - 1, threshold + 2), m).clip(0, n)
    vetoes = (np.arange(m) // 3 % 3).clip(0, k)
    columns = random.permutation(m)
    excitatory, inhibitory = ones(random, n, counts)[:, columns], ones(random, k, vetoes)[:, columns]
    return Case({"excitatory": excitatory, "inhibitory": inhibitory, "threshold": threshold})


def ones(random: np.random.Generator, n: int, counts: Numbers) -> Array:
    """Draw a table (n, m) of 0 and 1 with so many ones in each column."""
    order = random.permuted(np.tile(np.arange(n)[:, None], len(counts)), axis=0)
    return (order < counts).astype(np.float64)


def two_inputs(random: np.random.Generator, size: Size, edge: str) -> Case:  # noqa: ARG001  (a sampler has three)
    """Draw the inputs of gates; from four examples on, all four combinations are there."""
    which = random.permutation(np.arange(size["m"]) % 4)
    return Case({"a": (which // 2).astype(np.float64), "b": (which % 2).astype(np.float64)})


def classes_to_part(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of train_perceptron, whole numbers, so that nothing is rounded and sums of exactly 0 occur.

    The order of the examples matters, and the last epoch has mistakes only where no plane parts the classes, or where
    there is but one epoch.
    """
    while True:
        x, t = _labelled(random, size, edge)
        epochs = 1 if edge == "one epoch" else size["epochs"]
        mistakes = train_perceptron(x, t, epochs)[2]
        learned = mistakes[-1] == 0 and len(mistakes) < epochs
        if learned != bool(edge) and _order_matters(x, t, epochs):
            return Case({"x": x, "t": t, "epochs": epochs})


def _labelled(random: np.random.Generator, size: Size, edge: str) -> tuple[Array, Array]:
    """Draw examples, of which an odd number begins with a -1, an even one with a 1."""
    n, m = size["n"], size["m"]
    w = random.choice([-2, -1, 1, 2], n)
    x = random.integers(-3, 4, (n, m)).astype(np.float64)
    t = np.where(w @ x + random.choice([-1.5, -0.5, 0.5, 1.5]) > 0, 1.0, -1.0)
    if edge == "no plane":
        x[:, -1], t[-1] = x[:, 0], -t[0]
    return x, t * t[0] * (-1.0) ** m


def _order_matters(x: Array, t: Array, epochs: int) -> bool:
    if x.shape[1] < 3:
        return True
    w, b, mistakes = train_perceptron(x, t, epochs)
    back, other, _ = train_perceptron(x[:, ::-1], t[::-1], epochs)
    return bool((w != back).any() and b != other) and sum(mistakes) > 2 and (epochs == 1 or len(mistakes) > 2)


# ---------------------------------------------------------------------------------------------------- layers and losses


def scores(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the input of softmax."""
    return Case({"Z": scores_at(random, size, edge)})


def scores_at(random: np.random.Generator, size: Size, edge: str) -> Array:
    """Draw scores (k, m): usual ones, all equal, or so large that exp of them, or of their negatives, overflows."""
    Z = 2 * draw(random, size["k"], size["m"])
    apart = 1_000.0 * (np.arange(size["m"]) % 3 - 1)
    shifts = {"large": 1_000.0, "large and negative": -1_000.0, "far apart": apart}
    return shifts.get(edge, 0.0) + (0 * Z if edge == "equal" else Z)


def classes(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of loss_and_gradient for "softmax"; at the edge "hopeless" what is right has probability 0."""
    k, m = size["k"], size["m"]
    t = random.permutation(np.arange(m) % k)
    Z = scores_at(random, size, "" if edge == "hopeless" else edge)
    if edge == "hopeless":
        Z[t, np.arange(m)] -= 2_000
    return Case({"output": Z, "right": t, "kind": "softmax"})


def questions(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of loss_and_gradient for "sigmoid"; at the edge "hopeless" every answer is as wrong as can be."""
    k, m = size["k"], size["m"]
    T = random.permutation(np.resize([1.0, 0.0, 0.25], k * m)).reshape(k, m)
    Z = 2 * draw(random, k, m)
    if edge == "hopeless":
        Z = 1_000 * np.where(T > 0.5, -np.abs(Z), np.abs(Z))
    return Case({"output": Z, "right": T, "kind": "sigmoid"})


def amounts(random: np.random.Generator, size: Size, edge: str) -> Case:  # noqa: ARG001  (a sampler has three)
    """Draw the inputs of loss_and_gradient for "squared"."""
    T = draw(random, size["k"], size["m"])
    return Case({"output": T + draw(random, *T.shape), "right": T, "kind": "squared"})


def bent_layers(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of layer_forward; the sizes take turns with what bends, and an edge names it."""
    name = edge or BENDS[(size["n"] + 2 * size["k"] + 3 * size["m"]) % len(BENDS)]
    return layer(random, size, name)


def softmax_layers(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of layer_forward with a softmax; at the edge "large" its scores overflow."""
    return layer(random, size, "softmax", 1_000.0 if edge == "large" else 0.0)


def layer(random: np.random.Generator, size: Size, name: str, shift: float = 0.0) -> Case:
    """Draw the inputs of layer_forward for one kind of bend, with scores on either side of a kink, and far from it."""
    n, k, m = size["n"], size["k"], size["m"]
    while True:
        A, W, b = draw(random, n, m), draw(random, k, n, width=n), draw(random, k, 1)
        if name != "relu" or well_bent(W @ A + b):
            label = ", ".join([f'"{name}"', *(f"{key}={value}" for key, value in size.items())])
            return Case({"A": A, "W": W, "b": b + shift, "name": name}, label=label)


def well_bent(Z: Array) -> bool:
    """Whether the scores of a rectifier are far from its kink, and some are on either side where there are four."""
    return bool((np.abs(Z) > KINK).all() and (Z > 0).any() and (Z.size < 4 or (Z < 0).any()))


def nets(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of feed_forward; an edge names what bends, and without one it is left to the default."""
    widths = [size[f"n{layer}"] for layer in range(4) if f"n{layer}" in size]
    while True:
        X, parameters = draw(random, widths[0], size["m"]), parameters_of(random, widths)
        if edge or all(map(well_bent, hidden_scores(X, parameters))):
            return Case({"X": X, "parameters": parameters} | ({"hidden": edge} if edge else {}))


def parameters_of(random: np.random.Generator, widths: list[int]) -> dict[str, Array]:
    """Draw the parameters of layers one after another."""
    parameters = {}
    for number, n in enumerate(widths[:-1], start=1):
        parameters[f"W{number}"] = draw(random, widths[number], n, width=n) * 1.3
        parameters[f"b{number}"] = draw(random, widths[number], 1) / 2
    return parameters


def hidden_scores(X: Array, parameters: Mapping[str, Array]) -> Iterator[Array]:
    """Yield the scores of each hidden layer of a net of rectifiers, before they are bent."""
    for number in range(1, len(parameters) // 2):
        Z = parameters[f"W{number}"] @ X + parameters[f"b{number}"]
        yield Z
        X = activation("relu").forward(Z)


# --------------------------------------------------------------------------------------- gradients, steps, and training


def gradients_to_check(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of check_gradients, with a large h, so that all of the formula shows, or with its own."""
    inputs = landscape(random, size, edge)
    return Case(inputs if edge else inputs | {"h": round(float(random.uniform(0.1, 0.2)), 3)})


def gradients_to_name(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of check_gradients where what is wrong is far off, and what is right nearly so."""
    inputs = landscape(random, size, edge)
    inputs["gradients"] = {name: 1.001 * each for name, each in inputs["gradients"].items()}
    return Case(inputs | {"h": 1e-4, "limit": 0.01})


def gradients_a_little_off(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of check_gradients with its own h and limit; what is wrong is off by a share of 0.00002."""
    return Case(landscape(random, size, edge, little=True))


def landscape(random: np.random.Generator, size: Size, edge: str, *, little: bool = False) -> dict[str, Any]:
    """Draw a loss, where it is to be looked at, and gradients, of which the last `wrong` ones in some order are wrong.

    Slopes are between 1 and 3, of either sign. At the edge "not asked" the loss asks nothing of the first parameter,
    whose right gradient is all zeros; at the edge "flat" it asks nothing of any.
    """
    shapes = {"W1": (size["k"], size["n"]), "b1": (size["k"], 1), "W2": (2, size["k"]), "b2": (2, 1)}
    theta = {name: draw(random, *shapes[name]) for name in list(shapes)[: size["arrays"]]}
    asked = list(theta)[{"flat": len(theta), "not asked": 1}.get(edge, 0) :]
    slopes = {name: draw(random, *each.shape) for name, each in theta.items()}
    slopes = {name: 2 * each + 0.7 * np.sign(each) for name, each in slopes.items()}
    total = sum(float(theta[name].sum()) for name in asked)
    tilts = {name: slopes[name] - 3 * theta[name] ** 2 - total for name in asked}
    count = {"flat": 0, "all right": 0, "all wrong": len(theta)}.get(edge, size["wrong"])
    blamed = random.permutation(asked or [""])[:count]
    gradients = {f"d{name}": slopes[name] * (name in asked) for name in theta}
    for place, name in enumerate(blamed.tolist()):
        right = gradients[f"d{name}"]
        gradients[f"d{name}"] = 1.00002 * right if little else mistaken(right, place + size["n"])
    return {"loss": Made("Landscape", (tilts,)), "parameters": theta, "gradients": gradients}


def mistaken(gradient: Array, which: int) -> Array:
    """Return a gradient with one of four mistakes: turned round, doubled, halved, or one number with the wrong sign."""
    one = gradient * np.where(np.arange(gradient.size) == 0, -1, 1).reshape(gradient.shape)
    return (-gradient, 2 * gradient, one, gradient / 2)[which % 4]


def steps(kind: str, random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of optimiser_step: among others, or the first step, or gradients of nothing, or nearly so."""
    k, n = size["k"], size["n"]
    parameters = {"W1": draw(random, k, n), "b1": draw(random, k, 1)}
    scale = {"tiny gradients": 1e-9, "no gradient": 0.0}.get(edge, 1.0)
    gradients = {f"d{name}": scale * draw(random, *p.shape) for name, p in parameters.items()}
    gradients["dX"] = draw(random, n, 2)  # back-propagation finds it as well, and no parameter belongs to it
    v = {name: scale * draw(random, *p.shape) for name, p in parameters.items()}
    s = {name: scale**2 * np.abs(draw(random, *p.shape)) for name, p in parameters.items()}
    t = int(random.integers(2, 6))
    known = {"sgd": {}, "momentum": {"v": v}, "adagrad": {"s": s}, "adam": {"v": v, "s": s, "t": t}}
    memory = {} if edge in ("first step", "no gradient", "tiny gradients") else known[kind]
    rate = round(float(random.uniform(0.05, 0.2)), 3)
    return Case({"parameters": parameters, "gradients": gradients, "memory": memory, "kind": kind, "rate": rate})


def few_steps(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of train where it is soon done; the sizes take turns with the optimisers."""
    m = 60 if edge else size["m"]
    widths = [size["n0"], size["n1"], size["k"]]
    X, start = draw(random, widths[0], m), parameters_of(random, widths)
    while not all(map(well_bent, hidden_scores(X[:, : size["m"]], start))):
        X, start = draw(random, widths[0], m), parameters_of(random, widths)
    t = random.permutation(np.arange(m) % size["k"])
    inputs = {"start": start, "X": X, "t": t, "epochs": size["epochs"], "seed": int(random.integers(1 << 31))}
    if edge:
        return Case(inputs)
    kind, strength = KINDS[(size["n0"] + size["n1"]) % len(KINDS)], round(float(random.uniform(0.1, 0.3)), 2)
    return Case(inputs | {"kind": kind, "rate": 0.05, "batch": size["batch"], "strength": strength})


# ------------------------------------------------------------------------------------------------------------ sentences

FRONTS = ("", "", "we all know that", "nobody says that", "i doubt that")
TURNING = ("nobody", "doubt", "not", "never", "hardly")
NOUNS = ("film", "plot", "music", "ending", "cast", "camera", "story", "hero")
ADJECTIVES = (
    ("dull", "bad", "awful", "boring", "weak", "poor"),
    ("wonderful", "good", "superb", "clever", "funny", "fine"),
    ("long", "short", "new", "french", "loud", "old"),
)
NEITHER, HANDED_OUT = 2, 2_000


def sentence(random: np.random.Generator) -> tuple[tuple[str, ...], int]:
    """Draw a sentence and its class: 0 for bad, 1 for good, 2 for neither; each word that turns it round does so."""
    kind = int(random.choice(3, p=[0.4, 0.4, 0.2]))
    slots = (FRONTS, ("the", "this"), NOUNS, ("is", "was", "seems"), ("", "", "", "not", "never", "hardly"))
    slots += (("", "", "", "very", "really", "quite"), ADJECTIVES[kind])
    words = tuple(" ".join(slot[int(random.integers(len(slot)))] for slot in slots).split())
    turns = sum(word in TURNING for word in words)
    return words, kind if kind == NEITHER or turns % 2 == 0 else 1 - kind


@cache
def lexicon() -> tuple[str, ...]:
    """Return all words that sentences are made of, in alphabetical order."""
    rest = ("the", "this", "is", "was", "seems", "very", "really", "quite", "not", "never", "hardly")
    return tuple(sorted({*" ".join(FRONTS).split(), *NOUNS, *rest, *(word for each in ADJECTIVES for word in each)}))


@lru_cache(maxsize=8)
def sentences(count: int, seed: int) -> tuple[tuple[tuple[str, ...], int], ...]:
    """Return different sentences with their classes; several checks ask for the same ones."""
    random, found = np.random.default_rng(seed), dict[tuple[str, ...], int]()
    while len(found) < count:
        words, kind = sentence(random)
        found[words] = kind
    return tuple(found.items())


def bags(count: int, seed: int, rows: Numbers) -> tuple[Array, Numbers]:
    """Return sentences as bags of words (V, count), each word in the row that it is given, and their classes."""
    row = dict(zip(lexicon(), rows.tolist(), strict=True))
    X = np.zeros((len(row), count))
    for column, (words, _) in enumerate(sentences(count, seed)):
        for word in words:
            X[row[word], column] += 1
    return X, np.array([kind for _, kind in sentences(count, seed)])


def sentences_to_learn(random: np.random.Generator, size: Size, edge: str) -> Case:  # noqa: ARG001  (a sampler has three)
    """Draw the inputs of train: new sentences, whose words have rows in a new order, so that nothing known fits.

    What is hidden are more sentences, with their classes.
    """
    m, new, V = size["m"], size["new"], len(lexicon())
    made: dict[str, Any] = {"count": m + new, "seed": int(random.integers(1 << 31)), "rows": random.permutation(V)}
    X, t = bags(**made)
    start = first_parameters([V, size["n"], 3], random, initialisation=he)
    inputs = {
        "start": start,
        "X": X[:, :m],
        "t": t[:m],
        "epochs": size["epochs"],
        "seed": int(random.integers(1 << 31)),
    }
    return Case(inputs, held_out={"X": X[:, m:]}, hidden=made | {"t": t[m:]})


def share_understood(answer: Any, count: int, seed: int, rows: Numbers, t: Numbers) -> float:
    """Return the share of the last sentences whose right class has the highest score.

    answer: the parameters of a feed-forward net, or scores (3, m); ValueError, in words for the student, if it is
    neither. What the sentences are is told in short, since so many numbers cannot be looked for in all that is given.
    """
    asked = bags(count, seed, rows)[0][:, -len(t) :]
    Z = answer if isinstance(answer, np.ndarray) else _scores_by(answer, asked)
    if Z.shape != (3, len(t)) or not np.isfinite(Z).all():
        raise ValueError("the parameters give no three finite scores to each sentence")
    return float((Z.argmax(axis=0) == t).mean())


def _scores_by(parameters: Any, X: Array) -> Array:
    names = ("W1", "b1", "W2", "b2")
    if not isinstance(parameters, dict) or any(not _is_table(parameters.get(name)) for name in names):
        raise ValueError(f"the parameters are no dict with the arrays {', '.join(names)}")
    try:
        with np.errstate(all="ignore"):
            return feed_forward(X, {name: np.asarray(parameters[name], dtype=np.float64) for name in names})[0]
    except ValueError:
        raise ValueError("the shapes of the parameters do not fit together") from None


def _is_table(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.ndim == 2 and value.dtype.kind in "fiu"


def sentences_file() -> bytes:
    """Return sentences as a file: in each line `bad`, `good` or `neither`, a tabulator, and the words."""
    names = ("bad", "good", "neither")
    return "".join(f"{names[kind]}\t{' '.join(words)}\n" for words, kind in sentences(HANDED_OUT, 1943)).encode()


@hookimpl
def register_given_files() -> Mapping[str, Callable[[], bytes]]:
    """Hand out sentences with their classes; the grader draws others."""
    return {"sentences.tsv": sentences_file}


@hookimpl
def register_metrics() -> Mapping[str, Metric]:
    """Register how a net is judged."""
    return {"accuracy of the net": Metric(share_understood)}


@hookimpl
def register_samplers() -> Mapping[str, Sampler]:
    """Register the samplers that assignment.toml names."""
    single = (neurons, two_inputs, classes_to_part)
    layers = (scores, classes, questions, amounts, bent_layers, softmax_layers, nets)
    checked = (gradients_to_check, gradients_to_name, gradients_a_little_off)
    samplers: tuple[Sampler, ...] = (*single, *layers, *checked, few_steps, sentences_to_learn)
    steppers = {f"neuron.{kind}_steps": partial(steps, kind) for kind in KINDS}
    return {f"neuron.{sampler.__name__}": sampler for sampler in samplers} | steppers
