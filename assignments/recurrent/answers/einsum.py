"""einsum everywhere, and blocks of the weights instead of stacked inputs; written from the handout alone."""

import numpy as np
from numpy import einsum


def rnn_cell_forward(xt, a_prev, parameters):
    z = einsum("hi,im->hm", parameters["Wax"], xt)
    z = z + einsum("hg,gm->hm", parameters["Waa"], a_prev)
    a_next = np.tanh(z + parameters["ba"])
    scores = einsum("yh,hm->ym", parameters["Wya"], a_next) + parameters["by"]
    return a_next, softmax(scores), (a_next, a_prev, xt, parameters)


def rnn_forward(x, a0, parameters):
    """All steps. The result arrays are allocated first and filled step by step (each a_t is a fresh array)."""
    n_a, m = a0.shape
    T_x = x.shape[-1]
    n_y = parameters["Wya"].shape[0]
    a, y_pred = np.empty((n_a, m, T_x)), np.empty((n_y, m, T_x))
    caches = [None] * T_x
    a_t = a0
    for t in range(T_x):
        a_t, y_t, caches[t] = rnn_cell_forward(x[..., t], a_t, parameters)
        a[..., t], y_pred[..., t] = a_t, y_t
    return a, y_pred, (caches, x)


def rnn_cell_backward(da_next, cache):
    a_next, a_prev, xt, parameters = cache
    dz = da_next - einsum("hm,hm,hm->hm", da_next, a_next, a_next)
    return dict(
        dxt=einsum("hi,hm->im", parameters["Wax"], dz),
        da_prev=einsum("hg,hm->gm", parameters["Waa"], dz),
        dWax=einsum("hm,im->hi", dz, xt),
        dWaa=einsum("hm,gm->hg", dz, a_prev),
        dba=einsum("hm->h", dz)[:, None],
    )


def rnn_backward(da, caches):
    steps, x = caches
    T_x = da.shape[-1]
    per_step = [None] * T_x
    carry = np.zeros(da.shape[:2])
    for t in range(T_x - 1, -1, -1):
        per_step[t] = rnn_cell_backward(da[..., t] + carry, steps[t])
        carry = per_step[t]["da_prev"]
    # one more axis (t), and sum over it
    out = {k: einsum("t...->...", np.array([g[k] for g in per_step])) for k in ("dWax", "dWaa", "dba")}
    out["dx"] = einsum("tim->imt", np.array([g["dxt"] for g in per_step])).copy()
    out["da0"] = carry
    return out


def clip_gradients(gradients, limit, by="value"):
    if by not in ("value", "norm"):
        raise ValueError("unknown way to clip: %s" % by)
    if by == "value":
        return {k: np.minimum(np.maximum(g, -limit), limit) for k, g in gradients.items()}
    squared = sum(float(einsum("n,n->", np.ravel(g), np.ravel(g))) for g in gradients.values())
    norm = squared**0.5
    factor = 1.0
    if norm > limit:
        factor = limit / norm
    return {k: einsum("...,->...", g, factor) for k, g in gradients.items()}


def affine(W, b, a, x):
    n_a = a.shape[0]
    return einsum("hg,gm->hm", W[:, :n_a], a) + einsum("hi,im->hm", W[:, n_a:], x) + b


def gru_cell_forward(xt, a_prev, parameters, simplified=False):
    P = parameters
    ut = sigmoid(affine(P["Wu"], P["bu"], a_prev, xt))
    if simplified:
        rt = np.ones(a_prev.shape)
    else:
        rt = sigmoid(affine(P["Wr"], P["br"], a_prev, xt))
    cct = np.tanh(affine(P["Wc"], P["bc"], einsum("hm,hm->hm", rt, a_prev), xt))
    a_next = einsum("hm,hm->hm", ut, cct) + einsum("hm,hm->hm", 1 - ut, a_prev)
    yt_pred = softmax(einsum("yh,hm->ym", P["Wy"], a_next) + P["by"])
    return a_next, yt_pred, (a_next, a_prev, cct, ut, rt, xt, parameters)


def lstm_cell_forward(xt, a_prev, c_prev, parameters):
    P = parameters
    ft, it, ot = (sigmoid(affine(P["W" + g], P["b" + g], a_prev, xt)) for g in "fio")
    cct = np.tanh(affine(P["Wc"], P["bc"], a_prev, xt))
    c_next = einsum("hm,hm->hm", ft, c_prev) + einsum("hm,hm->hm", it, cct)
    a_next = einsum("hm,hm->hm", ot, np.tanh(c_next))
    yt_pred = softmax(einsum("yh,hm->ym", P["Wy"], a_next) + P["by"])
    return a_next, c_next, yt_pred, (a_next, c_next, a_prev, c_prev, ft, it, cct, ot, xt, parameters)


def lstm_forward(x, a0, parameters):
    n_a, m = a0.shape
    T_x = x.shape[-1]
    a, c = np.empty((n_a, m, T_x)), np.empty((n_a, m, T_x))
    y = np.empty((len(parameters["by"]), m, T_x))
    caches = [None] * T_x
    a_t, c_t = a0, np.zeros((n_a, m))
    for t in range(T_x):
        a_t, c_t, y_t, caches[t] = lstm_cell_forward(x[..., t], a_t, c_t, parameters)
        a[..., t], c[..., t], y[..., t] = a_t, c_t, y_t
    return a, y, c, (caches, x)


def lstm_cell_backward(da_next, dc_next, cache):
    a_next, c_next, a_prev, c_prev, ft, it, cct, ot, xt, parameters = cache
    n_a = a_prev.shape[0]
    th = np.tanh(c_next)
    dc = dc_next + einsum("hm,hm,hm->hm", da_next, ot, 1 - th * th)
    # all four deltas in one array with a gate axis k = f, i, c, o
    outer = np.stack([dc * c_prev, dc * cct, dc * it, da_next * th])
    slope = np.stack([ft * (1 - ft), it * (1 - it), 1 - cct * cct, ot * (1 - ot)])
    delta = einsum("khm,khm->khm", outer, slope)
    W = np.stack([parameters["W" + g] for g in "fico"])
    dW_a = einsum("khm,gm->khg", delta, a_prev)
    dW_x = einsum("khm,im->khi", delta, xt)
    out = {
        "da_prev": einsum("khg,khm->gm", W[:, :, :n_a], delta),
        "dxt": einsum("khi,khm->im", W[:, :, n_a:], delta),
        "dc_prev": einsum("hm,hm->hm", dc, ft),
    }
    for k, g in enumerate("fico"):
        out["dW" + g] = np.concatenate((dW_a[k], dW_x[k]), axis=1)
        out["db" + g] = einsum("hm->h", delta[k])[:, None]
    return out


def lstm_backward(da, caches):
    steps, x = caches
    T_x = da.shape[-1]
    per_step = [None] * T_x
    carry_a, carry_c = np.zeros(da.shape[:2]), np.zeros(da.shape[:2])
    for t in range(T_x - 1, -1, -1):
        per_step[t] = lstm_cell_backward(da[..., t] + carry_a, carry_c, steps[t])
        carry_a, carry_c = per_step[t]["da_prev"], per_step[t]["dc_prev"]
    names = [f"d{k}{g}" for g in "fico" for k in "Wb"]
    out = {k: einsum("t...->...", np.array([g[k] for g in per_step])) for k in names}
    out["dx"] = einsum("tim->imt", np.array([g["dxt"] for g in per_step])).copy()
    out["da0"] = carry_a
    return out


def birnn_forward(x, a0_forward, a0_backward, parameters):
    def scan(p, a, times):
        drive = einsum("hi,imt->hmt", p["Wax"], x) + p["ba"][..., None]
        states = np.empty_like(drive)
        for t in times:
            a = np.tanh(drive[..., t] + einsum("hg,gm->hm", p["Waa"], a))
            states[..., t] = a
        return states

    T_x = x.shape[-1]
    a_forward = scan(parameters["forward"], a0_forward, range(T_x))
    a_backward = scan(parameters["backward"], a0_backward, range(T_x - 1, -1, -1))
    a = np.concatenate((a_forward, a_backward), axis=0)
    y_pred = softmax(einsum("yh,hmt->ymt", parameters["Wy"], a) + parameters["by"][..., None])
    return a, y_pred, (a_forward, a_backward, x, parameters)
