"""Terse NumPy: einsum, broadcasting, fancy indexing, log_softmax of SciPy; written from the handout alone."""

import numpy as np
from scipy.special import log_softmax

_BENDS = {
    "identity": lambda z: z,
    "relu": lambda z: np.maximum(z, 0.0),
    "sigmoid": lambda z: sigmoid(z),
    "tanh": np.tanh,
    "softmax": lambda z: softmax(z),
}
_SLOPES = {
    "identity": lambda a: np.ones_like(a),
    "relu": lambda a: (a > 0).astype(float),
    "sigmoid": lambda a: a * (1 - a),
    "tanh": lambda a: 1 - a**2,
}


def mcculloch_pitts(excitatory, inhibitory, threshold):
    fires = (np.sum(excitatory, axis=0) >= threshold) & ~np.any(inhibitory, axis=0)
    return fires.astype(float)


def gates(a, b):
    none, one, other, both = np.zeros((0, len(a))), a[None], b[None], np.stack([a, b])
    conjunction = mcculloch_pitts(both, none, 2)
    only = np.stack([mcculloch_pitts(one, other, 1), mcculloch_pitts(other, one, 1)])
    return {
        "not a": mcculloch_pitts(none, one, 0),
        "and": conjunction,
        "or": mcculloch_pitts(both, none, 1),
        "nor": mcculloch_pitts(none, both, 0),
        "nand": mcculloch_pitts(none, conjunction[None], 0),
        "xor": mcculloch_pitts(only, none, 1),
    }


def train_perceptron(x, t, epochs):
    w, b, mistakes = np.zeros(len(x)), 0.0, []
    for _ in range(epochs):
        mistakes.append(0)
        i = 0
        while len(wrong := np.flatnonzero(t[i:] * (w @ x[:, i:] + b) <= 0)):
            i += wrong[0]
            w, b = w + t[i] * x[:, i], b + float(t[i])
            mistakes[-1] += 1
            i += 1
        if not mistakes[-1]:
            break
    return w, b, mistakes


def softmax(z):
    e = np.exp(z - np.max(z, axis=0, keepdims=True))
    return e / e.sum(axis=0, keepdims=True)


def loss_and_gradient(output, right, kind):
    m = output.shape[1]
    if kind == "softmax":
        log_p, chosen = log_softmax(output, axis=0), (right, np.arange(m))
        gradient = np.exp(log_p)
        gradient[chosen] -= 1
        return -log_p[chosen].sum() / m, gradient / m
    if kind == "sigmoid":
        J = right * np.logaddexp(0, -output) + (1 - right) * np.logaddexp(0, output)
        return J.sum() / m, (sigmoid(output) - right) / m
    off = output - right
    return np.einsum("qi,qi->", off, off) / (2 * m), off / m


def layer_forward(A, W, b, name):
    A_next = _BENDS[name](np.einsum("kn,nm->km", W, A) + b)
    return A_next, (A, W, A_next, name)


def layer_backward(dA_next, cache):
    A, W, a, name = cache
    if name == "softmax":
        dZ = a * (dA_next - np.einsum("km,km->m", a, dA_next))
    else:
        dZ = dA_next * _SLOPES[name](a)
    return {
        "dA": np.einsum("kn,km->nm", W, dZ),
        "dW": np.einsum("km,nm->kn", dZ, A),
        "db": dZ.sum(axis=1, keepdims=True),
    }


def feed_forward(X, parameters, hidden="relu"):
    L, caches = len(parameters) // 2, []
    for layer in range(1, L + 1):
        name = "identity" if layer == L else hidden
        X, cache = layer_forward(X, parameters[f"W{layer}"], parameters[f"b{layer}"], name)
        caches.append(cache)
    return X, caches


def feed_forward_backward(dZ, caches):
    gradients = {}
    for layer in range(len(caches), 0, -1):
        back = layer_backward(dZ, caches[layer - 1])
        dZ, gradients[f"dW{layer}"], gradients[f"db{layer}"] = back["dA"], back["dW"], back["db"]
    return {"dX": dZ, **gradients}


def _apart(g, s):
    length = np.linalg.norm(g) + np.linalg.norm(s)
    return float(np.linalg.norm(g - s) / length) if length else 0.0


def check_gradients(loss, parameters, gradients, h=1e-05, limit=1e-06):
    slopes = {}
    for name, theta in parameters.items():
        moves = h * np.eye(np.size(theta)).reshape(-1, *np.shape(theta)) if np.size(theta) else ()
        rise = [
            loss({**parameters, name: np.asarray(theta + move)}) - loss({**parameters, name: np.asarray(theta - move)})
            for move in moves
        ]
        slopes[f"d{name}"] = np.array(rise, dtype=float).reshape(np.shape(theta)) / (2 * h)
    g, s = (np.concatenate([np.ravel(side[name]) for name in slopes]) for side in (gradients, slopes))
    wrong = [name for name in slopes if _apart(np.ravel(gradients[name]), np.ravel(slopes[name])) > limit]
    return slopes, _apart(g, s), wrong


def optimiser_step(parameters, gradients, memory, kind, rate):
    g = {name: gradients[f"d{name}"] for name in parameters}
    zeros = {name: np.zeros(np.shape(theta)) for name, theta in parameters.items()}
    v, s, t = memory.get("v", zeros), memory.get("s", zeros), memory.get("t", 0) + 1
    if kind == "sgd":
        new, step = {}, g
    elif kind == "momentum":
        new = {"v": {name: 0.9 * v[name] + g[name] for name in g}}
        step = new["v"]
    elif kind == "adagrad":
        new = {"s": {name: s[name] + g[name] ** 2 for name in g}}
        step = {name: g[name] / (np.sqrt(new["s"][name]) + 1e-10) for name in g}
    else:
        v = {name: 0.9 * v[name] + 0.1 * g[name] for name in g}
        s = {name: 0.999 * s[name] + 0.001 * g[name] ** 2 for name in g}
        new = {"v": v, "s": s, "t": t}
        step = {name: v[name] / (1 - 0.9**t) / (np.sqrt(s[name] / (1 - 0.999**t)) + 1e-8) for name in g}
    return {name: theta - rate * step[name] for name, theta in parameters.items()}, new


def train(start, X, t, epochs, seed, kind="adam", rate=0.01, batch=50, strength=0.0001):
    generator, m = np.random.default_rng(seed), X.shape[1]
    weights = [name for name in start if name.startswith("W")]

    def loss_of_all(theta):
        J, _ = loss_and_gradient(feed_forward(X, theta)[0], t, "softmax")
        return J + strength / 2 * sum(np.einsum("kn,kn->", theta[name], theta[name]) for name in weights)

    theta, memory = {name: np.array(array, dtype=float) for name, array in start.items()}, {}
    losses = [loss_of_all(theta)]
    for _ in range(epochs):
        order = generator.permutation(m)
        for chosen in np.split(order, np.arange(batch, m, batch)):
            Z, caches = feed_forward(X[:, chosen], theta)
            gradients = feed_forward_backward(loss_and_gradient(Z, t[chosen], "softmax")[1], caches)
            gradients |= {f"d{name}": gradients[f"d{name}"] + strength * theta[name] for name in weights}
            theta, memory = optimiser_step(theta, gradients, memory, kind, rate)
        losses.append(loss_of_all(theta))
    return theta, losses
