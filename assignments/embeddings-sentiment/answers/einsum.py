"""Terse NumPy: einsum, broadcasting and fancy indexing, hardly a loop; written from the handout alone."""
import numpy as np


def padded(texts, T=None):
    T = max(map(len, texts)) if T is None else T
    cut = [np.asarray(text, dtype=int)[:T] for text in texts]
    numbers = np.zeros((len(texts), T), dtype=int)
    numbers[np.arange(T) < np.array([len(text) for text in cut])[:, None]] = np.concatenate(cut)
    return numbers


def text_lengths(numbers):
    return np.maximum((numbers != 0).sum(axis=1), 1)


def embedding_forward(numbers, E):
    return np.moveaxis(E[numbers], -1, 0), (numbers, E.shape)


def embedding_backward(dx, cache):
    numbers, shape = cache
    dE = np.zeros(shape)
    np.add.at(dE, numbers, np.moveaxis(dx, 0, -1))
    dE[0] = 0
    return dE


def pretrained_rows(words, vectors, generator):
    known = np.array(list(vectors.values()), dtype=float)
    E = generator.normal(0.0, known.std(), (len(words), known.shape[1]))
    place = {word: n for n, word in enumerate(words)}
    E[[place[word] for word in vectors if word in place]] = known[[word in place for word in vectors]]
    E[0] = 0
    return E


def loss_and_gradients(Z, Y, parameters, strength):
    m = Z.shape[1]
    weights = {name: array for name, array in parameters.items() if name.startswith("W")}
    entropy = (Y * np.logaddexp(0, -Z) + (1 - Y) * np.logaddexp(0, Z)).sum() / m
    penalty = strength / 2 * sum(np.einsum("ab,ab->", W, W) for W in weights.values())
    return float(entropy + penalty), (sigmoid(Z) - Y) / m, {f"d{name}": strength * W for name, W in weights.items()}


def dropout_mask(shape, p, generator):
    if not 0 <= p < 1:
        raise ValueError("p must be at least 0 and below 1")
    return (generator.random(shape) >= p) / (1 - p)


def word_shares(numbers):
    return (numbers != 0) / np.reshape(text_lengths(numbers), (-1, 1))


def averaged_forward(numbers, parameters, mask=None):
    x, _ = embedding_forward(numbers, parameters["E"])
    h = np.einsum("dmt,mt->dm", x, word_shares(numbers))
    A = np.tanh(np.einsum("nd,dm->nm", parameters["W1"], h) + parameters["b1"])
    mask = np.ones(A.shape) if mask is None else mask
    Z = np.einsum("kn,nm,nm->km", parameters["W2"], mask, A) + parameters["b2"]
    return Z, (numbers, h, A, mask, parameters)


def averaged_backward(dZ, cache):
    numbers, h, A, mask, parameters = cache
    dz = np.einsum("kn,km->nm", parameters["W2"], dZ) * mask * (1 - A**2)
    dx = np.einsum("nd,nm,mt->dmt", parameters["W1"], dz, word_shares(numbers), optimize=True)
    return {
        "dE": embedding_backward(dx, (numbers, parameters["E"].shape)),
        "dW1": np.einsum("nm,dm->nd", dz, h),
        "db1": dz.sum(axis=1, keepdims=True),
        "dW2": np.einsum("km,nm->kn", dZ, mask * A),
        "db2": dZ.sum(axis=1, keepdims=True),
    }


def recurrent_classifier_forward(numbers, parameters):
    m, T = numbers.shape
    x, _ = embedding_forward(numbers, parameters["E"])
    a = np.einsum("nd,dmt->nmt", parameters["Wax"], x, optimize=True) + parameters["ba"][..., None]
    a[..., 0] = np.tanh(a[..., 0])
    for t in range(1, T):
        a[..., t] = np.tanh(a[..., t] + np.einsum("ij,jm->im", parameters["Waa"], a[..., t - 1], optimize=True))
    h = a[:, np.arange(m), np.ravel(text_lengths(numbers)) - 1]
    return np.einsum("kn,nm->km", parameters["Wy"], h) + parameters["by"], (numbers, a, parameters)


def recurrent_classifier_backward(dZ, cache):
    numbers, a, parameters = cache
    m, T = numbers.shape
    last = np.arange(m), np.ravel(text_lengths(numbers)) - 1
    dz = np.zeros(a.shape)
    dz[:, last[0], last[1]] = np.einsum("kn,km->nm", parameters["Wy"], dZ)
    slope = 1 - a**2
    dz[..., -1] *= slope[..., -1]
    for t in range(T - 2, -1, -1):
        dz[..., t] += np.einsum("ij,im->jm", parameters["Waa"], dz[..., t + 1], optimize=True)
        dz[..., t] *= slope[..., t]
    x, shape = embedding_forward(numbers, parameters["E"])[0], parameters["E"].shape
    return {
        "dE": embedding_backward(np.einsum("nd,nmt->dmt", parameters["Wax"], dz, optimize=True), (numbers, shape)),
        "dWax": np.einsum("nmt,dmt->nd", dz, x, optimize=True),
        "dWaa": np.einsum("imt,jmt->ij", dz[..., 1:], a[..., :-1], optimize=True),
        "dba": np.einsum("nmt->n", dz)[:, None],
        "dWy": np.einsum("km,nm->kn", dZ, a[:, last[0], last[1]]),
        "dby": dZ.sum(axis=1, keepdims=True),
    }


def train(start, numbers, Y, epochs, seed, strength=0.0001, rate=0.02, batch=100, device='cpu'):
    generator = np.random.default_rng(seed)
    theta = {name: np.array(array, dtype=float) for name, array in start.items()}
    v = s = {name: np.zeros(array.shape) for name, array in theta.items()}

    def loss():
        return loss_and_gradients(recurrent_classifier_forward(numbers, theta)[0], Y, theta, strength)[0]

    losses, t = [loss()], 0
    for epoch in range(epochs):
        order = generator.permutation(len(numbers))
        for begin in range(0, len(order), batch):
            chosen = order[begin : begin + batch]
            Z, cache = recurrent_classifier_forward(numbers[chosen], theta)
            _, dZ, shrink = loss_and_gradients(Z, Y[:, chosen], theta, strength)
            slopes = recurrent_classifier_backward(dZ, cache)
            slopes |= {name: slopes[name] + pull for name, pull in shrink.items()}
            t += 1
            theta, v, s = adam_step(theta, slopes, v, s, t, rate * (1 - epoch / epochs))
        losses.append(loss())
    return theta, losses
