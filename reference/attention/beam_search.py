"""Beam search: several unfinished sentences are kept, since the best word now need not begin the best sentence.

    score(y) = (log p(y_1) + log p(y_2 | y_1) + ... ) / |y|^alpha

Of all continuations of the k best beginnings the k best are kept, and those that have come to the end are set aside.
With k = 1 it is greedy search: the best word, again and again. A sum of logarithms falls with every word, and so
prefers short sentences; dividing by the length, to the power alpha, makes up for it: alpha = 0 leaves the sum as it is,
alpha = 1 compares the means.

What predicts is a part: next_words(state, word) gives the logarithms (V,) of the probabilities of what may follow, and
the state to go on from. It may be any decoder, or a table.

Y. Wu and others, "Google's neural machine translation system" (2016), for lengths; A. Graves, "Sequence transduction
with recurrent neural networks" (2012), for the search.
Left out: a penalty on source words that were not looked at; beginnings that are kept for being unlike others.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from reference.activations import Array

NextWords = Callable[[Any, int], tuple[Array, Any]]


class Hypothesis(NamedTuple):
    """A sentence that may be the answer: its words, without start and end, and its score."""

    words: tuple[int, ...]
    score: float


class _Beginning(NamedTuple):
    words: tuple[int, ...]
    log_p: float
    state: Any


def greedy_search(state: Any, next_words: NextWords, start: int, end: int, longest: int) -> list[int]:
    """Write the most probable word, again and again.

    Arguments:
        state: what next_words needs for the first word
        next_words: a function of (state, word) that returns (log_p, state): the logarithms (V,) of the probabilities of
        the word that follows, and the state after it was asked
        start, end: the numbers of the words that begin and end a sentence
        longest: how many words there may be, the end counted

    Returns the numbers of the words, without start and end. Of equally probable words the first is taken.
    """
    words: list[int] = []
    word = start
    for _ in range(longest):
        log_p, state = next_words(state, word)
        word = int(np.argmax(log_p))
        if word == end:
            break
        words.append(word)
    return words


def beam_search(
    state: Any, next_words: NextWords, start: int, end: int, longest: int, width: int = 5, alpha: float = 1.0
) -> list[Hypothesis]:
    """Search for the sentence with the best score, with several beginnings at a time.

    Arguments:
        state: what next_words needs for the first word
        next_words: a function of (state, word) that returns (log_p, state): the logarithms (V,) of the probabilities of
        the word that follows, and the state after it was asked
        start, end: the numbers of the words that begin and end a sentence
        longest: how many words there may be, the end counted; what has not ended by then is cut there
        width: how many beginnings are kept
        alpha: scores are sums of logarithms divided by (number of words)^alpha, the end counted

    Returns up to `width` hypotheses, tuples (words, score), the best first; words are without start and end. Raises
    ValueError if width or longest is below 1.
    """
    if width < 1 or longest < 1:
        raise ValueError(f"a beam of width {width} finds no sentence of up to {longest} words: both must be 1 or more")
    beginnings = [_Beginning((), 0.0, state)]
    ended: list[Hypothesis] = []
    for length in range(1, longest + 1):
        best = _continuations(beginnings, next_words, start, width)
        ended += [Hypothesis(found.words[:-1], found.log_p / length**alpha) for found in best if found.words[-1] == end]
        beginnings = [found for found in best if found.words[-1] != end]
        if not beginnings or len(ended) >= width:
            break
    else:
        ended += [Hypothesis(found.words, found.log_p / longest**alpha) for found in beginnings]
    return sorted(ended, key=lambda hypothesis: -hypothesis.score)[:width]


def _continuations(beginnings: list[_Beginning], next_words: NextWords, start: int, width: int) -> list[_Beginning]:
    """Return the best continuations of all beginnings by one word, the best first."""
    asked = [next_words(each.state, each.words[-1] if each.words else start) for each in beginnings]
    log_p = np.stack([each.log_p + after for each, (after, _) in zip(beginnings, asked, strict=True)])  # (k, V)
    best = np.argsort(-log_p, axis=None, kind="stable")[:width]
    rows, words = np.unravel_index(best, log_p.shape)
    return [
        _Beginning((*beginnings[row].words, int(word)), float(log_p[row, word]), asked[row][1])
        for row, word in zip(rows, words, strict=True)
        if log_p[row, word] > -np.inf
    ]
