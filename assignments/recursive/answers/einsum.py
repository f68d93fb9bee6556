"""Terse NumPy: einsum, fancy indexing and levels from `plant`, a little SciPy; written from the handout alone."""

import numpy as np
from scipy.special import logsumexp


def _zeros_for(parameters):
    return {f"d{name}": np.zeros(np.shape(array)) for name, array in parameters.items()}


def _add(gradients, step):
    for name in gradients.keys() & step.keys():
        gradients[name] += step[name]


def compose_forward(left, right, parameters):
    u = np.concatenate([left, right])
    p = np.tanh(np.einsum("ij,jm->im", parameters["W"], u) + parameters["b"])
    return p, (p, left, right, parameters)


def compose_backward(dp, cache):
    p, left, right, parameters = cache
    dz = dp * (1 - p**2)
    du = np.einsum("ij,im->jm", parameters["W"], dz)
    return {
        "dleft": du[: len(left)],
        "dright": du[len(left) :],
        "dW": np.einsum("im,jm->ij", dz, np.concatenate([left, right])),
        "db": np.einsum("im->i", dz)[:, None],
    }


def recursive_forward(tree, L, parameters):
    nodes = post_order(tree)
    p, caches = np.zeros((len(L), len(nodes))), [None] * len(nodes)
    for k, node in enumerate(nodes):
        if isinstance(node, tuple):
            p[:, [k]], caches[k] = compose_forward(p[:, [node[0]]], p[:, [node[1]]], parameters)
        else:
            p[:, k] = L[:, node]
    return p, (nodes, caches, L, parameters)


def recursive_backward(dp, cache):
    nodes, caches, L, parameters = cache
    asked = np.array(dp, dtype=float)
    gradients = _zeros_for(parameters)
    for k in reversed(range(len(nodes))):
        if isinstance(nodes[k], tuple):
            step = compose_backward(asked[:, [k]], caches[k])
            asked[:, nodes[k]] += np.hstack([step["dleft"], step["dright"]])
            _add(gradients, step)
    leaves = [k for k, node in enumerate(nodes) if not isinstance(node, tuple)]
    dL = np.zeros(L.shape)
    np.add.at(dL.T, [nodes[k] for k in leaves], asked[:, leaves].T)
    return {"dL": dL, **gradients}


def node_sentiment(p, labels, parameters):
    Ws, N = parameters["Ws"], p.shape[1]
    h, right = p[: Ws.shape[1]], (np.asarray(labels), np.arange(N))
    z = Ws @ h + parameters["bs"]
    log_y = z - logsumexp(z, axis=0)
    y = softmax(z)
    dz = y.copy()
    dz[right] -= 1
    dp = np.zeros(p.shape)
    dp[: len(h)] = np.einsum("kd,kn->dn", Ws, dz)
    gradients = {"dp": dp, "dWs": np.einsum("kn,dn->kd", dz, h), "dbs": dz.sum(axis=1, keepdims=True)}
    return -log_y[right].sum(), y, gradients


def _batch_gradients(theta, planted, labels):
    N, leaves, words, levels = planted
    L = theta["L"]
    p = np.zeros((len(L), N))
    p[:, leaves] = L[:, words]
    caches = []
    for places, left, right in levels:
        p[:, places], cache = compose_forward(p[:, left], p[:, right], theta)
        caches.append(cache)
    J, _, gradients = node_sentiment(p, labels, theta)
    asked = gradients.pop("dp")
    gradients |= {f"d{name}": np.zeros(theta[name].shape) for name in "LWb"}
    for (places, left, right), cache in zip(levels[::-1], caches[::-1]):
        step = compose_backward(asked[:, places], cache)
        asked[:, left] += step["dleft"]
        asked[:, right] += step["dright"]
        _add(gradients, step)
    np.add.at(gradients["dL"].T, words, asked[:, leaves].T)
    return J / N, {name: g / N for name, g in gradients.items()}


def train(start, trees, labels, epochs, rate=0.02, batch=50):
    theta = {name: np.array(array, dtype=float) for name, array in start.items()}
    v = {name: np.zeros(array.shape) for name, array in theta.items()}
    s = {name: np.zeros(array.shape) for name, array in theta.items()}
    cuts = range(0, len(trees), batch)
    batches = [(plant(trees[k : k + batch]), np.concatenate(labels[k : k + batch])) for k in cuts]
    losses = []
    for e in range(epochs):
        for planted, classes in batches:
            J, gradients = _batch_gradients(theta, planted, classes)
            losses.append(J)
            theta, v, s = adam_step(theta, gradients, v, s, len(losses), rate * (1 - e / epochs), eps=1e-3)
    return theta, losses


def tensor_compose_forward(left, right, parameters):
    u = np.concatenate([left, right])
    bilinear = np.einsum("im,kij,jm->km", u, parameters["V"], u, optimize=True)
    p = np.tanh(bilinear + parameters["W"] @ u + parameters["b"])
    return p, (p, left, right, parameters)


def tensor_compose_backward(dp, cache):
    p, left, right, parameters = cache
    V, W = parameters["V"], parameters["W"]
    u = np.concatenate([left, right])
    dz = dp * (1 - p**2)
    du = np.einsum("km,kij,jm->im", dz, V + V.transpose(0, 2, 1), u, optimize=True) + W.T @ dz
    return {
        "dleft": du[: len(left)],
        "dright": du[len(left) :],
        "dV": np.einsum("km,im,jm->kij", dz, u, u, optimize=True),
        "dW": np.einsum("km,jm->kj", dz, u),
        "db": dz.sum(axis=1, keepdims=True),
    }


def tree_lstm_compose_forward(left, right, parameters):
    d = len(left) // 2
    h = np.concatenate([left[:d], right[:d]])
    U = np.stack([parameters[f"U{gate}"] for gate in "ioulr"])
    b = np.stack([parameters[f"b{gate}"] for gate in "iouff"])
    z = np.einsum("gdk,km->gdm", U, h) + b
    i, o, l, r = sigmoid(z[[0, 1, 3, 4]])
    u = np.tanh(z[2])
    c = i * u + l * left[d:] + r * right[d:]
    return np.concatenate([o * np.tanh(c), c]), (i, o, u, l, r, c, left, right, parameters)


def tree_lstm_gradients(tree, labels, L, parameters):
    N, leaves, words, levels = plant([tree])
    p = np.zeros((2 * len(parameters["bi"]), N))
    p[:, leaves], leaf_cache = tree_lstm_leaf_forward(L[:, words], parameters)
    caches = []
    for places, left, right in levels:
        p[:, places], cache = tree_lstm_compose_forward(p[:, left], p[:, right], parameters)
        caches.append(cache)
    J, _, top = node_sentiment(p, labels, parameters)
    asked = np.array(top["dp"])
    gradients = {"dL": np.zeros(L.shape), **_zeros_for(parameters)}
    _add(gradients, top)
    for (places, left, right), cache in zip(levels[::-1], caches[::-1]):
        step = tree_lstm_compose_backward(asked[:, places], cache)
        asked[:, left] += step["dleft"]
        asked[:, right] += step["dright"]
        _add(gradients, step)
    step = tree_lstm_leaf_backward(asked[:, leaves], leaf_cache)
    _add(gradients, step)
    np.add.at(gradients["dL"].T, words, step["dx"].T)
    return J, gradients


def greedy_tree(words, L, parameters):
    trees = [int(word) for word in words]
    if not trees:
        raise ValueError("a sentence has one word or more")
    p, count = L[:, trees], np.ones(len(trees))
    while len(trees) > 1:
        joined, E, _ = reconstruction_forward(p[:, :-1], p[:, 1:], count[:-1], count[1:], parameters)
        k = int(E.argmin())
        trees[k : k + 2] = [(trees[k], trees[k + 1])]
        p = np.hstack([p[:, :k], joined[:, [k]], p[:, k + 2 :]])
        count = np.hstack([count[:k], count[k] + count[k + 1], count[k + 2 :]])
    return trees[0]


def reconstruction_gradients(tree, L, parameters):
    N, leaves, words, levels = plant([tree])
    p, count = np.zeros((len(L), N)), np.ones(N)
    p[:, leaves] = L[:, words]
    J, caches = 0.0, []
    for places, left, right in levels:
        count[places] = count[left] + count[right]
        p[:, places], E, cache = reconstruction_forward(p[:, left], p[:, right], count[left], count[right], parameters)
        J += E.sum()
        caches.append(cache)
    asked = np.zeros(p.shape)
    gradients = {"dL": np.zeros(L.shape), **_zeros_for(parameters)}
    for (places, left, right), cache in zip(levels[::-1], caches[::-1]):
        step = reconstruction_backward(asked[:, places], np.ones(len(places)), cache)
        asked[:, left] += step["dleft"]
        asked[:, right] += step["dright"]
        _add(gradients, step)
    np.add.at(gradients["dL"].T, words, asked[:, leaves].T)
    return J, gradients
