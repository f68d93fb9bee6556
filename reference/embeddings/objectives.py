"""Four ways to ask of a vector h which word comes next to it, each with its gradient.

A softmax over all V words is what is meant, and costs V products for each question. The other three ask less: negative
sampling, whether a word is the right one or noise; the hierarchical softmax, which way to turn at each fork of a tree
that has the words for leaves; the sampled softmax, which of a handful of words is the right one.

    full softmax            J = - log ( exp(u_t h) / sum_w exp(u_w h) )
    negative sampling       J = - log s(u_t h) - sum_k log s(-u_k h)
    hierarchical softmax    J = - sum_j log s((1 - 2 c_j) u_j h)
    sampled softmax         J = the full softmax over t and the sampled words, each u_w h lowered by log(n q_w)

h (d,) is made from input rows (see contexts.py), u_w is row w of the output vectors U, t the target, s the logistic
function. Probabilities enter as logarithms only, so that no score is too large.

T. Mikolov et al., "Distributed representations of words and phrases and their compositionality", NeurIPS 2013 (negative
sampling); F. Morin and Y. Bengio, "Hierarchical probabilistic neural network language model", AISTATS 2005; S. Jean et
al., "On using very large target vocabulary for neural machine translation", ACL 2015 (sampled softmax).
Left out: noise-contrastive estimation, of which negative sampling is what remained.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, log_expit, logsumexp

from reference.activations import softmax
from reference.embeddings.contexts import add_to_rows

if TYPE_CHECKING:
    from reference.activations import Array

Numbers = NDArray[np.integer[Any]]


def softmax_loss(h: Array, U: Array, target: int) -> float:
    """Compute the loss of the full softmax, J = -log softmax(U h)_target.

    Arguments:
        h (d,): the vector that predicts
        U (V, d): the output vectors of all words
        target: the number of the word that is to be predicted

    Returns J, a number.
    """
    scores = U @ h  # (V,)
    return float(logsumexp(scores) - scores[target])


def softmax_gradients(h: Array, U: Array, target: int) -> dict[str, Array]:
    """Compute the gradients of J = -log softmax(U h)_target.

    Arguments:
        h (d,): the vector that predicts
        U (V, d): the output vectors of all words
        target: the number of the word that is to be predicted

    Returns a dict with dh (d,) and dU (V, d).
    """
    g = softmax(U @ h)  # (V,), dJ by the scores
    g[target] -= 1
    return {"dh": U.T @ g, "dU": np.outer(g, h)}


def negative_sampling_loss(h: Array, U: Array, target: int, negatives: Numbers) -> float:
    """Compute the loss of negative sampling, J = -log sigmoid(u_target h) - sum over negatives of log sigmoid(-u_k h).

    Arguments:
        h (d,): the vector that predicts
        U (V, d): the output vectors of all words
        target: the number of the word that is to be predicted
        negatives (k,): the numbers of words drawn as noise; one drawn twice counts twice, and so does the target if
            it was drawn

    Returns J, a number.
    """
    return float(-log_expit(U[target] @ h) - log_expit(-U[negatives] @ h).sum())


def negative_sampling_gradients(h: Array, U: Array, target: int, negatives: Numbers) -> dict[str, Array]:
    """Compute the gradients of J = -log sigmoid(u_target h) - sum over negatives of log sigmoid(-u_k h).

    Arguments:
        h (d,): the vector that predicts
        U (V, d): the output vectors of all words
        target: the number of the word that is to be predicted
        negatives (k,): the numbers of words drawn as noise; one drawn twice counts twice, and so does the target if
            it was drawn

    Returns a dict with dh (d,) and dU (V, d), which is 0 in the rows of words that play no part.
    """
    rows = np.append(target, negatives)  # (1 + k,)
    g = expit(U[rows] @ h)  # (1 + k,), dJ by the scores
    g[0] -= 1
    return {"dh": U[rows].T @ g, "dU": add_to_rows(U, rows, np.outer(g, h))}


def hierarchical_softmax_loss(h: Array, U: Array, path: Numbers, code: Numbers) -> float:
    """Compute the loss of the hierarchical softmax, J = -sum over forks j of log sigmoid((1 - 2 code_j) u_j h).

    exp(-J) is the probability of the word at the path's end; those of all words sum to one whatever h and U are.

    Arguments:
        h (d,): the vector that predicts
        U (V - 1, d): the vectors of the forks
        path (L,): the numbers of the forks between the root and the target
        code (L,): 0 or 1 for each, the turns that lead to the target

    Returns J, a number.
    """
    return float(-log_expit((1 - 2 * code) * (U[path] @ h)).sum())


def hierarchical_softmax_gradients(h: Array, U: Array, path: Numbers, code: Numbers) -> dict[str, Array]:
    """Compute the gradients of J = -sum over forks j of log sigmoid((1 - 2 code_j) u_j h).

    Arguments:
        h (d,): the vector that predicts
        U (V - 1, d): the vectors of the forks
        path (L,): the numbers of the forks between the root and the target
        code (L,): 0 or 1 for each, the turns that lead to the target

    Returns a dict with dh (d,) and dU (V - 1, d), which is 0 for the forks that are not on the path.
    """
    g = expit(U[path] @ h) - (1 - code)  # (L,), dJ by the scores
    return {"dh": U[path].T @ g, "dU": add_to_rows(U, path, np.outer(g, h))}


def sampled_softmax_loss(h: Array, U: Array, target: int, sampled: Numbers, q: Array) -> float:
    """Compute the loss of the sampled softmax: the softmax over the target and a few words that were drawn.

    A word that is drawn often would be pushed away often. So the score of each is lowered by the logarithm of how often
    it was to be expected, u_w h - log(n q_w), and the gradient is that of the full softmax when n grows.

    Arguments:
        h (d,): the vector that predicts
        U (V, d): the output vectors of all words
        target: the number of the word that is to be predicted
        sampled (n,): the numbers of the words that were drawn; the target among them counts as one more rival
        q (V,): the probability with which each word is drawn

    Returns J, a number.
    """
    scores = _corrected_scores(h, U, np.append(target, sampled), q)  # (1 + n,)
    return float(logsumexp(scores) - scores[0])


def sampled_softmax_gradients(h: Array, U: Array, target: int, sampled: Numbers, q: Array) -> dict[str, Array]:
    """Compute the gradients of the sampled softmax, with u_w h - log(n q_w) for scores.

    Arguments:
        h (d,): the vector that predicts
        U (V, d): the output vectors of all words
        target: the number of the word that is to be predicted
        sampled (n,): the numbers of the words that were drawn; the target among them counts as one more rival
        q (V,): the probability with which each word is drawn

    Returns a dict with dh (d,) and dU (V, d), which is 0 in the rows of words that play no part.
    """
    rows = np.append(target, sampled)  # (1 + n,)
    g = softmax(_corrected_scores(h, U, rows, q))  # (1 + n,), dJ by the scores
    g[0] -= 1
    return {"dh": U[rows].T @ g, "dU": add_to_rows(U, rows, np.outer(g, h))}


def _corrected_scores(h: Array, U: Array, rows: Numbers, q: Array) -> Array:
    corrected: Array = U[rows] @ h - np.log((len(rows) - 1) * q[rows])
    return corrected
