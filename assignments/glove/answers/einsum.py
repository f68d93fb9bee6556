"""Terse NumPy: einsum, broadcasting and fancy indexing, hardly a loop; written from the handout alone."""
import numpy as np
from scipy import sparse


def cooccurrence(sentences, V, window=5, weighting='equal', symmetric=True):
    if weighting not in ("equal", "harmonic"):
        raise ValueError("weighting must be 'equal' or 'harmonic'")
    sizes = np.array([len(sentence) for sentence in sentences], dtype=int)
    flat = np.fromiter((word for sentence in sentences for word in sentence), dtype=int, count=sizes.sum())
    owner = np.repeat(np.arange(len(sizes)), sizes)
    C = np.zeros(V * V)
    for k in range(1, min(window, sizes.max(initial=1) - 1) + 1):
        met = owner[:-k] == owner[k:]
        times = np.bincount(flat[:-k][met] * V + flat[k:][met], minlength=V * V)
        C += times / k if weighting == "harmonic" else times
    C = C.reshape(V, V)
    return C + C.T if symmetric else C


def probe_ratios(X, i, j, probes):
    rows = dense(X)[[i, j]].astype(float)
    P = rows[:, probes] / rows.sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.column_stack([*P, P[0] / P[1]])


def glove_weight(x, x_max=100, alpha=0.75):
    return np.minimum(np.asarray(x) / x_max, 1.0) ** alpha


def weighed_residuals(X, parameters, x_max, alpha):
    W, W_tilde, b, b_tilde = (parameters[name] for name in ("W", "W_tilde", "b", "b_tilde"))
    i, j, x = cells(X)
    return i, j, glove_weight(x, x_max, alpha), np.einsum("nd,nd->n", W[i], W_tilde[j]) + b[i] + b_tilde[j] - np.log(x)


def glove_loss(X, parameters, x_max=100, alpha=0.75):
    _, _, f, r = weighed_residuals(X, parameters, x_max, alpha)
    return float(np.einsum("n,n,n->", f, r, r))


def glove_gradients(X, parameters, x_max=100, alpha=0.75):
    i, j, f, r = weighed_residuals(X, parameters, x_max, alpha)
    V = len(parameters["b"])
    G = sparse.csr_array((2 * f * r, (i, j)), shape=(V, V))
    return {
        "dW": G @ parameters["W_tilde"],
        "dW_tilde": G.T @ parameters["W"],
        "db": G.sum(axis=1),
        "db_tilde": G.sum(axis=0),
    }


def glove_step(theta, gradient, squares, learning_rate=0.05):
    s = learning_rate * gradient
    return theta - s / squares**0.5, squares + s**2


def train(X, start, epochs, seed, learning_rate=0.05, x_max=10):
    theta = {name: np.array(array, dtype=float) for name, array in start.items()}
    squares = {name: np.ones(array.shape) for name, array in theta.items()}
    i, j, x = cells(X)
    V = len(theta["b"])
    diagonal = (j - i) % V
    members = np.split(np.argsort(diagonal, kind="stable"), np.bincount(diagonal, minlength=V).cumsum()[:-1])
    # No row and no column comes twice on a diagonal, so its cells are a table of their own, with one word and one
    # context each.
    alone = [
        ({"W": i[n], "W_tilde": j[n], "b": i[n], "b_tilde": j[n]}, sparse.csr_array(np.diag(x[n]))) if len(n) else None
        for n in members
    ]
    generator = np.random.default_rng(seed)
    losses = [glove_loss(X, theta, x_max)]
    for _ in range(epochs):
        for rows, table in filter(None, (alone[n] for n in generator.permutation(V))):
            slopes = glove_gradients(table, {name: theta[name][at] for name, at in rows.items()}, x_max)
            for name, at in rows.items():
                theta[name][at], squares[name][at] = glove_step(
                    theta[name][at], slopes[f"d{name}"], squares[name][at], learning_rate
                )
        losses.append(glove_loss(X, theta, x_max))
    return theta, losses


def predicted_ratios(parameters, i, j, probes):
    W, W_tilde = parameters["W"], parameters["W_tilde"]
    return np.exp(np.einsum("d,kd->k", W[i] - W[j], W_tilde[probes]))
