"""Ten steps of each optimiser against torch's."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from reference.networks.optimisers import adagrad_step, adam_step, mini_batches, momentum_step, sgd_step
from tests.reference.oracles import Draw, assert_agree

Arrays = dict[str, np.ndarray]
SHAPES = {"W": (4, 3), "b": (4, 1)}


def steps() -> list[Arrays]:
    draw = Draw(1)
    return [{f"d{name}": draw(*shape) for name, shape in SHAPES.items()} for _ in range(10)]


def first() -> Arrays:
    draw = Draw(2)
    return {name: draw(*shape) for name, shape in SHAPES.items()}


def zeros() -> Arrays:
    return {name: np.zeros(shape) for name, shape in SHAPES.items()}


def sgd() -> Arrays:
    theta = first()
    for gradients in steps():
        theta = sgd_step(theta, gradients, 0.1)
    return theta


def momentum() -> Arrays:
    theta, v = first(), zeros()
    for gradients in steps():
        theta, v = momentum_step(theta, gradients, v, 0.1, 0.8)
    return theta


def adagrad() -> Arrays:
    theta, s = first(), zeros()
    for gradients in steps():
        theta, s = adagrad_step(theta, gradients, s, 0.1)
    return theta


def adam() -> Arrays:
    theta, v, s = first(), zeros(), zeros()
    for t, gradients in enumerate(steps(), start=1):
        theta, v, s = adam_step(theta, gradients, v, s, t, 0.1, 0.8, 0.95)
    return theta


CASES = [
    (sgd, torch.optim.SGD, {"lr": 0.1}),
    (momentum, torch.optim.SGD, {"lr": 0.1, "momentum": 0.8}),
    (adagrad, torch.optim.Adagrad, {"lr": 0.1}),
    (adam, torch.optim.Adam, {"lr": 0.1, "betas": (0.8, 0.95)}),
]


@pytest.mark.parametrize(("ours", "theirs", "options"), CASES, ids=["sgd", "momentum", "adagrad", "adam"])
def test_ten_steps_end_where_torch_s_do(ours, theirs: type[torch.optim.Optimizer], options: dict[str, object]) -> None:
    leaves = {name: torch.tensor(theta, requires_grad=True) for name, theta in first().items()}
    optimiser = theirs(leaves.values(), **options)
    for gradients in steps():
        for name, leaf in leaves.items():
            leaf.grad = torch.tensor(gradients[f"d{name}"])
        optimiser.step()
    assert_agree(ours(), {name: leaf.detach().numpy() for name, leaf in leaves.items()}, 1e-12)


def test_a_number_that_never_moves_stays_where_it_is() -> None:
    theta, nothing = first(), {f"d{name}": np.zeros(shape) for name, shape in SHAPES.items()}
    assert_agree(adagrad_step(theta, nothing, zeros(), 0.1)[0], theta, 0)
    assert_agree(adam_step(theta, nothing, zeros(), zeros(), 1)[0], theta, 0)


def test_mini_batches_share_out_every_example_once_in_random_order() -> None:
    parts = list(mini_batches(10, 4, np.random.default_rng(3)))
    assert [len(part) for part in parts] == [4, 4, 2]
    order = np.concatenate(parts)
    assert sorted(order) == list(range(10))
    assert list(order) != list(range(10))
