# %% [markdown]
# Amina. Everything at once.

# %%
import numpy as np
from check import check

# %%
def character_ngrams(word, shortest=3, longest=6):
    letters = ["<", *word, ">"]
    found = []
    for i in range(len(letters)):
        for j in range(i + shortest, i + longest + 1):
            piece = "".join(letters[i:j])
            if j <= len(letters) and not (j == i + 1 and i in (0, len(letters) - 1)):
                found.append(piece)
    return tuple(found)

# %%
def fnv1a(text):
    h = 0x811C9DC5
    for b in np.frombuffer(text.encode("utf-8"), dtype=np.int8).tolist():
        h ^= b & 0xFFFFFFFF
        h = (h * 0x01000193) & 0xFFFFFFFF
    return h

# %%
def subword_buckets(word, buckets, shortest=3, longest=6):
    return np.array([fnv1a(piece) % buckets for piece in character_ngrams(word, shortest, longest)], dtype=int)

# %%
def word_rows(word, index, buckets, shortest=3, longest=6):
    rows = (subword_buckets(word, buckets, shortest, longest) + len(index)).tolist()
    if word in index:
        rows.insert(0, index[word])
    return rows

# %%
def counts_of(parts, R):
    """How often each word names each row, (n, R)."""
    counts = np.zeros((len(parts), R))
    owner = np.repeat(np.arange(len(parts)), [len(rows) for rows in parts])
    np.add.at(counts, (owner, np.array([row for rows in parts for row in rows], dtype=int)), 1)
    return counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)

def subword_vectors(Z, parts):
    return counts_of(parts, len(Z)) @ Z

def subword_gradient(dX, Z, parts):
    return counts_of(parts, len(Z)).T @ dX

# %%
def vector_of(word, Z, index, shortest=3, longest=6):
    rows = word_rows(word, index, len(Z) - len(index), shortest, longest)
    return Z[rows].sum(axis=0) / max(len(rows), 1)

# %%
def skip_gram_loss(Z, U, rows, target, negatives):
    scores = U @ Z[rows].mean(axis=0)
    signed = np.concatenate([[-scores[target]], scores[negatives]])
    return np.sum(np.maximum(signed, 0) + np.log1p(np.exp(-np.abs(signed))))

# %%
def skip_gram_gradients(Z, U, rows, target, negatives):
    x = subword_vectors(Z, [rows])[0]
    p = sigmoid(U @ x)
    g = np.bincount(negatives, minlength=len(U)) * p
    g[target] += p[target] - 1
    return {"dZ": subword_gradient((g @ U)[None], Z, [rows]), "dU": g[:, None] * x}

# %%
def classifier_loss(A, B, bag, label):
    scores = (A[bag] @ B.T).mean(axis=0)
    return np.logaddexp.reduce(scores - scores[label])

def classifier_gradients(A, B, bag, label):
    share = np.bincount(bag, minlength=len(A)) / len(bag)
    h = share @ A
    g = softmax(B @ h) - (np.arange(len(B)) == label)
    return {"dA": share[:, None] * (g @ B), "dB": g[:, None] * h}

# %%
def train(start, parts, questions, epochs, rate=0.1, batch=100):
    R, d = start["Z"].shape
    longest = max(map(len, parts))
    padded = np.array([[*rows, *[R] * (longest - len(rows))] for rows in parts])
    sizes = np.array([[len(rows)] for rows in parts])
    Z, U = np.vstack([start["Z"], np.zeros(d)]), np.array(start["U"])
    places = range(0, len(questions), batch)
    done = 0
    for _ in range(epochs):
        for place in places:
            asked = questions[place : place + batch]
            mine = padded[asked[:, 0]]
            x = Z[mine].sum(axis=1) / sizes[asked[:, 0]]
            u = U[asked[:, 1:]]
            g = sigmoid((u * x[:, None]).sum(axis=2))
            g[:, 0] -= 1
            step = rate * (1 - done / (epochs * len(places)))
            done += 1
            np.add.at(Z, mine, -step * (g[:, :, None] * u).sum(axis=1)[:, None])
            np.add.at(U, asked[:, 1:], -step * g[:, :, None] * x[:, None])
            Z[R] = 0
    return {"Z": Z[:R], "U": U}

# %%
check("train")
