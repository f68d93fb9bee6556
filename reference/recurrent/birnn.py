"""The bidirectional recurrent network: two simple networks read the same sequence, one from each end.

At every step the state of the one has seen all that came before, and the state of the other all that is still to come.
The two meet only in the prediction, which reads both; so each half sends its gradient back as a simple network does.

    a→[t] = tanh(Wax→ x[t] + Waa→ a→[t-1] + ba→)         t = 0, ..., T_x - 1
    a←[t] = tanh(Wax← x[t] + Waa← a←[t+1] + ba←)         t = T_x - 1, ..., 0
    y[t] = softmax(Wy [a→[t]; a←[t]] + by)

x (n_x, m, T_x) is the input, a→ and a← (n_a, m, T_x) are the hidden states of the two halves, y (n_y, m, T_x) the
predictions, for m examples side by side; [a→; a←] (2 n_a, m) puts the rows of a→ above those of a←.
Wax (n_a, n_x), Waa (n_a, n_a) and ba (n_a, 1) for each half, Wy (n_y, 2 n_a) and by (n_y, 1) are the parameters.

M. Schuster and K. K. Paliwal, "Bidirectional recurrent neural networks", IEEE Transactions on Signal Processing 45
(1997).
Left out: the loss, and with it the gradient through y, Wy and by; sequences of different lengths, whose backward half
would have to start at each one's own end.
"""

from __future__ import annotations

from typing import TypedDict

import numpy as np

from reference.activations import Array, Parameters, softmax
from reference.recurrent.rnn import Cell, rnn_cell_forward


class BidirectionalParameters(TypedDict):
    """The parameters of the two halves, and of the prediction that reads both."""

    forward: Parameters
    backward: Parameters
    Wy: Array
    by: Array


Caches = tuple[Array, Array, Array, BidirectionalParameters]


def birnn_forward(
    x: Array,
    a0_forward: Array,
    a0_backward: Array,
    parameters: BidirectionalParameters,
    *,
    cell: Cell = rnn_cell_forward,
) -> tuple[Array, Array, Caches]:
    """Read a sequence from both ends: one recurrent network goes through it forwards, another one backwards.

        a_forward[:, :, t]  = tanh(Wax x[:, :, t] + Waa a_forward[:, :, t - 1] + ba)
        a_backward[:, :, t] = tanh(Wax x[:, :, t] + Waa a_backward[:, :, t + 1] + ba)
        y_pred[:, :, t] = softmax(Wy [a_forward[:, :, t]; a_backward[:, :, t]] + by)

    Each half has its own Wax, Waa and ba. a0_forward stands before step 0 and a0_backward after step T_x - 1. So both
    halves at t have read x[:, :, t]: the forward one after all that is on its left, the backward one after all that is
    on its right.

    Arguments:
        x (n_x, m, T_x): the input, x[:, :, t] being that of step t, one column for each of the m examples
        a0_forward (n_a, m): the hidden state from which the forward half starts
        a0_backward (n_a, m): the hidden state from which the backward half starts
        parameters: a dict with
            forward: a dict with Wax (n_a, n_x), Waa (n_a, n_a), ba (n_a, 1)
            backward: a dict with the same names and shapes
            Wy (n_y, 2 n_a), by (n_y, 1)

    Returns (a, y_pred, caches):
        a (2 n_a, m, T_x): the hidden states, the rows of a_forward above those of a_backward
        y_pred (n_y, m, T_x): the prediction of each step, a distribution in each column
        caches: the tuple (a_forward, a_backward, x, parameters), with a_forward and a_backward (n_a, m, T_x)

    Parts: `cell` takes one step of either half; its own prediction is not used.
    """
    m, T_x = x.shape[1:]
    a_forward, a_backward = np.zeros((len(a0_forward), m, T_x)), np.zeros((len(a0_backward), m, T_x))
    for states, a0, half, steps in (
        (a_forward, a0_forward, parameters["forward"], range(T_x)),
        (a_backward, a0_backward, parameters["backward"], reversed(range(T_x))),
    ):
        a_next = a0
        silent = {"Wya": np.zeros((1, len(a0))), "by": np.zeros((1, 1))}  # a half predicts nothing by itself
        for t in steps:
            a_next, _, _ = cell(x[:, :, t], a_next, {**half, **silent})  # (n_a, m)
            states[:, :, t] = a_next
    a = np.concatenate([a_forward, a_backward])  # (2 n_a, m, T_x)
    y_pred = softmax(np.tensordot(parameters["Wy"], a, axes=1) + parameters["by"][:, :, np.newaxis])  # (n_y, m, T_x)
    return a, y_pred, (a_forward, a_backward, x, parameters)


def birnn_backward(da: Array, caches: Caches, a0_forward: Array, a0_backward: Array) -> dict[str, Array]:
    """Compute the gradients of a bidirectional network, given those at its hidden states.

    For a loss L, dX stands for dL/dX and has the shape of X. The predictions play no part. Gradients of parameters are
    summed over the steps and over the m examples.

    Arguments:
        da (2 n_a, m, T_x): the direct gradient at each hidden state, the forward half above the backward half
        caches: the tuple (a_forward, a_backward, x, parameters) that birnn_forward returned
        a0_forward (n_a, m), a0_backward (n_a, m): as given to birnn_forward

    Returns a dict:
        dx (n_x, m, T_x): the gradient at the input, which both halves read
        da0_forward (n_a, m), da0_backward (n_a, m): the gradients at the first hidden states
        dWax_forward (n_a, n_x), dWaa_forward (n_a, n_a), dba_forward (n_a, 1), and the same with _backward: the
        gradients at the parameters
    """
    a_forward, a_backward, x, parameters = caches
    n_a, T_x = len(a_forward), x.shape[2]
    # The state that each step read lies on the side from which its half comes.
    read_forward = np.concatenate([a0_forward[:, :, np.newaxis], a_forward[:, :, :-1]], axis=2)  # (n_a, m, T_x)
    read_backward = np.concatenate([a_backward[:, :, 1:], a0_backward[:, :, np.newaxis]], axis=2)  # (n_a, m, T_x)
    gradients = {"dx": np.zeros(x.shape)}
    for direction, da_half, states, read, half, steps in (
        ("forward", da[:n_a], a_forward, read_forward, parameters["forward"], reversed(range(T_x))),
        ("backward", da[n_a:], a_backward, read_backward, parameters["backward"], range(T_x)),
    ):
        dz = np.zeros(states.shape)  # (n_a, m, T_x), at the arguments of tanh
        da_prev = np.zeros(states.shape[:2])
        for t in steps:
            dz[:, :, t] = (da_half[:, :, t] + da_prev) * (1 - states[:, :, t] ** 2)
            da_prev = half["Waa"].T @ dz[:, :, t]  # (n_a, m)
        gradients["dx"] += np.tensordot(half["Wax"].T, dz, axes=1)  # (n_x, m, T_x)
        gradients[f"da0_{direction}"] = da_prev
        gradients[f"dWax_{direction}"] = np.tensordot(dz, x, axes=((1, 2), (1, 2)))  # (n_a, n_x)
        gradients[f"dWaa_{direction}"] = np.tensordot(dz, read, axes=((1, 2), (1, 2)))  # (n_a, n_a)
        gradients[f"dba_{direction}"] = dz.sum(axis=(1, 2))[:, np.newaxis]  # (n_a, 1)
    return gradients
