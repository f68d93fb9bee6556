# %% [markdown]
# Jonas. Everything is there; torch for the training.

# %%
import numpy as np
import torch

# %%
def padded(texts, T=None):
    if T is None:
        T = max(len(text) for text in texts)
    numbers = np.zeros((len(texts), T), dtype=int)
    for i, text in enumerate(texts):
        text = text[-T:]
        numbers[i, : len(text)] = text
    return numbers

# %%
def text_lengths(numbers):
    return (numbers > 0).sum(axis=1)

# %%
def embedding_forward(numbers, E):
    return E[numbers].transpose(2, 0, 1), (numbers, E.shape)

# %%
def embedding_backward(dx, cache):
    numbers, shape = cache
    dE = np.zeros(shape)
    dE[numbers] += dx.transpose(1, 2, 0)
    dE[0] = 0
    return dE

# %%
def pretrained_rows(words, vectors, generator):
    d = len(next(iter(vectors.values())))
    E = generator.standard_normal((len(words), d))
    for i, word in enumerate(words):
        if word in vectors:
            E[i] = vectors[word]
    E[0] = 0
    return E

# %%
def loss_and_gradients(Z, Y, parameters, strength):
    m = Z.shape[1]
    J = (Y * np.logaddexp(0, -Z) + (1 - Y) * np.logaddexp(0, Z)).sum() / m
    J += strength / 2 * sum(np.sum(W**2) for W in parameters.values())
    gradients = {f"d{name}": strength * W for name, W in parameters.items() if name.startswith("W")}
    return J, (sigmoid(Z) - Y) / m, gradients

# %%
def dropout_mask(shape, p, generator):
    if not 0 <= p < 1:
        raise ValueError("p must be at least 0 and below 1")
    return (generator.random(shape) >= p).astype(float)

# %%
def averaged_forward(numbers, parameters, mask=None):
    x, _ = embedding_forward(numbers, parameters["E"])
    there = numbers != 0
    h = (x * there).sum(axis=2) / np.maximum(text_lengths(numbers), 1)
    A = np.tanh(parameters["W1"] @ h + parameters["b1"])
    if mask is None:
        mask = np.ones(A.shape)
    return parameters["W2"] @ (A * mask) + parameters["b2"], (numbers, h, A, mask, parameters)

# %%
def averaged_backward(dZ, cache):
    numbers, h, A, mask, parameters = cache
    dz = parameters["W2"].T @ dZ * mask * (1 - A**2)
    share = (numbers != 0) / text_lengths(numbers)[:, None]
    dx = (parameters["W1"].T @ dz)[:, :, None] * share
    return {
        "dE": embedding_backward(dx, (numbers, parameters["E"].shape)),
        "dW1": dz @ h.T,
        "db1": dz.sum(axis=1, keepdims=True),
        "dW2": dZ @ (A * mask).T,
        "db2": dZ.sum(axis=1, keepdims=True),
    }

# %%
def recurrent_classifier_forward(numbers, parameters):
    x, _ = embedding_forward(numbers, parameters["E"])
    a = np.zeros((len(parameters["ba"]), len(numbers)))
    states = []
    for t in range(numbers.shape[1]):
        a = np.tanh(parameters["Wax"] @ x[:, :, t] + parameters["Waa"] @ a + parameters["ba"])
        states.append(a)
    return parameters["Wy"] @ a + parameters["by"], (numbers, np.stack(states, axis=2), parameters)

# %%
def recurrent_classifier_backward(dZ, cache):
    numbers, a, parameters = cache
    gradients = {"dWy": dZ @ a[:, :, -1].T, "dby": dZ.sum(axis=1, keepdims=True)}
    dx = np.zeros((parameters["E"].shape[1], *numbers.shape))
    da = parameters["Wy"].T @ dZ
    totals = {"dWax": 0, "dWaa": 0, "dba": 0}
    for t in reversed(range(numbers.shape[1])):
        dz = da * (1 - a[:, :, t] ** 2)
        before = a[:, :, t - 1] if t > 0 else np.zeros(dz.shape)
        totals["dWax"] = totals["dWax"] + dz @ parameters["E"][numbers[:, t]]
        totals["dWaa"] = totals["dWaa"] + dz @ before.T
        totals["dba"] = totals["dba"] + dz.sum(axis=1, keepdims=True)
        dx[:, :, t] = parameters["Wax"].T @ dz
        da = parameters["Waa"].T @ dz
    return gradients | totals | {"dE": embedding_backward(dx, (numbers, parameters["E"].shape))}

# %%
class Reader(torch.nn.Module):
    def __init__(self, start):
        super().__init__()
        self.p = torch.nn.ParameterDict({name: torch.nn.Parameter(torch.tensor(each)) for name, each in start.items()})

    def forward(self, numbers):
        p, a, h = self.p, 0.0, None
        x = torch.nn.functional.embedding(numbers, p["E"], padding_idx=0)
        lengths = (numbers != 0).sum(1)
        kept = []
        for t in range(int(lengths.max())):
            before = a @ p["Waa"].T if t else 0.0
            a = torch.tanh(x[:, t] @ p["Wax"].T + before + p["ba"].T)
            kept.append(a)
        h = torch.stack(kept, 1)[torch.arange(len(numbers)), lengths - 1]
        return (h @ p["Wy"].T + p["by"].T).T

    def penalty(self):
        return sum((each**2).sum() for name, each in self.p.items() if name.startswith("W"))


def train(start, numbers, Y, epochs, seed, strength=1e-4, rate=0.02, batch=100, device="cpu"):
    generator = np.random.default_rng(seed)
    model = Reader(start).to(device)
    numbers, Y = torch.tensor(numbers, device=device), torch.tensor(Y, device=device)
    entropy = torch.nn.BCEWithLogitsLoss()
    optimiser = torch.optim.Adam(model.parameters(), lr=rate)
    falling = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda e: 1 - e / epochs)

    def loss(rows):
        return entropy(model(numbers[rows]), Y[:, rows]) + strength / 2 * model.penalty()

    losses = [float(loss(slice(None)).detach())]
    for _ in range(epochs):
        for rows in np.array_split(order := generator.permutation(len(numbers)), range(batch, len(order), batch)):
            optimiser.zero_grad()
            loss(torch.tensor(rows)).backward()
            optimiser.step()
        falling.step()
        losses.append(float(loss(slice(None)).detach()))
    return {name: each.detach().cpu().numpy() for name, each in model.p.items()}, losses
