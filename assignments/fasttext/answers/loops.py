"""Plain loops over entries, dicts and lists, the training with small NumPy steps per question; written from the handout alone."""
import math

import numpy as np


def character_ngrams(word, shortest=3, longest=6):
    marked = "<" + word + ">"
    pieces = []
    for begin in range(len(marked)):
        for n in range(shortest, longest + 1):
            end = begin + n
            if end > len(marked):
                break
            if n == 1 and (begin == 0 or end == len(marked)):
                continue  # a mark alone
            pieces.append(marked[begin:end])
    return pieces


def fnv1a(text):
    h = 2166136261
    for byte in text.encode():
        if byte >= 128:
            byte -= 256
        h = ((h ^ byte) * 16777619) % 2**32
    return h


def subword_buckets(word, buckets, shortest=3, longest=6):
    result = []
    for piece in character_ngrams(word, shortest, longest):
        result.append(fnv1a(piece) % buckets)
    return result


def word_rows(word, index, buckets, shortest=3, longest=6):
    rows = []
    if word in index:
        rows.append(index[word])
    for bucket in subword_buckets(word, buckets, shortest, longest):
        rows.append(len(index) + bucket)
    return rows


def subword_vectors(Z, parts):
    d = Z.shape[1]
    X = np.zeros((len(parts), d))
    for i, rows in enumerate(parts):
        for row in rows:
            for j in range(d):
                X[i, j] += Z[row, j]
        for j in range(d):
            if len(rows) > 0:
                X[i, j] /= len(rows)
    return X


def subword_gradient(dX, Z, parts):
    d = Z.shape[1]
    dZ = np.zeros(Z.shape)
    for i, rows in enumerate(parts):
        for row in rows:
            for j in range(d):
                dZ[row, j] += dX[i, j] / len(rows)
    return dZ


def vector_of(word, Z, index, shortest=3, longest=6):
    buckets = len(Z) - len(index)
    rows = word_rows(word, index, buckets, shortest, longest)
    return subword_vectors(Z, [rows])[0]


def product_of(u, x):
    total = 0.0
    for j in range(len(x)):
        total += float(u[j]) * float(x[j])
    return total


def softplus(s):
    """log(1 + e^s) for any size of s."""
    return max(s, 0.0) + math.log1p(math.exp(-abs(s)))


def yes(s):
    """The sigmoid of one number."""
    if s >= 0:
        return 1 / (1 + math.exp(-s))
    e = math.exp(s)
    return e / (1 + e)


def skip_gram_loss(Z, U, rows, target, negatives):
    x = subword_vectors(Z, [rows])[0]
    J = softplus(-product_of(U[target], x))
    for word in negatives:
        J += softplus(product_of(U[word], x))
    return J


def skip_gram_gradients(Z, U, rows, target, negatives):
    d = Z.shape[1]
    x = subword_vectors(Z, [rows])[0]
    dx = np.zeros((1, d))
    dU = np.zeros(U.shape)
    asked = [(target, 1.0)]
    for word in negatives:
        asked.append((word, 0.0))
    for word, right in asked:
        g = yes(product_of(U[word], x)) - right
        for j in range(d):
            dx[0, j] += g * U[word, j]
            dU[word, j] += g * x[j]
    return {"dZ": subword_gradient(dx, Z, [rows]), "dU": dU}


def mean_of_bag(A, bag):
    d = A.shape[1]
    h = [0.0] * d
    for row in bag:
        for j in range(d):
            h[j] += A[row, j]
    for j in range(d):
        h[j] /= len(bag)
    return h


def classifier_loss(A, B, bag, label):
    h = mean_of_bag(A, bag)
    scores = [product_of(b, h) for b in B]
    largest = max(scores)
    total = 0.0
    for score in scores:
        total += math.exp(score - largest)
    return largest + math.log(total) - scores[label]


def classifier_gradients(A, B, bag, label):
    d = A.shape[1]
    h = mean_of_bag(A, bag)
    scores = [product_of(b, h) for b in B]
    largest = max(scores)
    shares = [math.exp(score - largest) for score in scores]
    total = sum(shares)
    dA = np.zeros(A.shape)
    dB = np.zeros(B.shape)
    dh = [0.0] * d
    for l in range(len(B)):
        g = shares[l] / total
        if l == label:
            g -= 1
        for j in range(d):
            dB[l, j] = g * h[j]
            dh[j] += g * B[l, j]
    for row in bag:
        for j in range(d):
            dA[row, j] += dh[j] / len(bag)
    return {"dA": dA, "dB": dB}


def train(start, parts, questions, epochs, rate=0.1, batch=100):
    Z = np.array(start["Z"], dtype=float)
    U = np.array(start["U"], dtype=float)
    questions = np.asarray(questions)
    n = len(questions)
    tables = [np.array(rows, dtype=int) for rows in parts]
    right = np.zeros(questions.shape[1] - 1)
    right[0] = 1.0

    begins = list(range(0, n, batch))
    N = len(begins) * epochs
    b = 0
    for _ in range(epochs):
        for begin in begins:
            step = rate * (1 - b / N)
            b += 1
            # all questions of the batch are answered with the vectors as they are now
            moves = []
            for question in questions[begin:begin + batch]:
                rows = tables[question[0]]
                words = question[1:]
                x = Z[rows].sum(axis=0) / len(rows)
                u = U[words]
                g = sigmoid(u @ x) - right
                moves.append((rows, words, g @ u, np.outer(g, x)))
            # and only then are the vectors moved
            for rows, words, dx, du in moves:
                np.subtract.at(Z, rows, step * dx)
                np.subtract.at(U, words, step * du)
    return {"Z": Z, "U": U}
