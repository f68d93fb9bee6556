"""Averaged embeddings: a text is the mean of its words, and a net tells from the mean what it says.

    h = 1/n sum over its n words of E[w<t>]            Z = W_L ... f(W_1 h + b_1) ... + b_L

w (m, T) are the numbers of the words of m texts, padded with the number 0, E (V, d) has a row for each word, h (d, m)
is the mean, Z (k, m) the scores of k classes. The order of the words is lost: "not good but long" is "not long but
good". Whatever can be told from which words there are, it tells nearly as well as models that read.

M. Iyyer, V. Manjunatha, J. Boyd-Graber and H. Daumé III, "Deep unordered composition rivals syntactic methods for text
classification", ACL 2015.
Left out: dropping whole words while training.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reference.activations import Array, Parameters
from reference.classifiers.embedding_layer import (
    PADDING,
    EmbeddingCache,
    Numbers,
    embedding_backward,
    embedding_forward,
    look_up,
    text_lengths,
)
from reference.networks.feed_forward import Caches, FeedForward, feed_forward, feed_forward_backward

if TYPE_CHECKING:
    import torch

AveragedCaches = tuple[EmbeddingCache, Array, Caches]


def averaged_forward(numbers: Numbers, parameters: Parameters, hidden: str = "relu") -> tuple[Array, AveragedCaches]:
    """Compute the scores of texts from the mean of their words.

    Arguments:
        numbers (m, T): the numbers of the words of m texts, padded on the right with the number 0
        parameters: a dict with E (V, d), and W1 (n_1, d), b1 (n_1, 1), W2 (n_2, n_1), and so on
        hidden: what bends the hidden layers of the net, "relu", "tanh", "sigmoid" or "identity"

    Returns (Z, caches): the scores (k, m), and the tuple (cache of the lookup, the share of each place in its mean (m,
    T), caches of the net). A text without words has the mean 0.
    """
    x, looked_up = embedding_forward(numbers, parameters["E"])  # (d, m, T)
    shares = (numbers != PADDING) / text_lengths(numbers)[:, None]  # (m, T)
    layers = {name: theta for name, theta in parameters.items() if name != "E"}
    Z, caches = feed_forward((x * shares).sum(axis=2), layers, hidden)
    return Z, (looked_up, shares, caches)


def averaged_backward(dZ: Array, caches: AveragedCaches) -> dict[str, Array]:
    """Compute the gradients of averaged embeddings, given that at the scores.

    Arguments:
        dZ (k, m): the gradient at the scores
        caches: the tuple that averaged_forward returned

    Returns a dict with dE (V, d), dW1 (n_1, d), db1 (n_1, 1), and so on.
    """
    looked_up, shares, layers = caches
    gradients = feed_forward_backward(dZ, layers)
    dh = gradients.pop("dX")  # (d, m)
    return {"dE": embedding_backward(dh[:, :, None] * shares, looked_up), **gradients}


class Averaged(FeedForward):
    """The twin: a feed-forward net on the mean of the words, for training."""

    def forward(self, numbers: torch.Tensor) -> torch.Tensor:
        """Return the scores Z (k, m) of numbers (m, T)."""
        there = numbers != PADDING  # (m, T)
        x = look_up(numbers, self.theta["E"]) * there[:, :, None]  # (m, T, d)
        return super().forward((x.sum(dim=1) / there.sum(dim=1, keepdim=True).clamp_min(1)).T)
