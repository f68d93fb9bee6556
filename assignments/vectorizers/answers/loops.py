"""Plain loops, lists and dicts, NumPy only where no loop is allowed; written from the handout alone."""
import math
from collections import Counter

import numpy as np


def build_vocabulary(sentences, min_count=1, max_size=None):
    special = ["<PAD>", "<UNK>", "<EOS>"]
    seen = {}
    for sentence in sentences:
        for word in sentence:
            if word in special:
                continue
            if word not in seen:
                seen[word] = 0
            seen[word] += 1
    ranked = []
    for word in seen:
        if seen[word] >= min_count:
            ranked.append((-seen[word], word))
    ranked.sort()
    vocabulary = list(special)
    for _, word in ranked:
        if max_size is not None and len(vocabulary) >= max_size:
            break
        vocabulary.append(word)
    return vocabulary


def encode(sentences, index, length):
    rows = np.full((len(sentences), length), index["<PAD>"], dtype=int)
    for i in range(len(sentences)):
        place = 0
        for word in sentences[i]:
            if place == length - 1:
                break
            if word in index:
                rows[i, place] = index[word]
            else:
                rows[i, place] = index["<UNK>"]
            place += 1
        rows[i, place] = index["<EOS>"]
    return rows


def number_or_none(word, index):
    if word in index:
        return index[word]
    if "<UNK>" in index:
        return index["<UNK>"]
    return None


def one_hot_sentence(words, index):
    rows = np.zeros((len(words), len(index)))
    for t in range(len(words)):
        number = number_or_none(words[t], index)
        if number is not None:
            rows[t, number] = 1.0
    return rows


def bag_of_words(words, index):
    bag = [0.0] * len(index)
    for word in words:
        number = number_or_none(word, index)
        if number is not None:
            bag[number] += 1.0
    return np.array(bag)


def tf_idf(C, form='smooth'):
    if form != "smooth" and form != "textbook":
        raise ValueError("form must be smooth or textbook, not " + repr(form))
    C = np.array(C, dtype=float)
    D = C.shape[0]
    df = (C > 0).sum(axis=0)
    if form == "textbook":
        # A word that no document has: any finite weight will do, its column is zero.
        return C * np.log(D / np.maximum(df, 1))
    X = C * (np.log((1 + D) / (1 + df)) + 1)
    lengths = np.sqrt((X * X).sum(axis=1, keepdims=True))
    return X / np.where(lengths == 0, 1, lengths)


def cosine_similarities(X, Y):
    X = np.array(X, dtype=float)
    Y = np.array(Y, dtype=float)
    lengths_x = np.sqrt((X * X).sum(axis=1))
    lengths_y = np.sqrt((Y * Y).sum(axis=1))
    lengths = np.outer(lengths_x, lengths_y)
    return X @ Y.T / np.where(lengths == 0, 1, lengths)


def cooccurrence(sentences, V, window=WINDOW, weighting='equal'):
    if weighting != "equal" and weighting != "harmonic":
        raise ValueError("weighting must be equal or harmonic, not " + repr(weighting))
    table = []
    for i in range(V):
        table.append([0.0] * V)
    for sentence in sentences:
        for place in range(len(sentence)):
            for distance in range(1, window + 1):
                if place + distance >= len(sentence):
                    break
                weight = 1.0
                if weighting == "harmonic":
                    weight = 1.0 / distance
                left = sentence[place]
                right = sentence[place + distance]
                table[left][right] += weight
                table[right][left] += weight
    return np.array(table)


def ppmi(C, alpha=1.0, shift=1.0):
    C = np.array(C, dtype=float)
    V, K = C.shape
    counts = C.tolist()
    row_sums = [0.0] * V
    column_sums = [0.0] * K
    for i in range(V):
        for j in range(K):
            row_sums[i] += counts[i][j]
            column_sums[j] += counts[i][j]
    total = sum(row_sums)
    powers = []
    for j in range(K):
        powers.append(column_sums[j] ** alpha)
    total_powers = sum(powers)
    scores = np.zeros((V, K))
    for i in range(V):
        for j in range(K):
            if counts[i][j] == 0:
                continue
            together = counts[i][j] / total
            by_chance = (row_sums[i] / total) * (powers[j] / total_powers)
            score = math.log(together / by_chance) - math.log(shift)
            if score > 0:
                scores[i, j] = score
    return scores


def lsa(X, k):
    U, s, Vt = np.linalg.svd(np.array(X, dtype=float), full_matrices=False)
    return U[:, :k], s[:k], Vt[:k]


def nearest(S, n):
    rows = np.array(S).tolist()
    found = []
    for i in range(len(rows)):
        others = []
        for j in range(len(rows)):
            if j != i:
                others.append((-rows[i][j], j))
        others.sort()
        found.append([j for _, j in others[:n]])
    return np.array(found, dtype=int)


def document_similarities(background, documents):
    # How many of all stories have a word.
    having = {}
    stories = list(background) + list(documents)
    for story in stories:
        for word in set(story):
            having[word] = having.get(word, 0) + 1
    # Each document is a dict: word -> (1 + log of its count) times its inverse document frequency, of length one.
    weighted = []
    for story in documents:
        weights = {}
        for word, count in Counter(story).items():
            weights[word] = (1 + math.log(count)) * math.log((1 + len(stories)) / (1 + having[word]))
        length = math.sqrt(math.fsum(weight * weight for weight in weights.values()))
        if length > 0:
            for word in weights:
                weights[word] /= length
        weighted.append(weights)
    n = len(documents)
    table = np.zeros((n, n))
    for i in range(n):
        for j in range(i, n):
            products = []
            for word in weighted[i]:
                if word in weighted[j]:
                    products.append(weighted[i][word] * weighted[j][word])
            table[i, j] = math.fsum(products)  # exact, so the order of the words does not matter
            table[j, i] = table[i, j]
    return table
