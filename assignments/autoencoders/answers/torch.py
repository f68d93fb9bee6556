"""Torch tensors in float64, autograd for the ways back, chance from the NumPy generator; written from the handout alone."""

import numpy as np
import torch


def _tensor(x):
    """A float64 copy of x."""
    return torch.tensor(np.asarray(x), dtype=torch.float64)


def _leaves(parameters):
    return {name: _tensor(value).requires_grad_(True) for name, value in parameters.items()}


def _gradients(leaves):
    """The gradients of leaves under their names with a leading d; zeros where nothing arrived."""
    return {
        f"d{name}": np.zeros(tuple(leaf.shape)) if leaf.grad is None else leaf.grad.numpy().copy()
        for name, leaf in leaves.items()
    }


# ---------------------------------------------------------------------------------------------- part 1

BENDS = {
    "identity": lambda z: z,
    "relu": torch.relu,
    "sigmoid": torch.sigmoid,
    "softmax": lambda z: torch.softmax(z, dim=0),
    "tanh": torch.tanh,
}


def _weights(parameters):
    """Those parameters that an auto-encoder has."""
    return {name: parameters[name] for name in ("W1", "b1", "W2", "b2") if name in parameters}


def _there_and_back(x, p, hidden, output):
    """The restored examples and their codes, with tensors."""
    h = BENDS[hidden](p["W1"] @ x + p["b1"])
    decoder = p["W2"] if "W2" in p else p["W1"].T
    return BENDS[output](decoder @ h + p["b2"]), h


def autoencoder_forward(x, parameters, hidden='sigmoid', output='identity'):
    tensors = {name: _tensor(value) for name, value in _weights(parameters).items()}
    y, h = (each.numpy() for each in _there_and_back(_tensor(x), tensors, hidden, output))
    return y, h, (x, h, y, parameters, hidden, output)


def autoencoder_backward(dy, dh, cache):
    x, _, _, parameters, hidden, output = cache
    leaves = _leaves({"x": x} | _weights(parameters))
    y, h = _there_and_back(leaves["x"], leaves, hidden, output)
    torch.autograd.backward([y, h], [_tensor(dy), _tensor(dh)])
    return _gradients(leaves)


# ---------------------------------------------------------------------------------------------- part 2


def corrupt(x, p, generator):
    x = _tensor(x)
    drawn = _tensor(generator.random(tuple(x.shape)))
    return x.masked_fill(drawn < p, 0.0).numpy()


def _loudness(h, rho, beta):
    """The penalty with tensors."""
    mean = h.mean(dim=1)
    each = rho * torch.log(rho / mean) + (1 - rho) * torch.log((1 - rho) / (1 - mean))
    return beta * each.sum()


def sparsity_penalty(h, rho, beta):
    return float(_loudness(_tensor(h), rho, beta))


def sparsity_gradient(h, rho, beta):
    leaves = _leaves({"h": h})
    _loudness(leaves["h"], rho, beta).backward()
    return _gradients(leaves)["dh"]


# ---------------------------------------------------------------------------------------------- part 3


class _AutoEncoder:
    """A net that is trained with Adam to restore what it has read."""

    def __init__(self, start, hidden, output, rate):
        self.leaves = _leaves(_weights(start))
        self.bends = hidden, output
        self.optimiser = torch.optim.Adam(list(self.leaves.values()), lr=rate)

    def error(self, seen, wanted):
        y, _ = _there_and_back(seen, self.leaves, *self.bends)
        return ((y - wanted) ** 2).sum() / (2 * wanted.shape[1])

    def step(self, seen, wanted):
        self.optimiser.zero_grad()
        self.error(seen, wanted).backward()
        self.optimiser.step()

    def parameters(self):
        return {name: leaf.detach().numpy().copy() for name, leaf in self.leaves.items()}


def train(start, x, epochs, seed, hidden='sigmoid', output='identity', p=0.0, rate=0.01, batch=50):
    net = _AutoEncoder(start, hidden, output, rate)
    x = np.asarray(x)
    everything = _tensor(x)
    generator = np.random.default_rng(seed)

    def loss():
        with torch.no_grad():
            return float(net.error(everything, everything))

    losses = [loss()]
    for _ in range(epochs):
        order = generator.permutation(x.shape[1])
        for first in range(0, len(order), batch):
            some = x[:, order[first : first + batch]]
            net.step(_tensor(corrupt(some, p, generator)), _tensor(some))
        losses.append(loss())
    return net.parameters(), losses


# ---------------------------------------------------------------------------------------------- parts 4 and 5


def topic_words(W2, words, n=10):
    order = torch.argsort(_tensor(W2), dim=0, descending=True, stable=True)
    return [[words[place] for place in unit[:n].tolist()] for unit in order.T]


def unrolled(autoencoders):
    encoders = [(each["W1"], each["b1"]) for each in autoencoders]
    decoders = [(each["W2"], each["b2"]) for each in reversed(autoencoders)]
    net = {}
    for layer, (W, b) in enumerate(encoders + decoders, start=1):
        net[f"W{layer}"], net[f"b{layer}"] = W, b
    return net


# ---------------------------------------------------------------------------------------------- part 6


def _divergence(mu, log_var):
    return (mu**2 + torch.expm1(log_var) - log_var).sum() / (2 * mu.shape[1])


def _cloud(mu, log_var, eps):
    return mu + torch.exp(log_var / 2) * eps


def gaussian_kl(mu, log_var):
    return float(_divergence(_tensor(mu), _tensor(log_var)))


def draw_codes(mu, log_var, generator):
    eps = generator.standard_normal(np.shape(mu))
    return _cloud(_tensor(mu), _tensor(log_var), _tensor(eps)).numpy()


def variational_forward(x, eps, parameters):
    def layer(A, name):
        return dense_forward(A, parameters[f"W{name}"], parameters[f"b{name}"])

    scores, encoder = layer(x, "1")
    h = np.tanh(scores)
    mu, of_mu = layer(h, "m")
    log_var, of_log_var = layer(h, "s")
    z = _cloud(_tensor(mu), _tensor(log_var), _tensor(eps)).numpy()
    scores, decoder = layer(z, "2")
    g = np.tanh(scores)
    y, output = layer(g, "3")
    cache = {"x": x, "h": h, "mu": mu, "log_var": log_var, "eps": eps, "g": g, "y": y}
    cache |= {"encoder": encoder, "of_mu": of_mu, "of_log_var": of_log_var, "decoder": decoder, "output": output}
    return binary_cross_entropy(y, x) + gaussian_kl(mu, log_var), y, cache


def variational_backward(dJ, cache):
    found = {}

    def through(dZ, name, layer):
        """Go back through a layer, keep the gradients of its parameters, and return that of its input."""
        step = dense_backward(dZ, cache[layer])
        found[f"dW{name}"], found[f"db{name}"] = step["dW"], step["db"]
        return step["dA"]

    dg = through(dJ * binary_cross_entropy_gradient(cache["y"], cache["x"]), "3", "output")
    dz = through(dg * (1 - cache["g"] ** 2), "2", "decoder")
    # At the cloud what the decoder asks meets what the divergence asks; autograd adds them up.
    leaves = _leaves({"mu": cache["mu"], "log_var": cache["log_var"]})
    z = _cloud(leaves["mu"], leaves["log_var"], _tensor(cache["eps"]))
    kl = _divergence(leaves["mu"], leaves["log_var"])
    torch.autograd.backward([z, kl], [_tensor(dz), _tensor(dJ)])
    asked = _gradients(leaves)
    dh = through(asked["dmu"], "m", "of_mu") + through(asked["dlog_var"], "s", "of_log_var")
    through(dh * (1 - cache["h"] ** 2), "1", "encoder")
    return found
