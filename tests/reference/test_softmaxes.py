"""The softmaxes for many questions at once against the pure functions that ask one question at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from reference.embeddings import softmaxes
from reference.embeddings.objectives import sampled_softmax_gradients, softmax_gradients
from reference.embeddings.questions import Questions
from reference.embeddings.softmaxes import FullSoftmax, Objective, SampledSoftmax, Softmax, batches, learn
from reference.embeddings.tables import Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from reference.activations import Array

V, d, ASKED = 9, 5, 30
COUNTS = np.array([90, 70, 50, 30, 20, 10, 5, 5, 2])
Q = COUNTS / COUNTS.sum()
RATE = 1e-4  # so small that damping does not matter
DRAWN = np.array([4, 0, 4, 7])

OBJECTIVES: dict[str, tuple[Objective, Callable[[Array, Array, int], dict[str, Array]]]] = {
    "sampled softmax": (
        SampledSoftmax.of(Q, 4, "cpu"),
        lambda h, U, t: sampled_softmax_gradients(h, U, t, DRAWN, Q),
    ),
    "full softmax": (FullSoftmax(), softmax_gradients),
}


@pytest.mark.parametrize("name", OBJECTIVES)
def test_a_batch_asks_what_single_questions_ask(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(softmaxes, "alias_draw", lambda *_: DRAWN)
    objective, single = OBJECTIVES[name]
    generator = np.random.default_rng(1)
    h, U, targets = generator.standard_normal((ASKED, d)), generator.standard_normal((V, d)), np.arange(ASKED) % V
    found = [single(each, U, target) for each, target in zip(h, targets, strict=True)]
    outputs = Table(torch.tensor(U))
    got, pull = learn(objective, torch.tensor(h), torch.tensor(targets), outputs, RATE, generator)
    np.testing.assert_allclose(got.numpy(), [each["dh"] for each in found], rtol=1e-6, atol=1e-6)
    dU = sum(each["dU"] for each in found)
    moved = (outputs.matrix[:V].numpy() - U) / -RATE
    assert np.abs(moved - dU).max() / np.abs(dU).max() < 2e-2  # what damping takes away
    assert (pull > 0).all()


def test_batches_hold_every_question_once_with_its_inputs() -> None:
    questions = Questions(np.arange(60) % 7, np.array([1, 3, 3, 10, 30, 60]), np.arange(6))
    expected = {t: part.tolist() for t, part in enumerate(np.split(questions.rows, questions.ends[:-1]))}
    found = {}
    for batch in batches(questions, 4, np.random.default_rng(1), "cpu"):
        assert len(batch.targets) <= 4
        parts = torch.split(batch.inputs, batch.sizes.tolist())
        found |= {int(t): part.tolist() for t, part in zip(batch.targets, parts, strict=True)}
    assert found == expected


@pytest.mark.parametrize("in_order", [False, True])
def test_inputs_move_by_the_gradient_at_h(in_order: bool) -> None:
    generator = np.random.default_rng(2)
    W, U = generator.standard_normal((V, d)), generator.standard_normal((V, 2 * d if in_order else d))
    model = Softmax(Table(torch.tensor(W)), Table(torch.tensor(U)), None, FullSoftmax(), in_order, 8)
    model.learn(Questions(np.array([3, 5]), np.array([2]), np.array([1])), RATE, generator)
    h = W[[3, 5]].ravel() if in_order else W[[3, 5]].mean(axis=0)
    dh = softmax_gradients(h, U, 1)["dh"]
    moved = (model.learned()[0] - W) / -RATE
    np.testing.assert_allclose(moved[[3, 5]].ravel(), dh if in_order else np.tile(dh, 2), rtol=1e-3)
    assert np.abs(moved[[0, 1, 2, 4, 6, 7, 8]]).max() == 0


def test_a_place_where_nothing_stands_stays_zero() -> None:
    W, U = torch.ones(V, d), torch.ones(V, 2 * d)
    model = Softmax(Table(W), Table(U), None, FullSoftmax(), in_order=True, size=8)
    model.learn(Questions(np.array([3, V]), np.array([2]), np.array([1])), 0.5, np.random.default_rng(1))
    assert model.inputs.matrix[V].abs().sum() == 0
