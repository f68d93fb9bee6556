# %% [markdown]
# Bruno. Knows word2vec already.

# %%
import numpy as np

# %%
def basket_pairs(baskets):
    pairs = []
    for basket in baskets:
        for i in range(len(basket)):
            for j in range(i + 1, len(basket)):
                pairs.append((basket[i], basket[j]))
    return np.array(pairs, dtype=int).reshape(-1, 2)

# %%
def basket_noise(baskets, V, power=0.75):
    counts = np.bincount(np.concatenate([np.array(basket, dtype=int) for basket in baskets]), minlength=V)
    return counts**power / (counts**power).sum()

# %%
def alias_table(p):
    share, alias = p * len(p), np.arange(len(p))
    small = [i for i in range(len(p)) if share[i] < 1]
    large = [i for i in range(len(p)) if share[i] > 1]
    while small and large:
        i, j = small.pop(), large[-1]
        alias[i] = j
        share[j] -= 1 - share[i]
        if share[j] < 1:
            small.append(large.pop())
    return share, alias

# %%
def alias_draw(share, alias, n, generator):
    r = generator.random(n)
    columns = (r * len(share)).astype(int)
    return np.where(r < share[columns], columns, alias[columns])

# %%
def pairs_loss(W, U, pairs, negatives):
    h = W[pairs[:, 0]]
    right = (h * U[pairs[:, 1]]).sum(axis=1)
    wrong = (h[:, None] * U[negatives]).sum(axis=2)
    return np.logaddexp(0, -right).sum() + np.logaddexp(0, wrong).sum()

# %%
def pairs_gradients(W, U, pairs, negatives):
    # the same as in word2vec
    rows = np.concatenate([pairs[:, 1:], negatives], axis=1)
    h, u = W[pairs[:, 0]], U[rows]
    g = sigmoid((h[:, None] * u).sum(axis=2))
    g[:, 0] -= 1
    dW, dU = np.zeros(W.shape), np.zeros(U.shape)
    np.add.at(dW, pairs[:, 0], (g[:, :, None] * u).sum(axis=1))
    np.add.at(dU, rows, g[:, :, None] * h[:, None])
    return {"dW": dW, "dU": dU}

# %%
def learning_rate_at(progress, first=0.025, last=0.0001):
    return max(first * (1 - progress), last)

# %%
def largest(scores, count):
    return np.argsort(-scores, kind="stable")[:count]

# %%
def neighbours(W, product, n):
    lengths = np.linalg.norm(W, axis=1)
    lengths[lengths == 0] = 1
    cosines = W @ W[product] / (lengths * lengths[product])
    return np.argsort(-cosines, kind="stable")[1 : n + 1]

# %%
def recommend(vectors, q, baskets, n):
    lists = []
    for basket in baskets:
        scores = vectors["U"] @ vectors["W"][basket].sum(axis=0)
        scores[basket] = -np.inf
        lists.append(largest(scores, n))
    return np.array(lists)

# %%
def hit_rate(recommended, left_out, k):
    hits = [left_out[i] in recommended[i][:k] for i in range(len(left_out))]
    return np.mean(hits)
