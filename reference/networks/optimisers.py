"""How a step is taken once the gradient is known: straight down, with momentum, or with a rate for each number.

    SGD:       theta <- theta - eta g
    momentum:  v <- mu v + g                           theta <- theta - eta v
    AdaGrad:   s <- s + g^2                            theta <- theta - eta g / (sqrt(s) + eps)
    Adam:      v <- b1 v + (1 - b1) g                  v^ = v / (1 - b1^t)
               s <- b2 s + (1 - b2) g^2                s^ = s / (1 - b2^t)
                                                       theta <- theta - eta v^ / (sqrt(s^) + eps)

theta is a parameter of any shape, g its gradient on one mini-batch, and v and s, which begin with zeros, remember the
gradients of earlier batches. Adam's means begin at 0 and would be too small at first; v^ and s^ make up for that.

H. Robbins and S. Monro, "A stochastic approximation method", Annals of Mathematical Statistics 22 (1951).
B. T. Polyak, "Some methods of speeding up the convergence of iteration methods" (1964).
J. Duchi, E. Hazan and Y. Singer, "Adaptive subgradient methods", JMLR 12 (2011).
D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", ICLR 2015.
Left out: Nesterov's momentum; learning rates that fall; decoupled weight decay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from reference.activations import Array, Parameters

    Arrays = dict[str, Array]


def mini_batches(m: int, size: int, generator: np.random.Generator) -> Iterator[NDArray[np.integer[Any]]]:
    """Share out m examples into mini-batches, in random order.

    Arguments:
        m: how many examples there are
        size: how many make a batch; the last one may be smaller
        generator: where the order is drawn

    Returns the numbers of the examples of each batch, one array after another.
    """
    order = generator.permutation(m)
    for start in range(0, m, size):
        yield order[start : start + size]


def sgd_step(parameters: Parameters, gradients: Parameters, learning_rate: float) -> Arrays:
    """Take a step straight down.

    Arguments:
        parameters: a dict of arrays, which are not changed
        gradients: a dict with the gradient of each, under its name with a leading d
        learning_rate: eta

    Returns a dict of the parameters after the step.
    """
    return {name: theta - learning_rate * gradients[f"d{name}"] for name, theta in parameters.items()}


def momentum_step(
    parameters: Parameters, gradients: Parameters, v: Parameters, learning_rate: float, mu: float = 0.9
) -> tuple[Arrays, Arrays]:
    """Take a step along a sum of gradients in which earlier ones fade.

    Arguments:
        parameters: a dict of arrays, which are not changed
        gradients: a dict with the gradient of each, under its name with a leading d
        v: the sums so far, under the names of the parameters; zeros at first
        learning_rate: eta
        mu: how much of the sum is kept

    Returns (parameters, v) after the step, both dicts.
    """
    v = {name: mu * v[name] + gradients[f"d{name}"] for name in parameters}
    return {name: theta - learning_rate * v[name] for name, theta in parameters.items()}, v


def adagrad_step(
    parameters: Parameters, gradients: Parameters, s: Parameters, learning_rate: float, eps: float = 1e-10
) -> tuple[Arrays, Arrays]:
    """Take a step in which each number has a rate of its own, the smaller the further it has moved.

    Arguments:
        parameters: a dict of arrays, which are not changed
        gradients: a dict with the gradient of each, under its name with a leading d
        s: the sums of squares so far, under the names of the parameters; zeros at first
        learning_rate: eta
        eps: keeps a number that has never moved from being divided by 0

    Returns (parameters, s) after the step, both dicts.
    """
    s = {name: s[name] + gradients[f"d{name}"] ** 2 for name in parameters}
    return {
        name: theta - learning_rate * gradients[f"d{name}"] / (np.sqrt(s[name]) + eps)
        for name, theta in parameters.items()
    }, s


def adam_step(
    parameters: Parameters,
    gradients: Parameters,
    v: Parameters,
    s: Parameters,
    t: int,
    learning_rate: float = 0.001,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
) -> tuple[Arrays, Arrays, Arrays]:
    """Take a step along a mean of gradients, divided by the root of a mean of their squares.

    Arguments:
        parameters: a dict of arrays, which are not changed
        gradients: a dict with the gradient of each, under its name with a leading d
        v, s: the means so far of gradients and of squares, under the names of the parameters; zeros at first
        t: the number of this step, 1 for the first
        learning_rate: eta
        beta1, beta2: how much of either mean is kept
        eps: keeps a number that has never moved from being divided by 0

    Returns (parameters, v, s) after the step, dicts; v and s without the correction for their beginning.
    """
    v = {name: beta1 * v[name] + (1 - beta1) * gradients[f"d{name}"] for name in parameters}
    s = {name: beta2 * s[name] + (1 - beta2) * gradients[f"d{name}"] ** 2 for name in parameters}
    moved = {}
    for name, theta in parameters.items():
        v_hat, s_hat = v[name] / (1 - beta1**t), s[name] / (1 - beta2**t)
        moved[name] = theta - learning_rate * v_hat / (np.sqrt(s_hat) + eps)
    return moved, v, s
