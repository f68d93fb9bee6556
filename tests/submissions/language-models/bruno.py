# %% [markdown]
# Bruno. All twelve.

# %%
import numpy as np


# %%
def text_scores(sentence, next_word, characters):
    if not len(sentence):
        raise ValueError("empty")
    log_p = np.array([np.log(next_word(sentence[:t])[w]) for t, w in enumerate(sentence)])
    return log_p, np.exp(log_p.sum()), np.exp(-log_p.mean()), -log_p.sum() / characters


# %%
def n_gram_model(sentences, n):
    counts = []
    for k in range(1, n + 1):
        table = {}
        for sentence in sentences:
            line = ["<START>"] * (k - 1) + list(sentence) + ["<EOS>"]
            for i in range(k - 1, len(line)):
                followers = table.setdefault(tuple(line[i - k + 1 : i]), {})
                followers[line[i]] = followers.get(line[i], 0) + 1
        counts.append(table)
    discounts = []
    for table in counts:
        values = [count for followers in table.values() for count in followers.values()]
        n1, n2 = values.count(1), values.count(2)
        discounts.append(n1 / (n1 + 2 * n2) if n1 + n2 else 0.75)
    return counts, discounts


# %%
def kneser_ney_probability(word, context, counts, discounts, V):
    p = 1 / V
    for k in range(len(counts)):
        followers = counts[k].get(tuple(context[len(context) - k :]))
        if followers is None:
            break
        total = sum(followers.values())
        if word in followers:
            p = (followers[word] - discounts[k]) / total
        else:
            p = discounts[k] * len(followers) / total * p
    return p


# %%
def neural_loss(sentences, n, end, parameters):
    lines = [[end] * (n - 1) + list(sentence) + [end] for sentence in sentences]
    grams = np.array([line[i : i + n] for line in lines for i in range(len(line) - n + 1)]).T
    words, targets = grams[:-1], grams[-1]
    x = np.concatenate([parameters["C"][row].T for row in words])
    a = np.tanh(parameters["d"] + parameters["H"] @ x)
    y = parameters["b"] + parameters["U"] @ a
    if "W" in parameters:
        y = y + parameters["W"] @ x
    p = softmax(y)
    return -np.log(p[targets, np.arange(len(targets))]).sum(), (words, targets, x, a, p, parameters)


# %%
def neural_backward(dJ, cache):
    words, targets, x, a, p, parameters = cache
    dy = dJ * (p - np.eye(len(p))[:, targets])
    dz = parameters["U"].T @ dy * (1 - a**2)
    dx = parameters["H"].T @ dz
    gradients = {"dU": dy @ a.T, "db": dy.sum(axis=1, keepdims=True)}
    gradients |= {"dH": dz @ x.T, "dd": dz.sum(axis=1, keepdims=True)}
    if "W" in parameters:
        dx = dx + parameters["W"].T @ dy
        gradients["dW"] = dy @ x.T
    dC = np.zeros(parameters["C"].shape)
    np.add.at(dC, words, dx.reshape(len(words), -1, len(targets)).transpose(0, 2, 1))
    return gradients | {"dC": dC}


# %%
def sampled_softmax(a, targets, drawn, q, parameters):
    U, m = parameters["U"], len(targets)
    shift = parameters["b"][:, 0] - np.log(q)
    came = (U[targets].T * a).sum(axis=0) + shift[targets]
    p = softmax(np.concatenate([came[None], U[drawn] @ a + shift[drawn, None]]))
    ds = p / m
    ds[0] -= 1 / m
    dU, db = np.zeros(U.shape), np.zeros((len(U), 1))
    np.add.at(dU, targets, ds[0, :, None] * a.T)
    np.add.at(dU, drawn, ds[1:] @ a.T)
    np.add.at(db, targets, ds[0, :, None])
    np.add.at(db, drawn, ds[1:].sum(axis=1, keepdims=True))
    return -np.log(p[0]).mean(), {"da": U[targets].T * ds[0] + U[drawn].T @ ds[1:], "dU": dU, "db": db}


# %%
def reshaped(p, temperature=1.0, top_k=None, nucleus=1.0, rejected=()):
    if temperature <= 0:
        raise ValueError("temperature")
    q = np.array(p)
    q[list(rejected)] = 0
    if q.sum() == 0:
        raise ValueError("nothing left")
    q = q ** (1 / temperature)
    q = q / q.sum()
    order = np.argsort(-q, kind="stable")[: top_k or len(q)]
    q[np.setdiff1d(np.arange(len(q)), order)] = 0
    q = q / q.sum()
    below = np.cumsum(q[order]) - q[order] < nucleus
    kept = np.zeros(len(q))
    kept[order[below]] = q[order[below]]
    return kept / kept.sum()


# %%
def write(next_word, generator, end, start=(), max_length=100):
    sentence = list(start)
    while len(sentence) < max_length:
        word = int(np.argmax(next_word(sentence)))
        if word == end:
            break
        sentence.append(word)
    return sentence


# %%
def optimise(X, Y, parameters, rate=4.0, limit=0.5):
    a = states_forward(X, parameters)
    rows, places = np.nonzero(Y >= 0)
    targets, N = Y[rows, places], len(rows)
    seen = a[:, rows, places]
    p = softmax(parameters["Wya"] @ seen + parameters["by"])
    J = -np.log(p[targets, np.arange(N)]).mean()
    dz = (p - np.eye(len(p))[:, targets]) / N
    da = np.zeros(a.shape)
    da[:, rows, places] = parameters["Wya"].T @ dz
    gradients = states_backward(da, a, X, parameters)
    gradients |= {"dWya": dz @ seen.T, "dby": dz.sum(axis=1, keepdims=True)}
    clipped = {name: np.clip(gradient, -limit, limit) for name, gradient in gradients.items()}
    return J, {name: theta - rate * clipped["d" + name] for name, theta in parameters.items()}


# %%
def train(start, X, Y, epochs, seed, rate=4.0, limit=0.5, batch=50):
    generator = np.random.default_rng(seed)
    parameters, losses = start, [optimise(X, Y, start, 0)[0]]
    for epoch in range(epochs):
        order = generator.permutation(len(X))
        for first in range(0, len(X), batch):
            chosen = order[first : first + batch]
            _, parameters = optimise(X[chosen], Y[chosen], parameters, rate * (1 - epoch / epochs), limit)
        losses.append(optimise(X, Y, parameters, 0)[0])
    return parameters, losses


# %%
def lstm_log_probabilities(sentence, end, parameters):
    a = c = np.zeros((len(parameters["bf"]), 1))
    found = []
    for word in [*sentence, end]:
        a, c = lstm_step(parameters["C"][word][:, None], a, c, parameters)
        found.append(np.log(softmax(parameters["Wy"] @ a + parameters["by"])[word, 0]))
    return np.array(found)


# %%
def mix_layers_backward(dv, h, s, gamma=1.0):
    w = softmax(s)
    dw = (h * dv).sum(axis=(1, 2))
    return {"dh": gamma * w[:, None, None] * dv, "ds": gamma * dw, "dgamma": w @ dw}
