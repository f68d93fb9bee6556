"""What word2vec makes of how often a word was seen: which words to skip, which to draw as noise.

Half of all words of a text are a few dozen that say little. They are skipped often, so that the rest come closer to one
another and get their share of the work:

    P(keep w) = (sqrt(f_w / t) + 1) t / f_w         as the authors' program does it
    P(keep w) = sqrt(t / f_w)                       as the paper has it

both at most 1; f_w is the share of w among all words, t about 1e-3. Noise is drawn by counts to the power 3/4, between
each word alike (power 0) and each by its frequency (power 1).

T. Mikolov et al., "Distributed representations of words and phrases and their compositionality", NeurIPS 2013.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from reference.activations import Array

Numbers = NDArray[np.integer[Any]]


def keep_probability(counts: Numbers, t: float = 1e-3) -> Array:
    """Say how probable it is that an occurrence of each word is kept, min(1, (sqrt(f / t) + 1) t / f).

    Arguments:
        counts (V,): how often each word was seen
        t: the share of all words from about which on a word is skipped at times; 0 keeps everything

    Returns (V,) probabilities, 1 for a word that was never seen.
    """
    f = counts / counts.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        keep = (np.sqrt(f / t) + 1) * t / f
    return np.where((f > 0) & (t > 0), np.minimum(keep, 1), 1.0)


def noise_distribution(counts: Numbers, power: float = 0.75) -> Array:
    """Say how probable each word is as noise, counts^power / sum of counts^power.

    Arguments:
        counts (V,): how often each word was seen; one that was not is never drawn
        power: 0 for each word alike, 1 for each by its frequency

    Returns (V,) probabilities that sum to one.
    """
    weights = np.where(counts > 0, counts.astype(np.float64) ** power, 0)
    share: Array = weights / weights.sum()
    return share


def learning_rate_at(progress: float, first: float = 0.025, last: float = 0.0001) -> float:
    """Let the learning rate fall on a straight line.

    Arguments:
        progress: the share of all the work that is done, from 0 to 1
        first, last: the learning rate at the beginning and at the end

    Returns the learning rate now.
    """
    return first + (last - first) * progress
