"""A text classifier that reads: a recurrent network goes through the words, and its last state says what it has read.

    x<t> = E[w<t>]            h = a→<n-1>, or [a→<n-1>; a←<0>] if one network reads from either end
    Z = Wy h + by

w (m, T) are the numbers of the words of m texts, padded on the right with the number 0, E (V, d) has a row for each
word, a→ (n_a, m, T) are the states of the network that reads forwards and a← of the one that reads backwards, n is the
length of a text, h (n_h, m) what is kept of it, Z (k, m) are the scores of k classes. Each half stands where it has
read every word when it is asked: the one at the last word, the other at the first; of the padding neither has seen
anything. Which recurrence reads (simple, GRU or LSTM) is a part.

S. Hochreiter and J. Schmidhuber, "Long short-term memory", Neural Computation 9 (1997), whose experiments are of this
kind; A. Graves and J. Schmidhuber, "Framewise phoneme classification with bidirectional LSTM", Neural Networks 18
(2005).
Left out: a mean or maximum over all states in the place of the last.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import torch

from reference.classifiers.embedding_layer import (
    PADDING,
    EmbeddingCache,
    Numbers,
    embedding_backward,
    embedding_forward,
    look_up,
    text_lengths,
)
from reference.networks.dense import DenseCache, dense_backward, dense_forward
from reference.networks.parameters import Twin
from reference.recurrent.gru import gru_backward, gru_forward
from reference.recurrent.lstm import lstm_backward, lstm_forward
from reference.recurrent.rnn import rnn_backward, rnn_forward
from reference.recurrent.twins import Gru, Lstm, Rnn, turn
from reference.recurrent.variable_lengths import last_states, last_states_backward, turn_around

if TYPE_CHECKING:
    from reference.activations import Array, Parameters

ClassifierParameters: TypeAlias = Mapping[str, Any]
HALVES = ("forward", "backward")


class Reader(NamedTuple):
    """A recurrence.

    forward, backward: its passes over a sequence; forward returns the states first and the caches last
    twin: its module of torch
    bias: the name of one of its biases (n_a, 1), which says how long a state is
    """

    forward: Callable[..., tuple[Any, ...]]
    backward: Callable[..., dict[str, Array]]
    twin: type[Rnn | Gru | Lstm]
    bias: str


class ClassifierCaches(NamedTuple):
    """What the backward pass needs: of the lookup, of each half, of the scores; the lengths (m,); the recurrence."""

    looked_up: EmbeddingCache
    halves: dict[str, Any]
    scores: DenseCache
    lengths: Numbers
    reader: Reader


READERS = {
    "rnn": Reader(rnn_forward, rnn_backward, Rnn, "ba"),
    "gru": Reader(gru_forward, gru_backward, Gru, "bu"),
    "lstm": Reader(lstm_forward, lstm_backward, Lstm, "bf"),
}


def recurrent_classifier_forward(
    numbers: Numbers, parameters: ClassifierParameters, kind: str = "lstm"
) -> tuple[Array, ClassifierCaches]:
    """Compute the scores of texts from the last state of a network that reads them.

    Arguments:
        numbers (m, T): the numbers of the words of m texts, padded on the right with the number 0
        parameters: a dict with E (V, d), Wy (k, n_h), by (k, 1), and in forward, and in backward if texts are read from
            both ends, a dict with the parameters of the recurrence; n_h is n_a, or 2 n_a with the forward half first
        kind: which recurrence reads, "rnn", "gru" or "lstm"

    Returns (Z, caches): the scores (k, m), and what the backward pass needs.
    """
    reader, lengths = READERS[kind], text_lengths(numbers)
    x, looked_up = embedding_forward(numbers, parameters["E"])  # (d, m, T)
    states, halves = [], {}
    for half in HALVES:
        if half in parameters:
            read = x if half == "forward" else turn_around(x, lengths)  # (d, m, T)
            a, *_, halves[half] = reader.forward(read, *_beginning(parameters[half], reader, len(numbers)))
            states.append(last_states(a, lengths))  # (n_a, m)
    Z, scores = dense_forward(np.concatenate(states), parameters["Wy"], parameters["by"])  # (k, m)
    return Z, ClassifierCaches(looked_up, halves, scores, lengths, reader)


def _beginning(parameters: Parameters, reader: Reader, m: int) -> tuple[Array, Parameters]:
    """Return a first state (n_a, m) of zeros, and parameters with which the recurrence itself predicts nothing."""
    n_a = len(parameters[reader.bias])
    silent = {"Wya": np.zeros((1, n_a)), "Wy": np.zeros((1, n_a)), "by": np.zeros((1, 1))}
    return np.zeros((n_a, m)), {**parameters, **silent}


def recurrent_classifier_backward(dZ: Array, caches: ClassifierCaches) -> dict[str, Any]:
    """Compute the gradients of a classifier that reads, given that at its scores.

    Arguments:
        dZ (k, m): the gradient at the scores
        caches: what recurrent_classifier_forward returned

    Returns a dict with dE (V, d), dWy (k, n_h), dby (k, 1), and in forward, and in backward if texts are read from both
    ends, a dict with the gradients at the parameters of the recurrence.
    """
    numbers, (_, d) = caches.looked_up
    m, T = numbers.shape
    step = dense_backward(dZ, caches.scores)
    dx, gradients = np.zeros((d, m, T)), {}
    for (half, of_half), dh in zip(caches.halves.items(), np.split(step["dA"], len(caches.halves)), strict=True):
        found = caches.reader.backward(last_states_backward(dh, caches.lengths, T), of_half)
        dread = found.pop("dx")  # (d, m, T)
        dx += dread if half == "forward" else turn_around(dread, caches.lengths)
        found.pop("da0")
        gradients[half] = found
    return {"dE": embedding_backward(dx, caches.looked_up), "dWy": step["dW"], "dby": step["db"], **gradients}


class RecurrentClassifier(Twin):
    """The twin: the same classifier on the same parameters, for training."""

    def __init__(
        self, parameters: ClassifierParameters, kind: str = "lstm", dtype: torch.dtype = torch.float64
    ) -> None:
        super().__init__({name: parameters[name] for name in ("E", "Wy", "by")}, dtype)
        self.halves = torch.nn.ModuleDict(
            {f"reads_{half}": _twin(parameters[half], READERS[kind], dtype) for half in HALVES if half in parameters}
        )

    def forward(self, numbers: torch.Tensor) -> torch.Tensor:
        """Return the scores Z (k, m) of numbers (m, T)."""
        lengths = (numbers != PADDING).sum(dim=1).clamp_min(1)  # (m,)
        x = look_up(numbers[:, : int(lengths.max())], self.theta["E"]).transpose(0, 1)  # (T, m, d)
        last = []
        for half, recurrence in self.halves.items():
            a, _ = recurrence(turn(x, lengths) if half == "reads_backward" else x)  # (T, m, n_a)
            last.append(a[lengths - 1, torch.arange(len(lengths), device=a.device)])  # (m, n_a)
        Z: torch.Tensor = self.theta["Wy"] @ torch.cat(last, dim=1).T + self.theta["by"]
        return Z


def _twin(parameters: Parameters, reader: Reader, dtype: torch.dtype) -> Rnn | Gru | Lstm:
    n_a = len(parameters[reader.bias])
    n_x = parameters["Wax"].shape[1] if "Wax" in parameters else parameters["Wc"].shape[1] - n_a
    twin = reader.twin(n_x, n_a, dtype=dtype)
    twin.load_state_dict({name: torch.tensor(array, dtype=dtype) for name, array in parameters.items()})
    return twin
