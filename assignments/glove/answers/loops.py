"""Plain loops over cells, places and entries, the training with small NumPy steps per diagonal; written from the handout alone."""
import math

import numpy as np


def cooccurrence(sentences, V, window=5, weighting='equal', symmetric=True):
    if weighting not in ("equal", "harmonic"):
        raise ValueError(f"no such weighting: {weighting!r}")
    counted = {}
    for sentence in sentences:
        sentence = [int(word) for word in sentence]
        for place in range(len(sentence)):
            for distance in range(1, window + 1):
                if place + distance >= len(sentence):
                    break
                one, other = sentence[place], sentence[place + distance]
                weight = 1.0
                if weighting == "harmonic":
                    weight = 1.0 / distance
                counted[one, other] = counted.get((one, other), 0.0) + weight
                if symmetric:
                    counted[other, one] = counted.get((other, one), 0.0) + weight
    C = np.zeros((V, V))
    for (one, other), count in counted.items():
        C[one, other] = count
    return C


def probe_ratios(X, i, j, probes):
    table = dense(X)
    row_i = [float(count) for count in table[i]]
    row_j = [float(count) for count in table[j]]
    all_i, all_j = sum(row_i), sum(row_j)
    result = np.zeros((len(probes), 3))
    for place, k in enumerate(probes):
        share_i = row_i[k] / all_i
        share_j = row_j[k] / all_j
        if share_j > 0:
            ratio = share_i / share_j
        elif share_i > 0:
            ratio = float("inf")
        else:
            ratio = float("nan")
        result[place, 0] = share_i
        result[place, 1] = share_j
        result[place, 2] = ratio
    return result


def weight_of_one(x, x_max, alpha):
    if x == 0:
        return 0.0
    if x < x_max:
        return (x / x_max) ** alpha
    return 1.0


def glove_weight(x, x_max=100, alpha=0.75):
    if np.ndim(x) == 0:
        return weight_of_one(float(x), x_max, alpha)
    x = np.asarray(x)
    f = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        f[place] = weight_of_one(float(x[place]), x_max, alpha)
    return f


def residual(w, w_tilde, b, b_tilde, x):
    """By how much the prediction for one cell misses the logarithm of its count."""
    r = b + b_tilde - math.log(x)
    for entry, entry_tilde in zip(w, w_tilde):
        r += entry * entry_tilde
    return r


def glove_loss(X, parameters, x_max=100, alpha=0.75):
    W, W_tilde = parameters["W"].tolist(), parameters["W_tilde"].tolist()
    b, b_tilde = parameters["b"].tolist(), parameters["b_tilde"].tolist()
    J = 0.0
    for i, j, x in zip(*(array.tolist() for array in cells(X))):
        r = residual(W[i], W_tilde[j], b[i], b_tilde[j], x)
        J += float(glove_weight(x, x_max, alpha)) * r**2
    return J


def glove_gradients(X, parameters, x_max=100, alpha=0.75):
    W, W_tilde = parameters["W"].tolist(), parameters["W_tilde"].tolist()
    b, b_tilde = parameters["b"].tolist(), parameters["b_tilde"].tolist()
    dW, dW_tilde = np.zeros(parameters["W"].shape), np.zeros(parameters["W_tilde"].shape)
    db, db_tilde = np.zeros(len(b)), np.zeros(len(b_tilde))
    d = dW.shape[1]
    for i, j, x in zip(*(array.tolist() for array in cells(X))):
        g = 2 * float(glove_weight(x, x_max, alpha)) * residual(W[i], W_tilde[j], b[i], b_tilde[j], x)
        for k in range(d):
            dW[i, k] += g * W_tilde[j][k]
            dW_tilde[j, k] += g * W[i][k]
        db[i] += g
        db_tilde[j] += g
    return {"dW": dW, "dW_tilde": dW_tilde, "db": db, "db_tilde": db_tilde}


def glove_step(theta, gradient, squares, learning_rate=0.05):
    moved = np.zeros(theta.shape)
    grown = np.zeros(theta.shape)
    for place in np.ndindex(theta.shape):
        s = learning_rate * gradient[place]
        moved[place] = theta[place] - s / squares[place] ** 0.5
        grown[place] = squares[place] + s**2
    return moved, grown


def train(X, start, epochs, seed, learning_rate=0.05, x_max=10):
    now = {name: np.array(start[name], dtype=float) for name in ("W", "W_tilde", "b", "b_tilde")}
    squares = {name: np.ones(now[name].shape) for name in now}
    V = len(now["b"])

    i_all, j_all, x_all = cells(X)
    i_all, j_all = np.asarray(i_all, dtype=int), np.asarray(j_all, dtype=int)
    log_all = np.log(np.asarray(x_all, dtype=float))
    f_all = np.array([weight_of_one(x, x_max, 0.75) for x in x_all.tolist()])

    diagonals = [[] for _ in range(V)]
    for place, (i, j) in enumerate(zip(i_all.tolist(), j_all.tolist())):
        diagonals[(j - i) % V].append(place)
    diagonals = [np.array(places, dtype=int) for places in diagonals]

    def missed(i, j, logs):
        return (now["W"][i] * now["W_tilde"][j]).sum(axis=1) + now["b"][i] + now["b_tilde"][j] - logs

    def loss_of_all():
        return float((f_all * missed(i_all, j_all, log_all) ** 2).sum())

    def move(name, rows, gradient):
        # no row is named twice on a diagonal
        s = learning_rate * gradient
        now[name][rows] -= s / np.sqrt(squares[name][rows])
        squares[name][rows] += s**2

    losses = [loss_of_all()]
    generator = np.random.default_rng(seed)
    for _ in range(epochs):
        for diagonal in generator.permutation(V):
            places = diagonals[diagonal]
            if len(places) == 0:
                continue
            i, j = i_all[places], j_all[places]
            g = 2 * f_all[places] * missed(i, j, log_all[places])
            dW = g[:, None] * now["W_tilde"][j]
            dW_tilde = g[:, None] * now["W"][i]
            move("W", i, dW)
            move("W_tilde", j, dW_tilde)
            move("b", i, g)
            move("b_tilde", j, g)
        losses.append(loss_of_all())
    return now, losses


def predicted_ratios(parameters, i, j, probes):
    W, W_tilde = parameters["W"], parameters["W_tilde"]
    result = np.zeros(len(probes))
    for place, k in enumerate(probes):
        product = 0.0
        for a in range(W.shape[1]):
            product += (W[i, a] - W[j, a]) * W_tilde[k, a]
        result[place] = np.exp(product)
    return result
