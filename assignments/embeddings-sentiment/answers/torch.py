"""Torch tensors, autograd for every backward pass, two small modules for the readers; written from the handout alone."""
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F


def _tensor(array):
    return torch.tensor(np.asarray(array), dtype=torch.float64)


def _index(array):
    return torch.tensor(np.asarray(array, dtype=np.int64))


def padded(texts, T=None):
    rows = [_index(text)[:T] for text in texts]
    T = max(map(len, rows)) if T is None else T
    return torch.stack([F.pad(row, (0, T - len(row))) for row in rows]).numpy()


def text_lengths(numbers):
    return (_index(numbers) != 0).sum(dim=1).clamp(min=1).numpy()


def embedding_forward(numbers, E):
    x = _tensor(E)[_index(numbers)].permute(2, 0, 1)
    return x.numpy(), (numbers, np.shape(E))


def embedding_backward(dx, cache):
    numbers, shape = cache
    pieces = _tensor(dx).permute(1, 2, 0).reshape(-1, shape[1])
    dE = torch.zeros(shape, dtype=torch.float64).index_add_(0, _index(numbers).flatten(), pieces)
    dE[0] = 0
    return dE.numpy()


def pretrained_rows(words, vectors, generator):
    known = np.stack([np.asarray(vector, dtype=np.float64) for vector in vectors.values()])
    E = generator.normal(0.0, known.std(), (len(words), known.shape[1]))
    for row, word in enumerate(words):
        if word in vectors:
            E[row] = vectors[word]
    E[0] = 0
    return E


def _is_weight(name):
    return name.startswith("W")


def loss_and_gradients(Z, Y, parameters, strength):
    Z, Y = _tensor(Z).requires_grad_(), _tensor(Y)
    weights = {name: _tensor(array).requires_grad_() for name, array in parameters.items() if _is_weight(name)}
    J = F.binary_cross_entropy_with_logits(Z, Y, reduction="sum") / Z.shape[1]
    for weight in weights.values():
        J = J + strength / 2 * weight.square().sum()
    dZ, *slopes = torch.autograd.grad(J, [Z, *weights.values()])
    return J.item(), dZ.numpy(), {f"d{name}": slope.numpy() for name, slope in zip(weights, slopes)}


def dropout_mask(shape, p, generator):
    if not 0 <= p < 1:
        raise ValueError("p must be from 0 up to but not including 1")
    return np.where(generator.random(shape) < p, 0.0, 1 / (1 - p))


class Bag(nn.Module):
    """The mean of the words of a text, and two layers on top."""

    def __init__(self, parameters):
        super().__init__()
        for name, array in parameters.items():
            self.register_parameter(name, nn.Parameter(_tensor(array)))

    def rest(self, h, mask):
        A = torch.tanh(self.W1 @ h + self.b1)
        mask = torch.ones_like(A) if mask is None else _tensor(mask)
        return self.W2 @ (mask * A) + self.b2, A, mask


def _mean_weights(numbers):
    """Return (m, T), by how much each place counts in the mean of its text."""
    return (_index(numbers) != 0) / _index(text_lengths(numbers)).reshape(-1, 1).double()


def averaged_forward(numbers, parameters, mask=None):
    x = _tensor(embedding_forward(numbers, parameters["E"])[0])
    h = (x.where(_index(numbers) != 0, 0.0) * _mean_weights(numbers)).sum(dim=2)
    with torch.no_grad():
        Z, A, used = Bag(parameters).rest(h, mask)
    return Z.numpy(), (numbers, h.numpy(), A.numpy(), used.numpy(), parameters)


def averaged_backward(dZ, cache):
    numbers, h, A, mask, parameters = cache
    bag, h = Bag(parameters), _tensor(h).requires_grad_()
    names = ["W1", "b1", "W2", "b2"]
    Z = bag.rest(h, mask)[0]
    dh, *slopes = torch.autograd.grad(Z, [h, *(getattr(bag, name) for name in names)], _tensor(dZ))
    dx = (dh[:, :, None] * _mean_weights(numbers)).numpy()
    gradients = {f"d{name}": slope.numpy() for name, slope in zip(names, slopes)}
    return {"dE": embedding_backward(dx, (numbers, np.shape(parameters["E"])))} | gradients


class Reader(nn.Module):
    """A recurrent network that is asked after the last word of each text."""

    def __init__(self, parameters):
        super().__init__()
        for name, array in parameters.items():
            self.register_parameter(name, nn.Parameter(_tensor(array)))

    def forward(self, x, lengths):
        """Return scores (k, m) and states (n, m, T) for words x (d, m, T)."""
        inputs = torch.einsum("nd,dmt->tnm", self.Wax, x) + self.ba
        state, states = x.new_zeros(len(self.Waa), x.shape[1]), []
        for each in inputs:
            state = torch.tanh(each + self.Waa @ state)
            states.append(state)
        states = torch.stack(states, dim=2)
        last = states[:, torch.arange(x.shape[1], device=x.device), lengths - 1]
        return self.Wy @ last + self.by, states

    def look_up(self, numbers):
        return self.E[numbers].permute(2, 0, 1)


def recurrent_classifier_forward(numbers, parameters):
    x = _tensor(embedding_forward(numbers, parameters["E"])[0])
    with torch.no_grad():
        Z, a = Reader(parameters)(x, _index(text_lengths(numbers)).flatten())
    return Z.numpy(), (numbers, a.numpy(), parameters)


def recurrent_classifier_backward(dZ, cache):
    numbers, _, parameters = cache
    x = _tensor(embedding_forward(numbers, parameters["E"])[0]).requires_grad_()
    reader = Reader(parameters)
    names = ["Wax", "Waa", "ba", "Wy", "by"]
    Z = reader(x, _index(text_lengths(numbers)).flatten())[0]
    dx, *slopes = torch.autograd.grad(Z, [x, *(getattr(reader, name) for name in names)], _tensor(dZ))
    gradients = {f"d{name}": slope.numpy() for name, slope in zip(names, slopes)}
    return {"dE": embedding_backward(dx.numpy(), (numbers, np.shape(parameters["E"])))} | gradients


def train(start, numbers, Y, epochs, seed, strength=0.0001, rate=0.02, batch=100, device='cpu'):
    generator = np.random.default_rng(seed)
    reader = Reader(start).to(device)
    lengths = _index((np.asarray(numbers) != 0).sum(axis=1)).to(device)
    numbers, Y = _index(numbers)[:, : int(lengths.max())].to(device), _tensor(Y).to(device)
    optimiser = torch.optim.Adam(reader.parameters(), lr=rate)

    def loss_of(some):
        longest = int(lengths[some].max())
        x = reader.look_up(numbers[some, :longest])
        J = F.binary_cross_entropy_with_logits(reader(x, lengths[some])[0], Y[:, some], reduction="sum") / len(some)
        weights = (weight for name, weight in reader.named_parameters() if _is_weight(name))
        return J + strength / 2 * sum(weight.square().sum() for weight in weights)

    def loss_of_all():
        with torch.no_grad():
            return loss_of(torch.arange(len(numbers), device=device)).item()

    losses = [loss_of_all()]
    for epoch in range(epochs):
        optimiser.param_groups[0]["lr"] = rate * (1 - epoch / epochs)
        for some in _index(generator.permutation(len(numbers))).to(device).split(batch):
            optimiser.zero_grad()
            loss_of(some).backward()
            optimiser.step()
        losses.append(loss_of_all())
    trained = {name: array.detach().cpu().numpy().copy() for name, array in reader.named_parameters()}
    return trained, losses
