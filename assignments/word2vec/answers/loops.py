"""Plain loops over lists, NumPy only for draws and for blocks of training; written from the handout alone."""
import heapq
import math

import numpy as np


def skip_gram_pairs(sentence, window):
    pairs = []
    for place in range(len(sentence)):
        for other in range(place - window, place + window + 1):
            if other < 0 or other >= len(sentence) or other == place:
                continue
            pairs.append((int(sentence[place]), int(sentence[other])))
    return pairs


def keep_probability(counts, t=0.001):
    total = 0.0
    for count in counts:
        total += float(count)
    probabilities = []
    for count in counts:
        if count == 0 or t == 0:
            probabilities.append(1.0)
            continue
        f = float(count) / total
        probabilities.append(min(1.0, (math.sqrt(f / t) + 1) * t / f))
    return np.array(probabilities)


def subsample(tokens, keep, generator):
    numbers = np.array(tokens).tolist()
    chances = np.array(keep).tolist()
    coins = generator.random(len(numbers)).tolist()
    kept = []
    for token, coin in zip(numbers, coins):
        if coin < chances[token]:
            kept.append(token)
    return np.array(kept, dtype=int)


def dot(a, b):
    total = 0.0
    for x, y in zip(a, b):
        total += x * y
    return total


def all_scores(h, U):
    guess = np.array(h, dtype=float).tolist()
    return [dot(row, guess) for row in np.array(U, dtype=float).tolist()]


def softmax_loss(h, U, target):
    scores = all_scores(h, U)
    m = max(scores)
    total = 0.0
    for score in scores:
        total += math.exp(score - m)
    return m + math.log(total) - scores[target]


def softmax_gradients(h, U, target):
    scores = all_scores(h, U)
    m = max(scores)
    powers = [math.exp(score - m) for score in scores]
    total = sum(powers)
    dh = np.zeros(len(h))
    dU = np.zeros((len(U), len(h)))
    for w in range(len(U)):
        g = powers[w] / total
        if w == target:
            g -= 1.0
        for i in range(len(h)):
            dU[w, i] = g * h[i]
            dh[i] += g * U[w, i]
    return {"dh": dh, "dU": dU}


def noise_distribution(counts, power=0.75):
    powers = []
    for count in counts:
        if count == 0:
            powers.append(0.0)
        else:
            powers.append(float(count) ** power)
    total = sum(powers)
    return np.array([p / total for p in powers])


def draw_negatives(q, n, generator):
    ends = np.cumsum(q)
    darts = generator.random(n) * ends[-1]  # the last end may miss 1 by a rounding
    return np.searchsorted(ends, darts, side="right")


def minus_log_sigmoid(x):
    if x >= 0:
        return math.log1p(math.exp(-x))
    return -x + math.log1p(math.exp(x))


def one_sigmoid(x):
    if x >= 0:
        return 1.0 / (1.0 + math.exp(-x))
    e = math.exp(x)
    return e / (1.0 + e)


def negative_sampling_loss(h, U, target, negatives):
    loss = minus_log_sigmoid(dot(U[target], h))
    for word in negatives:
        loss += minus_log_sigmoid(-dot(U[word], h))
    return float(loss)


def negative_sampling_gradients(h, U, target, negatives):
    dh = np.zeros(len(h))
    dU = np.zeros((len(U), len(h)))
    questions = [(target, 1.0)]
    for word in negatives:
        questions.append((word, 0.0))
    for word, answer in questions:
        g = one_sigmoid(dot(U[word], h)) - answer
        for i in range(len(h)):
            dh[i] += g * U[word, i]
            dU[word, i] += g * h[i]
    return {"dh": dh, "dU": dU}


def huffman_codes(counts):
    counts = np.array(counts).tolist()
    turns = [[] for _ in counts]  # of each word, from the leaf upwards
    heap = []
    for word in range(len(counts)):
        heap.append((counts[word], word, [word]))
    heapq.heapify(heap)
    name = len(counts)
    while len(heap) > 1:
        rare, _, rare_words = heapq.heappop(heap)
        frequent, _, frequent_words = heapq.heappop(heap)
        for word in rare_words:
            turns[word].append("0")
        for word in frequent_words:
            turns[word].append("1")
        heapq.heappush(heap, (rare + frequent, name, rare_words + frequent_words))
        name += 1
    return ["".join(reversed(way)) for way in turns]


def cbow_loss_and_gradients(W, U, context, target, negatives):
    C = len(context)
    d = W.shape[1]
    h = np.zeros(d)
    for word in context:
        for i in range(d):
            h[i] += W[word, i] / C
    loss = negative_sampling_loss(h, U, target, negatives)
    gradients = negative_sampling_gradients(h, U, target, negatives)
    dW = np.zeros(W.shape)
    for word in context:
        for i in range(d):
            dW[word, i] += gradients["dh"][i] / C
    return loss, dW, gradients["dU"]


def train(start, text, keep, q, exam, epochs, seed, window=5, negatives=5, rate=0.04):
    B = 50
    generator = np.random.default_rng(seed)
    W = np.array(start["W"], dtype=float)
    U = np.array(start["U"], dtype=float)
    vectors = {"W": W, "U": U}

    # near: 1 where two places of a block are centre and context; weights: what the noise counts for each centre
    near = np.zeros((B, B))
    weights = np.zeros((B, 1))
    for i in range(B):
        for j in range(B):
            if i != j and abs(i - j) <= window:
                near[i, j] = 1.0
                weights[i, 0] += negatives / B

    losses = [exam_loss(vectors, exam)]
    for epoch in range(epochs):
        thinned = subsample(text, keep, generator)
        N = len(thinned) // B
        order = generator.permutation(N)
        for n in range(N):
            first = order[n] * B
            block = thinned[first:first + B]
            drawn = draw_negatives(q, B, generator)
            step = rate * (1 - (epoch + n / N) / epochs)
            H, O, M = W[block], U[block], U[drawn]
            right = (sigmoid(H @ O.T) - 1) * near
            wrong = sigmoid(H @ M.T) * weights
            dH = right @ O + wrong @ M
            dO = right.T @ H
            dM = wrong.T @ H
            np.add.at(W, block, -step * dH)
            np.add.at(U, block, -step * dO)
            np.add.at(U, drawn, -step * dM)
        losses.append(exam_loss(vectors, exam))
    return vectors, losses
