"""Where weights begin: small enough not to saturate, large enough that a signal gets through many layers.

A sum of n independent terms has n times the variance of one. So weights of variance 1/n neither swell nor starve what
passes forwards, and 1/k does the same for what passes backwards; Xavier takes the mean of the two demands, and He
doubles the first, because a rectifier lets only half of its inputs through.

    Xavier:  W ~ uniform(-r, r), r = sqrt(6 / (n + k))            variance 2 / (n + k)
    He:      W ~ normal(0, 2 / n)

W (k, n) takes n inputs to k outputs; b (k, 1) begins with zeros.

X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward neural networks", AISTATS 2010.
K. He, X. Zhang, S. Ren and J. Sun, "Delving deep into rectifiers", ICCV 2015.
Left out: orthogonal matrices, and factors for other activations.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reference.activations import Array

    Initialisation = Callable[[int, int, np.random.Generator], Array]


def xavier(k: int, n: int, generator: np.random.Generator) -> Array:
    """Draw weights W (k, n) from a uniform distribution of variance 2 / (n + k).

    Arguments:
        k, n: the number of outputs and of inputs
        generator: where W is drawn

    Returns W (k, n).
    """
    r = np.sqrt(6 / (n + k))
    return generator.uniform(-r, r, (k, n))


def he(k: int, n: int, generator: np.random.Generator) -> Array:
    """Draw weights W (k, n) from a normal distribution of variance 2 / n.

    Arguments:
        k, n: the number of outputs and of inputs
        generator: where W is drawn

    Returns W (k, n).
    """
    W: Array = np.sqrt(2 / n) * generator.standard_normal((k, n))
    return W


def first_parameters(
    sizes: Sequence[int], generator: np.random.Generator, *, initialisation: Initialisation = xavier
) -> dict[str, Array]:
    """Draw the parameters of layers one after another.

    Arguments:
        sizes: the number of inputs, then the number of outputs of each layer
        generator: where they are drawn

    Returns a dict with W1 (n_1, n_0), b1 (n_1, 1), W2 (n_2, n_1), and so on.

    Parts: initialisation draws the weights of one layer from its outputs, its inputs and the generator.
    """
    parameters = {}
    for layer, (n, k) in enumerate(itertools.pairwise(sizes), start=1):
        parameters[f"W{layer}"] = initialisation(k, n, generator)
        parameters[f"b{layer}"] = np.zeros((k, 1))
    return parameters
