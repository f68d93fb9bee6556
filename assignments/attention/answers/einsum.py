"""Terse NumPy: einsum everywhere, gradients by hand, np.add.at, log_softmax of SciPy; written from the handout alone."""

from collections import Counter

import numpy as np
from scipy.special import log_softmax


def attention_weights(e, mask=None):
    e = np.asarray(e, dtype=float)
    e = e if mask is None else np.where(mask, e, -np.inf)
    top = e.max(axis=-1, keepdims=True, initial=-np.inf)
    shares = np.exp(e - np.where(np.isfinite(top), top, 0.0))
    total = shares.sum(axis=-1, keepdims=True)
    return shares / np.where(total > 0, total, 1.0)


def _scores(s, h, q, kind):
    """Return the scores e (m, T), and for "additive" also z (n_a, m, T)."""
    if kind == "additive":
        z = np.tanh((q["Wa"] @ s)[:, :, None] + np.einsum("an,nmt->amt", q["Ua"], h))
        return np.einsum("a,amt->mt", q["va"][:, 0], z), z
    asks = s if kind == "dot" else q["Wa"].T @ s
    return np.einsum("nm,nmt->mt", asks, h), None


def look_back(s, h, parameters, mask=None, kind="additive"):
    alpha = attention_weights(_scores(s, h, parameters, kind)[0], mask)
    return np.einsum("mt,nmt->nm", alpha, h), alpha


def look_back_gradients(dc, s, h, parameters, mask=None, kind="additive"):
    q = parameters
    e, z = _scores(s, h, q, kind)
    alpha = attention_weights(e, mask)
    dalpha = np.einsum("nm,nmt->mt", dc, h)
    de = alpha * (dalpha - (alpha * dalpha).sum(axis=1, keepdims=True))
    dh = np.einsum("mt,nm->nmt", alpha, dc)
    if kind == "additive":
        dq = np.einsum("a,mt,amt->amt", q["va"][:, 0], de, 1 - z**2)
        asked = dq.sum(axis=2)
        return {
            "ds": q["Wa"].T @ asked,
            "dh": dh + np.einsum("an,amt->nmt", q["Ua"], dq),
            "dWa": asked @ s.T,
            "dUa": np.einsum("amt,nmt->an", dq, h),
            "dva": np.einsum("amt,mt->a", z, de)[:, None],
        }
    found = np.einsum("mt,nmt->nm", de, h)
    if kind == "dot":
        return {"ds": found, "dh": dh + np.einsum("nm,mt->nmt", s, de)}
    dh = dh + np.einsum("nm,mt->nmt", q["Wa"].T @ s, de)
    return {"ds": q["Wa"] @ found, "dh": dh, "dWa": s @ found.T}


def _encode(source, q):
    """Return the encoder states h (n, m, T), what each step has read (n + n_e, m, T), the mask, and the last state's place."""
    state, h, inputs = np.zeros((len(q["bx"]), len(source))), [], []
    for column in source.T:
        inputs.append(np.concatenate([state, q["Ex"][:, column]]))
        state = np.tanh(q["Wx"] @ inputs[-1] + q["bx"])
        h.append(state)
    mask = source != 0
    return np.stack(h, axis=2), np.stack(inputs, axis=2), mask, (slice(None), np.arange(len(source)), mask.sum(axis=1) - 1)


def _dictation(source, target, q, start, backward):
    m, n = len(source), len(q["bs"])
    h, read, mask, last = _encode(source, q)
    told = np.column_stack([np.full(m, start), target[:, :-1]])
    states, inputs = [h[last]], []
    for words in told.T:
        c, _ = look_back(states[-1], h, q, mask)
        inputs.append(np.concatenate([states[-1], q["Ey"][:, words], c]))
        states.append(np.tanh(q["Ws"] @ inputs[-1] + q["bs"]))
    s, r = np.stack(states[1:], axis=2), np.stack(inputs, axis=2)
    log_p = log_softmax(np.einsum("vn,nmt->vmt", q["Wy"], s) + q["by"][:, :, None], axis=0)
    counted = target != 0
    right = target, *np.indices(target.shape)
    J = -log_p[right][counted].sum()
    if not backward:
        return J, None

    dz = np.exp(log_p)
    dz[right] -= 1
    dz *= counted
    from_y = np.einsum("vn,vmt->nmt", q["Wy"], dz)
    gradients = {name: np.zeros(q[name[1:]].shape) for name in ("dEx", "dEy", "dWa", "dUa", "dva")}
    dh, da, ds = np.zeros(h.shape), np.zeros(s.shape), 0.0
    cuts = [n, n + len(q["Ey"])]
    for t in reversed(range(told.shape[1])):
        da[:, :, t] = (from_y[:, :, t] + ds) * (1 - s[:, :, t] ** 2)
        ds, dy, dc = np.split(q["Ws"].T @ da[:, :, t], cuts)
        np.add.at(gradients["dEy"].T, told[:, t], dy.T)
        looked = look_back_gradients(dc, states[t], h, q, mask)
        ds, dh = ds + looked["ds"], dh + looked["dh"]
        for name in ("dWa", "dUa", "dva"):
            gradients[name] += looked[name]
    dh[last] += ds

    de, later = np.zeros(h.shape), 0.0
    for t in reversed(range(source.shape[1])):
        de[:, :, t] = (dh[:, :, t] + later) * (1 - h[:, :, t] ** 2)
        later, dx = np.split(q["Wx"].T @ de[:, :, t], [len(h)])
        np.add.at(gradients["dEx"].T, source[:, t], dx.T)
    for W, b, d, A in (("dWy", "dby", dz, s), ("dWs", "dbs", da, r), ("dWx", "dbx", de, read)):
        gradients[W] = np.einsum("nmt,rmt->nr", d, A, optimize=True)
        gradients[b] = d.sum(axis=(1, 2))[:, None]
    return J, gradients


def dictation_loss(source, target, parameters, start):
    return float(_dictation(source, target, parameters, start, backward=False)[0])


def dictation_gradients(source, target, parameters, start):
    return _dictation(source, target, parameters, start, backward=True)[1]


def translate(parameters, source, start, end, longest):
    q, m = parameters, len(source)
    h, _, mask, last = _encode(source, q)
    s, word = h[last], np.full(m, start)
    written, weights = np.full((longest, m), end), np.zeros((longest, *source.shape))
    for t in range(longest):
        c, weights[t] = look_back(s, h, q, mask)
        s = np.tanh(q["Ws"] @ np.concatenate([s, q["Ey"][:, word], c]) + q["bs"])
        written[t] = word = (q["Wy"] @ s + q["by"]).argmax(axis=0)
        if (written == end)[: t + 1].any(axis=0).all():
            break
    over = written == end
    ends = np.where(over.any(axis=0), over.argmax(axis=0), longest)
    words = [column[:k].tolist() for column, k in zip(written.T, ends)]
    return words, [weights[: k + 1, i] for i, k in enumerate(ends)]


def train(parameters, source, target, start, epochs, seed, rate=0.02, batch=64):
    generator, N = np.random.default_rng(seed), len(source)
    theta = {name: np.array(array, dtype=float) for name, array in parameters.items()}
    v, s = ({name: np.zeros(array.shape) for name, array in theta.items()} for _ in range(2))
    losses, K = [], epochs * -(-N // batch)
    for _ in range(epochs):
        order = generator.permutation(N)
        for chosen in np.split(order, np.arange(batch, N, batch)):
            J, gradients = _dictation(source[chosen], target[chosen], theta, start, backward=True)
            count = np.count_nonzero(target[chosen])
            gradients = {name: each / count for name, each in gradients.items()}
            k = len(losses)
            losses.append(J / count)
            theta, v, s = adam_step(theta, gradients, v, s, k + 1, rate * (1 - k / K))
    return theta, losses


def beam_search(state, next_words, start, end, longest, width=5, alpha=1.0):
    if width < 1 or longest < 1:
        raise ValueError("width and longest must be 1 or more")
    beginnings, finished = [(0.0, (), state)], []
    for length in range(1, longest + 1):
        said, states = zip(*(next_words(each, (start, *words)[-1]) for _, words, each in beginnings))
        log_p = np.array([score for score, _, _ in beginnings])[:, None] + np.array(said)
        best = np.argsort(-log_p, axis=None, kind="stable")[:width]
        kept = []
        for row, word in zip(*np.unravel_index(best, log_p.shape)):
            score, words = float(log_p[row, word]), beginnings[row][1]
            if score == -np.inf:
                continue
            if word == end:
                finished.append((words, score / length**alpha))
            else:
                kept.append((score, (*words, int(word)), states[row]))
        beginnings = kept
        if not beginnings or len(finished) >= width:
            break
    else:
        finished += [(words, score / longest**alpha) for score, words, _ in beginnings]
    return sorted(finished, key=lambda each: -each[1])[:width]


def _grams(words, n):
    return Counter(zip(*(words[k:] for k in range(n))))


def corpus_bleu(candidates, references, N=4):
    if len(candidates) != len(references) or not all(len(each) for each in references):
        raise ValueError("each candidate needs one reference or more")
    c = sum(len(candidate) for candidate in candidates)
    r = sum(
        min((abs(len(each) - len(candidate)), len(each)) for each in people)[1]
        for candidate, people in zip(candidates, references)
    )
    matches, totals = np.zeros(N), np.zeros(N)
    for candidate, people in zip(candidates, references):
        for n in range(1, N + 1):
            limit = Counter()
            for each in people:
                limit |= _grams(each, n)
            said = _grams(candidate, n)
            matches[n - 1] += sum((said & limit).values())
            totals[n - 1] += sum(said.values())
    if not matches.all():
        return 0.0
    penalty = 1.0 if c > r else np.exp(1 - r / c)
    return float(penalty * np.exp(np.log(matches / totals).mean()))


def _split(X, q, name, heads):
    """Return the shares (m, heads, T, d / heads) of the columns of a projection."""
    m, T, _ = X.shape
    return (X @ q[f"W{name}"] + q[f"b{name}"]).reshape(m, T, heads, -1).swapaxes(1, 2)


def multi_head(Q, K, V, parameters, heads, mask=None):
    q, k, v = (_split(X, parameters, name, heads) for X, name in ((Q, "Q"), (K, "K"), (V, "V")))
    alpha = attention_weights(np.einsum("mhqc,mhkc->mhqk", q, k) / np.sqrt(q.shape[-1]), mask)
    O = np.einsum("mhqk,mhkc->mqhc", alpha, v).reshape(Q.shape)
    return O @ parameters["WO"] + parameters["bO"], alpha


def _norm(x, g, s):
    deviation = np.sqrt(x.var(axis=-1, keepdims=True) + 1e-5)
    flat = (x - x.mean(axis=-1, keepdims=True)) / deviation
    return g * flat + s, (flat, deviation, g)


def _norm_backward(dn, cache):
    flat, deviation, g = cache
    d = dn * g
    dx = (d - d.mean(axis=-1, keepdims=True) - flat * (d * flat).mean(axis=-1, keepdims=True)) / deviation
    return dx, np.einsum("mtd,mtd->d", dn, flat), np.einsum("mtd->d", dn)


def _transformer(words, parameters, heads):
    """Return the scores, the last vectors n before E, the cache of the last norm, and a cache for each block."""
    E, (_, T) = parameters["E"], words.shape
    d = E.shape[1]
    angles = np.arange(T)[:, None] / 10000.0 ** (np.arange(0, d, 2) / d)
    PE = np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(T, d)
    x, caches = np.sqrt(d) * E[words] + PE, []
    for q in parameters["blocks"]:
        n1, norm1 = _norm(x, q["g1"], q["s1"])
        O, alpha = multi_head(n1, n1, n1, q, heads, np.tri(T, dtype=bool))
        x = x + O
        n2, norm2 = _norm(x, q["g2"], q["s2"])
        r = np.maximum(n2 @ q["W1"] + q["b1"], 0)
        x = x + r @ q["W2"] + q["b2"]
        caches.append((q, n1, norm1, alpha, n2, norm2, r))
    n, norm = _norm(x, parameters["g"], parameters["s"])
    return np.einsum("mtd,vd->mtv", n, E), n, norm, caches


def transformer_scores(words, parameters, heads):
    return _transformer(words, parameters, heads)[0]


def _dense(A, dZ):
    return np.einsum("mta,mtb->ab", A, dZ), np.einsum("mtb->b", dZ)


def _multi_head_backward(dO, n, alpha, q, heads):
    """Return the gradient at n, which is query, key and value at once, and those of the parameters."""
    m, T, d = n.shape
    Q, K, V = (_split(n, q, name, heads) for name in "QKV")
    found = {}
    found["WO"], found["bO"] = _dense(np.einsum("mhqk,mhkc->mqhc", alpha, V).reshape(n.shape), dO)
    dH = (dO @ q["WO"].T).reshape(m, T, heads, -1)
    dalpha = np.einsum("mqhc,mhkc->mhqk", dH, V)
    de = alpha * (dalpha - (alpha * dalpha).sum(axis=-1, keepdims=True)) / np.sqrt(d / heads)
    shares = {
        "Q": np.einsum("mhqk,mhkc->mqhc", de, K),
        "K": np.einsum("mhqk,mhqc->mkhc", de, Q),
        "V": np.einsum("mhqk,mqhc->mkhc", alpha, dH),
    }
    dn = np.zeros(n.shape)
    for name, share in shares.items():
        dZ = share.reshape(n.shape)
        found[f"W{name}"], found[f"b{name}"] = _dense(n, dZ)
        dn += dZ @ q[f"W{name}"].T
    return dn, found


def next_word_gradients(words, parameters, heads):
    read, right = words[:, :-1], words[:, 1:]
    E, d = parameters["E"], parameters["E"].shape[1]
    z, n, norm, caches = _transformer(read, parameters, heads)
    log_p = log_softmax(z, axis=-1)
    at = *np.indices(right.shape), right
    dz = np.exp(log_p)
    dz[at] -= 1
    dz /= right.size
    dE = np.einsum("mtv,mtd->vd", dz, n)
    dx, dg, ds = _norm_backward(dz @ E, norm)
    blocks = []
    for q, n1, norm1, alpha, n2, norm2, r in reversed(caches):
        found = {}
        found["W2"], found["b2"] = _dense(r, dx)
        dr = dx @ q["W2"].T * (r > 0)
        found["W1"], found["b1"] = _dense(n2, dr)
        through, found["g2"], found["s2"] = _norm_backward(dr @ q["W1"].T, norm2)
        dx = dx + through
        dn, of_heads = _multi_head_backward(dx, n1, alpha, q, heads)
        through, found["g1"], found["s1"] = _norm_backward(dn, norm1)
        dx = dx + through
        blocks.insert(0, {**found, **of_heads})
    np.add.at(dE, read, np.sqrt(d) * dx)
    return float(-log_p[at].mean()), {"E": dE, "g": dg, "s": ds, "blocks": blocks}
