"""Plain loops over words, examples and letters; slow and clear; written from the handout alone."""
import math

import numpy as np


def log_softmax_of_list(scores):
    """The logarithms of the softmax of a list of numbers."""
    largest = max(scores)
    total = 0.0
    for score in scores:
        total += math.exp(score - largest)
    below = largest + math.log(total)
    return [score - below for score in scores]


# ---------------------------------------------------------------- part 1

def text_scores(sentence, next_word, characters):
    T = len(sentence)
    if T == 0:
        raise ValueError("a sentence without words says nothing")
    log_p = []
    for t in range(T):
        history = [int(word) for word in sentence[:t]]
        p = float(next_word(history)[sentence[t]])
        if p > 0:
            log_p.append(math.log(p))
        else:
            log_p.append(-math.inf)
    total = sum(log_p)
    with np.errstate(over="ignore"):
        perplexity = float(np.exp(-total / T))
    bits = -total / (math.log(2) * characters)
    return np.array(log_p), math.exp(total), perplexity, bits


# ---------------------------------------------------------------- part 2

def add_count(table, context, word):
    if context not in table:
        table[context] = {}
    if word not in table[context]:
        table[context][word] = 0
    table[context][word] += 1


def n_gram_model(sentences, n):
    longest = {}
    for sentence in sentences:
        line = ["<START>"] * (n - 1) + list(sentence) + ["<EOS>"]
        for t in range(n - 1, len(line)):
            add_count(longest, tuple(line[t - n + 1:t]), line[t])
    counts = [longest]
    for _ in range(n - 1):
        shorter = {}
        longer = counts[0]
        for context in longer:
            for word in longer[context]:
                add_count(shorter, context[1:], word)
        counts.insert(0, shorter)
    discounts = []
    for table in counts:
        n1 = 0
        n2 = 0
        for context in table:
            for count in table[context].values():
                if count == 1:
                    n1 += 1
                if count == 2:
                    n2 += 1
        if n1 + n2 == 0:
            discounts.append(0.75)
        else:
            discounts.append(n1 / (n1 + 2 * n2))
    return counts, discounts


def kneser_ney_probability(word, context, counts, discounts, V):
    p = 1 / V
    for k in range(len(counts)):
        h = tuple(context[len(context) - k:])
        if h not in counts[k]:
            continue
        after = counts[k][h]
        total = 0
        for count in after.values():
            total += count
        if total == 0:
            continue
        D = discounts[k]
        p = max(after.get(word, 0) - D, 0) / total + D * len(after) / total * p
    return p


# ---------------------------------------------------------------- part 3

def neural_loss(sentences, n, end, parameters):
    C = parameters["C"]
    n_c = C.shape[1]
    before = []
    targets = []
    for sentence in sentences:
        line = [end] * (n - 1) + list(sentence) + [end]
        for t in range(n - 1, len(line)):
            before.append(line[t - n + 1:t])
            targets.append(line[t])
    M = len(targets)
    words = np.zeros((n - 1, M), dtype=int)
    x = np.zeros(((n - 1) * n_c, M))
    for i in range(M):
        for place in range(n - 1):
            word = before[i][place]
            words[place, i] = word
            x[place * n_c:(place + 1) * n_c, i] = C[word]
    a = np.tanh(parameters["d"] + parameters["H"] @ x)
    y = parameters["b"] + parameters["U"] @ a
    if "W" in parameters:
        y = y + parameters["W"] @ x
    p = softmax(y)
    J = 0.0
    for i in range(M):
        column = y[:, i]
        largest = column.max()
        J -= column[targets[i]] - largest - math.log(np.exp(column - largest).sum())
    cache = (words, np.array(targets, dtype=int), x, a, p, parameters)
    return float(J) / M, cache


def neural_backward(dJ, cache):
    words, targets, x, a, p, parameters = cache
    C = parameters["C"]
    n_c = C.shape[1]
    M = len(targets)
    dy = np.array(p, dtype=float)
    for i in range(M):
        dy[targets[i], i] -= 1
    dy = dy * dJ / M
    dz = (parameters["U"].T @ dy) * (1 - a ** 2)
    dx = parameters["H"].T @ dz
    gradients = {
        "dU": dy @ a.T,
        "db": dy.sum(axis=1, keepdims=True),
        "dH": dz @ x.T,
        "dd": dz.sum(axis=1, keepdims=True),
    }
    if "W" in parameters:
        dx = dx + parameters["W"].T @ dy
        gradients["dW"] = dy @ x.T
    dC = np.zeros(C.shape)
    for place in range(words.shape[0]):
        for i in range(M):
            dC[words[place, i]] += dx[place * n_c:(place + 1) * n_c, i]
    gradients["dC"] = dC
    return gradients


def sampled_softmax(a, targets, drawn, q, parameters):
    U, b = parameters["U"], parameters["b"]
    m = a.shape[1]
    loss = 0.0
    da = np.zeros(a.shape)
    dU = np.zeros(U.shape)
    db = np.zeros((U.shape[0], 1))
    for i in range(m):
        asked = [int(targets[i])]
        for word in drawn:
            if int(word) != asked[0]:
                asked.append(int(word))
        scores = []
        for j in asked:
            scores.append(float(U[j] @ a[:, i]) + float(b[j, 0]) - math.log(q[j]))
        logs = log_softmax_of_list(scores)
        loss -= logs[0] / m
        for place in range(len(asked)):
            j = asked[place]
            ds = math.exp(logs[place])
            if place == 0:
                ds -= 1
            ds /= m
            da[:, i] += ds * U[j]
            dU[j] += ds * a[:, i]
            db[j, 0] += ds
    return loss, {"da": da, "dU": dU, "db": db}


# ---------------------------------------------------------------- part 4

def shared_out(numbers):
    total = sum(numbers)
    return [number / total for number in numbers]


def reshaped(p, temperature=1.0, top_k=None, nucleus=1.0, rejected=()):
    if not temperature > 0:
        raise ValueError("the temperature must be above 0")
    V = len(p)
    now = [float(number) for number in p]
    for word in rejected:
        now[int(word)] = 0.0
    if not sum(now) > 0:
        raise ValueError("nothing is left to draw from")
    now = shared_out(now)
    # divided by the largest, so that not all become 0 at a low temperature
    largest = max(now)
    for word in range(V):
        if now[word] > 0:
            now[word] = (now[word] / largest) ** (1 / temperature)
    now = shared_out(now)
    order = sorted(range(V), key=lambda word: -now[word])
    if top_k is not None:
        for word in order[top_k:]:
            now[word] = 0.0
        now = shared_out(now)
    if nucleus < 1:
        reached = 0.0
        for word in order:
            if reached >= nucleus:
                now[word] = 0.0
            else:
                reached += now[word]
        now = shared_out(now)
    return np.array(now)


def write(next_word, generator, end, start=(), max_length=100):
    written = [int(word) for word in start]
    while len(written) < max_length:
        p = next_word(list(written))
        word = int(generator.choice(len(p), p=p))
        if word == end:
            break
        written.append(word)
    return written


# ---------------------------------------------------------------- part 5

def optimise(X, Y, parameters, rate=4.0, limit=0.5):
    Wya, by = parameters["Wya"], parameters["by"]
    a = states_forward(X, parameters)
    m, T = Y.shape
    places = []
    for k in range(m):
        for t in range(T):
            if Y[k, t] != -1:
                places.append((k, t))
    N = len(places)
    J = 0.0
    da = np.zeros(a.shape)
    dWya = np.zeros(Wya.shape)
    dby = np.zeros(by.shape)
    for k, t in places:
        state = a[:, k, t]
        right = Y[k, t]
        z = Wya @ state + by[:, 0]
        z = z - z.max()
        e = np.exp(z)
        total = e.sum()
        J -= z[right] - math.log(total)
        dz = e / (total * N)
        dz[right] -= 1 / N
        dWya += np.outer(dz, state)
        dby[:, 0] += dz
        da[:, k, t] = Wya.T @ dz
    J = float(J) / N
    gradients = states_backward(da, a, X, parameters)
    gradients["dWya"] = dWya
    gradients["dby"] = dby
    squares = 0.0
    for name in parameters:
        squares += float((gradients["d" + name] ** 2).sum())
    g = math.sqrt(squares)
    factor = limit / g if g > limit else 1.0
    after = {}
    for name in parameters:
        after[name] = parameters[name] - rate * factor * gradients["d" + name]
    return J, after


def train(start, X, Y, epochs, seed, rate=4.0, limit=0.5, batch=50):
    generator = np.random.default_rng(seed)
    m = len(X)
    parameters = {}
    for name in start:
        parameters[name] = np.array(start[name], dtype=float)
    losses = [optimise(X, Y, parameters, 0.0, limit)[0]]
    for epoch in range(epochs):
        order = generator.permutation(m)
        for first in range(0, m, batch):
            chosen = order[first:first + batch]
            _, parameters = optimise(X[chosen], Y[chosen], parameters, rate * (1 - epoch / epochs), limit)
        losses.append(optimise(X, Y, parameters, 0.0, limit)[0])
    return parameters, losses


# ---------------------------------------------------------------- part 6

def lstm_log_probabilities(sentence, end, parameters):
    n_a = parameters["bf"].shape[0]
    a = np.zeros((n_a, 1))
    c = np.zeros((n_a, 1))
    log_p = []
    read = end
    for word in list(sentence) + [end]:
        x = parameters["C"][read][:, None]
        a, c = lstm_step(x, a, c, parameters)
        z = parameters["Wy"] @ a + parameters["by"]
        log_p.append(log_softmax_of_list(z[:, 0].tolist())[word])
        read = word
    return np.array(log_p)


def mix_layers_backward(dv, h, s, gamma=1.0):
    w = softmax(s)
    L = len(h)
    dh = np.zeros(h.shape)
    dw = []
    for l in range(L):
        dh[l] = gamma * w[l] * dv
        dw.append(float((h[l] * dv).sum()))
    mean = 0.0
    for l in range(L):
        mean += w[l] * dw[l]
    ds = np.zeros(L)
    for l in range(L):
        ds[l] = gamma * w[l] * (dw[l] - mean)
    return {"dh": dh, "ds": ds, "dgamma": np.array(mean)}
