"""Taking a direction out of word vectors: neutralise, equalise, and both together as hard debiasing.

Pairs such as (she, he), (woman, man) differ in gender and in little else, so what their differences have in common is
the direction g of gender. A word that should not take sides is neutralised: its part along g is removed. The two words
of a pair that should differ in gender alone are equalised: moved to lie opposite one another, equally far from every
neutralised word.

    e_g  = (e g) g                               the part of e along g
    e'   = e - e_g                               neutralised: e' g = 0
    mu   = (e1 + e2) / 2,  nu = mu - mu_g        what the pair has in common, without g
    e1'  = nu + s sqrt(1 - |nu|^2) g             equalised, of length one; s = 1 for the word further along g, else -1
    e2'  = nu - s sqrt(1 - |nu|^2) g

g (d,) has length one; e (d,) is the vector of a word.

T. Bolukbasi and others, "Man is to computer programmer as woman is to homemaker? Debiasing word embeddings", NIPS
(2016). H. Gonen, Y. Goldberg, "Lipstick on a pig", NAACL (2019), show what remains: neutralised words still sit among
the words that they shared a bias with.
Left out: bias subspaces of several dimensions, sets of more than two words to equalise, and soft debiasing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reference.vectors.neighbours import known_row
from reference.vectors.word_vectors import WordVectors

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reference.vectors.word_vectors import Matrix

Pair = tuple[str, str]


def bias_direction(pairs: Matrix) -> Matrix:
    """Find what the differences of pairs have in common: their first principal component.

    Each pair is centred on its own mean, so that what the words are about cancels and what sets them apart remains.

    Arguments:
        pairs (P, 2, d): the vectors of P pairs

    Returns g (d,), of length one; its sign is such that first words lie further along it than second ones, on average.
    Raises ValueError if the two words of every pair are equal, since they then point nowhere.
    """
    centred = pairs - pairs.mean(axis=1, keepdims=True)  # (P, 2, d)
    _, lengths, directions = np.linalg.svd(centred.reshape(-1, pairs.shape[-1]), full_matrices=False)
    if not len(lengths) or lengths[0] == 0:
        raise ValueError("these pairs give no direction: the two vectors of each pair are equal")
    g: Matrix = directions[0]  # (d,)
    ahead = (pairs[:, 0] - pairs[:, 1]).sum(axis=0) @ g
    return g if ahead >= 0 else -g


def neutralise(e: Matrix, g: Matrix) -> Matrix:
    """Remove from a vector its part along a direction.

    Arguments:
        e (d,): the vector of a word, or (n, d) those of n words
        g (d,): the direction, of any length but zero

    Returns e - ((e g) / (g g)) g, of the shape of e: what is left is orthogonal to g. Raises ValueError if g is zero.
    """
    unit = unit_direction(g)
    left: Matrix = e - np.multiply.outer(e @ unit, unit)
    return left


def equalise(e1: Matrix, e2: Matrix, g: Matrix) -> tuple[Matrix, Matrix]:
    """Place two vectors opposite one another along a direction, and make them equal in all else.

    Arguments:
        e1 (d,), e2 (d,): the vectors of a pair, each of length one
        g (d,): the direction, of any length but zero

    Returns (e1, e2), both (d,) and of length one: their parts along g are opposite, the rest is the same. Raises
    ValueError if g is zero, or if both lie equally far along g, so that neither side is either's.
    """
    unit = unit_direction(g)
    nu = neutralise((e1 + e2) / 2, unit)  # (d,)
    side = np.sign((e1 - e2) @ unit)
    if side == 0:
        raise ValueError("this pair cannot be equalised: both words lie equally far along the direction")
    offset = side * np.sqrt(max(0.0, 1 - float(nu @ nu))) * unit  # (d,)
    return nu + offset, nu - offset


def hard_debias(
    vectors: WordVectors, g: Matrix, *, keep: Iterable[str] = (), equal: Sequence[Pair] = ()
) -> WordVectors:
    """Return all vectors at length one, neutralised except for the words to keep, with the equal pairs equalised.

    keep: words that rightly have a side, such as "beard" or "queen"; those of `equal` need not be named again
    equal: pairs that should differ in their side alone, such as ("grandmother", "grandfather")
    Words that are nothing but their side become zero vectors. Raises KeyError, with near misses, for an unknown word of
    a pair to equalise, ValueError for a pair that cannot be equalised; unknown words to keep do not matter.
    """
    sided = {*keep, *(word for pair in equal for word in pair)}
    neutral = [row for row, word in enumerate(vectors.words) if word not in sided]
    matrix = vectors.unit.copy()  # (V, d)
    matrix[neutral] = _unit_or_zero(neutralise(matrix[neutral], g.astype(matrix.dtype)))
    for first, second in equal:
        row, other = known_row(vectors, first), known_row(vectors, second)
        try:
            matrix[row], matrix[other] = equalise(vectors.unit[row], vectors.unit[other], g)
        except ValueError as error:
            raise ValueError(f"{first}, {second}: {error}") from error
    return WordVectors(vectors.words, matrix)


def unit_direction(g: Matrix) -> Matrix:
    """Bring a direction to length one; ValueError if it is the zero vector."""
    length = np.linalg.norm(g)
    if length == 0:
        raise ValueError("the direction is the zero vector, which points nowhere")
    unit: Matrix = g / length
    return unit


def _unit_or_zero(e: Matrix) -> Matrix:
    """Bring rows (n, d) that once had length one back to it; those that are mere rounding become zero."""
    lengths = np.linalg.norm(e, axis=1, keepdims=True)  # (n, 1)
    something = lengths > 100 * np.finfo(e.dtype).eps
    unit: Matrix = np.where(something, e / np.where(something, lengths, 1), 0)
    return unit
