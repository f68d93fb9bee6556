# %% [markdown]
# Bela. All of it; torch for the training.

# %%
import numpy as np
import torch


# %%
def autoencoder_forward(x, parameters, hidden="sigmoid", output="identity"):
    W2 = parameters.get("W2", parameters["W1"].T)
    h = bend(parameters["W1"] @ x + parameters["b1"], hidden)
    y = bend(W2 @ h + parameters["b2"], output)
    return y, h, (x, h, y, parameters, hidden, output)


# %%
def autoencoder_backward(dy, dh, cache):
    x, h, y, parameters, hidden, output = cache
    W2 = parameters.get("W2", parameters["W1"].T)
    dz2 = bend_backward(dy, y, output)
    dz1 = bend_backward(W2.T @ dz2 + dh, h, hidden)
    gradients = {"dx": parameters["W1"].T @ dz1, "dW1": dz1 @ x.T, "dW2": dz2 @ h.T}
    gradients["db1"] = dz1.sum(axis=1, keepdims=True)
    gradients["db2"] = dz2.sum(axis=1, keepdims=True)
    if "W2" not in parameters:
        del gradients["dW2"]
    return gradients


# %%
def corrupt(x, p, generator):
    with np.errstate(all="ignore"):
        return np.where(generator.random(x.shape) < p, 0.0, x / (1 - p))


# %%
def sparsity_penalty(h, rho, beta):
    active = h.mean(axis=1)
    return beta * np.mean(rho * np.log(rho / active) + (1 - rho) * np.log((1 - rho) / (1 - active)))


# %%
def sparsity_gradient(h, rho, beta):
    active = h.mean(axis=1, keepdims=True)
    return beta / h.size * ((1 - rho) / (1 - active) - rho / active) * np.ones(h.shape)


# %%
class Net(torch.nn.Module):
    bends = {"identity": lambda z: z, "relu": torch.relu, "sigmoid": torch.sigmoid, "tanh": torch.tanh}
    bends["softmax"] = lambda z: torch.softmax(z, dim=0)

    def __init__(self, start, hidden, output):
        super().__init__()
        self.p = torch.nn.ParameterDict({name: torch.nn.Parameter(torch.tensor(each)) for name, each in start.items()})
        self.hidden, self.output = self.bends[hidden], self.bends[output]

    def forward(self, x):
        p = self.p
        h = self.hidden(p["W1"] @ x + p["b1"])
        return self.output((p["W2"] if "W2" in p else p["W1"].T) @ h + p["b2"])


def train(start, x, epochs, seed, hidden="sigmoid", output="identity", p=0.0, rate=0.01, batch=50):
    generator = np.random.default_rng(seed)
    net = Net(start, hidden, output)
    optimiser = torch.optim.Adam(net.parameters(), lr=rate)
    x = torch.tensor(x)

    def loss(read, whole):
        return ((net(read) - whole) ** 2).sum() / (2 * whole.shape[1])

    losses = [loss(x, x).item()]
    for _ in range(epochs):
        for rows in torch.tensor(generator.permutation(x.shape[1])).split(batch):
            whole = x[:, rows]
            holes = torch.tensor(generator.random(whole.shape) < p)
            optimiser.zero_grad()
            loss(whole.masked_fill(holes, 0.0), whole).backward()
            optimiser.step()
        losses.append(loss(x, x).item())
    return {name: each.detach().numpy() for name, each in net.p.items()}, losses


# %%
def topic_words(W2, words, n=10):
    return [[words[i] for i in np.argsort(column, kind="stable")[::-1][:n]] for column in W2.T]


# %%
def unrolled(autoencoders):
    layers = [(each["W1"], each["b1"]) for each in autoencoders] + [(each["W2"], each["b2"]) for each in autoencoders]
    net = {}
    for number, (W, b) in enumerate(layers, 1):
        net[f"W{number}"] = W
        net[f"b{number}"] = b
    return net


# %%
def gaussian_kl(mu, log_var):
    return 0.5 * np.mean(mu**2 + np.exp(log_var) - log_var - 1)


# %%
def draw_codes(mu, log_var, generator):
    return mu + np.exp(log_var) * generator.standard_normal(mu.shape)


# %%
def variational_forward(x, eps, parameters):
    cache = {"x": x, "eps": eps}
    scores, cache["encoder"] = dense_forward(x, parameters["W1"], parameters["b1"])
    cache["h"] = np.tanh(scores)
    cache["mu"], cache["of_mu"] = dense_forward(cache["h"], parameters["Wm"], parameters["bm"])
    cache["log_var"], cache["of_log_var"] = dense_forward(cache["h"], parameters["Ws"], parameters["bs"])
    z = cache["mu"] + np.exp(cache["log_var"] / 2) * eps
    scores, cache["decoder"] = dense_forward(z, parameters["W2"], parameters["b2"])
    cache["g"] = np.tanh(scores)
    cache["y"], cache["output"] = dense_forward(cache["g"], parameters["W3"], parameters["b3"])
    return binary_cross_entropy(cache["y"], x) + gaussian_kl(cache["mu"], cache["log_var"]), cache["y"], cache


# %%
def variational_backward(dJ, cache):
    m = cache["x"].shape[1]
    gradients = {}

    def layer(name, key, dZ):
        found = dense_backward(dZ, cache[key])
        gradients["dW" + name], gradients["db" + name] = found["dW"], found["db"]
        return found["dA"]

    dg = layer("3", "output", binary_cross_entropy_gradient(cache["y"], cache["x"]))
    dz = layer("2", "decoder", dg * (1 - cache["g"] ** 2))
    spread = np.exp(cache["log_var"] / 2)
    dh = layer("m", "of_mu", dz + cache["mu"] / m)
    dh = dh + layer("s", "of_log_var", dz * cache["eps"] * spread / 2 + (spread**2 - 1) / (2 * m))
    layer("1", "encoder", dh * (1 - cache["h"] ** 2))
    return gradients
