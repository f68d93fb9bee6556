# %%
import math

import numpy as np
from check import check

# %%
def cooccurrence(sentences, V, window=5, weighting="equal", symmetric=True):
    if weighting == "harmonic":
        weights = [1 / k for k in range(1, window + 1)]
    elif weighting == "equal":
        weights = [1] * window
    else:
        raise ValueError("what is " + weighting + "?")
    C = np.zeros((V, V))
    for s in sentences:
        for a in range(len(s)):
            for k in range(1, window + 1):
                if a + k < len(s):
                    C[s[a], s[a + k]] += weights[k - 1]
                    if symmetric:
                        C[s[a + k], s[a]] += weights[k - 1]
    return C

# %%
def probe_ratios(X, i, j, probes):
    X = dense(X)
    table = []
    for k in probes:
        p, q = X[i, k] / X[i].sum(), X[j, k] / X[j].sum()
        table.append([p, q, p / q if q > 0 else math.inf if p > 0 else math.nan])
    return np.array(table)

# %%
def glove_weight(x, x_max=100, alpha=0.75):
    def one(number):
        return (number / x_max) ** alpha if number < x_max else 1.0
    return np.vectorize(one, otypes=[float])(x)

# %%
def glove_loss(X, parameters, x_max=100, alpha=0.75):
    J = 0.0
    W, U, b, c = (parameters[k] for k in ["W", "W_tilde", "b", "b_tilde"])
    for i, j, x in zip(*cells(X)):
        J += glove_weight(x, x_max, alpha) * (W[i] @ U[j] + b[i] + c[j] - math.log(x)) ** 2
    return J

# %%
def glove_gradients(X, parameters, x_max=100, alpha=0.75):
    W, U, b, c = (parameters[k] for k in ["W", "W_tilde", "b", "b_tilde"])
    i, j, x = cells(X)
    G = np.zeros((len(b), len(b)))
    G[i, j] = 2 * np.minimum(x / x_max, 1) ** alpha * ((W[i] * U[j]).sum(1) + b[i] + c[j] - np.log(x))
    return dict(db_tilde=G.sum(0), db=G.sum(1), dW_tilde=G.T @ W, dW=G @ U)

# %%
def glove_step(theta, gradient, squares, learning_rate=0.05):
    new = theta.copy()
    new -= learning_rate * gradient / np.sqrt(squares)
    return [new, squares + learning_rate ** 2 * gradient ** 2]

# %%
def train(X, start, epochs, seed, learning_rate=0.05, x_max=10):
    generator = np.random.default_rng(seed)
    X = dense(X)
    n = len(X)
    p = {k: v.copy() for k, v in start.items()}
    squares = {"W": 1.0 + 0 * p["W"], "b": 1.0 + 0 * p["b"]}
    losses = [full_loss(X, p, x_max)]
    for epoch in range(epochs):
        for k in generator.permutation(n):
            rows = np.arange(n)
            columns = (rows + k) % n
            D = np.zeros((n, n))
            D[rows, columns] = X[rows, columns]
            gradients = glove_gradients(D, p, x_max)
            for name in squares:
                p[name], squares[name] = glove_step(p[name], gradients["d" + name], squares[name], learning_rate)
        losses.append(full_loss(X, p, x_max))
    return p, losses

def full_loss(X, p, x_max):
    i, j, x = cells(X)
    r = (p["W"][i] * p["W_tilde"][j]).sum(1) + p["b"][i] + p["b_tilde"][j] - np.log(x)
    return (np.minimum(x / x_max, 1) ** 0.75 * r**2).sum()

# %%
def predicted_ratios(parameters, i, j, probes):
    W, U = parameters["W"], parameters["W_tilde"]
    return [math.exp(W[i] @ U[k] - W[j] @ U[k]) for k in probes]
