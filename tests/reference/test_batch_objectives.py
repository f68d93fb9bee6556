"""The objectives for many words at once against the pure functions that ask one question at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from reference.embeddings.batch_objectives import (
    Errors,
    FullSoftmax,
    HierarchicalSoftmax,
    NegativeSampling,
    Noise,
    Objective,
    SampledSoftmax,
    learn,
)
from reference.embeddings.huffman import huffman_routes
from reference.embeddings.objectives import (
    hierarchical_softmax_gradients,
    negative_sampling_gradients,
    sampled_softmax_gradients,
    softmax_gradients,
)
from reference.embeddings.tables import Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from reference.activations import Array

V, d, R, C = 9, 5, 3, 32
COUNTS = np.array([90, 70, 50, 30, 20, 10, 5, 5, 2])
Q = COUNTS / COUNTS.sum()
RATE = 1e-4  # so small that damping does not matter


class FixedNoise(Noise):
    """Noise that a test knows."""

    drawn = torch.tensor([[4, 0, 4, 7]])

    def draw(self, blocks: int, n: int) -> torch.Tensor:
        assert (blocks, n) == self.drawn.shape
        return self.drawn


NOISE = FixedNoise(Q, torch.Generator())
DRAWN = FixedNoise.drawn[0].numpy()


def negative_sampling(h: Array, U: Array, t: int) -> dict[str, Array]:
    with_all = negative_sampling_gradients(h, U, t, DRAWN)
    with_none = negative_sampling_gradients(h, U, t, DRAWN[:0])
    return {name: with_none[name] + 2 / 4 * (with_all[name] - with_none[name]) for name in with_all}


def hierarchical(h: Array, U: Array, t: int) -> dict[str, Array]:
    found = hierarchical_softmax_gradients(h, U[:-1], *huffman_routes(COUNTS)[t])
    return {"dh": found["dh"], "dU": np.vstack([found["dU"], np.zeros((1, d))])}


OBJECTIVES: dict[str, tuple[Objective, Callable[[Array, Array, int], dict[str, Array]]]] = {
    "negative sampling, 2 of 4": (NegativeSampling(NOISE, 2, 4), negative_sampling),
    "sampled softmax": (SampledSoftmax(NOISE, 4), lambda h, U, t: sampled_softmax_gradients(h, U, t, DRAWN, Q)),
    "full softmax": (FullSoftmax(), softmax_gradients),
    "hierarchical softmax": (HierarchicalSoftmax.of(COUNTS, "cpu"), hierarchical),
}


@pytest.mark.parametrize("name", OBJECTIVES)
def test_a_batch_asks_what_single_questions_ask(name: str) -> None:
    objective, single = OBJECTIVES[name]
    generator = np.random.default_rng(1)
    h, U = generator.standard_normal((1, R, d)), generator.standard_normal((V, d))
    links = generator.integers(0, 3, (1, R, C))
    centres = generator.integers(V, size=(1, C))
    dh, dU = np.zeros((R, d)), np.zeros((V, d))
    for r in range(R):
        for c in range(C):
            found = single(h[0, r], U, int(centres[0, c]))
            dh[r] += links[0, r, c] * found["dh"]
            dU += links[0, r, c] * found["dU"]

    outputs = Table(torch.tensor(U))
    batch = torch.tensor(h), torch.tensor(links, dtype=torch.float64), torch.tensor(centres)
    got, pull = learn(objective, *batch, outputs, RATE)
    np.testing.assert_allclose(got[0].numpy(), dh, rtol=1e-6, atol=1e-6)
    moved = (outputs.matrix[:V].numpy() - U) / -RATE
    assert np.abs(moved - dU).max() / np.abs(dU).max() < 2e-2  # what damping takes away
    assert (pull > 0).all()


@pytest.mark.parametrize("name", OBJECTIVES)
def test_what_is_not_linked_asks_nothing(name: str) -> None:
    objective, _ = OBJECTIVES[name]
    outputs = Table(torch.ones(V, d))
    dh, pull = learn(objective, torch.ones(1, R, d), torch.zeros(1, R, C), torch.full((1, C), V), outputs, 0.1)
    assert dh.count_nonzero() == pull.count_nonzero() == 0
    assert torch.equal(outputs.matrix[:V], torch.ones(V, d))


def test_noise_follows_its_distribution() -> None:
    noise = Noise(Q, torch.Generator().manual_seed(1)).draw(100, 1000)
    assert noise.shape == (100, 1000)
    np.testing.assert_allclose(np.bincount(noise.flatten().numpy()) / noise.numel(), Q, atol=0.005)


def test_errors_are_linear_in_the_links() -> None:
    draw = torch.Generator().manual_seed(2)
    h, outputs = torch.randn(1, R, d, generator=draw), Table(torch.randn(V, d, generator=draw))
    links, centres = torch.ones(1, R, C), torch.randint(V, (1, C), generator=draw)
    for objective, _ in OBJECTIVES.values():
        once: list[Errors] = objective.errors(h, links, centres, outputs)
        twice = objective.errors(h, 2 * links, centres, outputs)
        for each, double in zip(once, twice, strict=True):
            torch.testing.assert_close(double.g, 2 * each.g)
