"""The LSTM with peepholes: gates that see the memory they guard.

In the plain LSTM the gates see the memory only as far as the output gate let it show. With peepholes they look at it
directly, entry by entry: forget and input gate at the memory before the step, the output gate at the one after it.
That lets a network count steps between events.

    f<t> = sigmoid(Wf [a<t-1>; x<t>] + pf * c<t-1> + bf)         c<t> = f<t> * c<t-1> + i<t> * cc<t>
    i<t> = sigmoid(Wi [a<t-1>; x<t>] + pi * c<t-1> + bi)         a<t> = o<t> * tanh(c<t>)
    cc<t> = tanh(Wc [a<t-1>; x<t>] + bc)                         y<t> = softmax(Wy a<t> + by)
    o<t> = sigmoid(Wo [a<t-1>; x<t>] + po * c<t> + bo)

All is as in lstm.py; pf, pi, po (n_a, 1) are the peepholes. Both cells keep the contracts of lstm_cell_forward and
lstm_cell_backward.

F. A. Gers, N. N. Schraudolph and J. Schmidhuber, "Learning precise timing with LSTM recurrent networks", Journal of
Machine Learning Research 3 (2002).
Left out: what lstm.py leaves out; the paper's truncated gradient, which does not flow back through the peepholes.
"""

from __future__ import annotations

import numpy as np

from reference.activations import Array, Parameters, sigmoid, softmax
from reference.recurrent.lstm import Cache, Cell, CellBackward, lstm_forward


def peephole_cell_forward(
    xt: Array, a_prev: Array, c_prev: Array, parameters: Parameters
) -> tuple[Array, Array, Array, Cache]:
    """Take one step of an LSTM with peepholes.

        ft  = sigmoid(Wf [a_prev; xt] + pf * c_prev + bf)        the forget gate
        it  = sigmoid(Wi [a_prev; xt] + pi * c_prev + bi)        the input gate
        cct = tanh(Wc [a_prev; xt] + bc)                         the candidate
        c_next  = ft * c_prev + it * cct
        ot  = sigmoid(Wo [a_prev; xt] + po * c_next + bo)        the output gate
        a_next  = ot * tanh(c_next)
        yt_pred = softmax(Wy a_next + by)

    [a_prev; xt] (n_a + n_x, m) puts the rows of a_prev above those of xt; * multiplies entry by entry.

    Arguments:
        xt (n_x, m): the input of this step, one column for each of the m examples
        a_prev (n_a, m): the hidden state before this step
        c_prev (n_a, m): the memory before this step
        parameters: a dict with Wf, Wi, Wc, Wo (n_a, n_a + n_x), pf, pi, po, bf, bi, bc, bo (n_a, 1), Wy (n_y, n_a),
            by (n_y, 1)

    Returns (a_next, c_next, yt_pred, cache):
        a_next (n_a, m): the hidden state after this step
        c_next (n_a, m): the memory after this step
        yt_pred (n_y, m): the prediction, a distribution in each column
        cache: the tuple (a_next, c_next, a_prev, c_prev, ft, it, cct, ot, xt, parameters), for the backward pass
    """
    concat = np.concatenate([a_prev, xt])  # (n_a + n_x, m)
    ft = sigmoid(parameters["Wf"] @ concat + parameters["pf"] * c_prev + parameters["bf"])  # (n_a, m)
    it = sigmoid(parameters["Wi"] @ concat + parameters["pi"] * c_prev + parameters["bi"])  # (n_a, m)
    cct = np.tanh(parameters["Wc"] @ concat + parameters["bc"])  # (n_a, m)
    c_next = ft * c_prev + it * cct  # (n_a, m)
    ot = sigmoid(parameters["Wo"] @ concat + parameters["po"] * c_next + parameters["bo"])  # (n_a, m)
    a_next = ot * np.tanh(c_next)  # (n_a, m)
    yt_pred = softmax(parameters["Wy"] @ a_next + parameters["by"])  # (n_y, m)
    return a_next, c_next, yt_pred, (a_next, c_next, a_prev, c_prev, ft, it, cct, ot, xt, parameters)


def peephole_cell_backward(da_next: Array, dc_next: Array, cache: Cache) -> dict[str, Array]:
    """Compute the gradients of one step, given those at the hidden state and the memory that it produced.

    For a loss L, dX stands for dL/dX and has the shape of X. dc_next is what reaches c_next from later steps; what
    reaches it by way of a_next is found here, the output gate's peephole included. The prediction yt_pred plays no
    part. Gradients of parameters are summed over the m examples, not averaged.

    Arguments:
        da_next (n_a, m): the gradient at a_next
        dc_next (n_a, m): the gradient at c_next, apart from that by way of a_next
        cache: the tuple (a_next, c_next, a_prev, c_prev, ft, it, cct, ot, xt, parameters) from peephole_cell_forward

    Returns a dict:
        dxt (n_x, m), da_prev (n_a, m), dc_prev (n_a, m): the gradients at the inputs of the step
        dWf, dWi, dWc, dWo (n_a, n_a + n_x), dbf, dbi, dbc, dbo, dpf, dpi, dpo (n_a, 1): the gradients at the parameters
    """
    _, c_next, a_prev, c_prev, ft, it, cct, ot, xt, parameters = cache
    n_a = a_prev.shape[0]
    concat = np.concatenate([a_prev, xt])  # (n_a + n_x, m)
    shown = np.tanh(c_next)  # (n_a, m)
    # From here each is the gradient at the argument of a sigmoid or tanh, whose derivative is written in its value.
    do = da_next * shown * ot * (1 - ot)  # (n_a, m)
    dc = dc_next + da_next * ot * (1 - shown**2) + parameters["po"] * do  # (n_a, m)
    dcc = dc * it * (1 - cct**2)  # (n_a, m)
    di = dc * cct * it * (1 - it)  # (n_a, m)
    df = dc * c_prev * ft * (1 - ft)  # (n_a, m)
    gates = {"f": df, "i": di, "c": dcc, "o": do}
    seen = {"f": c_prev, "i": c_prev, "o": c_next}
    dconcat = np.sum([parameters[f"W{gate}"].T @ dz for gate, dz in gates.items()], axis=0)  # (n_a + n_x, m)
    return {
        "dxt": dconcat[n_a:],  # (n_x, m)
        "da_prev": dconcat[:n_a],  # (n_a, m)
        "dc_prev": dc * ft + parameters["pf"] * df + parameters["pi"] * di,  # (n_a, m)
        **{f"dW{gate}": dz @ concat.T for gate, dz in gates.items()},  # (n_a, n_a + n_x)
        **{f"db{gate}": dz.sum(axis=1, keepdims=True) for gate, dz in gates.items()},  # (n_a, 1)
        **{f"dp{gate}": (gates[gate] * c).sum(axis=1, keepdims=True) for gate, c in seen.items()},  # (n_a, 1)
    }


def peephole_forward(
    x: Array, a0: Array, parameters: Parameters, *, cell: Cell = peephole_cell_forward
) -> tuple[Array, Array, Array, tuple[list[Cache], Array]]:
    """Read a whole sequence: repeat the step of peephole_cell_forward from left to right, with the same parameters.

    The memory before the first step is all zeros.

    Arguments:
        x (n_x, m, T_x): the input, x[:, :, t] being that of step t
        a0 (n_a, m): the hidden state before the first step
        parameters: a dict with Wf, Wi, Wc, Wo (n_a, n_a + n_x), pf, pi, po, bf, bi, bc, bo (n_a, 1), Wy (n_y, n_a),
            by (n_y, 1)

    Returns (a, y, c, caches), the predictions second:
        a (n_a, m, T_x): the hidden state after each step
        y (n_y, m, T_x): the prediction of each step
        c (n_a, m, T_x): the memory after each step
        caches: the tuple (list of the T_x caches of the steps, first step first; x), for the backward pass

    Parts: cell is the step that is repeated; whatever keeps the contract of peephole_cell_forward can take its place.
    """
    return lstm_forward(x, a0, parameters, cell=cell)


def peephole_backward(
    da: Array, caches: tuple[list[Cache], Array], *, cell_backward: CellBackward = peephole_cell_backward
) -> dict[str, Array]:
    """Compute the gradients of the whole sequence, given those at its hidden states: backpropagation through time.

    For a loss L, dX stands for dL/dX and has the shape of X. da holds what the loss asks of each hidden state directly;
    what it asks of a state by way of the later steps is found here. Gradients of parameters are summed over the steps
    and over the m examples.

    Arguments:
        da (n_a, m, T_x): the direct gradient at each hidden state
        caches: the tuple (list of the T_x caches of the steps, x) that peephole_forward returned

    Returns a dict:
        dx (n_x, m, T_x), da0 (n_a, m): the gradients at the input and at the first hidden state
        dWf, dWi, dWc, dWo (n_a, n_a + n_x), dbf, dbi, dbc, dbo, dpf, dpi, dpo (n_a, 1): the gradients at the parameters

    Parts: cell_backward is the step that is repeated; whatever keeps the contract of peephole_cell_backward can take
    its place.
    """
    cell_caches, x = caches
    dx = np.zeros(x.shape)
    da_prev, dc_prev = np.zeros(da.shape[:2]), np.zeros(da.shape[:2])
    totals: dict[str, Array] = {}
    for t in reversed(range(x.shape[2])):
        step = cell_backward(da[:, :, t] + da_prev, dc_prev, cell_caches[t])
        da_prev, dc_prev = step["da_prev"], step["dc_prev"]  # (n_a, m)
        dx[:, :, t] = step["dxt"]  # (n_x, m)
        for name in ("dWf", "dWi", "dWc", "dWo", "dbf", "dbi", "dbc", "dbo", "dpf", "dpi", "dpo"):
            totals[name] = totals.get(name, 0) + step[name]
    return {"dx": dx, "da0": da_prev, **totals}
