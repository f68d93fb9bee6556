"""Sampled softmax: train against a few words drawn at random instead of against all.

The softmax over V words costs V products for each word of the text. Most of them only say that some word did not come,
so it is enough to ask a few. A word that is often asked is often told that it did not come, and its score is lowered by
just as much; so what is learnt are the scores of the softmax itself.

    s_j = u_j a + b_j - log q_j        for j the word that came, and the words that were drawn
    J = -mean of log softmax(s)[the word that came]

a (n_a, m) are the states of m examples, U (V, n_a) and b (V, 1) score the words. Each word j is drawn, or not, by
itself, with probability q_j; the same words serve all examples, and one that is drawn does not count against itself.
Then the word that came is one of the set C of those asked, and is word j with probability p_j / q_j, up to a factor
that all of C have in common: which is what the subtraction makes of p. With q = 1 this is the softmax itself. J is for
training only; perplexity takes all words.

Y. Bengio and J.-S. Senécal, "Adaptive importance sampling to accelerate training of a neural probabilistic language
model", IEEE Transactions on Neural Networks 19 (2008); S. Jean and others, "On using very large target vocabulary for
neural machine translation", ACL 2015.
Left out: words drawn anew for each example; the hierarchical softmax, which word2vec has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from reference.activations import Array, softmax

if TYPE_CHECKING:
    from reference.activations import Parameters

Numbers = NDArray[np.integer[Any]]


def sampled_softmax(
    a: Array, targets: Numbers, drawn: Numbers, q: Array, parameters: Parameters
) -> tuple[float, dict[str, Array]]:
    """Compute the loss of sampled softmax and its gradients.

    For each example, softmax is taken over the scores s_j = u_j a + b_j - log q_j of its target and of all drawn words;
    a drawn word equal to the target is left out. The loss is the mean over the examples of -log of the target's share.

    Arguments:
        a (n_a, m): the hidden states of m examples
        targets (m,): the number of the word that came in each example
        drawn (S,): the numbers of the words that were drawn, each once, the same for all examples
        q (V,): with what probability each word is drawn, none of them zero
        parameters: a dict with U (V, n_a), b (V, 1)

    Returns (loss, gradients), the gradients a dict with da (n_a, m), dU (V, n_a), db (V, 1).
    """
    U, m = parameters["U"], len(targets)
    shift = parameters["b"][:, 0] - np.log(q)  # (V,)
    came = (U[targets].T * a).sum(axis=0) + shift[targets]  # (m,)
    others = np.where(drawn[:, None] == targets, -np.inf, U[drawn] @ a + shift[drawn, None])  # (S, m)
    p = softmax(np.concatenate([came[None], others]))  # (1 + S, m)
    ds = p / m
    ds[0] -= 1 / m
    dU, db = np.zeros(U.shape), np.zeros((len(U), 1))
    np.add.at(dU, targets, ds[0, :, None] * a.T)
    np.add.at(dU, drawn, ds[1:] @ a.T)
    np.add.at(db, targets, ds[0, :, None])
    np.add.at(db, drawn, ds[1:].sum(axis=1, keepdims=True))
    da = U[targets].T * ds[0] + U[drawn].T @ ds[1:]  # (n_a, m)
    return float(-np.log(p[0]).mean()), {"da": da, "dU": dU, "db": db}


def sampled_loss(
    a: torch.Tensor, targets: torch.Tensor, drawn: torch.Tensor, log_q: torch.Tensor, U: torch.Tensor, b: torch.Tensor
) -> torch.Tensor:
    """Return the same loss for torch: a (m, n_a), targets (m,), drawn (S,), log_q (V,), U (V, n_a), b (V,)."""
    came = torch.linalg.vecdot(a, U[targets]) + (b - log_q)[targets]  # (m,)
    others = torch.addmm((b - log_q)[drawn], a, U[drawn].T)  # (m, S)
    others = others.masked_fill(drawn == targets[:, None], -torch.inf)
    scores = torch.cat([came[:, None], others], dim=1)  # (m, 1 + S)
    return torch.nn.functional.cross_entropy(scores, torch.zeros_like(targets))


def drawing_probabilities(counts: Array, S: float, power: float = 0.75) -> Array:
    """Return with what probability q (V,) to draw each word: by its count, raised to a power, and about S in all.

    What was never seen counts once, and what would be drawn more than once is always drawn.
    """
    raised = np.maximum(counts, 1) ** power
    q: Array = np.minimum(1, S * raised / raised.sum())
    return q
