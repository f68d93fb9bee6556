"""Plain loops over points and entries (one row at a time where all pairs would be too slow); written from the handout alone."""
import math

import numpy as np


def squared_distances(X):
    X = np.array(X, dtype=np.float64)
    return ((X[:, None] - X) ** 2).sum(axis=2)


def pca(X, k=2):
    X = np.array(X, dtype=np.float64)
    N, D = X.shape
    if k < 1 or k > min(N, D):
        raise ValueError("k must be from 1 to min(N, D)")
    centred = X - X.mean(axis=0)
    directions = np.linalg.svd(centred, full_matrices=False)[2]
    Y = np.zeros((N, k))
    for number in range(k):
        direction = directions[number]
        biggest = 0.0
        for entry in direction:
            if abs(entry) > abs(biggest):
                biggest = entry
        if biggest < 0:
            direction = -direction
        for i in range(N):
            Y[i, number] = centred[i] @ direction
    return Y


def perplexities(P):
    result = []
    for row in P:
        H = 0.0
        for p in row:
            if p > 0:
                H -= p * math.log2(p)
        result.append(2.0**H)
    return np.array(result)


def _picks(distances, beta):
    """The probabilities of one row and their entropy in nats; the smallest distance must be 0."""
    weights = np.exp(-beta * distances)
    total = weights.sum()
    p = weights / total
    return p, math.log(total) + beta * float(p @ distances)


def conditional_probabilities(D, perplexity=30.0):
    N = len(D)
    if not 1 <= perplexity <= N - 1:
        raise ValueError("the perplexity must be from 1 to N - 1")
    wanted = math.log(perplexity)
    P = np.zeros((N, N))
    for i in range(N):
        others = [j for j in range(N) if j != i]
        distances = np.array([float(D[i][j]) for j in others])
        distances = distances - distances.min()
        beta, low, high = 1.0, 0.0, math.inf
        for _ in range(100):
            _, entropy = _picks(distances, beta)
            if entropy > wanted:
                low = beta
            else:
                high = beta
            if high == math.inf:
                beta = 2.0 * beta
            else:
                beta = (low + high) / 2.0
        p, _ = _picks(distances, beta)
        for place, j in enumerate(others):
            P[i, j] = p[place]
    return P


def joint_probabilities(P):
    N = len(P)
    joint = np.zeros((N, N))
    for i in range(N):
        for j in range(N):
            joint[i, j] = (P[i][j] + P[j][i]) / (2 * N)
    return joint


def student_t_weights(Y):
    Y = np.array(Y, dtype=np.float64)
    w = np.zeros((len(Y), len(Y)))
    for i in range(len(Y)):
        w[i] = 1.0 / (1.0 + ((Y - Y[i]) ** 2).sum(axis=1))
        w[i, i] = 0.0
    return w


def tsne_loss(P, Y):
    w = student_t_weights(Y)
    Z = w.sum()
    C = 0.0
    for i in range(len(w)):
        counts = np.array(P[i]) > 0
        counts[i] = False
        p = P[i][counts]
        if len(p):
            C += float((p * np.log(p / (w[i][counts] / Z))).sum())
    return C


def tsne_gradient(P, Y):
    Y = np.array(Y, dtype=np.float64)
    w = student_t_weights(Y)
    Z = w.sum()
    dY = np.zeros(Y.shape)
    if len(Y) < 2:
        return dY
    for i in range(len(Y)):
        F = (P[i] - w[i] / Z) * w[i]
        dY[i] = 4.0 * (F @ (Y[i] - Y))
    return dY


def tsne_step(Y, velocity, gains, dY, learning_rate, momentum):
    N, d = np.shape(Y)
    new_Y, new_velocity, new_gains = np.zeros((N, d)), np.zeros((N, d)), np.zeros((N, d))
    for i in range(N):
        for t in range(d):
            if dY[i, t] * velocity[i, t] < 0:
                gain = gains[i, t] + 0.2
            else:
                gain = gains[i, t] * 0.8
            if gain < 0.01:
                gain = 0.01
            speed = momentum * velocity[i, t] - learning_rate * gain * dY[i, t]
            new_gains[i, t] = gain
            new_velocity[i, t] = speed
            new_Y[i, t] = Y[i, t] + speed
    return new_Y, new_velocity, new_gains


def descend(P, start, steps):
    Y = np.array(start, dtype=np.float64)
    N = len(Y)
    velocity, gains = np.zeros(Y.shape), np.ones(Y.shape)
    losses = [tsne_loss(P, Y)]
    for t in range(steps):
        if t < steps / 4:
            dY = tsne_gradient(12 * P, Y)
            Y, velocity, gains = tsne_step(Y, velocity, gains, dY, N / 48, 0.5)
        else:
            dY = tsne_gradient(P, Y)
            Y, velocity, gains = tsne_step(Y, velocity, gains, dY, N / 4, 0.8)
        losses.append(tsne_loss(P, Y))
    return Y, losses


def _nearest_first(distances, i):
    others = [j for j in range(len(distances)) if j != i]
    return sorted(others, key=lambda j: (distances[j], j))


def trustworthiness(X, Y, k=5):
    N = len(X)
    if k < 1 or k >= N / 2:
        raise ValueError("k must be at least 1 and less than N / 2")
    among_points = squared_distances(X).tolist()
    in_picture = squared_distances(Y).tolist()
    cost = 0
    for i in range(N):
        rank = {}
        for place, j in enumerate(_nearest_first(among_points[i], i)):
            rank[j] = place + 1
        for j in _nearest_first(in_picture[i], i)[:k]:
            cost += max(0, rank[j] - k)
    return 1.0 - 2.0 / (N * k * (2 * N - 3 * k - 1)) * cost
