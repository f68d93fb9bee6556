"""Bengio's neural language model: words get vectors, so that what was seen of one word is believed of similar ones.

An n-gram knows nothing of a context that it has not seen. Here the n - 1 words before are looked up in a table C of
vectors, which are learnt together with the rest, and a small network guesses the next word from those. A context that
was never seen lies near one that was.

    x = [C(w_t-n+1); ...; C(w_t-1)]
    y = b + W x + U tanh(d + H x)                p = softmax(y)                J = -mean of log p(w_t | ...)

C (V, n_c) is the table, x ((n-1) n_c, m) the contexts of m examples, one a column, the word farthest back on top.
H (h, (n-1) n_c) and d (h, 1) make the hidden layer, U (V, h) and b (V, 1) the scores y (V, m) of all V words.
W (V, (n-1) n_c) are the direct connections from word vectors to scores; without W in the parameters there are none.

Y. Bengio, R. Ducharme, P. Vincent and C. Jauvin, "A neural probabilistic language model", Journal of Machine Learning
Research 3 (2003). The paper's number of features is m; here that is n_c, for m is the number of examples.
Left out: mixing with a trigram, which the paper found to help; weight decay.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from reference.activations import Array, Parameters, softmax

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Numbers = NDArray[np.integer[Any]]
Cache = tuple[Array, Array, Array, Numbers, Parameters]


def bengio_contexts(sentences: Iterable[Sequence[int]], n: int, end: int) -> tuple[Numbers, Numbers]:
    """Cut sentences into what is to be guessed, and the words before it.

    Arguments:
        sentences: lists of the numbers of words, without marks
        n: how many words are looked at, that which is guessed included
        end: the number of `<EOS>`, which is guessed after each sentence, and stands n - 1 times before it

    Returns (words, targets):
        words (n - 1, M): the numbers of the words before each of the M that are guessed, in the order of the text
        targets (M,): the numbers of those that are guessed
    """
    marked = [[end] * (n - 1) + [*sentence, end] for sentence in sentences]
    windows = [line[t : t + n] for line in marked for t in range(len(line) - n + 1)]
    columns = np.array(windows, dtype=np.int64).reshape(-1, n).T  # (n, M)
    return columns[:-1], columns[-1]


def bengio_forward(words: Numbers, parameters: Parameters) -> tuple[Array, Cache]:
    """Guess the next word of each of m contexts: p = softmax(b + W x + U tanh(d + H x)).

    x puts the vectors C[words[0]], ..., C[words[n-2]] above one another, example by example.

    Arguments:
        words (n - 1, m): the numbers of the words of each context, in the order of the text
        parameters: a dict with C (V, n_c), H (h, (n-1) n_c), d (h, 1), U (V, h), b (V, 1), and W (V, (n-1) n_c); if
            there is no W, the term W x is left out

    Returns (p, cache):
        p (V, m): the distribution of the next word, one column for each context
        cache: the tuple (p, x, a, words, parameters) with x ((n-1) n_c, m) and a = tanh(d + H x) (h, m)
    """
    vectors = parameters["C"][words]  # (n - 1, m, n_c)
    x = vectors.transpose(0, 2, 1).reshape(-1, words.shape[1])  # ((n-1) n_c, m)
    a = np.tanh(parameters["d"] + parameters["H"] @ x)  # (h, m)
    y = parameters["b"] + parameters["U"] @ a  # (V, m)
    if "W" in parameters:
        y += parameters["W"] @ x
    p = softmax(y)
    return p, (p, x, a, words, parameters)


def bengio_loss(p: Array, targets: Numbers) -> float:
    """Measure how badly the next words were guessed.

    Arguments:
        p (V, m): a distribution over V words in each column
        targets (m,): the number of the word that came after each context

    Returns the mean over m examples of -log p of the word that came, a number.
    """
    return float(-np.log(p[targets, np.arange(len(targets))]).mean())


def bengio_backward(targets: Numbers, cache: Cache) -> dict[str, Array]:
    """Compute the gradients of the loss J, the mean over m examples of -log p of the word that came.

    A word that stands in several places of the contexts collects its vector's gradient from all of them.

    Arguments:
        targets (m,): the number of the word that came after each context
        cache: the tuple (p, x, a, words, parameters) that bengio_forward returned

    Returns a dict with dC (V, n_c), dH (h, (n-1) n_c), dd (h, 1), dU (V, h), db (V, 1), and dW (V, (n-1) n_c) if the
    parameters have W.
    """
    p, x, a, words, parameters = cache
    m = len(targets)
    dy = p.copy()  # (V, m)
    dy[targets, np.arange(m)] -= 1
    dy /= m
    dz = parameters["U"].T @ dy * (1 - a**2)  # (h, m), at the argument of tanh
    dx = parameters["H"].T @ dz  # ((n-1) n_c, m)
    gradients = {"dH": dz @ x.T, "dd": dz.sum(axis=1, keepdims=True)}
    gradients |= {"dU": dy @ a.T, "db": dy.sum(axis=1, keepdims=True)}
    if "W" in parameters:
        dx += parameters["W"].T @ dy
        gradients["dW"] = dy @ x.T
    dC = np.zeros(parameters["C"].shape)
    np.add.at(dC, words, dx.reshape(len(words), -1, m).transpose(0, 2, 1))  # (n - 1, m, n_c) into the rows of words
    return {**gradients, "dC": dC}


class Bengio(torch.nn.Module):
    """The twin, for training: the same parameters by the same names, each example a row.

    direct: whether there are direct connections W
    """

    def __init__(self, V: int, n: int, n_c: int, h: int, *, direct: bool = True) -> None:
        super().__init__()
        wide = (n - 1) * n_c
        shapes = {"H": (h, wide), "d": (h, 1), "U": (V, h), "b": (V, 1)} | ({"W": (V, wide)} if direct else {})
        self.C = torch.nn.Parameter(torch.randn(V, n_c) / sqrt(n_c))
        for name, shape in shapes.items():
            drawn = torch.zeros(shape) if name in "db" else torch.randn(shape) / sqrt(shape[1])
            self.register_parameter(name, torch.nn.Parameter(drawn))
        self.direct = direct

    def forward(self, words: torch.Tensor) -> torch.Tensor:
        """Return the scores (m, V) of the next word after words (m, n - 1)."""
        H, d, U, b = (self.get_parameter(name) for name in "HdUb")
        x = self.C[words].flatten(1)  # (m, (n-1) n_c)
        y = torch.nn.functional.linear(torch.tanh(torch.nn.functional.linear(x, H, d[:, 0])), U, b[:, 0])  # (m, V)
        return y + x @ self.get_parameter("W").T if self.direct else y


def bengio_batch_loss(model: Bengio, batch: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
    """Return the mean of -log p over a batch: words (m, n - 1) and targets (m,). For reference.training.train."""
    words, targets = batch
    return torch.nn.functional.cross_entropy(model(words), targets)
