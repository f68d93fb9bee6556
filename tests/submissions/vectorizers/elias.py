# %%
import numpy as np
from collections import Counter

# %%
def build_vocabulary(sentences, min_count=1, max_size=None):
    c = Counter(sum((list(s) for s in sentences), []))
    words = [w for w in c if c[w] >= min_count and not (w.startswith("<") and w.endswith(">"))]
    words.sort(key=lambda w: (-c[w], w))
    words = ["<PAD>", "<UNK>", "<EOS>"] + words
    return words[:max_size]

# %%
def encode(sentences, index, length):
    N = np.zeros((len(sentences), length), int)
    for i, s in enumerate(sentences):
        s = [w if w in index else "<UNK>" for w in s]
        s = (s[:length - 1] + ["<EOS>"] + ["<PAD>"] * length)[:length]
        N[i] = [index[w] for w in s]
    return N

# %%
def one_hot_sentense(words, index):
    return np.eye(len(index))[[index.get(w, index.get("<UNK>")) for w in words]]

# %%
def bag_of_words(words, index):
    x = np.zeros(len(index), dtype=int)
    for w in words:
        if w in index:
            x[index[w]] += 1
        elif "<UNK>" in index:
            x[index["<UNK>"]] += 1
    return x

# %%
def tf_idf(C, form="smooth"):
    # YOUR CODE HERE
    raise NotImplementedError

def cosine_similarities(X, Y):
    # YOUR CODE HERE
    raise NotImplementedError

def cooccurrence(sentences, V, window=WINDOW, weighting="equal"):
    # YOUR CODE HERE
    raise NotImplementedError

def ppmi(C, alpha=1.0, shift=1.0):
    # YOUR CODE HERE
    raise NotImplementedError

def lsa(X, k):
    # YOUR CODE HERE
    raise NotImplementedError

def nearest(S, n):
    # YOUR CODE HERE
    raise NotImplementedError
