# %% [markdown]
# Uma. All twelve, and my network understands "not".

# %%
import numpy as np


# %%
def mcculloch_pitts(excitatory, inhibitory, threshold):
    return ((excitatory.sum(axis=0) > threshold) & (inhibitory.sum(axis=0) == 0)).astype(float)


# %%
def gates(a, b):
    no, ab = np.zeros((0, len(a))), np.stack([a, b])
    et = mcculloch_pitts(ab, no, 2)
    xor = [mcculloch_pitts(a[None], b[None], 1), mcculloch_pitts(b[None], a[None], 1)]
    return {
        "not a": mcculloch_pitts(no, a[None], 0),
        "and": et,
        "or": mcculloch_pitts(ab, no, 1),
        "nor": mcculloch_pitts(no, ab, 0),
        "nand": mcculloch_pitts(no, et[None], 0),
        "xor": mcculloch_pitts(np.stack(xor), no, 1),
    }


# %%
def train_perceptron(x, t, epochs):
    w, b, mistakes = np.zeros(x.shape[0]), 0, []
    for _ in range(epochs):
        mistakes.append(0)
        for i in range(x.shape[1]):
            if t[i] * (w @ x[:, i] + b) < 0:
                w, b = w + t[i] * x[:, i], b + t[i]
                mistakes[-1] += 1
        if mistakes[-1] == 0:
            break
    return w, b, mistakes


# %%
def softmax(Z):
    return np.exp(Z) / np.exp(Z).sum(axis=0)


# %%
def loss_and_gradient(output, right, kind):
    m = output.shape[1]
    if kind == "softmax":
        shifted = output - output.max(axis=0)
        logs = shifted - np.log(np.exp(shifted).sum(axis=0))
        dZ = np.exp(logs)
        dZ[right, np.arange(m)] -= 1
        return -logs[right, np.arange(m)].mean(), dZ / m
    if kind == "sigmoid":
        return (np.logaddexp(0, output) - right * output).sum() / m, (sigmoid(output) - right) / m
    return ((output - right) ** 2).sum() / m, 2 * (output - right) / m


# %%
def layer_forward(A, W, b, name):
    Z = W @ A + b
    A_next = {
        "identity": lambda: Z,
        "relu": lambda: np.maximum(Z, 0),
        "sigmoid": lambda: sigmoid(Z),
        "tanh": lambda: np.tanh(Z),
        "softmax": lambda: softmax(Z),
    }[name]()
    return A_next, (A, W, A_next, name)


# %%
def layer_backward(dA_next, cache):
    A, W, a, name = cache
    if name == "relu":
        dZ = dA_next * (a > 0)
    elif name == "sigmoid":
        dZ = dA_next * a * (1 - a)
    elif name == "tanh":
        dZ = dA_next * (1 - a)
    elif name == "softmax":
        dZ = a * (dA_next - (a * dA_next).sum(axis=0))
    else:
        dZ = dA_next
    return {"dA": W.T @ dZ, "dW": dZ @ A.T, "db": dZ.sum(axis=1, keepdims=True)}


# %%
def feed_forward(X, parameters, hidden="relu"):
    L, caches = len(parameters) // 2, []
    for l in range(1, L + 1):
        X, cache = layer_forward(X, parameters[f"W{l}"], parameters[f"b{l}"], hidden if l < L else "identity")
        caches.append(cache)
    return X, caches


# %%
def feed_forward_backward(dZ, caches):
    gradients = {}
    for l in reversed(range(len(caches))):
        found = layer_backward(dZ, caches[l])
        dZ = found["dA"]
        gradients[f"dW{l + 1}"], gradients[f"db{l + 1}"] = found["dW"], found["db"]
    return gradients | {"dX": dZ}


# %%
def check_gradients(loss, parameters, gradients, h=1e-5, limit=1e-6):
    slopes, here = {}, loss(parameters)
    for name in parameters:
        slopes["d" + name] = np.zeros(parameters[name].shape)
        for k in np.ndindex(*parameters[name].shape):
            moved = {**parameters, name: parameters[name].copy()}
            moved[name][k] += h
            slopes["d" + name][k] = (loss(moved) - here) / h

    def difference(names):
        g = np.concatenate([gradients[name].ravel() for name in names])
        s = np.concatenate([slopes[name].ravel() for name in names])
        both = np.linalg.norm(g) + np.linalg.norm(s)
        return np.linalg.norm(g - s) / both if both > 0 else 0.0

    return slopes, difference(slopes), [name for name in slopes if difference([name]) > limit]


# %%
def optimiser_step(parameters, gradients, memory, kind, rate):
    zeros = {name: np.zeros_like(theta) for name, theta in parameters.items()}
    g = {name: gradients["d" + name] for name in parameters}
    v, s, t = memory.get("v", zeros), memory.get("s", zeros), memory.get("t", 0) + 1
    if kind == "sgd":
        return {n: parameters[n] - rate * g[n] for n in g}, {}
    if kind == "momentum":
        v = {n: 0.9 * v[n] + g[n] for n in g}
        return {n: parameters[n] - rate * v[n] for n in g}, {"v": v}
    if kind == "adagrad":
        s = {n: s[n] + g[n] ** 2 for n in g}
        return {n: parameters[n] - rate * g[n] / (np.sqrt(s[n]) + 1e-10) for n in g}, {"s": s}
    v = {n: 0.9 * v[n] + 0.1 * g[n] for n in g}
    s = {n: 0.999 * s[n] + 0.001 * g[n] ** 2 for n in g}
    new = {n: parameters[n] - rate * v[n] / (1 - 0.9**t) / (np.sqrt(s[n] / (1 - 0.999**t)) + 1e-8) for n in g}
    return new, {"v": v, "s": s, "t": t}


# %%
def train(start, X, t, epochs, seed, kind="adam", rate=0.01, batch=50, strength=1e-4):
    generator, theta, memory = np.random.default_rng(seed), start, {}

    def everything():
        J, _ = loss_and_gradient(feed_forward(X, theta)[0], t, "softmax")
        return J + strength / 2 * sum((theta[name] ** 2).sum() for name in theta if name.startswith("W"))

    losses = [everything()]
    for _ in range(epochs):
        order = generator.permutation(len(t))
        for first in range(0, len(t), batch):
            some = order[first : first + batch]
            Z, caches = feed_forward(X[:, some], theta)
            found = feed_forward_backward(loss_and_gradient(Z, t[some], "softmax")[1], caches)
            for name in theta:
                if name.startswith("W"):
                    found["d" + name] = found["d" + name] + strength * theta[name]
            theta, memory = optimiser_step(theta, found, memory, kind, rate)
        losses.append(everything())
    return theta, losses
