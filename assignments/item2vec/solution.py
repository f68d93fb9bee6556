"""The right answers of this assignment: references where the contract is theirs, and what has no reference.

`alias_table` is the reference's, but that it returns a plain tuple, which a notebook can hold.
"""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING, Any

import numpy as np

from reference.activations import sigmoid
from reference.embeddings.frequencies import learning_rate_at
from reference.vectors.neighbours import largest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Numbers = NDArray[np.integer[Any]]
    Baskets = Sequence[Sequence[int]]
    Vectors = dict[str, Array]


def basket_pairs(baskets: Baskets) -> Numbers:
    """Pair every product of a basket with every other product of the same basket.

    Arguments:
        baskets: a list of baskets, each a list of numbers of products, none of them twice in one basket

    Returns an array of integers of shape (n, 2), a pair (product, companion) in each row. The pairs come basket by
    basket, in a basket by the place of the product, and then by the place of the companion.
    """
    pairs = [pair for basket in baskets for pair in permutations(basket, 2)]
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def basket_noise(baskets: Baskets, V: int, power: float = 0.75) -> Array:
    """Say how probable each product is as noise: by the power of how many baskets it is in.

    Arguments:
        baskets: a list of baskets, each a list of numbers from 0 to V - 1, none of them twice in one basket; one basket
            at least is not empty
        V: how many products there are
        power: 0 for all products alike that were ever sold, 1 for each by its popularity

    Returns (V,) probabilities that sum to one; that of a product which is in no basket is 0.
    """
    counts = np.zeros(V)
    for basket in baskets:
        counts[list(basket)] += 1
    weights = np.where(counts > 0, counts**power, 0)
    return weights / weights.sum()


def alias_table(p: Array) -> tuple[Array, Numbers]:
    """Build the table from which numbers are drawn in constant time.

    Arguments:
        p (V,): the probability of each number, some of them perhaps 0; they sum to one

    Returns the tuple (share, alias):
        share (V,): how much of column i belongs to number i, between 0 and 1
        alias (V,): integers, to which number the rest of the column belongs
    """
    heights = p * len(p)  # (V,), one on average
    share, alias = np.ones(len(p)), np.arange(len(p))
    small = [i for i, height in enumerate(heights) if height < 1]
    large = [i for i, height in enumerate(heights) if height >= 1]
    while small and large:
        i, j = small.pop(), large.pop()
        share[i], alias[i] = heights[i], j
        heights[j] -= 1 - heights[i]
        (small if heights[j] < 1 else large).append(j)
    return share, alias


def alias_draw(share: Array, alias: Numbers, n: int, generator: np.random.Generator) -> Numbers:
    """Draw numbers from an alias table, each independently of the others.

    Arguments:
        share (V,): how much of column i belongs to number i, between 0 and 1
        alias (V,): to which number the rest of column i belongs
        n: how many numbers to draw
        generator: a np.random.Generator, from which all chance comes

    Returns (n,), integers from 0 to V - 1.
    """
    columns = generator.integers(len(share), size=n)  # (n,)
    return np.where(generator.random(n) < share[columns], columns, alias[columns])


def chances_of_table(share: Array, alias: Numbers, n: int) -> Array:  # noqa: ARG001  (it is told all that alias_draw is)
    """Return how probable each number is at every draw, (V,), for the check of alias_draw."""
    rest = np.bincount(alias, weights=1 - share, minlength=len(share))
    return (share + rest) / len(share)


def pairs_loss(W: Array, U: Array, pairs: Numbers, negatives: Numbers) -> float:
    """Compute the loss of negative sampling of many pairs, added up.

    Arguments:
        W (V, d): the vectors of the products that are in the basket
        U (V, d): the vectors of the products that may join it
        pairs (n, 2): in each row a product and its companion
        negatives (n, k): for each pair the products that were drawn as noise; one drawn twice counts twice, and one
            that is the companion itself does not count

    Returns J, a number.
    """
    h = W[pairs[:, 0]]  # (n, d)
    right = (h * U[pairs[:, 1]]).sum(axis=1)  # (n,), the scores of the companions
    wrong = np.einsum("nd,nkd->nk", h, U[negatives])  # (n, k), and those of the noise
    counts = negatives != pairs[:, 1:]  # (n, k)
    return float(np.logaddexp(0, -right).sum() + np.logaddexp(0, wrong)[counts].sum())


def pairs_gradients(W: Array, U: Array, pairs: Numbers, negatives: Numbers) -> dict[str, Array]:
    """Compute the gradients of the loss of many pairs.

    Arguments:
        W (V, d): the vectors of the products that are in the basket
        U (V, d): the vectors of the products that may join it
        pairs (n, 2): in each row a product and its companion
        negatives (n, k): for each pair the products that were drawn as noise; one drawn twice counts twice, and one
            that is the companion itself does not count

    Returns a dict with dW (V, d) and dU (V, d), which are 0 in the rows of products that play no part.
    """
    h, u, noise = W[pairs[:, 0]], U[pairs[:, 1]], U[negatives]  # (n, d), (n, d), (n, k, d)
    right = sigmoid((h * u).sum(axis=1)) - 1  # (n,), dJ by the scores of the companions
    wrong = sigmoid(np.einsum("nd,nkd->nk", h, noise)) * (negatives != pairs[:, 1:])  # (n, k), and of the noise
    dh = right[:, None] * u + np.einsum("nk,nkd->nd", wrong, noise)  # (n, d)
    dW, dU = np.zeros(W.shape), np.zeros(U.shape)
    np.add.at(dW, pairs[:, 0], dh)
    np.add.at(dU, pairs[:, 1], right[:, None] * h)
    np.add.at(dU, negatives, wrong[:, :, None] * h[:, None])
    return {"dW": dW, "dU": dU}


def neighbours(W: Array, product: int, n: int, *, best: Callable[..., Numbers] = largest) -> Numbers:
    """Find the products whose vectors point most nearly in the direction of a product's own.

    Arguments:
        W (V, d): a vector for each product; the cosine of a vector of zeros with any other is 0
        product: the number of a product
        n: how many neighbours are wanted; all V - 1 others if there are fewer

    Returns the numbers of the products with the largest cosines, largest first, without the product itself; where
    cosines are equal the smaller number comes first.

    Parts: `best` is largest.
    """
    lengths = np.linalg.norm(W, axis=1, keepdims=True)  # (V, 1)
    unit = W / np.where(lengths > 0, lengths, 1)  # (V, d)
    cosines = unit @ unit[product]  # (V,)
    cosines[product] = -np.inf
    return best(cosines, min(n, len(W) - 1))


def recommend(
    vectors: Vectors, q: Array, baskets: Baskets, n: int, *, best: Callable[..., Numbers] = largest
) -> Numbers:
    """Recommend products for baskets that are not finished.

    Arguments:
        vectors: the dict with W (V, d) and U (V, d)
        q (V,): how probable each product was as noise in the training; all are larger than 0
        baskets: a list of m baskets, each a list of numbers of products, and perhaps an empty one
        n: how many products to recommend for each; every basket leaves as many at least

    Returns an array of integers of shape (m, n): in row i the products that are not in basket i and have the highest
    scores log q_c + sum over b in the basket of u_c v_b, highest first; where they are equal the smaller number first.

    Parts: `best` is largest.
    """
    W, U = vectors["W"], vectors["U"]
    rows = np.zeros((len(baskets), n), dtype=np.int64)
    for row, basket in zip(rows, baskets, strict=True):
        inside = list(basket)
        scores = np.log(q) + U @ W[inside].sum(axis=0)  # (V,)
        scores[inside] = -np.inf
        row[:] = best(scores, n)
    return rows


def hit_rate(recommended: Numbers, left_out: Numbers, k: int) -> float:
    """Say for how large a share of baskets the product that was left out is among the first k recommended.

    Arguments:
        recommended (m, n): for each of m baskets n products, the best first
        left_out (m,): the product that was left out of each basket
        k: how many of the recommended products are looked at, from 1 to n

    Returns a number from 0 to 1.
    """
    return float((recommended[:, :k] == left_out[:, None]).any(axis=1).mean())


def exam_loss(vectors: Vectors, q: Array, exam: Numbers) -> float:
    """Return how surprising companions are on average, -log of the share that each has of q_c exp(u_c v_b).

    Arguments:
        vectors: the dict with W (V, d) and U (V, d)
        q (V,): how probable each product is as noise
        exam (n, 2): in each row a product and its companion
    """
    scores = np.log(q) + vectors["W"][exam[:, 0]] @ vectors["U"].T  # (n, V)
    highest = scores.max(axis=1)
    total = highest + np.log(np.exp(scores - highest[:, None]).sum(axis=1))  # (n,)
    return float((total - scores[np.arange(len(exam)), exam[:, 1]]).mean())


def train(
    start: Vectors,
    baskets: Baskets,
    q: Array,
    exam: Numbers,
    epochs: int,
    seed: int,
    negatives: int = 4,
    rate: float = 0.05,
    batch: int = 20,
    *,
    pairs_of: Callable[..., Numbers] = basket_pairs,
    table_of: Callable[..., tuple[Array, Numbers]] = alias_table,
    draw: Callable[..., Numbers] = alias_draw,
    gradients: Callable[..., dict[str, Array]] = pairs_gradients,
    rate_at: Callable[..., float] = learning_rate_at,
) -> tuple[Vectors, list[float]]:
    """Train vectors of products by negative sampling, and watch how their loss falls.

    Arguments:
        start: the dict with W (V, d) and U (V, d), the vectors before the training; they must stay as they are
        baskets: a list of baskets, each a list of numbers of products
        q (V,): how probable each product is as noise; all are larger than 0
        exam (n, 2): pairs by which the loss is measured, see exam_loss; they are not for learning
        epochs: how often to go through the baskets
        seed: an integer; all chance comes from np.random.default_rng(seed)
        negatives: how many products of noise belong to each pair
        rate: the learning rate at the beginning
        batch: after how many baskets a step is made

    Returns the tuple (vectors, losses):
        vectors: the dict with W (V, d) and U (V, d), trained
        losses: epochs + 1 numbers, the exam's loss before the training and after each epoch

    Parts: `pairs_of`, `table_of`, `draw`, `gradients` and `rate_at` are basket_pairs, alias_table, alias_draw,
    pairs_gradients and learning_rate_at.
    """
    generator = np.random.default_rng(seed)
    W, U = start["W"], start["U"]
    share, alias = table_of(q)
    pairs = [pairs_of([basket]) for basket in baskets]
    batches = -(-len(baskets) // batch)
    losses = [exam_loss(start, q, exam)]
    for epoch in range(epochs):
        order = generator.permutation(len(baskets))
        for number in range(batches):
            chosen = np.concatenate([pairs[place] for place in order[number * batch : (number + 1) * batch]])  # (n, 2)
            drawn = draw(share, alias, len(chosen) * negatives, generator).reshape(len(chosen), negatives)
            step = rate_at((epoch + number / batches) / epochs, rate)
            slopes = gradients(W, U, chosen, drawn)
            W, U = W - step * slopes["dW"], U - step * slopes["dU"]
        losses.append(exam_loss({"W": W, "U": U}, q, exam))
    return {"W": W, "U": U}, losses


def loss_after(vectors: Vectors, inputs: dict[str, Any]) -> float:
    """Return the loss of trained vectors, for the check of train."""
    return exam_loss(vectors, inputs["q"], inputs["exam"])


def popularity(inputs: dict[str, Any], held_out: dict[str, Any]) -> Numbers:
    """Recommend what sells best, whatever is in the basket."""
    nothing = {name: np.zeros_like(table) for name, table in inputs["start"].items()}
    return recommend(nothing, **held_out)


def untrained(inputs: dict[str, Any], held_out: dict[str, Any]) -> Numbers:
    """Recommend by the vectors before the training."""
    return recommend(inputs["start"], **held_out)


def one_shelf(inputs: dict[str, Any], held_out: dict[str, Any]) -> Numbers:
    """Recommend by vectors that only know how popular a product is: popular ones are said to go with popular ones."""
    rank = np.log(inputs["q"])
    rank = (rank - rank.mean()) / rank.std()
    return recommend({"W": rank[:, None], "U": rank[:, None]}, **held_out)
