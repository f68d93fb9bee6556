"""The variational auto-encoder against torch's distributions, central differences and its twin."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from torch.distributions import Normal, kl_divergence

from reference.autoencoders.variational import (
    Variational,
    first_variational_parameters,
    gaussian_kl,
    gaussian_kl_gradients,
    reparameterise,
    reparameterise_backward,
    variational_backward,
    variational_forward,
    variational_loss,
)
from reference.training import shuffled, train
from tests.reference.oracles import Draw, assert_agree, central_differences, gradient, tensor

SIZES = [(1, 1, 1, 1), (5, 4, 2, 7), (20, 16, 3, 33)]


def draw_parameters(n: int, n_h: int, k: int) -> dict[str, np.ndarray]:
    first, draw = first_variational_parameters(n, n_h, k, np.random.default_rng(0)), Draw(1)
    return {name: draw(*theta.shape) / 2 for name, theta in first.items()}


def drawn(n: int, k: int, m: int) -> tuple[np.ndarray, np.ndarray]:
    return np.random.default_rng(2).random((n, m)), Draw(3)(k, m)


def test_the_closed_form_is_torch_s_divergence_and_so_are_its_gradients() -> None:
    mu, log_var = Draw(4)(3, 8), Draw(5)(3, 8)
    mu_leaf, log_var_leaf = tensor(mu), tensor(log_var)
    expected = kl_divergence(Normal(mu_leaf, torch.exp(log_var_leaf / 2)), Normal(0.0, 1.0)).sum() / 8
    expected.backward()
    assert gaussian_kl(mu, log_var) == pytest.approx(expected.item(), rel=1e-12)
    gradients = {"dmu": gradient(mu_leaf), "dlog_var": gradient(log_var_leaf)}
    assert_agree(gaussian_kl_gradients(mu, log_var), gradients)
    assert gaussian_kl(np.zeros((3, 8)), np.zeros((3, 8))) == 0


def test_the_closed_form_is_the_mean_over_many_draws() -> None:
    mu, log_var = np.array([[0.7], [-1.0]]), np.array([[-0.5], [0.4]])
    eps = np.random.default_rng(6).standard_normal((2, 200_000))
    z = reparameterise(mu, log_var, eps)
    ratio = -(eps**2) / 2 - log_var / 2 + z**2 / 2  # log q(z) - log p(z), entry by entry
    assert ratio.sum(axis=0).mean() == pytest.approx(gaussian_kl(mu, log_var), rel=0.01)


def test_drawn_codes_have_the_mean_and_variance_asked_for_and_let_gradients_pass() -> None:
    mu, log_var = np.full((1, 100_000), 2.0), np.full((1, 100_000), np.log(9.0))
    z = reparameterise(mu, log_var, np.random.default_rng(7).standard_normal(mu.shape))
    assert z.mean() == pytest.approx(2, abs=0.05)
    assert z.std() == pytest.approx(3, rel=0.02)
    mu, log_var, eps, dz = (Draw(seed)(3, 4) for seed in (8, 9, 10, 11))

    def loss(mu: np.ndarray, log_var: np.ndarray) -> float:
        return float((dz * reparameterise(mu, log_var, eps)).sum())

    assert_agree(reparameterise_backward(dz, log_var, eps), central_differences(loss, mu=mu, log_var=log_var), 1e-8)


@pytest.mark.parametrize(("n", "n_h", "k", "m"), SIZES)
def test_loss_and_gradients_agree_with_the_twin(n: int, n_h: int, k: int, m: int) -> None:
    parameters, (x, eps) = draw_parameters(n, n_h, k), drawn(n, k, m)
    twin = Variational(parameters)
    expected = twin(torch.tensor(x), torch.tensor(eps))
    expected.backward()
    loss, _, cache = variational_forward(x, eps, parameters)
    assert loss == pytest.approx(expected.item(), rel=1e-12)
    assert_agree(variational_backward(1.0, cache), twin.gradients())


def test_gradients_agree_with_central_differences_in_every_entry_and_torch_s_own_check() -> None:
    parameters, (x, eps) = draw_parameters(4, 3, 2), drawn(4, 2, 5)

    def loss(**moved: np.ndarray) -> float:
        return -0.7 * variational_forward(x, eps, {**parameters, **moved})[0]

    found = variational_backward(-0.7, variational_forward(x, eps, parameters)[2])
    assert_agree(found, central_differences(loss, **parameters), 1e-8)
    twin = Variational(parameters)
    assert torch.autograd.gradcheck(lambda *_: twin(torch.tensor(x), torch.tensor(eps)), tuple(twin.theta.values()))


@pytest.mark.slow
def test_on_digits_codes_keep_the_classes_apart_and_fill_the_space_around_zero() -> None:
    data = load_digits()
    x = torch.tensor(data.data / 16)  # (1797, 64)
    model = Variational(first_variational_parameters(64, 64, 4, np.random.default_rng(12)))
    state = train(model, variational_loss, shuffled(50, x), partial(torch.optim.Adam, lr=3e-3), seed=0, epochs=30)
    assert np.mean(state.losses[-36:]) < 0.85 * np.mean(state.losses[:36])
    with torch.no_grad():
        mu, log_var = model.code(x.T)
    aggregate = (mu.var(dim=1) + torch.exp(log_var).mean(dim=1)).sqrt()
    assert ((aggregate - 1).abs() < 0.25).all(), "the clouds together are a standard normal distribution, nearly"
    nearest = (torch.cdist(mu.T, mu.T) + 1e9 * torch.eye(len(x))).argmin(1)
    assert (data.target[nearest] == data.target).mean() > 0.7
