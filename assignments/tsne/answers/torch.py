"""Torch tensors, SciPy's distances, all rows bisected at once; written from the handout alone."""
import numpy as np
import torch
from scipy.spatial.distance import pdist, squareform


def _tensor(array):
    return torch.tensor(np.asarray(array), dtype=torch.float64)


def _others_only(D):
    """Return distances as a tensor of its own in which everybody is infinitely far from himself."""
    D = _tensor(D)
    D.fill_diagonal_(torch.inf)
    return D


def squared_distances(X):
    return squareform(pdist(np.asarray(X, dtype=np.float64), "sqeuclidean"))


def pca(X, k=2):
    X = _tensor(X)
    if not 1 <= k <= min(X.shape):
        raise ValueError("k must be from 1 to min(N, D)")
    centred = X - X.mean(dim=0)
    directions = torch.linalg.svd(centred, full_matrices=False).Vh[:k]
    peaks = directions.gather(1, directions.abs().argmax(dim=1, keepdim=True))
    return (centred @ torch.where(peaks < 0, -directions, directions).T).numpy()


def perplexities(P):
    return torch.special.entr(_tensor(P)).sum(dim=1).exp().numpy()


def conditional_probabilities(D, perplexity=30.0):
    D = _others_only(D)
    if not 1 <= perplexity <= len(D) - 1:
        raise ValueError("nobody can have such a perplexity")
    D = D - D.min(dim=1, keepdim=True).values
    beta = torch.ones(len(D), 1, dtype=torch.float64)
    low, high = torch.zeros_like(beta), torch.full_like(beta, torch.inf)
    for _ in range(100):
        wide = torch.special.entr(torch.softmax(-beta * D, dim=1)).sum(dim=1, keepdim=True) > np.log(perplexity)
        low, high = torch.where(wide, beta, low), torch.where(wide, high, beta)
        beta = torch.where(high.isinf(), 2 * beta, (low + high) / 2)
    return torch.softmax(-beta * D, dim=1).numpy()


def joint_probabilities(P):
    P = _tensor(P)
    return ((P + P.T) / (2 * len(P))).numpy()


def student_t_weights(Y):
    w = 1 / (1 + _tensor(squared_distances(Y)))
    return w.fill_diagonal_(0.0).numpy()


def tsne_loss(P, Y):
    P, w = _tensor(P), _tensor(student_t_weights(Y))
    pairs = P > 0
    return (P[pairs] * torch.log(P[pairs] * w.sum() / w[pairs])).sum().item()


def tsne_gradient(P, Y):
    w, Y = _tensor(student_t_weights(Y)), _tensor(Y)
    springs = (_tensor(P) - w / w.sum().clamp(min=1e-300)) * w
    return (4 * (springs.sum(dim=1, keepdim=True) * Y - springs @ Y)).numpy()


def tsne_step(Y, velocity, gains, dY, learning_rate, momentum):
    Y, velocity, gains, dY = map(_tensor, (Y, velocity, gains, dY))
    gains = torch.where(dY * velocity < 0, gains + 0.2, 0.8 * gains).clamp(min=0.01)
    velocity = momentum * velocity - learning_rate * gains * dY
    return (Y + velocity).numpy(), velocity.numpy(), gains.numpy()


def descend(P, start, steps):
    P, Y = np.asarray(P, dtype=np.float64), np.array(start, dtype=np.float64)
    velocity, gains = np.zeros_like(Y), np.ones_like(Y)
    losses = [tsne_loss(P, Y)]
    for t in range(steps):
        stretch, share, momentum = (12, 48, 0.5) if t < steps / 4 else (1, 4, 0.8)
        dY = tsne_gradient(stretch * P, Y)
        Y, velocity, gains = tsne_step(Y, velocity, gains, dY, len(Y) / share, momentum)
        losses.append(tsne_loss(P, Y))
    return Y, losses


def trustworthiness(X, Y, k=5):
    N = len(X)
    if not 1 <= k < N / 2:
        raise ValueError("k must be from 1 to less than N / 2")
    order = torch.argsort(_others_only(squared_distances(X)), dim=1, stable=True)
    ranks = torch.argsort(order, dim=1) + 1
    shown = torch.argsort(_others_only(squared_distances(Y)), dim=1, stable=True)[:, :k]
    cost = (ranks.gather(1, shown) - k).clamp(min=0).sum().item()
    return 1 - 2 * cost / (N * k * (2 * N - 3 * k - 1))
