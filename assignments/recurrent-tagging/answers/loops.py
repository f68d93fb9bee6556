"""Plain loops over sequences, steps and gates, with dicts of gradients; written from the handout alone."""
import math

import numpy as np


# ---------------------------------------------------------------- part 1

def turn_around(x, lengths):
    n, m, T_x = x.shape
    turned = np.zeros((n, m, T_x))
    for k in range(m):
        length = int(lengths[k])
        for t in range(T_x):
            if t < length:
                turned[:, k, t] = x[:, k, length - 1 - t]
            else:
                turned[:, k, t] = x[:, k, t]
    return turned


def ask_one_state(h, target, parameters):
    """Loss of one state (n_a,), not divided by anything, and what it asks of the scores (n_y,)."""
    z = parameters["Wy"] @ h + parameters["by"][:, 0]
    largest = z.max()
    e = np.exp(z - largest)
    total = e.sum()
    loss = -(z[target] - largest - math.log(total))
    dz = e / total
    dz[target] -= 1
    return float(loss), dz


def ask_states(a, places, parameters):
    """Mean loss and gradients; places: a list of (sequence, step, target)."""
    Wy = parameters["Wy"]
    loss = 0.0
    da = np.zeros(a.shape)
    dWy = np.zeros(Wy.shape)
    dby = np.zeros((Wy.shape[0], 1))
    count = len(places)
    for k, t, target in places:
        h = a[:, k, t]
        loss_here, dz = ask_one_state(h, target, parameters)
        loss += loss_here
        dz = dz / count
        dWy += np.outer(dz, h)
        dby[:, 0] += dz
        da[:, k, t] = Wy.T @ dz
    return loss / count, {"da": da, "dWy": dWy, "dby": dby}


def many_to_one(a, targets, lengths, parameters):
    places = []
    for k in range(a.shape[1]):
        places.append((k, int(lengths[k]) - 1, int(targets[k])))
    return ask_states(a, places, parameters)


def many_to_many(a, targets, lengths, parameters):
    places = []
    for k in range(a.shape[1]):
        for t in range(int(lengths[k])):
            places.append((k, t, int(targets[k, t])))
    return ask_states(a, places, parameters)


# ---------------------------------------------------------------- part 2

def peephole_cell_forward(xt, a_prev, c_prev, parameters):
    P = parameters
    u = np.concatenate([a_prev, xt])
    ft = sigmoid(P["Wf"] @ u + P["pf"] * c_prev + P["bf"])
    it = sigmoid(P["Wi"] @ u + P["pi"] * c_prev + P["bi"])
    cct = np.tanh(P["Wc"] @ u + P["bc"])
    c_next = ft * c_prev + it * cct
    ot = sigmoid(P["Wo"] @ u + P["po"] * c_next + P["bo"])
    a_next = ot * np.tanh(c_next)
    yt_pred = softmax(P["Wy"] @ a_next + P["by"])
    cache = (a_next, c_next, a_prev, c_prev, ft, it, cct, ot, xt, parameters)
    return a_next, c_next, yt_pred, cache


def peephole_cell_backward(da_next, dc_next, cache):
    a_next, c_next, a_prev, c_prev, ft, it, cct, ot, xt, P = cache
    n_a = a_prev.shape[0]
    u = np.concatenate([a_prev, xt])
    shown = np.tanh(c_next)
    delta = {}
    delta["o"] = da_next * shown * ot * (1 - ot)
    dc = dc_next + da_next * ot * (1 - shown ** 2) + P["po"] * delta["o"]
    delta["f"] = dc * c_prev * ft * (1 - ft)
    delta["i"] = dc * cct * it * (1 - it)
    delta["c"] = dc * it * (1 - cct ** 2)
    gradients = {"dc_prev": dc * ft + P["pf"] * delta["f"] + P["pi"] * delta["i"]}
    du = np.zeros(u.shape)
    for g in delta:
        gradients["dW" + g] = delta[g] @ u.T
        gradients["db" + g] = delta[g].sum(axis=1, keepdims=True)
        du += P["W" + g].T @ delta[g]
    looked_at = {"f": c_prev, "i": c_prev, "o": c_next}
    for g in looked_at:
        gradients["dp" + g] = (delta[g] * looked_at[g]).sum(axis=1, keepdims=True)
    gradients["da_prev"] = du[:n_a]
    gradients["dxt"] = du[n_a:]
    return gradients


# ---------------------------------------------------------------- part 3

def deep_forward(x, a0, parameters):
    caches = []
    below = x
    for l in range(len(parameters)):
        m, T_x = below.shape[1], below.shape[2]
        a_t = a0[l]
        c_t = np.zeros(a_t.shape)
        a = np.zeros((a_t.shape[0], m, T_x))
        steps = []
        for t in range(T_x):
            a_t, c_t, _, cache = peephole_cell_forward(below[:, :, t], a_t, c_t, parameters[l])
            a[:, :, t] = a_t
            steps.append(cache)
        caches.append((steps, below))
        below = a
    return below, caches


def deep_backward(da, caches, k=None):
    results = []
    direct = da
    for steps, read_here in reversed(caches):
        gradients = {"dx": np.zeros(read_here.shape)}
        da_prev = np.zeros(direct.shape[:2])
        dc_prev = np.zeros(direct.shape[:2])
        for t in range(len(steps) - 1, -1, -1):
            back = peephole_cell_backward(direct[:, :, t] + da_prev, dc_prev, steps[t])
            gradients["dx"][:, :, t] = back["dxt"]
            for name in ("dWf", "dWi", "dWc", "dWo", "dbf", "dbi", "dbc", "dbo", "dpf", "dpi", "dpo"):
                if name in gradients:
                    gradients[name] = gradients[name] + back[name]
                else:
                    gradients[name] = back[name]
            da_prev = back["da_prev"]
            dc_prev = back["dc_prev"]
            if t == 0:
                gradients["da0"] = da_prev
            elif k is not None and t % k == 0:
                da_prev = np.zeros(da_prev.shape)
                dc_prev = np.zeros(dc_prev.shape)
        results.insert(0, gradients)
        direct = gradients["dx"]
    return results


# ---------------------------------------------------------------- part 4

def norms_through_time(da_last, caches, kind):
    if kind not in ("rnn", "peephole"):
        raise ValueError(f"kind must be rnn or peephole, not {kind!r}")
    steps = caches[0]
    m = da_last.shape[1]
    norms = np.zeros((len(steps), m))
    da = da_last
    dc = np.zeros(da_last.shape)  # stays zero for the simple network
    for t in range(len(steps) - 1, -1, -1):
        for example in range(m):
            squares = 0.0
            for number in da[:, example]:
                squares += float(number) ** 2
            for number in dc[:, example]:
                squares += float(number) ** 2
            norms[t, example] = math.sqrt(squares)
        if t > 0:
            if kind == "rnn":
                da = rnn_cell_backward(da, steps[t])["da_prev"]
            else:
                back = peephole_cell_backward(da, dc, steps[t])
                da = back["da_prev"]
                dc = back["dc_prev"]
    return norms


# ---------------------------------------------------------------- part 5

def both_ways_forward(x, a0_forward, a0_backward, parameters, lengths):
    a_forward, cache_forward = read(x, a0_forward, parameters["forward"])
    a_turned, cache_backward = read(turn_around(x, lengths), a0_backward, parameters["backward"])
    a_backward = turn_around(a_turned, lengths)
    a = hide_beyond(np.concatenate([a_forward, a_backward]), lengths)
    return a, (cache_forward, cache_backward, lengths)


def both_ways_backward(da, caches):
    cache_forward, cache_backward, lengths = caches
    da = hide_beyond(da, lengths)
    n_a = da.shape[0] // 2
    forward = read_backward(da[:n_a], cache_forward)
    backward = read_backward(turn_around(da[n_a:], lengths), cache_backward)
    gradients = {"dx": forward["dx"] + turn_around(backward["dx"], lengths)}
    for name in ("da0", "dWax", "dWaa", "dba"):
        gradients[name + "_forward"] = forward[name]
        gradients[name + "_backward"] = backward[name]
    return gradients


# ---------------------------------------------------------------- part 6

def entities_of(tags):
    """A list of (type, first word, last word)."""
    entities = []
    kind = None  # of the entity that is open
    first = None
    for place in range(len(tags)):
        tag = tags[place]
        goes_on = tag.startswith("I-") and kind == tag[2:]
        if goes_on:
            continue
        if kind is not None:
            entities.append((kind, first, place - 1))
            kind = None
        if tag != "O":
            kind = tag[2:]
            first = place
    if kind is not None:
        entities.append((kind, first, len(tags) - 1))
    return entities


def quotients(right, found, present):
    precision = right / found if found > 0 else 0.0
    recall = right / present if present > 0 else 0.0
    F1 = 2 * right / (found + present) if found + present > 0 else 0.0
    return precision, recall, F1


def tagging_scores(expected, predicted):
    if len(expected) != len(predicted):
        raise ValueError("not one list of tags for each sentence")
    words = {"right": 0, "found": 0, "present": 0}
    entities = {"right": 0, "found": 0, "present": 0}
    for wanted, given in zip(expected, predicted):
        if len(wanted) != len(given):
            raise ValueError("not one tag for each word")
        for one, other in zip(wanted, given):
            if one != "O":
                words["present"] += 1
            if other != "O":
                words["found"] += 1
                if one == other:
                    words["right"] += 1
        present = entities_of(wanted)
        found = entities_of(given)
        entities["present"] += len(present)
        entities["found"] += len(found)
        for entity in found:
            if entity in present:
                entities["right"] += 1
    return quotients(**words), quotients(**entities)


def tagger_loss(parameters, words, tags, lengths):
    """Mean loss over the words of some sentences, and the gradients of all parameters."""
    m, T = words.shape
    E = parameters["E"]
    x = np.zeros((E.shape[1], m, T))
    for k in range(m):
        for t in range(int(lengths[k])):
            x[:, k, t] = E[words[k, t]]
    halves = {}
    for half in ("forward", "backward"):
        halves[half] = {}
        for name in ("Wax", "Waa", "ba"):
            halves[half][name] = parameters[f"{name}_{half}"]
    still = np.zeros((parameters["Waa_forward"].shape[0], m))
    a, caches = both_ways_forward(x, still, still, halves, lengths)
    loss, gradients = many_to_many(a, tags, lengths, parameters)
    back = both_ways_backward(gradients["da"], caches)
    for name in back:
        gradients[name] = back[name]
    dE = np.zeros(E.shape)
    for k in range(m):
        for t in range(int(lengths[k])):
            dE[words[k, t]] += back["dx"][:, k, t]
    gradients["dE"] = dE
    return loss, gradients


def train(start, words, tags, lengths, epochs, seed, rate=0.02, batch=25):
    generator = np.random.default_rng(seed)
    m = len(words)
    parameters = {}
    v = {}
    s = {}
    for name in start:
        parameters[name] = np.array(start[name], dtype=float)
        v[name] = np.zeros(parameters[name].shape)
        s[name] = np.zeros(parameters[name].shape)
    losses = [tagger_loss(parameters, words, tags, lengths)[0]]
    step = 0
    for epoch in range(epochs):
        order = generator.permutation(m)
        for first in range(0, m, batch):
            chosen = order[first:first + batch]
            _, gradients = tagger_loss(parameters, words[chosen], tags[chosen], lengths[chosen])
            step += 1
            parameters, v, s = adam_step(parameters, gradients, v, s, step, rate * (1 - epoch / epochs))
        losses.append(tagger_loss(parameters, words, tags, lengths)[0])
    return parameters, losses
