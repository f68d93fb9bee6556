"""Terse vectorised NumPy: np.unique, np.bincount, einsum, broadcasting, lexsort; written from the handout alone."""
from itertools import chain

import numpy as np

SPECIAL = ["<PAD>", "<UNK>", "<EOS>"]


def numbers_of(words, index):
    """The number of each word, that of <UNK> for a stranger, -1 where there is none."""
    unknown = index.get("<UNK>", -1)
    return np.fromiter((index.get(word, unknown) for word in words), dtype=int)


def lengths_of(X):
    return np.sqrt(np.einsum("ij,ij->i", X, X))


def build_vocabulary(sentences, min_count=1, max_size=None):
    words, counts = np.unique(np.array(list(chain.from_iterable(sentences)), dtype=str), return_counts=True)
    chosen = (counts >= min_count) & ~np.isin(words, SPECIAL)
    words, counts = words[chosen], counts[chosen]
    return (SPECIAL + words[np.argsort(-counts, kind="stable")].tolist())[:max_size]


def encode(sentences, index, length):
    kept = [sentence[: length - 1] for sentence in sentences]
    sizes = np.fromiter(map(len, kept), dtype=int)
    rows = np.full((len(kept), length), index["<PAD>"], dtype=int)
    rows[np.arange(length) < sizes[:, None]] = numbers_of(chain.from_iterable(kept), index)
    rows[np.arange(len(kept)), sizes] = index["<EOS>"]
    return rows


def one_hot_sentence(words, index):
    return (numbers_of(words, index)[:, None] == np.arange(len(index))).astype(float)


def bag_of_words(words, index):
    numbers = numbers_of(words, index)
    return np.bincount(numbers[numbers >= 0], minlength=len(index)).astype(float)


def tf_idf(C, form='smooth'):
    C = np.asarray(C, dtype=float)
    D, df = len(C), np.count_nonzero(C, axis=0)
    if form == "textbook":
        return C * np.log(D / np.where(df, df, max(D, 1)))
    if form != "smooth":
        raise ValueError(form)
    X = C * (np.log1p(D) - np.log1p(df) + 1)
    size = lengths_of(X)[:, None]
    return X / np.where(size > 0, size, 1)


def cosine_similarities(X, Y):
    X, Y = np.asarray(X, dtype=float), np.asarray(Y, dtype=float)
    sizes = np.outer(lengths_of(X), lengths_of(Y))
    return np.divide(X @ Y.T, sizes, out=np.zeros_like(sizes), where=sizes > 0)


def cooccurrence(sentences, V, window=WINDOW, weighting='equal'):
    if weighting not in ("equal", "harmonic"):
        raise ValueError(weighting)
    sizes = np.fromiter(map(len, sentences), dtype=int)
    words = np.fromiter(chain.from_iterable(sentences), dtype=int)
    home = np.repeat(np.arange(len(sizes)), sizes)
    half = np.zeros(V * V)
    for k in range(1, min(window, max(sizes, default=1) - 1) + 1):
        together = home[k:] == home[:-k]
        cells = (words[:-k] * V + words[k:])[together]
        half += np.bincount(cells, minlength=V * V) / (k if weighting == "harmonic" else 1)
    half = half.reshape(V, V)
    return half + half.T


def ppmi(C, alpha=1.0, shift=1.0):
    C = np.asarray(C, dtype=float)
    scores = np.zeros(C.shape)
    i, j = np.nonzero(C)
    context = C.sum(axis=0) ** alpha
    pmi = np.log(C[i, j]) - np.log(C.sum(axis=1)[i]) - np.log(context[j]) + np.log(context.sum())
    scores[i, j] = np.maximum(pmi - np.log(shift), 0)
    return scores


def lsa(X, k):
    U, s, Vt = np.linalg.svd(np.asarray(X, dtype=float), full_matrices=False)
    return U[:, :k], s[:k], Vt[:k]


def nearest(S, n):
    S = np.asarray(S, dtype=float)
    return np.lexsort((-S, np.eye(len(S))), axis=-1)[:, :n]  # first by "is it myself?", then by -S, then by number


def document_similarities(background, documents):
    stories = [*background, *documents]
    index = {word: n for n, word in enumerate(build_vocabulary(stories)[3:])}
    C = np.array([bag_of_words(story, index) for story in stories])
    X = tf_idf(np.log1p(C), form="textbook")[len(background):]
    S = cosine_similarities(X, X)
    return (S + S.T) / 2
