"""Plain loops over lists and entries (whole columns at once only where a loop is forbidden); written from the handout alone."""
import math

import numpy as np


def basket_pairs(baskets):
    found = []
    for basket in baskets:
        for place, product in enumerate(basket):
            for other_place, companion in enumerate(basket):
                if place != other_place:
                    found.append([int(product), int(companion)])
    return np.array(found, dtype=np.int64).reshape(-1, 2)


def basket_noise(baskets, V, power=0.75):
    in_baskets = {}
    for basket in baskets:
        for product in basket:
            product = int(product)
            in_baskets[product] = in_baskets.get(product, 0) + 1
    weight = [0.0] * V
    for product, count in in_baskets.items():
        weight[product] = float(count) ** power
    total = sum(weight)
    return np.array([w / total for w in weight])


def alias_table(p):
    V = len(p)
    height = [float(x) * V for x in p]
    share = [1.0] * V
    alias = list(range(V))
    small, large = [], []
    for i in range(V):
        if height[i] < 1:
            small.append(i)
        else:
            large.append(i)
    while small and large:
        i = small.pop()
        j = large.pop()
        share[i] = height[i]
        alias[i] = j
        height[j] -= 1.0 - share[i]
        if height[j] < 1:
            small.append(j)
        else:
            large.append(j)
    return np.array(share, dtype=np.float64), np.array(alias, dtype=np.int64)


def alias_draw(share, alias, n, generator):
    column = generator.integers(len(share), size=n)
    coin = generator.random(n)
    result = np.array(alias)[column].astype(np.int64)
    own = coin < np.array(share)[column]
    result[own] = column[own]
    return result


def _softplus(x):
    """log(1 + e^x) of one number, at any size of it."""
    if x > 0:
        return x + math.log1p(math.exp(-x))
    return math.log1p(math.exp(x))


def _dot(a, b):
    total = 0.0
    for x, y in zip(a, b):
        total += x * y
    return total


def pairs_loss(W, U, pairs, negatives):
    J = 0.0
    for (b, c), noise in zip(pairs, negatives):
        v = [float(x) for x in W[b]]
        J += _softplus(-_dot(U[c], v))
        for x in noise:
            if x != c:
                J += _softplus(_dot(U[x], v))
    return float(J)


def pairs_gradients(W, U, pairs, negatives):
    W = np.asarray(W, dtype=np.float64)
    U = np.asarray(U, dtype=np.float64)
    dW, dU = np.zeros(W.shape), np.zeros(U.shape)
    b, c = pairs[:, 0], pairs[:, 1]
    v = W[b]
    # the companions first, then one place of the noise after the other: the loop is over k, not over the pairs
    for place in range(-1, negatives.shape[1]):
        if place == -1:
            asked = c
            g = sigmoid((U[asked] * v).sum(axis=1)) - 1.0
        else:
            asked = negatives[:, place]
            g = sigmoid((U[asked] * v).sum(axis=1))
            g = np.where(asked == c, 0.0, g)
        np.add.at(dW, b, g[:, None] * U[asked])
        np.add.at(dU, asked, g[:, None] * v)
    return {"dW": dW, "dU": dU}


def learning_rate_at(progress, first=0.025, last=0.0001):
    return first + (last - first) * progress


def largest(scores, count):
    places = sorted(range(len(scores)), key=lambda place: (-scores[place], place))
    return np.array(places[:count], dtype=np.int64)


def neighbours(W, product, n):
    rows = [[float(x) for x in row] for row in W]
    lengths = [math.sqrt(_dot(row, row)) for row in rows]
    others, cosines = [], []
    for other in range(len(rows)):
        if other == product:
            continue
        others.append(other)
        if lengths[other] == 0 or lengths[product] == 0:
            cosines.append(0.0)
        else:
            cosines.append(_dot(rows[other], rows[product]) / (lengths[other] * lengths[product]))
    return np.array([others[place] for place in largest(cosines, n)], dtype=np.int64)


def recommend(vectors, q, baskets, n):
    W, U = np.asarray(vectors["W"]).tolist(), np.asarray(vectors["U"]).tolist()
    log_q = [math.log(x) for x in q]
    d = len(W[0])
    lists = []
    for basket in baskets:
        inside = set(int(b) for b in basket)
        together = [0.0] * d
        for b in inside:
            for t in range(d):
                together[t] += W[b][t]
        candidates, scores = [], []
        for c in range(len(U)):
            if c not in inside:
                candidates.append(c)
                scores.append(log_q[c] + _dot(U[c], together))
        lists.append([candidates[place] for place in largest(scores, n)])
    return np.array(lists, dtype=np.int64).reshape(len(lists), n)


def hit_rate(recommended, left_out, k):
    hits = 0
    for row, gone in zip(recommended, left_out):
        for place in range(k):
            if row[place] == gone:
                hits += 1
                break
    return hits / len(left_out)


def train(start, baskets, q, exam, epochs, seed, negatives=4, rate=0.05, batch=20):
    generator = np.random.default_rng(seed)
    now = {"W": np.array(start["W"], dtype=np.float64), "U": np.array(start["U"], dtype=np.float64)}
    share, alias = alias_table(q)
    losses = [exam_loss(now, q, exam)]
    for e in range(epochs):
        order = [int(i) for i in generator.permutation(len(baskets))]
        firsts = list(range(0, len(order), batch))
        for i, first in enumerate(firsts):
            step = learning_rate_at((e + i / len(firsts)) / epochs, first=rate)
            pairs = basket_pairs([baskets[number] for number in order[first : first + batch]])
            noise = alias_draw(share, alias, len(pairs) * negatives, generator).reshape(len(pairs), negatives)
            slopes = pairs_gradients(now["W"], now["U"], pairs, noise)
            now["W"] -= step * slopes["dW"]
            now["U"] -= step * slopes["dU"]
        losses.append(exam_loss(now, q, exam))
    return now, losses
