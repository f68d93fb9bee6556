"""The assignment on item2vec: its solution agrees with the references, its samplers with what they promise, a table of
any right form is right, and students are treated fairly.
"""

from __future__ import annotations

from collections import deque
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from autograder.assignment import load_assignment
from autograder.cli.course import Loaded
from autograder.compare import Tolerance, same_answer
from autograder.given import given_files
from autograder.registry import build_registry
from autograder.setting import build_setting
from autograder.solution import load_solution
from plugins.conventions.tables import alias_table as probabilities_of
from reference.counts.similarity import cosine_similarity
from reference.embeddings.alias import alias_probabilities, alias_table
from reference.embeddings.contexts import skip_gram_pairs
from reference.embeddings.frequencies import noise_distribution
from reference.embeddings.objectives import negative_sampling_gradients, negative_sampling_loss
from reference.networks.gradient_check import numerical_gradients
from tests.posed import verdicts_on_cells

if TYPE_CHECKING:
    from collections.abc import Iterator

    from autograder.conversation import Case

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parents[1] / "assignments" / "item2vec"
ASSIGNMENT = load_assignment(FOLDER)
SOLUTION = load_solution(ASSIGNMENT)
REGISTRY = build_registry(FOLDER)
FUNCTION = SOLUTION.function
verdicts = partial(verdicts_on_cells, Loaded(ASSIGNMENT, SOLUTION, REGISTRY))
SEEDS = pytest.mark.parametrize("seed", range(10))


def case(sampler: str, edge: str = "", seed: int = 0, **size: int) -> Case:
    drawn: Case = REGISTRY.samplers[f"item2vec.{sampler}"](np.random.default_rng(seed), size, edge)
    return drawn


def drawn_by_check(function: str, check: int = 0) -> Iterator[dict[str, Any]]:
    """Yield the inputs of every case that a check of a task draws under two seeds."""
    task = ASSIGNMENT.task(function)
    for seed in (1, 2):
        for each in build_setting(REGISTRY, ASSIGNMENT, task, task.checks[check], seed, frozenset()).cases:
            yield dict(each.inputs)


def outcomes(*asked: Any, **how: Any) -> list[str]:
    return [verdict.outcome for verdict in verdicts(*asked, **how)]


# --------------------------------------------------------------------------------------- the solution and the references


def test_pairs_are_those_of_skip_gram_with_a_window_as_wide_as_the_basket() -> None:
    for inputs in drawn_by_check("basket_pairs"):
        wide = [pair for basket in inputs["baskets"] for pair in skip_gram_pairs(basket, len(basket))]
        assert list(map(tuple, FUNCTION("basket_pairs")(**inputs).tolist())) == wide


def test_noise_is_the_references_of_how_many_baskets_a_product_is_in() -> None:
    for inputs in drawn_by_check("basket_noise"):
        counts = np.bincount(np.concatenate(inputs["baskets"]).astype(int), minlength=inputs["V"])
        expected = noise_distribution(counts, *([inputs["power"]] if "power" in inputs else []))
        np.testing.assert_allclose(FUNCTION("basket_noise")(**inputs), expected)


def test_the_table_draws_what_the_references_draws_which_is_what_it_was_made_for() -> None:
    for inputs in drawn_by_check("alias_table"):
        mine, theirs = FUNCTION("alias_table")(**inputs), alias_table(inputs["p"])
        np.testing.assert_allclose(probabilities_of(mine), inputs["p"], atol=1e-12)
        np.testing.assert_allclose(probabilities_of(mine), alias_probabilities(theirs), atol=1e-12)
        np.testing.assert_allclose(FUNCTION("chances_of_table")(*mine, 1), inputs["p"], atol=1e-12)


def test_loss_and_gradients_are_the_references_added_up_over_pairs_without_their_companions_as_noise() -> None:
    for inputs in drawn_by_check("pairs_gradients"):
        W, U, pairs, negatives = inputs.values()
        loss, dW, dU = 0.0, np.zeros(W.shape), np.zeros(U.shape)
        for (product, companion), drawn in zip(pairs, negatives, strict=True):
            noise = drawn[drawn != companion]
            loss += negative_sampling_loss(W[product], U, companion, noise)
            slopes = negative_sampling_gradients(W[product], U, companion, noise)
            dW[product] += slopes["dh"]
            dU += slopes["dU"]
        assert FUNCTION("pairs_loss")(**inputs) == pytest.approx(loss)
        found = FUNCTION("pairs_gradients")(**inputs)
        np.testing.assert_allclose(found["dW"], dW, atol=1e-12)
        np.testing.assert_allclose(found["dU"], dU, atol=1e-12)


@SEEDS
def test_gradients_are_the_slopes_of_the_loss_at_every_entry(seed: int) -> None:
    inputs = case("some_pairs", "a companion was drawn", seed, V=5, d=3, n=4, k=3).inputs
    tables = {name: inputs[name] for name in ("W", "U")}
    rest = inputs["pairs"], inputs["negatives"]
    measured = numerical_gradients(lambda at: FUNCTION("pairs_loss")(at["W"], at["U"], *rest), tables)
    found = FUNCTION("pairs_gradients")(**inputs)
    for name in ("dW", "dU"):
        np.testing.assert_allclose(found[name], measured[name], atol=1e-7)


def test_neighbours_are_those_of_the_largest_cosine_and_then_of_the_smallest_number() -> None:
    for inputs in drawn_by_check("neighbours"):
        W, product, n = inputs.values()
        others = [each for each in range(len(W)) if each != product]
        others.sort(key=lambda each: (-cosine_similarity(W[each], W[product]), each))
        assert FUNCTION("neighbours")(W, product, n).tolist() == others[:n]


def test_a_batch_is_a_step_against_the_gradients_of_all_its_pairs() -> None:
    inputs = dict(case("equal_baskets", V=7, d=2, m=7, longest=4, epochs=2, batch=3, n=5).inputs)
    W, U = inputs["start"]["W"], inputs["start"]["U"]
    noise, pairs = int(inputs["q"].argmax()), FUNCTION("basket_pairs")(inputs["baskets"][:1])
    for number, size in enumerate([3, 3, 1, 3, 3, 1]):
        batch = np.tile(pairs, (size, 1))
        slopes = FUNCTION("pairs_gradients")(W, U, batch, np.full((len(batch), 3), noise))
        step = inputs["rate"] + (0.0001 - inputs["rate"]) * number / 6
        W, U = W - step * slopes["dW"], U - step * slopes["dU"]
    vectors, losses = FUNCTION("train")(**inputs)
    np.testing.assert_allclose(vectors["W"], W)
    np.testing.assert_allclose(vectors["U"], U)
    assert len(losses) == 3
    assert losses[-1] == FUNCTION("exam_loss")({"W": W, "U": U}, inputs["q"], inputs["exam"])


def test_the_exam_asks_for_the_share_of_the_companion_among_all_products() -> None:
    inputs = case("equal_baskets", V=6, d=4, m=2, longest=3, epochs=1, batch=2, n=9).inputs
    W, U, q, exam = *inputs["start"].values(), inputs["q"], inputs["exam"]
    shares = [q[c] * np.exp(U[c] @ W[b]) / (q * np.exp(U @ W[b])).sum() for b, c in exam]
    assert FUNCTION("exam_loss")(inputs["start"], q, exam) == pytest.approx(-np.log(shares).mean())


# ------------------------------------------------------------------------------------------- a table of any right form


def by_queues(p: Any) -> tuple[list[float], list[int]]:
    """Make another table than the solution's: in the order of the numbers, each giver until it has nothing left."""
    left, alias = [len(p) * each for each in p], [0] * len(p)
    low = deque(i for i, each in enumerate(left) if each < 1)
    high = deque(i for i, each in enumerate(left) if each >= 1)
    while low and high:
        i = low.popleft()
        alias[i] = high[0]
        left[high[0]] -= 1 - left[i]
        if left[high[0]] < 1:
            low.append(high.popleft())
    return [min(each, 1.0) for each in left], alias


@SEEDS
def test_tables_that_differ_are_equal_if_they_draw_the_same(seed: int) -> None:
    p = case("chances", seed=seed, V=12).inputs["p"]
    one, other = FUNCTION("alias_table")(p), by_queues(p)
    assert one[1].tolist() != other[1]
    assert same_answer(probabilities_of(other), probabilities_of(one), Tolerance())


@pytest.mark.parametrize(
    "value",
    [None, 0.5, np.ones(2), ([0.5, 1.0],), ([0.5, 1.0], [1]), ([0.5, 1.0], [1.0, 0.0]), (["a", "b"], [0, 1]),
     ([[0.5, 1.0]], [[1, 1]]), ([1.0, 1.0], [0, 1], [0, 1]), ([0.5, [1.0]], [0, 1])],
)  # fmt: skip
def test_what_is_no_table_is_no_answer(value: Any) -> None:
    assert probabilities_of(value) is None


def test_who_returns_the_probabilities_themselves_is_told_of_no_mistake_that_was_not_made() -> None:
    [found] = verdicts("alias_table", "def alias_table(p):\n    return p")
    assert (found.outcome, found.slip) == ("failed", "")
    assert "p_of_table is None, expected an array" in found.message


@pytest.mark.parametrize(
    "table", [([-0.1, 1.0], [1, 1]), ([1.1, 1.0], [1, 1]), ([0.5, 1.0], [2, 1]), ([0.5, 1], [-1, 1])]
)
def test_a_column_from_which_nothing_can_be_drawn_is_not_a_number(table: Any) -> None:
    assert np.isnan(probabilities_of(table)).tolist() == [True, False]


# ----------------------------------------------------------------------------------------------------------- the samplers


@SEEDS
def test_noise_is_drawn_twice_for_a_pair_and_is_the_companion_only_at_its_edge(seed: int) -> None:
    inputs = case("some_pairs", seed=seed, V=30, d=2, n=40, k=6).inputs
    assert all(len(set(row)) < 6 for row in inputs["negatives"].tolist())
    assert (inputs["negatives"] != inputs["pairs"][:, 1:]).all()
    assert (inputs["negatives"] == inputs["pairs"][:, :1]).any()
    assert len(np.unique(inputs["pairs"][:, 1])) < 40
    edge = case("some_pairs", "a companion was drawn", seed, V=5, d=3, n=4, k=2).inputs
    assert ((edge["negatives"] == edge["pairs"][:, 1:]).sum(axis=1) > 0).tolist() == [True, False, True, False]


@SEEDS
def test_large_scores_overflow_and_round_shares_to_zero(seed: int) -> None:
    W, U, pairs, negatives = case("some_pairs", "large", seed, V=5, d=3, n=4, k=2).inputs.values()
    assert (W[pairs[:, 0]] * U[pairs[:, 1]]).sum(axis=1).max() < -750
    assert np.einsum("nd,nkd->nk", W[pairs[:, 0]], U[negatives]).min() > 750


@SEEDS
def test_some_products_are_never_sold_the_last_among_them(seed: int) -> None:
    q = FUNCTION("basket_noise")(**case("sold", "power 0", seed, V=11, m=7).inputs)
    assert q[-1] == 0
    assert 2 <= (q == 0).sum() < 11


@SEEDS
def test_no_product_but_one_is_drawn_where_nothing_is_left_to_chance(seed: int) -> None:
    q = case("equal_baskets", seed=seed, V=7, d=2, m=7, longest=4, epochs=2, batch=3, n=5).inputs["q"]
    share, alias = FUNCTION("alias_table")(q)
    drawn = FUNCTION("alias_draw")(share, alias, 100_000, np.random.default_rng(seed))
    assert set(drawn.tolist()) == {int(q.argmax())}
    assert np.isfinite(np.log(q)).all()


@SEEDS
def test_no_training_by_default_grows_so_large_that_rounding_decides(seed: int) -> None:
    inputs = case(
        "equal_baskets", "negatives, rate and batch by default", seed, V=7, d=2, m=7, longest=4, epochs=2, batch=3, n=5
    ).inputs
    vectors, _ = FUNCTION("train")(**inputs)
    assert np.abs(vectors["U"] @ vectors["W"].T).max() < 20


def test_each_training_is_of_another_shop_and_what_was_left_out_is_nowhere_in_it() -> None:
    one, other = (case("shop_to_learn", seed=seed, d=2, epochs=1) for seed in (1, 2))
    assert all(gone not in basket for gone, basket in zip(one.hidden["left_out"], one.held_out["baskets"], strict=True))
    assert "left_out" not in {**one.inputs, **one.held_out}
    popular = [set(np.argsort(-each.inputs["q"])[:12].tolist()) for each in (one, other)]
    assert len(popular[0] & popular[1]) < 6
    assert not {tuple(basket) for basket in one.inputs["baskets"]} & {tuple(basket) for basket in handed_out()}


def handed_out() -> list[list[int]]:
    text = given_files(ASSIGNMENT, REGISTRY)["given/baskets.txt"].decode()
    return [[int(number) for number in line.split()] for line in text.splitlines()]


def test_three_thousand_baskets_are_handed_out_and_a_shelf_for_each_product() -> None:
    baskets = handed_out()
    assert len(baskets) == 3100
    assert min(map(len, baskets)) >= 2
    assert {product for basket in baskets for product in basket} == set(range(240))
    shelves = given_files(ASSIGNMENT, REGISTRY)["given/shelves.txt"].decode().split()
    assert sorted(map(int, shelves)) == sorted(list(range(12)) * 20)


# --------------------------------------------------------------------------------------------------------------- the metric


METRIC = REGISTRY.metrics["hit rate at 10"]


def test_the_metric_is_the_share_of_baskets_that_were_hit() -> None:
    lists = np.arange(40).reshape(4, 10)
    assert METRIC.score(lists, left_out=np.array([0, 19, 5, 40])) == 0.5
    assert METRIC.score(lists.tolist(), left_out=np.array([0, 19, 29, 40])) == 0.75


@pytest.mark.parametrize(
    "answer", [None, 1, [[1, 2]], [[1], [1, 2]], np.zeros((2, 10)), np.zeros((2, 20), dtype=int), ["a"] * 2]
)
def test_what_is_no_list_of_ten_for_each_basket_is_refused_in_words(answer: Any) -> None:
    with pytest.raises(ValueError, match="what is recommended is"):
        METRIC.score(answer, left_out=np.array([1, 2]))


# -------------------------------------------------------------------------------------------------------------- fairness


def test_a_wrong_largest_costs_neighbours_and_recommendations_nothing() -> None:
    rising = "def largest(scores, count):\n    return np.argsort(-scores, kind='stable')[:count][::-1]\n"
    neighbours = """
def neighbours(W, product, n):
    lengths = np.linalg.norm(W, axis=1)
    cosines = W @ W[product] / np.maximum(lengths * lengths[product], 1e-300)
    cosines[product] = -np.inf
    return largest(cosines, min(n, len(W) - 1))
"""
    recommend = """
def recommend(vectors, q, baskets, n):
    scores = [np.log(q) + vectors["U"] @ vectors["W"][basket].sum(axis=0) for basket in baskets]
    for each, basket in zip(scores, baskets):
        each[basket] = -np.inf
    return np.array([largest(each, n) for each in scores])
"""
    assert [each.slip for each in verdicts("largest", rising)] == ["largest-rising"]
    for function, code in (("neighbours", neighbours), ("recommend", recommend)):
        found = verdicts(function, rising, code, failed=frozenset({"largest"}))
        assert [(each.outcome, each.carried_forward) for each in found] == [("passed", False), ("passed", True)]


def test_gradients_of_a_student_s_own_loss_are_right() -> None:
    with_companions = """
def pairs_loss(W, U, pairs, negatives):
    h = W[pairs[:, 0]]
    wrong = np.einsum("nd,nkd->nk", h, U[negatives])
    return np.logaddexp(0, -(h * U[pairs[:, 1]]).sum(axis=1)).sum() + np.logaddexp(0, wrong).sum()

def pairs_gradients(W, U, pairs, negatives):
    rows = np.hstack([pairs[:, 1:], negatives])
    h, u = W[pairs[:, 0]], U[rows]
    g = sigmoid(np.einsum("nd,nkd->nk", h, u)) - (np.arange(rows.shape[1]) == 0)
    dW, dU = np.zeros(W.shape), np.zeros(U.shape)
    np.add.at(dW, pairs[:, 0], np.einsum("nk,nkd->nd", g, u))
    np.add.at(dU, rows, g[:, :, None] * h[:, None])
    return {"dW": dW, "dU": dU}
"""
    assert [each.slip for each in verdicts("pairs_loss", with_companions)] == ["loss-companion-counts-as-noise"]
    assert outcomes("pairs_gradients", with_companions) == ["passed"] * 3


def test_a_wrong_part_costs_the_single_steps_of_a_training_nothing() -> None:
    once = """
def basket_pairs(baskets):
    pairs = [(basket[i], basket[j]) for basket in baskets for i in range(len(basket)) for j in range(i)]
    return np.array(pairs, dtype=int).reshape(-1, 2)

def train(start, baskets, q, exam, epochs, seed, negatives=4, rate=0.05, batch=20):
    generator = np.random.default_rng(seed)
    W, U = start["W"].copy(), start["U"].copy()
    table, losses = alias_table(q), [exam_loss(start, q, exam)]
    for epoch in range(epochs):
        order = generator.permutation(len(baskets))
        parts = [order[i : i + batch] for i in range(0, len(order), batch)]
        for number, part in enumerate(parts):
            pairs = basket_pairs([baskets[i] for i in part])
            drawn = alias_draw(*table, len(pairs) * negatives, generator).reshape(-1, negatives)
            slopes = pairs_gradients(W, U, pairs, drawn)
            step = learning_rate_at((epoch + number / len(parts)) / epochs, rate)
            W -= step * slopes["dW"]
            U -= step * slopes["dU"]
        losses.append(exam_loss({"W": W, "U": U}, q, exam))
    return {"W": W, "U": U}, losses
"""
    assert outcomes("basket_pairs", once) == ["failed", "failed"]
    [found] = verdicts("train", once, failed=frozenset({"basket_pairs"}), only=("values",))
    assert (found.outcome, found.carried_forward) == ("passed", True)


def test_a_loop_that_draws_or_goes_over_pairs_costs_the_points_for_speed_alone() -> None:
    loop = """
def alias_draw(share, alias, n, generator):
    columns = [generator.integers(len(share)) for _ in range(n)]
    return np.array([i if generator.random() < share[i] else alias[i] for i in columns])
"""
    assert outcomes("alias_draw", loop) == ["passed", "passed", "failed"]


# ---------------------------------------------------------------------------------------------------------------- cheats


def test_who_hands_in_vectors_of_popularity_and_invented_losses_is_found_out() -> None:
    fake = """
def train(start, baskets, q, exam, epochs, seed, negatives=4, rate=0.05, batch=20):
    popular = np.tile(np.log(q)[:, None], (1, start["W"].shape[1])) / 8
    return {"W": popular, "U": popular.copy()}, [exam_loss(start, q, exam), *np.linspace(5.0, 4.8, epochs)]
"""
    found = verdicts("train", fake)
    assert [each.outcome for each in found] == ["failed"] * 3
    assert "but the loss of the returned vectors is" in found[2].message


def test_a_table_of_counts_is_too_large_to_pass_for_vectors() -> None:
    counts = """
def train(start, baskets, q, exam, epochs, seed, negatives=4, rate=0.05, batch=20):
    together = np.zeros((len(q), len(q)))
    for basket in baskets:
        together[np.ix_(basket, basket)] += 1
    vectors = {"W": np.eye(len(q)), "U": np.log(together + 1)}
    return vectors, [exam_loss(start, q, exam)] + epochs * [exam_loss(vectors, q, exam)]
"""
    [found] = verdicts("train", counts, only=("accuracy",))
    assert found.outcome == "failed"
    assert "holds 115,200 numbers, and may hold at most 7,680" in found.message
