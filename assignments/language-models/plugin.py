"""Samplers and the metric of this assignment, and names and sentences of two made-up languages to be handed out.

Of a toy model every word of the history matters, and n-grams come again in each set of sentences.

`given/lstm.npz` holds an LSTM that was trained on 10,000 other sentences of the kind that `make_up_sentence` makes up:
Adam, batches of 50, eight epochs with a rate that fell from 0.01 to 0, gradients clipped to a norm of 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.conversation import Case, Made, Seeded
from autograder.hookspecs import hookimpl
from autograder.metric import Metric
from reference.data.long_memory import LETTERS, make_up_name, make_up_sentence
from reference.language_models.n_gram import START, kneser_ney_counts
from reference.language_models.perplexity import bits_per_character
from reference.recurrent.rnn import rnn_forward

Array = NDArray[np.float64]
Numbers = NDArray[np.integer[Any]]
Size = Mapping[str, int]
Sampler = Callable[[np.random.Generator, Size, str], Case]

NAMES_HANDED_OUT, SENTENCES_HANDED_OUT = 2_400, 2_400
WORDS = ("ant", "bee", "cat", "dog", "elk", "fox", "gnu", "hen", "ibis", "jay", "kid", "lark")


def draw(random: np.random.Generator, *shape: int, width: int = 1) -> Array:
    """Draw numbers of either sign between 0.3 and 1, smaller where `width` of them are added up by a product."""
    signs = random.choice([-1.0, 1.0], size=shape)
    drawn: Array = signs * random.uniform(0.3, 1.0, size=shape) / math.sqrt(width)
    return drawn


def lengths_of(random: np.random.Generator, m: int, T: int, least: int = 1) -> list[int]:
    """Draw m lengths: one is T, and the others are shorter wherever there is room."""
    others = [int(n) for n in random.integers(least, max(T, least + 1), size=m - 1)]
    return [int(n) for n in random.permutation([T, *others])]


def seeded(random: np.random.Generator) -> Seeded:
    """Return a generator of its own for a student's function."""
    return Seeded(int(random.integers(1 << 31)))


def sentence_to_judge(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of text_scores; the model looks at all words so far, and at their order."""
    T, V = size["T"], size["V"]
    sentence = [int(word) for word in random.permutation(np.arange(T) % V)]
    rows = random.uniform(0.2, 1.0, size=(31, V))
    if edge == "a word held to be impossible":
        rows[:, sentence[-1]] = 0
    if edge == "no words":
        sentence = []
    characters = T + 1 + int(random.integers(1, 4 * T + 1))
    model = Made("Table", (rows / rows.sum(axis=1, keepdims=True), True))
    return Case({"sentence": sentence, "next_word": model, "characters": characters})


def some_sentences(random: np.random.Generator, S: int, T: int, V: int) -> list[list[str]]:
    """Draw sentences of few different words; one of them comes twice wherever there are two or more."""
    lengths = lengths_of(random, max(1, S - 1), T)
    found = [[WORDS[int(word)] for word in random.integers(V, size=length)] for length in lengths]
    longest = max(found, key=len)
    return found if S == 1 else [*found, list(longest)]


def sentences_to_count(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of n_gram_model."""
    sentences = some_sentences(random, size["S"], size["T"], size["V"])
    if edge == "an empty sentence":
        sentences.insert(1, [])
    if edge == "everything three times":
        sentences = 3 * sentences
    return Case({"sentences": sentences, "n": size["n"]})


def word_in_context(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of kneser_ney_probability: a word as it comes in one of the sentences, but for the edges."""
    S, T, V, n = size["S"], size["T"], size["V"], size["n"]
    sentences = some_sentences(random, S, T, V)
    counts = kneser_ney_counts(sentences, n)
    discounts = [round(float(each), 3) for each in random.uniform(0.3, 0.9, size=n)]
    line = sentences[int(random.integers(S))]
    marked = [*[START] * (n - 1), *line]
    place = n - 1 if edge == "a sentence begins" else n - 1 + int(random.integers(len(line)))
    word, context = marked[place], marked[place - n + 1 : place]
    if edge == "a longer context":
        context = ["zebra", "yak", *context]
    if edge == "a word that never came after it":
        context = list(min(counts[-1], key=lambda each: len(counts[-1][each])))
        word = min(set(WORDS[:V]) - set(counts[-1][tuple(context)]))
    if edge == "a word that never came":
        word = "zebra"
    if edge == "a context that never came":
        context = ["zebra"] * (n - 1)
    if edge == "a context of which only the end came":
        context = ["zebra", *context[1:]]
    inputs = {"word": word, "context": context, "counts": counts, "discounts": discounts, "V": V + 3}
    return Case(inputs)


def numbered_sentences(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of neural_loss: words come again, and <EOS> is not the number 0 where there is another."""
    S, T, V, n, n_c, h = (size[name] for name in ("S", "T", "V", "n", "n_c", "h"))
    end = int(random.integers(1, V))
    others = np.array([word for word in range(V) if word != end])
    sentences = [[int(word) for word in random.choice(others, length)] for length in lengths_of(random, S, T)]
    if edge == "an empty sentence":
        sentences[0] = []
    wide = (n - 1) * n_c
    parameters = {"C": draw(random, V, n_c), "H": draw(random, h, wide, width=wide), "d": draw(random, h, 1)}
    parameters |= {"U": draw(random, V, h, width=h), "b": draw(random, V, 1), "W": draw(random, V, wide, width=wide)}
    if edge == "no direct connections":
        del parameters["W"]
    return Case({"sentences": sentences, "n": n, "end": end, "parameters": parameters})


def few_of_many(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of sampled_softmax: the first target is among the drawn words, the last drawn word is no target.

    Two examples have one target where there are two or more.
    """
    V, n_a, m, S = size["V"], size["n_a"], size["m"], size["S"]
    possible, other = random.permutation(V - 1), [V - 1]
    targets = random.choice(possible, m)
    targets[0] = targets[-1] = possible[0]
    drawn = np.concatenate([possible[:1], random.permutation(possible[1:])[: max(0, S - 2)], other])[-S:]
    if edge == "nobody is drawn":
        drawn = drawn[:0]
    q = np.ones(V) if edge == "all are certain" else random.uniform(0.1, 0.9, size=V)
    parameters = {"U": draw(random, V, n_a, width=n_a), "b": draw(random, V, 1)}
    if edge == "large":
        parameters["b"] = 800 + parameters["b"]
    a = draw(random, n_a, m)
    return Case({"a": a, "targets": targets, "drawn": random.permutation(drawn), "q": q, "parameters": parameters})


def distribution_to_reshape(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of reshaped: all four at once, of which the edges leave some away.

    The most probable word is rejected, and what reaches the nucleus is far from where rounding would decide.
    """
    V = size["V"]
    raised = random.uniform(0.62, 0.68) ** np.arange(V) * random.uniform(0.95, 1.05, size=V)
    p = random.permutation(raised / raised.sum())
    order = np.argsort(-p)
    rejected = [int(order[0])] if V > 1 else []
    temperature = float(random.choice([0.6, 0.7, 1.6, 2.0]))
    few = {"by default": {}, "the first of two": {"temperature": 1.0, "top_k": 2}}
    few |= {"temperature zero": {"temperature": 0.0}, "a negative temperature": {"temperature": -0.5}}
    few |= {"nothing is left": {"temperature": 1.0, "top_k": None, "nucleus": 1.0, "rejected": rejected}}
    if edge == "the first of two":
        p[order[1:3]] = p[order[0]]
    if edge == "nothing is left":
        p = np.eye(V)[order[0]]
    if edge in few:
        return Case({"p": p / p.sum()} | few[edge])
    if edge == "zeros":
        p[order[-2:]] = 0
        p /= p.sum()
    kept = max(1, min(3, V - 3))
    inputs = {"p": p, "temperature": temperature, "top_k": kept, "nucleus": 1.0, "rejected": rejected}
    left = p[order[len(rejected) :]][:kept] ** (1 / temperature)  # the most probable first
    reached = np.cumsum(left) / left.sum()
    most = max(1, kept - 1)
    inputs["nucleus"] = float(0.97 * reached[most - 1])
    if edge == "more than there are":
        inputs |= {"top_k": V + 3, "nucleus": 1.0}
    if edge == "no top_k":
        inputs |= {"top_k": None, "nucleus": 0.5 * float(p[order[1]] ** (1 / temperature) / left.sum())}
    return Case(inputs)


def certain_words(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of write where nothing is left to chance: the model is always certain.

    It knows one sentence, and would go on with other words if any word of the history were another one.
    """
    T, V = size["T"], size["V"]
    end = int(random.integers(V))
    others = [word for word in range(V) if word != end]
    line = [int(word) for word in random.choice(others, T)]
    places = [sum((k + 1) * (word + 1) for k, word in enumerate(line[:t])) for t in range(T + 1)]
    chosen = random.choice(others, places[-1] + 2)
    chosen[places] = [*line, end]
    if edge == "it never ends":
        chosen[chosen == end] = others[0]
    inputs: dict[str, Any] = {"next_word": Made("Table", (np.eye(V)[chosen], True)), "generator": seeded(random)}
    inputs["end"] = end
    start, most = line[: T // 2], T + 2
    if edge == "cut off":
        most = T - 1
    if edge == "nothing but the start":
        start, most = line[:-1], T - 1
    if edge == "it ends at once":
        inputs["next_word"] = Made("Table", (np.eye(V)[[end]], True))
        start = []
    if edge in {"by default", "it never ends"}:
        return Case(inputs)
    return Case(inputs | {"start": start, "max_length": most})


def words_to_draw(random: np.random.Generator, size: Size, edge: str) -> Case:  # noqa: ARG001  (a sampler has three)
    """Draw the inputs of write where chance decides: each place has a distribution of its own, and none ever ends."""
    T, V = size["T"], size["V"]
    end = int(random.integers(V))
    rows = random.permuted(np.tile(np.geomspace(1, 6, V - 1), (T, 1)), axis=1)
    rows = np.insert(rows / rows.sum(axis=1, keepdims=True), end, 0.0, axis=1)
    start = [int(word) for word in random.choice([word for word in range(V) if word != end], 2)]
    inputs = {"next_word": Made("Table", (rows, False)), "generator": seeded(random), "end": end}
    return Case(inputs | {"start": start, "max_length": T})


def letters_of(random: np.random.Generator, m: int, T: int, V: int) -> tuple[Numbers, Numbers]:
    """Draw what is read and what is to be guessed: names of different lengths, of which the longest fills the table."""
    return tables([random.integers(1, V, size=n - 1).tolist() for n in lengths_of(random, m, T)])


def tables(names: Sequence[Sequence[int]]) -> tuple[Numbers, Numbers]:
    """Lay names side by side, as laid_out of solution.py does; here, where its samples are drawn."""
    T = max(map(len, names)) + 1
    X, Y = np.zeros((len(names), T), dtype=np.int64), np.full((len(names), T), -1)
    for row, name in enumerate(names):
        X[row, 1 : len(name) + 1] = name
        Y[row, : len(name) + 1] = [*name, 0]
    return X, Y


def reader(random: np.random.Generator, V: int, n: int) -> dict[str, Array]:
    """Draw the parameters of the recurrent network of letters."""
    parameters = {"Wax": draw(random, n, V), "Waa": draw(random, n, n, width=n), "ba": draw(random, n, 1)}
    return parameters | {"Wya": draw(random, V, n, width=n), "by": draw(random, V, 1)}


def one_step(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of optimise: the gradients are far too large, but for one edge."""
    m, T, V, n = (size[name] for name in ("m", "T", "V", "n"))
    X, Y = letters_of(random, m, T, V)
    inputs: dict[str, Any] = {"X": X, "Y": Y, "parameters": reader(random, V, n)}
    if edge == "by default":
        sure_and_wrong(inputs)
        return Case(inputs)
    limit = 50.0 if edge == "nothing to clip" else round(float(random.uniform(0.01, 0.02)), 4)
    return Case(inputs | {"rate": round(float(random.uniform(0.5, 2.0)), 2), "limit": limit})


def sure_and_wrong(inputs: dict[str, Any]) -> None:
    """Let a network be sure of a letter that never comes, so that its gradients are longer than 1."""
    last = len(inputs["parameters"]["by"]) - 1
    for name in ("X", "Y"):
        inputs[name][inputs[name] == last] = 1
    inputs["parameters"]["by"][last] = 9.0


def one_order(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of train where the order of the names means nothing, so that there is one answer.

    All names are in one batch, or all are the same.
    """
    m, batch, V = size["m"], size["batch"], size["V"]
    X, Y = letters_of(random, m, size["T"], V)
    if batch < m:
        longest = int((Y >= 0).sum(axis=1).argmax())
        X, Y = np.tile(X[longest], (m, 1)), np.tile(Y[longest], (m, 1))
    inputs: dict[str, Any] = {"start": reader(random, V, size["n"]), "X": X, "Y": Y}
    inputs |= {"epochs": size["epochs"], "seed": int(random.integers(1 << 31))}
    if edge == "rate, limit and batch by default":
        return Case(inputs)
    return Case(inputs | {"rate": round(float(random.uniform(0.5, 1.0)), 2), "limit": 0.1, "batch": batch})


@lru_cache(maxsize=8)
def names(count: int, seed: int) -> tuple[str, ...]:
    """Return different names; several checks ask for the same ones."""
    random, found = np.random.default_rng(seed), dict[str, None]()
    while len(found) < count:
        found[make_up_name(random)] = None
    return tuple(found)


def numbered(count: int, seed: int, numbering: Numbers) -> tuple[Numbers, Numbers]:
    """Return names as tables, with the numbers of the letters in the order that is given."""
    number = {letter: 1 + int(place) for letter, place in zip(LETTERS, numbering, strict=True)}
    return tables([[number[letter] for letter in each] for each in names(count, seed)])


def names_to_learn(random: np.random.Generator, size: Size, edge: str) -> Case:  # noqa: ARG001  (a sampler has three)
    """Draw the inputs of train: new names, whose letters have numbers in a new order, so that nothing known fits.

    What is hidden is how more of the same names are made.
    """
    m, new, n, V = size["m"], size["new"], size["n"], len(LETTERS) + 1
    seed, numbering = int(random.integers(1 << 31)), random.permutation(len(LETTERS))
    X, Y = numbered(m + new, seed, numbering)
    turned, _ = np.linalg.qr(random.standard_normal((n, n)))
    start = {
        "Wax": random.standard_normal((n, V)) / 2,
        "Waa": turned,
        "ba": np.zeros((n, 1)),
        "Wya": random.standard_normal((V, n)) / math.sqrt(n),
        "by": np.zeros((V, 1)),
    }
    inputs = {"start": start, "X": X[:m], "Y": Y[:m], "epochs": size["epochs"], "seed": int(random.integers(1 << 31))}
    hidden = {"count": m + new, "new": new, "seed": seed, "numbering": numbering}
    return Case(inputs, held_out={"X": X[m:], "Y": Y[m:]}, hidden=hidden)


def bits_for_each_letter(answer: Any, count: int, new: int, seed: int, numbering: Numbers) -> float:
    """Return how many bits a model needs for each letter, and each end, of the last `new` of these names.

    answer: the parameters of a recurrent network of letters, or the natural logarithms of the probabilities of all that
    is to be guessed; ValueError, in words for the student, if it is neither.
    """
    X, Y = numbered(count, seed, numbering)
    X, Y = X[-new:], Y[-new:]
    letters = int((Y >= 0).sum())
    log_p = answer if isinstance(answer, np.ndarray) else _read_by(answer, X, Y)
    if log_p.shape != (letters,) or not np.isfinite(log_p).all() or (log_p > 0).any():
        raise ValueError("the parameters give no finite probability to each letter")
    return bits_per_character(log_p, letters)


def _read_by(parameters: Any, X: Numbers, Y: Numbers) -> Array:
    shapes = ("Wax", "Waa", "ba", "Wya", "by")
    if not isinstance(parameters, dict) or any(not _is_table(parameters.get(each)) for each in shapes):
        raise ValueError(f"the parameters are no dict with the arrays {', '.join(shapes)}")
    V, n = len(LETTERS) + 1, len(parameters["ba"])
    wanted = {"Wax": (n, V), "Waa": (n, n), "ba": (n, 1), "Wya": (V, n), "by": (V, 1)}
    if any(parameters[each].shape != shape for each, shape in wanted.items()):
        raise ValueError("the shapes of the parameters do not fit together")
    table = {each: np.asarray(parameters[each], dtype=np.float64) for each in shapes}
    with np.errstate(all="ignore"):
        _, p, _ = rnn_forward(np.moveaxis(np.eye(V)[X], 2, 0), np.zeros((n, len(X))), table)  # (V, new, T)
        rows, places = np.nonzero(Y >= 0)
        log_p: Array = np.log(p[Y[rows, places], rows, places])
    return log_p


def _is_table(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.ndim == 2 and value.dtype.kind in "fiu"


def sentence_to_read(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of lstm_log_probabilities; <EOS> is not the number 0."""
    T, V, n_c, n_a = (size[each] for each in ("T", "V", "n_c", "n_a"))
    end = int(random.integers(1, V))
    sentence = [] if edge == "no words" else [int(word) for word in random.permutation(np.arange(T) % V)]
    parameters = {"C": draw(random, V, n_c)}
    for gate in "fico":
        parameters[f"W{gate}"] = draw(random, n_a, n_a + n_c, width=n_a + n_c)
        parameters[f"b{gate}"] = draw(random, n_a, 1)
    parameters |= {"Wy": draw(random, V, n_a), "by": draw(random, V, 1)}
    return Case({"sentence": sentence, "end": end, "parameters": parameters})


def layers_to_mix(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of mix_layers."""
    L, T, n = size["L"], size["T"], size["n"]
    gamma = 1.0 if edge == "gamma is 1" else round(float(random.choice([-1, 1]) * random.uniform(1.3, 2.0)), 3)
    return Case({"h": draw(random, L, T, n), "s": draw(random, L), "gamma": gamma})


def sentences_file() -> bytes:
    """Return sentences as a file, one to a line."""
    random = np.random.default_rng(2003)
    return "".join(" ".join(make_up_sentence(random)) + "\n" for _ in range(SENTENCES_HANDED_OUT)).encode()


@hookimpl
def register_given_files() -> Mapping[str, Callable[[], bytes]]:
    """Hand out sentences and names; the grader draws others."""
    return {
        "sentences.txt": sentences_file,
        "names.txt": lambda: "\n".join([*names(NAMES_HANDED_OUT, 1990), ""]).encode(),
    }


@hookimpl
def register_metrics() -> Mapping[str, Metric]:
    """Register how the network of letters is judged."""
    return {"number of bits for each letter": Metric(bits_for_each_letter, lower_is_better=True)}


@hookimpl
def register_samplers() -> Mapping[str, Sampler]:
    """Register the samplers that assignment.toml names."""
    counted = (sentence_to_judge, sentences_to_count, word_in_context)
    networks = (numbered_sentences, few_of_many, sentence_to_read, layers_to_mix)
    written = (distribution_to_reshape, certain_words, words_to_draw, one_step, one_order, names_to_learn)
    samplers: tuple[Sampler, ...] = (*counted, *networks, *written)
    return {f"language.{sampler.__name__}": sampler for sampler in samplers}
