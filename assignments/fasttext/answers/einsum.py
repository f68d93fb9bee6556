"""Terse NumPy: einsum, broadcasting and fancy indexing, hardly a loop; written from the handout alone."""
from functools import reduce

import numpy as np
from scipy.sparse import csr_array


def character_ngrams(word, shortest=3, longest=6):
    marked = f"<{word}>"
    places = [(i, i + n) for i in range(len(marked)) for n in range(shortest, longest + 1) if i + n <= len(marked)]
    return [marked[i:j] for i, j in places if (i, j) not in {(0, 1), (len(marked) - 1, len(marked))}]


def fnv1a(text):
    signed = np.frombuffer(text.encode(), dtype=np.int8).tolist()
    return reduce(lambda h, b: (h ^ b) * 16777619 % 2**32, signed, 2166136261)


def subword_buckets(word, buckets, shortest=3, longest=6):
    return [fnv1a(ngram) % buckets for ngram in character_ngrams(word, shortest, longest)]


def word_rows(word, index, buckets, shortest=3, longest=6):
    own = [index[word]] if word in index else []
    return own + [len(index) + bucket for bucket in subword_buckets(word, buckets, shortest, longest)]


def flattened(parts):
    """Return the size of each list, the number of the list of each entry, and all entries."""
    sizes = np.array([len(rows) for rows in parts], dtype=int)
    return sizes, np.repeat(np.arange(len(parts)), sizes), np.concatenate([*parts, []]).astype(int)


def subword_vectors(Z, parts):
    sizes, owner, rows = flattened(parts)
    X = np.zeros((len(parts), Z.shape[1]))
    np.add.at(X, owner, Z[rows])
    return X / np.maximum(sizes, 1)[:, None]


def subword_gradient(dX, Z, parts):
    sizes, owner, rows = flattened(parts)
    dZ = np.zeros(Z.shape)
    np.add.at(dZ, rows, dX[owner] / sizes[owner, None])
    return dZ


def vector_of(word, Z, index, shortest=3, longest=6):
    return subword_vectors(Z, [word_rows(word, index, len(Z) - len(index), shortest, longest)])[0]


def skip_gram_loss(Z, U, rows, target, negatives):
    scores = np.einsum("kd,d->k", U[np.append(target, negatives).astype(int)], Z[rows].mean(axis=0))
    scores[0] *= -1
    return float(np.logaddexp(0, scores).sum())


def skip_gram_gradients(Z, U, rows, target, negatives):
    x, asked = Z[rows].mean(axis=0), np.append(target, negatives).astype(int)
    g = sigmoid(np.einsum("kd,d->k", U[asked], x)) - (np.arange(len(asked)) == 0)
    dZ, dU = np.zeros(Z.shape), np.zeros(U.shape)
    np.add.at(dZ, rows, np.einsum("k,kd->d", g, U[asked]) / len(rows))
    np.add.at(dU, asked, np.einsum("k,d->kd", g, x))
    return {"dZ": dZ, "dU": dU}


def classifier_loss(A, B, bag, label):
    scores = np.einsum("ld,d->l", B, A[bag].mean(axis=0))
    return float(np.logaddexp.reduce(scores - scores[label]))


def classifier_gradients(A, B, bag, label):
    h = A[bag].mean(axis=0)
    g = softmax(np.einsum("ld,d->l", B, h)) - (np.arange(len(B)) == label)
    share = np.bincount(bag, minlength=len(A)) / len(bag)
    return {"dA": np.einsum("r,l,ld->rd", share, g, B), "dB": np.einsum("l,d->ld", g, h)}


def train(start, parts, questions, epochs, rate=0.1, batch=100):
    Z, U = (np.array(start[name], dtype=float) for name in ("Z", "U"))
    sizes, owner, rows = flattened(parts)
    made_of = csr_array((np.ones(len(rows)), (owner, rows)), shape=(len(parts), len(Z)))
    begins = np.tile(np.arange(0, len(questions), batch), epochs)
    for b, begin in enumerate(begins):
        centre, asked = questions[begin : begin + batch, 0], questions[begin : begin + batch, 1:]
        pieces = made_of[centre]
        x, u = pieces @ Z / sizes[centre, None], U[asked]
        g = sigmoid(np.einsum("nd,nkd->nk", x, u)) - (np.arange(asked.shape[1]) == 0)
        step = rate * (1 - b / len(begins))
        Z -= step * (pieces.T @ np.einsum("nk,nkd->nd", g, u))
        np.add.at(U, asked, -step * np.einsum("nk,nd->nkd", g, x))
    return {"Z": Z, "U": U}
