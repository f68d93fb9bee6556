# %%
import numpy as np

# %%
def build_vocabulary(sentences, min_count=1, max_size=None):
    words = [w for s in sentences for w in s]
    unique = set(words) - {"<PAD>", "<UNK>", "<EOS>"}
    count = {w: words.count(w) for w in unique}
    kept = sorted([w for w in unique if count[w] >= min_count])
    kept.sort(key=count.get, reverse=True)  # stable, also the other way round
    return (["<PAD>", "<UNK>", "<EOS>"] + kept)[:max_size]

def encode(sentences, index, length):
    N = np.full((len(sentences), length), index["<PAD>"], dtype=np.int32)
    for n, s in zip(N, sentences):
        s = [index.get(w, index["<UNK>"]) for w in s]
        s = s[:length - 1]
        n[:len(s) + 1] = s + [index["<EOS>"]]
    return N

# %%
def one_hot_sentence(words, index):
    I = np.vstack([np.eye(len(index)), np.zeros(len(index))])
    return I[[index.get(w, index.get("<UNK>", -1)) for w in words]]

def bag_of_words(words, index):
    x = np.zeros(len(index))
    for w in words:
        if w in index:
            x[index[w]] = 1
        elif "<UNK>" in index:
            x[index["<UNK>"]] = 1
    return x

# %%
def tf_idf(C, form="smooth"):
    D = len(C)
    df = np.array(C > 0, dtype=int).sum(axis=0)
    if form == "smooth":
        return C * (np.log((1 + D) / (1 + df)) + 1)
    if form == "textbook":
        return C * np.log(np.divide(D, df, out=np.ones(len(df)), where=df > 0))
    raise ValueError("no such form")

def cosine_similarities(X, Y):
    lx = (X * X).sum(1) ** 0.5
    ly = (Y * Y).sum(1) ** 0.5
    l = lx[:, None] * ly
    return np.where(l > 0, X @ Y.T, 0) / np.where(l > 0, l, 1)

# %%
def cooccurrence(sentences, V, window=WINDOW, weighting="equal"):
    if weighting not in ["equal", "harmonic"]:
        raise ValueError("no such weighting")
    C = np.zeros((V, V))
    for s in sentences:
        for i, a in enumerate(s):
            for k in range(1, window + 1):
                if i + k < len(s):
                    C[a, s[i + k]] += 1 if weighting == "equal" else 1 / k
    return C

def ppmi(C, alpha=1.0, shift=1.0):
    M = np.zeros(C.shape)
    pj = C.sum(0) ** alpha / max((C.sum(0) ** alpha).sum(), 1)
    for i in range(len(C)):
        for j in range(len(C[0])):
            if C[i, j]:
                M[i, j] = np.log(C[i, j] / C.sum() / (C[i].sum() / C.sum() * pj[j])) - np.log(shift)
    return M

# %%
def lsa(X, k):
    u, s, vt = np.linalg.svd(X, full_matrices=False)
    return -u[:, :k], s[:k], -vt[:k]

def nearest(S, n):
    T = S.astype(float).copy()
    T[np.diag_indices(len(T))] = -float("inf")
    return np.argsort(-T, kind="mergesort")[:, :n]

# %%
def document_similarities(background, documents):
    n = len(documents)
    S = np.ones((n, n))
    for i in range(n):
        for j in range(n):
            a, b = set(documents[i]), set(documents[j])
            S[i, j] = len(a & b) / len(a | b)
    return S
