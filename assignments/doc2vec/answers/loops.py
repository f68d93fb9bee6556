"""Plain loops, dicts and lists (counted columns only where thousands of calls are made); written from the handout alone."""
import heapq
import math

import numpy as np


def cbow_pairs(sentence, window):
    found = []
    T = len(sentence)
    for place in range(T):
        context = []
        for other in range(max(0, place - window), min(T, place + window + 1)):
            if other != place:
                context.append(sentence[other])
        if context:
            found.append((context, sentence[place]))
    return found


def mean_context_gradient(dh, W, context):
    dW = np.zeros(np.shape(W))
    C = len(context)
    for row in context:
        for t in range(len(dh)):
            dW[row, t] += dh[t] / C
    return dW


def concatenated_context_gradient(dh, W, context):
    dW = np.zeros(np.shape(W))
    d = dW.shape[1]
    for place, row in enumerate(context):
        for t in range(d):
            dW[row, t] += dh[place * d + t]
    return dW


def huffman_routes(counts):
    V = len(counts)
    # words are the trees 0 to V - 1, fork j is the tree V + j
    heap = [(counts[word], word) for word in range(V)]
    heapq.heapify(heap)
    above = {}
    for fork in range(V - 1):
        rare_count, rare = heapq.heappop(heap)
        other_count, other = heapq.heappop(heap)
        above[rare] = (fork, 0)
        above[other] = (fork, 1)
        heapq.heappush(heap, (rare_count + other_count, V + fork))
    routes = []
    for word in range(V):
        path, code = [], []
        tree = word
        while tree in above:
            fork, turn = above[tree]
            path.append(fork)
            code.append(turn)
            tree = V + fork
        path.reverse()
        code.reverse()
        routes.append((np.array(path, dtype=np.int64), np.array(code, dtype=np.int64)))
    return routes


def _dot(a, b):
    total = 0.0
    for x, y in zip(a, b):
        total += float(x) * float(y)
    return total


def _minus_log_sigmoid(x):
    if x > 0:
        return math.log1p(math.exp(-x))
    return -x + math.log1p(math.exp(x))


def hierarchical_softmax_loss(h, U, path, code):
    J = 0.0
    for fork, turn in zip(path, code):
        score = _dot(U[fork], h)
        J += _minus_log_sigmoid(score if turn == 0 else -score)
    return J


def hierarchical_softmax_gradients(h, U, path, code):
    dh, dU = np.zeros(np.shape(h)), np.zeros(np.shape(U))
    for fork, turn in zip(path, code):
        g = float(sigmoid(_dot(U[fork], h))) - (1 - int(turn))
        for t in range(len(h)):
            dh[t] += g * U[fork, t]
            dU[fork, t] += g * h[t]
    return {"dh": dh, "dU": dU}


def _candidates(h, U, target, sampled, q):
    """The candidates of an election, the target first, and the logarithm of the share of each."""
    candidates = [int(target)] + [int(w) for w in sampled]
    n = len(sampled)
    if n == 0:
        return candidates, [0.0]
    scores = [_dot(U[w], h) - math.log(n * q[w]) for w in candidates]
    highest = max(scores)
    total = 0.0
    for s in scores:
        total += math.exp(s - highest)
    return candidates, [s - highest - math.log(total) for s in scores]


def sampled_softmax_loss(h, U, target, sampled, q):
    _, log_shares = _candidates(h, U, target, sampled, q)
    return -log_shares[0]


def sampled_softmax_gradients(h, U, target, sampled, q):
    dh, dU = np.zeros(np.shape(h)), np.zeros(np.shape(U))
    candidates, log_shares = _candidates(h, U, target, sampled, q)
    for i, w in enumerate(candidates):
        g = math.exp(log_shares[i])
        if i == 0:
            g -= 1.0
        for t in range(len(h)):
            dh[t] += g * U[w, t]
            dU[w, t] += g * h[t]
    return {"dh": dh, "dU": dU}


def pv_dbow(v, U, words, noise):
    words = np.array(words, dtype=np.int64)
    noise = np.array(noise, dtype=np.int64)
    scores = U @ v  # every word is asked for once; the counts say how often that is to be used
    yes = np.bincount(words, minlength=len(U))
    no = np.bincount(noise, minlength=len(U))
    guess = sigmoid(scores)
    g = yes * (guess - 1.0) + no * guess
    loss = float(yes @ np.logaddexp(0.0, -scores) + no @ np.logaddexp(0.0, scores))
    return loss, g @ U, np.outer(g, v)


def learning_rate_at(progress, first=0.025, last=0.0001):
    return first + progress * (last - first)


def infer(vectors, documents, start, keep, q, epochs, seed, negatives=1, rate=0.1):
    generator = np.random.default_rng(seed)
    found = np.array(start, dtype=np.float64)
    for n, document in enumerate(documents):
        if len(document) == 0:
            continue
        for e in range(epochs):
            words, noise = words_and_noise(document, keep, q, negatives, generator)
            dv = pv_dbow(found[n], vectors["U"], words, noise)[1]
            found[n] -= learning_rate_at(e / epochs, rate) * dv
    return found


def train(start, documents, keep, q, exam, epochs, seed, negatives=1, rate=0.1):
    generator = np.random.default_rng(seed)
    now = {"D": np.array(start["D"], dtype=np.float64), "U": np.array(start["U"], dtype=np.float64)}
    losses = [exam_loss(now, exam)]
    N = len(documents)
    for e in range(epochs):
        for n, document in enumerate(documents):
            if len(document) == 0:
                continue
            words, noise = words_and_noise(document, keep, q, negatives, generator)
            _, dv, dU = pv_dbow(now["D"][n], now["U"], words, noise)
            step = learning_rate_at((e + n / N) / epochs, rate)
            now["D"][n] -= step * dv
            now["U"] -= step * dU
        losses.append(exam_loss(now, exam))
    return now, losses
