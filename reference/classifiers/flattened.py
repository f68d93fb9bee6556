"""Flattened embeddings: the words of a text one after another in one long vector, and a net on top.

    h = [x<0>; x<1>; ...; x<T-1>]            Z = W_L ... f(W_1 h + b_1) ... + b_L

x (d, m, T) are the rows that were looked up for m texts, h (T d, m) puts them below one another, Z (k, m) are the
scores of k classes. Order counts now, too much so: W_1 has weights of its own for each place, so that a word that was
learned at the third place is unknown at the fourth, and every text must have the same length T, by padding or cutting.

R. Collobert and others, "Natural language processing (almost) from scratch", JMLR 12 (2011), the window approach.
Left out: convolutions, which share the weights of a few places with all others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reference.classifiers.embedding_layer import (
    EmbeddingCache,
    Numbers,
    embedding_backward,
    embedding_forward,
    look_up,
)
from reference.networks.feed_forward import Caches, FeedForward, feed_forward, feed_forward_backward

if TYPE_CHECKING:
    import torch

    from reference.activations import Array, Parameters

FlattenedCaches = tuple[EmbeddingCache, Caches]


def flattened_forward(numbers: Numbers, parameters: Parameters, hidden: str = "relu") -> tuple[Array, FlattenedCaches]:
    """Compute the scores of texts from their words, one after another in one vector.

    Arguments:
        numbers (m, T): the numbers of the words of m texts of the same length, padded or cut
        parameters: a dict with E (V, d), and W1 (n_1, T d), b1 (n_1, 1), W2 (n_2, n_1), and so on; the first d columns
            of W1 are for the first word
        hidden: what bends the hidden layers of the net, "relu", "tanh", "sigmoid" or "identity"

    Returns (Z, caches): the scores (k, m), and the tuple (cache of the lookup, caches of the net).
    """
    x, looked_up = embedding_forward(numbers, parameters["E"])  # (d, m, T)
    d, m, T = x.shape
    layers = {name: theta for name, theta in parameters.items() if name != "E"}
    Z, caches = feed_forward(np.moveaxis(x, 2, 0).reshape(T * d, m), layers, hidden)
    return Z, (looked_up, caches)


def flattened_backward(dZ: Array, caches: FlattenedCaches) -> dict[str, Array]:
    """Compute the gradients of flattened embeddings, given that at the scores.

    Arguments:
        dZ (k, m): the gradient at the scores
        caches: the tuple that flattened_forward returned

    Returns a dict with dE (V, d), dW1 (n_1, T d), db1 (n_1, 1), and so on.
    """
    looked_up, layers = caches
    gradients = feed_forward_backward(dZ, layers)
    numbers, (_, d) = looked_up
    m, T = numbers.shape
    dx = np.moveaxis(gradients.pop("dX").reshape(T, d, m), 0, 2)  # (d, m, T)
    return {"dE": embedding_backward(dx, looked_up), **gradients}


class Flattened(FeedForward):
    """The twin: a feed-forward net on the words one after another, for training."""

    def forward(self, numbers: torch.Tensor) -> torch.Tensor:
        """Return the scores Z (k, m) of numbers (m, T)."""
        return super().forward(look_up(numbers, self.theta["E"]).flatten(1).T)
