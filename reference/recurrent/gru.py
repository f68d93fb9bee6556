"""The gated recurrent unit: one state, kept or replaced entry by entry as an update gate decides.

Where the update gate is shut the state passes through untouched, and so does its gradient, however many steps go by.
A reset gate decides how much of the old state the candidate for replacing it may look at.
Without the reset gate the unit is called simplified.

    u<t> = sigmoid(Wu [a<t-1>; x<t>] + bu)         c<t> = tanh(Wc [r<t> * a<t-1>; x<t>] + bc)
    r<t> = sigmoid(Wr [a<t-1>; x<t>] + br)         a<t> = u<t> * c<t> + (1 - u<t>) * a<t-1>
                                                   y<t> = softmax(Wy a<t> + by)

x (n_x, m, T_x) is the input, a (n_a, m, T_x) the hidden states, y (n_y, m, T_x) the predictions, for m examples side
by side; [a; x] (n_a + n_x, m) puts the rows of a above those of x, and * multiplies entry by entry.
Wu, Wr, Wc (n_a, n_a + n_x), bu, br, bc (n_a, 1), Wy (n_y, n_a) and by (n_y, 1) are the parameters.

K. Cho et al., "Learning phrase representations using RNN encoder-decoder for statistical machine translation",
EMNLP 2014.
Cho's update gate z says what is kept, the course's u what is replaced: u = 1 - z.
torch and cuDNN apply the reset gate after the matrix product, r * (Wca a + bch) instead of Wca (r * a), where Wca is
the part of Wc that acts on the state; reset_after=True does that here, to compare with them.
Left out: the loss, and with it the gradient through y, Wy and by.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from reference.activations import Array, Parameters, sigmoid, softmax

Cache = tuple[Array, Array, Array, Array, Array, Array, Parameters]
Cell = Callable[[Array, Array, Parameters, bool], tuple[Array, Array, Cache]]
CellBackward = Callable[[Array, Cache, bool], dict[str, Array]]


def gru_cell_forward(
    xt: Array, a_prev: Array, parameters: Parameters, simplified: bool = False, *, reset_after: bool = False
) -> tuple[Array, Array, Cache]:
    """Take one step of a GRU: the next hidden state, and the prediction made from it.

        ut  = sigmoid(Wu [a_prev; xt] + bu)            the update gate
        rt  = sigmoid(Wr [a_prev; xt] + br)            the reset gate; all ones (n_a, m) if simplified
        cct = tanh(Wc [rt * a_prev; xt] + bc)          the candidate
        a_next  = ut * cct + (1 - ut) * a_prev
        yt_pred = softmax(Wy a_next + by)

    [a_prev; xt] (n_a + n_x, m) puts the rows of a_prev above those of xt; * multiplies entry by entry.

    Arguments:
        xt (n_x, m): the input of this step, one column for each of the m examples
        a_prev (n_a, m): the hidden state before this step
        parameters: a dict with Wu, Wr, Wc (n_a, n_a + n_x), bu, br, bc (n_a, 1), Wy (n_y, n_a), by (n_y, 1)
        simplified: if True, there is no reset gate; Wr and br are then not read, and may be missing

    Returns (a_next, yt_pred, cache):
        a_next (n_a, m): the hidden state after this step
        yt_pred (n_y, m): the prediction, a distribution in each column
        cache: the tuple (a_next, a_prev, cct, ut, rt, xt, parameters), for the backward pass

    Parts: reset_after=True applies the reset gate after the matrix product instead of before it, as torch and cuDNN do:
    cct = tanh(rt * (Wca a_prev + bch) + Wcx xt + bc) with Wc = [Wca, Wcx]; where parameters have no bch (n_a, 1), it
    counts as zero.
    """
    concat = np.concatenate([a_prev, xt])  # (n_a + n_x, m)
    ut = sigmoid(parameters["Wu"] @ concat + parameters["bu"])  # (n_a, m)
    rt = np.ones(ut.shape) if simplified else sigmoid(parameters["Wr"] @ concat + parameters["br"])  # (n_a, m)
    if reset_after:
        n_a = a_prev.shape[0]
        recurrent = parameters["Wc"][:, :n_a] @ a_prev + parameters.get("bch", 0.0)  # (n_a, m)
        cct = np.tanh(rt * recurrent + parameters["Wc"][:, n_a:] @ xt + parameters["bc"])  # (n_a, m)
    else:
        cct = np.tanh(parameters["Wc"] @ np.concatenate([rt * a_prev, xt]) + parameters["bc"])  # (n_a, m)
    a_next = ut * cct + (1 - ut) * a_prev  # (n_a, m)
    yt_pred = softmax(parameters["Wy"] @ a_next + parameters["by"])  # (n_y, m)
    return a_next, yt_pred, (a_next, a_prev, cct, ut, rt, xt, parameters)


def gru_cell_backward(
    da_next: Array, cache: Cache, simplified: bool = False, *, reset_after: bool = False
) -> dict[str, Array]:
    """Compute the gradients of one step, given the gradient at the hidden state that it produced.

    For a loss L, dX stands for dL/dX and has the shape of X. The loss reaches this step through a_next only: the
    prediction yt_pred plays no part. Gradients of parameters are summed over the m examples, not averaged.

    Arguments:
        da_next (n_a, m): the gradient at a_next
        cache: the tuple (a_next, a_prev, cct, ut, rt, xt, parameters) that gru_cell_forward returned
        simplified: as given to gru_cell_forward

    Returns a dict:
        dxt (n_x, m), da_prev (n_a, m): the gradients at the inputs of the step
        dWu, dWr, dWc (n_a, n_a + n_x), dbu, dbr, dbc (n_a, 1): the gradients at the parameters; if simplified, without
        dWr and dbr

    Parts: reset_after as given to gru_cell_forward; where parameters have bch, the dict has dbch (n_a, 1).
    """
    _, a_prev, cct, ut, rt, xt, parameters = cache
    n_a = a_prev.shape[0]
    concat = np.concatenate([a_prev, xt])  # (n_a + n_x, m)
    dcc = da_next * ut * (1 - cct**2)  # (n_a, m), at the argument of tanh
    candidate = _candidate_backward_reset_after if reset_after else _candidate_backward
    drt, dconcat, gradients = candidate(dcc, cache)  # (n_a, m), (n_a + n_x, m)
    gates = {"u": da_next * (cct - a_prev) * ut * (1 - ut)}  # (n_a, m), at the argument of sigmoid
    if not simplified:
        gates["r"] = drt * rt * (1 - rt)  # (n_a, m), at the argument of sigmoid
    for gate, dz in gates.items():
        dconcat = dconcat + parameters[f"W{gate}"].T @ dz  # (n_a + n_x, m)
        gradients[f"dW{gate}"] = dz @ concat.T  # (n_a, n_a + n_x)
        gradients[f"db{gate}"] = dz.sum(axis=1, keepdims=True)  # (n_a, 1)
    da_prev = dconcat[:n_a] + da_next * (1 - ut)  # (n_a, m)
    return {"dxt": dconcat[n_a:], "da_prev": da_prev, **gradients}


def _candidate_backward(dcc: Array, cache: Cache) -> tuple[Array, Array, dict[str, Array]]:
    """Go back through the candidate: the gradients at rt, at [a_prev; xt] by way of the candidate, and at Wc, bc."""
    _, a_prev, _, _, rt, xt, parameters = cache
    n_a = a_prev.shape[0]
    dgated = parameters["Wc"].T @ dcc  # (n_a + n_x, m), at [rt * a_prev; xt]
    drt = dgated[:n_a] * a_prev  # (n_a, m)
    dconcat = np.concatenate([dgated[:n_a] * rt, dgated[n_a:]])  # (n_a + n_x, m)
    dWc = dcc @ np.concatenate([rt * a_prev, xt]).T  # (n_a, n_a + n_x)
    return drt, dconcat, {"dWc": dWc, "dbc": dcc.sum(axis=1, keepdims=True)}


def _candidate_backward_reset_after(dcc: Array, cache: Cache) -> tuple[Array, Array, dict[str, Array]]:
    """Do the same where the reset gate comes after the matrix product."""
    _, a_prev, _, _, rt, xt, parameters = cache
    n_a = a_prev.shape[0]
    Wca, Wcx = parameters["Wc"][:, :n_a], parameters["Wc"][:, n_a:]  # (n_a, n_a), (n_a, n_x)
    drecurrent = dcc * rt  # (n_a, m), at Wca a_prev + bch
    drt = dcc * (Wca @ a_prev + parameters.get("bch", 0.0))  # (n_a, m)
    dconcat = np.concatenate([Wca.T @ drecurrent, Wcx.T @ dcc])  # (n_a + n_x, m)
    dWc = np.concatenate([drecurrent @ a_prev.T, dcc @ xt.T], axis=1)  # (n_a, n_a + n_x)
    gradients = {"dWc": dWc, "dbc": dcc.sum(axis=1, keepdims=True)}
    if "bch" in parameters:
        gradients["dbch"] = drecurrent.sum(axis=1, keepdims=True)  # (n_a, 1)
    return drt, dconcat, gradients


def gru_forward(
    x: Array, a0: Array, parameters: Parameters, simplified: bool = False, *, cell: Cell = gru_cell_forward
) -> tuple[Array, Array, tuple[list[Cache], Array]]:
    """Read a whole sequence: repeat the step of gru_cell_forward from left to right, with the same parameters.

    Arguments:
        x (n_x, m, T_x): the input, x[:, :, t] being that of step t
        a0 (n_a, m): the hidden state before the first step
        parameters: a dict with Wu, Wr, Wc (n_a, n_a + n_x), bu, br, bc (n_a, 1), Wy (n_y, n_a), by (n_y, 1)
        simplified: if True, there is no reset gate; Wr and br are then not read, and may be missing

    Returns (a, y_pred, caches):
        a (n_a, m, T_x): the hidden state after each step
        y_pred (n_y, m, T_x): the prediction of each step
        caches: the tuple (list of the T_x caches of the steps, first step first; x), for the backward pass

    Parts: cell is the step that is repeated; whatever keeps the contract of gru_cell_forward can take its place.
    """
    a_next, states, predictions, caches = a0, [], [], []
    for t in range(x.shape[2]):
        a_next, yt_pred, cache = cell(x[:, :, t], a_next, parameters, simplified)  # (n_a, m), (n_y, m)
        states.append(a_next)
        predictions.append(yt_pred)
        caches.append(cache)
    return np.stack(states, axis=2), np.stack(predictions, axis=2), (caches, x)


def gru_backward(
    da: Array,
    caches: tuple[list[Cache], Array],
    simplified: bool = False,
    *,
    cell_backward: CellBackward = gru_cell_backward,
) -> dict[str, Array]:
    """Compute the gradients of the whole sequence, given those at its hidden states: backpropagation through time.

    For a loss L, dX stands for dL/dX and has the shape of X. da holds what the loss asks of each hidden state directly;
    what it asks of a state by way of the later steps is found here. The predictions play no part. Gradients of
    parameters are summed over the steps and over the m examples.

    Arguments:
        da (n_a, m, T_x): the direct gradient at each hidden state
        caches: the tuple (list of the T_x caches of the steps, x) that gru_forward returned
        simplified: as given to gru_forward

    Returns a dict:
        dx (n_x, m, T_x), da0 (n_a, m): the gradients at the input and at the first hidden state
        dWu, dWr, dWc (n_a, n_a + n_x), dbu, dbr, dbc (n_a, 1): the gradients at the parameters; if simplified, without
        dWr and dbr

    Parts: cell_backward is the step that is repeated; whatever keeps the contract of gru_cell_backward can take its
    place.
    """
    cell_caches, x = caches
    dx = np.zeros(x.shape)
    da_prev = np.zeros(da.shape[:2])
    totals: dict[str, Array] = {}
    for t in reversed(range(x.shape[2])):
        step = cell_backward(da[:, :, t] + da_prev, cell_caches[t], simplified)
        da_prev = step["da_prev"]  # (n_a, m)
        dx[:, :, t] = step["dxt"]  # (n_x, m)
        for name in [name for name in step if name not in ("dxt", "da_prev")]:
            totals[name] = totals.get(name, 0) + step[name]
    return {"dx": dx, "da0": da_prev, **totals}
