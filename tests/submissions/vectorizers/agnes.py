# %%
import math

import numpy as np
from check import check


def index_of(words):
    d = {}
    for i in range(len(words)):
        d[words[i]] = i
    return d


# %%
def build_vocabulary(sentences, min_count=1, max_size=None):
    freq = {}
    for s in sentences:
        for w in s:
            if w in freq:
                freq[w] += 1
            else:
                freq[w] = 1
    for t in ("<PAD>", "<UNK>", "<EOS>"):
        freq.pop(t, None)
    out = ["<PAD>", "<UNK>", "<EOS>"]
    for c in sorted(set(freq.values()), reverse=True):
        if c < min_count:
            break
        out += sorted(w for w in freq if freq[w] == c)
    if max_size is None:
        return out
    return out[0:max_size]


check("build_vocabulary")


# %%
def encode(sentences, index, length):
    out = []
    for s in sentences:
        row = []
        for w in s:
            row.append(index[w] if w in index else index["<UNK>"])
        while len(row) >= length:
            row.pop()
        row.append(index["<EOS>"])
        while len(row) < length:
            row.append(index["<PAD>"])
        out.append(row)
    return np.array(out)


def one_hot_sentence(words, index):
    out = np.zeros((len(words), len(index)))
    for i in range(len(words)):
        if words[i] in index:
            out[i][index[words[i]]] = 1.0
        elif "<UNK>" in index:
            out[i][index["<UNK>"]] = 1.0
    return out


def bag_of_words(words, index):
    if len(words) == 0:
        return np.zeros(len(index))
    return sum(one_hot_sentence(words, index))


# %%
def tf_idf(C, form="smooth"):
    C = np.array(C, dtype=float)
    if form == "smooth":
        idf = np.log((1 + C.shape[0]) / (1 + np.count_nonzero(C, axis=0))) + 1
        X = C * idf
        n = np.sqrt((X**2).sum(1))
        n[n == 0] = 1.0
        return X / n[:, None]
    if form == "textbook":
        df = (C > 0).sum(0).astype(float)
        df[df == 0] = C.shape[0]
        return C * np.log(C.shape[0] / df)
    raise ValueError("smooth or textbook, please")


def cosine_similarities(X, Y):
    def unit(M):
        M = np.asarray(M, dtype=float)
        n = np.sqrt(np.sum(M**2, axis=1))[:, None]
        return np.divide(M, n, out=np.zeros_like(M), where=n > 0)

    return unit(X).dot(unit(Y).T)


# %%
def cooccurrence(sentences, V, window=WINDOW, weighting="equal"):
    if weighting == "equal":
        weigh = lambda k: 1.0
    elif weighting == "harmonic":
        weigh = lambda k: 1.0 / k
    else:
        raise ValueError(weighting)
    C = np.zeros((V, V))
    for s in sentences:
        for i in range(len(s)):
            for j in range(len(s)):
                if i != j and abs(i - j) <= window:
                    C[s[i]][s[j]] += weigh(abs(i - j))
    return C


def ppmi(C, alpha=1.0, shift=1.0):
    n, m = C.shape
    total = float(C.sum())
    col = [float(C[:, j].sum()) ** alpha for j in range(m)]
    M = np.zeros((n, m))
    for i in range(n):
        row = float(C[i].sum())
        for j in range(m):
            if C[i, j] > 0:
                score = math.log(C[i, j] / total) - math.log(row / total) - math.log(col[j] / sum(col)) - math.log(shift)
                if score > 0:
                    M[i, j] = score
    return M


# %%
def lsa(X, k):
    U, s, V = np.linalg.svd(np.array(X))
    return U[:, 0:k], s[0:k], V[0:k, :]


def nearest(S, n):
    result = []
    for i in range(len(S)):
        others = [j for j in range(len(S)) if j != i]
        others.sort(key=lambda j: (-S[i, j], j))
        result.append(others[:n])
    return np.array(result)


# %%
def document_similarities(background, documents):
    voc = sorted({w for d in documents for w in d})
    idx = index_of(voc)
    seen = {w: 1 for w in voc}
    for d in background + documents:
        for w in set(d):
            if w in seen:
                seen[w] += 1
    N = len(background) + len(documents) + 1
    weight = np.array([math.log(N / seen[w]) for w in voc])
    X = np.array([np.sqrt(bag_of_words(d, idx)) * weight for d in documents])
    return cosine_similarities(X, X)


check("document_similarities")
check.before_submitting()
