"""Terse vectorised NumPy: broadcasting, np.bincount, einsum, logaddexp, heapq; written from the handout alone."""
import heapq

import numpy as np

BLOCK = 50


def rows_and_signs(target, negatives):
    """Target and noise in one list, and the sign that turns each score into that of a wrong answer."""
    rows = np.append(target, negatives).astype(int)
    return rows, np.where(np.arange(len(rows)) == 0, -1.0, 1.0)


def skip_gram_pairs(sentence, window):
    words = np.asarray(sentence, dtype=int)
    T = len(words)
    reach = max(min(window, T - 1), 0)
    steps = np.arange(-reach, reach + 1)
    places = np.arange(T)[:, None] + steps
    centre, column = np.nonzero((places >= 0) & (places < T) & (steps != 0))
    return list(zip(words[centre].tolist(), words[places[centre, column]].tolist()))


def keep_probability(counts, t=0.001):
    counts = np.asarray(counts, dtype=float)
    if t == 0:
        return np.ones(len(counts))
    ratio = np.divide(t * counts.sum(), counts, out=np.full(len(counts), np.inf), where=counts > 0)  # t / f
    return np.minimum(1, np.sqrt(ratio) + ratio)


def subsample(tokens, keep, generator):
    tokens = np.asarray(tokens).astype(int, copy=False)
    return tokens[generator.random(len(tokens)) < np.asarray(keep)[tokens]]


def softmax_loss(h, U, target):
    scores = U @ h
    return float(np.logaddexp.reduce(scores - scores[target]))


def softmax_gradients(h, U, target):
    scores = U @ h
    g = np.exp(scores - np.logaddexp.reduce(scores)) - (np.arange(len(U)) == target)
    return {"dh": np.einsum("v,vd->d", g, U), "dU": np.einsum("v,d->vd", g, h)}


def noise_distribution(counts, power=0.75):
    counts = np.asarray(counts, dtype=float)
    weights = np.power(counts, power, out=np.zeros(len(counts)), where=counts > 0)
    return weights / weights.sum()


def draw_negatives(q, n, generator):
    ends = np.cumsum(q)
    return np.searchsorted(ends, generator.random(n) * ends[-1], side="right")


def negative_sampling_loss(h, U, target, negatives):
    rows, signs = rows_and_signs(target, negatives)
    return float(np.logaddexp(0, signs * (U[rows] @ h)).sum())


def negative_sampling_gradients(h, U, target, negatives):
    rows, signs = rows_and_signs(target, negatives)
    g = signs * sigmoid(signs * (U[rows] @ h))
    return {
        "dh": np.einsum("k,kd->d", g, U[rows]),
        "dU": np.einsum("v,d->vd", np.bincount(rows, weights=g, minlength=len(U)), h),
    }


def huffman_codes(counts):
    counts = np.asarray(counts).tolist()
    V = len(counts)
    heap = [(count, n) for n, count in enumerate(counts)]
    heapq.heapify(heap)
    up = {}
    for fork in range(V, 2 * V - 1):
        (rare, left), (often, right) = heapq.heappop(heap), heapq.heappop(heap)
        up[left], up[right] = (fork, "0"), (fork, "1")
        heapq.heappush(heap, (rare + often, fork))
    codes = [""] * max(2 * V - 1, 0)
    for node in range(2 * V - 3, -1, -1):  # a fork has a larger number than what hangs on it
        fork, turn = up[node]
        codes[node] = codes[fork] + turn
    return codes[:V]


def cbow_loss_and_gradients(W, U, context, target, negatives):
    context = np.asarray(context, dtype=int)
    h = W[context].mean(axis=0)
    gradients = negative_sampling_gradients(h, U, target, negatives)
    shares = np.bincount(context, minlength=len(W)) / len(context)
    loss = negative_sampling_loss(h, U, target, negatives)
    return loss, np.einsum("v,d->vd", shares, gradients["dh"]), gradients["dU"]


def train(start, text, keep, q, exam, epochs, seed, window=5, negatives=5, rate=0.04):
    generator = np.random.default_rng(seed)
    vectors = {name: np.array(start[name], dtype=float) for name in ("W", "U")}
    W, U = vectors["W"], vectors["U"]
    losses = [exam_loss(vectors, exam)]
    place = np.arange(BLOCK)
    distance = np.abs(place[:, None] - place)
    true = ((distance > 0) & (distance <= window)).astype(float)
    noise = np.broadcast_to(true.sum(axis=1, keepdims=True) * negatives / BLOCK, true.shape)
    weight, answer = np.hstack([true, noise]), np.hstack([true, np.zeros_like(true)])
    for epoch in range(epochs):
        kept = subsample(text, keep, generator)
        N = len(kept) // BLOCK
        blocks = generator.permutation(kept[: N * BLOCK].reshape(N, BLOCK))
        urns = draw_negatives(q, N * BLOCK, generator).reshape(N, BLOCK)
        for n, (block, drawn) in enumerate(zip(blocks, urns)):
            step = rate * (1 - (epoch + n / N) / epochs)
            asked = np.concatenate([block, drawn])
            H, A = W[block], U[asked]
            g = sigmoid(H @ A.T) * weight - answer
            # Rows of one word all get the sum of their pieces, so it does not matter which of them is written last.
            same = (asked[:, None] == asked).astype(float)
            W[block] = H - step * (same[:BLOCK, :BLOCK] @ (g @ A))
            U[asked] = A - step * (same @ (g.T @ H))
        losses.append(exam_loss(vectors, exam))
    return vectors, losses
