"""Loops over examples and entries, with math.tanh; written from the handout alone."""

import numpy as np
import math


def rnn_cell_forward(xt, a_prev, parameters):
    """One step of the RNN, entry by entry."""
    Wax, Waa, Wya = parameters["Wax"], parameters["Waa"], parameters["Wya"]
    ba, by = parameters["ba"], parameters["by"]
    n_a, n_x = Wax.shape
    n_y = Wya.shape[0]
    m = xt.shape[1]

    a_next = np.zeros((n_a, m))
    yt_pred = np.zeros((n_y, m))
    for k in range(m):                      # every example on its own
        for i in range(n_a):
            z = ba[i, 0]
            for j in range(n_x):
                z += Wax[i, j] * xt[j, k]
            for j in range(n_a):
                z += Waa[i, j] * a_prev[j, k]
            a_next[i, k] = math.tanh(z)
        scores = []
        for i in range(n_y):
            s = by[i, 0]
            for j in range(n_a):
                s += Wya[i, j] * a_next[j, k]
            scores.append(s)
        biggest = max(scores)
        exps = [math.exp(s - biggest) for s in scores]
        for i in range(n_y):
            yt_pred[i, k] = exps[i] / sum(exps)
    cache = (a_next, a_prev, xt, parameters)
    return a_next, yt_pred, cache


def rnn_forward(x, a0, parameters):
    n_x, m, T_x = x.shape
    n_a = a0.shape[0]
    n_y = parameters["Wya"].shape[0]
    a = np.zeros((n_a, m, T_x))
    y_pred = np.zeros((n_y, m, T_x))
    list_of_caches = []
    state = a0
    t = 0
    while t < T_x:
        xt = np.zeros((n_x, m))
        for j in range(n_x):
            for k in range(m):
                xt[j, k] = x[j, k, t]
        state, prediction, cache = rnn_cell_forward(xt, state, parameters)
        for k in range(m):
            for i in range(n_a):
                a[i, k, t] = state[i, k]
            for i in range(n_y):
                y_pred[i, k, t] = prediction[i, k]
        list_of_caches.append(cache)
        t += 1
    return a, y_pred, (list_of_caches, x)


def rnn_cell_backward(da_next, cache):
    (a_next, a_prev, xt, parameters) = cache
    Wax, Waa = parameters["Wax"], parameters["Waa"]
    n_a, n_x = Wax.shape
    m = xt.shape[1]

    dxt, da_prev = np.zeros((n_x, m)), np.zeros((n_a, m))
    dWax, dWaa, dba = np.zeros((n_a, n_x)), np.zeros((n_a, n_a)), np.zeros((n_a, 1))
    for k in range(m):
        for i in range(n_a):
            dz = da_next[i, k] * (1 - a_next[i, k] ** 2)
            dba[i, 0] += dz
            for j in range(n_x):
                dWax[i, j] += dz * xt[j, k]
                dxt[j, k] += Wax[i, j] * dz
            for j in range(n_a):
                dWaa[i, j] += dz * a_prev[j, k]
                da_prev[j, k] += Waa[i, j] * dz
    return {"dxt": dxt, "da_prev": da_prev, "dWax": dWax, "dWaa": dWaa, "dba": dba}


def rnn_backward(da, caches):
    list_of_caches, x = caches
    n_x, m, T_x = x.shape
    n_a = da.shape[0]
    dx = np.zeros((n_x, m, T_x))
    dWax, dWaa, dba = np.zeros((n_a, n_x)), np.zeros((n_a, n_a)), np.zeros((n_a, 1))
    from_right = np.zeros((n_a, m))
    t = T_x - 1
    while t >= 0:
        da_total = np.zeros((n_a, m))
        for i in range(n_a):
            for k in range(m):
                da_total[i, k] = da[i, k, t] + from_right[i, k]
        g = rnn_cell_backward(da_total, list_of_caches[t])
        for j in range(n_x):
            for k in range(m):
                dx[j, k, t] = g["dxt"][j, k]
        from_right = g["da_prev"]
        dWax = dWax + g["dWax"]
        dWaa = dWaa + g["dWaa"]
        dba = dba + g["dba"]
        t -= 1
    return {"dx": dx, "da0": from_right, "dWax": dWax, "dWaa": dWaa, "dba": dba}


def clip_gradients(gradients, limit, by='value'):
    if by == "value":
        result = {}
        for name in gradients:
            new = np.array(gradients[name], dtype=float)     # np.array copies!
            flat = new.reshape(-1)                           # a view of the copy
            for n in range(len(flat)):
                if flat[n] > limit:
                    flat[n] = limit
                elif flat[n] < -limit:
                    flat[n] = -limit
            result[name] = new
        return result
    elif by == "norm":
        total = 0.0
        for name in gradients:
            for entry in gradients[name].flatten():
                total += entry * entry
        length = math.sqrt(total)
        result = {}
        for name in gradients:
            new = np.array(gradients[name], dtype=float)
            flat = new.reshape(-1)
            if length > limit:           # so length is not 0 here
                for n in range(len(flat)):
                    flat[n] = flat[n] * limit / length
            result[name] = new
        return result
    else:
        raise ValueError("by has to be 'value' or 'norm'")


def sig(z):
    # the same for one number
    if z >= 0:
        return 1 / (1 + math.exp(-z))
    return math.exp(z) / (1 + math.exp(z))


def weighted(W, b, top, bottom, i, k):
    """Row i of W [top; bottom] + b in example k."""
    z = b[i, 0]
    for j in range(top.shape[0]):
        z += W[i, j] * top[j, k]
    for j in range(bottom.shape[0]):
        z += W[i, top.shape[0] + j] * bottom[j, k]
    return z


def predict(Wy, by, a):
    y = np.zeros((Wy.shape[0], a.shape[1]))
    for k in range(a.shape[1]):
        for i in range(Wy.shape[0]):
            y[i, k] = by[i, 0] + sum(Wy[i, j] * a[j, k] for j in range(a.shape[0]))
    return softmax(y)


def gru_cell_forward(xt, a_prev, parameters, simplified=False):
    n_a, m = a_prev.shape
    ut, rt = np.zeros((n_a, m)), np.ones((n_a, m))
    gated, cct, a_next = np.zeros((n_a, m)), np.zeros((n_a, m)), np.zeros((n_a, m))
    for k in range(m):
        for i in range(n_a):
            ut[i, k] = sig(weighted(parameters["Wu"], parameters["bu"], a_prev, xt, i, k))
            if not simplified:
                rt[i, k] = sig(weighted(parameters["Wr"], parameters["br"], a_prev, xt, i, k))
            gated[i, k] = rt[i, k] * a_prev[i, k]
    # second pass, because every candidate needs ALL the gated entries
    for k in range(m):
        for i in range(n_a):
            cct[i, k] = math.tanh(weighted(parameters["Wc"], parameters["bc"], gated, xt, i, k))
            a_next[i, k] = ut[i, k] * cct[i, k] + (1 - ut[i, k]) * a_prev[i, k]
    yt_pred = predict(parameters["Wy"], parameters["by"], a_next)
    return a_next, yt_pred, (a_next, a_prev, cct, ut, rt, xt, parameters)


def lstm_cell_forward(xt, a_prev, c_prev, parameters):
    n_a, m = a_prev.shape
    ft, it, cct, ot = (np.zeros((n_a, m)) for _ in range(4))
    c_next, a_next = np.zeros((n_a, m)), np.zeros((n_a, m))
    for k in range(m):
        for i in range(n_a):
            f = sig(weighted(parameters["Wf"], parameters["bf"], a_prev, xt, i, k))
            u = sig(weighted(parameters["Wi"], parameters["bi"], a_prev, xt, i, k))
            c = math.tanh(weighted(parameters["Wc"], parameters["bc"], a_prev, xt, i, k))
            o = sig(weighted(parameters["Wo"], parameters["bo"], a_prev, xt, i, k))
            ft[i, k], it[i, k], cct[i, k], ot[i, k] = f, u, c, o
            c_next[i, k] = f * c_prev[i, k] + u * c
            a_next[i, k] = o * math.tanh(c_next[i, k])
    yt_pred = predict(parameters["Wy"], parameters["by"], a_next)
    cache = (a_next, c_next, a_prev, c_prev, ft, it, cct, ot, xt, parameters)
    return a_next, c_next, yt_pred, cache


def lstm_forward(x, a0, parameters):
    n_x, m, T_x = x.shape
    n_a, n_y = a0.shape[0], parameters["Wy"].shape[0]
    a, c, y = np.zeros((n_a, m, T_x)), np.zeros((n_a, m, T_x)), np.zeros((n_y, m, T_x))
    list_of_caches = []
    state = a0
    memory = np.zeros((n_a, m))
    for t in range(T_x):
        state, memory, prediction, cache = lstm_cell_forward(x[:, :, t], state, memory, parameters)
        for k in range(m):
            for i in range(n_a):
                a[i, k, t] = state[i, k]
                c[i, k, t] = memory[i, k]
            for i in range(n_y):
                y[i, k, t] = prediction[i, k]
        list_of_caches.append(cache)
    return a, y, c, (list_of_caches, x)


def lstm_cell_backward(da_next, dc_next, cache):
    (a_next, c_next, a_prev, c_prev, ft, it, cct, ot, xt, parameters) = cache
    n_a, m = a_prev.shape
    n_x = xt.shape[0]
    dxt, da_prev, dc_prev = np.zeros((n_x, m)), np.zeros((n_a, m)), np.zeros((n_a, m))
    dW = {g: np.zeros((n_a, n_a + n_x)) for g in "fico"}
    db = {g: np.zeros((n_a, 1)) for g in "fico"}
    for k in range(m):
        column = list(a_prev[:, k]) + list(xt[:, k])       # the stack of this example
        for i in range(n_a):
            f, u, c, o = ft[i, k], it[i, k], cct[i, k], ot[i, k]
            th = math.tanh(c_next[i, k])
            dc = dc_next[i, k] + da_next[i, k] * o * (1 - th * th)
            delta = {
                "f": dc * c_prev[i, k] * f * (1 - f),
                "i": dc * c * u * (1 - u),
                "c": dc * u * (1 - c * c),
                "o": da_next[i, k] * th * o * (1 - o),
            }
            dc_prev[i, k] = dc * f
            for g in "fico":
                W = parameters["W" + g]
                db[g][i, 0] += delta[g]
                for j in range(n_a + n_x):
                    dW[g][i, j] += delta[g] * column[j]
                    if j < n_a:
                        da_prev[j, k] += W[i, j] * delta[g]
                    else:
                        dxt[j - n_a, k] += W[i, j] * delta[g]
    return {
        "dxt": dxt, "da_prev": da_prev, "dc_prev": dc_prev,
        "dWf": dW["f"], "dWi": dW["i"], "dWc": dW["c"], "dWo": dW["o"],
        "dbf": db["f"], "dbi": db["i"], "dbc": db["c"], "dbo": db["o"],
    }


def lstm_backward(da, caches):
    list_of_caches, x = caches
    n_x, m, T_x = x.shape
    n_a = da.shape[0]
    sums = {}
    dx = np.zeros((n_x, m, T_x))
    a_right, c_right = np.zeros((n_a, m)), np.zeros((n_a, m))
    for t in range(T_x - 1, -1, -1):
        g = lstm_cell_backward(da[:, :, t] + a_right, c_right, list_of_caches[t])
        a_right = g.pop("da_prev")
        c_right = g.pop("dc_prev")
        dxt = g.pop("dxt")
        for j in range(n_x):
            for k in range(m):
                dx[j, k, t] = dxt[j, k]
        for name in g:                      # what is left in g are the parameters
            if name in sums:
                sums[name] = sums[name] + g[name]
            else:
                sums[name] = g[name]
    sums["dx"] = dx
    sums["da0"] = a_right
    return sums


def birnn_forward(x, a0_forward, a0_backward, parameters):
    n_x, m, T_x = x.shape
    n_a = a0_forward.shape[0]
    n_y = parameters["Wy"].shape[0]
    f, b = parameters["forward"], parameters["backward"]
    a = np.zeros((2 * n_a, m, T_x))
    for k in range(m):
        for t in range(T_x):                              # left to right
            for i in range(n_a):
                z = f["ba"][i, 0]
                for j in range(n_x):
                    z += f["Wax"][i, j] * x[j, k, t]
                for j in range(n_a):
                    before = a0_forward[j, k] if t == 0 else a[j, k, t - 1]
                    z += f["Waa"][i, j] * before
                a[i, k, t] = math.tanh(z)
        for t in range(T_x - 1, -1, -1):                  # right to left
            for i in range(n_a):
                z = b["ba"][i, 0]
                for j in range(n_x):
                    z += b["Wax"][i, j] * x[j, k, t]
                for j in range(n_a):
                    after = a0_backward[j, k] if t == T_x - 1 else a[n_a + j, k, t + 1]
                    z += b["Waa"][i, j] * after
                a[n_a + i, k, t] = math.tanh(z)
    y_pred = np.zeros((n_y, m, T_x))
    for t in range(T_x):
        y_pred[:, :, t] = predict(parameters["Wy"], parameters["by"], a[:, :, t])
    return a, y_pred, (a[:n_a], a[n_a:], x, parameters)
