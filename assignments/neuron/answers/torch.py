"""Torch tensors in float64, autograd for the losses, NumPy arrays only at the edges; written from the handout alone."""

import numpy as np
import torch


def _tensor(x):
    """A float64 copy of x."""
    return torch.tensor(np.asarray(x), dtype=torch.float64)


def _leaf(x):
    return _tensor(x).requires_grad_(True)


# ---------------------------------------------------------------------------------------------- part 1


def mcculloch_pitts(excitatory, inhibitory, threshold):
    enough = _tensor(excitatory).sum(dim=0) >= threshold
    forbidden = _tensor(inhibitory).sum(dim=0) > 0
    return (enough & ~forbidden).to(torch.float64).numpy()


def gates(a, b):
    a, b = np.asarray(a), np.asarray(b)
    both, none = np.stack([a, b]), np.zeros((0, len(a)))

    def inverse(x):
        return mcculloch_pitts(none, x[None], 0)

    together = mcculloch_pitts(both, none, 2)
    only_a = mcculloch_pitts(a[None], b[None], 1)
    only_b = mcculloch_pitts(b[None], a[None], 1)
    return {
        "not a": inverse(a),
        "and": together,
        "or": mcculloch_pitts(both, none, 1),
        "nor": mcculloch_pitts(none, both, 0),
        "nand": inverse(together),
        "xor": mcculloch_pitts(np.stack([only_a, only_b]), none, 1),
    }


def train_perceptron(x, t, epochs):
    examples, answers = _tensor(x).T.contiguous(), np.asarray(t).tolist()
    w, b = torch.zeros(examples.shape[1], dtype=torch.float64), 0.0
    mistakes = []
    for _ in range(epochs):
        wrong = 0
        for example, answer in zip(examples, answers):
            if answer * (float(w @ example) + b) <= 0:
                w = w + answer * example
                b = b + answer
                wrong += 1
        mistakes.append(wrong)
        if wrong == 0:
            break
    return w.numpy(), float(b), mistakes


# ---------------------------------------------------------------------------------------------- part 2


def softmax(z):
    return torch.softmax(_tensor(z), dim=0).numpy()


def loss_and_gradient(output, right, kind):
    leaf = _leaf(output)
    m = leaf.shape[1]
    if kind == "softmax":
        J = torch.nn.functional.cross_entropy(leaf.T, torch.tensor(np.asarray(right), dtype=torch.int64))
    elif kind == "sigmoid":
        J = torch.nn.functional.binary_cross_entropy_with_logits(leaf, _tensor(right), reduction="sum") / m
    elif kind == "squared":
        J = ((leaf - _tensor(right)) ** 2).sum() / (2 * m)
    else:
        raise ValueError(f"no kind of loss: {kind}")
    J.backward()
    return float(J.detach()), leaf.grad.numpy()


class _Bend:
    """A function that bends scores, and its way back, which needs the output alone."""

    def __init__(self, there, back):
        self.there = there
        self.back = back


BENDS = {
    "identity": _Bend(lambda z: z, lambda d, a: d),
    "relu": _Bend(torch.relu, lambda d, a: d * (a > 0)),
    "sigmoid": _Bend(torch.sigmoid, lambda d, a: d * a * (1 - a)),
    "tanh": _Bend(torch.tanh, lambda d, a: d * (1 - a**2)),
    "softmax": _Bend(
        lambda z: torch.softmax(z, dim=0), lambda d, a: a * (d - (a * d).sum(dim=0, keepdim=True))
    ),
}


def layer_forward(A, W, b, name):
    Z = _tensor(W) @ _tensor(A) + _tensor(b)
    A_next = BENDS[name].there(Z).numpy()
    return A_next, (A, W, A_next, name)


def layer_backward(dA_next, cache):
    A, W, A_next, name = cache
    dZ = BENDS[name].back(_tensor(dA_next), _tensor(A_next))
    return {
        "dA": (_tensor(W).T @ dZ).numpy(),
        "dW": (dZ @ _tensor(A).T).numpy(),
        "db": dZ.sum(dim=1, keepdim=True).numpy(),
    }


# ---------------------------------------------------------------------------------------------- part 3


def feed_forward(X, parameters, hidden='relu'):
    L = len(parameters) // 2
    caches = []
    for layer in range(1, L + 1):
        name = hidden if layer < L else "identity"
        X, cache = layer_forward(X, parameters[f"W{layer}"], parameters[f"b{layer}"], name)
        caches.append(cache)
    return X, caches


def feed_forward_backward(dZ, caches):
    found = {}
    for layer in range(len(caches), 0, -1):
        back = layer_backward(dZ, caches[layer - 1])
        found[f"dW{layer}"], found[f"db{layer}"] = back["dW"], back["db"]
        dZ = back["dA"]
    return found | {"dX": dZ}


def _apart(g, s):
    """|g - s| / (|g| + |s|) of two tensors."""
    below = torch.linalg.vector_norm(g) + torch.linalg.vector_norm(s)
    return float(torch.linalg.vector_norm(g - s) / below) if below > 0 else 0.0


def check_gradients(loss, parameters, gradients, h=1e-05, limit=1e-06):
    trial = {name: np.array(theta, dtype=float) for name, theta in parameters.items()}
    slopes = {}
    for name, theta in trial.items():
        slope = np.zeros(theta.shape)
        for index in np.ndindex(*theta.shape):
            kept = theta[index]
            theta[index] = kept + h
            above = loss(trial)
            theta[index] = kept - h
            below = loss(trial)
            theta[index] = kept
            slope[index] = (above - below) / (2 * h)
        slopes[f"d{name}"] = slope
    pairs = {name: (_tensor(gradients[name]).reshape(-1), _tensor(slope).reshape(-1)) for name, slope in slopes.items()}
    difference = _apart(*(torch.cat(side) for side in zip(*pairs.values())))
    return slopes, difference, [name for name, pair in pairs.items() if _apart(*pair) > limit]


# ---------------------------------------------------------------------------------------------- part 4


def optimiser_step(parameters, gradients, memory, kind, rate):
    t = memory.get("t", 0) + 1
    moved, v_new, s_new = {}, {}, {}
    for name, theta in parameters.items():
        theta, g = _tensor(theta), _tensor(gradients[f"d{name}"])
        nothing = torch.zeros_like(theta)
        v = _tensor(memory["v"][name]) if "v" in memory else nothing
        s = _tensor(memory["s"][name]) if "s" in memory else nothing
        if kind == "sgd":
            step = g
        elif kind == "momentum":
            v = 0.9 * v + g
            step = v
        elif kind == "adagrad":
            s = s + g**2
            step = g / (torch.sqrt(s) + 1e-10)
        elif kind == "adam":
            v = 0.9 * v + 0.1 * g
            s = 0.999 * s + 0.001 * g**2
            step = v / (1 - 0.9**t) / (torch.sqrt(s / (1 - 0.999**t)) + 1e-8)
        else:
            raise ValueError(f"no kind of step: {kind}")
        moved[name] = (theta - rate * step).numpy()
        v_new[name], s_new[name] = v.numpy(), s.numpy()
    kept = {"sgd": {}, "momentum": {"v": v_new}, "adagrad": {"s": s_new}, "adam": {"v": v_new, "s": s_new, "t": t}}
    return moved, kept[kind]


def train(start, X, t, epochs, seed, kind='adam', rate=0.01, batch=50, strength=0.0001):
    X, t = np.asarray(X), np.asarray(t)
    parameters = {name: np.array(theta, dtype=float) for name, theta in start.items()}
    weights = [name for name in parameters if name.startswith("W")]
    generator = np.random.default_rng(seed)
    memory = {}

    def total():
        cross_entropy, _ = loss_and_gradient(feed_forward(X, parameters)[0], t, "softmax")
        return cross_entropy + strength / 2 * sum(float((_tensor(parameters[name]) ** 2).sum()) for name in weights)

    losses = [total()]
    for _ in range(epochs):
        order = generator.permutation(X.shape[1])
        for first in range(0, len(order), batch):
            chosen = order[first : first + batch]
            Z, caches = feed_forward(X[:, chosen], parameters)
            gradients = feed_forward_backward(loss_and_gradient(Z, t[chosen], "softmax")[1], caches)
            for name in weights:
                gradients[f"d{name}"] = gradients[f"d{name}"] + strength * parameters[name]
            parameters, memory = optimiser_step(parameters, gradients, memory, kind, rate)
        losses.append(total())
    return parameters, losses
