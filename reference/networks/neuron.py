"""A single neuron: first one that computes but cannot learn, then one that learns from its mistakes.

McCulloch and Pitts let a neuron fire when enough of its excitatory inputs do, unless an inhibitory one forbids it. That
is enough for every logical function, if somebody wires it up. Rosenblatt's perceptron finds its weights by itself: it
changes them whenever it is wrong, and never otherwise.

    McCulloch-Pitts:  y = 1 if sum of e_i >= theta and no inhibitory input is 1, else 0
    perceptron:       y = sign(w x + b)            on a mistake:  w <- w + t x,  b <- b + t

e (n, m) and i (k, m) are inputs of 0 and 1, x (n, m) is any input, w (n,) and b the weights, t the right answer, -1 or
1, for m examples side by side. If some w and b tell the classes apart with room gamma on both sides, and no example is
longer than R, a perceptron makes at most (R / gamma)^2 mistakes (b counts as the weight of an input that is always 1).

W. S. McCulloch and W. Pitts, "A logical calculus of the ideas immanent in nervous activity", Bulletin of Mathematical
Biophysics 5 (1943). F. Rosenblatt, "The perceptron", Psychological Review 65 (1958). A. Novikoff, "On convergence
proofs for perceptrons" (1962).
Left out: time, which McCulloch and Pitts count in steps; examples that no plane tells apart, where the perceptron never
comes to rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from reference.activations import Array


def mcculloch_pitts(excitatory: Array, inhibitory: Array, threshold: float) -> Array:
    """Say whether a neuron fires, for m columns of inputs side by side.

    Arguments:
        excitatory (n, m): 0 or 1, the inputs that make it fire; n may be 0
        inhibitory (k, m): 0 or 1, the inputs of which a single one keeps it from firing; k may be 0
        threshold: how many excitatory inputs must be 1

    Returns y (m,): 1 where it fires, else 0.
    """
    fires = (excitatory.sum(axis=0) >= threshold) & ~inhibitory.any(axis=0)  # (m,)
    return np.where(fires, 1.0, 0.0)


def perceptron_predict(x: Array, w: Array, b: float) -> Array:
    """Classify m examples.

    Arguments:
        x (n, m): the examples, one in each column
        w (n,), b: the weights

    Returns y (m,): 1 where w x + b > 0, else -1.
    """
    return np.where(w @ x + b > 0, 1.0, -1.0)


def perceptron_epoch(x: Array, t: Array, w: Array, b: float) -> tuple[Array, float, int]:
    """Go through all examples once, from left to right, and learn from each mistake before the next example.

        w <- w + t_i x_i,  b <- b + t_i        if t_i (w x_i + b) <= 0

    Arguments:
        x (n, m): the examples, one in each column
        t (m,): the right answers, -1 or 1
        w (n,), b: the weights before; they are not changed

    Returns (w, b, mistakes): the weights afterwards, and how many examples changed them.
    """
    mistakes = 0
    for x_i, t_i in zip(x.T, t, strict=True):
        if t_i * (w @ x_i + b) <= 0:
            w, b, mistakes = w + t_i * x_i, b + t_i, mistakes + 1
    return w, float(b), mistakes


def train_perceptron(x: Array, t: Array, epochs: int) -> tuple[Array, float, list[int]]:
    """Begin with zeros and go through the examples again and again, until none is a mistake.

    Arguments:
        x (n, m): the examples, one in each column
        t (m,): the right answers, -1 or 1
        epochs: how often to go through them at most

    Returns (w, b, mistakes): the weights (n,) and a number, and the mistakes of each epoch; the last one is 0 if the
    examples were learned.
    """
    w, b, mistakes = np.zeros(len(x)), 0.0, list[int]()
    for _ in range(epochs):
        w, b, wrong = perceptron_epoch(x, t, w, b)
        mistakes.append(wrong)
        if wrong == 0:
            break
    return w, b, mistakes
