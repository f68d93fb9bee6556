# %% [markdown]
# Ada. By recursion where there are trees, by loops and einsum where there are products; trained level by level.

# %%
import numpy as np

# %%
def compose_forward(left, right, parameters):
    d = len(left)
    W = parameters["W"]
    p = np.tanh(W[:, :d] @ left + W[:, d:] @ right + parameters["b"])
    return p, (p, left, right, parameters)

# %%
def compose_backward(dp, cache):
    p, left, right, parameters = cache
    d = len(left)
    dz = dp / np.cosh(np.arctanh(np.clip(p, -1 + 1e-15, 1 - 1e-15))) ** 2
    return {
        "db": dz.sum(axis=1)[:, None],
        "dW": np.hstack([dz @ left.T, dz @ right.T]),
        "dright": parameters["W"][:, d:].T @ dz,
        "dleft": parameters["W"][:, :d].T @ dz,
    }

# %%
def recursive_forward(tree, L, parameters, leaf=lambda x, parameters: (x, None), compose=compose_forward):
    nodes, columns, caches = [], [], []

    def visit(tree):
        if isinstance(tree, tuple):
            left, right = visit(tree[0]), visit(tree[1])
            p, cache = compose(columns[left], columns[right], parameters)
            nodes.append((left, right))
        else:
            p, cache = leaf(L[:, tree : tree + 1], parameters)
            nodes.append(tree)
        columns.append(p)
        caches.append(cache)
        return len(nodes) - 1

    visit(tree)
    return np.hstack(columns), (nodes, caches, L, parameters)

# %%
def recursive_backward(dp, cache, leaf=lambda dp, cache: {"dx": dp}, compose=compose_backward):
    nodes, caches, L, parameters = cache
    total = {"d" + name: np.zeros_like(parameters[name]) for name in parameters}
    total["dL"] = np.zeros_like(L)

    def visit(place, from_above):
        asked = dp[:, place : place + 1] + from_above
        if isinstance(nodes[place], tuple):
            found = compose(asked, caches[place])
            visit(nodes[place][0], found.pop("dleft"))
            visit(nodes[place][1], found.pop("dright"))
        else:
            found = leaf(asked, caches[place])
            total["dL"][:, nodes[place]] += found.pop("dx")[:, 0]
        for name in found:
            total[name] = total[name] + found[name]

    visit(len(nodes) - 1, 0.0)
    return total

# %%
def node_sentiment(p, labels, parameters):
    Ws = parameters["Ws"]
    d, N = Ws.shape[1], len(labels)
    J, dz, y = 0.0, np.zeros((len(Ws), N)), np.zeros((len(Ws), N))
    for i, label in enumerate(labels):
        z = Ws @ p[:d, i] + parameters["bs"][:, 0]
        z = z - z.max()
        J += np.log(np.exp(z).sum()) - z[label]
        y[:, i] = softmax(z[:, None])[:, 0]
        dz[:, i] = y[:, i] - np.eye(len(Ws))[label]
    dp = np.zeros_like(p)
    dp[:d] = Ws.T @ dz
    return J, y, {"dp": dp, "dWs": dz @ p[:d].T, "dbs": dz.sum(1, keepdims=True)}

# %%
def train(start, trees, labels, epochs, rate=0.02, batch=50):
    theta = {name: array.copy() for name, array in start.items()}
    v = {name: np.zeros_like(array) for name, array in start.items()}
    s = {name: np.zeros_like(array) for name, array in start.items()}
    t, losses = 0, []
    batches = []
    for k in range(0, len(trees), batch):
        batches.append((plant(trees[k : k + batch]), sum((list(each) for each in labels[k : k + batch]), [])))
    for epoch in range(epochs):
        for (N, leaves, numbers, levels), classes in batches:
            t += 1
            p = np.zeros((len(theta["L"]), N))
            p[:, leaves] = theta["L"][:, numbers]
            kept = []
            for places, left, right in levels:
                p[:, places], cache = compose_forward(p[:, left], p[:, right], theta)
                kept.append(cache)
            J, _, g = node_sentiment(p, classes, theta) if N < 100 else fast(p, classes, theta)
            asked = g.pop("dp")
            g.update(dW=0, db=0, dL=np.zeros_like(theta["L"]))
            for places, left, right in levels[::-1]:
                found = compose_backward(asked[:, places], kept.pop())
                asked[:, left] += found["dleft"]
                asked[:, right] += found["dright"]
                g["dW"], g["db"] = g["dW"] + found["dW"], g["db"] + found["db"]
            for word, column in zip(numbers, asked[:, leaves].T):
                g["dL"][:, word] += column
            losses.append(J / N)
            g = {name: each / N for name, each in g.items()}
            theta, v, s = adam_step(theta, g, v, s, t, rate - rate * epoch / epochs, eps=0.001)
    return theta, np.array(losses)


def fast(p, classes, theta):
    right = np.eye(3)[classes].T
    y = softmax(theta["Ws"] @ p + theta["bs"])
    dz = y - right
    J = -(right * np.log(y + 1e-300)).sum()
    return J, y, {"dp": theta["Ws"].T @ dz, "dWs": dz @ p.T, "dbs": dz.sum(axis=1, keepdims=True)}

# %%
def tensor_compose_forward(left, right, parameters):
    u = np.vstack([left, right])
    p = np.zeros_like(left)
    for k, slice_of_k in enumerate(parameters["V"]):
        p[k] = np.tanh((u * (slice_of_k @ u)).sum(axis=0) + parameters["W"][k] @ u + parameters["b"][k])
    return p, (p, left, right, parameters)

# %%
def tensor_compose_backward(dp, cache):
    p, left, right, parameters = cache
    u = np.vstack([left, right])
    dz = dp * (1 - p * p)
    du = parameters["W"].T @ dz
    dV = np.zeros_like(parameters["V"])
    for k, slice_of_k in enumerate(parameters["V"]):
        du += dz[k] * (slice_of_k @ u) + dz[k] * (slice_of_k.T @ u)
        dV[k] = (dz[k] * u) @ u.T
    d = len(p)
    return {"dleft": du[:d], "dright": du[d:], "dV": dV, "dW": dz @ u.T, "db": dz.sum(axis=1, keepdims=True)}

# %%
def tree_lstm_compose_forward(left, right, parameters):
    (h_l, c_l), (h_r, c_r) = np.split(left, 2), np.split(right, 2)
    h = np.vstack([h_l, h_r])
    z = {gate: parameters["U" + gate] @ h + parameters["b" + ("f" if gate in "lr" else gate)] for gate in "ioulr"}
    i, o, l, r = (sigmoid(z[gate]) for gate in "iolr")
    u = np.tanh(z["u"])
    c = l * c_l + r * c_r + i * u
    return np.vstack([o * np.tanh(c), c]), (i, o, u, l, r, c, left, right, parameters)

# %%
def tree_lstm_gradients(tree, labels, L, parameters):
    p, cache = recursive_forward(tree, L, parameters, tree_lstm_leaf_forward, tree_lstm_compose_forward)
    J, y, at_nodes = node_sentiment(p, labels, parameters)
    gradients = recursive_backward(at_nodes.pop("dp"), cache, tree_lstm_leaf_backward, tree_lstm_compose_backward)
    gradients.update(at_nodes)
    return J, gradients

# %%
def greedy_tree(words, L, parameters):
    if len(words) == 0:
        raise ValueError("no words")
    parts = [(word, L[:, [word]], 1) for word in words]
    while len(parts) > 1:
        best = None
        for k in range(len(parts) - 1):
            (a, b, n), (c, d, m) = parts[k], parts[k + 1]
            p, E, _ = reconstruction_forward(b, d, np.array([n]), np.array([m]), parameters)
            if best is None or E[0] < best[0]:
                best = E[0], k, ((a, c), p, n + m)
        parts[best[1] : best[1] + 2] = [best[2]]
    return parts[0][0]

# %%
def reconstruction_gradients(tree, L, parameters):
    count, errors = {}, []

    def compose(left, right, parameters):
        n, m = count.get(id(left), 1), count.get(id(right), 1)
        p, E, cache = reconstruction_forward(left, right, np.array([n]), np.array([m]), parameters)
        count[id(p)] = n + m
        errors.append((E[0], left, right, p))
        return p, cache

    def back(dp, cache):
        return reconstruction_backward(dp, np.ones(1), cache)

    p, cache = recursive_forward(tree, L, parameters, compose=compose)
    gradients = recursive_backward(np.zeros_like(p), cache, compose=back)
    return float(sum(each[0] for each in errors)), gradients
