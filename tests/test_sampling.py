"""The check `sampling`: right samplers pass whatever the seed, and the usual mistakes fail whatever the seed."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest

from autograder.conversation import Case, Seeded, Setting, Verdict
from autograder.errors import AssignmentError
from plugins.checks.chances import RATE, Reason, Tallies, distance_from_uniform, limit, surprise_of_distance
from plugins.checks.sampling import sampling
from tests.posed import verdict_on

pytestmark = pytest.mark.slow

COUNTS = np.array([400.0, 150, 60, 30, 12, 5, 2, 1])
NOISE = COUNTS**0.75 / (COUNTS**0.75).sum()
KEEP = np.array([0.1, 0.35, 0.6, 0.9, 1.0, 0.0])
TOKENS = np.random.default_rng(1).integers(6, size=200)
SCORES = np.array([1.2, 0.3, -0.5, 2.0, 0.0])
X = np.random.default_rng(2).standard_normal((6, 10))
MEAN, LOG_VARIANCE = np.random.default_rng(3).standard_normal((2, 4, 3))
GENERATOR = Seeded(7)


def softmax(scores: Any) -> Any:
    e = np.exp(scores - scores.max())
    return e / e.sum()


def draw(q: Any, n: int, generator: Any) -> Any:
    return np.searchsorted(np.cumsum(q) / np.sum(q), generator.random(n), side="right")


def thin(tokens: Any, keep: Any, generator: Any) -> Any:
    return tokens[generator.random(len(tokens)) < keep[tokens]]


def next_word(scores: Any, temperature: float, generator: Any) -> int:
    return int(generator.choice(len(scores), p=softmax(scores / temperature)))


def dropout(x: Any, p: float, generator: Any) -> Any:
    return x * (generator.random(x.shape) >= p) / (1 - p)


def latent(mean: Any, log_variance: Any, generator: Any) -> Any:
    return mean + np.exp(log_variance / 2) * generator.standard_normal(mean.shape)


@dataclass(frozen=True)
class Sampler:
    """A right sampler with its inputs, what its assignment says of it, and functions for what may be drawn."""

    right: Callable[..., Any]
    inputs: dict[str, Any]
    parameters: dict[str, Any]
    told: dict[str, Callable[..., Any]] = field(default_factory=dict)

    def judge(self, student: Callable[..., Any], seed: int = 0, **solution: Any) -> Verdict:
        setting = Setting("f", (Case(self.inputs, label="the case"),), seed=seed)
        return verdict_on(sampling, setting, student, {"f": self.right, **self.told, **solution}, **self.parameters)


SAMPLERS = {
    "noise": Sampler(draw, {"q": NOISE, "n": 500, "g": GENERATOR}, {"probabilities": "p"}, {"p": lambda q, n: q}),
    "subsampling": Sampler(
        thin,
        {"tokens": TOKENS, "keep": KEEP, "g": GENERATOR},
        {"probabilities": "p", "subset_of": "tokens"},
        {"p": lambda tokens, keep: keep[tokens]},
    ),
    "temperature": Sampler(
        next_word, {"s": SCORES, "t": 0.7, "g": GENERATOR}, {"probabilities": "p"}, {"p": lambda s, t: softmax(s / t)}
    ),
    "dropout": Sampler(
        dropout,
        {"x": X, "p": 0.3, "g": GENERATOR},
        {"probabilities": "p", "values": "v"},
        {"p": lambda x, p: np.array([p, 1 - p]), "v": lambda x, p: np.stack([0 * x, x / (1 - p)], axis=-1)},
    ),
    "latent": Sampler(
        latent, {"m": MEAN, "l": LOG_VARIANCE, "g": GENERATOR}, {"normal": "n"}, {"n": lambda m, v: (m, np.exp(v / 2))}
    ),
}

FEW_SEEDS = {name: range(1 if name == "temperature" else 3) for name in SAMPLERS}  # single draws take many calls


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_right_sampler_passes_with_every_seed(name: str) -> None:
    sampler = SAMPLERS[name]
    assert {sampler.judge(sampler.right, seed).outcome for seed in FEW_SEEDS[name]} == {"passed"}


@pytest.mark.slow
@pytest.mark.parametrize("name", SAMPLERS)
def test_a_right_sampler_passes_with_every_one_of_many_seeds(name: str) -> None:
    sampler = SAMPLERS[name]
    assert {sampler.judge(sampler.right, seed).outcome for seed in range(3, 60)} == {"passed"}


def by_place(x: Any, p: float, generator: Any) -> Any:
    kept = np.ones(x.size)
    kept[generator.permutation(x.size)[: round(p * x.size)]] = 0
    return x * kept.reshape(x.shape) / (1 - p)


def in_ten_values(mean: Any, log_variance: Any, generator: Any) -> Any:
    values = np.array([NormalDist().inv_cdf((k + 0.5) / 10) for k in range(10)])
    return mean + np.exp(log_variance / 2) * values[generator.integers(10, size=mean.shape)]


MISTAKES: dict[str, tuple[str, Callable[..., Any], str]] = {
    "without the power 3/4": ("noise", lambda q, n, g: draw(COUNTS / COUNTS.sum(), n, g), "the number 0 came in 6"),
    "all equally often": ("noise", lambda q, n, g: g.integers(len(q), size=n), "the number 0 came in 12"),
    "one word too far": ("noise", lambda q, n, g: draw(q, n, g) + 1, "only a whole number from 0 to 7 can come"),
    "one word too far, round the corner": ("noise", lambda q, n, g: (draw(q, n, g) + 1) % 8, "came in"),
    "never the last": ("noise", lambda q, n, g: draw(q[:-1], n, g), "the number 7 came in 0 %"),
    "one draw for all": ("noise", lambda q, n, g: np.full(n, draw(q, 1, g)[0]), "two neighbours along axis 0"),
    "sorted": ("noise", lambda q, n, g: np.sort(draw(q, n, g)), "draws hang together"),
    "not put back": ("noise", lambda q, n, g: np.resize(g.choice(8, 8, replace=False, p=q), n), "came in"),
    "a seed of its own": (
        "noise",
        lambda q, n, g: draw(q, n, np.random.default_rng(0)),
        "different seeds came in 100 %",
    ),
    "another source of chance": ("noise", lambda q, n, g: np.random.choice(8, n, p=q), "of the same seed"),  # noqa: NPY002
    "the likeliest always": ("noise", lambda q, n, g: np.zeros(n, dtype=int), "different seeds came in 100 %"),
    "left out for kept": ("subsampling", lambda t, k, g: t[g.random(len(t)) >= k[t]], "came in"),
    "one coin for each word": ("subsampling", lambda t, k, g: t[(g.random(6) < k)[t]], "came in"),
    "one coin for all": ("subsampling", lambda t, k, g: t[g.random() < k[t]], "came in"),
    "the square of the chance": ("subsampling", lambda t, k, g: t[g.random(len(t)) < k[t] ** 2], "came in"),
    "kept in another order": ("subsampling", lambda t, k, g: np.sort(thin(t, k, g)), "in its order"),
    "places for tokens": ("subsampling", lambda t, k, g: np.flatnonzero(g.random(len(t)) < k[t]), "in its order"),
    "times the temperature": (
        "temperature",
        lambda s, t, g: int(g.choice(5, p=softmax(s * t))),
        "the number 3 came in",
    ),
    "without the temperature": ("temperature", lambda s, t, g: int(g.choice(5, p=softmax(s))), "the number 3 came in"),
    "the best word": ("temperature", lambda s, t, g: int(np.argmax(s)), "different seeds came in 100 %"),
    "p for 1 - p": ("dropout", lambda x, p, g: x * (g.random(x.shape) < p) / (1 - p), "the value 0 came in 70"),
    "1 - p everywhere": ("dropout", lambda x, p, g: dropout(x, 1 - p, g), "where only"),
    "not scaled": ("dropout", lambda x, p, g: x * (g.random(x.shape) >= p), "where only"),
    "scaled by p": ("dropout", lambda x, p, g: x * (g.random(x.shape) >= p) / p, "where only"),
    "one mask for all rows": ("dropout", lambda x, p, g: x * (g.random(x.shape[1]) >= p) / (1 - p), "along axis 0"),
    "whole rows": ("dropout", lambda x, p, g: x * (g.random((len(x), 1)) >= p) / (1 - p), "along axis 1"),
    "a fixed number": ("dropout", by_place, "equally often in two calls"),
    "nothing dropped": ("dropout", lambda x, p, g: x, "where only"),
    "the variance for the deviation": (
        "latent",
        lambda m, v, g: m + np.exp(v) * g.standard_normal(m.shape),
        "standard deviation",
    ),
    "the logarithm for the deviation": (
        "latent",
        lambda m, v, g: m + v * g.standard_normal(m.shape),
        "standard deviation",
    ),
    "uniform noise": ("latent", lambda m, v, g: m + np.exp(v / 2) * g.random(m.shape), "have mean"),
    "uniform noise of the right spread": (
        "latent",
        lambda m, v, g: m + np.exp(v / 2) * math.sqrt(12) * (g.random(m.shape) - 0.5),
        "the result[",
    ),
    "ten values only": ("latent", in_ten_values, "the result["),
    "one noise for all": ("latent", lambda m, v, g: m + np.exp(v / 2) * g.standard_normal(), "two neighbours"),
    "the mean alone": ("latent", lambda m, v, g: m, "different seeds came in 100 %"),
    "without the mean": ("latent", lambda m, v, g: np.exp(v / 2) * g.standard_normal(m.shape), "have mean"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_found_with_every_seed(name: str) -> None:
    of, function, words = MISTAKES[name]
    verdicts = [SAMPLERS[of].judge(function, seed) for seed in FEW_SEEDS[of]]
    assert {verdict.outcome for verdict in verdicts} == {"failed"}
    assert words in verdicts[0].message


BROKEN: dict[str, tuple[Callable[..., Any], str]] = {
    "nothing": (lambda q, n, g: None, "is None"),
    "no number": (lambda q, n, g: np.full(n, np.nan), "is nan"),
    "without end": (lambda q, n, g: np.full(n, np.inf), "is inf"),
    "fractions": (lambda q, n, g: draw(q, n, g) + 0.5, "only a whole number"),
    "too many": (lambda q, n, g: draw(q, n + 1, g), "has shape (501,), expected shape (500,)"),
    "below zero": (lambda q, n, g: draw(q, n, g) - 8, "only a whole number"),
    "text": (lambda q, n, g: np.full(n, "word"), "expected numbers"),
    "an error": (lambda q, n, g: q[n], "it raised IndexError"),
    "an error now and then": (lambda q, n, g: draw(q, n, g)[: n if g.random() < 0.9 else 3], "has shape (3,)"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_have_been_drawn_fails_in_words(name: str) -> None:
    function, words = BROKEN[name]
    verdict = SAMPLERS["noise"].judge(function)
    assert verdict.outcome == "failed"
    assert words in verdict.message


def test_a_slip_that_draws_in_the_same_way_is_named() -> None:
    unpowered = MISTAKES["without the power 3/4"][1]
    verdict = SAMPLERS["noise"].judge(
        unpowered, **{"slip of power": unpowered, "slip of place": lambda q, n, g: n * [0]}
    )
    assert (verdict.slip, verdict.hint) == ("slip of power", "This is the slip of power.")


def test_a_slip_that_draws_the_same_once_by_chance_is_not_named() -> None:
    unpowered, first = MISTAKES["without the power 3/4"][1], np.random.default_rng(GENERATOR.seed).random()

    def sometimes(q: Any, n: int, generator: Any) -> Any:
        same = np.random.default_rng(GENERATOR.seed) if generator.random() == first else None
        return unpowered(q, n, same or generator)

    verdict = SAMPLERS["noise"].judge(unpowered, **{"slip of chance": sometimes})
    assert (verdict.outcome, verdict.slip) == ("failed", "")


def test_a_verdict_says_how_rarely_it_is_wrong() -> None:
    assert "less than once in 1,000,000 times" in SAMPLERS["noise"].judge(draw).message
    assert "less than once in 1,000,000 times" in SAMPLERS["noise"].judge(MISTAKES["all equally often"][1]).message


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({}, "needs either `probabilities` or `normal`"),
        ({"probabilities": "p", "subset_of": "qs"}, "known: g, n, q"),
        ({"probabilities": "nothing"}, "what solution.py says of its draws is no value: it is not defined"),
    ],
)
def test_what_is_wrongly_stated_is_refused_in_words(parameters: dict[str, Any], words: str) -> None:
    noise = SAMPLERS["noise"]
    with pytest.raises(AssignmentError, match=words):
        Sampler(noise.right, noise.inputs, parameters, noise.told).judge(draw)


ROWS = np.array([[0.0, 0.0], [2.5, -1.0], [0.0, 0.0]]), np.array([[0.0], [0.0], [0.7]])


def partly_drawn(g: Any) -> Any:
    """Draw normal numbers for the last row; the others are certain."""
    mean, deviation = ROWS
    return mean + deviation * g.standard_normal(mean.shape)


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (partly_drawn, "each independent"),
        (lambda g: partly_drawn(g) + np.array([[0], [0.1], [0]]), "is 2.6, where only 2.5 can come"),
        (lambda g: partly_drawn(g) * [[1], [1], [2]], "standard deviation 0.7"),
        (lambda g: ROWS[0] + g.standard_normal(ROWS[0].shape), "where only 0 can come"),
    ],
)
def test_an_entry_without_deviation_must_be_its_mean(function: Callable[..., Any], words: str) -> None:
    rows = Sampler(partly_drawn, {"g": GENERATOR}, {"normal": "n"}, {"n": lambda: ROWS})
    verdict = rows.judge(function)
    assert verdict.outcome == ("passed" if function is partly_drawn else "failed")
    assert words in verdict.message


def test_entries_of_which_each_has_its_own_law_are_told_apart() -> None:
    P = np.array([[0.2, 0.3, 0.5], [0.5, 0.3, 0.2], [0.0, 0.1, 0.9]])

    def rows(P: Any, g: Any) -> Any:
        return (np.cumsum(P, axis=1) < g.random((len(P), 1))).sum(axis=1)

    each = Sampler(rows, {"P": P, "g": GENERATOR}, {"probabilities": "p"}, {"p": lambda P: P})
    assert each.judge(rows).outcome == "passed"
    assert "at the result[" in each.judge(lambda P, g: rows(P[[1, 0, 2]], g)).message


def test_a_function_without_a_generator_is_judged_by_its_shares_alone() -> None:
    own = np.random.default_rng(5)
    plain = Sampler(draw, {"q": NOISE, "n": 500}, {"probabilities": "p"}, {"p": lambda q, n: q})
    assert plain.judge(lambda q, n: draw(q, n, own), f=lambda q, n: draw(q, n, own)).outcome == "passed"


def _tail(n: int, p: float, k: int) -> float:
    return sum(math.comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k, n + 1))


@pytest.mark.parametrize("p", [0.01, 0.2, 0.5, 0.9])
def test_the_bound_on_a_count_is_never_below_its_true_probability(p: float) -> None:
    n = 40
    above = np.arange(math.ceil(n * p), n + 1)
    tallies = Tallies(above, np.full(above.shape, n), np.full(above.shape, p), lambda _: ("", ""), Reason("", ""))
    true = np.array([_tail(n, p, int(k)) for k in above])
    assert (np.exp(-tallies.surprises()) >= true * (1 - 1e-12)).all()


def test_what_cannot_come_is_beyond_every_limit() -> None:
    tallies = Tallies(np.array([1, 99]), np.array([100, 100]), np.array([0.0, 1.0]), lambda _: ("", ""), Reason("", ""))
    assert np.isinf(tallies.surprises()).all()


def test_the_limit_shares_the_rate_out_over_all_tests_and_both_sides() -> None:
    assert math.exp(-limit(1000)) * 2 * 1000 == pytest.approx(RATE)


def test_the_bound_on_a_distance_holds_in_a_thousand_trials() -> None:
    random = np.random.default_rng(0)
    surprises = [surprise_of_distance(distance_from_uniform(np.sort(random.random(50))), 50) for _ in range(1000)]
    for rate in (0.5, 0.1, 0.01):
        assert np.mean(np.array(surprises) > limit(1, rate)) <= rate
