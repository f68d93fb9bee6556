"""Free-standing functions: there is no reference for any of them."""

import numpy as np
from given.senses import SENSES


class Tree:
    """A binary tree."""

    def __init__(self, left=None, right=None):
        """Join two trees, either of which may be None."""
        self.left = left
        self.right = right


def tokenize(text):
    """Return the words of a text in lower case."""
    return text.lower().split()


def count(tokens):
    """Return how often each token occurs, as a dict."""
    found = {}
    for token in tokens:
        found[token] = found.get(token, 0) + 1
    return found


def centre(vectors):
    """Return the mean of the rows of vectors (n, d), scaled to length 1."""
    mean = vectors.mean(axis=0)
    return mean / np.linalg.norm(mean)


def scale(matrix, factor):
    """Multiply a matrix by a factor in place."""
    matrix *= factor


def mix(*, a, b, weight):
    """Return weight * a + (1 - weight) * b; ValueError for a weight outside [0, 1]."""
    if not 0 <= weight <= 1:
        raise ValueError("the weight must lie between 0 and 1")
    return weight * a + (1 - weight) * b


def depth(tree):
    """Return the number of nodes on the longest way down."""
    return 0 if tree is None else 1 + max(depth(tree.left), depth(tree.right))


def sense(tokens):
    """Return how many senses the tokens have together, by the given table; unknown ones have one."""
    return sum(SENSES.get(token, 1) for token in tokens)


def square_loss(w, b, x, y):
    """Return half the mean squared error of x w + b."""
    return 0.5 * np.mean((x @ w + b - y) ** 2)


def square_loss_gradient(w, b, x, y):
    """Return the gradients (dw, db) of square_loss."""
    error = x @ w + b - y
    return x.T @ error / len(y), np.mean(error)
