"""Torch's embedding_bag and autograd, a small class for words in pieces; written from the handout alone."""
import math
from functools import reduce

import numpy as np
import torch
from torch.nn import functional as F


def _tensor(array):
    return torch.tensor(np.asarray(array), dtype=torch.float64)


def _index(array):
    return torch.tensor(np.asarray(array, dtype=np.int64))


def _gradients(loss, *arrays):
    """Return the gradients of loss(*tensors), as NumPy has them."""
    tensors = [_tensor(array).requires_grad_() for array in arrays]
    return [slope.numpy() for slope in torch.autograd.grad(loss(*tensors), tensors)]


class Pieces:
    """The rows that some words are made of, one list behind the other."""

    def __init__(self, parts):
        self.rows = _index([row for rows in parts for row in rows])
        self.lengths = _index([len(rows) for rows in parts])
        self.starts = self.lengths.cumsum(0) - self.lengths

    def mean(self, Z):
        if not len(self.lengths):
            return Z.new_zeros(0, Z.shape[1])
        return F.embedding_bag(self.rows, Z, self.starts, mode="mean")

    def pick(self, words):
        """Return the rows of several words behind one another, and how many each has."""
        lengths = self.lengths[words]
        shift = self.starts[words] - (lengths.cumsum(0) - lengths)
        places = torch.arange(int(lengths.sum())) + shift.repeat_interleave(lengths)
        return self.rows[places], lengths


def character_ngrams(word, shortest=3, longest=6):
    marked = f"<{word}>"
    return [
        marked[begin:begin + n]
        for begin in range(len(marked))
        for n in range(shortest, min(longest, len(marked) - begin) + 1)
        if n > 1 or 0 < begin < len(marked) - 1
    ]


def fnv1a(text):
    signed = torch.tensor(list(text.encode()), dtype=torch.uint8).view(torch.int8).tolist()
    return reduce(lambda h, byte: (h ^ byte) % 2**32 * 16777619 % 2**32, signed, 2166136261)


def subword_buckets(word, buckets, shortest=3, longest=6):
    return [fnv1a(ngram) % buckets for ngram in character_ngrams(word, shortest, longest)]


def word_rows(word, index, buckets, shortest=3, longest=6):
    own = [index[word]] if word in index else []
    return own + [len(index) + bucket for bucket in subword_buckets(word, buckets, shortest, longest)]


def subword_vectors(Z, parts):
    return Pieces(parts).mean(_tensor(Z)).numpy()


def subword_gradient(dX, Z, parts):
    pieces = Pieces(parts)
    if not len(pieces.rows):
        return np.zeros(np.shape(Z))
    return _gradients(lambda Z: (pieces.mean(Z) * _tensor(dX)).sum(), Z)[0]


def vector_of(word, Z, index, shortest=3, longest=6):
    return subword_vectors(Z, [word_rows(word, index, len(Z) - len(index), shortest, longest)])[0]


def _guess(Z, U, rows, target, negatives):
    x = Z[_index(rows)].mean(dim=0)
    return -F.logsigmoid(U[int(target)] @ x) - F.logsigmoid(-U[_index(negatives)] @ x).sum()


def skip_gram_loss(Z, U, rows, target, negatives):
    return _guess(_tensor(Z), _tensor(U), rows, target, negatives).item()


def skip_gram_gradients(Z, U, rows, target, negatives):
    dZ, dU = _gradients(lambda Z, U: _guess(Z, U, rows, target, negatives), Z, U)
    return {"dZ": dZ, "dU": dU}


def _label(A, B, bag, label):
    return F.cross_entropy(B @ A[_index(bag)].mean(dim=0), torch.tensor(int(label)))


def classifier_loss(A, B, bag, label):
    return _label(_tensor(A), _tensor(B), bag, label).item()


def classifier_gradients(A, B, bag, label):
    dA, dB = _gradients(lambda A, B: _label(A, B, bag, label), A, B)
    return {"dA": dA, "dB": dB}


def train(start, parts, questions, epochs, rate=0.1, batch=100):
    Z, U = _tensor(start["Z"]), _tensor(start["U"])
    pieces, questions = Pieces(parts), _index(questions)
    right = torch.zeros(questions.shape[1] - 1, dtype=torch.float64)
    right[0] = 1.0
    batches = math.ceil(len(questions) / batch)
    for number in range(epochs * batches):
        step = rate * (1 - number / (epochs * batches))
        first = number % batches * batch
        asked = questions[first:first + batch]
        words = asked[:, 1:]
        rows, lengths = pieces.pick(asked[:, 0])
        x = F.embedding_bag(rows, Z, lengths.cumsum(0) - lengths, mode="mean")
        u = U[words]  # (n, 1 + k, d)
        g = torch.sigmoid(torch.einsum("nd,nkd->nk", x, u)) - right
        dx = torch.einsum("nk,nkd->nd", g, u)
        asked_of_U = g[:, :, None] * x[:, None, :]
        Z.index_add_(0, rows, dx.repeat_interleave(lengths, dim=0), alpha=-step)
        U.index_add_(0, words.flatten(), asked_of_U.flatten(0, 1), alpha=-step)
    return {"Z": Z.numpy(), "U": U.numpy()}
