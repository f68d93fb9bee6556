"""Terse NumPy, in the handout's own cells; written from the handout alone."""

import numpy as np


def rnn_cell_forward(xt, a_prev, parameters):
    p = parameters
    a_next = np.tanh(p["Wax"] @ xt + p["Waa"] @ a_prev + p["ba"])
    yt_pred = softmax(p["Wya"] @ a_next + p["by"])
    return a_next, yt_pred, (a_next, a_prev, xt, parameters)


def rnn_forward(x, a0, parameters):
    states, predictions, caches = [], [], []
    a = a0
    for t in range(x.shape[2]):
        a, y, cache = rnn_cell_forward(x[:, :, t], a, parameters)
        states.append(a)
        predictions.append(y)
        caches.append(cache)
    return np.stack(states, axis=2), np.stack(predictions, axis=2), (caches, x)


def rnn_cell_backward(da_next, cache):
    a_next, a_prev, xt, parameters = cache
    dz = da_next * (1 - a_next**2)
    return {
        "dxt": parameters["Wax"].T @ dz,
        "da_prev": parameters["Waa"].T @ dz,
        "dWax": dz @ xt.T,
        "dWaa": dz @ a_prev.T,
        "dba": dz.sum(axis=1, keepdims=True),
    }


def rnn_backward(da, caches):
    steps, x = caches
    parameters = steps[0][3]
    dx = np.zeros_like(x)
    total = {"d" + name: np.zeros_like(parameters[name]) for name in ("Wax", "Waa", "ba")}
    da_prev = np.zeros_like(da[:, :, 0])
    for t in reversed(range(da.shape[2])):
        step = rnn_cell_backward(da[:, :, t] + da_prev, steps[t])
        da_prev = step["da_prev"]
        dx[:, :, t] = step["dxt"]
        for name in total:
            total[name] += step[name]
    return {"dx": dx, "da0": da_prev, **total}


def clip_gradients(gradients, limit, by='value'):
    if by == "value":
        return {name: np.clip(g, -limit, limit) for name, g in gradients.items()}
    if by == "norm":
        norm = np.sqrt(sum(np.sum(g**2) for g in gradients.values()))
        scale = limit / norm if norm > limit else 1.0
        return {name: scale * g for name, g in gradients.items()}
    raise ValueError(f"by must be 'value' or 'norm', not {by!r}")


def gru_cell_forward(xt, a_prev, parameters, simplified=False):
    p = parameters
    stacked = np.concatenate([a_prev, xt])
    ut = sigmoid(p["Wu"] @ stacked + p["bu"])
    rt = np.ones_like(ut) if simplified else sigmoid(p["Wr"] @ stacked + p["br"])
    cct = np.tanh(p["Wc"] @ np.concatenate([rt * a_prev, xt]) + p["bc"])
    a_next = ut * cct + (1 - ut) * a_prev
    yt_pred = softmax(p["Wy"] @ a_next + p["by"])
    return a_next, yt_pred, (a_next, a_prev, cct, ut, rt, xt, parameters)


def lstm_cell_forward(xt, a_prev, c_prev, parameters):
    p = parameters
    stacked = np.concatenate([a_prev, xt])
    ft = sigmoid(p["Wf"] @ stacked + p["bf"])
    it = sigmoid(p["Wi"] @ stacked + p["bi"])
    cct = np.tanh(p["Wc"] @ stacked + p["bc"])
    ot = sigmoid(p["Wo"] @ stacked + p["bo"])
    c_next = ft * c_prev + it * cct
    a_next = ot * np.tanh(c_next)
    yt_pred = softmax(p["Wy"] @ a_next + p["by"])
    return a_next, c_next, yt_pred, (a_next, c_next, a_prev, c_prev, ft, it, cct, ot, xt, parameters)


def lstm_forward(x, a0, parameters):
    a_t, c_t = a0, np.zeros_like(a0)
    a, y, c, caches = [], [], [], []
    for t in range(x.shape[2]):
        a_t, c_t, y_t, cache = lstm_cell_forward(x[:, :, t], a_t, c_t, parameters)
        a.append(a_t)
        y.append(y_t)
        c.append(c_t)
        caches.append(cache)
    return np.stack(a, axis=2), np.stack(y, axis=2), np.stack(c, axis=2), (caches, x)


def lstm_cell_backward(da_next, dc_next, cache):
    a_next, c_next, a_prev, c_prev, ft, it, cct, ot, xt, parameters = cache
    tanh_c = np.tanh(c_next)
    dc = dc_next + da_next * ot * (1 - tanh_c**2)
    delta = {
        "f": dc * c_prev * ft * (1 - ft),
        "i": dc * cct * it * (1 - it),
        "c": dc * it * (1 - cct**2),
        "o": da_next * tanh_c * ot * (1 - ot),
    }
    stacked = np.concatenate([a_prev, xt])
    dstacked = sum(parameters["W" + g].T @ delta[g] for g in delta)
    n_a = len(a_prev)
    gradients = {"dxt": dstacked[n_a:], "da_prev": dstacked[:n_a], "dc_prev": dc * ft}
    for g in delta:
        gradients["dW" + g] = delta[g] @ stacked.T
        gradients["db" + g] = delta[g].sum(axis=1, keepdims=True)
    return gradients


def lstm_backward(da, caches):
    steps, x = caches
    parameters = steps[0][-1]
    dx = np.zeros_like(x)
    total = {f"d{kind}{g}": np.zeros_like(parameters[kind + g]) for kind in "Wb" for g in "fico"}
    da_prev = dc = np.zeros_like(da[:, :, 0])
    for t in reversed(range(da.shape[2])):
        step = lstm_cell_backward(da[:, :, t] + da_prev, dc, steps[t])
        da_prev, dc = step["da_prev"], step["dc_prev"]
        dx[:, :, t] = step["dxt"]
        for name in total:
            total[name] += step[name]
    return {"dx": dx, "da0": da_prev, **total}


def birnn_forward(x, a0_forward, a0_backward, parameters):
    def read(x, a, p):
        states = []
        for t in range(x.shape[2]):
            a = np.tanh(p["Wax"] @ x[:, :, t] + p["Waa"] @ a + p["ba"])
            states.append(a)
        return np.stack(states, axis=2)

    a_forward = read(x, a0_forward, parameters["forward"])
    a_backward = read(x[:, :, ::-1], a0_backward, parameters["backward"])[:, :, ::-1]
    a = np.concatenate([a_forward, a_backward])
    scores = [parameters["Wy"] @ a[:, :, t] + parameters["by"] for t in range(x.shape[2])]
    y_pred = softmax(np.stack(scores, axis=2))
    return a, y_pred, (a_forward, a_backward, x, parameters)
