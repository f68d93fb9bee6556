"""The likely cause of wrong answers: each is named where it is what happened, and not where it is not."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograder.conversation import Ask, Call, Case, Made, Reply, Setting, Verdict, drive
from autograder.local import LocalSession
from plugins.checks.advice import ADVICE
from plugins.checks.parts import leaves_at
from plugins.checks.shapes import shapes
from plugins.checks.values import values

Function = Callable[..., Any]
SIZES = ((1, 1), (2, 3), (4, 5), (5, 4), (6, 6))


def cases() -> tuple[Case, ...]:
    """Return inputs of several sizes: x (n, m) with b (n, 1), indices with repetitions, words, and a rate."""
    random = np.random.default_rng(8)
    found = []
    for n, m in SIZES:
        inputs = {
            "x": random.uniform(0.2, 2.0, (n, m)) * random.choice([-1.0, 1.0], (n, m)),
            "b": random.uniform(0.5, 1.0, (n, 1)),
            "words": [str(word) for word in random.choice(list("ABCDEFG"), 3 * m)],
            "rows": random.integers(0, n, n + 1),
            "rate": float(random.uniform(0.1, 0.9)),
        }
        found.append(Case(inputs, f"n={n}, m={m}", {"n": n, "m": m}))
    return tuple(found)


def judged(right: Function, wrong: Function, check: Function = values) -> Verdict:
    """Return the verdict on a function in the place of another."""
    student, reference = (LocalSession({"f": function}) for function in (wrong, right))

    def answer(questions: list[Call | Ask]) -> list[Reply]:
        sessions = (student if isinstance(each, Call) else reference for each in questions)
        asked = zip(sessions, questions, strict=True)
        return [session.call([Call(each.function, each.arguments)])[0] for session, each in asked]

    verdict: Verdict = drive(check(Setting("f", cases())), answer)
    return verdict


def linear(x: Any, b: Any, *_: Any) -> Any:
    return 3 * x + b


def positive(x: Any, *_: Any) -> Any:
    return np.abs(x) + 0.5


def softmax(x: Any, *_: Any) -> Any:
    powers = np.exp(x - x.max(axis=0))
    return powers / powers.sum(axis=0)


def powers(x: Any) -> Any:
    with np.errstate(over="ignore"):
        return np.exp(x)


def overflowing(x: Any) -> Any:
    return 1000 * x if len(x) == 5 else x


def total(x: Any, *_: Any) -> Any:
    return x.sum(axis=1, keepdims=True)


def scatter(x: Any, b: Any, words: Any, rows: Any, rate: float) -> Any:
    found = np.zeros((len(x), 3))
    np.add.at(found, rows, np.linspace(1, 2, 3))
    return found


def square(x: Any, *_: Any) -> Any:
    return x @ x.T


def pairs(x: Any, b: Any, words: list[str], *_: Any) -> Any:
    return list(zip(words[1:], words, strict=False))


def nothing(_: Any) -> Any:
    """Return None, as what changes a list in place does."""


MADE: list[tuple[str, Function, Function]] = [
    ("wrong sign", linear, lambda x, b, *_: -3 * x - b),
    ("wrong sign", linear, lambda x, b, *_: 3 * x - b),
    ("missing bias", linear, lambda x, *_: 3 * x),
    ("missing bias", lambda x, b, *_: np.tanh(x + b), lambda x, b, *_: np.tanh(x)),
    ("wrong sign", lambda x, b, *_: 1 / (1 + np.exp(-x - b)), lambda x, b, *_: 1 / (1 + np.exp(-x + b))),
    ("missing bias", lambda x, b, *_: softmax(2 * x + b), lambda x, b, *_: softmax(2 * x)),
    ("results missing", lambda x, b, *_: (x, b), lambda x, b, *_: x),
    ("not normalised", lambda x, *_: softmax(overflowing(x)), lambda x, *_: powers(overflowing(x))),
    ("a term twice", linear, lambda x, b, *_: 3 * x + b + b),
    ("constant factor", linear, lambda x, b, *_: (3 * x + b) / 2),
    ("constant term", linear, lambda x, b, *_: 3 * x + b + 1),
    ("transposed axis", linear, lambda x, b, *_: (3 * x + b).T),
    ("order reversed", linear, lambda x, b, *_: (3 * x + b)[::-1]),
    ("shifted by one", linear, lambda x, b, *_: np.roll(3 * x + b, 1, axis=1) * (np.arange(x.shape[1]) > 0)),
    ("off by one", linear, lambda x, b, *_: (3 * x + b) * (np.arange(x.shape[1]) > 0)),
    ("off by one", linear, lambda x, b, *_: (3 * x + b)[:, :-1]),
    ("always the last", linear, lambda x, b, *_: np.repeat((3 * x + b)[:, -1:], x.shape[1], axis=1)),
    ("left at zero", linear, lambda x, *_: np.zeros(x.shape)),
    ("left as it came", linear, lambda x, *_: x),
    ("float32", linear, lambda x, b, *_: np.float32(3 * x + 20) - np.float32(20) + np.float32(b)),
    ("whole numbers", linear, lambda x, b, *_: (3 * x + b).astype(int)),
    ("nothing returned", linear, lambda *_: None),
    ("scaled by an input", linear, lambda x, b, words, rows, rate: rate * (3 * x + b)),
    ("another activation", lambda x, *_: np.tanh(x), lambda x, *_: 1 / (1 + np.exp(-x))),
    ("activation missing", lambda x, *_: np.tanh(2 * x), lambda x, *_: 2 * x),
    ("negative numbers", lambda x, *_: np.maximum(x + 0.1, 0), lambda x, *_: x + 0.1),
    ("root missing", positive, lambda x, *_: positive(x) ** 2),
    ("reciprocal", positive, lambda x, *_: 1 / positive(x)),
    ("base of the logarithm", lambda x, *_: np.log(positive(x)), lambda x, *_: np.log2(positive(x))),
    ("one within the logarithm", lambda x, *_: np.log(positive(x) + 1), lambda x, *_: np.log(positive(x))),
    ("not a finite number", lambda x, *_: np.maximum(x, 0.0), lambda x, *_: np.where(x < 0, np.nan, x)),
    ("wrong axis", softmax, lambda x, *_: np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)),
    ("wrong axis", softmax, lambda x, *_: np.exp(x) / np.exp(x).sum()),
    ("softmax missing", softmax, lambda x, *_: x + 2.0),
    ("not normalised", softmax, lambda x, *_: np.exp(x)),
    ("sum against mean", total, lambda x, *_: x.mean(axis=1, keepdims=True)),
    ("sum against mean", lambda x, *_: np.mean(x), lambda x, *_: np.sum(x)),
    ("n or n - 1", lambda x, *_: x.var(axis=1), lambda x, *_: x.var(axis=1) * x.shape[1] / max(x.shape[1] - 1, 0.5)),
    ("an axis of length 1", total, lambda x, *_: x.sum(axis=1)),
    ("sum missing", lambda x, *_: x @ x[0], lambda x, *_: x * x[0]),
    ("wrong axis", total, lambda x, *_: x.sum(axis=0, keepdims=True)),
    ("the diagonal", square, lambda x, *_: x @ x.T * (1 - np.eye(len(x)))),
    ("one side only", square, lambda x, *_: 2 * np.triu(x @ x.T, 1) + np.diag(np.diag(x @ x.T))),
    ("another slice", lambda x, *_: (3 * x)[:, :1], lambda x, *_: 3 * x),
    ("one side only", square, lambda x, *_: np.triu(x @ x.T)),
    ("mixed up", lambda x, b, *_: {"x": 2 * x, "y": 3 * x}, lambda x, b, *_: {"x": 3 * x, "y": 2 * x}),
    ("repetition lost", lambda x, b, words, *_: words, lambda x, b, words, *_: sorted(set(words))),
    ("another order", lambda x, b, words, *_: words, lambda x, b, words, *_: sorted(words)),
    ("order reversed", lambda x, b, words, *_: words, lambda x, b, words, *_: words[::-1]),
    ("off by one", lambda x, b, words, *_: words, lambda x, b, words, *_: words[:-1]),
    ("some missing", pairs, lambda x, b, words, *_: pairs(x, b, words)[::2]),
    ("some too many", pairs, lambda x, b, words, *_: [pair for two in pairs(x, b, words) for pair in (two, two[::-1])]),
    ("a list, not an array", linear, lambda x, b, *_: list(3 * x + b)),
    ("shapes do not fit", square, lambda x, *_: x @ x),
    ("key not there", linear, lambda x, b, *_: {"x": x}["Wax"]),
    ("None in a calculation", linear, lambda x, b, *_: nothing(x)[0]),
    ("index out of bounds", linear, lambda x, *_: x[len(x)]),
]


def scatter_once(x: Any, b: Any, words: Any, rows: Any, rate: float) -> Any:
    found = np.zeros((len(x), 3))
    found[rows] += np.linspace(1, 2, 3)
    return found


MADE.append(("repeated indices", scatter, scatter_once))


@pytest.mark.parametrize(("cause", "right", "wrong"), MADE, ids=[f"{n} {made[0]}" for n, made in enumerate(MADE)])
def test_a_cause_is_named_where_it_is_what_happened(cause: str, right: Function, wrong: Function) -> None:
    verdict = judged(right, wrong)
    assert (verdict.outcome, verdict.cause) == ("failed", cause)
    assert verdict.hint.endswith(ADVICE[cause])


def changes_its_input(x: Any, b: Any, *_: Any) -> Any:
    x *= 3
    x += b
    return x


def test_what_is_changed_in_place_is_said_to_be() -> None:
    assert judged(linear, changes_its_input).cause == "changed in place"


UNKNOWN: list[tuple[Function, Function]] = [
    (linear, lambda x, b, *_: 3 * x + b + 0.3 * np.sin(7 * x)),
    (linear, lambda x, b, *_: 3 * x + b * (1 if len(x) > 4 else 0)),
    (linear, lambda x, b, *_: np.where(x > 0, 3 * x + b, -(3 * x + b))),
    (linear, lambda x, b, *_: (3 * x + b) * (2 if len(x) > 4 else 3)),
    (lambda x, *_: len(x), lambda x, *_: len(x) + (len(x) > 3)),
    (square, lambda x, *_: x @ x.T + np.outer(x[:, 0], x[:, 0])),
]


@pytest.mark.parametrize(("right", "wrong"), UNKNOWN)
def test_no_cause_is_named_where_none_explains_every_case(right: Function, wrong: Function) -> None:
    verdict = judged(right, wrong)
    assert (verdict.outcome, verdict.cause, verdict.hint) == ("failed", "", "")


def test_one_wrong_number_proves_nothing() -> None:
    verdict = judged(lambda x, *_: float(len(x) == 6), lambda x, *_: -float(len(x) == 6))
    assert (verdict.outcome, verdict.cause) == ("failed", "")


def test_what_two_explanations_fit_is_not_named_after_one_of_them() -> None:
    """Twice two is two squared."""
    verdict = judged(lambda x, *_: 2 * (x > 1).astype(int), lambda x, *_: 4 * (x > 1).astype(int))
    assert (verdict.outcome, verdict.cause) == ("failed", "")


def test_shapes_have_causes_too() -> None:
    assert judged(linear, lambda x, b, *_: (3 * x + b).T, shapes).cause == "transposed axis"


HOSTILE: list[Function] = [
    lambda x, *_: {f"k{n}": n for n in range(1000)},
    lambda x, *_: [[[[[[[[1]]]]]]]],
    lambda x, *_: np.full((3, 2), np.nan),
    lambda x, *_: np.zeros((0, 4)),
    lambda x, *_: [2**200, -(2**200)],
    lambda x, *_: np.array(["a", "b"]),
    lambda x, *_: np.zeros((1, 1, 1, 1, 1, 1, 2)),
    lambda x, *_: np.array([1j, 2.0]),
    lambda x, *_: [("a", [1]), "b", None],
    lambda x, *_: [float("nan")] * 3,
]


@pytest.mark.parametrize("right", [linear, lambda x, b, words, *_: words, lambda x, *_: {"x": x, "k": [x, 1.0]}])
@pytest.mark.parametrize("wrong", HOSTILE)
def test_whatever_comes_back_is_judged_and_no_cause_makes_it_an_error(right: Function, wrong: Function) -> None:
    assert judged(right, wrong).outcome == "failed"


def deep(x: Any, b: Any, *_: Any) -> Any:
    """Return what hides its inputs: each of them goes through two layers."""
    return np.tanh(np.tanh(x @ np.ones((x.shape[1], 3)) + b) @ np.ones((3, 2)))


SUPPOSED: list[tuple[str, str, Function]] = [
    ("missing bias", "`b` were zero", lambda x, b, *_: deep(x, 0 * b)),
    ("wrong sign", "`b` had the other sign", lambda x, b, *_: deep(x, -b)),
    ("missing term", "`x` were zero", lambda x, b, *_: deep(0 * x, b)),
    ("missing factor", "`x` were 1 everywhere", lambda x, b, *_: deep(np.ones(x.shape), b)),
    ("constant factor", "`x` were half what it is", lambda x, b, *_: deep(x / 2, b)),
]


@pytest.mark.parametrize(("cause", "words", "wrong"), SUPPOSED)
def test_a_mistake_deep_within_is_found_by_supposing_another_input(cause: str, words: str, wrong: Function) -> None:
    verdict = judged(deep, wrong)
    assert verdict.cause == cause
    assert words in verdict.hint


def counted(x: Any, b: Any, words: list[str], *_: Any) -> Any:
    return np.log(1.5 + np.array([words.count(letter) for letter in "ABCDEFG"]))


@pytest.mark.parametrize(
    ("cause", "wrong"),
    [
        ("repetition lost", lambda x, b, words, *_: counted(x, b, list(set(words)))),
        ("off by one", lambda x, b, words, *_: counted(x, b, words[1:])),
    ],
)
def test_lists_are_supposed_to_be_others_too(cause: str, wrong: Function) -> None:
    assert judged(counted, wrong).cause == cause


def test_nothing_is_supposed_of_what_an_input_is_made_from() -> None:
    inputs = {"chart": Made("Chart", (np.ones((2, 3)),)), "x": np.ones(2)}
    assert [path for path, _ in leaves_at(inputs)] == [("x",)]
