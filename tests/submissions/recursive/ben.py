# %% [markdown]
# Ben. Every part has something; the training works all the same.

# %%
import numpy as np

# %%
def compose_forward(left, right, parameters):
    p = np.tanh(parameters["W"] @ np.vstack([left, right]) + parameters["b"])
    return p, (p, left, right, parameters)

# %%
def compose_backward(dp, cache):
    p, left, right, parameters = cache
    dz = dp * (1 - p**2)
    du = parameters["W"].T @ dz
    d = left.shape[0]
    return {
        "dleft": du[:d],
        "dright": du[d:],
        "dW": dz @ np.vstack([left, right]).T,
        "db": np.sum(dz, axis=1, keepdims=True),
    }

# %%
def recursive_forward(tree, L, parameters):
    nodes = post_order(tree)
    p, caches = np.zeros((L.shape[0], len(nodes))), []
    for i, node in enumerate(nodes):
        if isinstance(node, tuple):
            p[:, [i]], cache = compose_forward(p[:, [node[0]]], p[:, [node[1]]], parameters)
        else:
            p[:, i], cache = L[:, node], None
        caches.append(cache)
    return p, (nodes, caches, L, parameters)

# %%
def recursive_backward(dp, cache):
    nodes, caches, L, parameters = cache
    asked = dp.copy()
    gradients = {"dL": np.zeros(L.shape), "dW": np.zeros(parameters["W"].shape), "db": np.zeros(parameters["b"].shape)}
    for i in range(len(nodes) - 1, -1, -1):
        if isinstance(nodes[i], tuple):
            step = compose_backward(asked[:, [i]], caches[i])
            asked[:, [nodes[i][0]]] += step["dleft"]
            asked[:, [nodes[i][1]]] += step["dright"]
            gradients["dW"] += step["dW"]
            gradients["db"] += step["db"]
        else:
            gradients["dL"][:, nodes[i]] = asked[:, i]
    return gradients

# %%
def node_sentiment(p, labels, parameters):
    d, N = parameters["Ws"].shape[1], p.shape[1]
    z = parameters["Ws"] @ p[:d] + parameters["bs"]
    z = z - z.max(axis=0)
    log_y = z - np.log(np.exp(z).sum(axis=0))
    J = -log_y[labels, np.arange(N)].mean()
    dz = softmax(z)
    dz[labels, np.arange(N)] -= 1
    dp = np.zeros(p.shape)
    dp[:d] = parameters["Ws"].T @ dz
    return J, np.exp(log_y), {"dp": dp, "dWs": dz @ p[:d].T, "dbs": dz.sum(axis=1, keepdims=True)}

# %%
def train(start, trees, labels, epochs, rate=0.02, batch=50):
    theta = start
    v = {name: np.zeros(array.shape) for name, array in start.items()}
    s = {name: np.zeros(array.shape) for name, array in start.items()}
    losses = []
    for epoch in range(epochs):
        for k in range(0, len(trees), batch):
            N, leaves, numbers, levels = plant(trees[k : k + batch])
            p = np.zeros((len(theta["L"]), N))
            p[:, leaves] = theta["L"][:, numbers]
            caches = []
            for places, left, right in levels:
                p[:, places], cache = compose_forward(p[:, left], p[:, right], theta)
                caches.append(cache)
            J, _, g = node_sentiment(p, [label for each in labels[k : k + batch] for label in each], theta)
            losses.append(J)
            asked = g["dp"]
            dW, db, dL = 0 * theta["W"], 0 * theta["b"], 0 * theta["L"]
            for (places, left, right), cache in zip(levels[::-1], caches[::-1]):
                step = compose_backward(asked[:, places], cache)
                asked[:, left] += step["dleft"]
                asked[:, right] += step["dright"]
                dW, db = dW + step["dW"], db + step["db"]
            np.add.at(dL.T, numbers, asked[:, leaves].T)
            g = {"dL": dL / N, "dW": dW / N, "db": db / N, "dWs": g["dWs"] / N, "dbs": g["dbs"] / N}
            theta, v, s = adam_step(theta, g, v, s, len(losses), rate * (1 - epoch / epochs))
    return theta, losses

# %%
def tensor_compose_forward(left, right, parameters):
    u = np.vstack([left, right])
    p = np.tanh(np.einsum("im,kij,jm->km", u, parameters["V"], u) + parameters["W"] @ u + parameters["b"])
    return p, (p, left, right, parameters)

# %%
def tensor_compose_backward(dp, cache):
    p, left, right, parameters = cache
    u = np.vstack([left, right])
    dz = dp * (1 - p**2)
    du = np.einsum("km,kij,jm->im", dz, parameters["V"], u) + parameters["W"].T @ dz
    d = len(left)
    return {
        "dleft": du[:d],
        "dright": du[d:],
        "dV": np.einsum("km,im,jm->kij", dz, u, u),
        "dW": dz @ u.T,
        "db": dz.sum(axis=1, keepdims=True),
    }

# %%
def tree_lstm_compose_forward(left, right, parameters):
    d = len(left) // 2
    h = np.vstack([left[:d], right[:d]])
    i = sigmoid(parameters["Ui"] @ h + parameters["bi"])
    o = sigmoid(parameters["Uo"] @ h + parameters["bo"])
    u = np.tanh(parameters["Uu"] @ h + parameters["bu"])
    f = sigmoid(parameters["Ul"] @ h + parameters["bf"])
    c = i * u + f * (left[d:] + right[d:])
    return np.vstack([o * np.tanh(c), c]), (i, o, u, f, f, c, left, right, parameters)

# %%
def tree_lstm_gradients(tree, labels, L, parameters):
    nodes, states, caches = post_order(tree), [], []
    for node in nodes:
        if isinstance(node, tuple):
            state, cache = tree_lstm_compose_forward(states[node[0]], states[node[1]], parameters)
        else:
            state, cache = tree_lstm_leaf_forward(L[:, [node]], parameters)
        states.append(state)
        caches.append(cache)
    J, _, g = node_sentiment(np.hstack(states), labels, parameters)
    gradients = {"d" + name: np.zeros(array.shape) for name, array in parameters.items()}
    gradients.update(dWs=g["dWs"], dbs=g["dbs"], dL=np.zeros(L.shape))
    asked = g["dp"]
    for i in reversed(range(len(nodes))):
        if isinstance(nodes[i], tuple):
            step = tree_lstm_compose_backward(asked[:, [i]], caches[i])
            asked[:, [nodes[i][0]]] += step.pop("dleft")
            asked[:, [nodes[i][1]]] += step.pop("dright")
        else:
            step = tree_lstm_leaf_backward(asked[:, [i]], caches[i])
            gradients["dL"][:, [nodes[i]]] += step.pop("dx")
        for name in step:
            gradients[name] += step[name]
    return J, gradients

# %%
def greedy_tree(words, L, parameters):
    if not words:
        raise ValueError("there are no words")
    trees, vectors = list(words), [L[:, [word]] for word in words]
    while len(trees) > 1:
        tried = [reconstruction_forward(b, c, np.ones(1), np.ones(1), parameters) for b, c in zip(vectors, vectors[1:])]
        k = int(np.argmin([E[0] for _, E, _ in tried]))
        trees[k : k + 2] = [(trees[k], trees[k + 1])]
        vectors[k : k + 2] = [tried[k][0]]
    return trees[0]

# %%
def reconstruction_gradients(tree, L, parameters):
    nodes, vectors, counts, caches, J = post_order(tree), [], [], [], 0.0
    for node in nodes:
        if isinstance(node, tuple):
            a, b = node
            p, E, cache = reconstruction_forward(vectors[a], vectors[b], counts[a], counts[b], parameters)
            vectors.append(p)
            counts.append(counts[a] + counts[b])
            J += E[0]
        else:
            vectors.append(L[:, [node]])
            counts.append(np.ones(1))
            cache = None
        caches.append(cache)
    asked = [np.zeros((len(L), 1)) for _ in nodes]
    gradients = {"d" + name: np.zeros(array.shape) for name, array in {"L": L, **parameters}.items()}
    for i in reversed(range(len(nodes))):
        if caches[i] is None:
            gradients["dL"][:, [nodes[i]]] += asked[i]
            continue
        step = reconstruction_backward(asked[i], np.ones(1), caches[i])
        asked[nodes[i][0]] += step.pop("dleft")
        asked[nodes[i][1]] += step.pop("dright")
        for name in step:
            gradients[name] += step[name]
    return J, gradients
