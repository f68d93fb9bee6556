# %% [markdown]
# Dina

# %%
import numpy as np

# %%
def cbow_pairs(sentence, window)
    return []

# %%
def mean_context_gradients(dh, W, context):
    dW = np.zeros(W.shape)
    for word in context:
        dW[word] += dh / len(context)
    return dW

# %%
stories = open("given/lee.txt").read().split()
print(stories[:10])

# %%
def concatenated_context_gradient(dh, W, context):
    d = W.shape[1]
    dW = np.zeros(W.shape)
    for c, word in enumerate(context):
        dW[word] += dh[c * d : (c + 1) * d]
    return dW

# %%
def hierarchical_softmax_loss(h, U, path, code):
    p = 1 / (1 + np.exp(-(U[path] @ h)))
    return -np.log(np.where(code == 0, p, 1 - p)).sum()

# %%
def hierarchical_softmax_gradients(h, U, path, code):
    dh, dU = np.zeros(len(h)), np.zeros(U.shape)
    for j, c in zip(path, code):
        g = sigmoid(U[j] @ h) - (1 - c)
        dh += g * U[j]
        dU[j] += g * h
    return {"dh": dh, "dU": dU}

# %%
def learning_rate_at(progress, first=0.025, last=0.0001):
    return first - progress * (first - last)
