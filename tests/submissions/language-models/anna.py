# %% [markdown]
# Anna. Everything, mostly with plain loops, and the letters with torch.

# %%
import math

import numpy as np
import torch


# %%
def text_scores(sentence, next_word, characters):
    if len(sentence) == 0:
        raise ValueError("no words")
    logs = []
    for t in range(len(sentence)):
        p = float(next_word(list(sentence[:t]))[sentence[t]])
        logs.append(math.log(p) if p > 0 else -math.inf)
    total = sum(logs)
    return logs, math.exp(total), float(np.exp(-total / len(logs))), -total / math.log(2) / characters


# %%
def n_gram_model(sentences, n):
    seen = {}
    for sentence in sentences:
        line = ["<START>"] * (n - 1) + list(sentence) + ["<EOS>"]
        for i in range(n - 1, len(line)):
            gram = tuple(line[i - n + 1 : i + 1])
            seen[gram] = seen.get(gram, 0) + 1
    tables = [seen]
    while len(tables[0]) and len(next(iter(tables[0]))) > 1:
        shorter = {}
        for gram in tables[0]:
            shorter[gram[1:]] = shorter.get(gram[1:], 0) + 1
        tables.insert(0, shorter)
    counts, discounts = [], []
    for table in tables:
        followers = {}
        for gram, count in table.items():
            followers.setdefault(gram[:-1], {})[gram[-1]] = count
        counts.append(followers)
        once, twice = list(table.values()).count(1), list(table.values()).count(2)
        discounts.append(once / (once + 2 * twice) if once or twice else 0.75)
    return counts, np.array(discounts)


# %%
def kneser_ney_probability(word, context, counts, discounts, V):
    def look(k):
        shorter = look(k - 1) if k else 1 / V
        h = tuple(context[len(context) - k :]) if k else ()
        if h not in counts[k]:
            return shorter
        after = counts[k][h]
        total = sum(after.values())
        kept = max(after.get(word, 0) - discounts[k], 0) / total
        return kept + discounts[k] * len(after) / total * shorter

    return look(len(counts) - 1)


# %%
def neural_loss(sentences, n, end, parameters):
    before, came = [], []
    for sentence in sentences:
        line = [end] * (n - 1) + list(sentence) + [end]
        for i in range(n - 1, len(line)):
            before.append(line[i - n + 1 : i])
            came.append(line[i])
    words, targets = np.array(before).T, np.array(came)
    x = np.vstack([parameters["C"][row].T for row in words])
    a = np.tanh(parameters["d"] + parameters["H"] @ x)
    y = parameters["b"] + parameters["U"] @ a
    if "W" in parameters:
        y = y + parameters["W"] @ x
    p = np.exp(y - y.max(axis=0))
    p = p / p.sum(axis=0)
    J = -np.mean([np.log(p[targets[i], i]) for i in range(len(targets))])
    return J, (words, targets, x, a, p, parameters)


# %%
def neural_backward(dJ, cache):
    words, targets, x, a, p, parameters = cache
    M, n_c = len(targets), parameters["C"].shape[1]
    dy = np.array(p)
    for i in range(M):
        dy[targets[i], i] -= 1
    dy *= dJ / M
    dz = (parameters["U"].T @ dy) * (1 - a * a)
    dx = parameters["H"].T @ dz
    gradients = {"dU": dy @ a.T, "db": dy.sum(axis=1)[:, None], "dH": dz @ x.T, "dd": dz.sum(axis=1)[:, None]}
    if "W" in parameters:
        dx = dx + parameters["W"].T @ dy
        gradients["dW"] = dy @ x.T
    dC = np.zeros_like(parameters["C"])
    for place in range(len(words)):
        for i in range(M):
            dC[words[place, i]] += dx[place * n_c : (place + 1) * n_c, i]
    return {**gradients, "dC": dC}


# %%
def sampled_softmax(a, targets, drawn, q, parameters):
    U, b = parameters["U"], parameters["b"]
    m, loss = len(targets), 0.0
    da, dU, db = np.zeros(a.shape), np.zeros(U.shape), np.zeros(b.shape)
    for i, target in enumerate(targets):
        asked = [target] + [j for j in drawn if j != target]
        s = U[asked] @ a[:, i] + b[asked, 0] - np.log(q[asked])
        share = np.exp(s - s.max())
        share /= share.sum()
        loss -= np.log(share[0]) / m
        share[0] -= 1
        share /= m
        for j, ds in zip(asked, share):
            da[:, i] += ds * U[j]
            dU[j] += ds * a[:, i]
            db[j, 0] += ds
    return loss, {"da": da, "dU": dU, "db": db}


# %%
def reshaped(p, temperature=1.0, top_k=None, nucleus=1.0, rejected=()):
    q = np.array(p, dtype=float)
    q[list(rejected)] = 0
    if temperature <= 0 or q.sum() == 0:
        raise ValueError("nothing can be drawn")
    q = (q / q.max()) ** (1 / temperature)
    q /= q.sum()
    order = sorted(range(len(q)), key=lambda k: (-q[k], k))
    order = order[: top_k or len(q)]
    mass, kept, whole = 0.0, [], q[order].sum()
    for k in order:
        if kept and mass >= nucleus:
            break
        kept.append(k)
        mass += q[k] / whole
    out = np.zeros(len(q))
    out[kept] = q[kept] / q[kept].sum()
    return out


# %%
def write(next_word, generator, end, start=(), max_length=100):
    written = list(start)
    for _ in range(max_length - len(written)):
        sums = np.cumsum(next_word(list(written)))
        k = int(np.searchsorted(sums, generator.random() * sums[-1], side="right"))
        if k == end:
            return written
        written.append(k)
    return written


# %%
def letters_loss(X, Y, theta):
    a, states = torch.zeros(len(X), len(theta["ba"]), dtype=torch.float64), []
    for t in range(X.shape[1]):
        a = torch.tanh(theta["Wax"].T[X[:, t]] + a @ theta["Waa"].T + theta["ba"].T)
        states.append(a)
    scores = torch.stack(states, dim=1) @ theta["Wya"].T + theta["by"].T
    there = Y >= 0
    return torch.nn.functional.cross_entropy(scores[there], Y[there])


def optimise(X, Y, parameters, rate=4.0, limit=0.5):
    theta = {name: torch.tensor(array, requires_grad=True) for name, array in parameters.items()}
    J = letters_loss(torch.tensor(X), torch.tensor(Y), theta)
    J.backward()
    length = torch.sqrt(sum((each.grad**2).sum() for each in theta.values())).item()
    factor = min(1.0, limit / length)
    return J.item(), {name: (each - rate * factor * each.grad).detach().numpy() for name, each in theta.items()}


# %%
def train(start, X, Y, epochs, seed, rate=4.0, limit=0.5, batch=50):
    generator = np.random.default_rng(seed)
    parameters = {name: array.copy() for name, array in start.items()}
    losses = [optimise(X, Y, parameters, 0.0)[0]]
    for epoch in range(epochs):
        order = list(generator.permutation(len(X)))
        while order:
            chosen, order = order[:batch], order[batch:]
            _, parameters = optimise(X[chosen], Y[chosen], parameters, rate - rate * epoch / epochs, limit)
        losses.append(optimise(X, Y, parameters, 0.0)[0])
    return parameters, losses


# %%
def lstm_log_probabilities(sentence, end, parameters):
    a = c = np.zeros((len(parameters["bf"]), 1))
    before, found = end, []
    for word in [*sentence, end]:
        a, c = lstm_step(parameters["C"][before][:, None], a, c, parameters)
        scores = (parameters["Wy"] @ a + parameters["by"])[:, 0]
        found.append(scores[word] - np.log(np.exp(scores).sum()))
        before = word
    return found


# %%
def mix_layers_backward(dv, h, s, gamma=1.0):
    w = np.exp(s) / np.exp(s).sum()
    dw = np.array([(layer * dv).sum() for layer in h])
    slope = np.diag(w) - np.outer(w, w)
    return {"dh": np.stack([gamma * each * dv for each in w]), "ds": gamma * slope @ dw, "dgamma": float(w @ dw)}
