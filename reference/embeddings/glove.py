"""GloVe: word vectors whose products are the logarithms of how often words meet.

What tells ice from steam is neither how often each meets *solid* nor how often each meets *water*, but the ratio of the
two probabilities: large for what belongs to ice, small for what belongs to steam, near one for all else. A difference
of vectors can stand for a ratio if products of vectors stand for logarithms, and so they are fitted to them.

    J = sum over X_ij > 0 of f(X_ij) (w_i w~_j + b_i + b~_j - log X_ij)^2
    f(x) = min(x / x_max, 1)^alpha                                P(k|i) = X_ik / sum_l X_il

X (V, V) counts how often the word j is met near the word i; W and W~ (V, d) hold the vectors w_i of words and w~_j of
contexts, b and b~ (V,) what is due to a word's being frequent. f keeps rare pairs from weighing as much as frequent
ones, and the most frequent from outweighing all others. The two vectors of a word are added up in the end.

J. Pennington, R. Socher and C. D. Manning, "GloVe: Global vectors for word representation", EMNLP 2014. They minimise J
by AdaGrad (J. Duchi, E. Hazan and Y. Singer, Journal of Machine Learning Research 12, 2011), one cell of X after
another in random order. So does train_glove, many cells at once: see independent_cells.
Left out: several threads that overwrite one another's steps; a vector for unknown words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse

from reference.counts.rows import as_rows
from reference.vectors.word_vectors import WordVectors

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from reference.counts.rows import Dense, Rows, Vector

    Weight = Callable[[Vector, float, float], Vector]

Numbers = NDArray[np.integer[Any]]
Numeric = TypeVar("Numeric", NDArray[np.float64], torch.Tensor)


def glove_weight(x: Vector, x_max: float = 100, alpha: float = 0.75) -> Vector:
    """Weigh pairs of words by how often they meet.

    Arguments:
        x: counts, an array of any shape
        x_max: the count from which on all weigh the same
        alpha: the power with which the weight rises up to there

    Returns f, in the shape of x: (x / x_max)^alpha where x is below x_max, else 1.
    """
    f: Vector = np.minimum(np.asarray(x) / x_max, 1) ** alpha
    return f


def glove_loss(
    X: Rows,
    parameters: Mapping[str, Dense],
    x_max: float = 100,
    alpha: float = 0.75,
    *,
    weight: Weight = glove_weight,
) -> float:
    """Compute the loss that GloVe minimises, J = sum of f(X_ij) (w_i w~_j + b_i + b~_j - log X_ij)^2.

    Arguments:
        X (V, V): how often word j is met near word i, dense or sparse; cells that are 0 play no part
        parameters: a dict with W (V, d), W_tilde (V, d), b (V,), b_tilde (V,)
        x_max, alpha: f(x) = min(x / x_max, 1)^alpha

    Returns J, a number: summed over the cells, neither halved nor averaged.

    Parts: weight is f; whatever keeps the contract of glove_weight can take its place.
    """
    met, residual = _residuals(X, parameters)
    return float(weight(met.data, x_max, alpha) @ residual**2)


def glove_gradients(
    X: Rows,
    parameters: Mapping[str, Dense],
    x_max: float = 100,
    alpha: float = 0.75,
    *,
    weight: Weight = glove_weight,
) -> dict[str, Dense]:
    """Compute the gradients of J = sum of f(X_ij) (w_i w~_j + b_i + b~_j - log X_ij)^2.

    Arguments:
        X (V, V): how often word j is met near word i, dense or sparse; cells that are 0 play no part
        parameters: a dict with W (V, d), W_tilde (V, d), b (V,), b_tilde (V,)
        x_max, alpha: f(x) = min(x / x_max, 1)^alpha

    Returns a dict with dW (V, d), dW_tilde (V, d), db (V,), db_tilde (V,): the derivatives of J by each of them.

    Parts: weight is f; whatever keeps the contract of glove_weight can take its place.
    """
    met, residual = _residuals(X, parameters)
    g = 2 * weight(met.data, x_max, alpha) * residual  # (N,), dJ by what each cell predicts
    dM = sparse.csr_array((g, (met.row, met.col)), shape=met.shape)  # (V, V), zero where nothing is predicted
    return {
        "dW": dM @ parameters["W_tilde"],  # (V, d)
        "dW_tilde": dM.T @ parameters["W"],  # (V, d)
        "db": dM.sum(axis=1),  # (V,)
        "db_tilde": dM.sum(axis=0),  # (V,)
    }


def _residuals(X: Rows, parameters: Mapping[str, Dense]) -> tuple[Any, Vector]:
    """Return the N cells of X that are not 0, and by how much the logarithm of each is missed, (N,).

    Takes memory for 2 N d numbers: for tables that a person looks at. The costs of train_glove tell the same of others.
    """
    met = sparse.coo_array(as_rows(X))
    met.eliminate_zeros()
    i, j = met.row, met.col
    products = np.einsum("nd,nd->n", parameters["W"][i], parameters["W_tilde"][j])  # (N,)
    return met, products + parameters["b"][i] + parameters["b_tilde"][j] - np.log(met.data)


def glove_step(
    theta: Numeric, gradient: Numeric, squares: Numeric, learning_rate: float = 0.05
) -> tuple[Numeric, Numeric]:
    """Take a step of AdaGrad: an entry that has moved far already moves less.

        theta   <- theta - learning_rate gradient / sqrt(squares)
        squares <- squares + (learning_rate gradient)^2

    This is what the authors' program does; in Duchi's form the squares are of gradients alone, and are added first.

    Arguments:
        theta, gradient, squares: arrays or tensors of one shape; squares begins with ones
        learning_rate: how far an entry would move that has not moved yet, per unit of gradient

    Returns (theta, squares), both as they are after the step; the given ones are not changed.
    """
    step = learning_rate * gradient
    return theta - step / squares**0.5, squares + step**2


def probe_ratios(X: Rows, i: int, j: int, probes: Sequence[int]) -> Dense:
    """Tell two words apart by the company they keep: the table with which the paper begins.

    Arguments:
        X (V, V): how often word k is met near each word, dense or sparse
        i, j: the numbers of the two words, such as ice and steam
        probes: a list of the numbers k of n words, such as solid, gas, water and fashion

    Returns a table (n, 3) with P(k|i), P(k|j) and P(k|i) / P(k|j) for each k. The ratio is inf for a probe that only i
    meets, and nan for one that neither does.
    """
    counts = sparse.csr_array(as_rows(X))[[i, j]].toarray()  # (2, V)
    p = (counts / counts.sum(axis=1, keepdims=True))[:, list(probes)]  # (2, n)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.column_stack([p[0], p[1], p[0] / p[1]])


@dataclass(frozen=True, eq=False)
class Glove:
    """A trained model.

    parameters: a dict with W (V, d), W_tilde (V, d), b (V,), b_tilde (V,), float32
    costs: for each epoch the mean over all cells of f(X_ij) residual^2 / 2, each as it was just before its own step
    """

    parameters: dict[str, NDArray[np.float32]]
    costs: tuple[float, ...]

    def vectors(self, words: Sequence[str]) -> WordVectors:
        """Return W + W~ as the vectors of these V words."""
        return WordVectors(tuple(words), self.parameters["W"] + self.parameters["W_tilde"])


class Cells(NamedTuple):
    """Cells of X: word i, context j, weight f(X_ij) and log X_ij, each (N,)."""

    i: torch.Tensor
    j: torch.Tensor
    f: torch.Tensor
    log_x: torch.Tensor

    def part(self, start: int, end: int) -> Cells:
        """Return the cells from start to end."""
        return Cells(*(column[start:end] for column in self))


class Table(NamedTuple):
    """The rows that are learned for words, or for contexts, (V, d + 2), and AdaGrad's sums of squares for them."""

    rows: torch.Tensor
    squares: torch.Tensor


def train_glove(
    X: Rows,
    generator: np.random.Generator,
    *,
    d: int = 100,
    epochs: int = 25,
    learning_rate: float = 0.05,
    x_max: float = 100,
    alpha: float = 0.75,
    device: str = "cpu",
) -> Glove:
    """Fit vectors to the logarithms of counts X (V, V), dense or sparse, by AdaGrad over cells in random order.

    x_max: 100 is for billions of words; with half a million, counts are small and something near 10 does better
    device: where torch works, "cpu" or "cuda"
    """
    met, ends = independent_cells(X)
    cells = Cells(
        torch.tensor(met.row, dtype=torch.int64, device=device),
        torch.tensor(met.col, dtype=torch.int64, device=device),
        torch.tensor(glove_weight(met.data, x_max, alpha), dtype=torch.float32, device=device),
        torch.tensor(np.log(met.data), dtype=torch.float32, device=device),
    )
    words, contexts = _first_tables(met.shape[0], d, generator, device)
    costs = []
    for _ in range(epochs):
        cost = torch.zeros((), device=device)
        for k in generator.permutation(len(ends) - 1):
            cost += descend(words, contexts, cells.part(ends[k], ends[k + 1]), learning_rate)
        costs.append(float(cost) / met.nnz)
    return Glove(_parameters(words, contexts), tuple(costs))


def independent_cells(X: Rows) -> tuple[Any, Numbers]:
    """Put the cells of X (V, V) into groups of which none has two cells in one row or in one column.

    The steps of two such cells touch no parameter in common. So a whole group may step at once, and it ends where it
    would have ended with one cell after another. The diagonals of a square are such groups, each of them going on at
    the left where it leaves on the right: (j - i) mod V says on which of them a cell lies.

    Returns (met, ends): the N cells that are not 0, a sparse COO array, and V + 1 ascending places in it, between every
    two neighbours of which a group lies.
    """
    met = sparse.coo_array(as_rows(X))
    met.eliminate_zeros()
    V = met.shape[0]
    group = (met.col - met.row) % V  # (N,)
    order = np.argsort(group, kind="stable")
    ends = np.concatenate([[0], np.cumsum(np.bincount(group, minlength=V))])
    return sparse.coo_array((met.data[order], (met.row[order], met.col[order])), shape=met.shape), ends


def descend(words: Table, contexts: Table, cells: Cells, learning_rate: float) -> torch.Tensor:
    """Let cells that have no row or column in common step at once, down J / 2 as the authors' program does.

    Both tables are changed in place. Returns the sum over the cells of f(X_ij) residual^2 / 2, as it was before.
    """
    i, j, f, log_x = cells
    w, w_tilde = words.rows[i], contexts.rows[j]  # (n, d + 2) each
    residual = torch.linalg.vecdot(w, w_tilde) - log_x  # (n,)
    g = (f * residual)[:, None]  # (n, 1)
    words.rows[i], words.squares[i] = glove_step(w, g * w_tilde, words.squares[i], learning_rate)
    contexts.rows[j], contexts.squares[j] = glove_step(w_tilde, g * w, contexts.squares[j], learning_rate)
    cost: torch.Tensor = (f * residual) @ residual / 2
    return cost


def _first_tables(V: int, d: int, generator: np.random.Generator, device: str) -> tuple[Table, Table]:
    """Draw the parameters, with rows (w, b, 1) for words and (w~, 1, b~) for contexts: their product is all of it."""
    tables = []
    for one in (d + 1, d):
        rows = torch.tensor(generator.uniform(-0.5, 0.5, (V, d + 2)) / (d + 1), dtype=torch.float32, device=device)
        squares = torch.ones_like(rows)
        # An entry that has, as it were, moved infinitely far already does not move any more.
        rows[:, one], squares[:, one] = 1, torch.inf
        tables.append(Table(rows, squares))
    return tables[0], tables[1]


def _parameters(words: Table, contexts: Table) -> dict[str, NDArray[np.float32]]:
    w, w_tilde = words.rows.cpu().numpy(), contexts.rows.cpu().numpy()  # (V, d + 2) each
    return {"W": w[:, :-2], "W_tilde": w_tilde[:, :-2], "b": w[:, -2], "b_tilde": w_tilde[:, -1]}
