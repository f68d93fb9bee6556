"""Auto-encoders against torch, central differences, their twin and PCA; what denoising, sparsity and stacking do."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

from reference.autoencoders.autoencoder import (
    Autoencoder,
    autoencoder_backward,
    autoencoder_forward,
    corrupt,
    reconstruction_loss,
    sparsity_gradient,
    sparsity_penalty,
)
from reference.autoencoders.stacked import pretrain, restoring_loss, unrolled
from reference.networks.feed_forward import FeedForward, feed_forward
from reference.networks.initialisation import first_parameters
from reference.networks.losses import squared_error, squared_error_gradient
from reference.training import shuffled, train
from tests.reference.oracles import Draw, assert_agree, central_differences, gradient, tensor

ADAM = partial(torch.optim.Adam, lr=3e-3)
SIZES = [(1, 1, 1), (4, 2, 7), (6, 9, 3), (20, 5, 33)]


def draw_parameters(n: int, k: int, *, tied: bool) -> dict[str, np.ndarray]:
    draw = Draw(1)
    parameters = {"W1": draw(k, n), "b1": draw(k, 1), "W2": draw(n, k), "b2": draw(n, 1)}
    return {name: theta for name, theta in parameters.items() if not (tied and name == "W2")}


def digits(m: int = 600) -> np.ndarray:
    return load_digits().data[:m].T / 16  # (64, m)


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize(("n", "k", "m"), SIZES)
def test_values_and_gradients_agree_with_torch_s_layers(n: int, k: int, m: int, tied: bool) -> None:
    draw = Draw(2)
    parameters, x, dy, dh = draw_parameters(n, k, tied=tied), draw(n, m), draw(n, m), draw(k, m)
    leaves = {name: tensor(theta) for name, theta in parameters.items()} | {"x": tensor(x)}
    linear = torch.nn.functional.linear
    codes = torch.sigmoid(linear(leaves["x"].T, leaves["W1"], leaves["b1"][:, 0]))
    restored = torch.tanh(linear(codes, leaves["W1"].T if tied else leaves["W2"], leaves["b2"][:, 0]))
    torch.autograd.backward([restored, codes], [torch.tensor(dy.T), torch.tensor(dh.T)])
    y, h, cache = autoencoder_forward(x, parameters, "sigmoid", "tanh")
    assert_agree({"y": y, "h": h}, {"y": restored.detach().numpy().T, "h": codes.detach().numpy().T})
    assert_agree(autoencoder_backward(dy, dh, cache), {f"d{name}": gradient(leaf) for name, leaf in leaves.items()})


@pytest.mark.parametrize("tied", [False, True])
def test_gradients_agree_with_central_differences_in_every_entry_with_the_penalty(tied: bool) -> None:
    parameters, x = draw_parameters(4, 3, tied=tied), Draw(3)(4, 5)

    def loss(x: np.ndarray, **moved: np.ndarray) -> float:
        y, h, _ = autoencoder_forward(x, {**parameters, **moved})
        return squared_error(y, TARGET) + sparsity_penalty(h, 0.1, 0.7)

    TARGET = Draw(4)(4, 5)
    y, h, cache = autoencoder_forward(x, parameters)
    found = autoencoder_backward(squared_error_gradient(y, TARGET), sparsity_gradient(h, 0.1, 0.7), cache)
    assert_agree(found, central_differences(loss, x=x, **parameters), 1e-8)


@pytest.mark.parametrize("tied", [False, True])
def test_the_twin_is_the_same_net_and_its_loss_the_same_loss(tied: bool) -> None:
    parameters, x = draw_parameters(4, 3, tied=tied), Draw(5)(4, 6)
    twin = Autoencoder(parameters)
    J = reconstruction_loss(rho=0.1, beta=0.7)(twin, (torch.tensor(x.T),))
    J.backward()
    y, h, cache = autoencoder_forward(x, parameters)
    assert J.item() == pytest.approx(squared_error(y, x) + sparsity_penalty(h, 0.1, 0.7), rel=1e-12)
    found = autoencoder_backward(squared_error_gradient(y, x), sparsity_gradient(h, 0.1, 0.7), cache)
    found.pop("dx")
    assert_agree(found, twin.gradients())
    assert torch.autograd.gradcheck(lambda x, *_: twin(x), (tensor(x), *twin.theta.values()))


@pytest.mark.slow
@pytest.mark.parametrize("tied", [False, True])
def test_without_a_bend_it_restores_what_scikit_learn_s_pca_does_and_spans_the_same(tied: bool) -> None:
    generator = np.random.default_rng(6)
    directions = np.linalg.qr(generator.standard_normal((8, 8)))[0]
    x = directions @ (np.array([[3, 2.5, 2, 1, 1, 0.5, 0.5, 0.5]]).T * generator.standard_normal((8, 200)))
    x = x / x.std() + 0.5
    pca = PCA(3).fit(x.T)
    best = squared_error(pca.inverse_transform(pca.transform(x.T)).T, x)
    parameters = first_parameters([8, 3, 8], generator)
    if tied:
        parameters.pop("W2")
    model = Autoencoder(parameters, "identity")
    descent = partial(torch.optim.SGD, lr=0.03, momentum=0.95)
    state = train(model, reconstruction_loss(), lambda _: [(torch.tensor(x.T),)], descent, seed=0, steps=3000)
    assert state.losses[-1] == pytest.approx(best, rel=1e-9)
    found = model.arrays()
    decoder = found["W1"].T if tied else found["W2"]
    angles = np.linalg.svd(np.linalg.qr(decoder)[0].T @ pca.components_.T)[1]
    assert angles.min() > 1 - 1e-6


def test_what_is_corrupted_is_set_to_zero_and_nothing_else_changes() -> None:
    x = Draw(7)(50, 40) + 10
    found = corrupt(x, 0.3, np.random.default_rng(8))
    assert (found == 0).mean() == pytest.approx(0.3, abs=0.03)
    np.testing.assert_array_equal(found[found != 0], x[found != 0])


@pytest.mark.slow
def test_a_denoising_net_restores_what_was_destroyed_better_than_a_plain_one() -> None:
    x, unseen = digits(1200), digits(1500)[:, 1200:]
    destroyed = corrupt(unseen, 0.3, np.random.default_rng(9))
    error = {}
    for p in (0.0, 0.3):
        model = Autoencoder(first_parameters([64, 32, 64], np.random.default_rng(10)))
        train(model, reconstruction_loss(p), shuffled(32, torch.tensor(x.T)), ADAM, seed=0, epochs=40)
        y, _, _ = autoencoder_forward(destroyed, model.arrays())
        error[p] = squared_error(y, unseen)
    assert error[0.3] < 0.8 * error[0.0]


def test_sparse_codes_are_as_silent_as_they_are_asked_to_be() -> None:
    x = digits()
    silent = {}
    for beta in (0.0, 1.0):
        model = Autoencoder(first_parameters([64, 40, 64], np.random.default_rng(11)))
        batches = shuffled(100, torch.tensor(x.T))
        train(model, reconstruction_loss(rho=0.05, beta=beta), batches, ADAM, seed=0, epochs=60)
        silent[beta] = autoencoder_forward(x, model.arrays())[1].mean(axis=1)
    assert np.abs(silent[1.0] - 0.05).max() < 0.05
    assert silent[0.0].mean() > 0.2
    assert sparsity_penalty(np.full((3, 4), 0.05), 0.05, 1.0) == pytest.approx(0, abs=1e-12)


def test_auto_encoders_put_into_one_another_are_the_unrolled_net() -> None:
    outer, inner = draw_parameters(6, 4, tied=False), draw_parameters(4, 2, tied=False)
    x = Draw(12)(6, 5)
    _, h, _ = autoencoder_forward(x, outer)
    between, _, _ = autoencoder_forward(h, inner, output="sigmoid")
    expected = outer["W2"] @ between + outer["b2"]
    assert_agree({"Z": feed_forward(x, unrolled([outer, inner]), "sigmoid")[0]}, {"Z": expected})


def test_pre_training_that_was_stopped_between_two_layers_goes_on_as_if_it_had_not_been() -> None:
    x = digits(200)
    whole = pretrain(x, [20, 8], ADAM, seed=1, epochs=2)
    one = pretrain(x, [20], ADAM, seed=1, epochs=2)
    both = pretrain(x, [20, 8], ADAM, seed=1, epochs=2, done=one)
    for found, expected in zip(both, whole, strict=True):
        assert_agree(found, expected, 0)


@pytest.mark.slow
def test_a_deep_net_that_was_pre_trained_gets_lower_than_one_that_was_not() -> None:
    x, sizes = digits(1000), [48, 24, 12, 4]
    trained = unrolled(pretrain(x, sizes, ADAM, seed=2, epochs=20))
    drawn = first_parameters([64, *sizes, *sizes[-2::-1], 64], np.random.default_rng(13))
    assert {name: theta.shape for name, theta in trained.items()} == {
        name: theta.shape for name, theta in drawn.items()
    }
    lowest = {}
    for name, parameters in (("pre-trained", trained), ("drawn", drawn)):
        model, batches = FeedForward(parameters, "sigmoid"), shuffled(32, torch.tensor(x.T))
        train(model, restoring_loss, batches, ADAM, seed=3, epochs=20)
        lowest[name] = squared_error(feed_forward(x, model.arrays(), "sigmoid")[0], x)
    assert lowest["pre-trained"] < 0.8 * lowest["drawn"]
