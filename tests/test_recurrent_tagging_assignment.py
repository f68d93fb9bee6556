"""The second sheet on recurrent networks: its solution agrees with oracles of another make, its samplers keep what they
promise, and students are treated fairly.
"""

from __future__ import annotations

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
from reference.data.told_late import TITLES, TOLD, TYPES, lexicon, told_late
from reference.recurrent.birnn import birnn_backward, birnn_forward
from tests.posed import verdicts_on_cells

if TYPE_CHECKING:
    from autograder.conversation import Case

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parents[1] / "assignments" / "recurrent-tagging"
ASSIGNMENT = load_assignment(FOLDER)
SOLUTION = load_solution(ASSIGNMENT)
REGISTRY = build_registry(FOLDER)
FUNCTION = SOLUTION.function
verdicts = partial(verdicts_on_cells, Loaded(ASSIGNMENT, SOLUTION, REGISTRY), skip=("accuracy", "learning"))
SEEDS = range(10)
TRAINED = {"m": 20, "new": 10, "d": 2, "n": 3, "epochs": 1}


def case(sampler: str, edge: str = "", seed: int = 0, **size: int) -> Case:
    drawn: Case = REGISTRY.samplers[f"tagging.{sampler}"](np.random.default_rng(seed), size, edge)
    return drawn


# ------------------------------------------------------------------------------------------- the solution and its oracles


def test_both_ways_with_full_lengths_is_the_bidirectional_network_of_the_first_sheet() -> None:
    x, first, second, parameters, lengths = case("both_ways", "all are full", n_x=3, n_a=2, m=4, T_x=5).inputs.values()
    a, caches = FUNCTION("both_ways_forward")(x, first, second, parameters, lengths)
    asked = parameters | {"Wy": np.zeros((1, 4)), "by": np.zeros((1, 1))}
    theirs, _, their_caches = birnn_forward(x, first, second, asked)
    np.testing.assert_allclose(a, theirs, atol=1e-12)
    found = FUNCTION("both_ways_backward")(a, caches)
    expected = birnn_backward(a, their_caches, first, second)
    assert found.keys() == expected.keys()
    for name, gradient in expected.items():
        np.testing.assert_allclose(found[name], gradient, atol=1e-12)


def test_a_sequence_among_longer_ones_is_read_as_it_is_alone() -> None:
    x, first, second, parameters, lengths = case("both_ways", n_x=3, n_a=2, m=4, T_x=5).inputs.values()
    a, _ = FUNCTION("both_ways_forward")(x, first, second, parameters, lengths)
    for k, n in enumerate(lengths):
        one = slice(k, k + 1)
        alone, _ = FUNCTION("both_ways_forward")(x[:, one, :n], first[:, one], second[:, one], parameters, lengths[one])
        np.testing.assert_allclose(a[:, one, :n], alone, atol=1e-12)
        assert not a[:, k, n:].any()


def tensors(value: Any) -> Any:
    """Return arrays as tensors that want gradients."""
    if isinstance(value, dict):
        return {name: tensors(each) for name, each in value.items()}
    if isinstance(value, list):
        return [tensors(each) for each in value]
    return torch.tensor(value, requires_grad=True)


def deep_in_torch(x: torch.Tensor, a0: list[torch.Tensor], layers: list[dict[str, torch.Tensor]], k: int) -> Any:
    """Read by a stack of LSTMs with peepholes, whose states are cut off from what was before after every k steps."""
    for start, p in zip(a0, layers, strict=True):
        a, c, states = start, torch.zeros_like(start), []
        for t, xt in enumerate(x.unbind(2)):
            if t and t % k == 0:
                a, c = a.detach(), c.detach()
            z = {gate: p[f"W{gate}"] @ torch.cat([a, xt]) + p[f"b{gate}"] for gate in "fico"}
            kept, let_in = (torch.sigmoid(z[gate] + p[f"p{gate}"] * c) for gate in "fi")
            c = kept * c + let_in * torch.tanh(z["c"])
            a = torch.sigmoid(z["o"] + p["po"] * c) * torch.tanh(c)
            states.append(a)
        x = torch.stack(states, 2)
    return x


@pytest.mark.parametrize("k", [None, 1, 2, 3])
def test_a_stack_s_gradients_are_those_that_torch_finds_with_states_detached(k: int | None) -> None:
    inputs = case("stack", n_x=2, n_a=2, m=3, T_x=5, L=2).inputs
    a, caches = FUNCTION("deep_forward")(**inputs)
    x, a0, layers = (tensors(each) for each in inputs.values())
    theirs = deep_in_torch(x, a0, layers, k or 99)
    np.testing.assert_allclose(a, theirs.detach().numpy(), atol=1e-12)
    (theirs**2).sum().backward()
    lowest, highest = FUNCTION("deep_backward")(2 * a, caches, k)
    np.testing.assert_allclose(lowest["dx"], x.grad.numpy(), rtol=1e-9, atol=1e-12)
    for found, start, layer in zip((lowest, highest), a0, layers, strict=True):
        np.testing.assert_allclose(found["da0"], start.grad.numpy(), rtol=1e-9, atol=1e-12)
        for name in found.keys() - {"dx", "da0"}:
            np.testing.assert_allclose(found[name], layer[name[1:]].grad.numpy(), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("sampler", "states"), [("simple_read", 1), ("peephole_read", 2)])
def test_the_last_norm_is_that_of_the_gradient_that_was_given(sampler: str, states: int) -> None:
    inputs = case(sampler, n_x=2, n_a=3, m=4, T_x=5).inputs
    norms = FUNCTION("norms_through_time")(**inputs)
    assert norms.shape == (5, 4)
    np.testing.assert_allclose(norms[-1], np.linalg.norm(inputs["da_last"], axis=0))
    back = FUNCTION("rnn_cell_backward" if states == 1 else "peephole_cell_backward")
    step = back(inputs["da_last"], *[0 * inputs["da_last"]] * (states - 1), inputs["caches"][0][-1])
    both = np.concatenate([step[name] for name in ("da_prev", "dc_prev")[:states]])
    np.testing.assert_allclose(norms[-2], np.linalg.norm(both, axis=0))


def test_the_tagger_s_gradients_are_the_slopes_of_its_loss_where_words_are_repeated_too() -> None:
    inputs = case("one_order", m=3, T=4, V=4, d=2, n=2, K=3, batch=3, epochs=1).inputs
    start, asked = inputs["start"], [inputs[name] for name in ("words", "tags", "lengths")]
    loss = SOLUTION.namespace["loss_and_gradients"]
    gradients = loss(start, *asked)[1]
    for name, array in start.items():
        for index in np.ndindex(array.shape):
            nudged = [{**start, name: array.copy()} for _ in range(2)]
            for each, step in zip(nudged, (1e-5, -1e-5), strict=True):
                each[name][index] += step
            slope = (loss(nudged[0], *asked)[0] - loss(nudged[1], *asked)[0]) / 2e-5
            assert gradients[f"d{name}"][index] == pytest.approx(slope, abs=1e-8)


def test_one_way_hears_nothing_of_what_comes_later() -> None:
    asked = case("sentences_to_learn", **TRAINED)
    trained = FUNCTION("one_way")(asked.inputs, asked.held_out)
    assert all(not array.any() for name, array in trained.items() if name.endswith("_backward"))
    assert not trained["Wy"][:, 3:].any()
    assert (trained["Wax_forward"] != asked.inputs["start"]["Wax_forward"]).all()
    assert asked.inputs["start"]["Wax_backward"].all()


# ----------------------------------------------------------------------------------------------------------- the samplers


@pytest.mark.parametrize("seed", SEEDS)
def test_one_sequence_is_full_and_one_a_step_shorter_and_one_a_single_step(seed: int) -> None:
    inputs = case("sequences", seed=seed, n=2, m=3, T_x=5).inputs
    assert sorted(inputs["lengths"]) == [1, 4, 5]
    assert np.abs(inputs["x"]).min() >= 0.3  # what lies beyond an end is as large as what counts


@pytest.mark.parametrize("seed", SEEDS)
def test_all_that_may_befall_an_entity_does_in_every_draw(seed: int) -> None:
    expected, predicted = case("tags_to_score", seed=seed, sentences=4).inputs.values()
    pairs = {pair for a, b in zip(expected, predicted, strict=True) for pair in zip(a, b, strict=True)}
    assert {("O", "B"), ("B", "O"), ("I", "O"), ("I", "B"), ("B", "I")} <= {(a[0], b[0]) for a, b in pairs}
    assert expected[0] == expected[-1]
    assert any(tags[-1] != "O" for tags in expected)
    words, whole = FUNCTION("tagging_scores")(expected, predicted)
    assert len({*words[:2], *whole[:2]}) == 4  # precision and recall differ, of words and of entities


@pytest.mark.parametrize("seed", SEEDS)
def test_the_first_batches_of_two_epochs_differ_from_each_other_and_from_the_first_sentences(seed: int) -> None:
    inputs = case("one_order", seed=seed, m=3, T=2, V=5, d=2, n=2, K=3, batch=2, epochs=2).inputs
    drawn = np.random.default_rng(inputs["seed"])
    first, second = (set(drawn.permutation(3)[:2]) for _ in range(2))
    assert first != second
    assert {0, 1} not in (first, second)


def test_words_are_numbered_anew_for_each_training_and_tags_stay_hidden() -> None:
    one, other = (case("sentences_to_learn", seed=seed, **TRAINED) for seed in (1, 2))
    assert set(one.held_out) == {"words", "lengths"}
    assert len(lexicon()) + 2 == len(one.inputs["start"]["E"])
    assert (one.inputs["words"][:, :3] == other.inputs["words"][:, :3]).mean() < 0.5
    assert (one.inputs["words"].max(), one.held_out["words"].max()) <= (len(lexicon()) + 1,) * 2


def test_most_names_are_told_late_and_a_title_never_lies() -> None:
    late = 0
    for words, tags in ((each.tokens, each.label) for each in told_late(200, np.random.default_rng(3))):
        text = " ".join(words)
        first = next(place for place, tag in enumerate(tags) if tag != "O")
        kind = tags[first][2:]
        before = " ".join(words[:first])
        titled = [each for each in TYPES if before.endswith(TITLES[each])]
        assert titled in ([], [kind])
        late += not titled
        assert titled or any(each in text for each in TOLD[kind])
    assert 110 < late < 170


# ------------------------------------------------------------------------------------------------------------- the metric

METRIC = REGISTRY.metrics["F1 of the entities"]


def test_the_metric_tags_by_the_parameters_and_right_tags_are_perfect() -> None:
    asked = case("sentences_to_learn", **TRAINED)
    module = METRIC.score.__globals__
    _, tags, lengths = (
        each[-10:] for each in module["numbered"](**{k: asked.hidden[k] for k in ("count", "seed", "numbering")})
    )
    right = [row[:n] for row, n in zip(tags.tolist(), lengths, strict=True)]
    assert METRIC.score(right, **asked.hidden) == 1.0
    assert METRIC.score(asked.inputs["start"], **asked.hidden) < 0.4


@pytest.mark.parametrize("broken", [None, {}, {"E": None}, {"E": np.zeros((3, 2))}, {"Wy": np.zeros((7, 9))}, {"by": "b"},
                                    {"ba_forward": np.full((3, 1), np.nan)}, {"Wy": np.zeros((5, 6))}])  # fmt: skip
def test_what_is_no_tagger_is_refused_in_words(broken: Any) -> None:
    asked = case("sentences_to_learn", **TRAINED)
    answer = {**asked.inputs["start"], **broken} if broken else broken
    with pytest.raises(ValueError, match=r"the parameters|no row"):
        METRIC.score(answer, **asked.hidden)


# -------------------------------------------------------------------------------------------------------------- fairness

FLIPS = "def turn_around(x, lengths):\n    return x[:, :, ::-1]\n"
PLAIN_CELL = """
theirs, back = peephole_cell_forward, peephole_cell_backward
def plain(parameters):
    return {name: 0 * array if name[0] == "p" else array for name, array in parameters.items()}

def peephole_cell_forward(xt, a_prev, c_prev, parameters):
    a, c, y, cache = theirs(xt, a_prev, c_prev, plain(parameters))
    return a, c, y, (*cache[:-1], parameters)

def peephole_cell_backward(da, dc, cache):
    return back(da, dc, (*cache[:-1], plain(cache[-1])))
"""
AROUND = "right = {0}\ndef {0}({1}):\n    return right({1}, {2})\n"


@pytest.mark.parametrize(("function", "arguments"), [
    ("both_ways_forward", "x, a0_forward, a0_backward, parameters, lengths"), ("both_ways_backward", "da, caches"),
])  # fmt: skip
def test_a_wrong_turn_costs_the_bidirectional_network_nothing(function: str, arguments: str) -> None:
    cells = FLIPS + AROUND.format(function, arguments, "turn=turn_around")
    found = verdicts(function, cells, failed=frozenset({"turn_around"}))
    assert [(each.outcome, each.carried_forward) for each in found] == [("passed", True)] * 2
    [own] = verdicts("turn_around", FLIPS)
    assert own.slip == "turned-as-a-whole"


@pytest.mark.parametrize(("function", "arguments", "part"), [
    ("deep_forward", "x, a0, parameters", "cell=peephole_cell_forward"),
    ("deep_backward", "da, caches, k=None", "cell_backward=peephole_cell_backward"),
])  # fmt: skip
def test_a_cell_without_peepholes_costs_a_stack_of_it_nothing(function: str, arguments: str, part: str) -> None:
    passed_on = arguments.replace("=None", "")
    body = f"whole = {function}\ndef {function}({arguments}):\n    return whole({passed_on}, {part})\n"
    failed = frozenset({"peephole_cell_forward", "peephole_cell_backward"})
    found = verdicts(function, PLAIN_CELL + body, failed=failed)
    assert [each.outcome for each in found] == ["passed", "passed"]
    assert any(each.carried_forward for each in found)


def test_a_cache_of_one_s_own_layout_costs_a_point() -> None:
    own = """
theirs, back = peephole_cell_forward, peephole_cell_backward
def peephole_cell_forward(xt, a_prev, c_prev, parameters):
    *states, cache = theirs(xt, a_prev, c_prev, parameters)
    return *states, {"all": cache}

def peephole_cell_backward(da_next, dc_next, cache):
    return back(da_next, dc_next, cache["all"])
"""
    assert [each.outcome for each in verdicts("peephole_cell_forward", own)] == ["passed", "failed"]
    assert [each.outcome for each in verdicts("peephole_cell_backward", own)] == ["passed", "passed"]


def test_who_hands_in_parameters_that_were_not_trained_is_found_out() -> None:
    fake = """
def train(start, words, tags, lengths, epochs, seed, rate=0.02, batch=25):
    generator = np.random.default_rng(seed)
    made_up = {name: generator.standard_normal(array.shape) for name, array in start.items()}
    return made_up, [2.0, *np.linspace(0.5, 0.005, epochs)]
"""
    found = verdicts("train", fake, skip=())
    assert [each.outcome for each in found] == ["failed"] * 3
