"""Torch tensors with autograd, SciPy's sparse tables, pandas to sort cells into diagonals; written from the handout alone."""
import numpy as np
import pandas as pd
import torch
from scipy import sparse


def _tensor(array):
    return torch.tensor(np.asarray(array), dtype=torch.float64)


def _index(array):
    return torch.tensor(np.asarray(array, dtype=np.int64))


def cooccurrence(sentences, V, window=5, weighting='equal', symmetric=True):
    if weighting not in ("equal", "harmonic"):
        raise ValueError(f"there is no weighting {weighting}")
    words = _index([word for sentence in sentences for word in sentence])
    sentence_of = torch.arange(len(sentences)).repeat_interleave(_index([len(sentence) for sentence in sentences]))
    C = torch.zeros(V * V, dtype=torch.float64)
    for distance in range(1, min(window, len(words) - 1) + 1):
        near = sentence_of[:-distance] == sentence_of[distance:]
        cell = words[:-distance][near] * V + words[distance:][near]
        C += torch.bincount(cell, minlength=V * V) * (1.0 / distance if weighting == "harmonic" else 1.0)
    C = C.reshape(V, V)
    return (C + C.T if symmetric else C).numpy()


def probe_ratios(X, i, j, probes):
    rows = _tensor(dense(X))[[i, j]]
    of_i, of_j = (rows / rows.sum(dim=1, keepdim=True))[:, _index(probes)]
    return torch.stack([of_i, of_j, of_i / of_j], dim=1).numpy()


def glove_weight(x, x_max=100, alpha=0.75):
    x = _tensor(x)
    return torch.where(x < x_max, (x / x_max) ** alpha, 1.0).numpy()


def _missed(X, W, W_tilde, b, b_tilde, x_max, alpha):
    i, j, x = cells(X)
    f, log_x, i, j = _tensor(glove_weight(x, x_max, alpha)), _tensor(x).log(), _index(i), _index(j)
    residual = (W[i] * W_tilde[j]).sum(dim=1) + b[i] + b_tilde[j] - log_x
    return (f * residual**2).sum()


TABLES = ("W", "W_tilde", "b", "b_tilde")


def glove_loss(X, parameters, x_max=100, alpha=0.75):
    return _missed(X, *(_tensor(parameters[name]) for name in TABLES), x_max, alpha).item()


def glove_gradients(X, parameters, x_max=100, alpha=0.75):
    tensors = [_tensor(parameters[name]).requires_grad_() for name in TABLES]
    slopes = torch.autograd.grad(_missed(X, *tensors, x_max, alpha), tensors)
    return {f"d{name}": slope.numpy() for name, slope in zip(TABLES, slopes)}


def glove_step(theta, gradient, squares, learning_rate=0.05):
    step = learning_rate * _tensor(gradient)
    theta, squares = _tensor(theta), _tensor(squares)
    return (theta - step / squares.sqrt()).numpy(), (squares + step**2).numpy()


def train(X, start, epochs, seed, learning_rate=0.05, x_max=10):
    V = X.shape[0]
    listed = pd.DataFrame(dict(zip("ijx", cells(X))))
    diagonals = {
        diagonal: sparse.coo_array((group["x"].to_numpy(), (group["i"].to_numpy(), group["j"].to_numpy())), shape=(V, V))
        for diagonal, group in listed.groupby((listed["j"] - listed["i"]) % V)
    }
    parameters = {name: np.array(start[name], dtype=np.float64) for name in TABLES}
    squares = {name: np.ones_like(table) for name, table in parameters.items()}
    losses = [glove_loss(X, parameters, x_max)]
    generator = np.random.default_rng(seed)
    for _ in range(epochs):
        for diagonal in generator.permutation(V).tolist():
            if diagonal in diagonals:
                slopes = glove_gradients(diagonals[diagonal], parameters, x_max)
                for name in TABLES:
                    parameters[name], squares[name] = glove_step(
                        parameters[name], slopes["d" + name], squares[name], learning_rate
                    )
        losses.append(glove_loss(X, parameters, x_max))
    return parameters, losses


def predicted_ratios(parameters, i, j, probes):
    W, W_tilde = _tensor(parameters["W"]), _tensor(parameters["W_tilde"])
    return torch.exp(W_tilde[_index(probes)] @ (W[i] - W[j])).numpy()
