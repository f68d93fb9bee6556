# %% [markdown]
# Anna. Tables of ones and zeros in the place of np.add.at.

# %%
import numpy as np
from collections import deque
from check import check

# %%
def one_hot(rows, count):
    return (np.asarray(rows, dtype=int)[:, None] == np.arange(count)).astype(float)


def softplus(x):
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))

# %%
def cbow_pairs(sentence, window):
    pairs = []
    for i, centre in enumerate(sentence):
        context = [sentence[j] for j in range(len(sentence)) if 0 < abs(i - j) <= window]
        if context:
            pairs.append([context, centre])
    return pairs

# %%
def mean_context_gradient(dh, W, context):
    return np.outer(one_hot(context, len(W)).mean(axis=0), dh)

# %%
def concatenated_context_gradient(dh, W, context):
    return one_hot(context, len(W)).T @ np.reshape(dh, (len(context), W.shape[1]))

# %%
def huffman_routes(counts):
    """Two queues, parents, and a climb from each word."""
    V = len(counts)
    words = deque(sorted((count, word) for word, count in enumerate(counts)))
    joined, parent = deque(), {}
    for fork in range(V - 1):
        total = 0
        for turn in (0, 1):
            count, node = (words if words and (not joined or words[0] <= joined[0]) else joined).popleft()
            parent[node], total = (fork, turn), total + count
        joined.append((total, V + fork))
    routes = []
    for node in range(V):
        way = []
        while node in parent:
            way.append(parent[node])
            node = V + parent[node][0]
        table = np.array(way[::-1], dtype=int).reshape(-1, 2)
        routes.append((table[:, 0], table[:, 1]))
    return routes

# %%
def hierarchical_softmax_loss(h, U, path, code):
    signs = np.where(np.asarray(code) == 0, 1, -1)
    return softplus(-signs * (U[path] @ h)).sum()

# %%
def hierarchical_softmax_gradients(h, U, path, code):
    g = sigmoid(U[path] @ h) - (np.asarray(code) == 0)
    return {"dU": np.outer(one_hot(path, len(U)).T @ g, h), "dh": g @ U[path]}

# %%
def lowered(h, U, rows, q):
    return U[rows] @ h - np.log(len(rows) - 1) - np.log(q[rows])


def sampled_softmax_loss(h, U, target, sampled, q):
    scores = lowered(h, U, np.concatenate([[target], sampled]), q)
    return np.logaddexp.reduce(scores) - scores[0]

# %%
def sampled_softmax_gradients(h, U, target, sampled, q):
    rows = np.concatenate([[target], sampled])
    g = softmax(lowered(h, U, rows, q)) - np.eye(len(rows))[0]
    each = g @ one_hot(rows, len(U))
    return {"dh": each @ U, "dU": np.outer(each, h)}

# %%
def pv_dbow(v, U, words, noise):
    """By how often each word of the vocabulary is asked about."""
    yes, no = (np.bincount(np.asarray(rows, dtype=int), minlength=len(U)) for rows in (words, noise))
    scores = U @ v
    p = sigmoid(scores)
    g = no * p - yes * (1 - p)
    return [yes @ softplus(-scores) + no @ softplus(scores), g @ U, np.outer(g, v)]

# %%
def learning_rate_at(progress, first=0.025, last=0.0001):
    return (1 - progress) * first + progress * last

# %%
def infer(vectors, documents, start, keep, q, epochs, seed, negatives=1, rate=0.1):
    dice = np.random.default_rng(seed)
    new = np.array(start)
    for epoch in range(epochs):
        for n in range(len(documents)):
            words, noise = words_and_noise(documents[n], keep, q, negatives, dice)
            new[n] = new[n] - learning_rate_at(epoch / epochs, first=rate) * pv_dbow(new[n], vectors["U"], words, noise)[1]
    return new

# %%
def train(start, documents, keep, q, exam, epochs, seed, negatives=1, rate=0.1):
    dice = np.random.default_rng(seed)
    vectors = {name: table.copy() for name, table in start.items()}
    losses = np.zeros(epochs + 1)
    losses[0] = exam_loss(vectors, exam)
    done, all_of_it = 0, epochs * len(documents)
    for epoch in range(epochs):
        for n, document in enumerate(documents):
            asked = words_and_noise(document, keep, q, negatives, dice)
            _, dv, dU = pv_dbow(vectors["D"][n], vectors["U"], *asked)
            step = learning_rate_at(done / all_of_it, first=rate)
            vectors["D"][n] -= step * dv
            vectors["U"] -= step * dU
            done += 1
        losses[epoch + 1] = exam_loss(vectors, exam)
    return vectors, losses

# %%
check("train")
