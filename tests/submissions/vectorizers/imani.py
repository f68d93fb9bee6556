# %%
import json
from collections import Counter

import numpy as np

# %%
lee = json.load(open("given/lee.json"))
stories = [line.split() for line in lee["background"]]
how_many_have = Counter(word for story in stories for word in set(story))
print(len(stories), "stories,", len(how_many_have), "words")

# %%
class Vocabulary:
    special = ("<PAD>", "<UNK>", "<EOS>")

    def __init__(self, sentences):
        self.counts = Counter(w for s in sentences for w in s if w not in self.special)

    def words(self, least):
        return [*self.special, *sorted(filter(lambda w: self.counts[w] >= least, self.counts), key=self.rank)]

    def rank(self, word):
        return -self.counts[word], word


def build_vocabulary(sentences, min_count=1, max_size=None):
    words = Vocabulary(sentences).words(min_count)
    return words if max_size is None else words[:max_size]

# %%
def encode(sentences, index, length):
    def row(s):
        s = [index.get(w, index["<UNK>"]) for w in s][:length - 1] + [index["<EOS>"]]
        return np.pad(s, (0, length - len(s)), constant_values=index["<PAD>"])

    return np.array([row(s) for s in sentences])

def one_hot_sentence(words, index):
    rows = np.zeros((len(words), len(index)))
    for row, w in zip(rows, words):
        if (number := index.get(w, index.get("<UNK>"))) is not None:
            row[number] = 1
    return rows

def bag_of_words(words, index):
    counts = Counter(w if w in index else "<UNK>" for w in words)
    x = np.zeros((1, len(index)))
    for w, i in index.items():
        x[0, i] = counts[w]
    return x

# %%
def tf_idf(C, form="smooth"):
    forms = {"smooth": smooth, "textbook": textbook}
    if form not in forms:
        raise ValueError(f"{form}?")
    return forms[form](np.asarray(C, dtype=float), len(C), np.sum(np.sign(C), axis=0))

def smooth(C, D, df):
    X = C * (1 - np.log((1 + df) / (1 + D)))
    return np.nan_to_num(X / np.sqrt(np.square(X).sum(axis=1, keepdims=True) + (X.sum(axis=1, keepdims=True) == 0)))

def textbook(C, D, df):
    return C * -np.log(np.maximum(df, 1) / D)

def cosine_similarities(X, Y):
    X, Y = [M / np.where(M.any(axis=1), np.linalg.norm(M, axis=1), 1)[:, None] for M in (X, Y)]
    return np.tensordot(X, Y, axes=(1, 1))

# %%
def cooccurrence(sentences, V, window=WINDOW, weighting="equal"):
    worth = {"equal": lambda k: 1, "harmonic": lambda k: 1 / k}
    if weighting not in worth:
        raise ValueError(f"{weighting}?")
    C = Counter()
    for s in sentences:
        for k in range(1, window + 1):
            for a, b in zip(s, s[k:]):
                C[a, b] += worth[weighting](k)
                C[b, a] += worth[weighting](k)
    table = np.zeros((V, V))
    for place, worth in C.items():
        table[place] = worth
    return table

def ppmi(C, alpha=1.0, shift=1.0):
    expected = np.outer(C.sum(axis=1), C.sum(axis=0) ** alpha)
    norm = (C.sum(axis=0) ** alpha).sum()
    ratio = np.divide(C * norm, expected * shift, out=np.ones(C.shape), where=C > 0)
    return np.log(np.maximum(ratio, 1))

# %%
def lsa(X, k):
    D, V = X.shape
    U, s, Vt = np.linalg.svd(X, full_matrices=False)
    order = np.argsort(-s)[:k]
    return U[:, order], s[order], Vt[order, :]

def nearest(S, n):
    D = len(S)
    rows = []
    for i in range(D):
        best = np.argsort(-np.delete(S[i], i), kind="stable")[:n]
        rows.append(best + (best >= i))
    return np.vstack(rows)

# %%
def document_similarities(background, documents):
    D = len(stories)
    words = sorted(set().union(*documents))
    weights = np.array([np.log((D + 1) / (how_many_have[w] + 1)) + 1 for w in words])
    X = np.array([[np.log1p(Counter(d)[w]) for w in words] for d in documents]) * weights**1.5
    return cosine_similarities(X, X)
