# %% [markdown]
# Astrid. Everything at once.

# %%
import numpy as np
from scipy import sparse
from check import check


# %%
def cooccurrence(sentences, V, window=5, weighting="equal", symmetric=True):
    if weighting not in ("equal", "harmonic"):
        raise ValueError(weighting)
    table = sparse.csr_array((V, V))
    for sentence in sentences:
        words = np.array(sentence, dtype=int)
        for distance in range(1, min(window, len(words) - 1) + 1):
            worth = np.full(len(words) - distance, 1 / distance if weighting == "harmonic" else 1.0)
            table = table + sparse.coo_array((worth, (words[:-distance], words[distance:])), shape=(V, V)).tocsr()
    return table + table.T if symmetric else table


# %%
def probe_ratios(X, i, j, probes):
    rows = dense(X)[[i, j]]
    shares = np.divide(rows.T, rows.sum(axis=1))[probes]
    with np.errstate(all="ignore"):
        return np.hstack([shares, shares[:, :1] / shares[:, 1:]])


# %%
def glove_weight(x, x_max=100, alpha=0.75):
    share = np.array(x, dtype=float) / x_max
    return np.where(share < 1, np.power(share, alpha), 1.0)


def residuals(X, parameters):
    i, j, x = cells(X)
    both = np.einsum("nd,nd->n", parameters["W"][i], parameters["W_tilde"][j])
    return i, j, x, both + parameters["b"][i] + parameters["b_tilde"][j] - np.log(x)


def glove_loss(X, parameters, x_max=100, alpha=0.75):
    i, j, x, r = residuals(X, parameters)
    return np.dot(glove_weight(x, x_max, alpha) * r, r)


# %%
def glove_gradients(X, parameters, x_max=100, alpha=0.75):
    i, j, x, r = residuals(X, parameters)
    g = 2 * glove_weight(x, x_max, alpha) * r
    found = {"d" + name: np.zeros_like(table) for name, table in parameters.items()}
    np.add.at(found["dW"], i, g[:, None] * parameters["W_tilde"][j])
    np.add.at(found["dW_tilde"], j, g[:, None] * parameters["W"][i])
    np.add.at(found["db"], i, g)
    np.add.at(found["db_tilde"], j, g)
    return found


# %%
def glove_step(theta, gradient, squares, learning_rate=0.05):
    s = gradient * learning_rate
    return theta - s * squares**-0.5, squares + s * s


# %%
def train(X, start, epochs, seed, learning_rate=0.05, x_max=10):
    rng = np.random.default_rng(seed)
    i, j, x = cells(X)
    V = X.shape[0]
    order = np.argsort((j - i) % V, kind="stable")
    i, j, x = i[order], j[order], x[order]
    ends = np.searchsorted((j - i) % V, np.arange(V + 1))
    p = {name: table.copy() for name, table in start.items()}
    q = {name: np.ones_like(table) for name, table in start.items()}
    f, log_x = glove_weight(x, x_max), np.log(x)
    losses = [glove_loss(X, p, x_max)]
    for _ in range(epochs):
        for k in rng.permutation(V):
            here = slice(ends[k], ends[k + 1])
            a, c = i[here], j[here]
            w, u = p["W"][a], p["W_tilde"][c]
            g = 2 * f[here] * ((w * u).sum(axis=1) + p["b"][a] + p["b_tilde"][c] - log_x[here])
            slopes = {"W": (a, g[:, None] * u), "W_tilde": (c, g[:, None] * w), "b": (a, g), "b_tilde": (c, g)}
            for name, (rows, slope) in slopes.items():
                p[name][rows], q[name][rows] = glove_step(p[name][rows], slope, q[name][rows], learning_rate)
        losses.append(glove_loss(X, p, x_max))
    return p, np.array(losses)


# %%
def predicted_ratios(parameters, i, j, probes):
    u = parameters["W_tilde"][probes]
    return np.exp(u @ parameters["W"][i]) / np.exp(u @ parameters["W"][j])
