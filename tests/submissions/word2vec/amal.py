# %% [markdown]
# Amal. Whole tables at once.

# %%
import numpy as np
from collections import deque
from check import check

# %%
def one_hot(words, V):
    return (np.asarray(words)[:, None] == np.arange(V)).astype(float)

# %%
def skip_gram_pairs(sentence, window):
    places = np.arange(len(sentence))
    far = np.abs(places[:, None] - places)
    centres, contexts = np.nonzero((0 < far) * (far <= window))
    words = np.array(sentence, dtype=int)
    return list(zip(words[centres], words[contexts]))

# %%
def keep_probability(counts, t=1e-3):
    if t == 0:
        return np.ones((1, len(counts)))
    share = np.maximum(counts, 1e-300) / counts.sum()
    ratio = np.sqrt(t / share)
    return np.minimum(1, ratio + ratio**2)[None]

# %%
def subsample(tokens, keep, generator):
    chances = np.take(keep, tokens)
    return np.compress(generator.uniform(size=np.shape(tokens)) < chances, tokens)

# %%
def softmax_loss(h, U, target):
    scores = np.einsum("wd,d->w", U, h)
    return np.logaddexp.reduce(scores - scores[target])

# %%
def softmax_gradients(h, U, target):
    scores = np.einsum("wd,d->w", U, h)
    g = np.exp(scores - np.logaddexp.reduce(scores)) - np.eye(len(U))[target]
    return dict(dh=np.einsum("w,wd->d", g, U), dU=np.einsum("w,d->wd", g, h))

# %%
def noise_distribution(counts, power=0.75):
    seen = counts > 0
    logs = power * np.log(np.where(seen, counts, 1))
    weights = seen * np.exp(logs - logs.max())
    return weights / weights.sum()

# %%
def draw_negatives(q, n, generator):
    return generator.choice(len(q), size=n, p=q)

# %%
def negative_sampling_loss(h, U, target, negatives):
    signs = np.array([1.0] + [-1.0] * len(negatives))
    scores = signs * (U[[target, *negatives]] @ h)
    return np.sum(np.maximum(-scores, 0) + np.log1p(np.exp(-np.abs(scores))))

# %%
def negative_sampling_gradients(h, U, target, negatives):
    times = np.bincount(negatives, minlength=len(U))
    yes = np.arange(len(U)) == target
    p = sigmoid(U @ h)
    g = times * p - yes * (1 - p)
    return {"dh": g @ U, "dU": g[:, None] * h}

# %%
def huffman_codes(counts):
    """Two queues: words from rare to frequent, and joined trees in the order in which they were made."""
    words = deque(sorted((count, [word]) for word, count in enumerate(counts)))
    joined, codes = deque(), [[] for _ in counts]

    def rarest():
        return (words if words and (not joined or words[0][0] <= joined[0][0]) else joined).popleft()

    for _ in range(len(counts) - 1):
        pair = rarest(), rarest()
        for turn, (_, members) in zip("01", pair):
            for word in members:
                codes[word].append(turn)
        joined.append((pair[0][0] + pair[1][0], pair[0][1] + pair[1][1]))
    return ["".join(reversed(code)) for code in codes]

# %%
def cbow_loss_and_gradients(W, U, context, target, negatives):
    bag = one_hot(context, len(W)).mean(axis=0)
    h = bag @ W
    at_h = negative_sampling_gradients(h, U, target, negatives)
    return negative_sampling_loss(h, U, target, negatives), np.outer(bag, at_h["dh"]), at_h["dU"]

# %%
def descend(table, rows, moves):
    """Step once for each different word, by the sum of what its places ask for."""
    different, which = np.unique(rows, return_inverse=True)
    table[different] -= one_hot(which, len(different)).T @ moves


def train(start, text, keep, q, exam, epochs, seed, window=5, negatives=5, rate=0.04):
    generator = np.random.default_rng(seed)
    vectors = {name: array.copy() for name, array in start.items()}
    losses = np.zeros(epochs + 1)
    losses[0] = exam_loss(vectors, exam)
    near = sum(np.eye(50, k=k) for k in range(-window, window + 1) if k)
    for epoch in range(epochs):
        words = subsample(text, keep, generator)
        blocks = words[: words.size - words.size % 50].reshape(-1, 50)
        for n, b in enumerate(generator.permutation(len(blocks))):
            drawn = draw_negatives(q, 50, generator)
            H, N, M = vectors["W"][blocks[b]], vectors["U"][blocks[b]], vectors["U"][drawn]
            right = -near * sigmoid(-(H @ N.T))
            wrong = near.sum(axis=1)[:, None] * negatives / 50 * sigmoid(H @ M.T)
            step = rate * (1 - (epoch + n / len(blocks)) / epochs)
            descend(vectors["W"], blocks[b], step * (right @ N + wrong @ M))
            descend(vectors["U"], blocks[b], step * (right.T @ H))
            descend(vectors["U"], drawn, step * (wrong.T @ H))
        losses[epoch + 1] = exam_loss(vectors, exam)
    return vectors, losses

# %%
check("train")
