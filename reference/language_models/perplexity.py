"""How well a language model guesses: the probability of a sentence, perplexity, and bits per character.

The probability of a sentence is the product of those of its words, each given the words before it, the end included: so
it has to be said when a sentence is over. Products of so many factors vanish, so logarithms are added instead.
Perplexity is the number of words among which the model is, on average, as undecided as a fair die of that many sides.

    log p(w) = sum over t of log p(w_t | w_0, ..., w_t-1)
    perplexity = exp(-1/T sum over t of log p(w_t | ...))         bits per character = -log p(w) / (log 2 characters)

Perplexities can be compared only if the words are the same: fewer words known means more <UNK>, which is easy to guess.
Bits per character compare models that cut the same text differently.

F. Jelinek, R. L. Mercer, L. R. Bahl and J. K. Baker, "Perplexity: a measure of the difficulty of speech recognition
tasks", Journal of the Acoustical Society of America 62 (1977).
Left out: spreading `<UNK>` over the words that it stands for, which would make vocabularies comparable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from reference.activations import Array

NextWord = Callable[[Sequence[int]], Array]


def word_log_probabilities(sentence: Sequence[int], next_word: NextWord) -> Array:
    """Return the logarithm of the probability of each of the T words of a sentence, given those before it.

    Arguments:
        sentence: the numbers of T words; the last of them is that of `<EOS>` if the end is to be guessed too
        next_word: a function from the numbers of the words so far to the distribution (V,) of the next one

    Returns an array (T,) of natural logarithms; -inf for a word held to be impossible.
    """
    p = [next_word(sentence[:t])[word] for t, word in enumerate(sentence)]
    with np.errstate(divide="ignore"):
        log_p: Array = np.log(np.array(p, dtype=np.float64))
    return log_p


def sentence_probability(log_p: Array) -> float:
    """Return the probability of a sentence.

    Arguments:
        log_p (T,): the natural logarithm of the probability of each of its words, given those before it

    Returns the product of the probabilities.
    """
    return float(np.exp(np.sum(log_p)))


def perplexity(log_p: Array) -> float:
    """Return the perplexity of a text: the number of equally likely words that would be as hard to guess.

    Arguments:
        log_p (T,): the natural logarithm of the probability of each of its T words, given those before it

    Returns exp(-mean of log_p); inf if a word was held to be impossible. No words at all raise a ValueError.
    """
    return float(np.exp(-_some(log_p).mean()))


def bits_per_character(log_p: Array, characters: int) -> float:
    """Return how many bits a model would need for each character of a text.

    Arguments:
        log_p (T,): the natural logarithm of the probability of each word, or of each character
        characters: how many characters the text has, counting the ends of sentences if they were guessed

    Returns -(sum of log_p) / (log 2 characters). No words at all raise a ValueError.
    """
    return float(-_some(log_p).sum() / (np.log(2) * characters))


def _some(log_p: Array) -> Array:
    if not len(log_p):
        raise ValueError("no word was guessed, so nothing can be said of how well: give at least one log-probability")
    return np.asarray(log_p, dtype=np.float64)


def text_log_probabilities(sentences: Iterable[Sequence[int]], next_word: NextWord) -> Array:
    """Return the logarithms of all words of all sentences, one after another, each sentence guessed by itself."""
    return np.concatenate([word_log_probabilities(sentence, next_word) for sentence in sentences])
