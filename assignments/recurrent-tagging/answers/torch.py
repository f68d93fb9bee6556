"""Torch tensors in float64 with autograd inside a cell, the given NumPy readers around it; written from the handout alone."""

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


def _gradients(leaves):
    """The gradients of leaves under their names with a leading d; zeros where nothing arrived."""
    return {
        f"d{name}": np.zeros(tuple(leaf.shape)) if leaf.grad is None else leaf.grad.numpy().copy()
        for name, leaf in leaves.items()
    }


# ---------------------------------------------------------------------------------------------- part 1


def _belongs(lengths, T):
    """The mask (m, T) of the steps that belong to their sequences."""
    return torch.arange(T) < lengths[:, None]


def _turn(x, lengths):
    """turn_around with tensors."""
    t = torch.arange(x.shape[2])
    places = torch.where(_belongs(lengths, x.shape[2]), lengths[:, None] - 1 - t, t)
    return torch.gather(x, 2, places.expand(x.shape))


def turn_around(x, lengths):
    return _turn(_tensor(x), _numbers(lengths)).numpy()


def _asked(a, targets, leaves):
    """The mean surprise at the targets of N states (n_a, N)."""
    z = leaves["Wy"] @ a + leaves["by"]
    return torch.nn.functional.cross_entropy(z.T, targets)


def _answer(loss, leaves):
    loss.backward()
    return float(loss.detach()), _gradients(leaves)


def _question(a, parameters):
    return {"a": _leaf(a), "Wy": _leaf(parameters["Wy"]), "by": _leaf(parameters["by"])}


def many_to_one(a, targets, lengths, parameters):
    leaves = _question(a, parameters)
    last = _numbers(lengths) - 1
    h = leaves["a"][:, torch.arange(len(last)), last]
    return _answer(_asked(h, _numbers(targets), leaves), leaves)


def many_to_many(a, targets, lengths, parameters):
    leaves = _question(a, parameters)
    counted = _belongs(_numbers(lengths), leaves["a"].shape[2])
    return _answer(_asked(leaves["a"][:, counted], _numbers(targets)[counted], leaves), leaves)


# ---------------------------------------------------------------------------------------------- part 2

CELL = ("Wf", "Wi", "Wc", "Wo", "bf", "bi", "bc", "bo", "pf", "pi", "po")


def _cell(xt, a_prev, c_prev, p):
    """A step of the LSTM with peepholes, with tensors: (a_next, c_next, ft, it, cct, ot)."""
    both = torch.cat([a_prev, xt])
    ft = torch.sigmoid(p["Wf"] @ both + p["pf"] * c_prev + p["bf"])
    it = torch.sigmoid(p["Wi"] @ both + p["pi"] * c_prev + p["bi"])
    cct = torch.tanh(p["Wc"] @ both + p["bc"])
    c_next = ft * c_prev + it * cct
    ot = torch.sigmoid(p["Wo"] @ both + p["po"] * c_next + p["bo"])
    return ot * torch.tanh(c_next), c_next, ft, it, cct, ot


def peephole_cell_forward(xt, a_prev, c_prev, parameters):
    p = {name: _tensor(parameters[name]) for name in (*CELL, "Wy", "by")}
    a_next, c_next, *gates = _cell(_tensor(xt), _tensor(a_prev), _tensor(c_prev), p)
    yt_pred = torch.softmax(p["Wy"] @ a_next + p["by"], dim=0)
    ft, it, cct, ot = (gate.numpy() for gate in gates)
    a_next, c_next = a_next.numpy(), c_next.numpy()
    return a_next, c_next, yt_pred.numpy(), (a_next, c_next, a_prev, c_prev, ft, it, cct, ot, xt, parameters)


def peephole_cell_backward(da_next, dc_next, cache):
    _, _, a_prev, c_prev, _, _, _, _, xt, parameters = cache
    leaves = {"xt": _leaf(xt), "a_prev": _leaf(a_prev), "c_prev": _leaf(c_prev)}
    leaves |= {name: _leaf(parameters[name]) for name in CELL}
    a_next, c_next, *_ = _cell(leaves["xt"], leaves["a_prev"], leaves["c_prev"], leaves)
    torch.autograd.backward([a_next, c_next], [_tensor(da_next), _tensor(dc_next)])
    return _gradients(leaves)


# ---------------------------------------------------------------------------------------------- part 3


def deep_forward(x, a0, parameters):
    caches = []
    for state, layer in zip(a0, parameters):
        memory = np.zeros(state.shape)
        states, steps = [], []
        for t in range(x.shape[2]):
            state, memory, _, cache = peephole_cell_forward(x[:, :, t], state, memory, layer)
            states.append(state)
            steps.append(cache)
        caches.append((steps, x))
        x = np.stack(states, axis=2)
    return x, caches


def deep_backward(da, caches, k=None):
    found = []
    for steps, x in reversed(caches):
        T = len(steps)
        total = {f"d{name}": 0.0 for name in CELL}
        dx = np.zeros(x.shape)
        da_prev, dc_prev = np.zeros(da.shape[:2]), np.zeros(da.shape[:2])
        for t in reversed(range(T)):
            step = peephole_cell_backward(da[:, :, t] + da_prev, dc_prev, steps[t])
            dx[:, :, t] = step["dxt"]
            da_prev, dc_prev = step["da_prev"], step["dc_prev"]
            total = {name: value + step[name] for name, value in total.items()}
            if k is not None and t > 0 and t % k == 0:
                da_prev, dc_prev = np.zeros(da_prev.shape), np.zeros(dc_prev.shape)
        found.insert(0, {"dx": dx, "da0": da_prev} | total)
        da = dx
    return found


# ---------------------------------------------------------------------------------------------- part 4


def norms_through_time(da_last, caches, kind):
    if kind not in ("rnn", "peephole"):
        raise ValueError(f"unknown kind: {kind}")
    steps = caches[0]
    da, dc = np.array(da_last, dtype=float), np.zeros(np.shape(da_last))
    norms = []
    for cache in reversed(steps):
        norms.append(torch.linalg.vector_norm(torch.cat([_tensor(da), _tensor(dc)]), dim=0))
        if kind == "rnn":
            da = rnn_cell_backward(da, cache)["da_prev"]
        else:
            back = peephole_cell_backward(da, dc, cache)
            da, dc = back["da_prev"], back["dc_prev"]
    return torch.stack(norms[::-1]).numpy()


# ---------------------------------------------------------------------------------------------- part 5


def both_ways_forward(x, a0_forward, a0_backward, parameters, lengths):
    forth, cache_forward = read(x, a0_forward, parameters["forward"])
    back, cache_backward = read(turn_around(x, lengths), a0_backward, parameters["backward"])
    a = np.concatenate([forth, turn_around(back, lengths)])
    return hide_beyond(a, lengths), (cache_forward, cache_backward, lengths)


def both_ways_backward(da, caches):
    cache_forward, cache_backward, lengths = caches
    da = hide_beyond(da, lengths)
    n_a = len(da) // 2
    forth = read_backward(da[:n_a], cache_forward)
    back = read_backward(turn_around(da[n_a:], lengths), cache_backward)
    found = {"dx": forth.pop("dx") + turn_around(back.pop("dx"), lengths)}
    for half, gradients in (("forward", forth), ("backward", back)):
        found |= {f"{name}_{half}": gradient for name, gradient in gradients.items()}
    return found


# ---------------------------------------------------------------------------------------------- part 6


def _entities(tags):
    """The set of (type, first, last) of a sentence."""
    found, kind, first = set(), None, 0
    for place, tag in enumerate([*tags, "O"]):
        mark, _, type_ = tag.partition("-")
        goes_on = mark == "I" and kind == type_
        if kind is not None and not goes_on:
            found.add((kind, first, place - 1))
            kind = None
        if mark != "O" and not goes_on:
            kind, first = type_, place
    return found


def _measures(right, found, present):
    def quotient(above, below):
        return above / below if below else 0.0

    return quotient(right, found), quotient(right, present), quotient(2 * right, found + present)


def tagging_scores(expected, predicted):
    if len(expected) != len(predicted) or any(len(e) != len(p) for e, p in zip(expected, predicted)):
        raise ValueError("there must be one tag for each word")
    words, names = np.zeros(3, dtype=int), np.zeros(3, dtype=int)
    for e, p in zip(expected, predicted):
        words += [
            sum(one == other != "O" for one, other in zip(e, p)),
            sum(tag != "O" for tag in p),
            sum(tag != "O" for tag in e),
        ]
        there, said = _entities(e), _entities(p)
        names += [len(there & said), len(said), len(there)]
    return _measures(*words.tolist()), _measures(*names.tolist())


class _Tagger:
    """The tagger around a dict of tensors."""

    def __init__(self, tensors):
        self.p = tensors

    def read(self, x, half):
        p = self.p
        inputs = torch.tensordot(p[f"Wax_{half}"], x, dims=1) + p[f"ba_{half}"][:, :, None]
        state = torch.zeros(inputs.shape[:2], dtype=torch.float64)
        states = []
        for each in inputs.unbind(2):
            state = torch.tanh(each + p[f"Waa_{half}"] @ state)
            states.append(state)
        return torch.stack(states, dim=2)

    def loss(self, words, tags, lengths):
        x = self.p["E"][words].permute(2, 0, 1)
        back = _turn(self.read(_turn(x, lengths), "backward"), lengths)
        a = torch.cat([self.read(x, "forward"), back])
        counted = _belongs(lengths, words.shape[1])
        return _asked(a[:, counted], tags[counted], self.p)


def train(start, words, tags, lengths, epochs, seed, rate=0.02, batch=25):
    leaves = {name: _leaf(value) for name, value in start.items()}
    model = _Tagger(leaves)
    optimiser = torch.optim.Adam(list(leaves.values()), lr=rate)
    data = [_numbers(each) for each in (words, tags, lengths)]
    generator = np.random.default_rng(seed)

    def measured_loss():
        with torch.no_grad():
            return float(model.loss(*data))

    losses = [measured_loss()]
    for epoch in range(epochs):
        optimiser.param_groups[0]["lr"] = rate * (1 - epoch / epochs)
        order = torch.tensor(generator.permutation(len(data[0])))
        for chosen in order.split(batch):
            optimiser.zero_grad()
            model.loss(*(each[chosen] for each in data)).backward()
            optimiser.step()
        losses.append(measured_loss())
    return {name: leaf.detach().numpy().copy() for name, leaf in leaves.items()}, losses
