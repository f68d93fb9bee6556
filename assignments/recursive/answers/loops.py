"""Plain loops over nodes, slices and phrases, tree by tree; slow and clear; written from the handout alone."""
import math

import numpy as np


# ---------------------------------------------------------------- part 1

def compose_forward(left, right, parameters):
    u = np.concatenate([left, right])
    p = np.tanh(parameters["W"] @ u + parameters["b"])
    return p, (p, left, right, parameters)


def compose_backward(dp, cache):
    p, left, right, parameters = cache
    d = left.shape[0]
    u = np.concatenate([left, right])
    dz = dp * (1 - p * p)
    du = parameters["W"].T @ dz
    return {
        "dleft": du[:d],
        "dright": du[d:],
        "dW": dz @ u.T,
        "db": dz.sum(axis=1, keepdims=True),
    }


# ---------------------------------------------------------------- part 2

def recursive_forward(tree, L, parameters):
    nodes = post_order(tree)
    p = np.zeros((L.shape[0], len(nodes)))
    caches = []
    for i in range(len(nodes)):
        node = nodes[i]
        if isinstance(node, tuple):
            left, right = node
            phrase, kept = compose_forward(p[:, [left]], p[:, [right]], parameters)
            p[:, [i]] = phrase
            caches.append(kept)
        else:
            p[:, [i]] = L[:, [node]]
            caches.append(None)
    return p, (nodes, caches, L, parameters)


def recursive_backward(dp, cache):
    nodes, caches, L, parameters = cache
    asked = np.array(dp, dtype=float)
    gradients = {}
    for name in parameters:
        gradients["d" + name] = np.zeros(parameters[name].shape)
    dL = np.zeros(L.shape)
    for i in range(len(nodes) - 1, -1, -1):
        node = nodes[i]
        if isinstance(node, tuple):
            left, right = node
            back = compose_backward(asked[:, [i]], caches[i])
            asked[:, [left]] += back["dleft"]
            asked[:, [right]] += back["dright"]
            for name in ("dW", "db"):
                gradients[name] += back[name]
        else:
            dL[:, [node]] += asked[:, [i]]
    gradients["dL"] = dL
    return gradients


# ---------------------------------------------------------------- part 3

def node_sentiment(p, labels, parameters):
    Ws = parameters["Ws"]
    d = Ws.shape[1]
    h = p[:d]
    z = Ws @ h + parameters["bs"]
    y = softmax(z)
    dz = y.copy()
    J = 0.0
    columns = z.T.tolist()
    for i in range(len(columns)):
        scores = columns[i]
        t = int(labels[i])
        largest = max(scores)
        total = 0.0
        for score in scores:
            total += math.exp(score - largest)
        J -= scores[t] - largest - math.log(total)
        dz[t, i] -= 1
    dp = np.zeros(p.shape)
    dp[:d] = Ws.T @ dz
    return J, y, {"dp": dp, "dWs": dz @ h.T, "dbs": dz.sum(axis=1, keepdims=True)}


def train(start, trees, labels, epochs, rate=0.02, batch=50):
    parameters = {}
    v = {}
    s = {}
    for name in start:
        parameters[name] = np.array(start[name], dtype=float)
        v[name] = np.zeros(parameters[name].shape)
        s[name] = np.zeros(parameters[name].shape)
    losses = []
    t = 0
    for epoch in range(epochs):
        epoch_rate = rate * (1 - epoch / epochs)
        for first in range(0, len(trees), batch):
            J = 0.0
            count = 0
            total = {}
            for name in parameters:
                total["d" + name] = np.zeros(parameters[name].shape)
            inner = {"W": parameters["W"], "b": parameters["b"]}
            for k in range(first, min(first + batch, len(trees))):
                p, cache = recursive_forward(trees[k], parameters["L"], inner)
                J_tree, _, said = node_sentiment(p, labels[k], parameters)
                back = recursive_backward(said["dp"], cache)
                J += J_tree
                count += p.shape[1]
                total["dWs"] += said["dWs"]
                total["dbs"] += said["dbs"]
                for name in ("dL", "dW", "db"):
                    total[name] += back[name]
            for name in total:
                total[name] = total[name] / count
            losses.append(J / count)
            t += 1
            parameters, v, s = adam_step(parameters, total, v, s, t, epoch_rate, eps=0.001)
    return parameters, losses


# ---------------------------------------------------------------- part 4

def tensor_compose_forward(left, right, parameters):
    V, W, b = parameters["V"], parameters["W"], parameters["b"]
    d, m = left.shape
    p = np.zeros((d, m))
    for c in range(m):
        u = np.concatenate([left[:, c], right[:, c]])
        for k in range(d):
            p[k, c] = math.tanh(float(u @ V[k] @ u) + float(W[k] @ u) + float(b[k, 0]))
    return p, (p, left, right, parameters)


def tensor_compose_backward(dp, cache):
    p, left, right, parameters = cache
    V, W, b = parameters["V"], parameters["W"], parameters["b"]
    d, m = left.shape
    dleft = np.zeros((d, m))
    dright = np.zeros((d, m))
    dV = np.zeros(V.shape)
    dW = np.zeros(W.shape)
    db = np.zeros(b.shape)
    for c in range(m):
        u = np.concatenate([left[:, c], right[:, c]])
        du = np.zeros(2 * d)
        for k in range(d):
            dz = dp[k, c] * (1 - p[k, c] ** 2)
            for i in range(2 * d):
                dV[k, i] += dz * u[i] * u
            dW[k] += dz * u
            db[k, 0] += dz
            du += dz * (V[k] @ u + V[k].T @ u + W[k])
        dleft[:, c] = du[:d]
        dright[:, c] = du[d:]
    return {"dleft": dleft, "dright": dright, "dV": dV, "dW": dW, "db": db}


# ---------------------------------------------------------------- part 5

def tree_lstm_compose_forward(left, right, parameters):
    d = left.shape[0] // 2
    h = np.concatenate([left[:d], right[:d]])
    c_l = left[d:]
    c_r = right[d:]
    i = sigmoid(parameters["Ui"] @ h + parameters["bi"])
    o = sigmoid(parameters["Uo"] @ h + parameters["bo"])
    u = np.tanh(parameters["Uu"] @ h + parameters["bu"])
    l = sigmoid(parameters["Ul"] @ h + parameters["bf"])
    r = sigmoid(parameters["Ur"] @ h + parameters["bf"])
    c = i * u + l * c_l + r * c_r
    h_new = o * np.tanh(c)
    p = np.concatenate([h_new, c])
    return p, (i, o, u, l, r, c, left, right, parameters)


def tree_lstm_gradients(tree, labels, L, parameters):
    nodes = post_order(tree)
    d = parameters["Ui"].shape[0]
    p = np.zeros((2 * d, len(nodes)))
    caches = []
    for i in range(len(nodes)):
        node = nodes[i]
        if isinstance(node, tuple):
            state, kept = tree_lstm_compose_forward(p[:, [node[0]]], p[:, [node[1]]], parameters)
        else:
            state, kept = tree_lstm_leaf_forward(L[:, [node]], parameters)
        p[:, [i]] = state
        caches.append(kept)

    J, _, said = node_sentiment(p, labels, parameters)

    gradients = {"dL": np.zeros(L.shape)}
    for name in parameters:
        gradients["d" + name] = np.zeros(parameters[name].shape)
    gradients["dWs"] = said["dWs"]
    gradients["dbs"] = said["dbs"]
    asked = np.array(said["dp"], dtype=float)
    for i in range(len(nodes) - 1, -1, -1):
        node = nodes[i]
        if isinstance(node, tuple):
            back = tree_lstm_compose_backward(asked[:, [i]], caches[i])
            asked[:, [node[0]]] += back["dleft"]
            asked[:, [node[1]]] += back["dright"]
        else:
            back = tree_lstm_leaf_backward(asked[:, [i]], caches[i])
            gradients["dL"][:, [node]] += back["dx"]
        for name in back:
            if name not in ("dleft", "dright", "dx"):
                gradients[name] = gradients[name] + back[name]
    return J, gradients


# ---------------------------------------------------------------- part 6

def greedy_tree(words, L, parameters):
    if len(words) == 0:
        raise ValueError("a sentence needs at least one word")
    # a sentence is a list of (tree, vector, number of words)
    parts = []
    for word in words:
        word = int(word)
        parts.append((word, L[:, [word]], 1))
    while len(parts) > 1:
        best = None
        for k in range(len(parts) - 1):
            left_tree, left, n_left = parts[k]
            right_tree, right, n_right = parts[k + 1]
            p, E, _ = reconstruction_forward(left, right, np.array([n_left]), np.array([n_right]), parameters)
            if best is None or E[0] < best[0]:
                best = (E[0], k, ((left_tree, right_tree), p, n_left + n_right))
        _, k, joined = best
        parts = parts[:k] + [joined] + parts[k + 2:]
    return parts[0][0]


def reconstruction_gradients(tree, L, parameters):
    nodes = post_order(tree)
    p = np.zeros((L.shape[0], len(nodes)))
    counts = []
    caches = []
    J = 0.0
    for i in range(len(nodes)):
        node = nodes[i]
        if isinstance(node, tuple):
            left, right = node
            phrase, E, kept = reconstruction_forward(
                p[:, [left]], p[:, [right]], np.array([counts[left]]), np.array([counts[right]]), parameters
            )
            p[:, [i]] = phrase
            J += float(E[0])
            counts.append(counts[left] + counts[right])
            caches.append(kept)
        else:
            p[:, [i]] = L[:, [node]]
            counts.append(1)
            caches.append(None)

    gradients = {"dL": np.zeros(L.shape)}
    for name in ("We", "be", "Wd", "bd"):
        gradients["d" + name] = np.zeros(parameters[name].shape)
    asked = np.zeros(p.shape)
    for i in range(len(nodes) - 1, -1, -1):
        node = nodes[i]
        if isinstance(node, tuple):
            back = reconstruction_backward(asked[:, [i]], np.ones(1), caches[i])
            asked[:, [node[0]]] += back["dleft"]
            asked[:, [node[1]]] += back["dright"]
            for name in ("dWe", "dbe", "dWd", "dbd"):
                gradients[name] += back[name]
        else:
            gradients["dL"][:, [node]] += asked[:, [i]]
    return J, gradients
