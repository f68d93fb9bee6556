# %% [markdown]
# Boris. I added up by index, as one does.

# %%
import heapq
import numpy as np

# %%
def cbow_pairs(sentence, window):
    pairs = []
    for i in range(len(sentence)):
        context = sentence[max(0, i - window) : i] + sentence[i + 1 : i + window]
        if len(context) > 0:
            pairs.append((context, sentence[i]))
    return pairs

# %%
def mean_context_gradient(dh, W, context):
    dW = np.zeros_like(W)
    dW[context] += dh / len(context)
    return dW

# %%
def concatenated_context_gradient(dh, W, context):
    dW = np.zeros_like(W)
    dW[context] += dh.reshape(len(context), -1)
    return dW

# %%
def huffman_routes(counts):
    routes = [([], []) for _ in counts]
    trees = [(count, word, [word]) for word, count in enumerate(counts)]
    heapq.heapify(trees)
    for fork in range(len(counts) - 1):
        a, b = heapq.heappop(trees), heapq.heappop(trees)
        for turn, tree in ((0, a), (1, b)):
            for word in tree[2]:
                routes[word][0].append(fork)
                routes[word][1].append(turn)
        heapq.heappush(trees, (a[0] + b[0], len(counts) + fork, a[2] + b[2]))
    return [(np.array(path, dtype=int), np.array(code, dtype=int)) for path, code in routes]

# %%
def hierarchical_softmax_loss(h, U, path, code):
    return np.logaddexp(0, -(1 - 2 * code) * (U[path] @ h)).sum()

# %%
def hierarchical_softmax_gradients(h, U, path, code):
    g = sigmoid(U[path] @ h) - 1 + code
    dU = np.zeros_like(U)
    dU[path] = np.outer(g, h)
    return {"dh": g @ U[path], "dU": dU}

# %%
def sampled_softmax_loss(h, U, target, sampled, q):
    rows = np.append(target, sampled)
    scores = U[rows] @ h - np.log(len(sampled) * q[rows])
    return np.logaddexp.reduce(scores) - scores[0]

# %%
def sampled_softmax_gradients(h, U, target, sampled, q):
    rows = np.append(target, sampled)
    g = softmax(U[rows] @ h - np.log(len(sampled) * q[rows]))
    g[0] -= 1
    dU = np.zeros_like(U)
    dU[rows] += np.outer(g, h)
    return {"dh": g @ U[rows], "dU": dU}

# %%
def pv_dbow(v, U, words, noise):
    yes, no = U[words] @ v, U[noise] @ v
    dU = np.zeros_like(U)
    dU[words] += np.outer(sigmoid(yes) - 1, v)
    dU[noise] += np.outer(sigmoid(no), v)
    dv = (sigmoid(yes) - 1) @ U[words] + sigmoid(no) @ U[noise]
    return np.logaddexp(0, -yes).sum() + np.logaddexp(0, no).sum(), dv, dU

# %%
def learning_rate_at(progress, first=0.025, last=0.0001):
    return max(first * (1 - progress), last)

# %%
def infer(vectors, documents, start, keep, q, epochs, seed, negatives=1, rate=0.1):
    generator = np.random.default_rng(seed)
    learned = start.copy()
    for n, document in enumerate(documents):
        for epoch in range(epochs):
            words, noise = words_and_noise(document, keep, q, negatives, generator)
            _, dv, _ = pv_dbow(learned[n], vectors["U"], words, noise)
            learned[n] -= learning_rate_at(epoch / epochs, rate) * dv
    return learned

# %%
def train(start, documents, keep, q, exam, epochs, seed, negatives=1, rate=0.1):
    raise NotImplementedError("no time")
