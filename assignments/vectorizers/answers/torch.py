"""Torch tensors, scipy.sparse tables and pandas frames in small classes; written from the handout alone."""

from collections import Counter
from itertools import chain

import numpy as np
import pandas as pd
import scipy.linalg
import scipy.sparse
import torch


def tensor(array):
    """Return a float64 tensor with a copy of an array's entries."""
    return torch.from_numpy(np.array(array, dtype=np.float64, order="C"))


def unit_rows(X):
    """Bring each row of a tensor to length one; a row of zeros stays."""
    sums = X.abs().sum(dim=1, keepdim=True)
    X = X / torch.where(sums > 0, sums, 1.0)
    lengths = X.square().sum(dim=1, keepdim=True).sqrt()
    return X / torch.where(lengths > 0, lengths, 1.0)


class Lexicon:
    """A dict of words and numbers that has an answer for unknown words: the number of <UNK>, or None."""

    def __init__(self, index):
        self.index = index
        self.unknown = index.get("<UNK>")

    def __len__(self):
        return len(self.index)

    def numbers(self, words):
        return [self.index.get(word, self.unknown) for word in words]


class Meetings:
    """All words of a text on one line, each with the number of its sentence, so that pairs are slices."""

    def __init__(self, sentences):
        lengths = [len(sentence) for sentence in sentences]
        self.longest = max(lengths, default=0)
        self.words = np.fromiter(chain.from_iterable(sentences), dtype=np.int64)
        self.sentence = np.repeat(np.arange(len(lengths)), lengths)

    def at(self, distance):
        """Return the words of all pairs at this distance, the earlier ones and the later ones."""
        together = self.sentence[:-distance] == self.sentence[distance:]
        return self.words[:-distance][together], self.words[distance:][together]


def build_vocabulary(sentences, min_count=1, max_size=None):
    special = ["<PAD>", "<UNK>", "<EOS>"]
    counts = Counter(chain.from_iterable(sentences))
    table = pd.DataFrame({
        "word": pd.Series(list(counts.keys()), dtype=object),
        "count": pd.Series(list(counts.values()), dtype=np.int64),
    })
    table = table[(table["count"] >= min_count) & ~table["word"].isin(special)]
    table = table.sort_values(["count", "word"], ascending=[False, True])
    return (special + table["word"].tolist())[:max_size]


def encode(sentences, index, length):
    lexicon = Lexicon(index)
    rows = torch.full((len(sentences), length), index["<PAD>"], dtype=torch.int64)
    for row, sentence in zip(rows, sentences):
        numbers = lexicon.numbers(sentence[:length - 1]) + [index["<EOS>"]]
        row[:len(numbers)] = torch.tensor(numbers, dtype=torch.int64)
    return rows.numpy()


def one_hot_sentence(words, index):
    lexicon = Lexicon(index)
    ones = [(t, number) for t, number in enumerate(lexicon.numbers(words)) if number is not None]
    rows, columns = np.array(ones, dtype=np.int64).reshape(-1, 2).T
    shape = (len(words), len(lexicon))
    return scipy.sparse.coo_matrix((np.ones(len(rows)), (rows, columns)), shape=shape).toarray()


def bag_of_words(words, index):
    lexicon = Lexicon(index)
    numbers = [number for number in lexicon.numbers(words) if number is not None]
    numbers = torch.tensor(numbers, dtype=torch.int64)
    return torch.bincount(numbers, minlength=len(lexicon)).double().numpy()


def tf_idf(C, form='smooth'):
    if form not in ("smooth", "textbook"):
        raise ValueError(f"form must be 'smooth' or 'textbook', not {form!r}")
    C = tensor(C)
    D = len(C)
    df = (C > 0).sum(dim=0).double()
    if form == "textbook":
        return (C * torch.where(df > 0, torch.log(D / df.clamp(min=1)), 0.0)).numpy()
    return unit_rows(C * (torch.log((1 + D) / (1 + df)) + 1)).numpy()


def cosine_similarities(X, Y):
    return (unit_rows(tensor(X)) @ unit_rows(tensor(Y)).T).numpy()


def cooccurrence(sentences, V, window=WINDOW, weighting='equal'):
    if weighting not in ("equal", "harmonic"):
        raise ValueError(f"weighting must be 'equal' or 'harmonic', not {weighting!r}")
    meetings = Meetings(sentences)
    after = scipy.sparse.csr_matrix((V, V), dtype=np.float64)
    for distance in range(1, min(window, meetings.longest - 1) + 1):
        earlier, later = meetings.at(distance)
        weight = 1.0 if weighting == "equal" else 1.0 / distance
        # Entries of the same place are added up when a coo matrix becomes another one.
        after = after + scipy.sparse.coo_matrix((np.full(len(earlier), weight), (earlier, later)), shape=(V, V)).tocsr()
    return (after + after.T).toarray()


def ppmi(C, alpha=1.0, shift=1.0):
    C = np.array(C, dtype=np.float64)
    met = scipy.sparse.coo_matrix(C)
    words, contexts = C.sum(axis=1), C.sum(axis=0) ** alpha
    i, j = met.row, met.col
    scores = np.log(met.data) - np.log(words[i]) - np.log(contexts[j] / contexts.sum()) - np.log(shift)
    return scipy.sparse.coo_matrix((np.maximum(scores, 0.0), (i, j)), shape=C.shape).toarray()


def lsa(X, k):
    U, s, Vt = scipy.linalg.svd(np.array(X, dtype=np.float64), full_matrices=False)
    return U[:, :k], s[:k], Vt[:k]


def nearest(S, n):
    S = tensor(S)
    D = len(S)
    # Column c of row i is the c-th document other than i, so the diagonal is not there at all.
    others = torch.arange(D - 1).expand(D, D - 1)
    others = others + (others >= torch.arange(D)[:, None]).long()
    order = torch.sort(S.gather(1, others), dim=1, descending=True, stable=True).indices
    return others.gather(1, order)[:, :n].numpy()


def document_similarities(background, documents):
    stories = list(background) + list(documents)
    index = index_of(build_vocabulary(stories))
    counts = np.array([bag_of_words(story, index) for story in stories])
    # The tenth time that a story says a word is worth less than the first.
    X = tf_idf(np.log1p(counts))
    U, s, _ = lsa(X, min(100, *X.shape))
    own = slice(len(background), None)
    words, topics = X[own], (U * s)[own]
    S = cosine_similarities(words, words) + cosine_similarities(topics, topics)
    return (S + S.T) / 2
