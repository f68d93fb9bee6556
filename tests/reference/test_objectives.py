"""The four objectives against torch, central differences and one another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy, logsigmoid

from reference.embeddings.huffman import huffman_routes
from reference.embeddings.objectives import (
    hierarchical_softmax_gradients,
    hierarchical_softmax_loss,
    negative_sampling_gradients,
    negative_sampling_loss,
    sampled_softmax_gradients,
    sampled_softmax_loss,
    softmax_gradients,
    softmax_loss,
)
from tests.reference.oracles import Draw, assert_agree, central_differences, gradient, tensor

if TYPE_CHECKING:
    from collections.abc import Callable

V, d = 7, 4
NEGATIVES = np.array([5, 1, 5, 0, 5])
COUNTS = np.array([9, 5, 4, 3, 2, 1, 1])
Q = COUNTS / COUNTS.sum()
ROUTE = huffman_routes(COUNTS)[4]

ARGUMENTS: dict[str, tuple[Callable[..., float], Callable[..., Any], tuple[Any, ...]]] = {
    "full softmax": (softmax_loss, softmax_gradients, (2,)),
    "negative sampling": (negative_sampling_loss, negative_sampling_gradients, (2, NEGATIVES)),
    "target among the negatives": (negative_sampling_loss, negative_sampling_gradients, (5, NEGATIVES)),
    "no negatives": (negative_sampling_loss, negative_sampling_gradients, (2, NEGATIVES[:0])),
    "hierarchical softmax": (hierarchical_softmax_loss, hierarchical_softmax_gradients, (ROUTE.path, ROUTE.code)),
    "sampled softmax": (sampled_softmax_loss, sampled_softmax_gradients, (2, NEGATIVES, Q)),
    "target among the sampled": (sampled_softmax_loss, sampled_softmax_gradients, (5, NEGATIVES, Q)),
}


def torch_softmax(h: torch.Tensor, U: torch.Tensor, target: int) -> torch.Tensor:
    return cross_entropy((U @ h)[None], torch.tensor([target]))


def torch_negative_sampling(h: torch.Tensor, U: torch.Tensor, target: int, negatives: Any) -> torch.Tensor:
    return -logsigmoid(U[target] @ h) - sum(logsigmoid(-U[int(k)] @ h) for k in negatives)


def torch_hierarchical_softmax(h: torch.Tensor, U: torch.Tensor, path: Any, code: Any) -> torch.Tensor:
    turns = torch.sigmoid(U[torch.tensor(path)] @ h)
    ways = torch.tensor(code, dtype=torch.float64)
    return torch.nn.functional.binary_cross_entropy(turns, 1 - ways, reduction="sum")


def torch_sampled_softmax(h: torch.Tensor, U: torch.Tensor, target: int, sampled: Any, q: Any) -> torch.Tensor:
    rows = [target, *sampled]
    scores = torch.stack([U[int(w)] @ h - float(np.log(len(sampled) * q[w])) for w in rows])
    return cross_entropy(scores[None], torch.tensor([0]))


TORCH = {
    softmax_loss: torch_softmax,
    negative_sampling_loss: torch_negative_sampling,
    hierarchical_softmax_loss: torch_hierarchical_softmax,
    sampled_softmax_loss: torch_sampled_softmax,
}


@pytest.mark.parametrize("case", ARGUMENTS)
def test_loss_and_gradients_agree_with_torch(case: str) -> None:
    loss, gradients, arguments = ARGUMENTS[case]
    draw = Draw(1)
    h, U = draw(d), draw(V, d)
    h_leaf, U_leaf = tensor(h), tensor(U)
    expected = TORCH[loss](h_leaf, U_leaf, *arguments)  # type: ignore[index]
    expected.backward()
    assert loss(h, U, *arguments) == pytest.approx(expected.item(), rel=1e-12)
    assert_agree(gradients(h, U, *arguments), {"dh": gradient(h_leaf), "dU": gradient(U_leaf)}, 1e-12)


@pytest.mark.parametrize("case", ARGUMENTS)
def test_gradients_agree_with_central_differences_in_every_entry(case: str) -> None:
    loss, gradients, arguments = ARGUMENTS[case]
    draw = Draw(2)
    h, U = draw(d), draw(V, d)
    expected = central_differences(lambda h, U: loss(h, U, *arguments), h=h, U=U)
    assert_agree(gradients(h, U, *arguments), expected, 1e-8)


@pytest.mark.parametrize("case", ARGUMENTS)
def test_scores_that_overflow_leave_loss_and_gradients_finite(case: str) -> None:
    loss, gradients, arguments = ARGUMENTS[case]
    draw = Draw(3)
    h, U = 1000 * draw(d), draw(V, d)
    assert np.isfinite(loss(h, U, *arguments))
    assert all(np.isfinite(found).all() for found in gradients(h, U, *arguments).values())


def test_a_repeated_negative_counts_as_often_as_it_was_drawn() -> None:
    draw = Draw(4)
    h, U = draw(d), draw(V, d)
    once = negative_sampling_gradients(h, U, 2, np.array([5]))["dU"]
    thrice = negative_sampling_gradients(h, U, 2, np.array([5, 5, 5]))["dU"]
    np.testing.assert_allclose(thrice[5], 3 * once[5])


def test_the_hierarchical_softmax_is_a_distribution_over_the_vocabulary() -> None:
    draw = Draw(5)
    h, forks = draw(d), draw(V - 1, d)
    chances = [np.exp(-hierarchical_softmax_loss(h, forks, *route)) for route in huffman_routes(COUNTS)]
    assert sum(chances) == pytest.approx(1, rel=1e-12)


def test_the_full_softmax_is_a_distribution_over_the_vocabulary() -> None:
    draw = Draw(6)
    h, U = draw(d), draw(V, d)
    assert sum(np.exp(-softmax_loss(h, U, target)) for target in range(V)) == pytest.approx(1, rel=1e-12)


def test_the_sampled_softmax_tends_to_the_full_one() -> None:
    draw, generator = Draw(7), np.random.default_rng(7)
    h, U = draw(d), draw(V, d)
    others = np.delete(np.arange(V), 2)
    q = np.where(np.arange(V) == 2, 1, Q)  # the target is counted by itself, so that it is not drawn
    sampled = generator.choice(others, size=200_000, p=Q[others] / Q[others].sum())
    q[others] = Q[others] / Q[others].sum()
    q[2] = 1 / len(sampled)
    dh = sampled_softmax_gradients(h, U, 2, sampled, q)["dh"]
    np.testing.assert_allclose(dh, softmax_gradients(h, U, 2)["dh"], atol=0.02)
