"""Terse NumPy: einsum, masks, take_along_axis, np.add.at, log_softmax of SciPy; written from the handout alone."""

import numpy as np
from scipy.special import log_softmax


def _ask(h, targets, parameters):
    """Return the mean loss of N states h (n, N), the gradient at h and those of Wy and by."""
    N = h.shape[1]
    log_y = log_softmax(np.einsum("kn,nm->km", parameters["Wy"], h) + parameters["by"], axis=0)
    right = targets, np.arange(N)
    dz = np.exp(log_y)
    dz[right] -= 1
    dz /= N
    dh = np.einsum("kn,km->nm", parameters["Wy"], dz)
    return -log_y[right].mean(), dh, {"dWy": np.einsum("km,nm->kn", dz, h), "dby": dz.sum(axis=1, keepdims=True)}


def turn_around(x, lengths):
    t, ends = np.arange(x.shape[2]), np.asarray(lengths)[:, None]
    places = np.where(t < ends, ends - 1 - t, t)
    return np.take_along_axis(x, places[None], axis=2)


def many_to_one(a, targets, lengths, parameters):
    last = slice(None), np.arange(a.shape[1]), np.asarray(lengths) - 1
    loss, dh, gradients = _ask(a[last], targets, parameters)
    da = np.zeros(a.shape)
    da[last] = dh
    return loss, {"da": da, **gradients}


def many_to_many(a, targets, lengths, parameters):
    counted = np.arange(a.shape[2]) < np.asarray(lengths)[:, None]
    loss, dh, gradients = _ask(a[:, counted], targets[counted], parameters)
    da = np.zeros(a.shape)
    da[:, counted] = dh
    return loss, {"da": da, **gradients}


def peephole_cell_forward(xt, a_prev, c_prev, parameters):
    q = parameters
    ax = np.concatenate([a_prev, xt])
    z = np.einsum("gij,jm->gim", np.stack([q[f"W{g}"] for g in "fico"]), ax) + np.stack([q[f"b{g}"] for g in "fico"])
    ft, it = sigmoid(z[:2] + np.stack([q["pf"], q["pi"]]) * c_prev)
    cct = np.tanh(z[2])
    c_next = ft * c_prev + it * cct
    ot = sigmoid(z[3] + q["po"] * c_next)
    a_next = ot * np.tanh(c_next)
    yt_pred = softmax(q["Wy"] @ a_next + q["by"])
    return a_next, c_next, yt_pred, (a_next, c_next, a_prev, c_prev, ft, it, cct, ot, xt, parameters)


def peephole_cell_backward(da_next, dc_next, cache):
    a_next, c_next, a_prev, c_prev, ft, it, cct, ot, xt, q = cache
    shown = np.tanh(c_next)
    do = da_next * shown * ot * (1 - ot)
    dc = dc_next + da_next * ot * (1 - shown**2) + q["po"] * do
    df, di, dcc = dc * c_prev * ft * (1 - ft), dc * cct * it * (1 - it), dc * it * (1 - cct**2)
    delta = np.stack([df, di, dcc, do])
    dW = np.einsum("gim,jm->gij", delta, np.concatenate([a_prev, xt]))
    dax = np.einsum("gij,gim->jm", np.stack([q[f"W{g}"] for g in "fico"]), delta)
    db = delta.sum(axis=2)[..., None]
    dp = np.einsum("gim,gim->gi", delta[[0, 1, 3]], np.stack([c_prev, c_prev, c_next]))[..., None]
    return {
        "dxt": dax[len(a_prev) :],
        "da_prev": dax[: len(a_prev)],
        "dc_prev": dc * ft + q["pf"] * df + q["pi"] * di,
        **dict(zip(("dWf", "dWi", "dWc", "dWo"), dW)),
        **dict(zip(("dbf", "dbi", "dbc", "dbo"), db)),
        **dict(zip(("dpf", "dpi", "dpo"), dp)),
    }


def deep_forward(x, a0, parameters):
    caches = []
    for a, layer in zip(a0, parameters):
        c, states, steps = np.zeros(a.shape), [], []
        for xt in np.moveaxis(x, 2, 0):
            a, c, _, cache = peephole_cell_forward(xt, a, c, layer)
            states.append(a)
            steps.append(cache)
        caches.append((steps, x))
        x = np.stack(states, axis=2)
    return x, caches


def deep_backward(da, caches, k=None):
    layers = []
    for steps, x in reversed(caches):
        dx, total = np.zeros(x.shape), {}
        da_prev = dc_prev = np.zeros(da.shape[:2])
        for t in reversed(range(len(steps))):
            back = peephole_cell_backward(da[:, :, t] + da_prev, dc_prev, steps[t])
            dx[:, :, t], da_prev, dc_prev = back.pop("dxt"), back.pop("da_prev"), back.pop("dc_prev")
            total = {name: total.get(name, 0) + gradient for name, gradient in back.items()}
            if k is not None and t and t % k == 0:
                da_prev, dc_prev = np.zeros_like(da_prev), np.zeros_like(dc_prev)
        layers.append({"dx": dx, "da0": da_prev, **total})
        da = dx
    return layers[::-1]


def norms_through_time(da_last, caches, kind):
    if kind not in ("rnn", "peephole"):
        raise ValueError(f"unknown kind of cell: {kind!r}")
    steps, _ = caches
    da, dc = da_last, np.zeros(da_last.shape)
    norms = np.zeros((len(steps), da.shape[1]))
    for t in reversed(range(len(steps))):
        norms[t] = np.linalg.norm(np.concatenate([da, dc]), axis=0)
        if kind == "rnn":
            da = rnn_cell_backward(da, steps[t])["da_prev"]
        else:
            back = peephole_cell_backward(da, dc, steps[t])
            da, dc = back["da_prev"], back["dc_prev"]
    return norms


def both_ways_forward(x, a0_forward, a0_backward, parameters, lengths):
    forward, kept_forward = read(x, a0_forward, parameters["forward"])
    turned, kept_backward = read(turn_around(x, lengths), a0_backward, parameters["backward"])
    a = hide_beyond(np.concatenate([forward, turn_around(turned, lengths)]), lengths)
    return a, (kept_forward, kept_backward, lengths)


def both_ways_backward(da, caches):
    kept_forward, kept_backward, lengths = caches
    of_forward, of_backward = np.split(hide_beyond(da, lengths), 2)
    forward = read_backward(of_forward, kept_forward)
    backward = read_backward(turn_around(of_backward, lengths), kept_backward)
    dx = forward.pop("dx") + turn_around(backward.pop("dx"), lengths)
    halves = {"forward": forward, "backward": backward}
    return {"dx": dx, **{f"{name}_{half}": g for half, found in halves.items() for name, g in found.items()}}


def _entities(tags, sentence):
    """Return the set of (type, first, last) of a flat array of tags, sentence being the number of each tag's sentence."""
    kind = np.array([tag[2:] for tag in tags], dtype=str)
    inside = tags != "O"
    same = np.zeros(len(tags), dtype=bool)
    same[1:] = (sentence[1:] == sentence[:-1]) & inside[:-1] & (kind[1:] == kind[:-1])
    goes_on = inside & same & ~np.char.startswith(tags, "B-")
    last = inside & ~np.append(goes_on[1:], False)
    first = np.flatnonzero(inside & ~goes_on)
    return set(zip(kind[first].tolist(), first.tolist(), np.flatnonzero(last).tolist()))


def _scores(right, found, present):
    return tuple(float(up / down) if down else 0.0 for up, down in ((right, found), (right, present), (2 * right, found + present)))


def tagging_scores(expected, predicted):
    sizes = [len(tags) for tags in expected]
    if sizes != [len(tags) for tags in predicted]:
        raise ValueError("each word of each sentence needs one tag")
    sentence = np.repeat(np.arange(len(sizes)), np.array(sizes, dtype=int))
    e, p = (np.array([tag for tags in side for tag in tags], dtype=str) for side in (expected, predicted))
    words = _scores(np.sum((e == p) & (e != "O")), np.sum(p != "O"), np.sum(e != "O"))
    present, found = _entities(e, sentence), _entities(p, sentence)
    return words, _scores(len(present & found), len(found), len(present))


def _tagger(theta, words, tags, lengths, backward=True):
    """Return the loss of a batch and, if they are asked for, the gradients of all parameters."""
    T = lengths.max()
    words, tags = words[:, :T], tags[:, :T]
    halves = {half: {name: theta[f"{name}_{half}"] for name in ("Wax", "Waa", "ba")} for half in ("forward", "backward")}
    still = np.zeros((len(theta["Waa_forward"]), len(words)))
    a, caches = both_ways_forward(np.moveaxis(theta["E"][words], 2, 0), still, still, halves, lengths)
    loss, top = many_to_many(a, tags, lengths, theta)
    if not backward:
        return loss, None
    gradients = both_ways_backward(top.pop("da"), caches)
    dE = np.zeros(theta["E"].shape)
    np.add.at(dE, words, np.moveaxis(gradients["dx"], 0, 2))
    return loss, {"dE": dE, **top, **gradients}


def train(start, words, tags, lengths, epochs, seed, rate=0.02, batch=25):
    generator, m = np.random.default_rng(seed), len(words)
    theta = {name: np.array(array, dtype=float) for name, array in start.items()}
    v, s = ({name: np.zeros(array.shape) for name, array in theta.items()} for _ in range(2))
    losses, t = [_tagger(theta, words, tags, lengths, backward=False)[0]], 0
    for e in range(epochs):
        order = generator.permutation(m)
        for chosen in np.split(order, np.arange(batch, m, batch)):
            _, gradients = _tagger(theta, words[chosen], tags[chosen], lengths[chosen])
            t += 1
            theta, v, s = adam_step(theta, gradients, v, s, t, rate * (1 - e / epochs))
        losses.append(_tagger(theta, words, tags, lengths, backward=False)[0])
    return theta, losses
