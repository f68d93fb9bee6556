# %% [markdown]
# Ada. Tables of zeros and ones in the place of np.add.at, two queues, one random number for column and coin.

# %%
import numpy as np
from collections import deque
from check import check

# %%
def basket_pairs(baskets):
    found = []
    for basket in baskets:
        for i, product in enumerate(basket):
            for j, companion in enumerate(basket):
                if i != j:
                    found.append([product, companion])
    return np.array(found, dtype=int) if found else np.empty((0, 2), dtype=int)

# %%
def basket_noise(baskets, V, power=0.75):
    everything = [product for basket in baskets for product in basket]
    counts = np.bincount(everything, minlength=V).astype(float)
    q = np.zeros((1, V))
    sold = counts > 0
    q[0, sold] = np.exp(power * np.log(counts[sold]))
    return q / q.sum()

# %%
def alias_table(p):
    V = len(p)
    left = [float(V * each) for each in p]
    low, high = deque(), deque()
    for number in range(V):
        (low if left[number] < 1 else high).append(number)
    share, alias = [1.0] * V, [0] * V
    while low and high:
        number, giver = low.popleft(), high[0]
        share[number], alias[number] = left[number], giver
        left[giver] += left[number] - 1
        if left[giver] < 1:
            low.append(high.popleft())
    return np.array(share), np.array(alias)

# %%
def alias_draw(share, alias, n, generator):
    thrown = len(share) * generator.uniform(size=n)
    column = np.floor(thrown).astype(int)
    coin = thrown - column
    drawn = column.copy()
    other = coin >= share[column]
    drawn[other] = alias[column[other]]
    return drawn

# %%
def pairs_loss(W, U, pairs, negatives):
    J = 0.0
    for (b, c), noise in zip(pairs, negatives):
        J += np.logaddexp(0, -(U[c] @ W[b]))
        for x in noise:
            if x != c:
                J += np.logaddexp(0, U[x] @ W[b])
    return J

# %%
def pairs_gradients(W, U, pairs, negatives):
    V = len(W)
    products = (pairs[:, :1] == np.arange(V)).astype(float)
    companions = (pairs[:, 1:] == np.arange(V)).astype(float)
    noise = (negatives[:, :, None] == np.arange(V)).sum(axis=1) * (1 - companions)
    probability = sigmoid(products @ W @ U.T)
    g = noise * probability - companions * (1 - probability)
    return {"dU": g.T @ (products @ W), "dW": products.T @ (g @ U)}

# %%
def learning_rate_at(progress, first=0.025, last=0.0001):
    return (1 - progress) * first + progress * last

# %%
def largest(scores, count):
    return sorted(range(len(scores)), key=lambda place: (-scores[place], place))[:count]

# %%
def neighbours(W, product, n):
    lengths = np.sqrt((W**2).sum(axis=1))
    products = W @ W[product]
    cosines = np.divide(products, lengths * lengths[product], out=np.zeros(len(W)), where=products != 0)
    return [place for place in largest(cosines, len(W)) if place != product][:n]

# %%
def recommend(vectors, q, baskets, n):
    inside = np.zeros((len(baskets), len(q)))
    for row, basket in zip(inside, baskets):
        row[basket] = 1
    scores = inside @ vectors["W"] @ vectors["U"].T + np.log(q)
    scores[inside == 1] = -np.inf
    return np.argsort(-scores, axis=1, kind="stable")[:, :n]

# %%
def hit_rate(recommended, left_out, k):
    return sum(left_out[i] in recommended[i, :k] for i in range(len(left_out))) / len(left_out)

# %%
def train(start, baskets, q, exam, epochs, seed, negatives=4, rate=0.05, batch=20):
    generator = np.random.default_rng(seed)
    vectors = {name: table.copy() for name, table in start.items()}
    table = alias_table(q)
    losses = [exam_loss(vectors, q, exam)]
    firsts = range(0, len(baskets), batch)
    for epoch in range(epochs):
        shuffled = [baskets[i] for i in generator.permutation(len(baskets))]
        for i, first in enumerate(firsts):
            pairs = basket_pairs(shuffled[first : first + batch])
            noise = alias_draw(*table, negatives * len(pairs), generator).reshape(-1, negatives)
            slopes = pairs_gradients(vectors["W"], vectors["U"], pairs, noise)
            step = learning_rate_at((epoch + i / len(firsts)) / epochs, rate)
            for name in vectors:
                vectors[name] -= step * slopes["d" + name]
        losses.append(exam_loss(vectors, q, exam))
    return vectors, np.array(losses)

# %%
check("train")
