# %% [markdown]
# Ben. Quick and dirty.

# %%
import numpy as np
from itertools import combinations

# %%
def read_vectors(text):
    lines = text.splitlines()
    words, rows = [], []
    header = len(lines[0].split()) == 2
    for line in lines[header:]:
        word, *numbers = line.split()
        words.append(word)
        rows.append([float(n) for n in numbers])
    return words, np.array(rows)

# %%
def compare(u, v):
    distance = np.linalg.norm(u - v)
    with np.errstate(all="ignore"):
        return u @ v / (np.linalg.norm(u) * np.linalg.norm(v)), distance, 1 / (1 + distance)

# %%
def most_similar(W, row, count, by="cosine"):
    if by == "cosine":
        lengths = np.linalg.norm(W, axis=1) * np.linalg.norm(W[row])
        scores = W @ W[row] / np.where(lengths == 0, 1, lengths)
    elif by == "distance":
        scores = -np.linalg.norm(W - W[row], axis=1)
    else:
        raise ValueError("by")
    order = np.argsort(-scores, kind="stable")
    return order[1 : count + 1]

# %%
def three_cos_add(W, a, b, c):
    rows = []
    for i in range(len(a)):
        t = b[i] - a[i] + c[i]
        length = np.linalg.norm(t)
        rows.append([w @ t / length if length else 0.0 for w in W])
    return np.array(rows)

# %%
def three_cos_mul(W, a, b, c, epsilon=0.001):
    return (b @ W.T) * (c @ W.T) / (a @ W.T + epsilon)

# %%
def bias_direction(pairs):
    D = pairs[:, 0] - pairs[:, 1]
    if (D == 0).all():
        raise ValueError("equal")
    g = D.mean(axis=0)
    return g / np.linalg.norm(g)

# %%
def neutralise(e, g):
    if not g.any():
        raise ValueError("zero")
    return e - np.multiply.outer(e @ g, g)

# %%
def equalise(e1, e2, g):
    if not g.any():
        raise ValueError("zero")
    g = g / np.linalg.norm(g)
    if (e1 - e2) @ g == 0:
        raise ValueError("undecided")
    nu = (e1 + e2) / 2
    nu = nu - (nu @ g) * g
    z = np.sqrt(max(0, 1 - nu @ nu))
    return nu + z * g, nu - z * g

# %%
def association(W, A, B):
    def cosines(X, Y):
        lengths = np.outer(np.linalg.norm(X, axis=1), np.linalg.norm(Y, axis=1))
        return X @ Y.T / np.where(lengths == 0, 1, lengths)
    return cosines(W, A).mean(axis=1) - cosines(W, B).mean(axis=1)

# %%
def weat(s_X, s_Y):
    s = np.concatenate([s_X, s_Y])
    effect = (s_X.mean() - s_Y.mean()) / s.std() if np.ptp(s) else np.nan
    sums = np.array([sum(way) for way in combinations(s, len(s_X))])
    return effect, (sums > s_X.sum() + 1e-12).mean()

# %%
def spearman(x, y):
    if len(x) < 2 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return np.nan
    return np.corrcoef(x.argsort(kind="stable").argsort(), y.argsort(kind="stable").argsort())[0, 1]

# %%
def improve(W):
    return W - W.mean(axis=0)
