"""Torch tensors in float64 with autograd for the gradients, Counters for what is counted; written from the handout alone."""

import math
from collections import Counter, defaultdict

import numpy as np
import torch


def _tensor(x):
    """A float64 copy of x."""
    return torch.tensor(np.asarray(x), dtype=torch.float64)


def _numbers(x):
    """An int64 copy of x."""
    return torch.tensor(np.asarray(x), dtype=torch.int64)


def _leaves(parameters):
    return {name: _tensor(value).requires_grad_(True) for name, value in parameters.items()}


def _gradients(leaves):
    """The gradients of leaves under their names with a leading d; zeros where nothing arrived."""
    return {
        f"d{name}": np.zeros(tuple(leaf.shape)) if leaf.grad is None else leaf.grad.numpy().copy()
        for name, leaf in leaves.items()
    }


# ---------------------------------------------------------------------------------------------- part 1


def text_scores(sentence, next_word, characters):
    if len(sentence) == 0:
        raise ValueError("a sentence without words says nothing")
    chances = [float(next_word(list(sentence[:t]))[word]) for t, word in enumerate(sentence)]
    log_p = torch.log(_tensor(chances))
    total = log_p.sum()
    perplexity = float(torch.exp(-log_p.mean()))
    return log_p.numpy(), float(torch.exp(total)), perplexity, float(-total / (math.log(2) * characters))


# ---------------------------------------------------------------------------------------------- part 2


def n_gram_model(sentences, n):
    seen = Counter()
    for sentence in sentences:
        line = ["<START>"] * (n - 1) + list(sentence) + ["<EOS>"]
        seen.update(tuple(line[t : t + n]) for t in range(len(line) - n + 1))
    tables = [seen]
    while len(tables) < n:
        tables.insert(0, Counter(gram[1:] for gram in tables[0]))
    counts, discounts = [], []
    for table in tables:
        after = defaultdict(dict)
        for gram, count in table.items():
            after[gram[:-1]][gram[-1]] = count
        counts.append(dict(after))
        frequency = Counter(table.values())
        n1, n2 = frequency[1], frequency[2]
        discounts.append(n1 / (n1 + 2 * n2) if n1 + n2 else 0.75)
    return counts, discounts


def kneser_ney_probability(word, context, counts, discounts, V):
    context = tuple(context)
    p = 1 / V
    for k, (table, D) in enumerate(zip(counts, discounts)):
        following = table.get(context[len(context) - k :])
        if following:
            total = sum(following.values())
            p = (max(following.get(word, 0) - D, 0) + D * len(following) * p) / total
    return p


# ---------------------------------------------------------------------------------------------- part 3


def _bengio(words, targets, p):
    """The network with tensors: return (J, x, a, scores)."""
    M = words.shape[1]
    x = p["C"][words].transpose(1, 2).reshape(-1, M)
    a = torch.tanh(p["d"] + p["H"] @ x)
    scores = p["b"] + p["U"] @ a
    if "W" in p:
        scores = scores + p["W"] @ x
    J = -torch.log_softmax(scores, dim=0)[targets, torch.arange(M)].mean()
    return J, x, a, scores


def neural_loss(sentences, n, end, parameters):
    windows = []
    for sentence in sentences:
        line = torch.tensor([end] * (n - 1) + list(sentence) + [end], dtype=torch.int64)
        windows.append(line.unfold(0, n, 1))
    windows = torch.cat(windows).T
    words, targets = windows[:-1].contiguous(), windows[-1].contiguous()
    p = {name: _tensor(value) for name, value in parameters.items()}
    J, x, a, scores = _bengio(words, targets, p)
    chances = torch.softmax(scores, dim=0)
    return float(J), (words.numpy(), targets.numpy(), x.numpy(), a.numpy(), chances.numpy(), parameters)


def neural_backward(dJ, cache):
    words, targets, parameters = cache[0], cache[1], cache[-1]
    leaves = _leaves(parameters)
    J = _bengio(_numbers(words), _numbers(targets), leaves)[0]
    (J * float(dJ)).backward()
    return _gradients(leaves)


def sampled_softmax(a, targets, drawn, q, parameters):
    leaves = _leaves({"a": a, "U": parameters["U"], "b": parameters["b"]})
    targets, drawn = _numbers(targets), _numbers(drawn)
    shift = leaves["b"][:, 0] - torch.log(_tensor(q))
    own = (leaves["U"][targets] * leaves["a"].T).sum(dim=1) + shift[targets]
    others = leaves["U"][drawn] @ leaves["a"] + shift[drawn][:, None]
    others = others.masked_fill(drawn[:, None] == targets[None, :], -math.inf)
    scores = torch.cat([own[None, :], others])
    loss = -torch.log_softmax(scores, dim=0)[0].mean()
    loss.backward()
    return float(loss.detach()), _gradients(leaves)


# ---------------------------------------------------------------------------------------------- part 4


def _shares(p):
    return p / p.sum()


def reshaped(p, temperature=1.0, top_k=None, nucleus=1.0, rejected=()):
    if not temperature > 0:
        raise ValueError("the temperature must be above 0")
    p = _tensor(p)
    p[torch.tensor(list(rejected), dtype=torch.int64)] = 0
    if not bool((p > 0).any()):
        raise ValueError("no word is left")
    p = _shares(torch.where(p > 0, (p / p.max()) ** (1 / temperature), torch.zeros_like(p)))
    if top_k is not None:
        order = torch.sort(p, descending=True, stable=True).indices
        p[order[top_k:]] = 0
        p = _shares(p)
    if nucleus < 1:
        ordered, order = torch.sort(p, descending=True, stable=True)
        before = torch.cumsum(ordered, dim=0) - ordered
        gone = before >= nucleus
        gone[0] = False
        p[order[gone]] = 0
        p = _shares(p)
    return p.numpy()


def write(next_word, generator, end, start=(), max_length=100):
    line = [int(word) for word in start]
    while len(line) < max_length:
        p = next_word(list(line))
        word = int(generator.choice(len(p), p=p))
        if word == end:
            break
        line.append(word)
    return line


# ---------------------------------------------------------------------------------------------- part 5


def _name_loss(X, Y, p):
    """The mean surprise at the letters that came, a tensor."""
    state = torch.zeros((len(p["ba"]), len(X)), dtype=torch.float64)
    states = []
    for t in range(X.shape[1]):
        state = torch.tanh(p["Wax"][:, X[:, t]] + p["Waa"] @ state + p["ba"])
        states.append(state)
    asked = Y != -1
    a = torch.stack(states, dim=2)[:, asked]
    z = p["Wya"] @ a + p["by"]
    return torch.nn.functional.cross_entropy(z.T, Y[asked])


def optimise(X, Y, parameters, rate=4.0, limit=0.5):
    leaves = _leaves(parameters)
    J = _name_loss(_numbers(X), _numbers(Y), leaves)
    gradients = torch.autograd.grad(J, list(leaves.values()))
    g = float(torch.sqrt(sum((each**2).sum() for each in gradients)))
    factor = limit / g if g > limit else 1.0
    with torch.no_grad():
        after = {name: (leaf - rate * factor * each).numpy() for (name, leaf), each in zip(leaves.items(), gradients)}
    return float(J.detach()), after


def train(start, X, Y, epochs, seed, rate=4.0, limit=0.5, batch=50):
    generator = np.random.default_rng(seed)
    X, Y = np.asarray(X), np.asarray(Y)
    parameters = {name: np.array(value, dtype=float) for name, value in start.items()}
    losses = [optimise(X, Y, parameters, 0.0, limit)[0]]
    for epoch in range(epochs):
        order = generator.permutation(len(X))
        for first in range(0, len(X), batch):
            chosen = order[first : first + batch]
            _, parameters = optimise(X[chosen], Y[chosen], parameters, rate * (1 - epoch / epochs), limit)
        losses.append(optimise(X, Y, parameters, 0.0, limit)[0])
    return parameters, losses


# ---------------------------------------------------------------------------------------------- part 6


def lstm_log_probabilities(sentence, end, parameters):
    a = np.zeros(parameters["bf"].shape)
    c = np.zeros(parameters["bf"].shape)
    Wy, by = _tensor(parameters["Wy"]), _tensor(parameters["by"])
    log_p = []
    for before, word in zip([end, *sentence], [*sentence, end]):
        a, c = lstm_step(parameters["C"][before][:, None], a, c, parameters)
        log_p.append(torch.log_softmax(Wy @ _tensor(a) + by, dim=0)[word, 0])
    return torch.stack(log_p).numpy()


def mix_layers_backward(dv, h, s, gamma=1.0):
    leaves = _leaves({"h": h, "s": s, "gamma": gamma})
    v = leaves["gamma"] * torch.tensordot(torch.softmax(leaves["s"], dim=0), leaves["h"], dims=1)
    v.backward(_tensor(dv))
    return _gradients(leaves)
