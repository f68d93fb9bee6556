"""The assignment on attention: its solution agrees with the references and with torch, its samplers keep what they
promise, and students are treated fairly.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from functools import partial
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from autograder.assignment import load_assignment
from autograder.cli.course import Loaded
from autograder.registry import build_registry
from autograder.solution import load_solution
from reference.attention.encoder_decoder import translation_gradients, translation_loss
from reference.attention.multi_head import multi_head_forward
from reference.attention.transformer import transformer_forward
from reference.networks.optimisers import adam_step
from tests.posed import verdicts_on_cells

if TYPE_CHECKING:
    from autograder.conversation import Case

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parents[1] / "assignments" / "attention"
ASSIGNMENT = load_assignment(FOLDER)
SOLUTION = load_solution(ASSIGNMENT)
REGISTRY = build_registry(FOLDER)
FUNCTION = SOLUTION.function
PLUGIN = sys.modules[REGISTRY.samplers["attention.scores"].__module__]
verdicts = partial(verdicts_on_cells, Loaded(ASSIGNMENT, SOLUTION, REGISTRY), skip=("accuracy",))
LOOK = {"n_s": 3, "n_h": 2, "n_a": 4, "m": 3, "T": 5}
PAIRS = {"n": 3, "n_e": 2, "n_a": 4, "V_x": 6, "V_y": 5, "m": 4, "T_x": 5, "T_y": 4}
DATES = {"pairs": 40, "new": 10, "n": 3, "n_e": 2, "epochs": 1}
SEEDS = range(10)


def case(sampler: str, edge: str = "", seed: int = 0, **size: int) -> Case:
    drawn: Case = REGISTRY.samplers[f"attention.{sampler}"](np.random.default_rng(seed), size, edge)
    return drawn


# --------------------------------------------------------------------------------------- the solution and the references


@pytest.mark.parametrize("kind", ["additive", "dot", "general"])
def test_gradients_of_the_look_back_are_those_that_torch_finds(kind: str) -> None:
    inputs = case(kind, **LOOK).inputs
    s, h, parameters, mask = (inputs[name] for name in ("s", "h", "parameters", "mask"))
    dc = np.random.default_rng(1).standard_normal(h.shape[:2])
    known = {name: torch.tensor(each, requires_grad=True) for name, each in {"s": s, "h": h, **parameters}.items()}
    s_, h_ = known["s"], known["h"]
    if kind == "additive":
        hidden = torch.tanh((known["Wa"] @ s_)[:, :, None] + torch.einsum("ah,hmt->amt", known["Ua"], h_))
        e = torch.einsum("ax,amt->mt", known["va"], hidden)
    else:
        e = torch.einsum("hm,hmt->mt", known["Wa"].T @ s_ if kind == "general" else s_, h_)
    alpha = torch.softmax(e.masked_fill(~torch.tensor(mask), -torch.inf), dim=1)
    c = torch.einsum("mt,hmt->hm", alpha, h_)
    c.backward(torch.tensor(dc))  # type: ignore[no-untyped-call]
    np.testing.assert_allclose(FUNCTION("look_back")(s, h, parameters, mask, kind)[0], c.detach().numpy(), rtol=1e-10)
    found = FUNCTION("look_back_gradients")(dc, s, h, parameters, mask, kind)
    assert found.keys() == {f"d{name}" for name in known}
    for name, each in known.items():
        assert each.grad is not None
        np.testing.assert_allclose(found[f"d{name}"], each.grad.numpy(), rtol=1e-9, atol=1e-12)


def test_loss_and_gradients_of_the_translator_are_those_of_the_reference_whose_parameters_are_nested() -> None:
    source, target, p, start = case("pairs", **PAIRS).inputs.values()
    nested: Any = {
        "encoder": {"E": p["Ex"], "W": p["Wx"], "b": p["bx"]},
        "decoder": {"E": p["Ey"], "W": p["Ws"], "b": p["bs"], **{n: p[n] for n in ("Wa", "Ua", "va", "Wy", "by")}},
    }
    cell, back = FUNCTION("cell"), FUNCTION("cell_backward")
    J, _, cache = translation_loss(source, target, nested, start, source != 0, target != 0, cell=cell)
    assert FUNCTION("dictation_loss")(source, target, p, start) == pytest.approx(J, rel=1e-12)
    mine = FUNCTION("dictation_gradients")(source, target, p, start)
    theirs = translation_gradients(cache, cell_backward=back)
    read, wrote = theirs["encoder"], theirs["decoder"]
    expected = {"dEx": read["dE"], "dWx": read["dW"], "dbx": read["db"], "dEy": wrote["dE"], "dWs": wrote["dW"]}
    expected |= {"dbs": wrote["db"], **{f"d{name}": wrote[f"d{name}"] for name in ("Wa", "Ua", "va", "Wy", "by")}}
    assert mine.keys() == expected.keys()
    for name, each in expected.items():
        np.testing.assert_allclose(mine[name], each, rtol=1e-9, atol=1e-12)


def test_a_translation_has_at_each_step_the_word_that_would_surprise_least() -> None:
    parameters, source, start, end, longest = case(
        "to_translate", n=3, n_e=2, n_a=4, V_x=6, V_y=5, m=4, T_x=5, longest=4
    ).inputs.values()
    words, weights = FUNCTION("translate")(parameters, source, start, end, longest)
    for row, line, looked in zip(source, words, weights, strict=True):
        whole = [*line, end][:longest]
        assert looked.shape == (len(whole), len(row))
        for step in range(len(whole)):
            losses = [
                FUNCTION("dictation_loss")(row[None], np.array([[*whole[:step], word]]), parameters, start)
                for word in range(1, 5)
            ]
            assert whole[step] in {0, 1 + int(np.argmin(losses))}


def test_a_step_of_the_training_is_one_of_adam_down_the_mean_over_the_words() -> None:
    inputs = case("few_pairs", n=3, n_e=2, n_a=2, V_x=5, V_y=4, m=3, T_x=4, T_y=3, batch=3, epochs=1).inputs
    start, source, target = inputs["parameters"], inputs["source"], inputs["target"]
    words = (target != 0).sum()
    gradients = FUNCTION("dictation_gradients")(source, target, start, inputs["start"])
    nothing = {name: np.zeros(array.shape) for name, array in start.items()}
    mean = {name: each / words for name, each in gradients.items()}
    expected, _, _ = adam_step(start, mean, nothing, nothing, 1, inputs["rate"])
    parameters, losses = FUNCTION("train")(**inputs)
    for name in expected:
        np.testing.assert_allclose(parameters[name], expected[name], rtol=1e-9)
    assert losses == pytest.approx([FUNCTION("dictation_loss")(source, target, start, inputs["start"]) / words])


def test_heads_and_transformer_are_the_references_without_their_caches() -> None:
    inputs = case("heads", m=3, T_q=4, T_k=5, d=6, heads=2).inputs
    theirs = multi_head_forward(*inputs.values())[:2]
    for mine, each in zip(FUNCTION("multi_head")(*inputs.values()), theirs, strict=True):
        np.testing.assert_allclose(mine, each, rtol=1e-12)
    words, parameters, heads = case("transformer", V=7, d=6, d_ff=5, m=3, T=4, heads=3, blocks=2).inputs.values()
    z, _ = transformer_forward(words, parameters, heads)
    np.testing.assert_allclose(FUNCTION("transformer_scores")(words, parameters, heads), z, rtol=1e-12)


def test_the_loss_of_the_transformer_is_what_torch_calls_cross_entropy() -> None:
    words, parameters, heads = case("transformer", V=7, d=6, d_ff=5, m=3, T=5, heads=3, blocks=2).inputs.values()
    z = FUNCTION("transformer_scores")(words[:, :-1], parameters, heads)
    right = torch.tensor(words[:, 1:]).flatten()
    J, gradients = FUNCTION("next_word_gradients")(words, parameters, heads)
    assert pytest.approx(torch.nn.functional.cross_entropy(torch.tensor(z).flatten(0, 1), right).item()) == J
    step = 1e-6
    moved = {**parameters, "E": parameters["E"] + step * gradients["E"]}
    slope = (FUNCTION("next_word_gradients")(words, moved, heads)[0] - J) / step
    assert slope == pytest.approx((gradients["E"] ** 2).sum(), rel=1e-4)


# ----------------------------------------------------------------------------------------------------------- the samplers


@pytest.mark.parametrize("seed", SEEDS)
def test_masked_places_have_the_largest_scores_and_each_row_allows_something(seed: int) -> None:
    e, mask = case("scores", seed=seed, m=3, T=5).inputs.values()
    assert mask.any(axis=1).all()
    assert not mask.all()
    assert e[~mask].min() > e[mask].max()
    far, mask = case("scores", "large and negative, but where it is masked", seed, m=3, T=5).inputs.values()
    assert far[mask].max() < -900 < 900 <= far[~mask].min()


@pytest.mark.parametrize("seed", SEEDS)
def test_sentences_are_of_different_lengths_and_have_a_word_twice(seed: int) -> None:
    source, target, *_ = case("pairs", seed=seed, **PAIRS).inputs.values()
    for numbers in (source, target):
        lengths = (numbers != 0).sum(axis=1)
        assert 0 < lengths.min() < lengths.max() == numbers.shape[1]
        longest = numbers[lengths.argmax()].tolist()
        assert len(set(longest)) < len(longest)
        assert (np.diff((numbers != 0).astype(int), axis=1) <= 0).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_no_two_sentences_of_a_chart_are_equally_probable(seed: int) -> None:
    inputs = case("chart", seed=seed, K=2, V=3, longest=4, width=2).inputs
    assert inputs["start"] != inputs["end"]
    chart = FUNCTION("Chart")(*inputs["next_words"].arguments)
    found = []
    for words in product(range(3), repeat=4):
        state, log_p, before = inputs["state"], 0.0, inputs["start"]
        for word in words:
            after, state = chart(state, before)
            log_p, before = log_p + after[word], word
        found.append(log_p)
    assert np.diff(np.sort(found)).min() > 1e-9


@pytest.mark.parametrize("seed", SEEDS)
def test_the_length_that_counts_for_brevity_is_neither_always_the_first_nor_the_shortest(seed: int) -> None:
    for people, nearest in ((1, [9]), (2, [9, 7]), (3, [9, 6, 13])):
        inputs = case("corpus", seed=seed, sentences=2, people=people, words=9).inputs
        lengths = [[len(each) for each in group] for group in inputs["references"]]
        assert lengths == [nearest, [each + 1 for each in nearest]]
        assert [len(said) for said in inputs["candidates"]] == [8, 9]


@pytest.mark.parametrize("seed", SEEDS)
def test_what_a_transformer_reads_later_can_be_told_from_what_it_read_before(seed: int) -> None:
    words = case("transformer", seed=seed, V=7, d=6, d_ff=5, m=3, T=5, heads=3, blocks=1).inputs["words"]
    assert all(len(set(row[1:])) == 4 for row in words.tolist())
    assert (words[:, 0] == words[:, 1]).all()


# ------------------------------------------------------------------------------------------------ the dates, the metric


def test_dates_are_what_they_say() -> None:
    seen = set()
    for text, iso in PLUGIN.dates(200, 5):
        forms = {"%d. %b '%y", "%b %d, '%y", "'%y %b %d.", "%d of %b '%y"}
        readings = {form: attempt(text, form) for form in forms}
        [when] = [found for found in readings.values() if found]
        assert (when.year % 100, when.month, when.day) == (int(iso[2:4]), int(iso[5:7]), int(iso[8:]))
        assert iso.startswith("20")
        seen |= {form for form, found in readings.items() if found}
    assert len(seen) == 4


def attempt(text: str, form: str) -> datetime | None:
    """Read a date by a form of strptime, if it has that form."""
    try:
        return datetime.strptime(text, form).replace(tzinfo=UTC)
    except ValueError:
        return None


def test_pieces_are_numbered_anew_for_each_training_and_new_dates_stay_hidden() -> None:
    one, other = (case("dates_to_learn", seed=seed, **DATES) for seed in (1, 2))
    assert set(one.held_out) == {"source", "start", "end", "longest"}
    assert "target" not in one.held_out
    assert (one.hidden["numbering"] != other.hidden["numbering"]).any()
    rows = {tuple(row) for row in one.inputs["source"].tolist()}
    assert not any(tuple(row) in rows for row in one.held_out["source"].tolist())


METRIC = REGISTRY.metrics["exact match of the dates"]


def test_exact_match_is_the_share_of_dates_without_any_fault() -> None:
    asked = case("dates_to_learn", **DATES)
    known = [[1 + int(figure) for figure in iso[2:].replace("-", "")] for _, iso in
             PLUGIN.dates(asked.hidden["count"], asked.hidden["seed"])][-10:]  # fmt: skip
    assert METRIC.score((known, []), **asked.hidden) == 1.0
    known[3] = [*known[3], 1]
    known[4] = known[4][:-1]
    assert METRIC.score((np.array(known, dtype=object).tolist(), []), **asked.hidden) == 0.8
    assert METRIC.score(FUNCTION("untrained")(asked.inputs, asked.held_out), **asked.hidden) == 0.0


@pytest.mark.parametrize("broken", [None, {}, [], ([],), (["a"] * 3, []), np.zeros(10)])
def test_what_is_no_list_of_translations_is_refused_in_words(broken: Any) -> None:
    asked = case("dates_to_learn", **DATES)
    with pytest.raises(ValueError, match="list of words"):
        METRIC.score(broken, **asked.hidden)


# -------------------------------------------------------------------------------------------------------------- fairness

AFTER = """
def attention_weights(e, mask=None):
    a = np.exp(e - e.max(axis=-1, keepdims=True))
    a = a / a.sum(axis=-1, keepdims=True)
    return a if mask is None else a * mask
"""
OWN_LOOK = """
def look_back(s, h, parameters, mask=None, kind="additive"):
    mixed = (parameters["Wa"] @ s)[:, :, None] + np.tensordot(parameters["Ua"], h, axes=1)  # no tanh
    alpha = attention_weights(np.tensordot(parameters["va"][:, 0], mixed, axes=1), mask)
    return np.einsum("mt,nmt->nm", alpha, h), alpha
"""


@pytest.mark.parametrize(
    ("function", "part"),
    [("look_back", "weigh"), ("look_back_gradients", "weigh"), ("multi_head", "weigh")],
)
def test_weights_that_are_masked_too_late_cost_once(function: str, part: str) -> None:
    whole = (
        f"{AFTER}\nright = {function}\ndef {function}(*given):\n    return right(*given, {part}=attention_weights)\n"
    )
    found = verdicts(function, whole, failed=frozenset({"attention_weights"}))
    assert {each.outcome for each in found} == {"passed"}
    assert any(each.carried_forward for each in found)
    assert [each.slip for each in verdicts("attention_weights", AFTER)] == ["weights-masked-after"] * 2


@pytest.mark.parametrize("function", ["dictation_loss", "translate"])
def test_a_wrong_look_back_costs_the_translator_nothing(function: str) -> None:
    whole = f"{OWN_LOOK}\nright = {function}\ndef {function}(*given):\n    return right(*given, look=look_back)\n"
    found = verdicts(function, whole, failed=frozenset({"look_back"}))
    assert {each.outcome for each in found} == {"passed"}


def test_gradients_of_a_student_s_own_translator_are_right() -> None:
    """One whose decoder looks at the last state alone is wrong, and its gradients are right if they say the same."""
    own = """
loss, gradients = dictation_loss, dictation_gradients
def last(s, h, p, mask, kind="additive"):
    return last_state_forward(s, h, p, mask)[:2]
def last_gradients(dc, s, h, p, mask, kind="additive"):
    nothing = {f"d{name}": 0 * p[name] for name in ("Wa", "Ua", "va")}
    return {**nothing, **last_state_backward(dc, last_state_forward(s, h, p, mask)[2])}
def dictation_loss(*given):
    return loss(*given, look=last)
def dictation_gradients(*given):
    return gradients(*given, look=last, look_gradients=last_gradients)
"""
    assert verdicts("dictation_loss", own)[0].slip == "loss-without-attention"
    decoder, encoder = verdicts("dictation_gradients", own)
    assert encoder.outcome == "passed"
    assert decoder.outcome == "failed"  # what does not depend on the scores proves nothing about their gradients


def test_who_hands_in_parameters_that_were_not_trained_is_found_out() -> None:
    fake = """
def train(parameters, source, target, start, epochs, seed, rate=0.02, batch=64):
    steps = epochs * -(-len(source) // batch)
    return dict(parameters), list(np.linspace(2.5, 0.01, steps))
"""
    loaded = Loaded(ASSIGNMENT, SOLUTION, REGISTRY)
    assert [each.outcome for each in verdicts_on_cells(loaded, "train", fake)] == ["failed"] * 2
