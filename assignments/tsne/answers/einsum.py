"""Terse NumPy: einsum, broadcasting and fancy indexing, hardly a loop; written from the handout alone."""
import numpy as np


def squared_distances(X):
    X = np.asarray(X, dtype=float)
    gap = X[:, None] - X
    return np.einsum("ijc,ijc->ij", gap, gap)


def pca(X, k=2):
    X = np.asarray(X, dtype=float)
    if not 1 <= k <= min(X.shape):
        raise ValueError("k must be from 1 to min(N, D)")
    centred = X - X.mean(axis=0)
    directions = np.linalg.svd(centred, full_matrices=False)[2][:k]
    peak = directions[np.arange(k), np.abs(directions).argmax(axis=1)]
    return np.einsum("nd,kd,k->nk", centred, directions, np.where(peak < 0, -1.0, 1.0))


def perplexities(P):
    P = np.asarray(P, dtype=float)
    return 2.0 ** -np.einsum("ij,ij->i", P, np.log2(np.where(P > 0, P, 1.0)))


def conditional_probabilities(D, perplexity=30.0):
    N = len(D)
    if not 1 <= perplexity <= N - 1:
        raise ValueError("perplexity must be from 1 to N - 1")
    D = np.where(np.eye(N, dtype=bool), np.inf, D)
    D = D - D.min(axis=1, keepdims=True)

    def gaussian(beta):
        e = np.exp(-beta[:, None] * D)
        return e / e.sum(axis=1, keepdims=True)

    beta, low, high = np.ones(N), np.zeros(N), np.full(N, np.inf)
    for _ in range(100):
        wide = perplexities(gaussian(beta)) > perplexity
        low, high = np.where(wide, beta, low), np.where(wide, high, beta)
        beta = np.where(np.isinf(high), 2 * beta, (low + high) / 2)
    return gaussian(beta)


def joint_probabilities(P):
    P = np.asarray(P, dtype=float)
    return (P + P.T) / (2 * len(P))


def student_t_weights(Y):
    return (1 - np.eye(len(Y))) / (1 + squared_distances(Y))


def tsne_loss(P, Y):
    P, w = np.asarray(P, dtype=float), student_t_weights(Y)
    pairs = P > 0
    return float((P[pairs] * np.log(P[pairs] * w.sum() / w[pairs])).sum())


def tsne_gradient(P, Y):
    Y, w = np.asarray(Y, dtype=float), student_t_weights(Y)
    springs = (P - w / (w.sum() or 1.0)) * w
    return 4 * np.einsum("ij,ijd->id", springs, Y[:, None] - Y)


def tsne_step(Y, velocity, gains, dY, learning_rate, momentum):
    gains = np.maximum(np.where(dY * velocity < 0, gains + 0.2, 0.8 * gains), 0.01)
    velocity = momentum * velocity - learning_rate * gains * dY
    return Y + velocity, velocity, gains


def descend(P, start, steps):
    Y = np.array(start, dtype=float)
    velocity, gains, losses = np.zeros(Y.shape), np.ones(Y.shape), [tsne_loss(P, Y)]
    for t in range(steps):
        push, share, momentum = (12, 48, 0.5) if t < steps / 4 else (1, 4, 0.8)
        Y, velocity, gains = tsne_step(Y, velocity, gains, tsne_gradient(push * P, Y), len(Y) / share, momentum)
        losses.append(tsne_loss(P, Y))
    return Y, losses


def trustworthiness(X, Y, k=5):
    N = len(X)
    if k < 1 or 2 * k >= N:
        raise ValueError("k must be at least 1 and less than N / 2")
    itself = np.diag(np.full(N, np.inf))
    itself[~np.eye(N, dtype=bool)] = 0.0
    order, shown = (np.argsort(squared_distances(points) - itself, axis=1, kind="stable") for points in (X, Y))
    ranks = np.argsort(order, axis=1)
    excess = np.maximum(0, np.take_along_axis(ranks, shown[:, 1 : k + 1], axis=1) - k)
    return float(1 - 2 / (N * k * (2 * N - 3 * k - 1)) * excess.sum())
