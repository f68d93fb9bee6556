# %% [markdown]
# Ada. Loops and dicts where I could, my own helpers.

# %%
import math
from itertools import combinations

import numpy as np


# %%
def read_vectors(text):
    lines = text.split("\n")
    if lines[-1] == "" and len(lines) > 1:
        lines.pop()
    vectors, promised, d, start = {}, None, None, 0
    first = lines[0].rstrip(" ").split(" ")
    if len(first) == 2 and first[0].isdecimal() and first[1].isdecimal():
        promised, d, start = int(first[0]), int(first[1]), 1
    for i in range(start, len(lines)):
        fields = lines[i].rstrip(" ").split(" ")
        if d is None:
            d = len(fields) - 1
        if len(fields) != d + 1 or d < 1:
            raise ValueError(f"line {i + 1}: {len(fields)} fields")
        try:
            numbers = [float(x) for x in fields[1:]]
        except ValueError:
            raise ValueError(f"line {i + 1}: no number")
        if any(math.isnan(x) or math.isinf(x) for x in numbers) or fields[0] in vectors:
            raise ValueError(f"line {i + 1}: not finite, or a word again")
        vectors[fields[0]] = numbers
    if promised is not None and promised != len(vectors):
        raise ValueError("line 1: another number of words")
    return list(vectors), np.array([vectors[word] for word in vectors])


# %%
def compare(u, v):
    dot = sum(float(a) * float(b) for a, b in zip(u, v))
    nu, nv = (math.sqrt(sum(float(a) ** 2 for a in x)) for x in (u, v))
    distance = math.sqrt(sum((float(a) - float(b)) ** 2 for a, b in zip(u, v)))
    return dot / (nu * nv) if nu and nv else 0.0, distance, 1 / (1 + distance)


# %%
def most_similar(W, row, count, by="cosine"):
    if by not in ("cosine", "distance"):
        raise ValueError(by)
    others = [i for i in range(len(W)) if i != row]
    place = {"cosine": 0, "distance": 2}[by]
    score = {i: compare(W[i], W[row])[place] for i in others}
    return sorted(others, key=lambda i: -score[i])[:count]


# %%
def three_cos_add(W, a, b, c):
    t = b - a + c
    n = np.sqrt((t * t).sum(1, keepdims=True))
    n[n == 0] = 1
    return np.einsum("md,vd->mv", t / n, W)


def three_cos_mul(W, a, b, c, epsilon=0.001):
    out = np.zeros((len(a), len(W)))
    for i in range(len(a)):
        for j in range(len(W)):
            ca, cb, cc = ((W[j] @ x[i] + 1) / 2 for x in (a, b, c))
            out[i, j] = cb * cc / (ca + epsilon)
    return out


# %%
def bias_direction(pairs):
    D = pairs[:, 0] - pairs[:, 1]
    if not D.any():
        raise ValueError("no direction")
    values, vectors = np.linalg.eigh(D.T @ D)
    g = vectors[:, -1]
    return g * (1 if D.sum(0) @ g >= 0 else -1)


def neutralise(e, g):
    if not g.any():
        raise ValueError("no direction")
    P = np.eye(len(g)) - np.outer(g, g) / (g @ g)
    return e @ P


def equalise(e1, e2, g):
    side = (e1 - e2) @ g
    if not g.any() or side == 0:
        raise ValueError("no side")
    nu = neutralise(0.5 * (e1 + e2), g)
    z = math.copysign(math.sqrt(max(0, 1 - nu @ nu)), side) / math.sqrt(g @ g)
    return [nu + z * g, nu - z * g]


# %%
def association(W, A, B):
    return [
        sum(compare(w, a)[0] for a in A) / len(A) - sum(compare(w, b)[0] for b in B) / len(B) for w in W
    ]


def weat(s_X, s_Y):
    s = list(s_X) + list(s_Y)
    n = len(s_X)
    sums = [sum(s[i] for i in way) for way in combinations(range(2 * n), n)]
    p = sum(x >= sum(s_X) - 1e-12 for x in sums) / len(sums)
    if min(s) == max(s):
        return float("nan"), p
    mean = sum(s) / len(s)
    std = math.sqrt(sum((x - mean) ** 2 for x in s) / (2 * n - 1))
    return (sum(s_X) - sum(s_Y)) / n / std, p


# %%
def spearman(x, y):
    if len(x) < 2 or min(x) == max(x) or min(y) == max(y):
        return float("nan")
    ranks = lambda v: np.array([(v < t).sum() + ((v == t).sum() + 1) / 2 for t in v])
    r, q = ranks(x) - (len(x) + 1) / 2, ranks(y) - (len(y) + 1) / 2
    return r @ q / math.sqrt((r @ r) * (q @ q))


# %%
def improve(W):
    values, vectors = np.linalg.eigh(W.T @ W)
    return W @ vectors[:, :-2]
