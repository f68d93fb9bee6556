# %% [markdown]
# Nora. Loops where a loop says it best; trained with torch.

# %%
import numpy as np
import torch

# %%
def turn_around(x, lengths):
    turned = x.copy()
    for k, n in enumerate(lengths):
        turned[:, k, :n] = x[:, k, :n][:, ::-1]
    return turned

# %%
def asked(h, target, parameters, share):
    """One column at a time: loss, and the gradients at the state and at the parameters."""
    y = softmax(parameters["Wy"] @ h[:, None] + parameters["by"])[:, 0]
    dz = y.copy()
    dz[target] -= 1
    dz *= share
    return -share * np.log(y[target]), parameters["Wy"].T @ dz, np.outer(dz, h), dz[:, None]


def ask_all(places, targets, a, parameters):
    loss, da = 0.0, np.zeros_like(a)
    dWy, dby = np.zeros_like(parameters["Wy"]), np.zeros_like(parameters["by"])
    for k, t, target in zip(*places, targets):
        J, dh, dW, db = asked(a[:, k, t], target, parameters, 1 / len(targets))
        loss += J
        da[:, k, t] += dh
        dWy += dW
        dby += db
    return loss, {"da": da, "dWy": dWy, "dby": dby}


def many_to_one(a, targets, lengths, parameters):
    return ask_all((range(len(lengths)), lengths - 1), list(targets), a, parameters)


def many_to_many(a, targets, lengths, parameters):
    places = [(k, t) for k, n in enumerate(lengths) for t in range(n)]
    return ask_all(tuple(zip(*places)), [targets[k, t] for k, t in places], a, parameters)

# %%
def peephole_cell_forward(xt, a_prev, c_prev, parameters):
    p, stacked = parameters, np.vstack((a_prev, xt))
    pre = {g: p["W" + g].dot(stacked) + p["b" + g] for g in "fico"}
    ft, it = sigmoid(pre["f"] + p["pf"] * c_prev), sigmoid(pre["i"] + p["pi"] * c_prev)
    cct = np.tanh(pre["c"])
    c_next = ft * c_prev + it * cct
    ot = sigmoid(pre["o"] + p["po"] * c_next)
    a_next = ot * np.tanh(c_next)
    return a_next, c_next, softmax(p["Wy"] @ a_next + p["by"]), (a_next, c_next, a_prev, c_prev, ft, it, cct, ot, xt, p)


def peephole_cell_backward(da_next, dc_next, cache):
    a_next, c_next, a_prev, c_prev, ft, it, cct, ot, xt, p = cache
    do = da_next * np.tanh(c_next) * ot * (1 - ot)
    dc = dc_next + da_next * ot / np.cosh(c_next) ** 2 + p["po"] * do
    df, di, dcct = dc * c_prev * ft * (1 - ft), dc * cct * it * (1 - it), dc * it * (1 - cct * cct)
    both, found = 0, {"dc_prev": dc * ft + p["pf"] * df + p["pi"] * di}
    for g, d in (("f", df), ("i", di), ("c", dcct), ("o", do)):
        found["dW" + g] = np.einsum("im,jm->ij", d, np.vstack((a_prev, xt)))
        found["db" + g] = d.sum(1, keepdims=True)
        both = both + p["W" + g].T @ d
    found |= {"dpf": (df * c_prev).sum(1)[:, None], "dpi": (di * c_prev).sum(1)[:, None]}
    found |= {"dpo": (do * c_next).sum(1)[:, None], "da_prev": both[: len(a_prev)], "dxt": both[len(a_prev) :]}
    return found

# %%
def deep_forward(x, a0, parameters):
    caches = []
    for start, p in zip(a0, parameters):
        a, c, steps, out = start, np.zeros_like(start), [], []
        for t in range(x.shape[2]):
            a, c, _, cache = peephole_cell_forward(x[:, :, t], a, c, p)
            steps.append(cache)
            out.append(a)
        caches.append((steps, x))
        x = np.stack(out, axis=2)
    return x, caches


def deep_backward(da, caches, k=None):
    found = []
    for steps, x in caches[::-1]:
        total, dx = {}, np.zeros_like(x)
        a = c = np.zeros_like(da[:, :, 0])
        for t in range(len(steps) - 1, -1, -1):
            one = peephole_cell_backward(da[:, :, t] + a, c, steps[t])
            a, c, dx[:, :, t] = one.pop("da_prev"), one.pop("dc_prev"), one.pop("dxt")
            for name, each in one.items():
                total[name] = total.get(name, 0) + each
            if t == 0:
                total["da0"] = a
            elif k and t % k == 0:
                a = c = np.zeros_like(a)
        found.insert(0, {"dx": dx, **total})
        da = dx
    return found


def norms_through_time(da_last, caches, kind):
    if kind == "rnn":
        def back(g, cache):
            return (rnn_cell_backward(g[0], cache)["da_prev"],)
        g = (da_last,)
    elif kind == "peephole":
        def back(g, cache):
            one = peephole_cell_backward(*g, cache)
            return one["da_prev"], one["dc_prev"]
        g = (da_last, np.zeros_like(da_last))
    else:
        raise ValueError(kind)
    norms = []
    for cache in caches[0][::-1]:
        norms.append(np.linalg.norm(np.vstack(g), axis=0))
        g = back(g, cache)
    return np.array(norms[::-1])

# %%
def both_ways_forward(x, a0_forward, a0_backward, parameters, lengths):
    f, cache_f = read(x, a0_forward, parameters["forward"])
    b, cache_b = read(turn_around(x, lengths), a0_backward, parameters["backward"])
    return hide_beyond(np.vstack((f, turn_around(b, lengths))), lengths), (cache_f, cache_b, lengths)


def both_ways_backward(da, caches):
    cache_f, cache_b, lengths = caches
    da, n = hide_beyond(da, lengths), len(da) // 2
    f, b = read_backward(da[:n], cache_f), read_backward(turn_around(da[n:], lengths), cache_b)
    found = {"dx": f.pop("dx") + turn_around(b.pop("dx"), lengths)}
    return found | {k + "_forward": v for k, v in f.items()} | {k + "_backward": v for k, v in b.items()}

# %%
def names_in(tags):
    found = []
    for t, tag in enumerate(tags):
        before = tags[t - 1] if t else "O"
        if tag[0] == "B" or (tag[0] == "I" and before[2:] != tag[2:]):
            end = t + 1
            while end < len(tags) and tags[end] == "I-" + tag[2:]:
                end += 1
            found.append((tag[2:], t, end))
    return found


def tagging_scores(expected, predicted):
    if len(expected) != len(predicted) or any(len(a) != len(b) for a, b in zip(expected, predicted)):
        raise ValueError("they do not fit")
    words, whole = [0, 0, 0], [0, 0, 0]
    for a, b in zip(expected, predicted):
        for s, t in zip(a, b):
            words[0] += s == t and s != "O"
            words[1] += t != "O"
            words[2] += s != "O"
        a, b = names_in(a), names_in(b)
        whole[0] += len([each for each in b if each in a])
        whole[1] += len(b)
        whole[2] += len(a)

    def scores(right, found, present):
        p, r = right / max(found, 1), right / max(present, 1)
        return p, r, 2 * p * r / (p + r) if p + r else 0.0

    return scores(*words), scores(*whole)

# %%
def half_by_torch(x, p, which):
    state, out = torch.zeros(x.shape[0], len(p["ba_" + which]), dtype=torch.float64), []
    z = x @ p["Wax_" + which].T + p["ba_" + which].T
    for t in range(x.shape[1]):
        state = torch.tanh(z[:, t] + state @ p["Waa_" + which].T)
        out.append(state)
    return torch.stack(out, 1)


def train(start, words, tags, lengths, epochs, seed, rate=0.02, batch=25):
    generator = np.random.default_rng(seed)
    p = {name: torch.tensor(array, requires_grad=True) for name, array in start.items()}
    words, tags, lengths = torch.tensor(words), torch.tensor(tags), torch.tensor(lengths)

    def loss(chosen):
        n = lengths[chosen]
        T = int(n.max())
        t = torch.arange(T)
        w, right = words[chosen, :T], tags[chosen, :T]
        turn = torch.where(t < n[:, None], n[:, None] - 1 - t, t)
        x = p["E"][w]
        f = half_by_torch(x, p, "forward")
        b = half_by_torch(x.gather(1, turn[:, :, None].expand_as(x)), p, "backward")
        b = b.gather(1, turn[:, :, None].expand_as(b))
        z = torch.cat([f, b], 2) @ p["Wy"].T + p["by"].T
        counted = t < n[:, None]
        return torch.nn.functional.cross_entropy(z[counted], right[counted])

    every = torch.arange(len(words))
    adam = torch.optim.Adam(p.values(), lr=rate)
    losses = [loss(every).item()]
    for epoch in range(epochs):
        adam.param_groups[0]["lr"] = rate * (1 - epoch / epochs)
        order = torch.from_numpy(generator.permutation(len(words)))
        for first in range(0, len(order), batch):
            adam.zero_grad()
            loss(order[first : first + batch]).backward()
            adam.step()
        losses.append(loss(every).item())
    return {name: each.detach().numpy() for name, each in p.items()}, losses
