"""The simple recurrent network: a hidden state that is rewritten by the same small layer at every step.

The state is all that the network remembers, and each step mixes it with one new input and squashes the mixture.
Because every step uses the same weights, the backward pass walks the steps in reverse and adds up what each of them
asks of those weights.

    a<t> = tanh(Wax x<t> + Waa a<t-1> + ba)
    y<t> = softmax(Wya a<t> + by)

x (n_x, m, T_x) is the input, a (n_a, m, T_x) the hidden states, y (n_y, m, T_x) the predictions, for m examples side
by side; Wax (n_a, n_x), Waa (n_a, n_a), ba (n_a, 1), Wya (n_y, n_a) and by (n_y, 1) are the parameters.

J. L. Elman, "Finding structure in time", Cognitive Science 14 (1990). Elman squashes with the logistic function; tanh
is what came into use.
Left out: the loss, and with it the gradient through y, Wya and by; truncation; sequences of different lengths.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from reference.activations import Array, Parameters, softmax

Cache = tuple[Array, Array, Array, Parameters]
Cell = Callable[[Array, Array, Parameters], tuple[Array, Array, Cache]]
CellBackward = Callable[[Array, Cache], dict[str, Array]]


def rnn_cell_forward(xt: Array, a_prev: Array, parameters: Parameters) -> tuple[Array, Array, Cache]:
    """Take one step of a recurrent network: the next hidden state, and the prediction made from it.

        a_next  = tanh(Wax xt + Waa a_prev + ba)
        yt_pred = softmax(Wya a_next + by)

    Arguments:
        xt (n_x, m): the input of this step, one column for each of the m examples
        a_prev (n_a, m): the hidden state before this step
        parameters: a dict with Wax (n_a, n_x), Waa (n_a, n_a), Wya (n_y, n_a), ba (n_a, 1), by (n_y, 1)

    Returns (a_next, yt_pred, cache):
        a_next (n_a, m): the hidden state after this step
        yt_pred (n_y, m): the prediction, a distribution in each column
        cache: the tuple (a_next, a_prev, xt, parameters), for the backward pass
    """
    a_next = np.tanh(parameters["Wax"] @ xt + parameters["Waa"] @ a_prev + parameters["ba"])  # (n_a, m)
    yt_pred = softmax(parameters["Wya"] @ a_next + parameters["by"])  # (n_y, m)
    return a_next, yt_pred, (a_next, a_prev, xt, parameters)


def rnn_cell_backward(da_next: Array, cache: Cache) -> dict[str, Array]:
    """Compute the gradients of one step, given the gradient at the hidden state that it produced.

    For a loss L, dX stands for dL/dX and has the shape of X. The loss reaches this step through a_next only: the
    prediction yt_pred plays no part. Gradients of parameters are summed over the m examples, not averaged.

    Arguments:
        da_next (n_a, m): the gradient at a_next
        cache: the tuple (a_next, a_prev, xt, parameters) that rnn_cell_forward returned

    Returns a dict:
        dxt (n_x, m), da_prev (n_a, m): the gradients at the inputs of the step
        dWax (n_a, n_x), dWaa (n_a, n_a), dba (n_a, 1): the gradients at the parameters
    """
    a_next, a_prev, xt, parameters = cache
    dz = da_next * (1 - a_next**2)  # (n_a, m), at the argument of tanh
    return {
        "dxt": parameters["Wax"].T @ dz,  # (n_x, m)
        "da_prev": parameters["Waa"].T @ dz,  # (n_a, m)
        "dWax": dz @ xt.T,  # (n_a, n_x)
        "dWaa": dz @ a_prev.T,  # (n_a, n_a)
        "dba": dz.sum(axis=1, keepdims=True),  # (n_a, 1)
    }


def rnn_forward(
    x: Array, a0: Array, parameters: Parameters, *, cell: Cell = rnn_cell_forward
) -> tuple[Array, Array, tuple[list[Cache], Array]]:
    """Read a whole sequence: repeat the step of rnn_cell_forward from left to right, with the same parameters.

    Arguments:
        x (n_x, m, T_x): the input, x[:, :, t] being that of step t
        a0 (n_a, m): the hidden state before the first step
        parameters: a dict with Wax (n_a, n_x), Waa (n_a, n_a), Wya (n_y, n_a), ba (n_a, 1), by (n_y, 1)

    Returns (a, y_pred, caches):
        a (n_a, m, T_x): the hidden state after each step
        y_pred (n_y, m, T_x): the prediction of each step
        caches: the tuple (list of the T_x caches of the steps, first step first; x), for the backward pass

    Parts: cell is the step that is repeated; whatever keeps the contract of rnn_cell_forward can take its place.
    """
    a_next, states, predictions, caches = a0, [], [], []
    for t in range(x.shape[2]):
        a_next, yt_pred, cache = cell(x[:, :, t], a_next, parameters)  # (n_a, m), (n_y, m)
        states.append(a_next)
        predictions.append(yt_pred)
        caches.append(cache)
    return np.stack(states, axis=2), np.stack(predictions, axis=2), (caches, x)


def rnn_backward(
    da: Array, caches: tuple[list[Cache], Array], *, cell_backward: CellBackward = rnn_cell_backward
) -> dict[str, Array]:
    """Compute the gradients of the whole sequence, given those at its hidden states: backpropagation through time.

    For a loss L, dX stands for dL/dX and has the shape of X. da holds what the loss asks of each hidden state directly;
    what it asks of a state by way of the later steps is found here. The predictions play no part. Gradients of
    parameters are summed over the steps and over the m examples.

    Arguments:
        da (n_a, m, T_x): the direct gradient at each hidden state
        caches: the tuple (list of the T_x caches of the steps, x) that rnn_forward returned

    Returns a dict:
        dx (n_x, m, T_x), da0 (n_a, m): the gradients at the input and at the first hidden state
        dWax (n_a, n_x), dWaa (n_a, n_a), dba (n_a, 1): the gradients at the parameters

    Parts: cell_backward is the step that is repeated; whatever keeps the contract of rnn_cell_backward can take its
    place.
    """
    cell_caches, x = caches
    dx = np.zeros(x.shape)
    da_prev = np.zeros(da.shape[:2])
    totals: dict[str, Array] = {}
    for t in reversed(range(x.shape[2])):
        step = cell_backward(da[:, :, t] + da_prev, cell_caches[t])
        da_prev = step["da_prev"]  # (n_a, m)
        dx[:, :, t] = step["dxt"]  # (n_x, m)
        for name in ("dWax", "dWaa", "dba"):
            totals[name] = totals.get(name, 0) + step[name]
    return {"dx": dx, "da0": da_prev, **totals}
