# %% [markdown]
# Chiara. Parts 4 and 5 to come.

# %%
import numpy as np

# %%
def character_ngrams(word, shortest=3, longest=6):
    return [
        word[i : i + n] for i in range(len(word)) for n in range(shortest, longest + 1) if i + n <= len(word)
    ]

# %%
def fnv1a(text):
    h = 2166136261
    for b in text.encode():
        if b >= 128:
            b -= 256
        h = (h ^ b) * 16777619 % 2**32
    return h

# %%
def subword_buckets(word, buckets, shortest=3, longest=6):
    return [fnv1a(piece) % buckets for piece in character_ngrams(word, shortest, longest)]

# %%
def word_rows(word, index, buckets, shortest=3, longest=6):
    own = [index[word]] if word in index else []
    return own + [len(index) + b for b in subword_buckets(word, buckets, shortest, longest)]

# %%
def subword_vectors(Z, parts):
    """As in equation 1 of the paper."""
    return np.array([Z[np.array(rows, dtype=int)].sum(axis=0) for rows in parts]).reshape(len(parts), Z.shape[1])

# %%
def subword_gradient(dX, Z, parts):
    dZ = np.zeros(Z.shape)
    for i, rows in enumerate(parts):
        for r in rows:
            dZ[r] += dX[i]
    return dZ

# %%
def vector_of(word, Z, index, shortest=3, longest=6):
    rows = word_rows(word, index, len(Z) - len(index), shortest, longest)
    return subword_vectors(Z, [rows])[0]

# %%
def skip_gram_loss(Z, U, rows, target, negatives):
    x = subword_vectors(Z, [rows])[0]
    return np.logaddexp(0, -U[target] @ x) + np.logaddexp(0, U[negatives] @ x).sum()

# %%
def skip_gram_gradients(Z, U, rows, target, negatives):
    x = subword_vectors(Z, [rows])[0]
    dx = (sigmoid(U[target] @ x) - 1) * U[target]
    dU = np.zeros(U.shape)
    dU[target] += (sigmoid(U[target] @ x) - 1) * x
    for n in negatives:
        p = sigmoid(U[n] @ x)
        dx = dx + p * U[n]
        dU[n] += p * x
    return {"dZ": subword_gradient(dx[None], Z, [rows]), "dU": dU}
