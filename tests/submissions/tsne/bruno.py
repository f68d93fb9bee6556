# %% [markdown]
# Bruno. A distance has a root, doesn't it?

# %%
import numpy as np

# %%
def squared_distances(X):
    return np.sqrt(((X[:, None] - X) ** 2).sum(axis=2))

# %%
def pca(X, k=2):
    if not 0 < k <= min(X.shape):
        raise ValueError(k)
    centred = X - X.mean(axis=0)
    U, s, Vt = np.linalg.svd(centred, full_matrices=False)
    signs = np.sign(Vt[np.arange(len(Vt)), np.abs(Vt).argmax(axis=1)])
    return (U * s * signs)[:, :k]

# %%
def perplexities(P):
    logs = np.log2(P, out=np.zeros_like(P, dtype=float), where=P > 0)
    return 2 ** (-(P * logs).sum(axis=1))

# %%
def conditional_probabilities(D, perplexity=30.0):
    N = len(D)
    if not 1 <= perplexity <= N - 1:
        raise ValueError(perplexity)
    D = D.astype(float)
    np.fill_diagonal(D, np.inf)
    D = D - D.min(axis=1, keepdims=True)
    beta, low, high = np.ones(N), np.zeros(N), np.full(N, np.inf)
    for _ in range(100):
        P = np.exp(-beta[:, None] * D)
        P /= P.sum(axis=1, keepdims=True)
        wide = perplexities(P) > perplexity
        low, high = np.where(wide, beta, low), np.where(wide, high, beta)
        beta = np.where(np.isinf(high), 2 * beta, (low + high) / 2)
    return P

# %%
def joint_probabilities(P):
    return (P + P.T) / (P + P.T).sum()

# %%
def student_t_weights(Y):
    w = 1 / (1 + squared_distances(Y))
    np.fill_diagonal(w, 0)
    return w

# %%
def tsne_loss(P, Y):
    w = student_t_weights(Y)
    Q = w / w.sum()
    return np.sum(P[P > 0] * np.log(P[P > 0] / Q[P > 0]))

# %%
def tsne_gradient(P, Y):
    w = student_t_weights(Y)
    F = (P - w / w.sum()) * w
    return 4 * (F.sum(axis=1)[:, None] * Y - F @ Y)

# %%
def tsne_step(Y, velocity, gains, dY, learning_rate, momentum):
    gains = np.where(dY * velocity < 0, gains + 0.2, gains * 0.8).clip(0.01)
    velocity = momentum * velocity - learning_rate * gains * dY
    return Y + velocity, velocity, gains

# %%
def descend(P, start, steps):
    N = len(P)
    Y, velocity, gains = start, np.zeros_like(start), np.ones_like(start)
    losses = [tsne_loss(P, Y)]
    for t in range(steps):
        early = t < steps / 4
        dY = tsne_gradient(P * (12 if early else 1), Y)
        Y, velocity, gains = tsne_step(Y, velocity, gains, dY, N / 48 if early else N / 4, 0.5 if early else 0.8)
        losses.append(tsne_loss(P, Y))
    return Y, losses

# %%
def trustworthiness(X, Y, k=5):
    N = len(X)
    if not 1 <= k < N / 2:
        raise ValueError(k)
    DX, DY = squared_distances(X), squared_distances(Y)
    np.fill_diagonal(DX, np.inf)
    np.fill_diagonal(DY, np.inf)
    ranks = DX.argsort(axis=1, kind="stable").argsort(axis=1) + 1
    shown = DY.argsort(axis=1, kind="stable")[:, :k]
    excess = sum(max(0, ranks[i, j] - k) for i in range(N) for j in shown[i])
    return 1 - 2 * excess / (N * k * (2 * N - 3 * k - 1))
