"""Plain loops and dicts; matrices only where the handout forbids loops over single numbers; written from the handout alone."""
import math

import numpy as np


# ---------------------------------------------------------------- part 1

def decoder_weights(parameters):
    if "W2" in parameters:
        return parameters["W2"]
    return parameters["W1"].T


def autoencoder_forward(x, parameters, hidden="sigmoid", output="identity"):
    scores, _ = dense_forward(x, parameters["W1"], parameters["b1"])
    h = bend(scores, hidden)
    scores, _ = dense_forward(h, decoder_weights(parameters), parameters["b2"])
    y = bend(scores, output)
    return y, h, (x, h, y, parameters, hidden, output)


def autoencoder_backward(dy, dh, cache):
    x, h, y, parameters, hidden, output = cache
    dZ = bend_backward(dy, y, output)
    decoder = dense_backward(dZ, (h, decoder_weights(parameters)))
    at_code = decoder["dA"] + dh
    dZ = bend_backward(at_code, h, hidden)
    encoder = dense_backward(dZ, (x, parameters["W1"]))
    gradients = {
        "dx": encoder["dA"],
        "dW1": encoder["dW"],
        "db1": encoder["db"],
        "db2": decoder["db"],
    }
    if "W2" in parameters:
        gradients["dW2"] = decoder["dW"]
    else:
        gradients["dW1"] = gradients["dW1"] + decoder["dW"].T
    return gradients


# ---------------------------------------------------------------- part 2

def corrupt(x, p, generator):
    x = np.array(x, dtype=np.float64)
    drawn = generator.random(x.shape)
    return np.where(drawn < p, 0.0, x)


def mean_of_each_unit(h):
    means = []
    for row in h:
        total = 0.0
        for number in row:
            total += float(number)
        means.append(total / len(row))
    return means


def sparsity_penalty(h, rho, beta):
    total = 0.0
    for active in mean_of_each_unit(h):
        total += rho * math.log(rho / active)
        total += (1 - rho) * math.log((1 - rho) / (1 - active))
    return beta * total


def sparsity_gradient(h, rho, beta):
    k, m = h.shape
    means = mean_of_each_unit(h)
    dh = np.zeros((k, m))
    for j in range(k):
        slope = beta / m * ((1 - rho) / (1 - means[j]) - rho / means[j])
        for i in range(m):
            dh[j, i] = slope
    return dh


# ---------------------------------------------------------------- part 3

def train(start, x, epochs, seed, hidden="sigmoid", output="identity", p=0.0, rate=0.01, batch=50):
    generator = np.random.default_rng(seed)
    m = x.shape[1]
    parameters = {}
    v = {}
    s = {}
    for name in start:
        parameters[name] = np.array(start[name], dtype=float)
        v[name] = np.zeros(parameters[name].shape)
        s[name] = np.zeros(parameters[name].shape)

    def loss_of_all():
        y, _, _ = autoencoder_forward(x, parameters, hidden, output)
        return float(((y - x) ** 2).sum()) / (2 * m)

    losses = [loss_of_all()]
    t = 0
    for _ in range(epochs):
        order = generator.permutation(m)
        for first in range(0, m, batch):
            whole = x[:, order[first:first + batch]]
            holes = corrupt(whole, p, generator)
            y, h, cache = autoencoder_forward(holes, parameters, hidden, output)
            dy = (y - whole) / whole.shape[1]
            gradients = autoencoder_backward(dy, np.zeros(h.shape), cache)
            t += 1
            parameters, v, s = adam_step(parameters, gradients, v, s, t, learning_rate=rate)
        losses.append(loss_of_all())
    return parameters, losses


# ---------------------------------------------------------------- part 4

def topic_words(W2, words, n=10):
    topics = []
    for j in range(W2.shape[1]):
        places = list(range(len(words)))
        # sorted() keeps the order of what is equal
        places = sorted(places, key=lambda place: -W2[place, j])
        chosen = []
        for place in places[:n]:
            chosen.append(words[place])
        topics.append(chosen)
    return topics


# ---------------------------------------------------------------- part 5

def unrolled(autoencoders):
    net = {}
    layer = 0
    for each in autoencoders:
        layer += 1
        net[f"W{layer}"] = each["W1"]
        net[f"b{layer}"] = each["b1"]
    for each in reversed(autoencoders):
        layer += 1
        net[f"W{layer}"] = each["W2"]
        net[f"b{layer}"] = each["b2"]
    return net


# ---------------------------------------------------------------- part 6

def gaussian_kl(mu, log_var):
    k, m = mu.shape
    total = 0.0
    for j in range(k):
        for i in range(m):
            l = log_var[j, i]
            total += 0.5 * (mu[j, i] ** 2 + np.exp(l) - 1 - l)
    return float(total) / m


def draw_codes(mu, log_var, generator):
    k, m = mu.shape
    z = np.zeros((k, m))
    for j in range(k):
        for i in range(m):
            z[j, i] = mu[j, i] + np.exp(log_var[j, i] / 2) * generator.standard_normal()
    return z


def variational_forward(x, eps, parameters):
    cache = {"x": x, "eps": eps}
    scores, cache["encoder"] = dense_forward(x, parameters["W1"], parameters["b1"])
    h = np.tanh(scores)
    mu, cache["of_mu"] = dense_forward(h, parameters["Wm"], parameters["bm"])
    log_var, cache["of_log_var"] = dense_forward(h, parameters["Ws"], parameters["bs"])
    z = mu + np.exp(log_var / 2) * eps
    scores, cache["decoder"] = dense_forward(z, parameters["W2"], parameters["b2"])
    g = np.tanh(scores)
    y, cache["output"] = dense_forward(g, parameters["W3"], parameters["b3"])
    cache["h"] = h
    cache["mu"] = mu
    cache["log_var"] = log_var
    cache["g"] = g
    cache["y"] = y
    J = binary_cross_entropy(y, x) + gaussian_kl(mu, log_var)
    return J, y, cache


def variational_backward(dJ, cache):
    x, h, mu, log_var = cache["x"], cache["h"], cache["mu"], cache["log_var"]
    eps, g, y = cache["eps"], cache["g"], cache["y"]
    m = x.shape[1]
    output = dense_backward(dJ * binary_cross_entropy_gradient(y, x), cache["output"])
    decoder = dense_backward(output["dA"] * (1 - g ** 2), cache["decoder"])
    dz = decoder["dA"]
    dmu = dz + dJ * mu / m
    dl = dz * eps * 0.5 * np.exp(log_var / 2) + dJ * (np.exp(log_var) - 1) / (2 * m)
    of_mu = dense_backward(dmu, cache["of_mu"])
    of_log_var = dense_backward(dl, cache["of_log_var"])
    dh = of_mu["dA"] + of_log_var["dA"]
    encoder = dense_backward(dh * (1 - h ** 2), cache["encoder"])
    gradients = {}
    for name, layer in (("1", encoder), ("m", of_mu), ("s", of_log_var), ("2", decoder), ("3", output)):
        gradients["dW" + name] = layer["dW"]
        gradients["db" + name] = layer["db"]
    return gradients
