# %% [markdown]
# Bela. I added up by index, as one does.

# %%
import numpy as np

# %%
def skip_gram_pairs(sentence, window):
    pairs = []
    for i, centre in enumerate(sentence):
        for j in range(max(0, i - window), min(len(sentence), i + window)):
            if j != i:
                pairs.append((centre, sentence[j]))
    return pairs

# %%
def keep_probability(counts, t=1e-3):
    f = counts / counts.sum()
    if t == 0:
        return np.ones(len(f))
    f = np.where(f == 0, 1e-12, f)
    return np.minimum(1, (np.sqrt(f / t) + 1) * t / f)

# %%
def subsample(tokens, keep, generator):
    return tokens[generator.random(tokens.shape) < keep[tokens]]

# %%
def softmax_loss(h, U, target):
    scores = U @ h
    m = scores.max()
    return m + np.log(np.exp(scores - m).sum()) - scores[target]

# %%
def softmax_gradients(h, U, target):
    g = softmax(U @ h)
    g[target] -= 1
    return {"dh": U.T @ g, "dU": np.outer(g, h)}

# %%
def noise_distribution(counts, power=0.75):
    q = np.where(counts > 0, counts, 0.0) ** power
    q[counts == 0] = 0
    return q / q.sum()

# %%
def draw_negatives(q, n, generator):
    return np.minimum(np.searchsorted(np.cumsum(q), generator.random(n), side="right"), np.flatnonzero(q)[-1])

# %%
def negative_sampling_loss(h, U, target, negatives):
    return np.logaddexp(0, -U[target] @ h) + np.logaddexp(0, U[negatives] @ h).sum()

# %%
def negative_sampling_gradients(h, U, target, negatives):
    rows = np.concatenate([[target], negatives])
    g = sigmoid(U[rows] @ h)
    g[0] -= 1
    dU = np.zeros_like(U)
    dU[rows] += np.outer(g, h)
    return {"dh": g @ U[rows], "dU": dU}

# %%
def huffman_codes(counts):
    codes = [""] * len(counts)
    trees = [(c, [w]) for w, c in enumerate(counts)]
    while len(trees) > 1:
        trees.sort()
        (a, left), (b, right) = trees[:2]
        for w in left:
            codes[w] += "0"
        for w in right:
            codes[w] += "1"
        trees = trees[2:] + [(a + b, left + right)]
    return codes

# %%
def cbow_loss_and_gradients(W, U, context, target, negatives):
    h = W[context].mean(axis=0)
    back = negative_sampling_gradients(h, U, target, negatives)
    dW = np.zeros_like(W)
    dW[context] += back["dh"] / len(context)
    return negative_sampling_loss(h, U, target, negatives), dW, back["dU"]

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
            drawn = draw_negatives(q, 50, generator)
            h, u, v = W[block], U[block], U[drawn]
            right = np.where(near, sigmoid(h @ u.T) - 1, 0)
            wrong = weight * sigmoid(h @ v.T)
            step = rate * (1 - (epoch + n / N) / epochs)
            np.add.at(W, block, -step * (right @ u + wrong @ v))
            np.add.at(U, np.concatenate([block, drawn]), -step * np.concatenate([right.T @ h, wrong.T @ h]))
        losses.append(exam_loss({"W": W, "U": U}, exam))
    return {"W": W, "U": U}, losses
