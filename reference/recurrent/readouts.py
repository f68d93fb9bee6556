"""From states to answers: one answer for a sequence, one for each step, or a sequence from a single input.

What is left out of the recurrent networks themselves, the loss and the gradient through the prediction, is here. The
same states serve all three; what differs is which of them are read, and what is read at the next step.

    many to many   y<t> = softmax(Wy a<t> + by)             J = -mean over all steps of log y<t>[target]
    many to one    y = softmax(Wy a<T> + by)                J = -mean over all examples of log y[target]
    one to many    x<0> given, x<t> = y<t-1>                what is predicted is read at the next step

a (n_a, m, T_x) are the states of m sequences of lengths (m,), Wy (n_y, n_a) and by (n_y, 1) the parameters.

A. Karpathy, "The unreasonable effectiveness of recurrent neural networks" (2015), draws the three.
Left out: an encoder and a decoder, which read many and write many at different steps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reference.activations import Array, Parameters, softmax
from reference.recurrent.rnn import Cache, Cell, CellBackward, rnn_cell_backward, rnn_cell_forward
from reference.recurrent.variable_lengths import last_states, last_states_backward

if TYPE_CHECKING:
    from reference.recurrent.variable_lengths import Lengths


def many_to_many(
    a: Array, targets: Lengths, lengths: Lengths, parameters: Parameters
) -> tuple[float, dict[str, Array]]:
    """Ask every step for a class: the loss, and its gradients.

    The loss is the mean of -log softmax(Wy a<t> + by)[target] over all steps of all examples; steps beyond the end of a
    sequence do not count.

    Arguments:
        a (n_a, m, T_x): the hidden states of m sequences
        targets (m, T_x): the number of the right class at each step; beyond the end of a sequence they are not read
        lengths (m,): how many steps each sequence has, from 1 to T_x
        parameters: a dict with Wy (n_y, n_a), by (n_y, 1)

    Returns (loss, gradients), the gradients a dict with da (n_a, m, T_x), dWy (n_y, n_a), dby (n_y, 1).
    """
    counted = np.arange(a.shape[2]) < lengths[:, np.newaxis]  # (m, T_x)
    loss, found = _classify(a[:, counted], targets[counted], parameters)
    da = np.zeros(a.shape)
    da[:, counted] = found["da"]
    return loss, {**found, "da": da}


def many_to_one(a: Array, targets: Lengths, lengths: Lengths, parameters: Parameters) -> tuple[float, dict[str, Array]]:
    """Ask the last state of each sequence for a class: the loss, and its gradients.

    The loss is the mean over the examples of -log softmax(Wy a<T> + by)[target], T being the last step of the example.

    Arguments:
        a (n_a, m, T_x): the hidden states of m sequences
        targets (m,): the number of the right class of each sequence
        lengths (m,): how many steps each sequence has, from 1 to T_x
        parameters: a dict with Wy (n_y, n_a), by (n_y, 1)

    Returns (loss, gradients), the gradients a dict with da (n_a, m, T_x), dWy (n_y, n_a), dby (n_y, 1).
    """
    loss, found = _classify(last_states(a, lengths), targets, parameters)
    return loss, {**found, "da": last_states_backward(found["da"], lengths, a.shape[2])}


def _classify(a: Array, targets: Lengths, parameters: Parameters) -> tuple[float, dict[str, Array]]:
    """Return the mean cross-entropy of softmax(Wy a + by) with a (n_a, N) and targets (N,), and its gradients."""
    y = softmax(parameters["Wy"] @ a + parameters["by"])  # (n_y, N)
    N = len(targets)
    dz = y.copy()  # (n_y, N)
    dz[targets, np.arange(N)] -= 1
    dz /= N
    loss = float(-np.log(y[targets, np.arange(N)]).mean())
    return loss, {"da": parameters["Wy"].T @ dz, "dWy": dz @ a.T, "dby": dz.sum(axis=1, keepdims=True)}


def one_to_many_forward(
    x0: Array, a0: Array, parameters: Parameters, T_x: int, *, cell: Cell = rnn_cell_forward
) -> tuple[Array, Array, list[Cache]]:
    """Write a sequence from one input: each prediction is read at the next step.

    Arguments:
        x0 (n_x, m): the input of the first step
        a0 (n_a, m): the hidden state before the first step
        parameters: a dict with Wax (n_a, n_x), Waa (n_a, n_a), Wya (n_x, n_a), ba (n_a, 1), by (n_x, 1); predictions
            are as long as inputs
        T_x: how many steps are taken

    Returns (a, y, caches):
        a (n_a, m, T_x): the hidden state after each step
        y (n_x, m, T_x): the prediction of each step, a distribution in each column
        caches: the list of the T_x caches of the steps, first step first, for the backward pass

    Parts: cell is the step that is repeated; whatever keeps the contract of rnn_cell_forward can take its place.
    """
    xt, a_next, states, predictions, caches = x0, a0, [], [], []
    for _ in range(T_x):
        a_next, xt, cache = cell(xt, a_next, parameters)  # (n_a, m), (n_x, m)
        states.append(a_next)
        predictions.append(xt)
        caches.append(cache)
    return np.stack(states, axis=2), np.stack(predictions, axis=2), caches


def one_to_many_backward(
    dy: Array, y: Array, caches: list[Cache], *, cell_backward: CellBackward = rnn_cell_backward
) -> dict[str, Array]:
    """Compute the gradients of a sequence that reads its own predictions, given those at the predictions.

    For a loss L, dX stands for dL/dX and has the shape of X. dy holds what the loss asks of each prediction directly;
    what it asks by way of the later steps that read it is found here.

    Arguments:
        dy (n_x, m, T_x): the direct gradient at each prediction
        y (n_x, m, T_x): the predictions that one_to_many_forward returned
        caches: the list of the T_x caches of the steps that it returned

    Returns a dict:
        dx0 (n_x, m), da0 (n_a, m): the gradients at the first input and at the first hidden state
        dWax (n_a, n_x), dWaa (n_a, n_a), dba (n_a, 1), dWya (n_x, n_a), dby (n_x, 1): the gradients at the parameters

    Parts: cell_backward is the step that is repeated; whatever keeps the contract of rnn_cell_backward can take its
    place.
    """
    _, a_prev, xt, parameters = caches[-1]
    dxt, da = np.zeros(xt.shape), np.zeros(a_prev.shape)
    totals: dict[str, Array] = {}
    for t in reversed(range(len(caches))):
        a_last = caches[t][0]  # (n_a, m)
        reached = dy[:, :, t] + dxt  # (n_x, m), the next step's input being this step's prediction
        dz = y[:, :, t] * (reached - (reached * y[:, :, t]).sum(axis=0))  # (n_x, m), at the argument of softmax
        step = cell_backward(da + parameters["Wya"].T @ dz, caches[t])
        dxt, da = step["dxt"], step["da_prev"]  # (n_x, m), (n_a, m)
        step = {**step, "dWya": dz @ a_last.T, "dby": dz.sum(axis=1, keepdims=True)}
        for name in ("dWax", "dWaa", "dba", "dWya", "dby"):
            totals[name] = totals.get(name, 0) + step[name]
    return {"dx0": dxt, "da0": da, **totals}
