"""The alias method: draw from any distribution over V things in the time of one look into a table.

Each column of a table has height 1/V. A thing that is less probable leaves the rest of its column to one other, its
alias, which is more probable; so every column holds two things at most, and drawing is choosing a column, then one of
two.

M. D. Vose, "A linear algorithm for generating random numbers with a given distribution", IEEE Transactions on Software
Engineering 17 (1991), after A. J. Walker (1977).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from reference.activations import Array

Numbers = NDArray[np.integer[Any]]


class AliasTable(NamedTuple):
    """What the alias method draws from.

    share (V,): how much of column i belongs to thing i, between 0 and 1
    alias (V,): to which thing the rest of the column belongs
    """

    share: Array
    alias: Numbers


def alias_table(p: Array) -> AliasTable:
    """Build the table from which numbers are drawn in constant time.

    Arguments:
        p (V,): the probability of each number, which sum to one

    Returns the tuple (share, alias):
        share (V,): how much of column i belongs to number i, between 0 and 1
        alias (V,): to which number the rest of the column belongs
    """
    heights = p * len(p)  # (V,), one on average
    share, alias = np.ones(len(p)), np.arange(len(p))
    small = [i for i, height in enumerate(heights) if height < 1]
    large = [i for i, height in enumerate(heights) if height >= 1]
    while small and large:
        i, j = small.pop(), large.pop()
        share[i], alias[i] = heights[i], j
        heights[j] -= 1 - heights[i]  # what j has left after filling up column i
        (small if heights[j] < 1 else large).append(j)
    return AliasTable(share, alias)  # what is left over has height 1, but for rounding


def alias_draw(table: AliasTable, shape: int | tuple[int, ...], generator: np.random.Generator) -> Numbers:
    """Draw numbers, an array of this shape, from the distribution that the table was built for."""
    drawn = generator.random(shape) * len(table.share)  # the whole part chooses a column, the rest a thing
    columns = drawn.astype(np.int64)
    return np.where(drawn - columns < table.share[columns], columns, table.alias[columns])


def alias_probabilities(table: AliasTable) -> Array:
    """Return the distribution (V,) that the table draws from: own shares, and what others leave."""
    given = np.bincount(table.alias, weights=1 - table.share, minlength=len(table.share))
    p: Array = (table.share + given) / len(table.share)
    return p
