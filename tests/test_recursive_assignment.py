"""The assignment on recursive networks: its own functions agree with torch, its samplers keep what they promise, and
students are treated fairly.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from autograder.assignment import load_assignment
from autograder.cli.course import Loaded
from autograder.registry import build_registry
from autograder.solution import load_solution
from reference.networks.optimisers import adam_step
from reference.trees.forest import plant as plant_for_torch
from reference.trees.recursive_net import recursive_backward, recursive_forward
from reference.trees.sentiment import node_sentiment_backward, node_sentiment_forward
from reference.trees.sentiment_net import Layer, SentimentNet, TreeLstm
from reference.trees.tree import post_order
from tests.posed import verdicts_on_cells

if TYPE_CHECKING:
    from autograder.conversation import Case

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parents[1] / "assignments" / "recursive"
ASSIGNMENT = load_assignment(FOLDER)
SOLUTION = load_solution(ASSIGNMENT)
REGISTRY = build_registry(FOLDER)
FUNCTION = SOLUTION.function
verdicts = partial(verdicts_on_cells, Loaded(ASSIGNMENT, SOLUTION, REGISTRY), skip=("accuracy",))
SEEDS = range(10)


def case(sampler: str, edge: str = "", seed: int = 0, **size: int) -> Case:
    drawn: Case = REGISTRY.samplers[f"recursive.{sampler}"](np.random.default_rng(seed), size, edge)
    return drawn


def outcomes(function: str, *cells: str, **how: Any) -> list[tuple[str, bool]]:
    return [(each.outcome, each.carried_forward) for each in verdicts(function, *cells, **how)]


# ------------------------------------------------------------------------------------------------ beside other programs


def as_a_net(parameters: dict[str, Any], composition: type[Layer | TreeLstm]) -> SentimentNet:
    """Return torch's twin with these parameters."""
    d, V = parameters["L"].shape
    net = SentimentNet(V, d, len(parameters["Ws"]), composition).double()
    own = {name if name in ("L", "Ws", "bs") else f"composition.{name}": torch.tensor(array)
           for name, array in parameters.items()}  # fmt: skip
    net.load_state_dict(own)
    return net


def test_the_loss_of_a_tree_lstm_and_its_gradients_are_those_of_torch() -> None:
    tree, labels, L, parameters = case("labelled_tree", words=7, n_x=3, d=3, V=9, classes=4).inputs.values()
    net = as_a_net({"L": L, **parameters}, TreeLstm)
    expected = torch.nn.functional.cross_entropy(net(plant_for_torch([tree])).T, torch.tensor(labels), reduction="sum")
    expected.backward()
    J, gradients = FUNCTION("tree_lstm_gradients")(tree, labels, L, parameters)
    assert pytest.approx(expected.item(), rel=1e-10) == J
    found = {f"d{name.rpartition('.')[2]}": each.grad.numpy() for name, each in net.named_parameters()}
    assert found.keys() == gradients.keys()
    for name, gradient in gradients.items():
        np.testing.assert_allclose(gradient, found[name], rtol=1e-9, atol=1e-12)


def test_the_summed_errors_have_the_gradients_that_nudging_finds() -> None:
    tree, L, parameters = case("tree_to_tell", words=6, d=2, V=5).inputs.values()
    _, gradients = FUNCTION("reconstruction_gradients")(tree, L, parameters)
    for name, array in {"L": L, **parameters}.items():
        direction = np.random.default_rng(1).standard_normal(array.shape)
        above, below = ({"L": L, **parameters, name: array + step * direction} for step in (1e-6, -1e-6))
        errors = [FUNCTION("reconstruction_gradients")(tree, each["L"], each)[0] for each in (above, below)]
        assert (gradients[f"d{name}"] * direction).sum() == pytest.approx((errors[0] - errors[1]) / 2e-6, rel=1e-6)


def test_training_by_levels_is_training_tree_by_tree() -> None:
    inputs = case("few_trees", m=5, words=7, d=3, V=8, batch=2, epochs=2).inputs
    start, trees, labels, epochs, rate, batch = inputs.values()
    theta, losses = dict(start), []
    v = s = {name: np.zeros(array.shape) for name, array in start.items()}
    for epoch in range(epochs):
        for first in range(0, len(trees), batch):
            J, N, total = 0.0, 0, {f"d{name}": 0.0 for name in start}
            for tree, classes in zip(trees[first : first + batch], labels[first : first + batch], strict=True):
                p, cache = recursive_forward(tree, theta["L"], {"W": theta["W"], "b": theta["b"]})
                loss, _, of_classes = node_sentiment_forward(p, classes, theta)
                found = node_sentiment_backward(of_classes)
                found |= recursive_backward(found.pop("dp"), cache)
                J, N = J + loss, N + len(classes)
                total = {name: total[name] + found[name] for name in total}
            losses.append(J / N)
            mean = {name: gradient / N for name, gradient in total.items()}
            theta, v, s = adam_step(theta, mean, v, s, len(losses), rate * (1 - epoch / epochs), eps=1e-3)
    parameters, found_losses = FUNCTION("train")(**inputs)
    assert found_losses == pytest.approx(losses, rel=1e-12)
    for name, array in theta.items():
        np.testing.assert_allclose(parameters[name], array, rtol=1e-9)


def trained_by_torch(inputs: dict[str, Any], zeros: bool) -> dict[str, Any]:
    """Return parameters that torch's Adam has trained, told of zeros where a parameter played no part, or of nothing."""
    start, trees, labels, epochs, rate, batch = inputs.values()
    net = as_a_net(start, Layer)
    adam = torch.optim.Adam(net.parameters(), eps=1e-3)
    for epoch in range(epochs):
        adam.param_groups[0]["lr"] = rate * (1 - epoch / epochs)
        for first in range(0, len(trees), batch):
            adam.zero_grad()
            flat = torch.tensor([label for each in labels[first : first + batch] for label in each])
            torch.nn.functional.cross_entropy(net(plant_for_torch(trees[first : first + batch])).T, flat).backward()
            for each in net.parameters() if zeros else ():
                each.grad = torch.zeros_like(each) if each.grad is None else each.grad
            adam.step()
    return {name.rpartition(".")[2]: each.detach().numpy() for name, each in net.named_parameters()}


FEW_TREES = [size for size in ASSIGNMENT.task("train").checks[0].sampling.sizes if size["epochs"] > 1]


@pytest.mark.parametrize("size", FEW_TREES)
@pytest.mark.parametrize("seed", SEEDS)
def test_torch_s_adam_trains_alike_only_if_it_is_told_of_zeros(seed: int, size: dict[str, int]) -> None:
    inputs = case("few_trees", seed=seed, **size).inputs
    parameters, _ = FUNCTION("train")(**inputs)
    with_zeros, without = (trained_by_torch(inputs, zeros) for zeros in (True, False))
    for name, array in parameters.items():
        np.testing.assert_allclose(array, with_zeros[name], rtol=1e-9)
    assert np.abs(parameters["W"] - without["W"]).max() > 1e-3


# ----------------------------------------------------------------------------------------------------------- the samplers


@pytest.mark.parametrize("seed", SEEDS)
def test_a_tree_branches_to_both_sides_has_a_word_twice_and_lacks_others(seed: int) -> None:
    inputs = case("sentence_tree", seed=seed, words=5, d=2, V=6).inputs
    nodes = post_order(inputs["tree"])
    words = [node for node in nodes if isinstance(node, int)]
    assert len(words) == 5 > len(set(words))
    assert set(range(6)) - set(words)
    assert all(isinstance(part, tuple) for part in inputs["tree"])


@pytest.mark.parametrize("edge", ["a chain to the left", "a chain to the right"])
def test_a_chain_has_a_word_at_each_step(edge: str) -> None:
    tree = case("sentence_tree", edge, words=6, d=2, V=9).inputs["tree"]
    depth = 0
    while isinstance(tree, tuple):
        tree = tree[0] if edge == "a chain to the left" else tree[1]
        depth += 1
    assert depth == 5


@pytest.mark.parametrize("seed", SEEDS)
def test_large_states_are_as_wrong_as_can_be_and_their_predictions_vanish(seed: int) -> None:
    p, labels, parameters = case("states_and_labels", "large", seed, d=2, more=3, N=5, classes=3).inputs.values()
    J, y, _ = FUNCTION("node_sentiment")(p, labels, parameters)
    assert np.isfinite(J)
    assert (y[labels, np.arange(5)] == 0).any()


@pytest.mark.parametrize("seed", range(3))
def test_the_tree_of_a_long_sentence_is_found_by_no_mistake(seed: int) -> None:
    words, L, parameters = case("sentence_without_tree", seed=seed, words=12, d=2, V=9).inputs.values()
    tree = FUNCTION("greedy_tree")(words, L, parameters)
    module = sys.modules[REGISTRY.samplers["recursive.two_parts"].__module__]
    assert module.merged(words, L, parameters) == (tree, True)
    others = {module.merged(words, L, parameters, way)[0] for way in module.MISTAKES}
    assert len(others - {tree}) == len(module.MISTAKES)


def test_words_are_numbered_anew_for_each_training_and_the_asked_classes_stay_hidden() -> None:
    one, other = (case("sentences_to_learn", seed=seed, m=30, new=10, d=2, epochs=1) for seed in (1, 2))
    assert set(one.held_out) == {"trees"}
    assert (len(one.inputs["trees"]), len(one.inputs["labels"]), len(one.held_out["trees"])) == (30, 30, 10)
    assert one.hidden["numbering"].tolist() != other.hidden["numbering"].tolist()
    assert [len(post_order(tree)) for tree in one.inputs["trees"]] == [len(each) for each in one.inputs["labels"]]


def test_the_treebank_that_is_handed_out_has_a_class_for_each_node_of_each_sentence() -> None:
    module = sys.modules[REGISTRY.samplers["recursive.two_parts"].__module__]
    lines = module.treebank().decode().splitlines()
    first = module.sentences(module.HANDED_OUT, 2013)[0]
    assert [token for token in lines[0].replace(")", " ").split() if token.isalpha()] == list(first.words)
    assert next(int(token[1:]) for token in lines[0].split() if token[0] == "(") == first.classes()[-1]
    assert len(lines) == len(set(lines)) == 1_000


# ------------------------------------------------------------------------------------------------------------- the metric

METRIC = REGISTRY.metrics["share of phrases"]


def test_the_score_is_the_share_of_phrases_whose_class_is_right() -> None:
    asked = case("sentences_to_learn", m=20, new=10, d=4, epochs=1)
    start = asked.inputs["start"]
    module = sys.modules[REGISTRY.samplers["recursive.two_parts"].__module__]
    chosen = module.sentences(30, asked.hidden["seed"])[-10:]
    right, found = [], []
    for sentence, tree in zip(chosen, asked.held_out["trees"], strict=True):
        p, _ = recursive_forward(tree, start["L"], start)
        scores = start["Ws"] @ p + start["bs"]
        for place, node in enumerate(post_order(tree)):
            if isinstance(node, tuple):
                right.append(sentence.classes()[place])
                found.append(scores[:, place].argmax())
    assert METRIC.score(start, **asked.hidden) == np.mean(np.array(right) == found)
    assert METRIC.score(np.eye(3)[right].T, **asked.hidden) == 1.0


@pytest.mark.parametrize("broken", [None, {}, {"L": None}, {"L": np.zeros((4, 3))}, {"W": np.zeros((4, 9))}, {"bs": "b"},
                                    {"b": np.full((4, 1), np.nan)}, {"Ws": np.zeros(3)}])  # fmt: skip
def test_what_is_no_network_is_refused_in_words(broken: Any) -> None:
    asked = case("sentences_to_learn", m=20, new=10, d=4, epochs=1)
    answer = {**asked.inputs["start"], **broken} if broken else broken
    with pytest.raises(ValueError, match=r"the parameters|no column"):
        METRIC.score(answer, **asked.hidden)


# --------------------------------------------------------------------------------------------------------------- fairness

NO_BIAS = """
def compose_forward(left, right, parameters):
    p = np.tanh(parameters["W"] @ np.concatenate([left, right]))
    return p, (p, left, right, parameters)
"""
MEAN = """
right = node_sentiment
def node_sentiment(p, labels, parameters):
    J, y, gradients = right(p, labels, parameters)
    return J / len(labels), y, {name: gradient / len(labels) for name, gradient in gradients.items()}
"""
ONE_GATE = """
right_compose = tree_lstm_compose_forward
def tree_lstm_compose_forward(left, right, parameters):
    return right_compose(left, right, {**parameters, "Ur": parameters["Ul"]})
"""


def with_own(function: str, part: str, own: str) -> str:
    """Return a cell in which the solution's function is built on the student's part."""
    return f"whole = {function}\ndef {function}(*inputs):\n    return whole(*inputs, {part}={own})\n"


@pytest.mark.parametrize(
    ("cell", "own", "function", "part", "checks"),
    [
        (NO_BIAS, "compose_forward", "recursive_forward", "compose", 2),
        (NO_BIAS, "compose_forward", "train", "compose", 1),
        (MEAN, "node_sentiment", "train", "sentiment", 1),
        (MEAN, "node_sentiment", "tree_lstm_gradients", "sentiment", 2),
        (ONE_GATE, "tree_lstm_compose_forward", "tree_lstm_gradients", "compose", 2),
    ],
)
def test_an_error_in_a_part_costs_the_whole_nothing(cell: str, own: str, function: str, part: str, checks: int) -> None:
    whole = cell + with_own(function, part, own)
    assert outcomes(function, whole, failed=frozenset({own})) == [("passed", True)] * checks
    assert ("failed", False) in outcomes(own, cell)


def test_the_way_back_of_a_student_s_own_forward_pass_is_right() -> None:
    """Without the bias p is another one, and the gradients by way of it are right for that."""
    found = verdicts("compose_backward", NO_BIAS)
    assert [each.outcome for each in found] == ["passed", "passed"]


def test_a_cache_of_one_s_own_layout_costs_a_point() -> None:
    own = """
theirs, back = recursive_forward, recursive_backward
def recursive_forward(tree, L, parameters):
    p, cache = theirs(tree, L, parameters)
    return p, {"all": cache}

def recursive_backward(dp, cache):
    return back(dp, cache["all"])
"""
    assert [outcome for outcome, _ in outcomes("recursive_forward", own)] == ["passed", "failed"]
    assert [outcome for outcome, _ in outcomes("recursive_backward", own)] == ["passed", "passed"]


def test_trees_may_be_walked_by_recursion() -> None:
    own = """
def recursive_forward(tree, L, parameters):
    if not isinstance(tree, tuple):
        return L[:, [tree]], ([tree], [None], L, parameters)
    (left, (nodes, kept, _, _)), (right, (others, more, _, _)) = (recursive_forward(part, L, parameters) for part in tree)
    p, cache = compose_forward(left[:, -1:], right[:, -1:], parameters)
    n = len(nodes)
    moved = [(a + n, b + n) for a, b in []] + [(e[0] + n, e[1] + n) if isinstance(e, tuple) else e for e in others]
    here = (n - 1, n + len(others) - 1)
    return np.hstack([left, right, p]), (nodes + moved + [here], kept + more + [cache], L, parameters)
"""
    assert outcomes("recursive_forward", own) == [("passed", False)] * 2


def test_who_hands_in_parameters_that_were_not_trained_is_found_out() -> None:
    fake = """
def train(start, trees, labels, epochs, rate=0.02, batch=50):
    steps = epochs * -(-len(trees) // batch)
    return {name: array + 0.01 for name, array in start.items()}, np.linspace(1.1, 0.01, steps).tolist()
"""
    assert [each.outcome for each in verdicts("train", fake, skip=())] == ["failed", "failed"]
