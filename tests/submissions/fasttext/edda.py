# %% [markdown]
# Edda

# %%
import numpy as np

# %%
def character_ngrams(word, shortest=3, longest=6):
    w = "<" + word + ">"
    found = []
    for i in range(len(w)):
        for n in range(shortest, min(longest, len(w) - i) + 1):
            if w[i : i + n] != "<" and w[i : i + n] != ">":
                found.append(w[i : i + n])
    return found

# %%
def fnv1a(text)
    h = 2166136261
    for b in text.encode():
        h = (h ^ b) * 16777619 % 2**32
    return h

# %%
words = open("given/texts.txt").read().split()
print(character_ngrams(words[0]))

# %%
def subword_vector(Z, parts):
    return np.array([Z[rows].mean(axis=0) if rows else 0 * Z[0] for rows in parts])

# %%
def subword_gradient(dX, Z, parts):
    dZ = 0 * Z
    for dx, rows in zip(dX, parts):
        np.add.at(dZ, np.array(rows, dtype=int), dx / max(1, len(rows)))
    return dZ

# %%
def skip_gram_loss(Z, U, rows, target, negatives):
    x = Z[rows].mean(axis=0)
    return np.log(1 + np.exp(-U[target] @ x)) + np.log(1 + np.exp(U[negatives] @ x)).sum()

# %%
def skip_gram_gradients(Z, U, rows, target, negatives):
    x = Z[rows].mean(axis=0)
    asked = np.append(target, negatives)
    g = sigmoid(U[asked] @ x) - (np.arange(len(asked)) == 0)
    dU = 0 * U
    np.add.at(dU, asked, np.outer(g, x))
    return {"dZ": subword_gradient([g @ U[asked]], Z, [rows]), "dU": dU}

# %%
def classifier_loss(A, B, bag, label):
    scores = B @ A[bag].sum(axis=0)
    return np.logaddexp.reduce(scores) - scores[label]

# %%
def classifier_gradients(A, B, bag, label):
    h = A[bag].sum(axis=0)
    g = softmax(B @ h) - np.eye(len(B))[label]
    dA = 0 * A
    np.add.at(dA, bag, g @ B)
    return {"dA": dA, "dB": np.outer(g, h)}

# %%
def train(start, parts, questions, epochs, rate=0.1, batch=100):
    Z, U = start["Z"].copy(), start["U"].copy()
    for epoch in range(epochs):
        for c, *asked in questions:
            x = Z[parts[c]].mean(axis=0)
            g = sigmoid(U[asked] @ x) - (np.arange(len(asked)) == 0)
            np.add.at(Z, parts[c], -step * (g @ U[asked]))
            np.add.at(U, asked, -step * np.outer(g, x))
    return {"Z": Z, "U": U}
