"""Torch tensors (autograd for the gradients), pandas and a small class for the urn; written from the handout alone."""
import numpy as np
import pandas as pd
import torch
from itertools import permutations
from torch.nn import functional as F


def _tensor(array):
    return torch.tensor(np.asarray(array), dtype=torch.float64)


def _index(array):
    return torch.tensor(np.asarray(array), dtype=torch.int64)


def basket_pairs(baskets):
    pairs = [pair for basket in baskets for pair in permutations(basket, 2)]
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def basket_noise(baskets, V, power=0.75):
    products = pd.Series([product for basket in baskets for product in basket], dtype="int64")
    counts = products.value_counts().reindex(range(V), fill_value=0).astype("float64")
    weights = (counts ** power).where(counts > 0, 0.0)
    return (weights / weights.sum()).to_numpy()


def alias_table(p):
    heights = (_tensor(p) * len(p)).tolist()
    alias = list(range(len(heights)))
    small = [i for i, height in enumerate(heights) if height < 1]
    large = [i for i, height in enumerate(heights) if height >= 1]
    while small and large:
        i, j = small.pop(), large.pop()
        alias[i] = j
        heights[j] -= 1.0 - heights[i]
        (small if heights[j] < 1 else large).append(j)
    for i in small + large:
        heights[i] = 1.0
    return np.array(heights, dtype=np.float64), np.array(alias, dtype=np.int64)


def alias_draw(share, alias, n, generator):
    column = _index(generator.integers(len(share), size=n))
    coin = _tensor(generator.random(n))
    return torch.where(coin < _tensor(share)[column], column, _index(alias)[column]).numpy()


def _negative_sampling(W, U, pairs, negatives):
    v = W[pairs[:, 0]]  # (n, d)
    yes = (v * U[pairs[:, 1]]).sum(dim=1)  # (n,)
    no = torch.einsum("nd,nkd->nk", v, U[negatives])
    counts = negatives != pairs[:, 1:]
    return -F.logsigmoid(yes).sum() - (F.logsigmoid(-no) * counts).sum()


def pairs_loss(W, U, pairs, negatives):
    with torch.no_grad():
        return _negative_sampling(_tensor(W), _tensor(U), _index(pairs), _index(negatives)).item()


def pairs_gradients(W, U, pairs, negatives):
    W, U = _tensor(W).requires_grad_(), _tensor(U).requires_grad_()
    loss = _negative_sampling(W, U, _index(pairs), _index(negatives))
    dW, dU = torch.autograd.grad(loss, (W, U))
    return {"dW": dW.numpy(), "dU": dU.numpy()}


def learning_rate_at(progress, first=0.025, last=0.0001):
    return first + (last - first) * progress


def largest(scores, count):
    order = torch.sort(_tensor(scores), descending=True, stable=True).indices
    return order[:count].numpy()


def neighbours(W, product, n):
    W = _tensor(W)
    length = W.norm(dim=1, keepdim=True)
    unit = W / torch.where(length > 0, length, torch.ones_like(length))
    cosines = unit @ unit[product]
    cosines[product] = -torch.inf
    return largest(cosines, min(n, len(W) - 1))


def recommend(vectors, q, baskets, n):
    W, U, prior = _tensor(vectors["W"]), _tensor(vectors["U"]), _tensor(q).log()
    rows = []
    for basket in baskets:
        inside = _index(basket)
        scores = prior + U @ W[inside].sum(dim=0)
        scores[inside] = -torch.inf
        rows.append(largest(scores, n))
    return np.array(rows, dtype=np.int64).reshape(len(baskets), n)


def hit_rate(recommended, left_out, k):
    shown = _index(recommended)[:, :k]
    return (shown == _index(left_out)[:, None]).any(dim=1).double().mean().item()


class Urn:
    """Noise by the alias method."""

    def __init__(self, q, generator):
        self.table = alias_table(q)
        self.generator = generator

    def draw(self, *shape):
        return alias_draw(*self.table, int(np.prod(shape)), self.generator).reshape(shape)


def train(start, baskets, q, exam, epochs, seed, negatives=4, rate=0.05, batch=20):
    generator = np.random.default_rng(seed)
    urn = Urn(q, generator)
    vectors = {name: np.array(start[name], dtype=np.float64) for name in ("W", "U")}
    losses = [exam_loss(vectors, q, exam)]
    firsts = range(0, len(baskets), batch)
    for epoch in range(epochs):
        order = generator.permutation(len(baskets))
        for i, first in enumerate(firsts):
            pairs = basket_pairs([baskets[at] for at in order[first:first + batch]])
            slopes = pairs_gradients(vectors["W"], vectors["U"], pairs, urn.draw(len(pairs), negatives))
            step = learning_rate_at((epoch + i / len(firsts)) / epochs, rate)
            for name in vectors:
                vectors[name] -= step * slopes["d" + name]
        losses.append(exam_loss(vectors, q, exam))
    return vectors, losses
