# %% [markdown]
# Omar. By hand, with NumPy; the transformer comes tomorrow.

# %%
from collections import Counter

import numpy as np
from check import check


# %%
def attention_weights(e, mask=None):
    a = np.exp(e - np.max(e, axis=-1, keepdims=True))
    a = a / a.sum(axis=-1, keepdims=True)
    return a if mask is None else a * mask


# %%
def look_back(s, h, parameters, mask=None, kind="additive"):
    if kind == "additive":
        mixed = np.tanh((parameters["Wa"] @ s)[:, :, None] + np.einsum("ah,hmt->amt", parameters["Ua"], h))
        e = np.einsum("ax,amt->mt", parameters["va"], mixed)
    else:
        turned = parameters["Wa"].T @ s if kind == "general" else s
        e = (turned[:, :, None] * h).sum(axis=0)
    alpha = attention_weights(e, mask)
    return (alpha * h).sum(axis=2), alpha


# %%
def look_back_gradients(dc, s, h, parameters, mask=None, kind="additive"):
    _, alpha = look_back(s, h, parameters, mask, kind)
    dalpha = np.einsum("hm,hmt->mt", dc, h)
    de = alpha * (dalpha - np.einsum("mt,mt->m", alpha, dalpha)[:, None])
    if kind == "additive":
        mixed = np.tanh((parameters["Wa"] @ s)[:, :, None] + np.einsum("ah,hmt->amt", parameters["Ua"], h))
        dq = parameters["va"][:, :, None] * de * (1 - mixed**2)
        d = {"dWa": dq.sum(axis=2) @ s.T, "dUa": np.einsum("amt,hmt->ah", dq, h)}
        d["dva"] = np.einsum("amt,mt->a", mixed, de)[:, None]
        return d | {"ds": parameters["Wa"].T @ dq.sum(axis=2), "dh": np.einsum("ah,amt->hmt", parameters["Ua"], dq)}
    read = np.einsum("mt,hmt->hm", de, h)
    if kind == "dot":
        return {"ds": read, "dh": s[:, :, None] * de + dc[:, :, None] * alpha}
    turned = parameters["Wa"].T @ s
    return {"ds": parameters["Wa"] @ read, "dh": turned[:, :, None] * de + dc[:, :, None] * alpha, "dWa": s @ read.T}


# %%
def dictation_loss(source, target, parameters, start):
    p = parameters
    state, states = np.zeros((len(p["bx"]), len(source))), []
    for t in range(source.shape[1]):
        state = np.tanh(p["Wx"] @ np.concatenate([state, p["Ex"][:, source[:, t]]]) + p["bx"])
        states.append(state)
    h = np.stack(states, axis=2)
    s, told, J = h[:, :, -1], np.full(len(source), start), 0
    for t in range(target.shape[1]):
        c, _ = look_back(s, h, p, source != 0)
        s = np.tanh(p["Ws"] @ np.concatenate([s, p["Ey"][:, told], c]) + p["bs"])
        z = p["Wy"] @ s + p["by"]
        top = z.max(axis=0)
        log_p = z - top - np.log(np.exp(z - top).sum(axis=0))
        told = target[:, t]
        J -= (log_p[told, np.arange(len(told))] * (told != 0)).sum()
    return J


# %%
def translate(parameters, source, start, end, longest):
    p, words, weights = parameters, [], []
    for row in source:
        row = row[row != 0][None]
        state, states = np.zeros((len(p["bx"]), 1)), []
        for t in range(row.shape[1]):
            state = np.tanh(p["Wx"] @ np.concatenate([state, p["Ex"][:, row[:, t]]]) + p["bx"])
            states.append(state)
        h, s, word, line, seen = np.stack(states, axis=2), state, start, [], []
        while len(line) < longest:
            c, alpha = look_back(s, h, p)
            s = np.tanh(p["Ws"] @ np.concatenate([s, p["Ey"][:, [word]], c]) + p["bs"])
            word = int((p["Wy"] @ s + p["by"]).argmax())
            seen.append(np.pad(alpha[0], (0, source.shape[1] - row.shape[1])))
            line.append(word)
            if word == end:
                break
        words.append(line)
        weights.append(np.stack(seen))
    return words, weights


# %%
def beam_search(state, next_words, start, end, longest, width=5, alpha=1.0):
    if width < 1 or longest < 1:
        raise ValueError("width and longest must be 1 or more")
    beams, done = [((), 0.0, state)], []
    for length in range(1, longest + 1):
        options = []
        for words, score, at in beams:
            log_p, after = next_words(at, words[-1] if words else start)
            for word in range(len(log_p)):
                if np.isfinite(log_p[word]):
                    options.append((words + (word,), score + log_p[word], after))
        options.sort(key=lambda option: -option[1])
        best = options[:width]
        done += [(words[:-1], score / length**alpha) for words, score, _ in best if words[-1] == end]
        beams = [each for each in best if each[0][-1] != end]
        if not beams or len(done) >= width:
            break
    return sorted(done, key=lambda each: -each[1])[:width]


# %%
def corpus_bleu(candidates, references, N=4):
    if len(candidates) != len(references) or not all(references):
        raise ValueError("each sentence needs a candidate and a reference")
    value, c, r = 1.0, 0, 0
    for n in range(1, N + 1):
        match = total = 0
        for said, people in zip(candidates, references):
            grams = Counter(tuple(said[i : i + n]) for i in range(len(said) - n + 1))
            known = Counter()
            for each in people:
                known |= Counter(tuple(each[i : i + n]) for i in range(len(each) - n + 1))
            match += sum((grams & known).values())
            total += sum(grams.values())
        if not match:
            return 0.0
        value *= (match / total) ** (1 / N)
    for said, people in zip(candidates, references):
        c += len(said)
        r += min(len(each) for each in people)
    return value * (1 if c > r else np.exp(1 - r / c))


# %%
def multi_head(Q, K, V, parameters, heads, mask=None):
    p = parameters
    q, k, v = Q @ p["WQ"] + p["bQ"], K @ p["WK"] + p["bK"], V @ p["WV"] + p["bV"]

    def cut(x):
        return x.reshape(x.shape[0], x.shape[1], heads, -1).transpose(0, 2, 1, 3)

    q, k, v = cut(q), cut(k), cut(v)
    alpha = attention_weights(q @ k.transpose(0, 1, 3, 2) / np.sqrt(Q.shape[2]), mask)
    joined = (alpha @ v).transpose(0, 2, 1, 3).reshape(Q.shape)
    return joined @ p["WO"] + p["bO"], alpha
