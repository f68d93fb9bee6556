# %% [markdown]
# Noor. Loops where I had to think, torch where it thinks for me.

# %%
import math
from collections import Counter

import numpy as np
import torch
from check import check

torch.set_num_threads(1)


# %%
def attention_weights(e, mask=None):
    e = np.asarray(e, dtype=float)
    allowed = np.ones(e.shape, dtype=bool) if mask is None else np.broadcast_to(mask, e.shape)
    out = np.zeros(e.shape)
    for index in np.ndindex(*e.shape[:-1]):
        some = np.flatnonzero(allowed[index])
        if len(some):
            powers = np.exp(e[index][some] - e[index][some].max())
            out[index + (some,)] = powers / powers.sum()
    return out


# %%
def look_back(s, h, parameters, mask=None, kind="additive"):
    columns, weights = [], []
    for i in range(s.shape[1]):
        states = h[:, i].T
        if kind == "additive":
            e = np.tanh(parameters["Wa"] @ s[:, i] + states @ parameters["Ua"].T) @ parameters["va"][:, 0]
        elif kind == "general":
            e = states @ (parameters["Wa"].T @ s[:, i])
        else:
            e = states @ s[:, i]
        weights.append(attention_weights(e, None if mask is None else mask[i]))
        columns.append(weights[-1] @ states)
    return np.stack(columns, axis=1), np.stack(weights)


# %%
def tensors(parameters):
    return {name: torch.tensor(array, requires_grad=True) for name, array in parameters.items()}


def grads(parameters):
    return {f"d{name}": each.grad.numpy() for name, each in parameters.items() if each.grad is not None}


def torch_look(s, h, p, mask, kind="additive"):
    if kind == "additive":
        e = torch.einsum("ax,amt->mt", p["va"], torch.tanh((p["Wa"] @ s)[:, :, None] + torch.einsum("ah,hmt->amt", p["Ua"], h)))
    elif kind == "general":
        e = torch.einsum("sm,sh,hmt->mt", s, p["Wa"], h)
    else:
        e = torch.einsum("hm,hmt->mt", s, h)
    if mask is not None:
        e = e.masked_fill(~mask, -torch.inf)
    return torch.einsum("mt,hmt->hm", torch.softmax(e, dim=1), h)


def look_back_gradients(dc, s, h, parameters, mask=None, kind="additive"):
    p, states = tensors(parameters), tensors({"s": s, "h": h})
    c = torch_look(states["s"], states["h"], p, None if mask is None else torch.tensor(mask), kind)
    c.backward(torch.tensor(dc))
    return grads(states) | grads(p)


# %%
def torch_loss(source, target, p, start):
    mask, m = source != 0, torch.arange(len(source))
    state, states = torch.zeros(len(p["bx"]), len(source), dtype=torch.float64), []
    for words in source.T:
        state = torch.tanh(p["Wx"] @ torch.cat([state, p["Ex"][:, words]]) + p["bx"])
        states.append(state)
    h = torch.stack(states, dim=2)
    s, told, z = h[:, m, mask.sum(dim=1) - 1], torch.full((len(source),), start), []
    for words in target.T:
        c = torch_look(s, h, p, mask)
        s = torch.tanh(p["Ws"] @ torch.cat([s, p["Ey"][:, told], c]) + p["bs"])
        z.append((p["Wy"] @ s + p["by"]).T)
        told = words
    z = torch.stack(z, dim=1)
    return torch.nn.functional.cross_entropy(z.flatten(0, 1), target.flatten(), ignore_index=0, reduction="sum")


def dictation_loss(source, target, parameters, start):
    return torch_loss(torch.tensor(source), torch.tensor(target), tensors(parameters), start).item()


def dictation_gradients(source, target, parameters, start):
    p = tensors(parameters)
    torch_loss(torch.tensor(source), torch.tensor(target), p, start).backward()
    return grads(p)


# %%
def translate(parameters, source, start, end, longest):
    p, mask = parameters, source != 0
    h = [np.zeros((len(p["bx"]), len(source)))]
    for t in range(source.shape[1]):
        h.append(np.tanh(p["Wx"] @ np.vstack([h[-1], p["Ex"][:, source[:, t]]]) + p["bx"]))
    h = np.stack(h[1:], axis=2)
    s = h[:, range(len(source)), mask.sum(axis=1) - 1]
    word, written, seen = np.full(len(source), start), [], []
    for _ in range(longest):
        c, alpha = look_back(s, h, p, mask)
        s = np.tanh(p["Ws"] @ np.vstack([s, p["Ey"][:, word], c]) + p["bs"])
        word = np.argmax(p["Wy"] @ s + p["by"], axis=0)
        written.append(word)
        seen.append(alpha)
    words, weights = [], []
    for line, looked in zip(np.stack(written, axis=1).tolist(), np.stack(seen, axis=1)):
        steps = line.index(end) + 1 if end in line else longest
        words.append(line[: steps - (end in line)])
        weights.append(looked[:steps])
    return words, weights


# %%
def train(parameters, source, target, start, epochs, seed, rate=0.02, batch=64):
    generator, p, losses = np.random.default_rng(seed), tensors(parameters), []
    optimiser = torch.optim.Adam(p.values(), lr=rate)
    K = epochs * math.ceil(len(source) / batch)
    for _ in range(epochs):
        order = generator.permutation(len(source))
        for k in range(0, len(order), batch):
            x, y = torch.tensor(source[order[k : k + batch]]), torch.tensor(target[order[k : k + batch]])
            loss = torch_loss(x, y, p, start) / (y != 0).sum()
            optimiser.param_groups[0]["lr"] = rate * (1 - len(losses) / K)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            losses.append(loss.item())
    return {name: each.detach().numpy() for name, each in p.items()}, np.array(losses)


# %%
def beam_search(state, next_words, start, end, longest, width=5, alpha=1.0):
    if min(width, longest) < 1:
        raise ValueError("too narrow")
    alive, done = [([], 0.0, state)], []
    for length in range(1, longest + 1):
        found = []
        for words, log_p, state in alive:
            logs, after = next_words(state, words[-1] if words else start)
            found += [(words + [w], log_p + x, after) for w, x in enumerate(logs.tolist()) if x > -math.inf]
        found = sorted(found, key=lambda each: each[1], reverse=True)[:width]
        alive = []
        for words, log_p, state in found:
            if words[-1] == end:
                done.append((words[:-1], log_p / length**alpha))
            else:
                alive.append((words, log_p, state))
        if not alive or len(done) >= width:
            alive = []
            break
    done += [(words, log_p / longest**alpha) for words, log_p, _ in alive]
    return sorted(done, key=lambda each: each[1], reverse=True)[:width]


# %%
def corpus_bleu(candidates, references, N=4):
    if len(candidates) != len(references) or any(len(each) == 0 for each in references):
        raise ValueError("not as many")
    shares, c, r = [], 0, 0
    for n in range(1, N + 1):
        hits = total = 0
        for said, people in zip(candidates, references):
            mine = Counter(zip(*(said[k:] for k in range(n))))
            theirs = [Counter(zip(*(each[k:] for k in range(n)))) for each in people]
            hits += sum(min(count, max(each[gram] for each in theirs)) for gram, count in mine.items())
            total += sum(mine.values())
        if hits == 0:
            return 0
        shares.append(hits / total)
    for said, people in zip(candidates, references):
        c += len(said)
        r += min(sorted(len(each) for each in people), key=lambda length: abs(length - len(said)))
    return (1 if c > r else math.exp(1 - r / c)) * math.prod(shares) ** (1 / N)


# %%
def multi_head(Q, K, V, parameters, heads, mask=None):
    p, width = parameters, Q.shape[2] // heads
    full = np.broadcast_to(True if mask is None else mask, (len(Q), heads, Q.shape[1], K.shape[1]))
    read, weights = [], []
    for i in range(heads):
        own = slice(i * width, (i + 1) * width)
        q, k, v = (x @ p["W" + n][:, own] + p["b" + n][own] for x, n in ((Q, "Q"), (K, "K"), (V, "V")))
        weights.append(attention_weights(np.einsum("mqd,mkd->mqk", q, k) / width**0.5, full[:, i]))
        read.append(weights[-1] @ v)
    return np.concatenate(read, axis=2) @ p["WO"] + p["bO"], np.stack(weights, axis=1)


# %%
def transformer_scores(words, parameters, heads):
    with torch.no_grad():
        return torch_scores(torch.tensor(words), torched(parameters), heads).numpy()


def torched(tree):
    if isinstance(tree, dict):
        return {name: torched(each) for name, each in tree.items()}
    if isinstance(tree, list):
        return [torched(each) for each in tree]
    return torch.tensor(tree, requires_grad=True)


def gradient_of(tree):
    if isinstance(tree, dict):
        return {name: gradient_of(each) for name, each in tree.items()}
    if isinstance(tree, list):
        return [gradient_of(each) for each in tree]
    return tree.grad.numpy()


def torch_scores(words, p, heads):
    norm, (m, T), d = torch.nn.functional.layer_norm, words.shape, p["E"].shape[1]
    angles = torch.arange(T)[:, None] / 10000 ** (torch.arange(0, d, 2, dtype=torch.float64) / d)
    x = d**0.5 * p["E"][words] + torch.stack([angles.sin(), angles.cos()], dim=2).flatten(1)
    for b in p["blocks"]:
        n = norm(x, (d,), b["g1"], b["s1"])
        q, k, v = ((n @ b["W" + c] + b["b" + c]).view(m, T, heads, -1).transpose(1, 2) for c in "QKV")
        read = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + read.transpose(1, 2).reshape(m, T, d) @ b["WO"] + b["bO"]
        n = norm(x, (d,), b["g2"], b["s2"])
        x = x + torch.relu(n @ b["W1"] + b["b1"]) @ b["W2"] + b["b2"]
    return norm(x, (d,), p["g"], p["s"]) @ p["E"].T


def next_word_gradients(words, parameters, heads):
    p = torched(parameters)
    z = torch_scores(torch.tensor(words[:, :-1]), p, heads)
    J = torch.nn.functional.cross_entropy(z.flatten(0, 1), torch.tensor(words[:, 1:]).flatten())
    J.backward()
    return J.item(), gradient_of(p)
