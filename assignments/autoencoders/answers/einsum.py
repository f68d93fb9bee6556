"""Terse NumPy: einsum, broadcasting, stable argsort, rel_entr of SciPy; written from the handout alone."""

import numpy as np
from scipy.special import rel_entr


def autoencoder_forward(x, parameters, hidden="sigmoid", output="identity"):
    W1 = parameters["W1"]
    W2 = parameters.get("W2", W1.T)
    h = bend(np.einsum("kn,nm->km", W1, x) + parameters["b1"], hidden)
    y = bend(np.einsum("nk,km->nm", W2, h) + parameters["b2"], output)
    return y, h, (x, h, y, parameters, hidden, output)


def autoencoder_backward(dy, dh, cache):
    x, h, y, parameters, hidden, output = cache
    W1 = parameters["W1"]
    dZ2 = bend_backward(dy, y, output)
    dZ1 = bend_backward(dh + np.einsum("nk,nm->km", parameters.get("W2", W1.T), dZ2), h, hidden)
    dW1, dW2 = np.einsum("km,nm->kn", dZ1, x), np.einsum("nm,km->nk", dZ2, h)
    weights = {"dW1": dW1, "dW2": dW2} if "W2" in parameters else {"dW1": dW1 + dW2.T}
    biases = {"db1": dZ1.sum(axis=1, keepdims=True), "db2": dZ2.sum(axis=1, keepdims=True)}
    return {"dx": np.einsum("kn,km->nm", W1, dZ1), **weights, **biases}


def corrupt(x, p, generator):
    return np.where(generator.random(np.shape(x)) < p, 0.0, np.asarray(x, dtype=float))


def sparsity_penalty(h, rho, beta):
    active = h.mean(axis=1)
    return float(beta * (rel_entr(rho, active) + rel_entr(1 - rho, 1 - active)).sum())


def sparsity_gradient(h, rho, beta):
    active = h.mean(axis=1, keepdims=True)
    return np.broadcast_to(beta / h.shape[1] * ((1 - rho) / (1 - active) - rho / active), h.shape).copy()


def train(start, x, epochs, seed, hidden="sigmoid", output="identity", p=0.0, rate=0.01, batch=50):
    generator, m = np.random.default_rng(seed), x.shape[1]

    def loss_of_all(theta):
        off = autoencoder_forward(x, theta, hidden, output)[0] - x
        return np.einsum("ai,ai->", off, off) / (2 * m)

    theta = {name: np.array(array, dtype=float) for name, array in start.items()}
    v, s = ({name: np.zeros(array.shape) for name, array in theta.items()} for _ in range(2))
    losses, t = [loss_of_all(theta)], 0
    for _ in range(epochs):
        order = generator.permutation(m)
        for chosen in np.split(order, np.arange(batch, m, batch)):
            whole = x[:, chosen]
            y, h, cache = autoencoder_forward(corrupt(whole, p, generator), theta, hidden, output)
            gradients = autoencoder_backward((y - whole) / len(chosen), np.zeros(h.shape), cache)
            t += 1
            theta, v, s = adam_step(theta, gradients, v, s, t, learning_rate=rate)
        losses.append(loss_of_all(theta))
    return theta, losses


def topic_words(W2, words, n=10):
    best = np.argsort(-np.asarray(W2), axis=0, kind="stable")[:n]
    return [[words[place] for place in unit] for unit in best.T]


def unrolled(autoencoders):
    layers = [(each, 1) for each in autoencoders] + [(each, 2) for each in reversed(autoencoders)]
    return {f"{name}{k}": each[f"{name}{half}"] for k, (each, half) in enumerate(layers, 1) for name in "Wb"}


def gaussian_kl(mu, log_var):
    return float((mu**2 + np.expm1(log_var) - log_var).sum() / (2 * mu.shape[1]))


def draw_codes(mu, log_var, generator):
    return mu + np.exp(log_var / 2) * generator.standard_normal(np.shape(mu))


def variational_forward(x, eps, parameters):
    q = parameters
    Z, encoder = dense_forward(x, q["W1"], q["b1"])
    h = np.tanh(Z)
    mu, of_mu = dense_forward(h, q["Wm"], q["bm"])
    log_var, of_log_var = dense_forward(h, q["Ws"], q["bs"])
    Z, decoder = dense_forward(mu + np.exp(log_var / 2) * eps, q["W2"], q["b2"])
    g = np.tanh(Z)
    y, output = dense_forward(g, q["W3"], q["b3"])
    arrays = {"x": x, "h": h, "mu": mu, "log_var": log_var, "eps": eps, "g": g, "y": y}
    pairs = {"encoder": encoder, "of_mu": of_mu, "of_log_var": of_log_var, "decoder": decoder, "output": output}
    return binary_cross_entropy(y, x) + gaussian_kl(mu, log_var), y, {**arrays, **pairs}


def variational_backward(dJ, cache):
    x, h, mu, l, eps, g, y = (cache[name] for name in ("x", "h", "mu", "log_var", "eps", "g", "y"))
    m = x.shape[1]
    output = dense_backward(dJ * binary_cross_entropy_gradient(y, x), cache["output"])
    decoder = dense_backward(output["dA"] * (1 - g**2), cache["decoder"])
    dz = decoder["dA"]
    of_mu = dense_backward(dz + dJ * mu / m, cache["of_mu"])
    of_log_var = dense_backward(dz * eps * np.exp(l / 2) / 2 + dJ * np.expm1(l) / (2 * m), cache["of_log_var"])
    encoder = dense_backward((of_mu["dA"] + of_log_var["dA"]) * (1 - h**2), cache["encoder"])
    layers = {"1": encoder, "m": of_mu, "s": of_log_var, "2": decoder, "3": output}
    return {f"d{name}{layer}": step[f"d{name}"] for layer, step in layers.items() for name in "Wb"}
