"""Long short-term memory: a second state that is added to instead of being rewritten, guarded by three gates.

The memory c is carried from step to step and changed only by scaling and adding, so its gradient does not fade unless
the forget gate says so.
The input gate decides what is added, the forget gate what stays, the output gate how much of it the hidden state shows.

    f<t> = sigmoid(Wf [a<t-1>; x<t>] + bf)         c<t> = f<t> * c<t-1> + i<t> * cc<t>
    i<t> = sigmoid(Wi [a<t-1>; x<t>] + bi)         a<t> = o<t> * tanh(c<t>)
    cc<t> = tanh(Wc [a<t-1>; x<t>] + bc)           y<t> = softmax(Wy a<t> + by)
    o<t> = sigmoid(Wo [a<t-1>; x<t>] + bo)

x (n_x, m, T_x) is the input, a and c (n_a, m, T_x) are hidden state and memory, y (n_y, m, T_x) the predictions, for m
examples side by side; [a; x] (n_a + n_x, m) puts the rows of a above those of x, and * multiplies entry by entry.
Wf, Wi, Wc, Wo (n_a, n_a + n_x), bf, bi, bc, bo (n_a, 1), Wy (n_y, n_a) and by (n_y, 1) are the parameters.

S. Hochreiter and J. Schmidhuber, "Long short-term memory", Neural Computation 9 (1997); the forget gate is from
F. A. Gers, J. Schmidhuber and F. Cummins, "Learning to forget", Neural Computation 12 (2000).
Left out: peepholes from c to the gates; a first memory other than zeros; the loss, and with it the gradient through y.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from reference.activations import Array, Parameters, sigmoid, softmax

Cache = tuple[Array, Array, Array, Array, Array, Array, Array, Array, Array, Parameters]
Cell = Callable[[Array, Array, Array, Parameters], tuple[Array, Array, Array, Cache]]
CellBackward = Callable[[Array, Array, Cache], dict[str, Array]]


def lstm_cell_forward(
    xt: Array, a_prev: Array, c_prev: Array, parameters: Parameters
) -> tuple[Array, Array, Array, Cache]:
    """Take one step of an LSTM: the next hidden state and memory, and the prediction made from the hidden state.

        ft  = sigmoid(Wf [a_prev; xt] + bf)        the forget gate
        it  = sigmoid(Wi [a_prev; xt] + bi)        the input gate, also called update gate
        cct = tanh(Wc [a_prev; xt] + bc)           the candidate
        ot  = sigmoid(Wo [a_prev; xt] + bo)        the output gate
        c_next  = ft * c_prev + it * cct
        a_next  = ot * tanh(c_next)
        yt_pred = softmax(Wy a_next + by)

    [a_prev; xt] (n_a + n_x, m) puts the rows of a_prev above those of xt; * multiplies entry by entry.

    Arguments:
        xt (n_x, m): the input of this step, one column for each of the m examples
        a_prev (n_a, m): the hidden state before this step
        c_prev (n_a, m): the memory before this step
        parameters: a dict with Wf, Wi, Wc, Wo (n_a, n_a + n_x), bf, bi, bc, bo (n_a, 1), Wy (n_y, n_a), by (n_y, 1)

    Returns (a_next, c_next, yt_pred, cache):
        a_next (n_a, m): the hidden state after this step
        c_next (n_a, m): the memory after this step
        yt_pred (n_y, m): the prediction, a distribution in each column
        cache: the tuple (a_next, c_next, a_prev, c_prev, ft, it, cct, ot, xt, parameters), for the backward pass
    """
    concat = np.concatenate([a_prev, xt])  # (n_a + n_x, m)
    ft = sigmoid(parameters["Wf"] @ concat + parameters["bf"])  # (n_a, m)
    it = sigmoid(parameters["Wi"] @ concat + parameters["bi"])  # (n_a, m)
    cct = np.tanh(parameters["Wc"] @ concat + parameters["bc"])  # (n_a, m)
    ot = sigmoid(parameters["Wo"] @ concat + parameters["bo"])  # (n_a, m)
    c_next = ft * c_prev + it * cct  # (n_a, m)
    a_next = ot * np.tanh(c_next)  # (n_a, m)
    yt_pred = softmax(parameters["Wy"] @ a_next + parameters["by"])  # (n_y, m)
    return a_next, c_next, yt_pred, (a_next, c_next, a_prev, c_prev, ft, it, cct, ot, xt, parameters)


def lstm_cell_backward(da_next: Array, dc_next: Array, cache: Cache) -> dict[str, Array]:
    """Compute the gradients of one step, given those at the hidden state and the memory that it produced.

    For a loss L, dX stands for dL/dX and has the shape of X. dc_next is what reaches c_next from later steps; what
    reaches it by way of a_next is found here. The prediction yt_pred plays no part. Gradients of parameters are summed
    over the m examples, not averaged.

    Arguments:
        da_next (n_a, m): the gradient at a_next
        dc_next (n_a, m): the gradient at c_next, apart from that by way of a_next
        cache: the tuple (a_next, c_next, a_prev, c_prev, ft, it, cct, ot, xt, parameters) from lstm_cell_forward

    Returns a dict:
        dxt (n_x, m), da_prev (n_a, m), dc_prev (n_a, m): the gradients at the inputs of the step
        dWf, dWi, dWc, dWo (n_a, n_a + n_x), dbf, dbi, dbc, dbo (n_a, 1): the gradients at the parameters
    """
    _, c_next, a_prev, c_prev, ft, it, cct, ot, xt, parameters = cache
    n_a = a_prev.shape[0]
    concat = np.concatenate([a_prev, xt])  # (n_a + n_x, m)
    shown = np.tanh(c_next)  # (n_a, m)
    dc = dc_next + da_next * ot * (1 - shown**2)  # (n_a, m)
    # From here each is the gradient at the argument of a sigmoid or tanh, whose derivative is written in its value.
    do = da_next * shown * ot * (1 - ot)  # (n_a, m)
    dcc = dc * it * (1 - cct**2)  # (n_a, m)
    di = dc * cct * it * (1 - it)  # (n_a, m)
    df = dc * c_prev * ft * (1 - ft)  # (n_a, m)
    gates = {"f": df, "i": di, "c": dcc, "o": do}
    dconcat = np.sum([parameters[f"W{gate}"].T @ dz for gate, dz in gates.items()], axis=0)  # (n_a + n_x, m)
    return {
        "dxt": dconcat[n_a:],  # (n_x, m)
        "da_prev": dconcat[:n_a],  # (n_a, m)
        "dc_prev": dc * ft,  # (n_a, m)
        **{f"dW{gate}": dz @ concat.T for gate, dz in gates.items()},  # (n_a, n_a + n_x)
        **{f"db{gate}": dz.sum(axis=1, keepdims=True) for gate, dz in gates.items()},  # (n_a, 1)
    }


def lstm_forward(
    x: Array, a0: Array, parameters: Parameters, *, cell: Cell = lstm_cell_forward
) -> tuple[Array, Array, Array, tuple[list[Cache], Array]]:
    """Read a whole sequence: repeat the step of lstm_cell_forward from left to right, with the same parameters.

    The memory before the first step is all zeros.

    Arguments:
        x (n_x, m, T_x): the input, x[:, :, t] being that of step t
        a0 (n_a, m): the hidden state before the first step
        parameters: a dict with Wf, Wi, Wc, Wo (n_a, n_a + n_x), bf, bi, bc, bo (n_a, 1), Wy (n_y, n_a), by (n_y, 1)

    Returns (a, y, c, caches), the predictions second:
        a (n_a, m, T_x): the hidden state after each step
        y (n_y, m, T_x): the prediction of each step
        c (n_a, m, T_x): the memory after each step
        caches: the tuple (list of the T_x caches of the steps, first step first; x), for the backward pass

    Parts: cell is the step that is repeated; whatever keeps the contract of lstm_cell_forward can take its place.
    """
    a_next, c_next = a0, np.zeros(a0.shape)
    states, predictions, memories, caches = [], [], [], []
    for t in range(x.shape[2]):
        a_next, c_next, yt_pred, cache = cell(x[:, :, t], a_next, c_next, parameters)  # (n_a, m) twice, (n_y, m)
        states.append(a_next)
        predictions.append(yt_pred)
        memories.append(c_next)
        caches.append(cache)
    return np.stack(states, axis=2), np.stack(predictions, axis=2), np.stack(memories, axis=2), (caches, x)


def lstm_backward(
    da: Array, caches: tuple[list[Cache], Array], *, cell_backward: CellBackward = lstm_cell_backward
) -> dict[str, Array]:
    """Compute the gradients of the whole sequence, given those at its hidden states: backpropagation through time.

    For a loss L, dX stands for dL/dX and has the shape of X. da holds what the loss asks of each hidden state directly;
    what it asks of a state by way of the later steps is found here. The loss reads hidden states only, neither the
    memories nor the predictions. Gradients of parameters are summed over the steps and over the m examples.

    Arguments:
        da (n_a, m, T_x): the direct gradient at each hidden state
        caches: the tuple (list of the T_x caches of the steps, x) that lstm_forward returned

    Returns a dict:
        dx (n_x, m, T_x), da0 (n_a, m): the gradients at the input and at the first hidden state
        dWf, dWi, dWc, dWo (n_a, n_a + n_x), dbf, dbi, dbc, dbo (n_a, 1): the gradients at the parameters

    Parts: cell_backward is the step that is repeated; whatever keeps the contract of lstm_cell_backward can take its
    place.
    """
    cell_caches, x = caches
    dx = np.zeros(x.shape)
    da_prev, dc_prev = np.zeros(da.shape[:2]), np.zeros(da.shape[:2])
    totals: dict[str, Array] = {}
    for t in reversed(range(x.shape[2])):
        step = cell_backward(da[:, :, t] + da_prev, dc_prev, cell_caches[t])
        da_prev, dc_prev = step["da_prev"], step["dc_prev"]  # (n_a, m)
        dx[:, :, t] = step["dxt"]  # (n_x, m)
        for name in ("dWf", "dWi", "dWc", "dWo", "dbf", "dbi", "dbc", "dbo"):
            totals[name] = totals.get(name, 0) + step[name]
    return {"dx": dx, "da0": da_prev, **totals}
