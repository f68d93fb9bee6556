"""Torch tensors with autograd for every gradient, a small class for Huffman's trees; written from the handout alone."""
import heapq
from dataclasses import dataclass, field

import numpy as np
import torch
from torch.nn import functional as F


def _tensor(array):
    return torch.tensor(np.asarray(array), dtype=torch.float64)


def _index(array):
    return torch.tensor(np.asarray(array, dtype=np.int64))


def _gradients(loss, *arrays):
    """Return the value of loss(*tensors) and its gradients, as NumPy has them."""
    tensors = [_tensor(array).requires_grad_() for array in arrays]
    value = loss(*tensors)
    return value.item(), [slope.numpy() for slope in torch.autograd.grad(value, tensors)]


def cbow_pairs(sentence, window):
    pairs = []
    for at, centre in enumerate(sentence):
        context = [*sentence[max(at - window, 0):at], *sentence[at + 1:at + 1 + window]]
        if context:
            pairs.append((context, centre))
    return pairs


def mean_context_gradient(dh, W, context):
    return _gradients(lambda rows: rows[_index(context)].mean(dim=0) @ _tensor(dh), W)[1][0]


def concatenated_context_gradient(dh, W, context):
    return _gradients(lambda rows: rows[_index(context)].flatten() @ _tensor(dh), W)[1][0]


@dataclass(order=True)
class Tree:
    count: float
    number: int
    word: int = field(default=-1, compare=False)
    fork: int = field(default=-1, compare=False)
    branches: tuple = field(default=(), compare=False)


def huffman_routes(counts):
    forest = [Tree(count, word, word=word) for word, count in enumerate(counts)]
    heapq.heapify(forest)
    for fork in range(len(counts) - 1):
        rarer, other = heapq.heappop(forest), heapq.heappop(forest)
        heapq.heappush(forest, Tree(rarer.count + other.count, len(counts) + fork, fork=fork, branches=(rarer, other)))
    routes = [None] * len(counts)
    open_ends = [(tree, [], []) for tree in forest]
    while open_ends:
        tree, path, code = open_ends.pop()
        if tree.branches:
            open_ends += [(branch, path + [tree.fork], code + [turn]) for turn, branch in enumerate(tree.branches)]
        else:
            routes[tree.word] = (np.array(path, dtype=np.int64), np.array(code, dtype=np.int64))
    return routes


def _way(h, U, path, code):
    return -F.logsigmoid((1 - 2 * _index(code)) * (U[_index(path)] @ h)).sum()


def hierarchical_softmax_loss(h, U, path, code):
    return _way(_tensor(h), _tensor(U), path, code).item()


def hierarchical_softmax_gradients(h, U, path, code):
    dh, dU = _gradients(lambda h, U: _way(h, U, path, code), h, U)[1]
    return {"dh": dh, "dU": dU}


def _election(h, U, target, sampled, q):
    candidates = _index(np.concatenate([[target], sampled]))
    scores = U[candidates] @ h - torch.log(len(sampled) * _tensor(q)[candidates])
    return -F.log_softmax(scores, dim=0)[0]


def sampled_softmax_loss(h, U, target, sampled, q):
    return _election(_tensor(h), _tensor(U), target, sampled, q).item()


def sampled_softmax_gradients(h, U, target, sampled, q):
    dh, dU = _gradients(lambda h, U: _election(h, U, target, sampled, q), h, U)[1]
    return {"dh": dh, "dU": dU}


def pv_dbow(v, U, words, noise):
    def loss(v, U):
        yes, no = U[_index(words)] @ v, U[_index(noise)] @ v
        return -F.logsigmoid(yes).sum() - F.logsigmoid(-no).sum()

    value, (dv, dU) = _gradients(loss, v, U)
    return value, dv, dU


def learning_rate_at(progress, first=0.025, last=0.0001):
    return first + progress * (last - first)


def infer(vectors, documents, start, keep, q, epochs, seed, negatives=1, rate=0.1):
    generator = np.random.default_rng(seed)
    found = np.array(start, dtype=np.float64)
    for v, document in zip(found, documents):
        for epoch in range(epochs):
            words, noise = words_and_noise(document, keep, q, negatives, generator)
            v -= learning_rate_at(epoch / epochs, rate) * pv_dbow(v, vectors["U"], words, noise)[1]
    return found


def train(start, documents, keep, q, exam, epochs, seed, negatives=1, rate=0.1):
    generator = np.random.default_rng(seed)
    vectors = {name: np.array(start[name], dtype=np.float64) for name in ("D", "U")}
    losses = [exam_loss(vectors, exam)]
    for epoch in range(epochs):
        for n, document in enumerate(documents):
            words, noise = words_and_noise(document, keep, q, negatives, generator)
            _, dv, dU = pv_dbow(vectors["D"][n], vectors["U"], words, noise)
            step = learning_rate_at((epoch + n / len(documents)) / epochs, rate)
            vectors["D"][n] -= step * dv
            vectors["U"] -= step * dU
        losses.append(exam_loss(vectors, exam))
    return vectors, losses
