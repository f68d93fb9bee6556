# %% [markdown]
# Asta. Loops where they read better, and as little NumPy magic as I can.

# %%
import numpy as np
from check import check

# %%
def squared_distances(X):
    X = np.asarray(X, dtype=float)
    D = np.zeros((X.shape[0], X.shape[0]))
    differences = X[:, np.newaxis, :] - X[np.newaxis, :, :]
    return D + np.einsum("ijc,ijc->ij", differences, differences)

# %%
def pca(X, k=2):
    N, D = X.shape
    if k < 1 or k > N or k > D:
        raise ValueError("no such k")
    C = X - X.mean(axis=0)
    _, vectors = np.linalg.eigh(C.T @ C)  # in rising order
    columns = []
    for c in range(k):
        direction = vectors[:, D - 1 - c]
        biggest = max(direction, key=abs)
        columns.append(C @ direction if biggest > 0 else -(C @ direction))
    return np.stack(columns, axis=1)

# %%
def perplexities(P):
    found = []
    for row in P:
        row = row[row > 0]
        found.append(2 ** -(row * np.log2(row)).sum())
    return found

# %%
def conditional_probabilities(D, perplexity=30.0):
    N = len(D)
    if perplexity < 1 or perplexity > N - 1:
        raise ValueError("nobody can have so many neighbours")
    P = np.zeros((N, N))
    for i in range(N):
        others = [j for j in range(N) if j != i]
        d = D[i, others] - D[i, others].min()
        beta, low, high = 1.0, 0.0, np.inf
        for _ in range(100):
            p = np.exp(-beta * d)
            p = p / p.sum()
            H = -(p[p > 0] * np.log2(p[p > 0])).sum()
            if H > np.log2(perplexity):
                low = beta
            else:
                high = beta
            beta = 2 * beta if high == np.inf else (low + high) / 2
        p = np.exp(-beta * d)
        P[i, others] = p / p.sum()
    return P

# %%
check("conditional_probabilities")

# %%
def joint_probabilities(P):
    N = P.shape[0]
    return np.array([[(P[i, j] + P[j, i]) / 2 / N for j in range(N)] for i in range(N)])

# %%
def student_t_weights(Y):
    w = (1 + squared_distances(Y)) ** -1
    return w - np.diag(np.diag(w))

# %%
def tsne_loss(P, Y):
    w = student_t_weights(Y)
    there = P > 0
    return float(np.sum(P[there] * (np.log(P[there]) - np.log(w[there]) + np.log(w.sum()))))

# %%
def tsne_gradient(P, Y):
    w = student_t_weights(Y)
    F = 4 * (P - w / w.sum()) * w
    return np.array([(F[i][:, None] * (Y[i] - Y)).sum(axis=0) for i in range(len(Y))])

# %%
def tsne_step(Y, velocity, gains, dY, learning_rate, momentum):
    new = gains.copy()
    for at in np.ndindex(*Y.shape):
        new[at] = gains[at] + 0.2 if dY[at] * velocity[at] < 0 else gains[at] * 0.8
        new[at] = max(new[at], 0.01)
    velocity = velocity * momentum - learning_rate * new * dY
    return [Y + velocity, velocity, new]

# %%
def descend(P, start, steps):
    N = start.shape[0]
    Y, velocity, gains = start.copy(), 0 * start, 0 * start + 1
    losses = np.zeros(steps + 1)
    losses[0] = tsne_loss(P, Y)
    for t in range(steps):
        if 4 * t < steps:
            dY, rate, momentum = tsne_gradient(12 * P, Y), N / 48, 0.5
        else:
            dY, rate, momentum = tsne_gradient(P, Y), N / 4, 0.8
        Y, velocity, gains = tsne_step(Y, velocity, gains, dY, rate, momentum)
        losses[t + 1] = tsne_loss(P, Y)
    return Y, losses

# %%
def trustworthiness(X, Y, k=5):
    N = len(X)
    if k < 1 or k >= N / 2:
        raise ValueError("k is too small or too large")
    DX, DY = squared_distances(X), squared_distances(Y)
    cost = 0
    for i in range(N):
        others = [j for j in range(N) if j != i]
        by_rank = sorted(others, key=lambda j: DX[i, j])
        for j in sorted(others, key=lambda j: DY[i, j])[:k]:
            cost += max(0, by_rank.index(j) + 1 - k)
    return 1 - 2 / (N * k * (2 * N - 3 * k - 1)) * cost
