"""The recursive auto-encoder: a phrase is what its two parts can be told from.

Without labels, and without a grammar, a composition can still be learnt: the vector of a phrase is good if a second
layer can make the vectors of both parts from it again. And a tree can be found: put together, again and again, the two
neighbours that can best be told from their phrase.

    p = tanh(We [b; c] + be),  normed to length one        [b'; c'] = Wd p + bd
    E = n_b / (n_b + n_c) |b - b'|^2 + n_c / (n_b + n_c) |c - c'|^2

b and c (d, m) are the vectors of the parts, p (d, m) that of the phrase, E (m,) the errors, for m phrases side by side;
n_b and n_c (m,) count the words in the parts, so that a long part is not given up for a short one. We (d, 2d), be
(d, 1), Wd (2d, d) and bd (2d, 1) are the parameters. Without the norm, E could be made small by small vectors alone.

R. Socher and others, "Semi-supervised recursive autoencoders for predicting sentiment distributions", EMNLP 2011.
Left out: the sentiment that the paper predicts beside it (reference/trees/sentiment.py does); the penalty on the size
of the parameters; unfolding down to the words.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from reference.activations import Array, Parameters
from reference.trees.recursive_net import recursive_backward
from reference.trees.tree import Node, Tree, post_order

Cache = tuple[Array, Array, Array, Array, Array, Parameters]
TreeCache = tuple[list[Node], list[Any], Array, Parameters]


def reconstruction_forward(
    left: Array, right: Array, words_left: Array, words_right: Array, parameters: Parameters
) -> tuple[Array, Array, Cache]:
    """Put two parts together, and measure how well they can be told from their phrase.

        a = tanh(We [left; right] + be),  p = a / |a|
        r = Wd p + bd - [left; right]
        E = w_l |r_l|^2 + w_r |r_r|^2     with w_l = words_left / (words_left + words_right), w_r = 1 - w_l

    r_l (d, m) are the upper d rows of r (2d, m), r_r the lower ones.

    Arguments:
        left (d, m), right (d, m): the vectors of the parts, one column for each of the m phrases
        words_left (m,), words_right (m,): how many words each part has
        parameters: a dict with We (d, 2d), be (d, 1), Wd (2d, d), bd (2d, 1)

    Returns (p, E, cache):
        p (d, m): the vectors of the phrases, of length one
        E (m,): the error of each phrase
        cache: the tuple (a, p, r, weight, u, parameters) for the backward pass, with weight (2d, m) the w_l and w_r
        that each row of r has, and u (2d, m) the parts [left; right]
    """
    u = np.concatenate([left, right])  # (2d, m)
    a = np.tanh(parameters["We"] @ u + parameters["be"])  # (d, m)
    p = a / np.linalg.norm(a, axis=0)  # (d, m)
    r = parameters["Wd"] @ p + parameters["bd"] - u  # (2d, m)
    share = words_left / (words_left + words_right)  # (m,)
    weight = np.repeat([share, 1 - share], len(left), axis=0)  # (2d, m)
    return p, (weight * r**2).sum(axis=0), (a, p, r, weight, u, parameters)


def reconstruction_backward(dp: Array, dE: Array, cache: Cache) -> dict[str, Array]:
    """Compute the gradients of one reconstruction, given those at the phrase and at the error.

    For a loss J, dX stands for dJ/dX and has the shape of X. The parts are asked twice: as what is put together, and as
    what should come out. Gradients of parameters are summed over the m phrases.

    Arguments:
        dp (d, m): the gradient at the phrases, apart from that by way of their own errors
        dE (m,): the gradient at the errors
        cache: the tuple (a, p, r, weight, u, parameters) that reconstruction_forward returned

    Returns a dict with dleft (d, m), dright (d, m), dWe (d, 2d), dbe (d, 1), dWd (2d, d), dbd (2d, 1).
    """
    a, p, r, weight, u, parameters = cache
    dr = 2 * weight * r * dE  # (2d, m)
    dp = dp + parameters["Wd"].T @ dr  # (d, m)
    # What would only lengthen or shorten a is lost in the norm.
    da = (dp - p * (p * dp).sum(axis=0)) / np.linalg.norm(a, axis=0)  # (d, m)
    dz = da * (1 - a**2)  # (d, m), at the argument of tanh
    du = parameters["We"].T @ dz - dr  # (2d, m)
    dleft, dright = np.split(du, 2)  # (d, m) each
    return {
        "dleft": dleft,
        "dright": dright,
        "dWe": dz @ u.T,  # (d, 2d)
        "dbe": dz.sum(axis=1, keepdims=True),  # (d, 1)
        "dWd": dr @ p.T,  # (2d, d)
        "dbd": dr.sum(axis=1, keepdims=True),  # (2d, 1)
    }


def autoencoder_loss(tree: Tree, L: Array, parameters: Parameters) -> tuple[float, TreeCache]:
    """Sum the errors of all phrases of a tree.

    Arguments:
        tree: the number of a word, or a pair of two trees
        L (d, V): the vectors of the V words, one column for each
        parameters: a dict with We (d, 2d), be (d, 1), Wd (2d, d), bd (2d, 1)

    Returns (J, cache):
        J: the sum over the inner nodes of E; zero for a single word
        cache: the tuple (nodes, caches, L, parameters), for autoencoder_gradients; nodes as post_order gives them, and
        caches what reconstruction_forward kept for each, None for words
    """
    nodes = post_order(tree)
    vectors: list[Array] = []  # (d, 1) each
    words: list[Array] = []  # how many there are in each part, (1,) each
    caches: list[Cache | None] = []
    J = 0.0
    for node in nodes:
        if isinstance(node, tuple):
            (b, n_b), (c, n_c) = ((vectors[child], words[child]) for child in node)
            p, E, cache = reconstruction_forward(b, c, n_b, n_c, parameters)  # (d, 1), (1,)
            vectors.append(p)
            words.append(n_b + n_c)
            caches.append(cache)
            J += float(E[0])
        else:
            vectors.append(L[:, [node]])  # (d, 1)
            words.append(np.ones(1))
            caches.append(None)
    return J, (nodes, caches, L, parameters)


def autoencoder_gradients(cache: TreeCache) -> dict[str, Array]:
    """Compute the gradients of the summed errors of a tree, the tree itself being held as it is.

    dX stands for dJ/dX and has the shape of X. An error asks something of every phrase below it, down to the words.

    Arguments:
        cache: the tuple (nodes, caches, L, parameters) that autoencoder_loss returned

    Returns a dict with dL (d, V), dWe (d, 2d), dbe (d, 1), dWd (2d, d), dbd (2d, 1).
    """
    nodes, _, L, _ = cache
    return recursive_backward(
        np.zeros((len(L), len(nodes))),
        cache,
        compose_backward=lambda dp, kept: reconstruction_backward(dp, np.ones(1), kept),
    )


def greedy_tree(words: list[int], L: Array, parameters: Parameters) -> Tree:
    """Find a tree for a sentence: put the two neighbours together that can best be told from their phrase, and again.

    Arguments:
        words: the numbers of the words of the sentence, one or more
        L (d, V): the vectors of the V words, one column for each
        parameters: a dict with We (d, 2d), be (d, 1), Wd (2d, d), bd (2d, 1)

    Returns a tree, nested pairs of the numbers of the words in their order; of equally good pairs the first is taken.
    Raises ValueError if there are no words.
    """
    if not words:
        raise ValueError("a sentence without words has no tree: give the numbers of one word or more")
    trees: list[Tree] = list(words)
    vectors = [L[:, [word]] for word in words]  # (d, 1) each
    counts = [np.ones(1) for _ in words]
    while len(trees) > 1:
        pairs = zip(pairwise(vectors), pairwise(counts), strict=True)
        tried = [reconstruction_forward(b, c, n_b, n_c, parameters) for (b, c), (n_b, n_c) in pairs]
        k = int(np.argmin([E[0] for _, E, _ in tried]))
        trees[k : k + 2] = [(trees[k], trees[k + 1])]
        vectors[k : k + 2] = [tried[k][0]]
        counts[k : k + 2] = [counts[k] + counts[k + 1]]
    return trees[0]
