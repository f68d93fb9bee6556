"""Classes of its own, and caches that are named tuples; written from the handout alone."""

import numpy as np
from collections import namedtuple
from dataclasses import dataclass
from typing import Callable


RNNCache = namedtuple("RNNCache", "a_next a_prev xt parameters")


GRUCache = namedtuple("GRUCache", "a_next a_prev cct ut rt xt parameters")


LSTMCache = namedtuple("LSTMCache", "a_next c_next a_prev c_prev ft it cct ot xt parameters")


@dataclass(frozen=True)
class Activation:
    apply: Callable
    slope: Callable  # of the OUTPUT


LOGISTIC = Activation(sigmoid, lambda s: s * (1 - s))


TANH = Activation(np.tanh, lambda h: 1 - h * h)


class Affine:
    """v -> W v + b, and the way back."""

    def __init__(self, W, b):
        self.W, self.b = W, b

    def __call__(self, v):
        return self.W @ v + self.b

    def back(self, delta, v):
        """Gradients at (v, W, b), given delta at the result."""
        return self.W.T @ delta, delta @ v.T, delta.sum(axis=1)[:, np.newaxis]


class Stack:
    """[a; x], and the way back."""

    def __init__(self, a, x):
        self.n_a = a.shape[0]
        self.rows = np.vstack((a, x))

    def split(self, d):
        return d[: self.n_a], d[self.n_a :]


class Sum(dict):
    """A dict of gradients which adds."""

    def add(self, other, names):
        for name in names:
            self[name] = self[name] + other[name] if name in self else other[name]


def over_time(step, x, *states):
    """Run step(xt, *states) -> (states, outputs) along the last axis and stack every output."""
    rows = []
    for t in range(x.shape[-1]):
        states, outputs = step(x[:, :, t], *states)
        rows.append(outputs)
    return list(zip(*rows))


def stacked(arrays):
    return np.stack(arrays, axis=-1)


class SimpleRNN:
    def __init__(self, parameters):
        self.parameters = parameters
        self.of_input = Affine(parameters["Wax"], parameters["ba"])
        self.of_state = Affine(parameters["Waa"], 0.0)

    def forward(self, xt, a_prev):
        return TANH.apply(self.of_input(xt) + self.of_state(a_prev))

    def predict(self, a):
        return softmax(Affine(self.parameters["Wya"], self.parameters["by"])(a))

    def backward(self, da, cache):
        dz = da * TANH.slope(cache.a_next)
        dxt, dWax, dba = self.of_input.back(dz, cache.xt)
        da_prev, dWaa, _ = self.of_state.back(dz, cache.a_prev)
        return {"dxt": dxt, "da_prev": da_prev, "dWax": dWax, "dWaa": dWaa, "dba": dba}


def rnn_cell_forward(xt, a_prev, parameters):
    net = SimpleRNN(parameters)
    a_next = net.forward(xt, a_prev)
    return a_next, net.predict(a_next), RNNCache(a_next, a_prev, xt, parameters)


def rnn_forward(x, a0, parameters):
    def step(xt, a):
        a, y, cache = rnn_cell_forward(xt, a, parameters)
        return (a,), (a, y, cache)

    a, y, caches = over_time(step, x, a0)
    return stacked(a), stacked(y), (list(caches), x)


def rnn_cell_backward(da_next, cache):
    cache = RNNCache(*cache)  # also if somebody hands in a plain tuple
    return SimpleRNN(cache.parameters).backward(da_next, cache)


def rnn_backward(da, caches):
    steps, x = caches
    total, dx = Sum(), []
    from_the_right = np.zeros_like(da[..., 0])
    for t, cache in reversed(list(enumerate(steps))):
        g = rnn_cell_backward(da[..., t] + from_the_right, cache)
        from_the_right = g["da_prev"]
        dx.append(g["dxt"])
        total.add(g, ["dWax", "dWaa", "dba"])
    return {"dx": stacked(dx[::-1]), "da0": from_the_right, **total}


def by_value(gradients, limit):
    return {name: g.clip(-limit, limit) for name, g in gradients.items()}


def by_norm(gradients, limit):
    norm = np.sqrt(sum((g * g).sum() for g in gradients.values()))
    return {name: g * min(1.0, limit / norm) if norm > 0 else g.copy() for name, g in gradients.items()}


CLIPPERS = {"value": by_value, "norm": by_norm}


def clip_gradients(gradients, limit, by="value"):
    try:
        clip = CLIPPERS[by]
    except KeyError:
        raise ValueError(f"unknown: by={by!r}, known are {', '.join(CLIPPERS)}") from None
    return clip(gradients, limit)


class GRU:
    def __init__(self, parameters, simplified):
        self.p, self.simplified = parameters, simplified

    def layer(self, letter):
        return Affine(self.p["W" + letter], self.p["b" + letter])

    def forward(self, xt, a_prev):
        both = Stack(a_prev, xt).rows
        ut = LOGISTIC.apply(self.layer("u")(both))
        rt = np.ones_like(a_prev) if self.simplified else LOGISTIC.apply(self.layer("r")(both))
        cct = TANH.apply(self.layer("c")(Stack(rt * a_prev, xt).rows))
        a_next = a_prev + ut * (cct - a_prev)  # the same as ut * cct + (1 - ut) * a_prev
        return GRUCache(a_next, a_prev, cct, ut, rt, xt, self.p)


def gru_cell_forward(xt, a_prev, parameters, simplified=False):
    gru = GRU(parameters, simplified)
    cache = gru.forward(xt, a_prev)
    return cache.a_next, softmax(gru.layer("y")(cache.a_next)), cache


class LSTM:
    GATES = {"f": ("ft", LOGISTIC), "i": ("it", LOGISTIC), "c": ("cct", TANH), "o": ("ot", LOGISTIC)}

    def __init__(self, parameters):
        self.p = parameters
        self.layers = {g: Affine(parameters["W" + g], parameters["b" + g]) for g in self.GATES}

    def forward(self, xt, a_prev, c_prev):
        both = Stack(a_prev, xt).rows
        open_ = {name: act.apply(self.layers[g](both)) for g, (name, act) in self.GATES.items()}
        c_next = open_["ft"] * c_prev + open_["it"] * open_["cct"]
        a_next = open_["ot"] * np.tanh(c_next)
        return LSTMCache(a_next, c_next, a_prev, c_prev, xt=xt, parameters=self.p, **open_)

    def predict(self, a):
        return softmax(Affine(self.p["Wy"], self.p["by"])(a))

    def backward(self, da, dc_next, k):
        shown = np.tanh(k.c_next)
        dc = dc_next + da * k.ot * TANH.slope(shown)
        at_output = {"f": dc * k.c_prev, "i": dc * k.cct, "c": dc * k.it, "o": da * shown}
        stack = Stack(k.a_prev, k.xt)
        result, dstack = {"dc_prev": dc * k.ft}, 0.0
        for g, (name, act) in self.GATES.items():
            delta = at_output[g] * act.slope(getattr(k, name))
            dv, result["dW" + g], result["db" + g] = self.layers[g].back(delta, stack.rows)
            dstack = dstack + dv
        result["da_prev"], result["dxt"] = stack.split(dstack)
        return result


def lstm_cell_forward(xt, a_prev, c_prev, parameters):
    net = LSTM(parameters)
    cache = net.forward(xt, a_prev, c_prev)
    return cache.a_next, cache.c_next, net.predict(cache.a_next), cache


def lstm_forward(x, a0, parameters):
    def step(xt, a, c):
        a, c, y, cache = lstm_cell_forward(xt, a, c, parameters)
        return (a, c), (a, y, c, cache)

    a, y, c, caches = over_time(step, x, a0, np.zeros(a0.shape))
    return stacked(a), stacked(y), stacked(c), (list(caches), x)


def lstm_cell_backward(da_next, dc_next, cache):
    cache = LSTMCache(*cache)
    return LSTM(cache.parameters).backward(da_next, dc_next, cache)


def lstm_backward(da, caches):
    steps, x = caches
    total, dx = Sum(), []
    ahead = np.zeros_like(da[..., 0])
    ahead_c = np.zeros_like(da[..., 0])
    for t, cache in reversed(list(enumerate(steps))):
        g = lstm_cell_backward(da[..., t] + ahead, ahead_c, cache)
        ahead, ahead_c = g["da_prev"], g["dc_prev"]
        dx.append(g["dxt"])
        total.add(g, [d + gate for gate in LSTM.GATES for d in ("dW", "db")])
    return {"dx": stacked(dx[::-1]), "da0": ahead, **total}


class Half:
    """One direction. SimpleRNN wants no Wya for its states, so it can be used again."""

    def __init__(self, parameters):
        self.net = SimpleRNN(parameters)

    def read(self, x, a0):
        def step(xt, a):
            a = self.net.forward(xt, a)
            return (a,), (a,)

        (states,) = over_time(step, x, a0)
        return stacked(states)


def flipped(x):
    return np.flip(x, axis=-1)


def birnn_forward(x, a0_forward, a0_backward, parameters):
    a_forward = Half(parameters["forward"]).read(x, a0_forward)
    a_backward = flipped(Half(parameters["backward"]).read(flipped(x), a0_backward))
    a = np.vstack((a_forward, a_backward))
    predict = Affine(parameters["Wy"], parameters["by"])
    y = stacked([softmax(predict(a[:, :, t])) for t in range(x.shape[-1])])
    return a, y, (a_forward, a_backward, x, parameters)
