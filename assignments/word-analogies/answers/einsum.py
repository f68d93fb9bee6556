"""Terse NumPy: einsum, broadcasting and fancy indexing, hardly a loop; written from the handout alone."""
from itertools import combinations

import numpy as np


def read_vectors(text):
    lines = [line.rstrip(" ").split(" ") for line in text.removesuffix("\n").split("\n")]
    header = len(lines[0]) == 2 and all(field.isascii() and field.isdecimal() for field in lines[0])
    d = int(lines[0][1]) if header else max(len(lines[0]) - 1, 1)
    known, table = {}, []
    for N, (word, *numbers) in enumerate(lines[header:], start=1 + header):
        if not word or word in known or len(numbers) != d:
            raise ValueError(f"line {N}: not a new word and {d} numbers")
        try:
            row = np.array([float(number) for number in numbers])
        except ValueError:
            row = np.array([np.nan])
        if not np.isfinite(row).all():
            raise ValueError(f"line {N}: something is not a finite number")
        known[word] = N
        table.append(row)
    if header and int(lines[0][0]) != len(table):
        raise ValueError(f"line 1: promises {lines[0][0]} words, but there are {len(table)}")
    return list(known), np.array(table, dtype=float).reshape(len(table), d)


def unit_rows(W):
    length = np.sqrt(np.einsum("...d,...d->...", W, W))[..., None]
    return W / np.where(length > 0, length, 1.0)


def compare(u, v):
    cosine = np.einsum("d,d->", unit_rows(u), unit_rows(v))
    distance = np.sqrt(np.einsum("d,d->", u - v, u - v))
    return float(cosine), float(distance), float(1 / (1 + distance))


def most_similar(W, row, count, by='cosine'):
    if by == "cosine":
        unit = unit_rows(W)
        badness = -np.einsum("vd,d->v", unit, unit[row])
    elif by == "distance":
        badness = np.sqrt(np.einsum("vd,vd->v", W - W[row], W - W[row]))
    else:
        raise ValueError("by must be 'cosine' or 'distance'")
    order = np.argsort(badness, kind="stable")
    return order[order != row][:count]


def three_cos_add(W, a, b, c):
    return np.einsum("md,vd->mv", unit_rows(b - a + c), W)


def three_cos_mul(W, a, b, c, epsilon=0.001):
    to_a, to_b, to_c = (np.einsum("qmd,vd->qmv", np.stack([a, b, c]), W) + 1) / 2
    return to_b * to_c / (to_a + epsilon)


def bias_direction(pairs):
    apart = pairs[:, 0] - pairs[:, 1]
    if not apart.any():
        raise ValueError("the words of every pair are equal")
    centred = pairs - pairs.mean(axis=1, keepdims=True)
    g = np.linalg.svd(centred.reshape(-1, pairs.shape[-1]), full_matrices=False)[2][0]
    return g if np.einsum("pd,d->", apart, g) >= 0 else -g


def direction(g):
    g = np.asarray(g, dtype=float)
    if not g.any():
        raise ValueError("the zero vector points nowhere")
    return unit_rows(g / np.abs(g).max())


def neutralise(e, g):
    g = direction(g)
    return e - np.einsum("...d,d,e->...e", e, g, g)


def equalise(e1, e2, g):
    unit, side = direction(g), np.einsum("d,d->", e1 - e2, g)
    if side == 0:
        raise ValueError("both lie equally far along g")
    common = neutralise((e1 + e2) / 2, g)
    z = np.sign(side) * np.sqrt(max(0.0, 1 - common @ common))
    return common + z * unit, common - z * unit


def association(W, A, B):
    to_A, to_B = (np.einsum("nd,ad->n", unit_rows(W), unit_rows(set_)) / len(set_) for set_ in (A, B))
    return to_A - to_B


def weat(s_X, s_Y):
    n, s = len(s_X), np.concatenate([s_X, s_Y]).astype(float)
    effect = float("nan") if np.ptp(s) == 0 else float((s[:n].mean() - s[n:].mean()) / s.std(ddof=1))
    sums = s[np.array(list(combinations(range(2 * n), n)))].sum(axis=1)
    return effect, float((sums >= s[:n].sum() - 1e-12).mean())


def ranks(x):
    _, place, often = np.unique(x, return_inverse=True, return_counts=True)
    return (often.cumsum() - (often - 1) / 2)[place]


def spearman(x, y):
    if len(x) < 2 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return float("nan")
    return float(np.corrcoef(ranks(x), ranks(y))[0, 1])


def improve(W):
    top = np.linalg.svd(W, full_matrices=False)[2][:2]
    return W - np.einsum("vd,kd,ke->ve", W, top, top)
