"""The check `properties`: each property holds for a function that has it, and fails in words for one that lacks it."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from autograder.conversation import Case, Setting, Verdict
from autograder.errors import AssignmentError
from plugins.checks.promises import PROPERTIES
from plugins.checks.properties import properties
from tests.posed import verdict_on

RANDOM = np.random.default_rng(4)


def softmax(scores: Any) -> Any:
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def overflowing(z: Any) -> Any:
    with np.errstate(all="ignore"):
        return np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)


def cosine(X: Any, Y: Any) -> Any:
    lengths = np.outer(np.linalg.norm(X, axis=1), np.linalg.norm(Y, axis=1))
    return X @ Y.T / np.where(lengths > 0, lengths, 1)


def attention(X: Any, mask: Any) -> tuple[Any, Any]:
    A = softmax(np.where(mask, X @ X.T, -1e9))
    return A, A @ X


def bag(words: list[str], index: dict[str, int]) -> Any:
    counts = np.zeros(len(index))
    for word in words:
        counts[index[word]] += 1
    return counts


def unit(X: Any) -> Any:
    lengths = np.linalg.norm(X, axis=1, keepdims=True)
    return X / np.where(lengths > 0, lengths, 1)


def near(sentences: list[list[int]]) -> Any:
    C = np.zeros((5, 5))
    for sentence in sentences:
        for one, other in pairwise(sentence):
            C[one, other] += 1
            C[other, one] += 1
    return C


@dataclass(frozen=True)
class Topic:
    """A right function, the names of its results, and inputs from small to large."""

    right: Callable[..., Any]
    results: tuple[str, ...]
    inputs: tuple[dict[str, Any], ...]

    def judge(self, student: Callable[..., Any], *demands: dict[str, Any], seed: int = 0, **solution: Any) -> Verdict:
        cases = tuple(Case(inputs, label=f"case {number}") for number, inputs in enumerate(self.inputs))
        setting = Setting("f", cases, self.results, seed=seed)
        return verdict_on(properties, setting, student, {"f": self.right, **solution}, demands=demands)


def _rows(*shape: int) -> Any:
    return RANDOM.standard_normal(shape)


INDEX = {"a": 0, "b": 1, "c": 2}
TOPICS = {
    "cosine": Topic(cosine, ("S",), tuple({"X": _rows(n, 3), "Y": _rows(m, 3)} for n, m in ((1, 1), (3, 2), (5, 4)))),
    "attention": Topic(
        attention, ("A", "H"), tuple({"X": _rows(n, 3), "mask": np.tril(np.ones((n, n)))} for n in (1, 2, 5))
    ),
    "softmax": Topic(softmax, ("p",), ({"z": _rows(1, 3)}, {"z": _rows(4, 6)})),
    "bag": Topic(
        bag,
        ("c",),
        tuple({"words": [str(w) for w in RANDOM.choice(list("abc"), n)], "index": INDEX} for n in (1, 2, 9)),
    ),
    "unit": Topic(unit, ("U",), ({"X": _rows(2, 3)}, {"X": np.vstack([_rows(2, 4), np.zeros((1, 4))])})),
    "near": Topic(
        near, ("C",), ({"sentences": [[0, 1], [2, 3, 3]]}, {"sentences": RANDOM.integers(5, size=(6, 4)).tolist()})
    ),
}
ROWS = {"property": "permutation", "inputs": {"X": 0}, "results": {"S": 0}}
COLUMNS = {"property": "permutation", "inputs": {"X": 1, "Y": 1}}
PADDING = {
    "property": "padding",
    "inputs": {"X": 0, "mask": [0, 1]},
    "fill": {"X": 7.0},
    "results": {"A": [0, 1], "H": 0},
}
CAUSALITY = {"property": "causality", "inputs": {"X": 0}, "results": {"A": 0, "H": 0}}
ALONE = {"property": "one by one", "inputs": {"X": 0}, "results": {"S": 0}}

BREAKS: dict[str, tuple[str, dict[str, Any], Callable[..., Any], str]] = {
    "rows by their place": (
        "cosine",
        ROWS,
        lambda X, Y: cosine(X, Y) * np.arange(1, len(X) + 1)[:, None],
        "with X along axis 0 in another order (",
    ),
    "columns by their place": (
        "cosine",
        COLUMNS,
        lambda X, Y: cosine(X * np.arange(1, 4), Y),
        "the result must stay as it is; but S[",
    ),
    "words by their place": (
        "bag",
        {"property": "permutation", "inputs": {"words": 0}},
        lambda words, index: bag(words, index) + (words[0] == "a") * np.array([0.5, 0, 0]),
        "with words along axis 0 in another order",
    ),
    "padding seen": (
        "attention",
        PADDING,
        lambda X, mask: attention(X, np.ones(mask.shape)),
        "more of padding at the end",
    ),
    "the future seen": (
        "attention",
        CAUSALITY,
        lambda X, mask: attention(X, np.ones(mask.shape)),
        "must change nothing up to that entry; but A[",
    ),
    "a mean over the batch": (
        "cosine",
        ALONE,
        lambda X, Y: cosine(X - X.mean(axis=0), Y),
        "alone must give what it gives among others; but S of entry",
    ),
    "columns that sum to one": (
        "softmax",
        {"property": "rows sum to one", "results": {"p": -1}},
        lambda z: softmax(z.T).T,
        "must sum to one, and have nothing below zero; but the sum of p along axis -1",
    ),
    "shares below zero": (
        "softmax",
        {"property": "rows sum to one", "results": {"p": -1}},
        lambda z: z / z.sum(axis=-1, keepdims=True),
        "but p[",
    ),
    "not of length one": (
        "unit",
        {"property": "unit length", "results": {"U": -1}},
        lambda X: X / np.maximum(np.abs(X).sum(axis=1, keepdims=True), 1e-9),
        "must have length one, where they are not all zeros; but the length of U along axis -1",
    ),
    "beyond one": (
        "cosine",
        {"property": "between", "results": ["S"], "low": -1, "high": 1},
        lambda X, Y: 9 * cosine(X, Y),
        "S must be at least -1 and at most 1; but S[",
    ),
    "one side only": (
        "near",
        {"property": "symmetry", "results": ["C"]},
        lambda sentences: np.triu(near(sentences)),
        "C must be symmetric; but C[",
    ),
    "the first twice": (
        "cosine",
        {"property": "exchange", "inputs": ["X", "Y"], "results": ["S"]},
        lambda X, Y: X @ Y.T / np.outer(np.linalg.norm(X, axis=1), np.linalg.norm(X, axis=1).mean() * np.ones(len(Y))),
        "with X and Y in each other's places, S must come out transposed; but S[",
    ),
    "no exponents": (
        "softmax",
        {"property": "shift", "inputs": {"z": -1}},
        lambda z: np.abs(z) / np.abs(z).sum(axis=-1, keepdims=True),
        "with a constant added to z along axis -1, the result must stay as it is; but p[",
    ),
    "overflow": (
        "softmax",
        {"property": "shift", "inputs": {"z": -1}, "by": 2000},
        overflowing,
        "but p[",
    ),
    "not divided by lengths": (
        "cosine",
        {"property": "scale", "inputs": {"X": 0, "Y": 0}},
        lambda X, Y: X @ Y.T,
        "times a factor of its own, the result must stay as it is; but S[",
    ),
    "whether, not how often": (
        "bag",
        {"property": "additivity", "inputs": {"words": 0}},
        lambda words, index: np.minimum(bag(words, index), 1),
        "and for the others must add up to that for all; but c[",
    ),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_property_holds_for_the_right_function_and_fails_in_words_for_one_that_lacks_it(name: str) -> None:
    topic, demand, wrong, words = BREAKS[name]
    for seed in range(4):
        assert TOPICS[topic].judge(TOPICS[topic].right, demand, seed=seed).outcome == "passed"
        verdict = TOPICS[topic].judge(wrong, demand, seed=seed)
        assert (verdict.outcome, words in verdict.message) == ("failed", True), verdict.message


def test_every_property_is_tried_here() -> None:
    assert {demand["property"] for _, demand, _, _ in BREAKS.values()} == set(PROPERTIES)


def test_results_that_grow_with_their_input_hold_with_a_power() -> None:
    counts = Topic(lambda C: 3 * C**2, ("M",), ({"C": np.arange(6.0).reshape(2, 3)},))
    demand = {"property": "scale", "inputs": {"C": []}, "power": 2}
    assert counts.judge(counts.right, demand).outcome == "passed"
    assert "times as large; but M[" in counts.judge(lambda C: 3 * C, demand).message


CONSTANT: dict[str, tuple[str, dict[str, Any], Callable[..., Any]]] = {
    "zeros": ("cosine", COLUMNS, lambda X, Y: np.zeros((len(X), len(Y)))),
    "numbers of its own": ("cosine", COLUMNS, lambda X, Y: np.arange(len(X) * len(Y)).reshape(len(X), len(Y)) / 100),
    "equal shares": (
        "softmax",
        {"property": "rows sum to one", "results": {"p": -1}},
        lambda z: 0 * z + 1 / z.shape[-1],
    ),
    "ones and zeros": ("near", {"property": "symmetry", "results": ["C"]}, lambda sentences: np.eye(5)),
}


@pytest.mark.parametrize("name", CONSTANT)
def test_a_function_that_does_not_look_at_its_inputs_keeps_no_promise(name: str) -> None:
    topic, demand, student = CONSTANT[name]
    assert "the result is the same whatever its inputs are" in TOPICS[topic].judge(student, demand).message


STRANGE: dict[str, tuple[Callable[..., Any], str]] = {
    "nothing": (lambda X, Y: None, "S is None, expected an array"),
    "a list": (lambda X, Y: [[1]], "S is a list"),
    "another shape": (lambda X, Y: cosine(Y, X).ravel(), "it has 1 axis instead of 2"),
    "no number": (lambda X, Y: np.nan * cosine(X, Y), "S[0, 0] is nan, expected a number"),
    "an error": (lambda X, Y: X[len(X)], "it raised IndexError"),
    "text": (lambda X, Y: np.full((len(X), len(Y)), "a"), "dtype <U1"),
    "something else when it is asked again": (None, "but"),  # type: ignore[dict-item]
}


@pytest.mark.parametrize("name", STRANGE)
def test_what_is_no_answer_fails_in_words(name: str) -> None:
    asked: list[int] = []

    def first_right(X: Any, Y: Any) -> Any:
        asked.append(1)
        return cosine(X, Y) if len(asked) <= 6 else [None, {}, "text"][len(asked) % 3]

    function, words = STRANGE[name]
    verdict = TOPICS["cosine"].judge(function or first_right, ROWS, COLUMNS, ALONE)
    assert verdict.outcome == "failed"
    assert words in verdict.message


def test_a_changed_input_is_found() -> None:
    def in_place(X: Any, Y: Any) -> Any:
        X /= np.linalg.norm(X, axis=1, keepdims=True)
        return cosine(X, Y)

    assert "changed its input `X`" in TOPICS["cosine"].judge(in_place, ROWS).message


def test_a_slip_is_named() -> None:
    verdict = TOPICS["cosine"].judge(
        lambda X, Y: X @ Y.T, {"property": "scale", "inputs": {"X": 0}}, **{"slip of lengths": lambda X, Y: X @ Y.T}
    )
    assert verdict.slip == "slip of lengths"


WRONGLY_STATED: dict[str, tuple[dict[str, Any], str]] = {
    "no such property": ({"property": "permutations", "inputs": {"X": 0}}, "did you mean 'permutation'"),
    "no such key": ({"property": "permutation", "input": {"X": 0}}, "did you mean 'inputs'"),
    "no such input": ({"property": "permutation", "inputs": {"x": 0}}, "inputs of 'permutation' has no 'x'"),
    "no such result": ({"property": "symmetry", "results": ["s"]}, "results of 'symmetry' has no 's'"),
    "a key too few": ({"property": "permutation"}, "needs `inputs`"),
}


@pytest.mark.parametrize("name", WRONGLY_STATED)
def test_a_demand_that_makes_no_sense_is_refused_in_words(name: str) -> None:
    demand, words = WRONGLY_STATED[name]
    with pytest.raises(AssignmentError, match=words):
        TOPICS["cosine"].judge(cosine, demand)


def test_a_property_that_no_case_can_show_is_refused() -> None:
    small = Topic(cosine, ("S",), TOPICS["cosine"].inputs[:1])
    with pytest.raises(AssignmentError, match="no case is large enough"):
        small.judge(cosine, ROWS)
