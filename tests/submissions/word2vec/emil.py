# %% [markdown]
# Emil

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
def keep_probability(counts, t=1e-3)
    return counts / counts.sum()

# %%
def subsample(tokens, keep, generator):
    return tokens[generator.random(tokens.shape) < keep[tokens]]

# %%
vocabulary = open("given/wikipedia.text").read().split()
print(skip_gram_pairs(vocabulary, 5))

# %%
def softmax_loss(h, U, target):
    e = np.exp(U @ h)
    return -np.log(e[target] / e.sum())

# %%
def softmax_gradients(h, U, target):
    g = softmax(U @ h)
    g[target] -= 1
    return {"dh": U.T @ g, "dU": np.outer(g, h)}

# %%
def negative_sampling_los(h, U, target, negatives):
    return np.logaddexp(0, -U[target] @ h) + np.logaddexp(0, U[negatives] @ h).sum()
