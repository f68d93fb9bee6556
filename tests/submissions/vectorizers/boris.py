# %%
from collections import Counter
from itertools import chain

import numpy as np

# %%
def build_vocabulary(sentences, min_count=1, max_size=None):
    special = "<PAD>", "<UNK>", "<EOS>"
    c = Counter(chain.from_iterable(sentences))
    words = sorted((-n, w) for w, n in c.items() if n >= min_count and not w in special)
    return (special + tuple(w for _, w in words))[:max_size]

# %%
def encode(sentences, index, length):
    rows = [([index.get(w, index["<UNK>"]) for w in s][:length - 1] + [index["<EOS>"]]) for s in sentences]
    return [r + [index["<PAD>"]] * (length - len(r)) for r in rows]

def numbers_of(words, index):
    return np.array([index.get(w, index.get("<UNK>", -1)) for w in words], dtype=np.int32)

def one_hot_sentence(words, index):
    return (numbers_of(words, index)[:, None] == np.arange(len(index))).astype(np.int8)

def bag_of_words(words, index):
    n = numbers_of(words, index)
    return np.bincount(n[n >= 0], minlength=len(index))

# %%
def tf_idf(C, form="smooth"):
    D = C.shape[0]
    df = np.einsum("dv->v", (C != 0).astype(int))
    if form == "smooth":
        X = np.einsum("dv,v->dv", C, 1 + np.log1p(D) - np.log1p(df))
        length = np.sqrt(np.einsum("dv,dv->d", X, X))
        return X / np.maximum(length, 1e-300)[:, np.newaxis]
    elif form == "textbook":
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.nan_to_num(C * np.log(D / df))
    else:
        raise ValueError("unknown form " + form)

def cosine_similarities(X, Y):
    xy = np.einsum("id,jd->ij", X, Y)
    xx, yy = np.einsum("id,id->i", X, X), np.einsum("jd,jd->j", Y, Y)
    norm = np.sqrt(xx[:, None] * yy[None, :])
    norm[norm == 0] = np.inf
    return xy / norm

# %%
def cooccurrence(sentences, V, window=WINDOW, weighting="equal"):
    assert V > 0
    if weighting not in {"equal", "harmonic"}:
        raise ValueError()
    C = np.zeros((V, V))
    for sentence in sentences:
        s = np.array(sentence, dtype=int)
        for k in range(1, min(window, len(s) - 1) + 1):
            w = 1.0 if weighting == "equal" else 1.0 / k
            np.add.at(C, (s[:-k], s[k:]), w)
            np.add.at(C, (s[k:], s[:-k]), w)
    return C

def ppmi(C, alpha=1.0, shift=1.0):
    context = C.sum(0) ** alpha
    with np.errstate(all="ignore"):
        pmi = np.log(C) - np.log(C.sum(1, keepdims=True)) - np.log(context / context.sum())
    pmi[~(C > 0)] = -np.inf
    return np.clip(pmi - np.log(shift), 0, None)

# %%
def lsa(X, k):
    # the small one of X X^T and X^T X
    if X.shape[0] <= X.shape[1]:
        w, U = np.linalg.eigh(X @ X.T)
        U, s = U[:, ::-1][:, :k], np.sqrt(w[::-1][:k])
        return U, s, (U / s).T @ X
    U, s, Vt = lsa(X.T, k)
    return Vt.T, s, U.T

def nearest(S, n):
    S = np.where(np.eye(len(S), dtype=bool), -np.inf, S)
    return np.lexsort((np.broadcast_to(np.arange(len(S)), S.shape), -S))[:, :n].astype(np.uint16)

# %%
def document_similarities(background, documents):
    everything = background + documents
    words = build_vocabulary(everything)
    index = {w: i for i, w in enumerate(words)}
    C = np.stack([bag_of_words(d, index) for d in everything])
    X = tf_idf(np.log1p(C), "textbook")[-len(documents):]
    return cosine_similarities(X, X)
