"""Assignment "Recurrent networks, forwards and backwards" -- Idris

I work in an editor and not in Jupyter, so this is the same as a module. Run it to see the printed examples.
"""

import numpy as np


def sigmoid(z):
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1.0, e) / (1.0 + e)


def softmax(z):
    e = np.exp(z - z.max(axis=0, keepdims=True))
    return e / e.sum(axis=0, keepdims=True)


# ---------------------------------------------------------------------------------------------------------- part 1


def rnn_cell_forward(xt: np.ndarray, a_prev: np.ndarray, parameters: dict) -> tuple:
    """One step of an RNN."""
    hidden = parameters["Wax"].dot(xt) + parameters["Waa"].dot(a_prev) + parameters["ba"]
    a_next = np.tanh(hidden)
    yt_pred = softmax(parameters["Wya"].dot(a_next) + parameters["by"])
    return a_next, yt_pred, (a_next, a_prev, xt, parameters)


def rnn_forward(x: np.ndarray, a0: np.ndarray, parameters: dict) -> tuple:
    """All steps."""
    a_prev = a0
    results = []
    for t in range(x.shape[2]):
        results.append(rnn_cell_forward(x[:, :, t], a_prev, parameters))
        a_prev = results[-1][0]
    a = np.stack([r[0] for r in results], axis=2)
    y_pred = np.stack([r[1] for r in results], axis=2)
    return a, y_pred, ([r[2] for r in results], x)


# ---------------------------------------------------------------------------------------------------------- part 2


def rnn_cell_backward(da_next: np.ndarray, cache: tuple) -> dict:
    a_next, a_prev, xt, parameters = cache
    dz = da_next * (1.0 - a_next * a_next)
    return {
        "dxt": parameters["Wax"].T.dot(dz),
        "da_prev": parameters["Waa"].T.dot(dz),
        "dWax": dz.dot(xt.T),
        "dWaa": dz.dot(a_prev.T),
        "dba": dz.sum(axis=1, keepdims=True),
    }


def rnn_backward(da: np.ndarray, caches: tuple) -> dict:
    """Go through the steps and collect."""
    steps, x = caches
    dx = np.zeros(x.shape)
    sums = {"dWax": 0.0, "dWaa": 0.0, "dba": 0.0}
    da0 = None
    for t in reversed(range(x.shape[2])):
        g = rnn_cell_backward(da[:, :, t], steps[t])
        dx[:, :, t] = g["dxt"]
        for key in sums:
            sums[key] = sums[key] + g[key]
        da0 = g["da_prev"]
    return {"dx": dx, "da0": da0, **sums}


# ---------------------------------------------------------------------------------------------------------- part 3


def clip_gradients(gradients: dict, limit: float, by: str = "value") -> dict:
    match by:
        case "value":
            return {name: np.clip(g, -limit, limit) for name, g in gradients.items()}
        case "norm":
            out = {}
            for name, g in gradients.items():
                norm = np.linalg.norm(g)
                out[name] = g * limit / norm if norm > limit else g.copy()
            return out
        case _:
            raise ValueError(f"by={by}")


# ---------------------------------------------------------------------------------------------------------- part 4


def gru_cell_forward(xt, a_prev, parameters, simplified=False) -> tuple:
    concat = np.concatenate((a_prev, xt), axis=0)
    ut = sigmoid(parameters["Wu"].dot(concat) + parameters["bu"])
    rt = sigmoid(parameters["Wr"].dot(concat) + parameters["br"]) if not simplified else np.ones(a_prev.shape)
    gated = np.concatenate((rt * a_prev, xt), axis=0)
    cct = np.tanh(parameters["Wc"].dot(gated) + parameters["bc"])
    a_next = ut * cct + (1 - ut) * a_prev
    yt_pred = softmax(parameters["Wy"].dot(a_next) + parameters["by"])
    return a_next, yt_pred, (a_next, a_prev, cct, ut, rt, xt, parameters)


# ---------------------------------------------------------------------------------------------------------- part 5


def lstm_cell_forward(xt, a_prev, c_prev, parameters) -> tuple:
    concat = np.concatenate((a_prev, xt), axis=0)

    def layer(gate, activation):
        return activation(parameters["W" + gate].dot(concat) + parameters["b" + gate])

    ft, it, cct, ot = layer("f", sigmoid), layer("i", sigmoid), layer("c", np.tanh), layer("o", sigmoid)
    c_next = ft * c_prev + it * cct
    a_next = ot * np.tanh(c_next)
    yt_pred = softmax(parameters["Wy"].dot(a_next) + parameters["by"])
    return a_next, c_next, yt_pred, (a_next, c_next, a_prev, c_prev, ft, it, cct, ot, xt, parameters)


def lstm_forward(x, a0, parameters) -> tuple:
    a_prev, c_prev = a0, np.zeros(a0.shape)
    results = []
    for t in range(x.shape[2]):
        results.append(lstm_cell_forward(x[:, :, t], a_prev, c_prev, parameters))
        a_prev, c_prev = results[-1][:2]
    a = np.stack([r[0] for r in results], axis=2)
    c = np.stack([r[1] for r in results], axis=2)
    y = np.stack([r[2] for r in results], axis=2)
    return a, y, c, ([r[3] for r in results], x)


def lstm_cell_backward(da_next, dc_next, cache) -> dict:
    a_next, c_next, a_prev, c_prev, ft, it, cct, ot, xt, parameters = cache
    n_a = a_prev.shape[0]
    concat = np.concatenate((a_prev, xt), axis=0)
    dc = dc_next + da_next * ot * (1 - np.tanh(c_next) ** 2)
    deltas = {
        "f": dc * c_prev * ft * (1 - ft),
        "i": dc * cct * it * (1 - it),
        "c": dc * it * (1 - cct * cct),
        "o": da_next * np.tanh(c_next) * ot * (1 - ot),
    }
    back = np.add.reduce([parameters["W" + g].T.dot(d) for g, d in deltas.items()])
    out = {"dxt": back[n_a:], "da_prev": back[:n_a], "dc_prev": dc * ft}
    out.update({"dW" + g: d.dot(concat.T) for g, d in deltas.items()})
    out.update({"db" + g: d.sum(axis=1, keepdims=True) for g, d in deltas.items()})
    return out


def lstm_backward(da, caches) -> dict:
    steps, x = caches
    dx = np.zeros(x.shape)
    sums = {f"d{kind}{g}": 0.0 for kind in "Wb" for g in "fico"}
    da_prev, dc_prev = np.zeros(da.shape[:2]), np.zeros(da.shape[:2])
    for t in reversed(range(x.shape[2])):
        g = lstm_cell_backward(da[:, :, t] + da_prev, dc_prev, steps[t])
        dx[:, :, t], da_prev, dc_prev = g["dxt"], g["da_prev"], g["dc_prev"]
        for key in sums:
            sums[key] = sums[key] + g[key]
    return {"dx": dx, "da0": da_prev, **sums}


# ---------------------------------------------------------------------------------------------------------- part 6


def birnn_forward(x, a0_forward, a0_backward, parameters) -> tuple:
    def walk(a, p, times):
        states = {}
        for t in times:
            a = np.tanh(p["Wax"].dot(x[:, :, t]) + p["Waa"].dot(a) + p["ba"])
            states[t] = a
        return np.stack([states[t] for t in sorted(states)], axis=2)

    times = list(range(x.shape[2]))
    a_forward = walk(a0_forward, parameters["forward"], times)
    a_backward = walk(a0_backward, parameters["backward"], times[::-1])
    a = np.concatenate((a_forward, a_backward), axis=0)
    y_pred = np.stack([softmax(parameters["Wy"].dot(a[:, :, t]) + parameters["by"]) for t in times], axis=2)
    return a, y_pred, (a_forward, a_backward, x, parameters)


if __name__ == "__main__":
    tiny = {
        "Wax": np.array([[0.5], [-0.5]]),
        "Waa": np.array([[0.1, 0.2], [0.3, 0.4]]),
        "Wya": np.array([[1.0, -1.0], [0.0, 1.0]]),
        "ba": np.array([[0.05], [0.1]]),
        "by": np.array([[0.0], [0.0]]),
    }
    a_next, yt_pred, cache = rnn_cell_forward(np.array([[1.0, -1.0]]), np.array([[0.0, 0.5], [0.0, 1.0]]), tiny)
    print("a_next ", a_next.round(4).tolist())
    print("yt_pred", yt_pred.round(4).tolist())
    a, y_pred, caches = rnn_forward(np.array([[[1.0, 0.0, -1.0]]]), np.zeros((2, 1)), tiny)
    print("a     ", a[:, 0].round(4).tolist())
    steep = {"dWax": np.array([[3.0, -4.0]]), "dba": np.array([[12.0]])}
    print(clip_gradients(steep, 3.5), clip_gradients(steep, 6.5, "norm"))  # second one: hmm
