"""Logistic regression, trained by gradient descent."""

import numpy as np


def train(x, y, epochs, rate, seed):
    """Train a logistic regression on points x (n, d) with labels y (n,), each 0 or 1.

    Start from weights drawn with this seed: 0.01 times standard normal numbers, shape (d + 1,); the last is the bias.
    In each epoch go down the gradient of the mean loss once, by `rate`.
    Returns the weights, and the mean loss before the first and after every epoch: a list of epochs + 1 numbers.
    """
    weights = 0.01 * np.random.default_rng(seed).standard_normal(x.shape[1] + 1)
    points = np.column_stack([x, np.ones(len(x))])
    losses = [mean_loss(weights, points, y)]
    for _ in range(epochs):
        chance = 1 / (1 + np.exp(-points @ weights))
        weights = weights - rate * points.T @ (chance - y) / len(y)
        losses.append(mean_loss(weights, points, y))
    return weights, losses


def mean_loss(weights, points, y):
    """Return the mean cross-entropy of labels y."""
    score = points @ weights
    return float(np.mean(np.logaddexp(0, score) - y * score))


def predict(weights, x):
    """Return the more probable label, 0 or 1, for each point of x (n, d): an array of n integers."""
    return (x @ weights[:-1] + weights[-1] > 0).astype(int)


def loss_of(weights, inputs):
    """Return the loss of weights on what they were trained on."""
    points = np.column_stack([inputs["x"], np.ones(len(inputs["x"]))])
    return mean_loss(weights, points, inputs["y"])


def majority(inputs, held_out):
    """Answer always the label that is the more frequent one."""
    return np.full(len(held_out["x"]), int(np.mean(inputs["y"]) > 0.5))


def untrained(inputs, held_out):
    """Answer without having trained."""
    weights, _ = train(**inputs | {"epochs": 0})
    return predict(weights, held_out["x"])
