"""Letting a language model write: draw a word, append it, and ask again.

Always taking the most probable word soon goes in circles, and drawing from the whole distribution picks, sooner or
later, one of the many words of which each is nearly impossible but all together are not. So the distribution is
reshaped first; each of these takes a distribution p (V,) and returns another one.

    temperature  p_i^(1/T) / sum_j p_j^(1/T)         T < 1 bolder, T > 1 more even
    top k        only the k most probable words
    nucleus      only the most probable words, as few as have a given mass together
    reject       never these words, such as <UNK>

A. Fan, M. Lewis and Y. Dauphin, "Hierarchical neural story generation", ACL 2018 (top k); A. Holtzman and others, "The
curious case of neural text degeneration", ICLR 2020 (nucleus).
Left out: penalties for repeating; beam search, which looks for one probable sentence instead of a typical one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reference.activations import softmax

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reference.activations import Array
    from reference.counts.vocabulary import Ids
    from reference.language_models.perplexity import NextWord


def at_temperature(p: Array, temperature: float) -> Array:
    """Sharpen or flatten a distribution.

    Arguments:
        p (V,): a distribution
        temperature: T, larger than zero (anything else raises a ValueError); 1 changes nothing

    Returns p^(1/T), divided by its sum, (V,); at small T nearly all falls to the most probable word.
    """
    if not temperature > 0:
        raise ValueError(
            f"temperature must be larger than zero, not {temperature}; for the likeliest word keep_top_k 1"
        )
    with np.errstate(divide="ignore"):
        return softmax(np.log(p) / temperature)


def keep_top_k(p: Array, k: int) -> Array:
    """Keep the k most probable words.

    Arguments:
        p (V,): a distribution
        k: how many; of words that are equally probable the first ones are kept, and if k is V or more, all

    Returns p with zeros for all others, divided by its sum, (V,).
    """
    return _only(p, np.argsort(-p, kind="stable")[:k])


def keep_nucleus(p: Array, mass: float) -> Array:
    """Keep the most probable words, as few as reach a mass together.

    Arguments:
        p (V,): a distribution
        mass: larger than 0, at most 1; at least one word is kept, and the word that reaches the mass is too

    Returns p with zeros for all others, divided by its sum, (V,). Of equally probable words the first ones are kept.
    """
    order = np.argsort(-p, kind="stable")  # (V,)
    before = np.concatenate([[0], np.cumsum(p[order])[:-1]])  # (V,), the mass of the words that are more probable
    return _only(p, order[: max(1, np.count_nonzero(before < mass))])


def reject(p: Array, words: Sequence[int]) -> Array:
    """Rule words out.

    Arguments:
        p (V,): a distribution
        words: the numbers of the words that must not come, such as that of `<UNK>`

    Returns p with zeros for them, divided by its sum, (V,). If nothing is left, a ValueError is raised.
    """
    return _only(p, np.setdiff1d(np.arange(len(p)), words))


def _only(p: Array, kept: Ids) -> Array:
    left = np.zeros(len(p))
    left[kept] = p[kept]
    if not left.sum() > 0:
        raise ValueError("no word is left to draw from: all that were kept have probability zero; keep others too")
    q: Array = left / left.sum()
    return q


def sample_sentence(
    next_word: NextWord,
    generator: np.random.Generator,
    end: int,
    *,
    start: Sequence[int] = (),
    max_length: int = 100,
    temperature: float = 1.0,
    top_k: int | None = None,
    nucleus: float = 1.0,
    rejected: Sequence[int] = (),
) -> list[int]:
    """Draw the words of a sentence one by one, until the word `end` is drawn or there are max_length of them.

    First words are rejected, then the temperature is applied, then top_k, then the nucleus.

    next_word: a function from the numbers of the words so far to the distribution (V,) of the next one
    end: the number of `<EOS>`, which is not returned
    start: the numbers of words that the sentence begins with; they are returned and count in max_length
    """
    sentence = [*start]
    while len(sentence) < max_length:
        p = at_temperature(reject(next_word(sentence), rejected), temperature)  # (V,)
        p = keep_nucleus(keep_top_k(p, top_k or len(p)), nucleus)
        word = int(generator.choice(len(p), p=p))
        if word == end:
            break
        sentence.append(word)
    return sentence
