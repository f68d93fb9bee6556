"""Terse NumPy: einsum, fancy indexing, sliding windows, np.add.at, log_softmax of SciPy; written from the handout alone."""

from collections import Counter

import numpy as np
from scipy.special import log_softmax


def text_scores(sentence, next_word, characters):
    sentence = [int(word) for word in sentence]
    if not sentence:
        raise ValueError("a sentence without words says nothing")
    p = np.array([next_word(sentence[:t])[word] for t, word in enumerate(sentence)], dtype=float)
    with np.errstate(divide="ignore", over="ignore"):
        log_p = np.log(p)
        return log_p, float(p.prod()), float(np.exp(-log_p.mean())), float(-log_p.sum() / (np.log(2) * characters))


def n_gram_model(sentences, n):
    lines = (["<START>"] * (n - 1) + list(sentence) + ["<EOS>"] for sentence in sentences)
    grams = [Counter(gram for line in lines for gram in zip(*(line[k:] for k in range(n))))]
    for _ in range(n - 1):
        grams.insert(0, Counter(gram[1:] for gram in grams[0]))
    counts, discounts = [], []
    for table in grams:
        followers = {}
        for gram, count in table.items():
            followers.setdefault(gram[:-1], {})[gram[-1]] = count
        counts.append(followers)
        n1, n2 = (sum(count == k for count in table.values()) for k in (1, 2))
        discounts.append(n1 / (n1 + 2 * n2) if n1 + n2 else 0.75)
    return counts, discounts


def kneser_ney_probability(word, context, counts, discounts, V):
    p = 1 / V
    for k, (table, D) in enumerate(zip(counts, discounts)):
        followers = table.get(tuple(context[len(context) - k :]))
        if followers:
            total = sum(followers.values())
            p = max(followers.get(word, 0) - D, 0) / total + D * len(followers) / total * p
    return p


def neural_loss(sentences, n, end, parameters):
    q = parameters
    lines = ([end] * (n - 1) + list(sentence) + [end] for sentence in sentences)
    grams = np.concatenate([np.lib.stride_tricks.sliding_window_view(np.array(line, dtype=int), n) for line in lines]).T
    words, targets = grams[:-1], grams[-1]
    x = q["C"][words].transpose(0, 2, 1).reshape(-1, len(targets))
    a = np.tanh(q["d"] + q["H"] @ x)
    log_p = log_softmax(q["b"] + q["U"] @ a + (q["W"] @ x if "W" in q else 0), axis=0)
    J = -log_p[targets, np.arange(len(targets))].mean()
    return J, (words, targets, x, a, np.exp(log_p), parameters)


def neural_backward(dJ, cache):
    words, targets, x, a, p, q = cache
    M = len(targets)
    dy = np.array(p)
    dy[targets, np.arange(M)] -= 1
    dy *= dJ / M
    dz = np.einsum("vh,vm->hm", q["U"], dy) * (1 - a**2)
    dx = np.einsum("hx,hm->xm", q["H"], dz)
    gradients = {
        "dH": np.einsum("hm,xm->hx", dz, x),
        "dd": dz.sum(axis=1, keepdims=True),
        "dU": np.einsum("vm,hm->vh", dy, a),
        "db": dy.sum(axis=1, keepdims=True),
    }
    if "W" in q:
        dx = dx + np.einsum("vx,vm->xm", q["W"], dy)
        gradients["dW"] = np.einsum("vm,xm->vx", dy, x)
    dC = np.zeros(q["C"].shape)
    np.add.at(dC, words, dx.reshape(len(words), -1, M).transpose(0, 2, 1))
    return {"dC": dC, **gradients}


def sampled_softmax(a, targets, drawn, q, parameters):
    U, b = parameters["U"], parameters["b"][:, 0] - np.log(q)
    targets, drawn = np.asarray(targets, dtype=int), np.asarray(drawn, dtype=int)
    of_target = np.einsum("mn,nm->m", U[targets], a) + b[targets]
    of_drawn = np.einsum("sn,nm->sm", U[drawn], a) + b[drawn][:, None]
    of_drawn = np.where(drawn[:, None] == targets, -np.inf, of_drawn)
    log_share = log_softmax(np.concatenate([of_target[None], of_drawn]), axis=0)
    ds = np.exp(log_share)
    ds[0] -= 1
    ds /= len(targets)
    dU, db = np.zeros(U.shape), np.zeros((len(U), 1))
    np.add.at(dU, targets, np.einsum("m,nm->mn", ds[0], a))
    np.add.at(dU, drawn, np.einsum("sm,nm->sn", ds[1:], a))
    np.add.at(db[:, 0], targets, ds[0])
    np.add.at(db[:, 0], drawn, ds[1:].sum(axis=1))
    da = np.einsum("m,mn->nm", ds[0], U[targets]) + np.einsum("sm,sn->nm", ds[1:], U[drawn])
    return float(-log_share[0].mean()), {"da": da, "dU": dU, "db": db}


def reshaped(p, temperature=1.0, top_k=None, nucleus=1.0, rejected=()):
    if not temperature > 0:
        raise ValueError("the temperature must be above 0")
    p = np.array(p, dtype=float)
    p[np.array(list(rejected), dtype=int)] = 0
    if not p.any():
        raise ValueError("no word is left")
    p = np.where(p > 0, (p / p.max()) ** (1 / temperature), 0.0)
    order = np.argsort(-p, kind="stable")
    if top_k is not None:
        p[order[top_k:]] = 0
    p /= p.sum()
    if nucleus < 1:
        reached = np.searchsorted(np.cumsum(p[order]), nucleus)
        p[order[reached + 1 :]] = 0
        p /= p.sum()
    return p


def write(next_word, generator, end, start=(), max_length=100):
    words = [int(word) for word in start]
    while len(words) < max_length:
        p = next_word(list(words))
        word = int(generator.choice(len(p), p=p))
        if word == end:
            break
        words.append(word)
    return words


def optimise(X, Y, parameters, rate=4.0, limit=0.5):
    Wya = parameters["Wya"]
    a = states_forward(X, parameters)
    counted = Y != -1
    h = a[:, counted]
    right = Y[counted], np.arange(h.shape[1])
    log_p = log_softmax(Wya @ h + parameters["by"], axis=0)
    dz = np.exp(log_p)
    dz[right] -= 1
    dz /= h.shape[1]
    da = np.zeros(a.shape)
    da[:, counted] = np.einsum("vn,vm->nm", Wya, dz)
    gradients = {"dWya": np.einsum("vm,nm->vn", dz, h), "dby": dz.sum(axis=1, keepdims=True)}
    gradients |= states_backward(da, a, X, parameters)
    g = np.linalg.norm(np.concatenate([each.ravel() for each in gradients.values()]))
    step = rate * (limit / g if g > limit else 1.0)
    moved = {name: theta - step * gradients[f"d{name}"] for name, theta in parameters.items()}
    return float(-log_p[right].mean()), moved


def train(start, X, Y, epochs, seed, rate=4.0, limit=0.5, batch=50):
    generator, m = np.random.default_rng(seed), len(X)
    theta = {name: np.array(array, dtype=float) for name, array in start.items()}
    losses = [optimise(X, Y, theta, 0.0)[0]]
    for e in range(epochs):
        order = generator.permutation(m)
        for chosen in np.split(order, np.arange(batch, m, batch)):
            _, theta = optimise(X[chosen], Y[chosen], theta, rate * (1 - e / epochs), limit)
        losses.append(optimise(X, Y, theta, 0.0)[0])
    return theta, losses


def lstm_log_probabilities(sentence, end, parameters):
    a = c = np.zeros((len(parameters["bf"]), 1))
    states = []
    for x in parameters["C"][[end, *sentence]]:
        a, c = lstm_step(x[:, None], a, c, parameters)
        states.append(a)
    log_p = log_softmax(parameters["Wy"] @ np.hstack(states) + parameters["by"], axis=0)
    return log_p[[*sentence, end], np.arange(len(states))]


def mix_layers_backward(dv, h, s, gamma=1.0):
    w, dw = softmax(s), np.einsum("ltk,tk->l", h, dv)
    return {
        "dh": gamma * np.einsum("l,tk->ltk", w, dv),
        "ds": gamma * w * (dw - w @ dw),
        "dgamma": w @ dw,
    }
