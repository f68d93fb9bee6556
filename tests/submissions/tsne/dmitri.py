# %% [markdown]
# Dmitri. Ran out of evening after 4.1.

# %%
import numpy as np
import matplotlib.pyplot as plt

# %%
def squared_distances(X):
    X = X - X.mean(axis=0)
    n = (X * X).sum(axis=1)
    D = n[:, None] + n[None, :] - 2 * X.dot(X.T)
    D = np.maximum((D + D.T) / 2, 0)
    np.fill_diagonal(D, 0)
    return D

# %%
def pca(X, k=2):
    if k < 1 or k > min(X.shape):
        raise ValueError("k")
    centred = X - X.mean(axis=0)
    U, s, Vt = np.linalg.svd(centred, full_matrices=False)
    return centred @ Vt[:k].T

# %%
def perplexities(P):
    logs = np.log(np.where(P > 0, P, 1))
    return 2 ** -(P * logs).sum(axis=1)

# %%
def conditional_probabilities(D, perplexity=30.0):
    N = len(D)
    if perplexity < 1 or perplexity > N - 1:
        raise ValueError("perplexity")
    P = np.zeros((N, N))
    for i in range(N):
        d = np.delete(D[i], i)
        d = d - d.min()
        low, high, beta = 0, np.inf, 1.0
        for _ in range(100):
            p = np.exp(-d * beta)
            p /= p.sum()
            if perplexities(p[None, :])[0] > perplexity:
                low = beta
                beta = beta * 2 if high == np.inf else (low + high) / 2
            else:
                high = beta
                beta = (low + high) / 2
        P[i] = np.insert(p, i, 0)
    return P

# %%
def joint_probabilities(P):
    return (P + P.T) / 2

# %%
def student_t_weights(Y):
    w = 1 / (1 + squared_distances(Y))
    w[np.diag_indices(len(w))] = 0
    return w

# %%
def tsne_loss(P, Y):
    w = student_t_weights(Y)
    Q = w / w.sum()
    return sum(P[i, j] * np.log(P[i, j] / Q[i, j]) for i in range(len(P)) for j in range(len(P)) if P[i, j] > 0)

# %%
def tsne_gradient(P, Y):
    w = student_t_weights(Y)
    Q = w / w.sum()
    dY = np.zeros(Y.shape)
    for i in range(len(Y)):
        for j in range(len(Y)):
            dY[i] += (P[i, j] - Q[i, j]) * w[i, j] * (Y[i] - Y[j])
    return dY

# %%
def tsne_step(Y, velocity, gains, dY, learning_rate, momentum):
    same = dY * velocity > 0
    gains = np.where(same, gains + 0.2, gains * 0.8)
    gains[gains < 0.01] = 0.01
    velocity = momentum * velocity - learning_rate * gains * dY
    return Y + velocity, velocity, gains

# %%
def descend(P, start, steps):
    """Let the places of N points move until they show who is whose neighbour."""
    # YOUR CODE HERE
    raise NotImplementedError
