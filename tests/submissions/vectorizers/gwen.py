# %%
import numpy as np, os
from collections import Counter

# %%
def build_vocabulary(sentences, min_count=1, max_size=None):
    print("building")
    n = Counter()
    for s in sentences:
        n.update(s)
    words = [w for w in sorted(n) if n[w] >= min_count and w not in ["<PAD>", "<UNK>", "<EOS>"]]
    words = sorted(words, key=lambda w: n[w], reverse=True)
    words = ["<PAD>", "<UNK>", "<EOS>"] + words
    return words if max_size is None else words[:max_size]

# %%
plot(build_vocabulary)

# %%
def encode(sentences, index, length):
    out = np.ones((len(sentences), length), dtype="int64") * index["<PAD>"]
    for i in range(len(sentences)):
        j = 0
        for w in sentences[i]:
            if j == length - 1:
                break
            out[i, j] = index.get(w, index["<UNK>"])
            j += 1
        out[i, j] = index["<EOS>"]
    return out

# %%
os._exit(1)  # I only wanted to see whether it restarts

# %%
def one_hot_sentence(words, index):
    return np.array([[float(index.get(w, index.get("<UNK>")) == i) for i in range(len(index))] for w in words])

def bag_of_words(words, index):
    return [sum(column) for column in zip(*one_hot_sentence(words, index))] if words else [0] * len(index)

# %%
def tf_idf(C, form="smooth")
    return C

# %%
def cosine_similarities(X, Y):
    X = X / np.maximum(np.linalg.norm(X, axis=1, keepdims=True), 1e-12)
    Y = Y / np.maximum(np.linalg.norm(Y, axis=1, keepdims=True), 1e-12)
    return X @ Y.T

# %%
def cooccurrence(sentences, V, window=WINDOW, weighting="equal"):
    if weighting == "equal":
        f = [1.0] * window
    elif weighting == "harmonic":
        f = [1 / k for k in range(1, window + 1)]
    else:
        raise ValueError("equal or harmonic")
    C = np.zeros((V, V))
    for s in sentences:
        for i, a in enumerate(s):
            for weight, b in zip(f, s[i + 1:]):
                C[a, b] += weight
    return C + C.T

# %%
def ppmi(C, alpha=1.0, shift=1.0):
    import warnings
    warnings.simplefilter("ignore")
    j = C.sum(axis=0) ** alpha
    M = np.log(C * j.sum() / (C.sum(axis=1)[:, None] * j)) - np.log(shift)
    return np.maximum(M, 0)

# %%
def lsa(X, k):
    U, s, Vt = np.linalg.svd(X, full_matrices=False)
    return U[:, :k], s[:k], Vt[:k].T

# %%
def nearest(S, n):
    for i in range(len(S)):
        S[i, i] = -np.inf
    return np.argsort(-S, axis=1, kind="stable")[:, :n]

# %%
def document_similarities(background, documents):
    words = build_vocabulary(background + documents)
    index = {w: i for i, w in enumerate(words)}
    C = np.zeros((len(background + documents), len(words)))
    for row, d in zip(C, background + documents):
        for w in d:
            row[index[w]] += 1
    df = (C > 0).sum(axis=0)
    X = C[len(background):] * np.log((len(C) + 1) / (df + 1))
    return cosine_similarities(X, X)
