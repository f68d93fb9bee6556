"""Plain loops over rows, places, heads and examples (whole columns only where a batch is trained), gradients by hand; written from the handout alone."""
import math

import numpy as np


# ---------------------------------------------------------------- part 1

def attention_weights(e, mask=None):
    e = np.asarray(e, dtype=float)
    if mask is None:
        mask = np.full(e.shape, True)
    else:
        mask = np.broadcast_to(mask, e.shape)
    alpha = np.zeros(e.shape)
    for row in np.ndindex(*e.shape[:-1]):
        scores = e[row].tolist()
        open_places = [j for j, may in enumerate(mask[row].tolist()) if may]
        if not open_places:
            continue
        largest = max([scores[j] for j in open_places])
        shares = [math.exp(scores[j] - largest) for j in open_places]
        total = sum(shares)
        for j, share in zip(open_places, shares):
            alpha[row + (j,)] = share / total
    return alpha


# ---------------------------------------------------------------- part 2

def scores_of_places(s, h, parameters, kind):
    """The scores e (m, T), and for "additive" a list of the z_j (n_a, m)."""
    m, T = h.shape[1], h.shape[2]
    e = np.zeros((m, T))
    z = []
    if kind == "additive":
        asked = parameters["Wa"] @ s
    for j in range(T):
        h_j = h[:, :, j]
        if kind == "additive":
            z_j = np.tanh(asked + parameters["Ua"] @ h_j)
            z.append(z_j)
            e[:, j] = (parameters["va"].T @ z_j)[0]
        elif kind == "dot":
            e[:, j] = (s * h_j).sum(axis=0)
        elif kind == "general":
            e[:, j] = (s * (parameters["Wa"] @ h_j)).sum(axis=0)
        else:
            raise ValueError(kind)
    return e, z


def look_back(s, h, parameters, mask=None, kind="additive"):
    e, _ = scores_of_places(s, h, parameters, kind)
    alpha = attention_weights(e, mask)
    c = np.zeros(h.shape[:2])
    for j in range(h.shape[2]):
        c += alpha[:, j] * h[:, :, j]
    return c, alpha


def look_back_gradients(dc, s, h, parameters, mask=None, kind="additive"):
    T = h.shape[2]
    e, z = scores_of_places(s, h, parameters, kind)
    alpha = attention_weights(e, mask)
    ds = np.zeros(s.shape)
    dh = np.zeros(h.shape)

    # through the mean
    dalpha = np.zeros(alpha.shape)
    for j in range(T):
        dh[:, :, j] += alpha[:, j] * dc
        dalpha[:, j] = (dc * h[:, :, j]).sum(axis=0)

    # through the softmax
    mean = np.zeros(alpha.shape[0])
    for j in range(T):
        mean += alpha[:, j] * dalpha[:, j]
    de = np.zeros(alpha.shape)
    for j in range(T):
        de[:, j] = alpha[:, j] * (dalpha[:, j] - mean)

    # through the score
    gradients = {}
    if kind == "additive":
        Wa, Ua, va = parameters["Wa"], parameters["Ua"], parameters["va"]
        dUa = np.zeros(Ua.shape)
        dva = np.zeros(va.shape)
        all_dq = np.zeros(z[0].shape)
        for j in range(T):
            dq = va * de[:, j] * (1 - z[j] ** 2)
            all_dq += dq
            dva[:, 0] += z[j] @ de[:, j]
            dUa += dq @ h[:, :, j].T
            dh[:, :, j] += Ua.T @ dq
        gradients["dWa"] = all_dq @ s.T
        gradients["dUa"] = dUa
        gradients["dva"] = dva
        ds = Wa.T @ all_dq
    else:
        asked = np.zeros(h.shape[:2])  # sum of de_j h_j
        for j in range(T):
            asked += de[:, j] * h[:, :, j]
        if kind == "dot":
            ds = asked
            turned = s
        else:
            Wa = parameters["Wa"]
            ds = Wa @ asked
            turned = Wa.T @ s
            gradients["dWa"] = s @ asked.T
        for j in range(T):
            dh[:, :, j] += turned * de[:, j]
    gradients["ds"] = ds
    gradients["dh"] = dh
    return gradients


# ---------------------------------------------------------------- part 3

def last_places(source):
    """For each source the place of its last word."""
    places = []
    for row in source.tolist():
        last = 0
        for t, word in enumerate(row):
            if word != 0:
                last = t
        places.append(last)
    return places


def encode(source, parameters):
    """The encoder states h (n, m, T_x), and what was read at each place, a list of (n + n_e, m)."""
    m, T_x = source.shape
    n = parameters["Wx"].shape[0]
    h = np.zeros((n, m, T_x))
    state = np.zeros((n, m))
    inputs = []
    for t in range(T_x):
        u = np.concatenate([state, parameters["Ex"][:, source[:, t]]])
        state = np.tanh(parameters["Wx"] @ u + parameters["bx"])
        h[:, :, t] = state
        inputs.append(u)
    return h, inputs


def first_state(h, source):
    s = np.zeros(h.shape[:2])
    for i, t in enumerate(last_places(source)):
        s[:, i] = h[:, i, t]
    return s


def decoder_step(s, told, h, mask, parameters):
    """One step: the new state, the scores, the input r and the weights of the look back."""
    c, alpha = look_back(s, h, parameters, mask, "additive")
    r = np.concatenate([s, parameters["Ey"][:, told], c])
    s = np.tanh(parameters["Ws"] @ r + parameters["bs"])
    z = parameters["Wy"] @ s + parameters["by"]
    return s, z, r, alpha


def dictate(source, target, parameters, start):
    """The loss, and all that the way back needs."""
    m, T_y = target.shape
    mask = source != 0
    h, read_by_encoder = encode(source, parameters)
    s = first_state(h, source)
    states = [s]
    inputs = []
    told_words = []
    dzs = []
    J = 0.0
    told = np.full(m, start)
    for t in range(T_y):
        s, z, r, _ = decoder_step(s, told, h, mask, parameters)
        log_p = z - np.logaddexp.reduce(z, axis=0)
        dz = np.exp(log_p)
        for i in range(m):
            right = target[i, t]
            if right == 0:
                dz[:, i] = 0.0
            else:
                J -= log_p[right, i]
                dz[right, i] -= 1
        states.append(s)
        inputs.append(r)
        told_words.append(told)
        dzs.append(dz)
        told = target[:, t]
    kept = (mask, h, read_by_encoder, states, inputs, told_words, dzs)
    return float(J), kept


def dictation_loss(source, target, parameters, start):
    J, _ = dictate(source, target, parameters, start)
    return J


def undictate(source, parameters, kept):
    mask, h, read_by_encoder, states, inputs, told_words, dzs = kept
    n, m = states[0].shape
    n_e = parameters["Ey"].shape[0]
    gradients = {}
    for name in ("Ex", "Wx", "bx", "Ey", "Wa", "Ua", "va", "Ws", "bs", "Wy", "by"):
        gradients["d" + name] = np.zeros(parameters[name].shape)
    dh = np.zeros(h.shape)
    ds = np.zeros((n, m))
    for t in range(len(inputs) - 1, -1, -1):
        s_before, s_after = states[t], states[t + 1]
        dz = dzs[t]
        gradients["dWy"] += dz @ s_after.T
        gradients["dby"] += dz.sum(axis=1, keepdims=True)
        da = (parameters["Wy"].T @ dz + ds) * (1 - s_after ** 2)
        gradients["dWs"] += da @ inputs[t].T
        gradients["dbs"] += da.sum(axis=1, keepdims=True)
        dr = parameters["Ws"].T @ da
        ds = dr[:n]
        for i in range(m):
            gradients["dEy"][:, told_words[t][i]] += dr[n:n + n_e, i]
        look = look_back_gradients(dr[n + n_e:], s_before, h, parameters, mask, "additive")
        ds = ds + look["ds"]
        dh += look["dh"]
        for name in ("dWa", "dUa", "dva"):
            gradients[name] += look[name]
    for i, t in enumerate(last_places(source)):
        dh[:, i, t] += ds[:, i]
    later = np.zeros((n, m))
    for t in range(h.shape[2] - 1, -1, -1):
        da = (dh[:, :, t] + later) * (1 - h[:, :, t] ** 2)
        gradients["dWx"] += da @ read_by_encoder[t].T
        gradients["dbx"] += da.sum(axis=1, keepdims=True)
        du = parameters["Wx"].T @ da
        later = du[:n]
        for i in range(m):
            gradients["dEx"][:, source[i, t]] += du[n:, i]
    return gradients


def dictation_gradients(source, target, parameters, start):
    _, kept = dictate(source, target, parameters, start)
    return undictate(source, parameters, kept)


def translate(parameters, source, start, end, longest):
    all_words = []
    all_weights = []
    for k in range(len(source)):
        one = source[k:k + 1]
        mask = one != 0
        h, _ = encode(one, parameters)
        s = first_state(h, one)
        told = start
        written = []
        rows = []
        while len(rows) < longest:
            s, z, _, alpha = decoder_step(s, np.array([told]), h, mask, parameters)
            rows.append(alpha[0])
            told = int(np.argmax(z[:, 0]))
            if told == end:
                break
            written.append(told)
        all_words.append(written)
        all_weights.append(np.array(rows))
    return all_words, all_weights


def train(parameters, source, target, start, epochs, seed, rate=0.02, batch=64):
    generator = np.random.default_rng(seed)
    N = len(source)
    theta = {}
    v = {}
    s = {}
    for name in parameters:
        theta[name] = np.array(parameters[name], dtype=float)
        v[name] = np.zeros(theta[name].shape)
        s[name] = np.zeros(theta[name].shape)
    K = epochs * math.ceil(N / batch)
    losses = []
    k = 0
    for _ in range(epochs):
        order = generator.permutation(N)
        for first in range(0, N, batch):
            chosen = order[first:first + batch]
            read_now, write_now = source[chosen], target[chosen]
            J, kept = dictate(read_now, write_now, theta, start)
            gradients = undictate(read_now, theta, kept)
            count = int((write_now != 0).sum())
            for name in gradients:
                gradients[name] = gradients[name] / count
            losses.append(J / count)
            theta, v, s = adam_step(theta, gradients, v, s, k + 1, rate * (1 - k / K))
            k += 1
    return theta, losses


# ---------------------------------------------------------------- part 4

def beam_search(state, next_words, start, end, longest, width=5, alpha=1.0):
    if width < 1 or longest < 1:
        raise ValueError("width and longest must be 1 or more")
    beginnings = [([], 0.0, state)]
    finished = []
    for length in range(1, longest + 1):
        continuations = []
        for written, log_p, state_here in beginnings:
            last = written[-1] if written else start
            said, state_after = next_words(state_here, last)
            for word in range(len(said)):
                if said[word] == -math.inf:
                    continue
                continuations.append((log_p + float(said[word]), written + [word], state_after))
        continuations.sort(key=lambda each: -each[0])
        beginnings = []
        for log_p, written, state_after in continuations[:width]:
            if written[-1] == end:
                finished.append((written[:-1], log_p / length ** alpha))
            else:
                beginnings.append((written, log_p, state_after))
        if not beginnings or len(finished) >= width:
            break
    else:
        for written, log_p, _ in beginnings:
            finished.append((written, log_p / longest ** alpha))
    finished.sort(key=lambda each: -each[1])
    return finished[:width]


def grams_of(sentence, n):
    """How often each n words in a row come."""
    counts = {}
    for t in range(len(sentence) - n + 1):
        gram = tuple(sentence[t:t + n])
        counts[gram] = counts.get(gram, 0) + 1
    return counts


def corpus_bleu(candidates, references, N=4):
    if len(candidates) != len(references):
        raise ValueError("not as many candidates as references")
    for people in references:
        if len(people) == 0:
            raise ValueError("a sentence has no reference")
    c = 0
    r = 0
    for candidate, people in zip(candidates, references):
        c += len(candidate)
        nearest = None
        for reference in people:
            far = (abs(len(reference) - len(candidate)), len(reference))
            if nearest is None or far < nearest:
                nearest = far
        r += nearest[1]
    logarithms = 0.0
    for n in range(1, N + 1):
        matches = 0
        present = 0
        for candidate, people in zip(candidates, references):
            limits = {}
            for reference in people:
                counts = grams_of(reference, n)
                for gram in counts:
                    limits[gram] = max(limits.get(gram, 0), counts[gram])
            counts = grams_of(candidate, n)
            for gram in counts:
                present += counts[gram]
                matches += min(counts[gram], limits.get(gram, 0))
        if matches == 0:
            return 0.0
        logarithms += math.log(matches / present)
    penalty = 1.0 if c > r else math.exp(1 - r / c)
    return penalty * math.exp(logarithms / N)


# ---------------------------------------------------------------- part 5

def multi_head(Q, K, V, parameters, heads, mask=None):
    m, T_q, d = Q.shape
    T_k = K.shape[1]
    share = d // heads
    if mask is not None:
        mask = np.broadcast_to(mask, (m, heads, T_q, T_k))
    O = np.zeros((m, T_q, d))
    alpha = np.zeros((m, heads, T_q, T_k))
    for i in range(m):
        q = Q[i] @ parameters["WQ"] + parameters["bQ"]
        k = K[i] @ parameters["WK"] + parameters["bK"]
        v = V[i] @ parameters["WV"] + parameters["bV"]
        found = np.zeros((T_q, d))
        for head in range(heads):
            columns = slice(head * share, (head + 1) * share)
            e = q[:, columns] @ k[:, columns].T / math.sqrt(share)
            weights_here = attention_weights(e, None if mask is None else mask[i, head])
            alpha[i, head] = weights_here
            found[:, columns] = weights_here @ v[:, columns]
        O[i] = found @ parameters["WO"] + parameters["bO"]
    return O, alpha


def layer_norm(x, g, s):
    """LN of each row of x (T, d); also the rows before scale and shift, and the roots."""
    normal = np.zeros(x.shape)
    roots = []
    for t in range(len(x)):
        mean = x[t].mean()
        root = math.sqrt(((x[t] - mean) ** 2).mean() + 1e-5)
        normal[t] = (x[t] - mean) / root
        roots.append(root)
    return g * normal + s, (normal, roots, g)


def layer_norm_backward(dn, cache):
    normal, roots, g = cache
    dx = np.zeros(normal.shape)
    dg = np.zeros(normal.shape[1])
    ds = np.zeros(normal.shape[1])
    for t in range(len(normal)):
        dg += dn[t] * normal[t]
        ds += dn[t]
        dnormal = dn[t] * g
        dx[t] = (dnormal - dnormal.mean() - normal[t] * (dnormal * normal[t]).mean()) / roots[t]
    return dx, dg, ds


def waves_of_places(T, d):
    PE = np.zeros((T, d))
    for place in range(T):
        for pair in range(0, d, 2):
            angle = place / 10000 ** (pair / d)
            PE[place, pair] = math.sin(angle)
            PE[place, pair + 1] = math.cos(angle)
    return PE


def norm_of_all(x, g, s):
    n = np.zeros(x.shape)
    for i in range(len(x)):
        n[i], _ = layer_norm(x[i], g, s)
    return n


def transformer_scores(words, parameters, heads):
    E = parameters["E"]
    m, T = words.shape
    d = E.shape[1]
    PE = waves_of_places(T, d)
    x = np.zeros((m, T, d))
    for i in range(m):
        for t in range(T):
            x[i, t] = math.sqrt(d) * E[words[i, t]] + PE[t]
    causal = np.tri(T, dtype=bool)
    for block_here in parameters["blocks"]:
        n = norm_of_all(x, block_here["g1"], block_here["s1"])
        O, _ = multi_head(n, n, n, block_here, heads, causal)
        x = x + O
        n = norm_of_all(x, block_here["g2"], block_here["s2"])
        inner = np.maximum(n @ block_here["W1"] + block_here["b1"], 0)
        x = x + inner @ block_here["W2"] + block_here["b2"]
    return norm_of_all(x, parameters["g"], parameters["s"]) @ E.T


def block_forward(x, P, heads):
    """One block on one sentence x (T, d), keeping what the way back needs."""
    T, d = x.shape
    share = d // heads
    n1, norm1 = layer_norm(x, P["g1"], P["s1"])
    q = n1 @ P["WQ"] + P["bQ"]
    k = n1 @ P["WK"] + P["bK"]
    v = n1 @ P["WV"] + P["bV"]
    found = np.zeros((T, d))
    alphas = []
    for head in range(heads):
        columns = slice(head * share, (head + 1) * share)
        A = attention_weights(q[:, columns] @ k[:, columns].T / math.sqrt(share), np.tri(T, dtype=bool))
        alphas.append(A)
        found[:, columns] = A @ v[:, columns]
    x = x + found @ P["WO"] + P["bO"]
    n2, norm2 = layer_norm(x, P["g2"], P["s2"])
    inner = np.maximum(n2 @ P["W1"] + P["b1"], 0)
    x = x + inner @ P["W2"] + P["b2"]
    return x, (n1, norm1, q, k, v, alphas, found, n2, norm2, inner)


def block_backward(dx, P, heads, kept, total):
    """Add the gradients of the parameters to those in total; return that at what the block got."""
    n1, norm1, q, k, v, alphas, found, n2, norm2, inner = kept
    d = n1.shape[1]
    share = d // heads

    total["W2"] += inner.T @ dx
    total["b2"] += dx.sum(axis=0)
    du = np.where(inner > 0, dx @ P["W2"].T, 0.0)
    total["W1"] += n2.T @ du
    total["b1"] += du.sum(axis=0)
    through, dg, ds = layer_norm_backward(du @ P["W1"].T, norm2)
    total["g2"] += dg
    total["s2"] += ds
    dx = dx + through

    total["WO"] += found.T @ dx
    total["bO"] += dx.sum(axis=0)
    dfound = dx @ P["WO"].T
    dq = np.zeros(q.shape)
    dk = np.zeros(k.shape)
    dv = np.zeros(v.shape)
    for head in range(heads):
        columns = slice(head * share, (head + 1) * share)
        A = alphas[head]
        dA = dfound[:, columns] @ v[:, columns].T
        dv[:, columns] = A.T @ dfound[:, columns]
        de = A * (dA - (A * dA).sum(axis=1, keepdims=True)) / math.sqrt(share)
        dq[:, columns] = de @ k[:, columns]
        dk[:, columns] = de.T @ q[:, columns]
    dn1 = np.zeros(n1.shape)
    for name, gradient in (("Q", dq), ("K", dk), ("V", dv)):
        total["W" + name] += n1.T @ gradient
        total["b" + name] += gradient.sum(axis=0)
        dn1 += gradient @ P["W" + name].T
    through, dg, ds = layer_norm_backward(dn1, norm1)
    total["g1"] += dg
    total["s1"] += ds
    return dx + through


def next_word_gradients(words, parameters, heads):
    E = parameters["E"]
    d = E.shape[1]
    m, T = words.shape[0], words.shape[1] - 1
    PE = waves_of_places(T, d)
    blocks = parameters["blocks"]
    gradients = {
        "E": np.zeros(E.shape),
        "g": np.zeros(parameters["g"].shape),
        "s": np.zeros(parameters["s"].shape),
        "blocks": [],
    }
    for P in blocks:
        zeros = {}
        for name in P:
            zeros[name] = np.zeros(P[name].shape)
        gradients["blocks"].append(zeros)

    J = 0.0
    for i in range(m):
        x = np.zeros((T, d))
        for t in range(T):
            x[t] = math.sqrt(d) * E[words[i, t]] + PE[t]
        all_kept = []
        for P in blocks:
            x, kept = block_forward(x, P, heads)
            all_kept.append(kept)
        n, norm = layer_norm(x, parameters["g"], parameters["s"])
        z = n @ E.T
        dz = np.zeros(z.shape)
        for t in range(T):
            right = words[i, t + 1]
            largest = z[t].max()
            e = np.exp(z[t] - largest)
            J -= z[t, right] - largest - math.log(e.sum())
            dz[t] = e / e.sum()
            dz[t, right] -= 1
        dz = dz / (m * T)
        gradients["E"] += dz.T @ n
        dx, dg, ds = layer_norm_backward(dz @ E, norm)
        gradients["g"] += dg
        gradients["s"] += ds
        for number_of_block in range(len(blocks) - 1, -1, -1):
            dx = block_backward(
                dx, blocks[number_of_block], heads, all_kept[number_of_block], gradients["blocks"][number_of_block]
            )
        for t in range(T):
            gradients["E"][words[i, t]] += math.sqrt(d) * dx[t]
    return float(J) / (m * T), gradients
