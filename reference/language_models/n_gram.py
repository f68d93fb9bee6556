"""The n-gram with Kneser and Ney's smoothing: the baseline that neural language models have to beat.

The next word is guessed from the n - 1 words before it. Most contexts are rare, so what was seen is discounted a
little, and what this sets free goes to a shorter context. What a word gets there depends not on how often it was seen
but on how many different words it has followed: Francisco is frequent, but follows San alone, and so is no good guess
anywhere else.

    p(w | h) = max(c(h w) - D, 0) / c(h .) + D |{v : c(h v) > 0}| / c(h .) p(w | h')

h' is h without its first word; below the empty h lies the uniform 1 / V. c counts n-grams where h has n - 1 words, and
where it is shorter c(h w) is the number of different words v with v h w seen. D may differ from order to order.
A sentence begins after n - 1 marks START, which are never guessed, and ends with the word <EOS>, which is.

R. Kneser and H. Ney, "Improved backing-off for m-gram language modeling", ICASSP 1995; interpolated as S. F. Chen and
J. Goodman do, "An empirical study of smoothing techniques for language modeling", Computer Speech and Language 13
(1999), from where the estimate of D is too.
Left out: their three discounts for counts of one, two, and more; pruning.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from reference.counts.vocabulary import EOS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reference.activations import Array
    from reference.counts.vocabulary import Ids, Vocabulary

START = "<START>"
NGram: TypeAlias = tuple[str, ...]
Followers: TypeAlias = dict[NGram, dict[str, int]]  # context -> next word -> count


def count_n_grams(sentences: Iterable[Sequence[str]], n: int) -> dict[NGram, int]:
    """Count the n-grams of sentences, each sentence between n - 1 times "<START>" and one "<EOS>".

    Arguments:
        sentences: lists of words, without marks
        n: the length, 1 or more

    Returns a dict from tuples of n words to how often they were seen.
    """
    counts: Counter[NGram] = Counter()
    for sentence in sentences:
        marked = [START] * (n - 1) + [*sentence, EOS]
        counts.update(zip(*(marked[k:] for k in range(n)), strict=False))
    return dict(counts)


def continuation_counts(counts: Mapping[NGram, int]) -> dict[NGram, int]:
    """Count after how many different words each shorter n-gram was seen.

    Arguments:
        counts: a dict from tuples of n words to how often they were seen

    Returns a dict from tuples of n - 1 words to the number of n-grams in counts that end with them.
    """
    return dict(Counter(n_gram[1:] for n_gram in counts))


def kneser_ney_counts(sentences: Iterable[Sequence[str]], n: int) -> list[Followers]:
    """Count what follows each context, as Kneser and Ney count.

    Arguments:
        sentences: lists of words, without marks
        n: the length of the longest n-grams, 1 or more

    Returns a list of n dicts, that of the empty context first, that of contexts of n - 1 words last. Each is a dict
    from a context, a tuple of words, to a dict from the next word to a count: of occurrences in the last, and of
    different words before in all others. Contexts begin with "<START>" where the sentence does.
    """
    counts = count_n_grams(sentences, n)
    tables = [_followers(counts)]
    for _ in range(n - 1):
        counts = continuation_counts(counts)
        tables.append(_followers(counts))
    return tables[::-1]


def _followers(counts: Mapping[NGram, int]) -> Followers:
    table: Followers = {}
    for (*context, word), count in counts.items():
        table.setdefault(tuple(context), {})[word] = count
    return table


def estimate_discount(counts: Followers) -> float:
    """Estimate how much to take off every count: n1 / (n1 + 2 n2), where nk n-grams were counted k times.

    Arguments:
        counts: a dict from a context to a dict from the next word to a count

    Returns D, between 0 and 1; 0.75 where no n-gram was counted once or twice.
    """
    seen = Counter(count for followers in counts.values() for count in followers.values())
    once, twice = seen[1], seen[2]
    return once / (once + 2 * twice) if once + twice else 0.75


def kneser_ney_probability(
    word: str, context: Sequence[str], counts: Sequence[Followers], discounts: Sequence[float], V: int
) -> float:
    """Return how probable a word is after others, from the empty context up to the longest that was seen.

    Arguments:
        word: the word that may come next
        context: the words before it, "<START>" included where the sentence begins; all but the last n - 1 are ignored
        counts: the list of n dicts of Kneser and Ney, that of the empty context first, each from a context, a tuple of
            words, to a dict from the next word to its count
        discounts: n numbers D, that for the empty context first
        V: how many words there are, among which the least that is left is divided equally

    Returns p(word | context); a context that was never seen leaves it to the shorter one.
    """
    p = 1 / V
    for k, (table, D) in enumerate(zip(counts, discounts, strict=True)):
        followers = table.get(tuple(context[len(context) - k :]))
        if followers is None:
            break
        p = (max(followers.get(word, 0) - D, 0) + D * len(followers) * p) / sum(followers.values())
    return p


@dataclass(frozen=True, eq=False)
class KneserNey:
    """A trained model over a vocabulary.

    vocabulary: V words, among them `<EOS>`, and `<UNK>` where sentences may have others
    counts: the list of n dicts that kneser_ney_counts returns
    discounts: n numbers D, that for the empty context first
    """

    vocabulary: Vocabulary
    counts: list[Followers]
    discounts: tuple[float, ...]

    def next_word(self, history: Sequence[int]) -> Array:
        """Return the distribution (V,) of the word after the words of a sentence so far, given by their numbers."""
        n, V = len(self.counts), len(self.vocabulary)
        context = [START] * (n - 1) + self.vocabulary.decode(history)
        p = np.full(V, 1 / V)
        for k, (table, D) in enumerate(zip(self._numbered, self.discounts, strict=True)):
            followers = table.get(tuple(context[len(context) - k :]))
            if followers is None:
                break
            numbers, count = followers
            p *= D * len(numbers) / count.sum()
            p[numbers] += np.maximum(count - D, 0) / count.sum()
        return p

    @cached_property
    def _numbered(self) -> list[dict[NGram, tuple[Ids, Array]]]:
        """The counts as arrays: the numbers of the words that follow each context, and the count of each."""
        return [
            {
                context: (self.vocabulary.encode(followers), np.array([*followers.values()], dtype=np.float64))
                for context, followers in table.items()
            }
            for table in self.counts
        ]


def train_kneser_ney(sentences: Iterable[Sequence[int]], vocabulary: Vocabulary, n: int = 3) -> KneserNey:
    """Count the n-grams of sentences, given by the numbers of their words without marks, and estimate the discounts."""
    counts = kneser_ney_counts((vocabulary.decode(sentence) for sentence in sentences), n)
    return KneserNey(vocabulary, counts, tuple(map(estimate_discount, counts)))
