"""Sampled softmax against the softmax itself, torch, and central differences."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from reference.language_models.sampled_softmax import drawing_probabilities, sampled_loss, sampled_softmax
from tests.reference.oracles import Draw, assert_agree, central_differences, gradient, tensor

if TYPE_CHECKING:
    from reference.activations import Array


def draw_case(V: int, n_a: int, m: int, S: int) -> tuple[Array, Array, Array, Array, dict[str, Array]]:
    draw = Draw(2)
    q = draw.generator.random(V) + 0.1
    targets, drawn = draw.generator.integers(V, size=m), draw.generator.permutation(V)[:S]
    return draw(n_a, m), targets, drawn, q / q.max(), {"U": draw(V, n_a), "b": draw(V, 1)}


@pytest.mark.parametrize("size", [(1, 1, 1, 1), (6, 3, 4, 5), (40, 5, 9, 12)])
def test_the_gradients_agree_with_central_differences_and_the_twin(size: tuple[int, ...]) -> None:
    a, targets, drawn, q, parameters = draw_case(*size)

    def loss(a: Array, U: Array, b: Array) -> float:
        return sampled_softmax(a, targets, drawn, q, {"U": U, "b": b})[0]

    value, gradients = sampled_softmax(a, targets, drawn, q, parameters)
    assert_agree(gradients, central_differences(loss, a=a, **parameters), 1e-8)
    leaves = {"a": tensor(a.T), "U": tensor(parameters["U"]), "b": tensor(parameters["b"][:, 0])}
    numbers = torch.tensor(targets), torch.tensor(drawn), torch.tensor(q).log()
    J = sampled_loss(leaves["a"], *numbers, leaves["U"], leaves["b"])
    J.backward()
    assert value == pytest.approx(J.item(), rel=1e-12)
    expected = {"da": gradient(leaves["a"]).T, "dU": gradient(leaves["U"]), "db": gradient(leaves["b"])[:, None]}
    assert_agree(gradients, expected)


def test_with_every_word_drawn_for_certain_it_is_the_softmax() -> None:
    a, targets, _, _, parameters = draw_case(12, 4, 7, 1)
    value, gradients = sampled_softmax(a, targets, np.arange(12), np.ones(12), parameters)
    U, b = tensor(parameters["U"]), tensor(parameters["b"])
    J = torch.nn.functional.cross_entropy((U @ torch.tensor(a) + b).T, torch.tensor(targets))
    J.backward()
    assert value == pytest.approx(J.item(), rel=1e-12)
    assert_agree({"dU": gradients["dU"], "db": gradients["db"]}, {"dU": gradient(U), "db": gradient(b)})


def test_on_average_over_all_draws_the_true_scores_cannot_be_improved() -> None:
    """The gradient at the logarithms of the true probabilities, weighed over targets and over all sets of words."""
    p, q = np.array([0.4, 0.3, 0.15, 0.1, 0.05]), np.array([0.9, 0.2, 0.5, 0.35, 0.6])
    parameters = {"U": np.zeros((5, 1)), "b": np.log(p)[:, None] + 3}
    db, size = np.zeros((5, 1)), 0.0
    for chosen in product([False, True], repeat=5):
        chance = np.prod(np.where(chosen, q, 1 - q))
        for target in range(5):
            found = sampled_softmax(np.zeros((1, 1)), np.array([target]), np.flatnonzero(chosen), q, parameters)[1][
                "db"
            ]
            db += chance * p[target] * found
            size += chance * p[target] * np.abs(found).max()
    assert np.abs(db).max() < 1e-12 * size


def test_about_as_many_words_are_drawn_as_were_asked_for_and_none_is_impossible() -> None:
    np.testing.assert_allclose(drawing_probabilities(np.array([0, 1, 16.0]), 1), np.array([1, 1, 8]) / 10)
    np.testing.assert_allclose(drawing_probabilities(np.array([0, 1, 16.0]), 2), [0.2, 0.2, 1])
