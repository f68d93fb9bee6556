"""The feed-forward net against torch, central differences, its twin, and logistic regression."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier

from reference.networks.dropout import dropout_mask
from reference.networks.feed_forward import FeedForward, classification_loss, feed_forward, feed_forward_backward
from reference.networks.initialisation import first_parameters, he
from reference.networks.losses import cross_entropy, cross_entropy_gradient, l2_gradients, l2_penalty
from reference.networks.optimisers import mini_batches, momentum_step
from reference.training import train
from tests.reference.oracles import Draw, assert_agree, central_differences, gradient, tensor

SIZES = [((1, 1), 1), ((3, 5, 2), 10), ((4, 7, 6, 3), 5), ((20, 30, 10), 33)]
LAYERS = {
    "identity": torch.nn.Identity,
    "relu": torch.nn.ReLU,
    "sigmoid": torch.nn.Sigmoid,
    "tanh": torch.nn.Tanh,
    "softmax": partial(torch.nn.Softmax, dim=1),
}


def draw_parameters(draw: Draw, sizes: tuple[int, ...]) -> dict[str, np.ndarray]:
    return {name: draw(*theta.shape) for name, theta in first_parameters(sizes, np.random.default_rng(0)).items()}


def torch_s_own(parameters: dict[str, np.ndarray], hidden: str) -> torch.nn.Sequential:
    layers: list[torch.nn.Module] = []
    for layer in range(1, len(parameters) // 2 + 1):
        W, b = parameters[f"W{layer}"], parameters[f"b{layer}"]
        linear = torch.nn.Linear(W.shape[1], W.shape[0], dtype=torch.float64)
        linear.load_state_dict({"weight": torch.tensor(W), "bias": torch.tensor(b[:, 0])})
        layers += [linear, LAYERS[hidden]()]
    return torch.nn.Sequential(*layers[:-1])


@pytest.mark.parametrize("hidden", LAYERS)
@pytest.mark.parametrize(("sizes", "m"), SIZES)
def test_the_net_and_its_twin_agree_with_torch_in_values_and_gradients(
    sizes: tuple[int, ...], m: int, hidden: str
) -> None:
    draw = Draw(1)
    parameters, X, dZ = draw_parameters(draw, sizes), draw(sizes[0], m), draw(sizes[-1], m)
    theirs, leaf = torch_s_own(parameters, hidden), tensor(X)
    expected = theirs(leaf.T).T
    torch.autograd.backward(expected, torch.tensor(dZ))
    gradients = {"dX": gradient(leaf)}
    for layer, linear in enumerate(theirs[::2], start=1):
        gradients |= {f"dW{layer}": gradient(linear.weight), f"db{layer}": gradient(linear.bias)[:, np.newaxis]}

    Z, caches = feed_forward(X, parameters, hidden)
    assert_agree({"Z": Z}, {"Z": expected.detach().numpy()})
    assert_agree(feed_forward_backward(dZ, caches), gradients)
    twin, leaf = FeedForward(parameters, hidden), tensor(X)
    torch.autograd.backward(twin(leaf), torch.tensor(dZ))
    assert_agree({"dX": gradient(leaf), **twin.gradients()}, gradients)
    assert_agree(twin.arrays(), parameters, 0)


def test_the_net_with_masks_agrees_with_central_differences_in_every_entry() -> None:
    draw, sizes = Draw(2), (3, 4, 5, 2)
    parameters, X, dZ = draw_parameters(draw, sizes), draw(3, 6), draw(2, 6)
    masks = [dropout_mask((n, 6), 0.4, np.random.default_rng(3)) for n in sizes[1:-1]]

    def loss(X: np.ndarray, **moved: np.ndarray) -> float:
        return float((dZ * feed_forward(X, {**parameters, **moved}, "tanh", masks)[0]).sum())

    found = feed_forward_backward(dZ, feed_forward(X, parameters, "tanh", masks)[1])
    assert_agree(found, central_differences(loss, X=X, **parameters), 1e-8)


def test_the_twin_passes_torch_s_own_check_of_gradients() -> None:
    draw = Draw(4)
    twin = FeedForward(draw_parameters(draw, (3, 4, 2)), "tanh")
    leaves = (tensor(draw(3, 5)), *twin.theta.values())
    assert torch.autograd.gradcheck(lambda X, *_: twin(X), leaves)


def test_the_twin_drops_out_while_training_and_never_in_use() -> None:
    draw = Draw(5)
    parameters, X = draw_parameters(draw, (3, 50, 2)), draw(3, 4)
    twin = FeedForward(parameters, p=0.5)
    torch.manual_seed(0)
    assert not torch.equal(twin(torch.tensor(X)), twin(torch.tensor(X)))
    twin.eval()
    assert_agree({"Z": twin(torch.tensor(X)).detach().numpy()}, {"Z": feed_forward(X, parameters)[0]})


def test_a_step_of_the_twin_s_training_is_a_step_of_the_equations() -> None:
    draw = Draw(6)
    parameters, X, t = draw_parameters(draw, (3, 4, 2)), draw(3, 5), np.array([0, 1, 1, 0, 1])
    twin = FeedForward(parameters)
    batch = (torch.tensor(X.T), torch.tensor(t))
    state = train(twin, classification_loss(0.3), lambda _: [batch], partial(torch.optim.SGD, lr=1.0), seed=0, steps=1)
    Z, caches = feed_forward(X, parameters)
    found = feed_forward_backward(cross_entropy_gradient(Z, t), caches)
    penalty = l2_gradients(parameters, 0.3)
    expected = {name: theta - found[f"d{name}"] - penalty.get(f"d{name}", 0) for name, theta in parameters.items()}
    assert_agree(twin.arrays(), expected)
    assert state.losses[0] == pytest.approx(cross_entropy(Z, t) + l2_penalty(parameters, 0.3), rel=1e-12)


def digits() -> tuple[np.ndarray, np.ndarray]:
    found = load_digits()
    return found.data.T / 16, found.target.astype(np.int64)  # (64, 1797), (1797,)


def test_a_single_layer_gets_to_scikit_learn_s_logistic_regression() -> None:
    X, t = digits()
    X, t = X[:, t < 3], t[t < 3]
    strength = 0.1
    theirs = LogisticRegression(C=1 / (strength * len(t)), tol=1e-10, max_iter=5000).fit(X.T, t)
    twin = FeedForward(first_parameters([64, 3], np.random.default_rng(1)))
    whole = (torch.tensor(X.T), torch.tensor(t))
    descent = partial(torch.optim.SGD, lr=0.5, momentum=0.9)
    train(twin, classification_loss(strength), lambda _: [whole], descent, seed=0, steps=600)
    found = twin.arrays()
    np.testing.assert_allclose(found["W1"], theirs.coef_, atol=1e-6)
    np.testing.assert_allclose(
        found["b1"][:, 0] - found["b1"].mean(), theirs.intercept_ - theirs.intercept_.mean(), atol=1e-5
    )


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # both stop after fifteen epochs
def test_the_equations_alone_learn_digits_as_well_as_scikit_learn_s_net() -> None:
    X, t = digits()
    generator = np.random.default_rng(2)
    theta = first_parameters([64, 64, 10], generator, initialisation=he)
    v = {name: np.zeros(array.shape) for name, array in theta.items()}
    for _ in range(15):
        for chosen in mini_batches(1400, 32, generator):
            Z, caches = feed_forward(X[:, chosen], theta)
            gradients = feed_forward_backward(cross_entropy_gradient(Z, t[chosen]), caches)
            theta, v = momentum_step(theta, gradients, v, 0.1)
    right = (feed_forward(X[:, 1400:], theta)[0].argmax(axis=0) == t[1400:]).mean()
    options = {"learning_rate_init": 0.1, "nesterovs_momentum": False, "alpha": 0, "batch_size": 32, "max_iter": 15}
    theirs = MLPClassifier((64,), solver="sgd", random_state=0, **options).fit(X[:, :1400].T, t[:1400])
    assert right >= theirs.score(X[:, 1400:].T, t[1400:]) - 0.02
