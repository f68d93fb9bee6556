# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Recurrent networks, forwards and backwards
#
# Bogdan. I convert everything to Einstein notation, one letter per axis, the same in the whole file:
#
# - `h`, `g`: hidden units (g = the hidden unit on the *input* side)
# - `i`: inputs, `s`: rows of the stack [a; x] (s = h + i), `y`: classes
# - `m`: examples, `t`: time

# %%
import numpy as np
from numpy import einsum
from check import check

# %%
import numpy as np


def sigmoid(z):
    """Return the logistic function of every entry of z, in the shape of z."""
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1.0, e) / (1.0 + e)


def softmax(z):
    """Return the softmax over the first axis of z: each column becomes a distribution over the rows."""
    # A shift common to the whole column cancels in the quotient, so the largest entry may be moved to zero.
    e = np.exp(z - z.max(axis=0, keepdims=True))
    total = e.sum(axis=0, keepdims=True)
    return e / total


# %% [markdown]
# ## Part 1

# %%
def rnn_cell_forward(xt, a_prev, parameters):
    z = einsum("hi,im->hm", parameters["Wax"], xt)
    z = z + einsum("hg,gm->hm", parameters["Waa"], a_prev)
    a_next = np.tanh(z + parameters["ba"])
    scores = einsum("yh,hm->ym", parameters["Wya"], a_next) + parameters["by"]
    return a_next, softmax(scores), (a_next, a_prev, xt, parameters)


# %%
tiny = {
    "Wax": np.array([[0.5], [-0.5]]),
    "Waa": np.array([[0.1, 0.2], [0.3, 0.4]]),
    "Wya": np.array([[1.0, -1.0], [0.0, 1.0]]),
    "ba": np.array([[0.05], [0.1]]),
    "by": np.array([[0.0], [0.0]]),
}
xt, a_prev = np.array([[1.0, -1.0]]), np.array([[0.0, 0.5], [0.0, 1.0]])
a_next, yt_pred, cache = rnn_cell_forward(xt, a_prev, tiny)
print("a_next ", a_next.round(4).tolist())
print("yt_pred", yt_pred.round(4).tolist())

# %%
check("rnn_cell_forward")


# %%
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


# %%
x = np.array([[[1.0, 0.0, -1.0]]])
a, y_pred, caches = rnn_forward(x, np.zeros((2, 1)), tiny)
print("a     ", a[:, 0].round(4).tolist())
print("y_pred", y_pred[:, 0].round(4).tolist())
print(len(caches[0]), "caches")

# %%
check("rnn_forward")

# %% [markdown]
# ## Part 2
#
# Einsum makes the backward pass trivial: swap the letters of the output with those of the operand you want.

# %%
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


# %%
check("rnn_cell_backward")


# %%
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


# %%
def measured(loss, array, index, step=1e-5):
    """Return the slope of loss() as one entry of an array is nudged up and down."""
    kept = array[index]
    array[index] = kept + step
    above = loss()
    array[index] = kept - step
    below = loss()
    array[index] = kept
    return (above - below) / (2 * step)


x, a0 = np.array([[[1.0, 0.0, -1.0]]]), np.zeros((2, 1))
a, y_pred, caches = rnn_forward(x, a0, tiny)
gradients = rnn_backward(np.ones(a.shape), caches)
print("dx", gradients["dx"][0, 0].round(4), "da0", gradients["da0"][:, 0].round(4))
slope = measured(lambda: rnn_forward(x, a0, tiny)[0].sum(), tiny["Waa"], (1, 0))
print("dWaa", gradients["dWaa"][1, 0].round(4), slope.round(4))

# %%
check("rnn_backward")

# %% [markdown]
# ## Part 3

# %%
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


# %%
check("clip_gradients")

# %% [markdown]
# ## Part 4: instead of stacking, split W into its two blocks. W [a; x] = W_a a + W_x x

# %%
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


# %%
gates = {"Wu": np.array([[0.0, 2.0]]), "Wr": np.array([[1.0, -1.0]]), "Wc": np.array([[-2.0, 0.5]])}
gates |= {"bu": np.array([[-1.0]]), "br": np.array([[0.0]]), "bc": np.array([[0.1]])}
gates |= {"Wy": np.array([[1.0], [-1.0]]), "by": np.array([[0.0], [0.5]])}
for simplified in (False, True):
    a_next, yt_pred, cache = gru_cell_forward(np.array([[1.0]]), np.array([[0.8]]), gates, simplified)
    print("simplified" if simplified else "full", a_next.round(4), yt_pred[:, 0].round(4))

# %%
check("gru_cell_forward")

# %% [markdown]
# ## Part 5

# %%
def lstm_cell_forward(xt, a_prev, c_prev, parameters):
    P = parameters
    ft, it, ot = (sigmoid(affine(P["W" + g], P["b" + g], a_prev, xt)) for g in "fio")
    cct = np.tanh(affine(P["Wc"], P["bc"], a_prev, xt))
    c_next = einsum("hm,hm->hm", ft, c_prev) + einsum("hm,hm->hm", it, cct)
    a_next = einsum("hm,hm->hm", ot, np.tanh(c_next))
    yt_pred = softmax(einsum("yh,hm->ym", P["Wy"], a_next) + P["by"])
    return a_next, c_next, yt_pred, (a_next, c_next, a_prev, c_prev, ft, it, cct, ot, xt, parameters)


# %%
check("lstm_cell_forward")


# %%
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


# %%
check("lstm_forward")


# %%
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


# %%
check("lstm_cell_backward")


# %%
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


# %%
check("lstm_backward")

# %% [markdown]
# ## Part 6

# %%
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


# %%
check("birnn_forward")

# %%
check.before_submitting()
