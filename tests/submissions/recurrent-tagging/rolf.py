# %% [markdown]
# Rolf. All parts, with NumPy throughout.

# %%
import numpy as np

# %%
def turn_around(x, lengths):
    m, T = x.shape[1:]
    places = np.tile(np.arange(T), (m, 1))
    for k in range(m):
        places[k, : lengths[k]] = np.arange(lengths[k])[::-1]
    return x[:, np.arange(m)[:, None], places]

# %%
def many_to_one(a, targets, lengths, parameters):
    m = a.shape[1]
    h = a[:, np.arange(m), lengths - 1]
    y = softmax(parameters["Wy"] @ h + parameters["by"])
    dz = y - np.eye(len(y))[:, targets]
    da = np.zeros(a.shape)
    da[:, np.arange(m), lengths - 1] = parameters["Wy"].T @ dz
    loss = -np.log(y[targets, np.arange(m)]).sum()
    return loss, {"da": da, "dWy": dz @ h.T, "dby": dz.sum(axis=1, keepdims=True)}


def many_to_many(a, targets, lengths, parameters):
    m, T = a.shape[1:]
    loss, da = 0.0, np.zeros(a.shape)
    dWy, dby = np.zeros(parameters["Wy"].shape), np.zeros(parameters["by"].shape)
    for k in range(m):
        n = lengths[k]
        h = a[:, k, :n]
        y = softmax(parameters["Wy"] @ h + parameters["by"])
        loss -= np.log(y[targets[k, :n], np.arange(n)]).mean() / m
        dz = (y - np.eye(len(y))[:, targets[k, :n]]) / n / m
        da[:, k, :n] = parameters["Wy"].T @ dz
        dWy += dz @ h.T
        dby += dz.sum(axis=1, keepdims=True)
    return loss, {"da": da, "dWy": dWy, "dby": dby}

# %%
def peephole_cell_forward(xt, a_prev, c_prev, parameters):
    W, b, p = ({g: parameters[kind + g] for g in "fico" if kind + g in parameters} for kind in "Wbp")
    s = np.concatenate([a_prev, xt])
    ft = sigmoid(W["f"] @ s + b["f"] + p["f"] * c_prev)
    it = sigmoid(W["i"] @ s + b["i"] + p["i"] * c_prev)
    cct = np.tanh(W["c"] @ s + b["c"])
    c_next = ft * c_prev + it * cct
    ot = sigmoid(W["o"] @ s + b["o"] + p["o"] * c_next)
    a_next = ot * np.tanh(c_next)
    cache = (a_next, c_next, a_prev, c_prev, ft, it, cct, ot, xt, parameters)
    return a_next, c_next, softmax(parameters["Wy"] @ a_next + parameters["by"]), cache


def peephole_cell_backward(da_next, dc_next, cache):
    a_next, c_next, a_prev, c_prev, ft, it, cct, ot, xt, parameters = cache
    s, shown = np.concatenate([a_prev, xt]), np.tanh(c_next)
    d = {"o": da_next * shown * ot * (1 - ot)}
    dc = dc_next + da_next * ot * (1 - shown**2) + parameters["po"] * d["o"]
    d["f"], d["i"] = dc * c_prev * ft * (1 - ft), dc * cct * it * (1 - it)
    d["c"] = dc * it * (1 - cct**2)
    ds = sum(parameters["W" + g].T @ each for g, each in d.items())
    found = {"da_prev": ds[: len(a_prev)], "dxt": ds[len(a_prev) :], "dc_prev": dc * ft}
    for g, each in d.items():
        found["dW" + g], found["db" + g] = each @ s.T, each.sum(axis=1, keepdims=True)
    for g, c in {"f": c_prev, "i": c_prev, "o": c_next}.items():
        found["dp" + g] = (d[g] * c).sum(axis=1, keepdims=True)
    return found

# %%
def deep_forward(x, a0, parameters):
    caches = []
    for start, theta in zip(a0, parameters):
        a, c, states, steps = start, start, [], []
        for t in range(x.shape[2]):
            a, c, _, cache = peephole_cell_forward(x[:, :, t], a, c, theta)
            states.append(a)
            steps.append(cache)
        caches.append((steps, x))
        x = np.stack(states, axis=2)
    return x, caches


def deep_backward(da, caches, k=None):
    found = []
    for steps, x in caches[::-1]:
        dx, sums = np.zeros(x.shape), {}
        back, memory = 0 * da[:, :, 0], 0 * da[:, :, 0]
        for t in range(x.shape[2])[::-1]:
            step = peephole_cell_backward(da[:, :, t] + back, memory, steps[t])
            dx[:, :, t], back, memory = step["dxt"], step["da_prev"], step["dc_prev"]
            for name, each in step.items():
                if name not in ("dxt", "da_prev", "dc_prev"):
                    sums[name] = sums.get(name, 0) + each
            da0 = back
            if k is not None and t % k == 0:
                back, memory = 0 * back, 0 * memory
        found.append({"dx": dx, "da0": da0, **sums})
        da = dx
    return found[::-1]


def norms_through_time(da_last, caches, kind):
    carried, norms = {"rnn": [da_last], "peephole": [da_last, 0 * da_last]}.get(kind), []
    if carried is None:
        raise ValueError(f"unknown: {kind}")
    for cache in caches[0][::-1]:
        norms.insert(0, np.sqrt(sum((each**2).sum(axis=0) for each in carried)))
        if kind == "rnn":
            carried = [rnn_cell_backward(*carried, cache)["da_prev"]]
        else:
            step = peephole_cell_backward(*carried, cache)
            carried = [step["da_prev"], step["dc_prev"]]
    return np.stack(norms)

# %%
def both_ways_forward(x, a0_forward, a0_backward, parameters, lengths):
    one, first = read(x, a0_forward, parameters["forward"])
    other, second = read(turn_around(x, lengths), a0_backward, parameters["backward"])
    return np.concatenate([one, turn_around(other, lengths)]), (first, second, lengths)


def both_ways_backward(da, caches):
    first, second, lengths = caches
    n = len(da) // 2
    hidden = hide_beyond(da, lengths)
    one, other = read_backward(hidden[:n], first), read_backward(turn_around(hidden[n:], lengths), second)
    found = {"dx": one["dx"] + turn_around(other["dx"], lengths)}
    for name in ("da0", "dWax", "dWaa", "dba"):
        found[f"{name}_forward"], found[f"{name}_backward"] = one[name], other[name]
    return found

# %%
def entities_of(tags):
    found, open_type, first = [], None, 0
    for t, tag in enumerate(list(tags) + ["O"]):
        goes_on = tag.startswith("I-") and tag[2:] == open_type
        if open_type is not None and not goes_on:
            found.append((open_type, first, t))
            open_type = None
        if tag != "O" and not goes_on:
            open_type, first = tag[2:], t
    return set(found)


def tagging_scores(expected, predicted):
    if [len(tags) for tags in expected] != [len(tags) for tags in predicted]:
        raise ValueError("each word needs one tag")

    def scores(pairs):
        right, found, present = (sum(each) for each in zip((0, 0, 0), *pairs))
        return right / present if present else 0.0, right / found if found else 0.0, 2 * right / max(1, found + present)

    places = [
        tuple({(t, tag) for t, tag in enumerate(tags) if tag != "O"} for tags in both) for both in zip(expected, predicted)
    ]
    names = [tuple(entities_of(tags) for tags in both) for both in zip(expected, predicted)]
    return scores([(len(a & b), len(b), len(a)) for a, b in places]), scores([(len(a & b), len(b), len(a)) for a, b in names])

# %%
def one_step(theta, words, tags, lengths):
    words, tags = words[:, : lengths.max()], tags[:, : lengths.max()]
    halves = {w: {name: theta[f"{name}_{w}"] for name in ("Wax", "Waa", "ba")} for w in ("forward", "backward")}
    zeros = np.zeros((len(theta["ba_forward"]), len(words)))
    a, caches = both_ways_forward(np.moveaxis(theta["E"][words], 2, 0), zeros, zeros, halves, lengths)
    counted = np.arange(words.shape[1]) < lengths[:, None]
    h, right, N = a[:, counted], tags[counted], lengths.sum()
    y = softmax(theta["Wy"] @ h + theta["by"])
    loss = -np.log(y[right, np.arange(N)]).mean()
    y[right, np.arange(N)] -= 1
    da = np.zeros(a.shape)
    da[:, counted] = theta["Wy"].T @ y / N
    gradients = both_ways_backward(da, caches)
    dE = np.zeros(theta["E"].shape)
    np.add.at(dE, words, np.moveaxis(gradients.pop("dx"), 0, 2))
    return loss, {**gradients, "dE": dE, "dWy": y @ h.T / N, "dby": y.sum(axis=1, keepdims=True) / N}


def train(start, words, tags, lengths, epochs, seed, rate=0.02, batch=25):
    random = np.random.default_rng(seed)
    theta, count = start, 0
    v = {name: np.zeros(each.shape) for name, each in start.items()}
    s = {name: np.zeros(each.shape) for name, each in start.items()}
    losses = [one_step(theta, words, tags, lengths)[0]]
    for _ in range(epochs):
        order = random.permutation(len(words))
        for some in np.split(order, range(batch, len(order), batch)):
            count += 1
            _, gradients = one_step(theta, words[some], tags[some], lengths[some])
            theta, v, s = adam_step(theta, gradients, v, s, count, rate)
        losses.append(one_step(theta, words, tags, lengths)[0])
    return theta, np.array(losses)
