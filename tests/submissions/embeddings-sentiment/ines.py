# %% [markdown]
# Ines. Loops and one-hot tables; states that stand still when a text is over; trained with my own functions.

# %%
import numpy as np

# %%
def padded(texts, T=None):
    T = max(map(len, texts)) if T is None else T
    return np.array([(list(text) + [0] * T)[:T] for text in texts])

# %%
def text_lengths(numbers):
    return np.array([[max(1, np.count_nonzero(row))] for row in numbers])

# %%
def embedding_forward(numbers, E):
    one_hot = np.eye(len(E))[numbers]
    return np.einsum("mtv,vd->dmt", one_hot, E), (numbers, E.shape)

# %%
def embedding_backward(dx, cache):
    numbers, (V, d) = cache
    one_hot = np.eye(V)[numbers]
    one_hot[:, :, 0] = 0
    return np.einsum("mtv,dmt->vd", one_hot, dx)

# %%
def pretrained_rows(words, vectors, generator):
    every = np.concatenate(list(vectors.values()))
    d = len(every) // len(vectors)
    rows = [np.zeros(d)]
    for word in words[1:]:
        rows.append(vectors[word] if word in vectors else generator.normal(0, every.std(), d))
    return np.array(rows)

# %%
def loss_and_gradients(Z, Y, parameters, strength):
    m = Z.shape[1]
    J = np.where(Y == 1, np.logaddexp(0, -Z), np.logaddexp(0, Z)).sum() / m
    gradients = {}
    for name in parameters:
        if name[0] == "W":
            J += strength * np.sum(parameters[name] ** 2) / 2
            gradients["d" + name] = parameters[name] * strength
    return J, (sigmoid(Z) - Y) / m, gradients

# %%
def dropout_mask(shape, p, generator):
    if p < 0 or p >= 1:
        raise ValueError("p")
    return np.where(generator.uniform(size=shape) < p, 0.0, 1 / (1 - p))

# %%
def averaged_forward(numbers, parameters, mask=None):
    x, _ = embedding_forward(numbers, parameters["E"])
    h = np.zeros((x.shape[0], len(numbers)))
    for i, row in enumerate(numbers):
        for t, word in enumerate(row):
            if word:
                h[:, i] += x[:, i, t]
        h[:, i] /= text_lengths(numbers)[i, 0]
    A = np.tanh(parameters["W1"] @ h + parameters["b1"])
    mask = np.ones_like(A) if mask is None else mask
    return parameters["W2"] @ (A * mask) + parameters["b2"], (numbers, h, A, mask, parameters)

# %%
def averaged_backward(dZ, cache):
    numbers, h, A, mask, p = cache
    dz = mask * (p["W2"].T @ dZ) * (1 - A * A)
    dh = p["W1"].T @ dz / text_lengths(numbers).T
    dx = np.repeat(dh[:, :, None], numbers.shape[1], axis=2)
    return {
        "dE": embedding_backward(dx, (numbers, p["E"].shape)),
        "dW1": dz @ h.T, "db1": dz.sum(1)[:, None],
        "dW2": dZ @ (A * mask).T, "db2": dZ.sum(1)[:, None],
    }

# %%
def recurrent_classifier_forward(numbers, p):
    x, _ = embedding_forward(numbers, p["E"])
    lengths = text_lengths(numbers)[:, 0]
    a = np.zeros((len(p["ba"]), len(numbers)))
    states = []
    for t in range(numbers.shape[1]):
        a = np.where(t < lengths, np.tanh(p["Wax"] @ x[:, :, t] + p["Waa"] @ a + p["ba"]), a)
        states.append(a)
    return p["Wy"] @ a + p["by"], (numbers, np.stack(states, 2), p)

# %%
def recurrent_classifier_backward(dZ, cache):
    numbers, a, p = cache
    lengths = text_lengths(numbers)[:, 0]
    m, T = numbers.shape
    last = np.stack([a[:, i, n - 1] for i, n in enumerate(lengths)], axis=1)
    g = {"dWy": dZ @ last.T, "dby": dZ.sum(1, keepdims=True)}
    dWax, dWaa, dba = 0, 0, 0
    da = p["Wy"].T @ dZ
    dx = np.zeros((p["E"].shape[1], m, T))
    for t in range(T - 1, -1, -1):
        dz = (t < lengths) * da * (1 - a[:, :, t] ** 2)
        before = a[:, :, t - 1] if t else 0 * da
        dWax = dWax + dz @ p["E"][numbers[:, t]]
        dWaa = dWaa + dz @ before.T
        dba = dba + dz.sum(1, keepdims=True)
        dx[:, :, t] = p["Wax"].T @ dz
        da = np.where(t < lengths, p["Waa"].T @ dz, da)
    return g | {"dWax": dWax, "dWaa": dWaa, "dba": dba, "dE": embedding_backward(dx, (numbers, p["E"].shape))}

# %%
def train(start, numbers, Y, epochs, seed, strength=1e-4, rate=0.02, batch=100, device="cpu"):
    generator = np.random.default_rng(seed)
    p = dict(start)
    v = {name: np.zeros(p[name].shape) for name in p}
    s = {name: np.zeros(p[name].shape) for name in p}
    step = 0

    def loss(chosen):
        width = text_lengths(numbers[chosen]).max()
        Z, cache = recurrent_classifier_forward(numbers[chosen][:, :width], p)
        return *loss_and_gradients(Z, Y[:, chosen], p, strength), cache

    losses = [loss(np.arange(len(numbers)))[0]]
    for e in range(epochs):
        order = generator.permutation(len(numbers))
        for i in range(0, len(numbers), batch):
            _, dZ, penalty, cache = loss(order[i : i + batch])
            g = recurrent_classifier_backward(dZ, cache)
            for name in penalty:
                g[name] = g[name] + penalty[name]
            step += 1
            p, v, s = adam_step(p, g, v, s, step, rate * (1 - e / epochs))
        losses.append(loss(np.arange(len(numbers)))[0])
    return p, losses
