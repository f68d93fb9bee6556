"""The assignment on GloVe: its training agrees with one cell after another, its samplers with what they promise, what is
judged by a bar cannot be had without learning, and students are treated fairly.
"""

from __future__ import annotations

import sys
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy import sparse

from autograder.assignment import load_assignment
from autograder.cli.course import Loaded
from autograder.conversation import Sparse
from autograder.given import given_files
from autograder.registry import build_registry
from autograder.solution import load_solution
from tests.posed import verdicts_on_cells

if TYPE_CHECKING:
    from autograder.conversation import Case

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parents[1] / "assignments" / "glove"
ASSIGNMENT = load_assignment(FOLDER)
SOLUTION = load_solution(ASSIGNMENT)
REGISTRY = build_registry(FOLDER)
FUNCTION = SOLUTION.function
verdicts = partial(verdicts_on_cells, Loaded(ASSIGNMENT, SOLUTION, REGISTRY))
SAMPLER = REGISTRY.samplers
PLUGIN = sys.modules[SAMPLER["glove.fitted"].__module__]
METRIC = REGISTRY.metrics["explained share"]
TEXT = {"V": 60, "d": 4, "window": 10, "epochs": 1}


def case(sampler: str, edge: str = "", seed: int = 0, **size: int) -> Case:
    drawn: Case = SAMPLER[f"glove.{sampler}"](np.random.default_rng(seed), size, edge)
    return drawn


def as_table(X: Sparse | np.ndarray) -> np.ndarray:
    if not isinstance(X, Sparse):
        return X
    whole: np.ndarray = sparse.csr_array((X.data, X.indices, X.indptr), X.shape).toarray()
    return whole


# ------------------------------------------------------------------------------------------------------------ the solution


def one_cell_after_another(
    X: np.ndarray, start: dict[str, np.ndarray], epochs: int, seed: int, learning_rate: float, x_max: float
) -> dict[str, np.ndarray]:
    """Train as the published program does, a cell at a time; its order is that of the diagonals."""
    generator, V = np.random.default_rng(seed), len(X)
    theta = {name: table.copy() for name, table in start.items()}
    squares = {name: np.ones(table.shape) for name, table in start.items()}
    for _ in range(epochs):
        for k in generator.permutation(V):
            for i, j in ((i, (i + k) % V) for i in range(V)):
                if X[i, j]:
                    w, u = theta["W"][i].copy(), theta["W_tilde"][j].copy()
                    residual = w @ u + theta["b"][i] + theta["b_tilde"][j] - np.log(X[i, j])
                    g = 2 * min(X[i, j] / x_max, 1) ** 0.75 * residual
                    steps = (("W", i, g * u), ("W_tilde", j, g * w), ("b", i, g), ("b_tilde", j, g))
                    for name, row, slope in steps:
                        theta[name][row] -= learning_rate * slope / np.sqrt(squares[name][row])
                        squares[name][row] += (learning_rate * slope) ** 2
    return theta


@pytest.mark.parametrize("edge", ["", "a sparse table"])
def test_a_diagonal_at_once_ends_where_one_cell_after_another_does(edge: str) -> None:
    inputs = dict(case("small_table", edge, V=7, d=3, epochs=3).inputs)
    X = as_table(inputs.pop("X"))
    parameters, losses = FUNCTION("train")(X, **inputs)
    expected = one_cell_after_another(X, **inputs)
    for name, table in expected.items():
        np.testing.assert_allclose(parameters[name], table, rtol=1e-12)
    assert len(losses) == 4
    assert losses[-1] == pytest.approx(FUNCTION("glove_loss")(X, expected, inputs["x_max"]), rel=1e-12)


def test_predicted_ratios_are_those_of_exponentials_of_products() -> None:
    parameters, i, j, probes = case("two_words", V=6, d=4, n=5).inputs.values()
    exponentials = np.exp(parameters["W"] @ parameters["W_tilde"].T)
    expected = exponentials[i, probes] / exponentials[j, probes]
    np.testing.assert_allclose(FUNCTION("predicted_ratios")(parameters, i, j, probes), expected, rtol=1e-12)


@pytest.mark.parametrize("make", [np.asarray, sparse.csr_array, sparse.csr_matrix, sparse.coo_array])
def test_cells_and_dense_take_tables_of_every_kind(make: type) -> None:
    table = [[0.0, 5.0], [0.5, 0.0]]
    assert [each.tolist() for each in FUNCTION("cells")(make(table))] == [[0, 1], [1, 0], [5.0, 0.5]]
    assert FUNCTION("dense")(make(table)).tolist() == table


# ------------------------------------------------------------------------------------------------------------ the samplers


@pytest.mark.parametrize("seed", range(10))
def test_tables_are_neither_full_nor_symmetric_and_counts_lie_on_both_sides_of_x_max(seed: int) -> None:
    for V in (2, 5, 11):
        inputs = case("fitted", seed=seed, V=V, d=3).inputs
        X, most = inputs["X"], inputs["x_max"]
        assert (X == 0).any()
        assert (most < X).any()
        assert ((X > 0) & (most > X)).any()
        assert not np.array_equal(X, X.T)
        assert (X > 0).any(axis=0).all()
        assert (X > 0).any(axis=1).all()


@pytest.mark.parametrize("seed", range(10))
def test_probes_have_been_met_but_at_the_edges(seed: int) -> None:
    def ratios(edge: str) -> np.ndarray:
        found: np.ndarray = FUNCTION("probe_ratios")(**case("company", edge, seed, V=6, n=4).inputs)[:, 2]
        return found

    usual = ratios("")
    assert np.isfinite(usual).all()
    assert np.abs(np.log(usual)).max() > 0.1
    assert np.isinf(ratios("a probe that only the first has met")).any()
    assert (ratios("a probe that only the second has met") == 0).any()
    assert np.isnan(ratios("a probe that neither has met")).any()


def test_steps_begin_with_squares_of_ones_at_their_edge_alone() -> None:
    assert (case("moved", "the first step", n=2, d=5).inputs["squares"] == 1).all()
    assert (case("moved", n=2, d=5).inputs["squares"] > 1.2).all()


def test_some_words_of_small_tables_share_a_diagonal_and_others_do_not() -> None:
    X = case("small_table", V=9, d=4, epochs=2).inputs["X"]
    i, j = np.nonzero(X)
    on_each = np.bincount((j - i) % 9, minlength=9)
    assert on_each.max() > 1
    assert len(np.unique(on_each)) > 1


# ------------------------------------------------------------------------------------------------------ what is held out


def test_hidden_pairs_are_missing_from_the_table_in_both_directions() -> None:
    drawn = case("wikipedia_to_learn", **TEXT)
    X, (i, j, _) = as_table(drawn.inputs["X"]), PLUGIN.cells_of(drawn.hidden["unseen"])
    assert (X[i, j] == 0).all()
    assert (X[j, i] == 0).all()
    assert (X == X.T).all()
    assert (i <= j).all()
    assert 0.01 < len(i) / np.count_nonzero(np.triu(X)) < 0.06


def test_words_are_numbered_anew_for_each_training_so_that_nothing_can_be_looked_up() -> None:
    sums = [as_table(case("wikipedia_to_learn", seed=seed, **TEXT).inputs["X"]).sum(axis=1) for seed in (1, 2)]
    assert (sums[0].argsort() == sums[1].argsort()).mean() < 0.2
    np.testing.assert_allclose(np.sort(sums[0]), np.sort(sums[1]), rtol=0.4)


def test_vectors_that_know_all_explain_all_and_the_best_biases_nothing() -> None:
    drawn = case("wikipedia_to_learn", **TEXT)
    hidden, logarithms = drawn.hidden, as_table(drawn.hidden["unseen"])
    b, b_tilde = PLUGIN.best_biases(drawn.inputs["X"])
    nothing = {"W": np.zeros((60, 4)), "W_tilde": np.zeros((60, 4)), "b": b, "b_tilde": b_tilde}
    assert METRIC.score(nothing, **hidden) == pytest.approx(0)
    everything = {"W": np.eye(60), "W_tilde": logarithms.T.copy(), "b": np.zeros(60), "b_tilde": np.zeros(60)}
    assert METRIC.score(everything, **hidden) == pytest.approx(1)


@pytest.mark.parametrize(
    "change",
    [{"W": None}, {"W": np.ones(3)}, {"b": np.ones((3, 1))}, {"W_tilde": np.ones((3, 5))}, {"W": np.ones((2, 4))},
     {"b": np.full(3, np.nan)}, {"W": np.full((3, 4), 1e200)}, {"b_tilde": [0.0, 0.0, 0.0]}, {"b": np.ones(3) * 1j}],
)  # fmt: skip
def test_what_are_no_parameters_is_refused_in_words(change: dict[str, Any]) -> None:
    right = {"W": np.ones((3, 4)), "W_tilde": np.ones((3, 4)), "b": np.ones(3), "b_tilde": np.ones(3)}
    unseen = sparse.csr_array([[0, 3.0, 0], [0, 0, 0], [0, 7.0, 0]])
    hidden = {"unseen": Sparse((3, 3), unseen.data, unseen.indices, unseen.indptr), "alone": 1.0}
    assert METRIC.score(right, **hidden) < 1
    with pytest.raises(ValueError, match=r"parameters|numbers"):
        METRIC.score(right | change, **hidden)
    with pytest.raises(ValueError, match="parameters"):
        METRIC.score(list(right.values()), **hidden)


def test_the_text_is_handed_out_without_rare_words() -> None:
    files = given_files(ASSIGNMENT, REGISTRY)
    assert list(files) == ["given/wikipedia.txt"]
    words = Counter(files["given/wikipedia.txt"].decode().split())
    assert (words.total(), len(words), min(words.values())) == (429_028, 9_047, 5)


# ---------------------------------------------------------------------------------------------------------------- fairness

ANOTHER_WEIGHT = """
def glove_weight(x, x_max=100, alpha=0.75):
    return (np.asarray(x) / x_max) ** alpha
"""
LOSS = """
def glove_loss(X, parameters, x_max=100, alpha=0.75):
    i, j, x = cells(X)
    W, W_tilde, b, b_tilde = (parameters[name] for name in ("W", "W_tilde", "b", "b_tilde"))
    r = (W[i] * W_tilde[j]).sum(axis=1) + b[i] + b_tilde[j] - np.log(x)
    return (glove_weight(x, x_max, alpha) * r**2).sum()
"""
GRADIENTS = """
def glove_gradients(X, parameters, x_max=100, alpha=0.75):
    i, j, x = cells(X)
    W, W_tilde, b, b_tilde = (parameters[name] for name in ("W", "W_tilde", "b", "b_tilde"))
    g = np.zeros((len(b), len(b)))
    r = (W[i] * W_tilde[j]).sum(axis=1) + b[i] + b_tilde[j] - np.log(x)
    g[i, j] = FACTOR * glove_weight(x, x_max, alpha) * r
    return {"dW": g @ W_tilde, "dW_tilde": g.T @ W, "db": g.sum(axis=1), "db_tilde": g.sum(axis=0)}
"""
TRAIN = """
def train(X, start, epochs, seed, learning_rate=0.05, x_max=10):
    generator, X = np.random.default_rng(seed), dense(X)
    theta, squares = dict(start), {name: np.ones(np.shape(table)) for name, table in start.items()}
    losses = [glove_loss(X, theta, x_max)]
    apart = np.subtract.outer(np.arange(len(X)), np.arange(len(X))).T % len(X)
    for _ in range(epochs):
        for k in generator.permutation(len(X)):
            slopes = glove_gradients(np.where(apart == k, X, 0), theta, x_max)
            for name in start:
                theta[name], squares[name] = glove_step(theta[name], slopes["d" + name], squares[name], learning_rate)
        losses.append(glove_loss(X, theta, x_max))
    return theta, losses
"""


def test_a_wrong_weight_costs_the_loss_and_its_gradients_nothing() -> None:
    failed = frozenset({"glove_weight"})
    for function, code in (("glove_loss", LOSS), ("glove_gradients", GRADIENTS.replace("FACTOR", "2"))):
        found = verdicts(function, ANOTHER_WEIGHT + code, failed=failed)
        assert {(each.outcome, each.carried_forward) for each in found} == {("passed", True)}


def test_gradients_of_a_student_s_own_loss_are_right() -> None:
    half = LOSS.replace("r**2).sum()", "r**2).sum() / 2") + GRADIENTS.replace("FACTOR", "1")
    assert {each.slip for each in verdicts("glove_loss", half)} == {"loss-half"}
    assert {each.outcome for each in verdicts("glove_gradients", half)} == {"passed"}


def test_wrong_parts_cost_a_right_training_nothing_on_small_tables() -> None:
    code = LOSS.replace("r**2).sum()", "r**2).mean()") + GRADIENTS.replace("FACTOR", "-1") + TRAIN
    [small] = verdicts("train", code, failed=frozenset({"glove_loss", "glove_gradients"}), only=("values",))
    assert (small.outcome, small.carried_forward) == ("passed", True)


def test_who_hands_in_the_best_biases_and_vectors_by_chance_is_found_out() -> None:
    fake = """
def train(X, start, epochs, seed, learning_rate=0.05, x_max=10):
    counts = dense(X)
    b = np.log(np.maximum(counts.sum(axis=1), 1e-9))
    vectors = {name: 0.1 * np.random.default_rng(seed).standard_normal(start[name].shape) for name in ("W", "W_tilde")}
    return vectors | {"b": b, "b_tilde": b - np.log(counts.sum())}, [1.0] * (epochs + 1)
"""
    small, real = verdicts("train", fake)
    assert (small.outcome, real.outcome) == ("failed", "failed")
    assert "it must be at least" in real.message


def test_all_cells_at_once_are_not_learned_from() -> None:
    at_once = TRAIN.replace("np.where(apart == k, X, 0)", "X")
    [small] = verdicts("train", at_once, only=("values",))
    assert (small.outcome, small.slip) == ("failed", "train-all-cells-at-once")
    once = TRAIN.replace("generator.permutation(len(X))", "[0]").replace("np.where(apart == k, X, 0)", "X")
    with np.errstate(all="ignore"):
        [real] = verdicts("train", once, only=("accuracy",))
    assert real.outcome == "failed"
    assert "the steps were too large" in real.message or "it must be at least" in real.message
