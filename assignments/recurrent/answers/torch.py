"""torch inside and autograd for the way back, arrays at the door; written from the handout alone."""

import numpy as np
import torch


def T(array):
    """array -> tensor. A copy, so that nobody's input is changed by accident."""
    return torch.tensor(np.asarray(array), dtype=torch.float64)


def leaf(array):
    return T(array).requires_grad_(True)


def N(tensor):
    return tensor.detach().numpy().copy()


def rnn_cell_forward(xt, a_prev, parameters):
    p = {k: T(v) for k, v in parameters.items()}
    h = torch.tanh(torch.mm(p["Wax"], T(xt)) + torch.mm(p["Waa"], T(a_prev)) + p["ba"])
    yt_pred = torch.softmax(torch.mm(p["Wya"], h) + p["by"], dim=0)
    a_next = N(h)
    return a_next, N(yt_pred), (a_next, a_prev, xt, parameters)


def rnn_forward(x, a0, parameters):
    outs, preds, steps = [], [], []
    a_t = a0
    for xt in T(x).unbind(dim=-1):
        a_t, y_t, cache = rnn_cell_forward(N(xt), a_t, parameters)
        outs.append(T(a_t))
        preds.append(T(y_t))
        steps.append(cache)
    return N(torch.stack(outs, -1)), N(torch.stack(preds, -1)), (steps, x)


def rnn_cell_backward(da_next, cache):
    # on paper: dz = da * (1 - a^2), dWax = dz x^T, dx = Wax^T dz, db = row sums of dz
    _, a_prev, xt, parameters = cache
    Wax, Waa, ba = leaf(parameters["Wax"]), leaf(parameters["Waa"]), leaf(parameters["ba"])
    a, x_ = leaf(a_prev), leaf(xt)
    h = torch.tanh(Wax @ x_ + Waa @ a + ba)
    gs = torch.autograd.grad(h, (x_, a, Wax, Waa, ba), grad_outputs=T(da_next))
    return dict(zip(("dxt", "da_prev", "dWax", "dWaa", "dba"), map(N, gs)))


def rnn_backward(da, caches):
    steps, x = caches
    T_x = da.shape[2]
    dx = torch.zeros(x.shape, dtype=torch.float64)
    acc = {}
    carry = 0.0
    for t in range(T_x)[::-1]:
        g = rnn_cell_backward(da[:, :, t] + carry, steps[t])
        carry = g["da_prev"]
        dx[:, :, t] = T(g["dxt"])
        for key in ("dWax", "dWaa", "dba"):
            acc[key] = acc.get(key, 0.0) + g[key]
    return {"dx": N(dx), "da0": carry} | acc


def clip_gradients(gradients, limit, by='value'):
    gs = {k: T(g) for k, g in gradients.items()}
    if by == "value":
        return {k: N(g.clamp(-limit, limit)) for k, g in gs.items()}
    elif by == "norm":
        norm = torch.linalg.vector_norm(torch.cat([g.flatten() for g in gs.values()]))
        if norm > limit:
            gs = {k: g * (limit / norm) for k, g in gs.items()}
        return {k: N(g) for k, g in gs.items()}
    else:
        raise ValueError(by)


def gru_cell_forward(xt, a_prev, parameters, simplified=False):
    p = {k: T(v) for k, v in parameters.items()}
    a, x_ = T(a_prev), T(xt)
    ax = torch.cat((a, x_), dim=0)
    ut = torch.sigmoid(p["Wu"] @ ax + p["bu"])
    rt = torch.ones_like(a) if simplified else torch.sigmoid(p["Wr"] @ ax + p["br"])
    cct = torch.tanh(p["Wc"] @ torch.cat((rt * a, x_), dim=0) + p["bc"])
    # not torch.nn.GRU! there z and 1 - z are swapped and r comes after the product
    h = torch.lerp(a, cct, ut)
    yt_pred = torch.softmax(p["Wy"] @ h + p["by"], dim=0)
    a_next = N(h)
    return a_next, N(yt_pred), (a_next, a_prev, N(cct), N(ut), N(rt), xt, parameters)


def lstm_cell_forward(xt, a_prev, c_prev, parameters):
    p = {k: T(v) for k, v in parameters.items()}
    ax = torch.cat((T(a_prev), T(xt)), dim=0)
    # all four in one product, then cut into four pieces
    z = torch.cat([p["W" + g] for g in "fico"]) @ ax + torch.cat([p["b" + g] for g in "fico"])
    zf, zi, zc, zo = torch.chunk(z, 4, dim=0)
    ft, it, cct, ot = zf.sigmoid(), zi.sigmoid(), zc.tanh(), zo.sigmoid()
    c = ft * T(c_prev) + it * cct
    h = ot * c.tanh()
    y = torch.softmax(p["Wy"] @ h + p["by"], dim=0)
    a_next, c_next = N(h), N(c)
    cache = (a_next, c_next, a_prev, c_prev, N(ft), N(it), N(cct), N(ot), xt, parameters)
    return a_next, c_next, N(y), cache


def lstm_forward(x, a0, parameters):
    a_t, c_t = a0, np.zeros(a0.shape)
    hist = []
    for t in range(x.shape[-1]):
        hist.append(lstm_cell_forward(x[..., t], a_t, c_t, parameters))
        a_t, c_t = hist[-1][0], hist[-1][1]
    a, c, y, steps = zip(*hist)
    a, c, y = (np.stack(s, axis=-1) for s in (a, c, y))
    return a, y, c, (list(steps), x)


def lstm_cell_backward(da_next, dc_next, cache):
    _, _, a_prev, c_prev, _, _, _, _, xt, parameters = cache
    names = ["W" + g for g in "fico"] + ["b" + g for g in "fico"]
    P = {k: leaf(parameters[k]) for k in names}
    a, c, x_ = leaf(a_prev), leaf(c_prev), leaf(xt)
    ax = torch.cat((a, x_))
    f, i, o = (torch.sigmoid(P["W" + g] @ ax + P["b" + g]) for g in "fio")
    c_next = f * c + i * torch.tanh(P["Wc"] @ ax + P["bc"])
    a_next = o * torch.tanh(c_next)
    # two outputs, each with what comes in there; autograd adds the two ways to c_next by itself
    gs = torch.autograd.grad((a_next, c_next), (x_, a, c, *P.values()), grad_outputs=(T(da_next), T(dc_next)))
    return {k: N(g) for k, g in zip(["dxt", "da_prev", "dc_prev"] + ["d" + k for k in names], gs)}


def lstm_backward(da, caches):
    # the whole graph at once
    steps, x = caches
    parameters = steps[0][-1]
    P = {k: leaf(v) for k, v in parameters.items() if k not in ("Wy", "by")}
    X, A0 = leaf(x), leaf(steps[0][2])
    a, c = A0, torch.zeros_like(A0)
    L = 0.0
    for t in range(x.shape[2]):
        ax = torch.cat((a, X[:, :, t]))
        f, i, o = (torch.sigmoid(P["W" + g] @ ax + P["b" + g]) for g in "fio")
        c = f * c + i * torch.tanh(P["Wc"] @ ax + P["bc"])
        a = o * torch.tanh(c)
        L = L + (a * T(da[:, :, t])).sum()
    L.backward()
    return {"dx": N(X.grad), "da0": N(A0.grad)} | {"d" + k: N(v.grad) for k, v in P.items()}


def birnn_forward(x, a0_forward, a0_backward, parameters):
    def run(xs, h, p):
        Wax, Waa, ba = T(p["Wax"]), T(p["Waa"]), T(p["ba"])
        hs = []
        for x_ in xs.unbind(-1):
            h = torch.tanh(Wax @ x_ + Waa @ h + ba)
            hs.append(h)
        return torch.stack(hs, -1)

    X = T(x)
    fwd = run(X, T(a0_forward), parameters["forward"])
    bwd = run(X.flip(-1), T(a0_backward), parameters["backward"]).flip(-1)
    a = torch.cat((fwd, bwd), dim=0)
    y = torch.softmax(torch.tensordot(T(parameters["Wy"]), a, dims=1) + T(parameters["by"])[..., None], dim=0)
    return N(a), N(y), (N(fwd), N(bwd), x, parameters)
