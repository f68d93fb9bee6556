"""Torch tensors in float64 with autograd for the gradients, NumPy only at the edges; written from the handout alone."""

import math
from collections import Counter

import numpy as np
import torch


def _tensor(x):
    """A float64 copy of x."""
    return torch.tensor(np.asarray(x), dtype=torch.float64)


def _numbers(x):
    """An int64 copy of x."""
    return torch.tensor(np.asarray(x), dtype=torch.int64)


def _leaf(x):
    return _tensor(x).requires_grad_(True)


def _gradient(leaf):
    """What has arrived at a leaf, as an array; zeros where nothing did."""
    return np.zeros(tuple(leaf.shape)) if leaf.grad is None else leaf.grad.numpy().copy()


# ---------------------------------------------------------------------------------------------- parts 1 and 2


def _shares(e, mask=None):
    """The masked softmax over the last axis, in torch."""
    if mask is None:
        allowed = torch.ones_like(e, dtype=torch.bool)
    else:
        allowed = torch.broadcast_to(mask, e.shape)
    with torch.no_grad():
        top = e.masked_fill(~allowed, -math.inf).amax(dim=-1, keepdim=True)
        top = torch.where(torch.isfinite(top), top, torch.zeros_like(top))
    shifted = torch.where(allowed, e - top, torch.zeros_like(e))
    weight = torch.where(allowed, torch.exp(shifted), torch.zeros_like(e))
    total = weight.sum(dim=-1, keepdim=True)
    return weight / torch.where(total > 0, total, torch.ones_like(total))


def _booleans(mask):
    return None if mask is None else torch.tensor(np.asarray(mask), dtype=torch.bool)


def attention_weights(e, mask=None):
    return _shares(_tensor(e), _booleans(mask)).numpy()


KIND_PARAMETERS = {"additive": ("Wa", "Ua", "va"), "general": ("Wa",), "dot": ()}


def _look(s, h, parameters, mask, kind):
    """look_back with tensors."""
    if kind == "additive":
        asked = (parameters["Wa"] @ s)[:, :, None] + torch.tensordot(parameters["Ua"], h, dims=1)
        e = torch.tensordot(parameters["va"][:, 0], torch.tanh(asked), dims=1)
    elif kind == "general":
        e = torch.einsum("am,ab,bmt->mt", s, parameters["Wa"], h)
    elif kind == "dot":
        e = torch.einsum("am,amt->mt", s, h)
    else:
        raise ValueError(f"no kind of score: {kind}")
    alpha = _shares(e, mask)
    return torch.einsum("mt,amt->am", alpha, h), alpha


def look_back(s, h, parameters, mask=None, kind='additive'):
    own = {name: _tensor(parameters[name]) for name in KIND_PARAMETERS[kind]}
    c, alpha = _look(_tensor(s), _tensor(h), own, _booleans(mask), kind)
    return c.numpy(), alpha.numpy()


def look_back_gradients(dc, s, h, parameters, mask=None, kind='additive'):
    leaves = {"s": _leaf(s), "h": _leaf(h)}
    own = {name: _leaf(parameters[name]) for name in KIND_PARAMETERS[kind]}
    c, _ = _look(leaves["s"], leaves["h"], own, _booleans(mask), kind)
    c.backward(_tensor(dc))
    return {f"d{name}": _gradient(leaf) for name, leaf in (leaves | own).items()}


# ---------------------------------------------------------------------------------------------- part 3

TRANSLATOR = ("Ex", "Wx", "bx", "Ey", "Wa", "Ua", "va", "Ws", "bs", "Wy", "by")


class _Translator:
    """An encoder and a decoder with additive attention, around a dict of tensors."""

    def __init__(self, tensors):
        self.p = tensors

    def read(self, source):
        """Return all states h (n, m, T), the first state of the decoder, and the mask."""
        p = self.p
        mask = source != 0
        m, T = source.shape
        state = torch.zeros((p["Wx"].shape[0], m), dtype=torch.float64)
        states = []
        for t in range(T):
            state = torch.tanh(p["Wx"] @ torch.cat([state, p["Ex"][:, source[:, t]]]) + p["bx"])
            states.append(state)
        h = torch.stack(states, dim=2)
        last = mask.sum(dim=1) - 1
        return h, h[:, torch.arange(m), last], mask

    def step(self, s, told, h, mask):
        """Return the next state, the scores (V, m) of the words, and the weights of the look back."""
        p = self.p
        c, alpha = _look(s, h, p, mask, "additive")
        s = torch.tanh(p["Ws"] @ torch.cat([s, p["Ey"][:, told], c]) + p["bs"])
        return s, p["Wy"] @ s + p["by"], alpha

    def loss(self, source, target, start):
        """The surprise at the dictated targets, a tensor of one number."""
        h, s, mask = self.read(source)
        m, T = target.shape
        told = torch.full((m,), int(start), dtype=torch.int64)
        J = torch.zeros((), dtype=torch.float64)
        for t in range(T):
            s, z, _ = self.step(s, told, h, mask)
            told = target[:, t]
            right = torch.log_softmax(z, dim=0)[told, torch.arange(m)]
            J = J - right[told != 0].sum()
        return J


def dictation_loss(source, target, parameters, start):
    tensors = {name: _tensor(parameters[name]) for name in TRANSLATOR}
    return float(_Translator(tensors).loss(_numbers(source), _numbers(target), start))


def dictation_gradients(source, target, parameters, start):
    leaves = {name: _leaf(parameters[name]) for name in TRANSLATOR}
    _Translator(leaves).loss(_numbers(source), _numbers(target), start).backward()
    return {f"d{name}": _gradient(leaf) for name, leaf in leaves.items()}


def translate(parameters, source, start, end, longest):
    source = _numbers(source)
    m, T = source.shape
    model = _Translator({name: _tensor(parameters[name]) for name in TRANSLATOR})
    words, rows = [[] for _ in range(m)], [[] for _ in range(m)]
    h, s, mask = model.read(source)
    told = torch.full((m,), int(start), dtype=torch.int64)
    writing = [True] * m
    for _ in range(longest):
        if not any(writing):
            break
        s, z, alpha = model.step(s, told, h, mask)
        best = np.argmax(z.numpy(), axis=0)
        for i in range(m):
            if writing[i]:
                rows[i].append(alpha[i].numpy())
                if best[i] == end:
                    writing[i] = False
                else:
                    words[i].append(int(best[i]))
        told = torch.tensor(best)
    return words, [np.array(row, dtype=float).reshape(len(row), T) for row in rows]


def train(parameters, source, target, start, epochs, seed, rate=0.02, batch=64):
    leaves = {name: _leaf(value) for name, value in parameters.items()}
    model = _Translator(leaves)
    optimiser = torch.optim.Adam(list(leaves.values()), lr=rate)
    source, target = _numbers(source), _numbers(target)
    N = len(source)
    K = epochs * math.ceil(N / batch)
    generator = np.random.default_rng(seed)
    losses = []
    for _ in range(epochs):
        order = generator.permutation(N)
        for first in range(0, N, batch):
            chosen = torch.tensor(order[first : first + batch])
            optimiser.param_groups[0]["lr"] = rate * (1 - len(losses) / K)
            optimiser.zero_grad()
            J = model.loss(source[chosen], target[chosen], start) / (target[chosen] != 0).sum()
            J.backward()
            optimiser.step()
            losses.append(float(J.detach()))
    return {name: leaf.detach().numpy().copy() for name, leaf in leaves.items()}, losses


# ---------------------------------------------------------------------------------------------- part 4


def beam_search(state, next_words, start, end, longest, width=5, alpha=1.0):
    if width < 1 or longest < 1:
        raise ValueError("width and longest must be 1 at least")
    beginnings = [((), 0.0, state)]
    done = []
    for length in range(1, longest + 1):
        sums, after = [], []
        for words, log_p, state in beginnings:
            following, state = next_words(state, words[-1] if words else start)
            sums.append(log_p + _tensor(following))
            after.append(state)
        V = len(sums[0])
        best, places = torch.sort(torch.cat(sums), descending=True, stable=True)
        kept = []
        for log_p, place in zip(best[:width].tolist(), places[:width].tolist()):
            if log_p == -math.inf:
                break
            k, word = divmod(place, V)
            words = beginnings[k][0]
            if word == end:
                done.append((words, log_p / length**alpha))
            else:
                kept.append((words + (word,), log_p, after[k]))
        beginnings = kept
        if not beginnings or len(done) >= width:
            break
    else:
        done += [(words, log_p / longest**alpha) for words, log_p, _ in beginnings]
    done.sort(key=lambda pair: -pair[1])
    return [(list(words), score) for words, score in done[:width]]


def _grams(words, n):
    return Counter(tuple(words[k : k + n]) for k in range(len(words) - n + 1))


def corpus_bleu(candidates, references, N=4):
    if len(candidates) != len(references) or any(len(people) == 0 for people in references):
        raise ValueError("each candidate needs a reference")
    matches, grams = torch.zeros(N, dtype=torch.float64), torch.zeros(N, dtype=torch.float64)
    c = r = 0
    for candidate, people in zip(candidates, references):
        c += len(candidate)
        r += min((abs(len(one) - len(candidate)), len(one)) for one in people)[1]
        for n in range(1, N + 1):
            said = _grams(candidate, n)
            limit = Counter()
            for one in people:
                limit |= _grams(one, n)
            matches[n - 1] += sum((said & limit).values())
            grams[n - 1] += sum(said.values())
    if c == 0 or bool((matches == 0).any()):
        return 0.0
    brevity = 1.0 if c > r else math.exp(1 - r / c)
    return brevity * float(torch.exp(torch.log(matches / grams).mean()))


# ---------------------------------------------------------------------------------------------- part 5

HEADS = ("WQ", "WK", "WV", "WO", "bQ", "bK", "bV", "bO")


def _attend(Q, K, V, p, heads, mask):
    """multi_head with tensors."""

    def split(x, name):
        x = x @ p["W" + name] + p["b" + name]
        return x.reshape(*x.shape[:2], heads, -1).transpose(1, 2)

    q, k, v = split(Q, "Q"), split(K, "K"), split(V, "V")
    alpha = _shares(q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1]), mask)
    together = (alpha @ v).transpose(1, 2).reshape(Q.shape)
    return together @ p["WO"] + p["bO"], alpha


def multi_head(Q, K, V, parameters, heads, mask=None):
    p = {name: _tensor(parameters[name]) for name in HEADS}
    O, alpha = _attend(_tensor(Q), _tensor(K), _tensor(V), p, heads, _booleans(mask))
    return O.numpy(), alpha.numpy()


def _norm(x, g, s):
    centred = x - x.mean(dim=-1, keepdim=True)
    return g * centred / torch.sqrt(x.var(dim=-1, keepdim=True, unbiased=False) + 1e-5) + s


def _waves(T, d):
    pos = torch.arange(T, dtype=torch.float64)[:, None]
    angle = pos / 10000 ** (torch.arange(0, d, 2, dtype=torch.float64) / d)
    return torch.stack([torch.sin(angle), torch.cos(angle)], dim=-1).reshape(T, d)


def _scores(words, p, heads):
    """transformer_scores with tensors."""
    d = p["E"].shape[1]
    T = words.shape[1]
    x = math.sqrt(d) * p["E"][words] + _waves(T, d)
    earlier = torch.ones((T, T), dtype=torch.bool).tril()
    for block in p["blocks"]:
        n = _norm(x, block["g1"], block["s1"])
        x = x + _attend(n, n, n, block, heads, earlier)[0]
        n = _norm(x, block["g2"], block["s2"])
        x = x + torch.relu(n @ block["W1"] + block["b1"]) @ block["W2"] + block["b2"]
    return _norm(x, p["g"], p["s"]) @ p["E"].T


def _each(change, parameters):
    """Change every array in a dict of arrays and lists of dicts."""
    if isinstance(parameters, dict):
        return {name: _each(change, value) for name, value in parameters.items()}
    if isinstance(parameters, (list, tuple)):
        return [_each(change, value) for value in parameters]
    return change(parameters)


def transformer_scores(words, parameters, heads):
    return _scores(_numbers(words), _each(_tensor, parameters), heads).numpy()


def next_word_gradients(words, parameters, heads):
    words = _numbers(words)
    leaves = _each(_leaf, parameters)
    z = _scores(words[:, :-1], leaves, heads)
    J = torch.nn.functional.cross_entropy(z.reshape(-1, z.shape[-1]), words[:, 1:].reshape(-1))
    J.backward()
    return float(J.detach()), _each(_gradient, leaves)
