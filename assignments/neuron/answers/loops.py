"""Plain loops and dicts, NumPy only where the handout asks for arrays or speed; written from the handout alone."""
import math

import numpy as np


# ---------------------------------------------------------------- part 1

def mcculloch_pitts(excitatory, inhibitory, threshold):
    excitatory = np.asarray(excitatory)
    inhibitory = np.asarray(inhibitory)
    m = excitatory.shape[1]
    y = np.zeros(m)
    for i in range(m):
        count = 0
        for row in range(excitatory.shape[0]):
            count += excitatory[row, i]
        forbidden = False
        for row in range(inhibitory.shape[0]):
            if inhibitory[row, i] == 1:
                forbidden = True
        if count >= threshold and not forbidden:
            y[i] = 1.0
    return y


def gates(a, b):
    m = len(a)
    nothing = np.zeros((0, m))
    only_a = a[None]
    only_b = b[None]
    both = np.stack([a, b])
    result = {}
    result["not a"] = mcculloch_pitts(nothing, only_a, 0)
    result["and"] = mcculloch_pitts(both, nothing, 2)
    result["or"] = mcculloch_pitts(both, nothing, 1)
    result["nor"] = mcculloch_pitts(nothing, both, 0)
    # not (a and b): the "and" neuron forbids
    result["nand"] = mcculloch_pitts(nothing, np.asarray(result["and"])[None], 0)
    a_not_b = mcculloch_pitts(only_a, only_b, 1)
    b_not_a = mcculloch_pitts(only_b, only_a, 1)
    result["xor"] = mcculloch_pitts(np.stack([a_not_b, b_not_a]), nothing, 1)
    return result


def train_perceptron(x, t, epochs):
    n, m = x.shape
    w = [0.0] * n
    b = 0.0
    mistakes = []
    for _ in range(epochs):
        wrong = 0
        for i in range(m):
            score = b
            for j in range(n):
                score += w[j] * float(x[j, i])
            if float(t[i]) * score <= 0:
                wrong += 1
                for j in range(n):
                    w[j] = w[j] + float(t[i]) * float(x[j, i])
                b = b + float(t[i])
        mistakes.append(wrong)
        if wrong == 0:
            break
    return np.array(w, dtype=float), b, mistakes


# ---------------------------------------------------------------- part 2

def softmax(z):
    z = np.asarray(z, dtype=float)
    e = np.exp(z - z.max(axis=0, keepdims=True))
    return e / e.sum(axis=0, keepdims=True)


def loss_and_gradient(output, right, kind):
    output = np.asarray(output, dtype=float)
    k, m = output.shape
    if kind == "softmax":
        gradient = softmax(output) / m
        J = 0.0
        for i in range(m):
            t = int(right[i])
            c = output[:, i].max()
            J -= output[t, i] - c - math.log(np.exp(output[:, i] - c).sum())
            gradient[t, i] = gradient[t, i] - 1 / m
        return J / m, gradient
    if kind == "sigmoid":
        J = 0.0
        for q in range(k):
            for i in range(m):
                J += right[q, i] * np.logaddexp(0, -output[q, i])
                J += (1 - right[q, i]) * np.logaddexp(0, output[q, i])
        return float(J) / m, (sigmoid(output) - right) / m
    if kind == "squared":
        J = 0.0
        for q in range(k):
            for i in range(m):
                J += (output[q, i] - right[q, i]) ** 2
        return float(J) / (2 * m), (output - right) / m
    raise ValueError(kind)


def layer_forward(A, W, b, name):
    Z = W @ A + b
    if name == "identity":
        A_next = Z
    elif name == "relu":
        A_next = np.maximum(Z, 0)
    elif name == "sigmoid":
        A_next = sigmoid(Z)
    elif name == "tanh":
        A_next = np.tanh(Z)
    elif name == "softmax":
        A_next = softmax(Z)
    else:
        raise ValueError(name)
    return A_next, (A, W, A_next, name)


def layer_backward(dA_next, cache):
    A, W, A_next, name = cache
    if name == "identity":
        dZ = dA_next
    elif name == "relu":
        dZ = np.where(A_next > 0, dA_next, 0.0)
    elif name == "sigmoid":
        dZ = dA_next * A_next * (1 - A_next)
    elif name == "tanh":
        dZ = dA_next * (1 - A_next ** 2)
    elif name == "softmax":
        s = (A_next * dA_next).sum(axis=0, keepdims=True)
        dZ = A_next * (dA_next - s)
    else:
        raise ValueError(name)
    return {"dA": W.T @ dZ, "dW": dZ @ A.T, "db": dZ.sum(axis=1, keepdims=True)}


# ---------------------------------------------------------------- part 3

def feed_forward(X, parameters, hidden="relu"):
    layers = len(parameters) // 2
    A = X
    caches = []
    for layer in range(1, layers + 1):
        name = hidden
        if layer == layers:
            name = "identity"
        A, cache = layer_forward(A, parameters[f"W{layer}"], parameters[f"b{layer}"], name)
        caches.append(cache)
    return A, caches


def feed_forward_backward(dZ, caches):
    gradients = {}
    dA = dZ
    for layer in range(len(caches), 0, -1):
        back = layer_backward(dA, caches[layer - 1])
        gradients[f"dW{layer}"] = back["dW"]
        gradients[f"db{layer}"] = back["db"]
        dA = back["dA"]
    gradients["dX"] = dA
    return gradients


def apart(g, s):
    """|g - s| / (|g| + |s|) of two lists of numbers."""
    between = 0.0
    length_g = 0.0
    length_s = 0.0
    for one, other in zip(g, s):
        between += (one - other) ** 2
        length_g += one ** 2
        length_s += other ** 2
    below = math.sqrt(length_g) + math.sqrt(length_s)
    if below == 0:
        return 0.0
    return math.sqrt(between) / below


def check_gradients(loss, parameters, gradients, h=1e-05, limit=1e-06):
    slopes = {}
    all_g = []
    all_s = []
    wrong = []
    for name in parameters:
        theta = parameters[name]
        slope = np.zeros(theta.shape)
        g = []
        s = []
        for k in np.ndindex(*theta.shape):
            sides = []
            for step in (h, -h):
                moved_array = np.array(theta, dtype=float)
                moved_array[k] = moved_array[k] + step
                moved = dict(parameters)
                moved[name] = moved_array
                sides.append(float(loss(moved)))
            slope[k] = (sides[0] - sides[1]) / (2 * h)
            g.append(float(gradients["d" + name][k]))
            s.append(float(slope[k]))
        slopes["d" + name] = slope
        if apart(g, s) > limit:
            wrong.append("d" + name)
        all_g.extend(g)
        all_s.extend(s)
    return slopes, apart(all_g, all_s), wrong


# ---------------------------------------------------------------- part 4

def optimiser_step(parameters, gradients, memory, kind, rate):
    moved = {}
    if kind == "sgd":
        for name in parameters:
            moved[name] = parameters[name] - rate * gradients["d" + name]
        return moved, {}
    if kind == "momentum":
        v = {}
        for name in parameters:
            g = gradients["d" + name]
            old = memory["v"][name] if memory else np.zeros(g.shape)
            v[name] = 0.9 * old + g
            moved[name] = parameters[name] - rate * v[name]
        return moved, {"v": v}
    if kind == "adagrad":
        s = {}
        for name in parameters:
            g = gradients["d" + name]
            old = memory["s"][name] if memory else np.zeros(g.shape)
            s[name] = old + g ** 2
            moved[name] = parameters[name] - rate * g / (np.sqrt(s[name]) + 1e-10)
        return moved, {"s": s}
    if kind == "adam":
        v = {}
        s = {}
        t = memory["t"] + 1 if memory else 1
        for name in parameters:
            g = gradients["d" + name]
            old_v = memory["v"][name] if memory else np.zeros(g.shape)
            old_s = memory["s"][name] if memory else np.zeros(g.shape)
            v[name] = 0.9 * old_v + 0.1 * g
            s[name] = 0.999 * old_s + 0.001 * g ** 2
            v_hat = v[name] / (1 - 0.9 ** t)
            s_hat = s[name] / (1 - 0.999 ** t)
            moved[name] = parameters[name] - rate * v_hat / (np.sqrt(s_hat) + 1e-8)
        return moved, {"v": v, "s": s, "t": t}
    raise ValueError(kind)


def train(start, X, t, epochs, seed, kind="adam", rate=0.01, batch=50, strength=0.0001):
    generator = np.random.default_rng(seed)
    m = X.shape[1]
    parameters = {}
    for name in start:
        parameters[name] = np.array(start[name], dtype=float)

    def whole_loss():
        Z, _ = feed_forward(X, parameters, "relu")
        J, _ = loss_and_gradient(Z, t, "softmax")
        for name in parameters:
            if name.startswith("W"):
                J += strength / 2 * float((parameters[name] ** 2).sum())
        return float(J)

    memory = {}
    losses = [whole_loss()]
    for _ in range(epochs):
        order = generator.permutation(m)
        for begin in range(0, m, batch):
            chosen = order[begin:begin + batch]
            Z, caches = feed_forward(X[:, chosen], parameters, "relu")
            _, dZ = loss_and_gradient(Z, t[chosen], "softmax")
            back = feed_forward_backward(dZ, caches)
            gradients = {}
            for name in parameters:
                gradients["d" + name] = back["d" + name]
                if name.startswith("W"):
                    gradients["d" + name] = gradients["d" + name] + strength * parameters[name]
            parameters, memory = optimiser_step(parameters, gradients, memory, kind, rate)
        losses.append(whole_loss())
    return parameters, losses
