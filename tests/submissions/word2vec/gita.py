# %% [markdown]
# Gita. Loops are easier to read.

# %%
import math

import numpy as np

# %%
def skip_gram_pairs(sentence, window):
    pairs = []
    for i in range(len(sentence)):
        for j in range(i - window, i + window + 1):
            if j != i and 0 <= j < len(sentence):
                pairs.append([sentence[i], sentence[j]])
    return pairs

# %%
def keep_probability(counts, t=1e-3):
    total = sum(counts)
    keep = []
    for count in counts:
        if count == 0 or t == 0:
            keep.append(1.0)
            continue
        f = count / total
        keep.append(min(1.0, (math.sqrt(f / t) + 1) * t / f))
    return keep

# %%
def subsample(tokens, keep, generator):
    kept = []
    for token in tokens:
        if generator.random() < keep[token]:
            kept.append(token)
    return np.array(kept, dtype=int)

# %%
def softmax_loss(h, U, target):
    scores = [sum(a * b for a, b in zip(u, h)) for u in U]
    largest = max(scores)
    return largest + math.log(sum(math.exp(score - largest) for score in scores)) - scores[target]

# %%
def softmax_gradients(h, U, target):
    V, d = U.shape
    scores = [sum(U[w, i] * h[i] for i in range(d)) for w in range(V)]
    largest = max(scores)
    total = sum(math.exp(score - largest) for score in scores)
    dh, dU = np.zeros(d), np.zeros((V, d))
    for w in range(V):
        g = math.exp(scores[w] - largest) / total - (w == target)
        for i in range(d):
            dh[i] += g * U[w, i]
            dU[w, i] = g * h[i]
    return {"dh": dh, "dU": dU}

# %%
def noise_distribution(counts, power=0.75):
    weights = [count**power if count else 0 for count in counts.tolist()]
    return [weight / sum(weights) for weight in weights]

# %%
def draw_negatives(q, n, generator):
    drawn = []
    for _ in range(n):
        drawn.append(generator.choice(len(q), p=q))
    return np.array(drawn)

# %%
def log_sigmoid(x):
    return -math.log1p(math.exp(-x)) if x > 0 else x - math.log1p(math.exp(x))


def negative_sampling_loss(h, U, target, negatives):
    loss = -log_sigmoid(float(U[target] @ h))
    for n in negatives:
        loss -= log_sigmoid(-float(U[n] @ h))
    return loss

# %%
def negative_sampling_gradients(h, U, target, negatives):
    dh, dU = np.zeros(len(h)), np.zeros(U.shape)
    for row, wanted in [(target, 1.0), *((n, 0.0) for n in negatives)]:
        g = math.exp(log_sigmoid(float(U[row] @ h))) - wanted
        dh += g * U[row]
        dU[row] += g * h
    return {"dU": dU, "dh": dh}

# %%
def huffman_codes(counts):
    """Trees as nested tuples, read from the root."""
    trees = [(count, word) for word, count in enumerate(counts)]
    while len(trees) > 1:
        trees.sort(key=lambda tree: tree[0])
        rare, common, *others = trees
        trees = [*others, (rare[0] + common[0], (rare[1], common[1]))]
    codes = {}

    def walk(tree, code):
        if isinstance(tree, tuple):
            walk(tree[0], code + "0")
            walk(tree[1], code + "1")
        else:
            codes[tree] = code

    walk(trees[0][1], "")
    return [codes[word] for word in range(len(counts))]

# %%
def cbow_loss_and_gradients(W, U, context, target, negatives):
    h = np.zeros(W.shape[1])
    for word in context:
        h += W[word] / len(context)
    gradients = negative_sampling_gradients(h, U, target, negatives)
    dW = np.zeros(W.shape)
    for word in context:
        dW[word] += gradients["dh"] / len(context)
    return [negative_sampling_loss(h, U, target, negatives), dW, gradients["dU"]]

# %%
def train(start, text, keep, q, exam, epochs, seed, window=5, negatives=5, rate=0.04):
    generator = np.random.default_rng(seed)
    W, U = start["W"].copy(), start["U"].copy()
    i = np.arange(50)
    near = (abs(i[:, None] - i) <= window) & (i[:, None] != i)
    weight = negatives / 50 * near.sum(axis=1)[:, None]
    losses = [exam_loss({"W": W, "U": U}, exam)]
    for epoch in range(epochs):
        words = subsample(text, keep, generator)
        N = len(words) // 50
        order = generator.permutation(N)
        for n in range(N):
            block = words[50 * order[n] : 50 * order[n] + 50]
            drawn = generator.choice(len(q), 50, p=q)
            h, u, v = W[block], U[block], U[drawn]
            right = np.where(near, sigmoid(h @ u.T) - 1, 0)
            wrong = weight * sigmoid(h @ v.T)
            step = rate * (1 - epoch / epochs)
            np.add.at(W, block, -step * (right @ u + wrong @ v))
            np.add.at(U, np.concatenate([block, drawn]), -step * np.concatenate([right.T @ h, wrong.T @ h]))
        losses.append(exam_loss({"W": W, "U": U}, exam))
    return {"W": W, "U": U}, losses
