"""Functions that draw, and functions that promise something; the last few say what may be drawn."""

import numpy as np


def softmax(scores):
    """Return the shares that scores stand for, along the last axis."""
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def draw_negatives(counts, n, generator):
    """Draw n words, each with a probability that is proportional to its count to the power 3/4."""
    q = counts**0.75 / np.sum(counts**0.75)
    return np.searchsorted(np.cumsum(q), generator.random(n) * np.sum(q), side="right")


def subsample(tokens, keep, generator):
    """Keep each token with the probability that its word has."""
    return tokens[generator.random(len(tokens)) < keep[tokens]]


def dropout(x, p, generator):
    """Return x with each entry dropped with the probability p and the others scaled, and the mask of those kept."""
    mask = generator.random(x.shape) >= p
    return x * mask / (1 - p), mask


def sample_latent(mean, log_variance, generator):
    """Draw from normal distributions."""
    return mean + np.exp(log_variance / 2) * generator.standard_normal(mean.shape)


def next_word(scores, temperature, generator):
    """Draw the next word."""
    return int(generator.choice(len(scores), p=softmax(scores / temperature)))


def cosine_similarities(X, Y):
    """Return the cosine of the angle between every row of X and every row of Y."""
    lengths = np.outer(np.linalg.norm(X, axis=1), np.linalg.norm(Y, axis=1))
    return X @ Y.T / np.where(lengths > 0, lengths, 1)


def attend(X):
    """Let each row of X look at itself and those before it; return the shares and what is seen."""
    allowed = np.tril(np.ones((len(X), len(X))))
    A = softmax(np.where(allowed > 0, X @ X.T, -1e9))
    return A, A @ X


def chances_of_negatives(counts, n):
    """Return how probable each word is."""
    return counts**0.75 / np.sum(counts**0.75)


def chances_of_tokens(tokens, keep):
    """Return how probable each token is to be kept."""
    return keep[tokens]


def chances_of_dropout(x, p):
    """Return how probable it is that an entry is dropped, and that it is not."""
    return np.array([p, 1 - p])


def values_of_dropout(x, p):
    """Return what an entry is when it is dropped, and when it is not."""
    return np.stack([0 * x, x / (1 - p)], axis=-1)


def mean_and_deviation(mean, log_variance):
    """Return what sample_latent must have."""
    return mean, np.exp(log_variance / 2)


def chances_of_words(scores, temperature):
    """Return how probable each word is."""
    return softmax(scores / temperature)
