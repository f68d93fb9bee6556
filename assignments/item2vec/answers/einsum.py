"""Terse NumPy: einsum, broadcasting and fancy indexing, hardly a loop; written from the handout alone."""
import numpy as np


def basket_pairs(baskets):
    sizes = np.array([len(basket) for basket in baskets], dtype=int)
    flat = np.fromiter((x for basket in baskets for x in basket), dtype=int, count=sizes.sum())
    size = np.repeat(sizes, sizes)
    begin = np.repeat(sizes.cumsum() - sizes, sizes)
    first = np.repeat(np.arange(len(flat)), size)
    second = np.arange(len(first)) - (size.cumsum() - size)[first] + begin[first]
    return flat[np.stack([first, second], axis=1)[first != second]].reshape(-1, 2)


def basket_noise(baskets, V, power=0.75):
    count = np.bincount(np.concatenate([np.asarray(basket, dtype=int) for basket in baskets]), minlength=V)
    weight = np.where(count > 0, np.maximum(count, 1.0) ** power, 0.0)
    return weight / weight.sum()


def alias_table(p):
    height = np.array(p, dtype=float) * len(p)
    share, alias = np.ones(len(height)), np.arange(len(height))
    small, large = list(np.flatnonzero(height < 1)), list(np.flatnonzero(height >= 1))
    while small and large:
        i, j = small.pop(), large.pop()
        share[i], alias[i] = height[i], j
        height[j] -= 1 - height[i]
        (small if height[j] < 1 else large).append(j)
    return share, alias


def alias_draw(share, alias, n, generator):
    column = generator.integers(len(share), size=n)
    return np.where(generator.random(n) < np.asarray(share)[column], column, np.asarray(alias)[column])


def pairs_loss(W, U, pairs, negatives):
    b, c = pairs.T
    yes = np.einsum("nd,nd->n", W[b], U[c])
    no = np.einsum("nd,nkd->nk", W[b], U[negatives])
    return float(np.logaddexp(0, -yes).sum() + np.logaddexp(0, no)[negatives != c[:, None]].sum())


def pairs_gradients(W, U, pairs, negatives):
    b, c = pairs.T
    asked = np.column_stack([c, negatives])
    h, u = W[b], U[asked]
    g = sigmoid(np.einsum("nd,nkd->nk", h, u))
    g[:, 0] -= 1
    g[:, 1:] *= negatives != c[:, None]
    dW, dU = np.zeros(W.shape), np.zeros(U.shape)
    np.add.at(dW, b, np.einsum("nk,nkd->nd", g, u))
    np.add.at(dU, asked, np.einsum("nk,nd->nkd", g, h))
    return {"dW": dW, "dU": dU}


def learning_rate_at(progress, first=0.025, last=0.0001):
    return first + (last - first) * progress


def largest(scores, count):
    return np.argsort(-np.asarray(scores), kind="stable")[:count]


def neighbours(W, product, n):
    length = np.sqrt(np.einsum("vd,vd->v", W, W))
    unit = W / np.where(length > 0, length, 1.0)[:, None]
    cosines = np.einsum("vd,d->v", unit, unit[product])
    cosines[product] = -np.inf
    return largest(cosines, min(n, len(W) - 1))


def recommend(vectors, q, baskets, n):
    inside = np.zeros((len(baskets), len(q)))
    rows = np.repeat(np.arange(len(baskets)), [len(basket) for basket in baskets])
    columns = np.fromiter((x for basket in baskets for x in basket), dtype=int)
    np.add.at(inside, (rows, columns), 1)
    scores = np.log(q) + np.einsum("md,cd->mc", inside @ vectors["W"], vectors["U"])
    scores[inside > 0] = -np.inf
    return np.argsort(-scores, axis=1, kind="stable")[:, :n]


def hit_rate(recommended, left_out, k):
    return float((np.asarray(recommended)[:, :k] == np.asarray(left_out)[:, None]).any(axis=1).mean())


def train(start, baskets, q, exam, epochs, seed, negatives=4, rate=0.05, batch=20):
    generator = np.random.default_rng(seed)
    share, alias = alias_table(q)
    vectors = {name: np.array(start[name], dtype=float) for name in ("W", "U")}
    losses = [exam_loss(vectors, q, exam)]
    starts = range(0, len(baskets), batch)
    for epoch in range(epochs):
        order = generator.permutation(len(baskets))
        for i, at in enumerate(starts):
            pairs = basket_pairs([baskets[x] for x in order[at : at + batch]])
            noise = alias_draw(share, alias, len(pairs) * negatives, generator).reshape(len(pairs), negatives)
            slopes = pairs_gradients(vectors["W"], vectors["U"], pairs, noise)
            step = learning_rate_at((epoch + i / len(starts)) / epochs, first=rate)
            vectors["W"] -= step * slopes["dW"]
            vectors["U"] -= step * slopes["dU"]
        losses.append(exam_loss(vectors, q, exam))
    return vectors, losses
