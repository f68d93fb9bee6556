"""The right answers: references where the contract is theirs, and thin adapters where it is not.

The networks of `reference/networks/` keep functions in their caches; a student's cache is made of plain values. Where
they speak of the same network they agree, which a test holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from reference.activations import sigmoid, softmax
from reference.networks import feed_forward as nets
from reference.networks.dense import dense_backward, dense_forward, relu, softmax_backward
from reference.networks.gradient_check import gradient_check, gradient_difference, numerical_gradients
from reference.networks.initialisation import first_parameters, he, xavier  # noqa: F401
from reference.networks.losses import (
    binary_cross_entropy,
    binary_cross_entropy_gradient,
    cross_entropy,
    cross_entropy_gradient,
    l2_gradients,
    l2_penalty,
    squared_error,
    squared_error_gradient,
)
from reference.networks.neuron import mcculloch_pitts, perceptron_predict, train_perceptron  # noqa: F401
from reference.networks.optimisers import adagrad_step, adam_step, mini_batches, momentum_step, sgd_step

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Numbers = NDArray[np.integer[Any]]
    Parameters = dict[str, Array]
    Cache = tuple[Array, Array, Array, str]


def gates(a: Array, b: Array, *, neuron: Callable[[Array, Array, float], Array] = mcculloch_pitts) -> dict[str, Array]:
    """Compute six logical functions, each with neurons of McCulloch and Pitts and nothing else.

    Arguments:
        a, b (m,): 0 or 1, the two inputs, m times side by side

    Returns a dict with arrays (m,) of 0 and 1 under the keys "not a", "and", "or", "nor", "nand" and "xor":
    "not a" is 1 where a is 0; "and" where both are 1; "or" where at least one is; "nor" where neither is; "nand" where
    not both are; "xor" where exactly one is.

    Parts: `neuron` is mcculloch_pitts.
    """
    nothing, both = np.zeros((0, len(a))), np.stack([a, b])
    conjunction = neuron(both, nothing, 2)
    alone = np.stack([neuron(a[None], b[None], 1), neuron(b[None], a[None], 1)])  # (2, m)
    return {
        "not a": neuron(nothing, a[None], 0),
        "and": conjunction,
        "or": neuron(both, nothing, 1),
        "nor": neuron(nothing, both, 0),
        "nand": neuron(nothing, conjunction[None], 0),
        "xor": neuron(alone, nothing, 1),
    }


def loss_and_gradient(output: Array, right: Array, kind: str) -> tuple[float, Array]:
    """Compute how wrong a layer's output is, and the gradient of that.

    Arguments:
        output (k, m): for "softmax" and "sigmoid" the scores Z, not yet bent; for "squared" the numbers Y that came out
        right: for "softmax" the numbers of the right classes, integers (m,) from 0 to k - 1; for "sigmoid" the right
            answers T (k, m), from 0 to 1; for "squared" the right numbers T (k, m)
        kind: "softmax", "sigmoid" or "squared"

    Returns the tuple (J, gradient): J is a number, summed over the k rows and a mean over the m examples; the gradient
    (k, m) is that of J at the output.
    """
    J, gradient = {
        "softmax": (cross_entropy, cross_entropy_gradient),
        "sigmoid": (binary_cross_entropy, binary_cross_entropy_gradient),
        "squared": (squared_error, squared_error_gradient),
    }[kind]
    return J(output, right), gradient(output, right)


def layer_forward(
    A: Array, W: Array, b: Array, name: str, *, shares: Callable[[Array], Array] = softmax
) -> tuple[Array, Cache]:
    """Compute what a dense layer makes of its input, A_next = f(W A + b).

    Arguments:
        A (n, m): the input, one column for each of m examples
        W (k, n), b (k, 1): the parameters
        name: f, which is "identity", "relu", "sigmoid", "tanh" or "softmax"

    Returns the tuple (A_next, cache): A_next (k, m), and the tuple (A, W, A_next, name) for the way back.

    Parts: `shares` is softmax.
    """
    bends = {"identity": np.array, "relu": relu, "sigmoid": sigmoid, "tanh": np.tanh, "softmax": shares}
    Z, _ = dense_forward(A, W, b)  # (k, m)
    A_next = bends[name](Z)
    return A_next, (A, W, A_next, name)


def layer_backward(dA_next: Array, cache: Cache) -> dict[str, Array]:
    """Compute the gradients of a dense layer, given that at its output.

    For a loss J, dX stands for dJ/dX and has the shape of X. Gradients of parameters are summed over the examples.

    Arguments:
        dA_next (k, m): the gradient at A_next
        cache: the tuple (A, W, A_next, name) that layer_forward returned

    Returns a dict with dA (n, m), dW (k, n), db (k, 1).
    """
    A, W, A_next, name = cache
    dZ = {
        "identity": dA_next,
        "relu": dA_next * (A_next > 0),
        "sigmoid": dA_next * A_next * (1 - A_next),
        "tanh": dA_next * (1 - A_next**2),
        "softmax": softmax_backward(dA_next, A_next),
    }[name]
    return dense_backward(dZ, (A, W))


def feed_forward(
    X: Array, parameters: Parameters, hidden: str = "relu", *, layer: Callable[..., Any] = layer_forward
) -> tuple[Array, list[Cache]]:
    """Compute the scores of a feed-forward net of L layers.

    Arguments:
        X (n_0, m): the input, one column for each of m examples
        parameters: a dict with W1 (n_1, n_0), b1 (n_1, 1), W2 (n_2, n_1), b2 (n_2, 1), and so on; L may be 1
        hidden: what bends all layers but the last, a name as in layer_forward; the last one is not bent

    Returns the tuple (Z, caches): the scores (n_L, m), and a list of the caches of the L layers, the first one first.

    Parts: `layer` is layer_forward.
    """
    A, caches, L = X, [], len(parameters) // 2
    for number in range(1, L + 1):
        name = hidden if number < L else "identity"
        A, cache = layer(A, parameters[f"W{number}"], parameters[f"b{number}"], name)  # (n_number, m)
        caches.append(cache)
    return A, caches


def feed_forward_backward(
    dZ: Array, caches: list[Cache], *, layer_back: Callable[..., Any] = layer_backward
) -> dict[str, Array]:
    """Compute the gradients of a feed-forward net, given that at its scores: back-propagation.

    Arguments:
        dZ (n_L, m): the gradient at the scores
        caches: the list that feed_forward returned

    Returns a dict with dX (n_0, m), dW1 (n_1, n_0), db1 (n_1, 1), dW2, db2, and so on; gradients of parameters are
    summed over the examples.

    Parts: `layer_back` is layer_backward.
    """
    gradients, dA = {}, dZ
    for number in range(len(caches), 0, -1):
        found = layer_back(dA, caches[number - 1])
        dA = found["dA"]  # (n_number-1, m)
        gradients[f"dW{number}"], gradients[f"db{number}"] = found["dW"], found["db"]
    return {"dX": dA, **gradients}


class Landscape:
    """A loss to try a gradient check on: landscape(parameters) is a number.

    tilts: a dict of arrays; parameters that are not in it make no difference
    """

    def __init__(self, tilts: dict[str, np.ndarray]) -> None:
        """Keep the tilts."""
        self.tilts = tilts

    def __call__(self, parameters: dict[str, np.ndarray]) -> float:
        """Return the sum of tilt * theta + theta^3 over all numbers, plus half the square of the sum of all theta."""
        total = sum(float(parameters[name].sum()) for name in self.tilts)
        each = sum(float((tilt * parameters[name] + parameters[name] ** 3).sum()) for name, tilt in self.tilts.items())
        return each + total**2 / 2


def check_gradients(
    loss: Callable[[Parameters], float],
    parameters: Parameters,
    gradients: Parameters,
    h: float = 1e-5,
    limit: float = 1e-6,
) -> tuple[dict[str, Array], float, list[str]]:
    """Say whether gradients are those of a loss, by moving each number a little up and down.

    Arguments:
        loss: a function from a dict of parameters to a number
        parameters: a dict of arrays, where the slopes are wanted; they must stay as they are
        gradients: a dict with somebody's gradient of each, under its name with a leading d, in the shapes of these
        h: how far a number is moved to either side
        limit: a gradient that is further off than that is wrong

    Returns the tuple (slopes, difference, wrong):
        slopes: a dict of arrays with the names and shapes of gradients, (loss with + h - loss with - h) / 2h for each
            number
        difference: a number, |g - s| / (|g| + |s|) with all numbers of gradients in g and all of slopes in s; 0 if all
            of both are 0
        wrong: a list of the names of those gradients of which this difference, taken for each by itself, is above
            limit, in the order of parameters
    """
    slopes = numerical_gradients(loss, parameters, h)
    wrong = []
    for name, theta in parameters.items():
        alone = {f"d{name}": gradients[f"d{name}"]}
        if gradient_check(lambda moved: loss({**parameters, **moved}), {name: theta}, alone, h) > limit:
            wrong.append(f"d{name}")
    return slopes, gradient_difference(gradients, slopes), wrong


def optimiser_step(
    parameters: Parameters, gradients: Parameters, memory: dict[str, Any], kind: str, rate: float
) -> tuple[Parameters, dict[str, Any]]:
    """Take one step, and remember what the next one needs.

    Arguments:
        parameters: a dict of arrays
        gradients: a dict with the gradient of each, under its name with a leading d; there may be others, which mean
            nothing
        memory: the dict that the step before returned; before the first step it is empty
        kind: "sgd", "momentum", "adagrad" or "adam"
        rate: the learning rate

    Returns the tuple (parameters, memory) after the step, both new dicts:
        parameters: arrays with the names and shapes of those before
        memory: for "sgd" an empty dict; for "momentum" {"v": v}, for "adagrad" {"s": s} and for "adam" {"v": v,
            "s": s, "t": t}, where v and s are dicts of arrays with the names of the parameters, and t is the number of
            this step, 1 for the first
    """
    nothing = {name: np.zeros(theta.shape) for name, theta in parameters.items()}
    v, s, t = memory.get("v", nothing), memory.get("s", nothing), memory.get("t", 0) + 1
    if kind == "momentum":
        parameters, v = momentum_step(parameters, gradients, v, rate)
        return parameters, {"v": v}
    if kind == "adagrad":
        parameters, s = adagrad_step(parameters, gradients, s, rate)
        return parameters, {"s": s}
    if kind == "adam":
        parameters, v, s = adam_step(parameters, gradients, v, s, t, rate)
        return parameters, {"v": v, "s": s, "t": t}
    return sgd_step(parameters, gradients, rate), {}


def train(
    start: Parameters,
    X: Array,
    t: Numbers,
    epochs: int,
    seed: int,
    kind: str = "adam",
    rate: float = 0.01,
    batch: int = 50,
    strength: float = 1e-4,
    *,
    forward: Callable[..., Any] = feed_forward,
    loss: Callable[..., Any] = loss_and_gradient,
    backward: Callable[..., Any] = feed_forward_backward,
    step: Callable[..., Any] = optimiser_step,
) -> tuple[Parameters, list[float]]:
    """Train a feed-forward net with rectifiers to tell classes apart, and watch how its loss falls.

    Arguments:
        start: the dict of its parameters before the training, as in feed_forward; they must stay as they are
        X (n_0, m): the input, one column for each of m examples
        t (m,): the numbers of the right classes, integers
        epochs: how often to go through the examples
        seed: an integer; all chance comes from np.random.default_rng(seed)
        kind, rate: how a step is taken, as in optimiser_step
        batch: how many examples make a batch; the last one of an epoch may be smaller
        strength: lambda, by which the L2 penalty is multiplied

    Returns the tuple (parameters, losses):
        parameters: the dict of the parameters after the training
        losses: epochs + 1 numbers, the loss of all examples, with the penalty, before the training and after each epoch

    Parts: `forward`, `loss`, `backward` and `step` are feed_forward, loss_and_gradient, feed_forward_backward and
    optimiser_step.
    """

    def whole_loss() -> float:
        J: float = loss(forward(X, parameters)[0], t, "softmax")[0]
        return J + l2_penalty(parameters, strength)

    generator = np.random.default_rng(seed)
    parameters, memory = dict(start), {}
    losses = [whole_loss()]
    for _ in range(epochs):
        for chosen in mini_batches(len(t), batch, generator):
            Z, caches = forward(X[:, chosen], parameters)
            _, dZ = loss(Z, t[chosen], "softmax")
            gradients = backward(dZ, caches)
            for name, shrink in l2_gradients(parameters, strength).items():
                gradients[name] = gradients[name] + shrink
            parameters, memory = step(parameters, gradients, memory, kind, rate)
        losses.append(whole_loss())
    return parameters, losses


def loss_after(parameters: Parameters, inputs: Mapping[str, Any]) -> float:
    """Return the loss of parameters on the examples that they were trained on."""
    Z, _ = nets.feed_forward(inputs["X"], parameters)
    return cross_entropy(Z, inputs["t"]) + l2_penalty(parameters, inputs.get("strength", 1e-4))


def untrained(inputs: Mapping[str, Any], held_out: Mapping[str, Any]) -> Array:
    """Answer as the parameters do before the training."""
    return nets.feed_forward(held_out["X"], inputs["start"])[0]


def without_a_hidden_layer(inputs: Mapping[str, Any], held_out: Mapping[str, Any], steps: int = 300) -> Array:
    """Answer with one layer of weights alone, trained on the same examples."""
    X, t = inputs["X"], inputs["t"]
    theta = {"W1": np.zeros((3, len(X))), "b1": np.zeros((3, 1))}
    memory: dict[str, Any] = {}
    for _ in range(steps):
        Z, caches = nets.feed_forward(X, theta)
        gradients = nets.feed_forward_backward(cross_entropy_gradient(Z, t), caches)
        theta, memory = optimiser_step(theta, gradients, memory, "adam", 0.05)
    return nets.feed_forward(held_out["X"], theta)[0]
