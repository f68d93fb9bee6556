# %% [markdown]
# Rosa. Loops where I could not see the product of matrices.

# %%
import numpy as np


# %%
def mcculloch_pitts(excitatory, inhibitory, threshold):
    out = []
    for i in range(excitatory.shape[1]):
        out.append(int(sum(excitatory[:, i]) >= threshold and 1 not in inhibitory[:, i]))
    return np.array(out)


# %%
def gates(a, b):
    none = np.zeros((0, len(a)))
    ab = np.array([a, b])
    nand = mcculloch_pitts(none, mcculloch_pitts(ab, none, 2)[None], 0)
    either = mcculloch_pitts(ab, none, 1)
    return {
        "nand": nand,
        "or": either,
        "xor": mcculloch_pitts(np.array([either, nand]), none, 2),
        "and": mcculloch_pitts(none, nand[None], 0),
        "nor": mcculloch_pitts(none, either[None], 0),
        "not a": mcculloch_pitts(none, np.array([a]), 0),
    }


# %%
def train_perceptron(x, t, epochs):
    n, m = x.shape
    w = [0.0] * n
    b = 0.0
    history = []
    for _ in range(epochs):
        wrong = 0
        for i in range(m):
            score = sum(w[j] * x[j, i] for j in range(n)) + b
            if t[i] * score <= 0:
                w = [w[j] + t[i] * x[j, i] for j in range(n)]
                b += t[i]
                wrong += 1
        history.append(wrong)
        if wrong == 0:
            break
    return np.array(w), b, history


# %%
def softmax(Z):
    out = np.empty(Z.shape)
    for i in range(Z.shape[1]):
        e = np.exp(Z[:, i] - max(Z[:, i]))
        out[:, i] = e / e.sum()
    return out


# %%
def loss_and_gradient(output, right, kind):
    k, m = output.shape
    if kind == "softmax":
        T = np.zeros((k, m))
        T[right, range(m)] = 1
        log_total = np.logaddexp.reduce(output, axis=0)
        return (log_total - (T * output).sum(axis=0)).sum() / m, (np.exp(output - log_total) - T) / m
    if kind == "sigmoid":
        J = right * np.logaddexp(0, -output) + (1 - right) * np.logaddexp(0, output)
        return J.sum() / m, (sigmoid(output) - right) / m
    d = output - right
    return np.vdot(d, d) / m / 2, d / m


# %%
def layer_forward(A, W, b, name):
    Z = np.einsum("kn,nm->km", W, A) + b
    if name == "relu":
        out = np.where(Z > 0, Z, 0)
    elif name == "sigmoid":
        out = 1 / (1 + np.exp(-Z))
    elif name == "tanh":
        out = np.tanh(Z)
    elif name == "softmax":
        out = softmax(Z)
    else:
        out = Z
    return out, (A, W, out, name)


# %%
def layer_backward(dA_next, cache):
    A, W, out, name = cache
    if name == "relu":
        dZ = np.where(out > 0, dA_next, 0)
    elif name == "sigmoid":
        dZ = dA_next * (out - out**2)
    elif name == "tanh":
        dZ = dA_next * (1 + out) * (1 - out)
    elif name == "softmax":
        dZ = np.stack([(np.diag(s) - np.outer(s, s)) @ d for s, d in zip(out.T, dA_next.T)], axis=1)
    else:
        dZ = dA_next
    return {"dA": np.einsum("kn,km->nm", W, dZ), "dW": np.einsum("km,nm->kn", dZ, A), "db": dZ.sum(axis=1)[:, None]}


# %%
def feed_forward(X, parameters, hidden="relu"):
    caches, l = [], 1
    while f"W{l}" in parameters:
        last = f"W{l + 1}" not in parameters
        X, cache = layer_forward(X, parameters[f"W{l}"], parameters[f"b{l}"], "identity" if last else hidden)
        caches.append(cache)
        l += 1
    return X, caches


# %%
def feed_forward_backward(dZ, caches):
    if not caches:
        return {"dX": dZ}
    last = layer_backward(dZ, caches[-1])
    rest = feed_forward_backward(last["dA"], caches[:-1])
    rest[f"dW{len(caches)}"], rest[f"db{len(caches)}"] = last["dW"], last["db"]
    return rest


# %%
def distance(pairs):
    square = lambda values: sum(float((each**2).sum()) for each in values)
    below = square(g for g, _ in pairs) ** 0.5 + square(s for _, s in pairs) ** 0.5
    return square(g - s for g, s in pairs) ** 0.5 / below if below else 0.0


def check_gradients(loss, parameters, gradients, h=1e-5, limit=1e-6):
    own = {name: theta.copy() for name, theta in parameters.items()}
    slopes = {}
    for name, theta in own.items():
        found = []
        for place in range(theta.size):
            old = theta.flat[place]
            theta.flat[place] = old + h
            up = loss(own)
            theta.flat[place] = old - h
            down = loss(own)
            theta.flat[place] = old
            found.append((up - down) / 2 / h)
        slopes["d" + name] = np.array(found).reshape(theta.shape)
    wrong = [name for name in slopes if distance([(gradients[name], slopes[name])]) > limit]
    return slopes, distance([(gradients[name], slopes[name]) for name in slopes]), wrong


# %%
def optimiser_step(parameters, gradients, memory, kind, rate):
    new, v, s = {}, {}, {}
    t = memory.get("t", 0) + 1
    for name, theta in parameters.items():
        g = gradients["d" + name]
        old_v = memory["v"][name] if "v" in memory else 0
        old_s = memory["s"][name] if "s" in memory else 0
        if kind == "sgd":
            new[name] = theta - rate * g
        elif kind == "momentum":
            v[name] = 0.9 * old_v + g
            new[name] = theta - rate * v[name]
        elif kind == "adagrad":
            s[name] = old_s + g * g
            new[name] = theta - rate * g / (np.sqrt(s[name]) + 1e-10)
        else:
            v[name] = 0.9 * old_v + 0.1 * g
            s[name] = 0.999 * old_s + 0.001 * g * g
            new[name] = theta - rate * (v[name] / (1 - 0.9**t)) / (np.sqrt(s[name] / (1 - 0.999**t)) + 1e-8)
    return new, {"sgd": {}, "momentum": {"v": v}, "adagrad": {"s": s}, "adam": {"v": v, "s": s, "t": t}}[kind]


# %%
def train(start, X, t, epochs, seed, kind="adam", rate=0.01, batch=50, strength=1e-4):
    rng = np.random.default_rng(seed)
    theta, memory, losses = start, {}, []
    for epoch in range(epochs + 1):
        squares = sum((W**2).sum() for name, W in theta.items() if name[0] == "W")
        losses.append(loss_and_gradient(feed_forward(X, theta)[0], t, "softmax")[0] + strength * squares / 2)
        if epoch == epochs:
            return theta, losses
        order = rng.permutation(X.shape[1])
        while len(order):
            some, order = order[:batch], order[batch:]
            Z, caches = feed_forward(X[:, some], theta)
            g = feed_forward_backward(loss_and_gradient(Z, t[some], "softmax")[1], caches)
            for name in theta:
                if name[0] == "W":
                    g["d" + name] = g["d" + name] + strength * theta[name]
            theta, memory = optimiser_step(theta, g, memory, kind, rate)
