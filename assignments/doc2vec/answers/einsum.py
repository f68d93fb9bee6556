"""Terse NumPy: einsum, broadcasting and fancy indexing, hardly a loop; written from the handout alone."""
import heapq

import numpy as np


def cbow_pairs(sentence, window):
    words = list(sentence)
    around = [words[max(t - window, 0) : t] + words[t + 1 : t + 1 + window] for t in range(len(words))]
    return [pair for pair in zip(around, words) if pair[0]]


def mean_context_gradient(dh, W, context):
    return np.einsum("v,d->vd", np.bincount(context, minlength=len(W)) / len(context), dh)


def concatenated_context_gradient(dh, W, context):
    named = (context == np.arange(len(W))[:, None]).astype(float)
    return np.einsum("vc,cd->vd", named, np.reshape(dh, (len(context), -1)))


def huffman_routes(counts):
    V = len(counts)
    parent, turn = np.full(2 * V - 1, -1), np.zeros(2 * V - 1, dtype=int)
    heap = list(zip(counts, range(V)))
    heapq.heapify(heap)
    for fork in range(V, 2 * V - 1):
        pair = [heapq.heappop(heap), heapq.heappop(heap)]
        trees = [tree for _, tree in pair]
        parent[trees], turn[trees] = fork, [0, 1]
        heapq.heappush(heap, (pair[0][0] + pair[1][0], fork))
    routes = [(np.zeros(0, dtype=int), np.zeros(0, dtype=int))] * len(parent)
    for tree in range(len(parent) - 2, -1, -1):  # the root is the last one; parents come before their children
        path, code = routes[parent[tree]]
        routes[tree] = np.append(path, parent[tree] - V), np.append(code, turn[tree])
    return routes[:V]


def hierarchical_softmax_loss(h, U, path, code):
    return float(np.logaddexp(0, (2 * code - 1) * np.einsum("jd,d->j", U[path], h)).sum())


def hierarchical_softmax_gradients(h, U, path, code):
    g = sigmoid(np.einsum("jd,d->j", U[path], h)) - (1 - code)
    dU = np.zeros(U.shape)
    dU[path] = np.einsum("j,d->jd", g, h)
    return {"dh": np.einsum("j,jd->d", g, U[path]), "dU": dU}


def sampled_scores(h, U, target, sampled, q):
    candidates = np.append(target, sampled).astype(int)
    return candidates, np.einsum("id,d->i", U[candidates], h) - np.log(len(sampled) * q[candidates])


def sampled_softmax_loss(h, U, target, sampled, q):
    scores = sampled_scores(h, U, target, sampled, q)[1]
    return float(np.logaddexp.reduce(scores - scores[0]))


def sampled_softmax_gradients(h, U, target, sampled, q):
    candidates, scores = sampled_scores(h, U, target, sampled, q)
    g = softmax(scores) - (np.arange(len(scores)) == 0)
    dU = np.zeros(U.shape)
    np.add.at(dU, candidates, np.einsum("i,d->id", g, h))
    return {"dh": np.einsum("i,id->d", g, U[candidates]), "dU": dU}


def pv_dbow(v, U, words, noise):
    asked = np.concatenate([words, noise]).astype(int)
    yes = np.arange(len(asked)) < len(words)
    scores = np.einsum("id,d->i", U[asked], v)
    g = sigmoid(scores) - yes
    dU = np.zeros(U.shape)
    np.add.at(dU, asked, np.einsum("i,d->id", g, v))
    return float(np.logaddexp(0, np.where(yes, -scores, scores)).sum()), np.einsum("i,id->d", g, U[asked]), dU


def infer(vectors, documents, start, keep, q, epochs, seed, negatives=1, rate=0.1):
    generator = np.random.default_rng(seed)
    found = np.array(start, dtype=float)
    for v, document in zip(found, documents):
        for epoch in range(epochs):
            words, noise = words_and_noise(document, keep, q, negatives, generator)
            v -= learning_rate_at(epoch / epochs, rate) * pv_dbow(v, vectors["U"], words, noise)[1]
    return found


def learning_rate_at(progress, first=0.025, last=0.0001):
    return first + (last - first) * progress


def train(start, documents, keep, q, exam, epochs, seed, negatives=1, rate=0.1):
    generator = np.random.default_rng(seed)
    vectors = {name: np.array(start[name], dtype=float) for name in ("D", "U")}
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
