"""Torch tensors, pandas and SciPy where they help, a small class for reading lines; written from the handout alone."""
import math

import numpy as np
import pandas as pd
import torch


def _tensor(array):
    return torch.tensor(np.asarray(array), dtype=torch.float64)


def _unit(rows):
    """Bring vectors to length one, but leave zeros as they are."""
    length = rows.norm(dim=-1, keepdim=True)
    return rows / length.where(length > 0, torch.ones_like(length))


class VectorFile:
    """What has been read of a file so far."""

    def __init__(self, d=None):
        self.d = d
        self.rows = {}

    def take(self, line):
        """Read one line; a ValueError says what is wrong with it."""
        word, *fields = line.rstrip(" ").split(" ")
        if self.d is None:
            if not fields:
                raise ValueError("no numbers")
            self.d = len(fields)
        if not word:
            raise ValueError("no word")
        if len(fields) != self.d:
            raise ValueError(f"{self.d} numbers expected, {len(fields)} found")
        if word in self.rows:
            raise ValueError(f"{word} was there before")
        numbers = [float(field) for field in fields]
        if not all(map(math.isfinite, numbers)):
            raise ValueError("a number is infinite or NaN")
        self.rows[word] = numbers


def read_vectors(text):
    lines = text.removesuffix("\n").split("\n")
    head = lines[0].rstrip(" ").split(" ")
    has_header = len(head) == 2 and all(field.isdecimal() for field in head)
    promised, d = map(int, head) if has_header else (None, None)
    file = VectorFile(d)
    for number, line in enumerate(lines[has_header:], 1 + has_header):
        try:
            file.take(line)
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from None
    if has_header and promised != len(file.rows):
        raise ValueError(f"line 1: {promised} words promised, {len(file.rows)} found")
    return list(file.rows), np.array(list(file.rows.values()), dtype=np.float64).reshape(len(file.rows), file.d)


def compare(u, v):
    u, v = _tensor(u), _tensor(v)
    distance = (u - v).norm().item()
    return (_unit(u) @ _unit(v)).item(), distance, 1 / (1 + distance)


def most_similar(W, row, count, by='cosine'):
    W = _tensor(W)
    if by == "cosine":
        unlike = -(_unit(W) @ _unit(W[row]))
    elif by == "distance":
        unlike = (W - W[row]).norm(dim=1)
    else:
        raise ValueError(f"there is no similarity by {by}")
    unlike[row] = torch.inf
    return torch.argsort(unlike, stable=True)[:min(count, len(W) - 1)].numpy()


def three_cos_add(W, a, b, c):
    target = _tensor(b) - _tensor(a) + _tensor(c)
    length = target.norm(dim=1, keepdim=True)
    scores = target @ _tensor(W).T
    return torch.where(length > 1e-12, scores / length, 0.0).numpy()


def three_cos_mul(W, a, b, c, epsilon=0.001):
    to_a, to_b, to_c = ((_tensor(x) @ _tensor(W).T + 1) / 2 for x in (a, b, c))
    return (to_b * to_c / (to_a + epsilon)).numpy()


def bias_direction(pairs):
    pairs = _tensor(pairs)
    apart = pairs[:, 0] - pairs[:, 1]
    if not apart.any():
        raise ValueError("the words of every pair are equal")
    centred = pairs - pairs.mean(dim=1, keepdim=True)
    g = torch.linalg.svd(centred.flatten(0, 1), full_matrices=False).Vh[0]
    return (g if apart.sum(dim=0) @ g >= 0 else -g).numpy()


def neutralise(e, g):
    e, g = _tensor(e), _tensor(g)
    if not g.any():
        raise ValueError("g points nowhere")
    return (e - (e @ g / (g @ g)).unsqueeze(-1) * g).numpy()


def equalise(e1, e2, g):
    middle = _tensor(neutralise((np.asarray(e1) + np.asarray(e2)) / 2, g))
    e1, e2, g = _tensor(e1), _tensor(e2), _tensor(g)
    side = torch.sign((e1 - e2) @ g)
    if side == 0:
        raise ValueError("neither side is either's")
    apart = side * (1 - middle @ middle).clamp(min=0).sqrt() * g / g.norm()
    return (middle + apart).numpy(), (middle - apart).numpy()


def association(W, A, B):
    W, A, B = (_unit(_tensor(rows)) for rows in (W, A, B))
    return ((W @ A.T).mean(dim=1) - (W @ B.T).mean(dim=1)).numpy()


def weat(s_X, s_Y):
    s_X, s_Y = _tensor(s_X), _tensor(s_Y)
    s = torch.cat([s_X, s_Y])
    ways = torch.combinations(torch.arange(len(s)), len(s_X))
    p = (s[ways].sum(dim=1) >= s_X.sum() - 1e-12).double().mean().item()
    if s.min() == s.max():
        return float("nan"), p
    return ((s_X.mean() - s_Y.mean()) / s.std()).item(), p


def spearman(x, y):
    ranks = pd.DataFrame({"x": np.asarray(x), "y": np.asarray(y)}).rank()
    if len(ranks) < 2 or (ranks.nunique() < 2).any():
        return float("nan")
    return float(np.corrcoef(ranks["x"], ranks["y"])[0, 1])


def improve(W):
    U, S, _ = torch.linalg.svd(_tensor(W), full_matrices=False)
    return (U * S)[:, 2:].numpy()
