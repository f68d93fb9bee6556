# %% [markdown]
# Anna. Everything, by hand.

# %%
import math

import numpy as np


# %%
def autoencoder_forward(x, parameters, hidden="sigmoid", output="identity"):
    W1, b1, b2 = (parameters[name] for name in ("W1", "b1", "b2"))
    W2 = parameters["W2"] if "W2" in parameters else W1.transpose()
    h = bend(np.einsum("kn,nm->km", W1, x) + b1, hidden)
    y = bend(np.einsum("nk,km->nm", W2, h) + b2, output)
    return y, h, (x, h, y, parameters, hidden, output)


# %%
def autoencoder_backward(dy, dh, cache):
    x, h, y, parameters, hidden, output = cache
    tied = "W2" not in parameters
    W1 = parameters["W1"]
    W2 = W1.T if tied else parameters["W2"]
    dZ2 = bend_backward(dy, y, output)
    dZ1 = bend_backward(np.einsum("nk,nm->km", W2, dZ2) + dh, h, hidden)
    result = {"dx": np.einsum("kn,km->nm", W1, dZ1), "dW1": np.einsum("km,nm->kn", dZ1, x)}
    result["db1"] = np.einsum("km->k", dZ1)[:, None]
    result["db2"] = np.einsum("nm->n", dZ2)[:, None]
    dW2 = np.einsum("nm,km->nk", dZ2, h)
    if tied:
        result["dW1"] = result["dW1"] + dW2.T
    else:
        result["dW2"] = dW2
    return result


# %%
def corrupt(x, p, generator):
    result = x.copy()
    result[generator.random(x.shape) < p] = 0
    return result


# %%
def sparsity_penalty(h, rho, beta):
    total = 0.0
    for unit in h:
        active = sum(unit) / len(unit)
        total += rho * math.log(rho / active) + (1 - rho) * math.log((1 - rho) / (1 - active))
    return beta * total


# %%
def sparsity_gradient(h, rho, beta):
    dh = np.zeros(h.shape)
    for j, unit in enumerate(h):
        active = unit.mean()
        dh[j, :] = beta / len(unit) * ((1 - rho) / (1 - active) - rho / active)
    return dh


# %%
def train(start, x, epochs, seed, hidden="sigmoid", output="identity", p=0.0, rate=0.01, batch=50):
    generator = np.random.default_rng(seed)
    theta = {name: array.copy() for name, array in start.items()}
    v = {name: np.zeros_like(array) for name, array in start.items()}
    s = {name: np.zeros_like(array) for name, array in start.items()}

    def loss():
        return 0.5 * np.mean(np.sum((autoencoder_forward(x, theta, hidden, output)[0] - x) ** 2, axis=0))

    losses, t = [loss()], 0
    for _ in range(epochs):
        order = generator.permutation(x.shape[1])
        while len(order):
            now, order = order[:batch], order[batch:]
            y, h, cache = autoencoder_forward(corrupt(x[:, now], p, generator), theta, hidden, output)
            gradients = autoencoder_backward((y - x[:, now]) / len(now), np.zeros_like(h), cache)
            t += 1
            theta, v, s = adam_step(theta, gradients, v, s, t, learning_rate=rate)
        losses.append(loss())
    return theta, np.array(losses)


# %%
def topic_words(W2, words, n=10):
    topics = []
    for j in range(W2.shape[1]):
        places = sorted(range(len(words)), key=lambda i: (-W2[i, j], i))
        topics.append([words[i] for i in places][:n])
    return topics


# %%
def unrolled(autoencoders):
    L, net = len(autoencoders), {}
    for place, each in enumerate(autoencoders):
        net[f"W{place + 1}"], net[f"b{place + 1}"] = each["W1"], each["b1"]
        net[f"W{2 * L - place}"], net[f"b{2 * L - place}"] = each["W2"], each["b2"]
    return net


# %%
def gaussian_kl(mu, log_var):
    of_examples = [0.5 * np.sum(mean**2 + np.expm1(log) - log) for mean, log in zip(mu.T, log_var.T)]
    return np.mean(of_examples)


# %%
def draw_codes(mu, log_var, generator):
    return generator.normal(mu, np.sqrt(np.exp(log_var)))


# %%
def variational_forward(x, eps, parameters):
    p = parameters
    scores, encoder = dense_forward(x, p["W1"], p["b1"])
    h = np.tanh(scores)
    mu, of_mu = dense_forward(h, p["Wm"], p["bm"])
    log_var, of_log_var = dense_forward(h, p["Ws"], p["bs"])
    z = mu + np.sqrt(np.exp(log_var)) * eps
    scores, decoder = dense_forward(z, p["W2"], p["b2"])
    g = np.tanh(scores)
    y, last = dense_forward(g, p["W3"], p["b3"])
    cache = dict(x=x, h=h, mu=mu, log_var=log_var, eps=eps, g=g, y=y, output=last)
    cache.update(encoder=encoder, of_mu=of_mu, of_log_var=of_log_var, decoder=decoder)
    return binary_cross_entropy(y, x) + gaussian_kl(mu, log_var), y, cache


# %%
def variational_backward(dJ, cache):
    c, m = cache, cache["x"].shape[1]
    last = dense_backward((sigmoid(c["y"]) - c["x"]) / m, c["output"])
    decoder = dense_backward(last["dA"] * (1 - c["g"] ** 2), c["decoder"])
    dz = decoder["dA"]
    dmu = dz + c["mu"] / m
    dlog_var = 0.5 * dz * c["eps"] * np.exp(0.5 * c["log_var"]) + 0.5 * (np.exp(c["log_var"]) - 1) / m
    of_mu, of_log_var = dense_backward(dmu, c["of_mu"]), dense_backward(dlog_var, c["of_log_var"])
    encoder = dense_backward((of_mu["dA"] + of_log_var["dA"]) * (1 - c["h"] ** 2), c["encoder"])
    found = {"1": encoder, "m": of_mu, "s": of_log_var, "2": decoder, "3": last}
    return {f"d{kind}{name}": dJ * each[f"d{kind}"] for name, each in found.items() for kind in "Wb"}
