"""Sentiment at every node: what a phrase says is predicted where the phrase is put together.

"Good" is positive and "not very good" is not, and a network over the tree can say so of each. Since the loss is asked
at all nodes, every phrase teaches the composition what it is worth, and the gradient does not have to come all the way
down from the root.

    y_i = softmax(Ws h_i + bs)        J = - sum over nodes i of log y_i[t_i]

h (d, N) are the vectors of the N nodes, y (n_y, N) the distributions over classes, t (N,) the labels. Ws (n_y, d) and
bs (n_y, 1) are the parameters. Where a state is wider than h, as the [h; c] of a tree-LSTM, its first d rows are read.

R. Socher and others, "Recursive deep models for semantic compositionality over a sentiment treebank", EMNLP 2013.
Left out: nodes without a label; the penalty on the size of the parameters.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reference.activations import Array, Parameters, softmax

Cache = tuple[Array, Sequence[int], Array, Parameters]


def node_sentiment_forward(p: Array, labels: Sequence[int], parameters: Parameters) -> tuple[float, Array, Cache]:
    """Predict the class of every node, and compare with the labels.

        y_i = softmax(Ws h_i + bs),  J = - sum over i of log y_i[labels[i]]

    Arguments:
        p (n, N): the states of the N nodes; the first d of their n rows are the vectors h, the others are not read
        labels: for each node the number of its class
        parameters: a dict with Ws (n_y, d), bs (n_y, 1)

    Returns (J, y, cache):
        J: the cross-entropy, in nats, summed over the nodes
        y (n_y, N): the predictions, a distribution in each column
        cache: the tuple (y, labels, p, parameters), for the backward pass
    """
    z = parameters["Ws"] @ p[: parameters["Ws"].shape[1]] + parameters["bs"]  # (n_y, N)
    y = softmax(z)  # (n_y, N)
    # The logarithm is taken of the scores, not of y, which may have vanished where the network is very wrong.
    largest = z.max(axis=0)  # (N,)
    log_total = largest + np.log(np.exp(z - largest).sum(axis=0))  # (N,)
    J = float((log_total - z[list(labels), np.arange(z.shape[1])]).sum())
    return J, y, (y, labels, p, parameters)


def node_sentiment_backward(cache: Cache) -> dict[str, Array]:
    """Compute the gradients of the cross-entropy at all nodes.

    dX stands for dJ/dX and has the shape of X. Gradients of parameters are summed over the nodes.

    Arguments:
        cache: the tuple (y, labels, p, parameters) that node_sentiment_forward returned

    Returns a dict with dp (n, N), zero in rows that were not read, dWs (n_y, d), dbs (n_y, 1).
    """
    y, labels, p, parameters = cache
    d = parameters["Ws"].shape[1]
    dz = y.copy()  # (n_y, N)
    dz[list(labels), np.arange(y.shape[1])] -= 1
    dp = np.zeros(p.shape)  # (n, N)
    dp[:d] = parameters["Ws"].T @ dz
    return {"dp": dp, "dWs": dz @ p[:d].T, "dbs": dz.sum(axis=1, keepdims=True)}
