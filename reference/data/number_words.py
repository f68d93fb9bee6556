"""Numbers in words, English to French: a small translation whose every right answer is known.

    two hundred and seventy one        deux cent soixante et onze
    eighty thousand                    quatre vingt mille

The rules are regular and yet do not go word by word: the French count from sixty to a hundred by twenties, leave out
the one of one hundred and one thousand, and give vingt and cent an s only where nothing but a million could follow.
Hyphens and commas are left out on both sides, so that words are the tokens.

Left out: numbers from a million on, for which French changes the rule of the s; the spelling of 1990 with hyphens
throughout, which without hyphens is the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reference.data.sample import Sample, words

if TYPE_CHECKING:
    import numpy as np

LIMIT = 1_000_000

ENGLISH = words(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
ENGLISH_TENS = ("", "", *words("twenty thirty forty fifty sixty seventy eighty ninety"))
FRENCH = words("zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize")
FRENCH_TENS = {
    **{tens: (word,) for tens, word in enumerate(words("vingt trente quarante cinquante soixante soixante"), 2)},
    **dict.fromkeys((8, 9), ("quatre", "vingt")),
}


def english_number(number: int) -> tuple[str, ...]:
    """Return the English words of a number from 0 to 999,999."""
    thousands, rest = divmod(_known(number), 1000)
    if not thousands:
        return tuple(_english_below_thousand(number))
    linked = ["and"] if 0 < rest < 100 else []
    tail = _english_below_thousand(rest) if rest else []
    return (*_english_below_thousand(thousands), "thousand", *linked, *tail)


def _english_below_thousand(number: int) -> list[str]:
    hundreds, rest = divmod(number, 100)
    if not hundreds:
        return _english_below_hundred(rest)
    return [ENGLISH[hundreds], "hundred", *(["and", *_english_below_hundred(rest)] if rest else [])]


def _english_below_hundred(number: int) -> list[str]:
    if number < 20:
        return [ENGLISH[number]]
    tens, ones = divmod(number, 10)
    return [ENGLISH_TENS[tens], *([ENGLISH[ones]] if ones else [])]


def french_number(number: int) -> tuple[str, ...]:
    """Return the French words of a number from 0 to 999,999, as they are written in France."""
    thousands, rest = divmod(_known(number), 1000)
    if not thousands:
        return tuple(_french_below_thousand(number, last=True))
    head = _french_below_thousand(thousands, last=False) if thousands > 1 else []
    return (*head, "mille", *(_french_below_thousand(rest, last=True) if rest else []))


def _french_below_thousand(number: int, *, last: bool) -> list[str]:
    """Return the words; last is whether nothing follows, in which case a round number may take its s."""
    hundreds, rest = divmod(number, 100)
    if not hundreds:
        return _french_below_hundred(rest, last=last)
    plural = "cents" if hundreds > 1 and not rest and last else "cent"
    head = [FRENCH[hundreds]] if hundreds > 1 else []
    return [*head, plural, *(_french_below_hundred(rest, last=last) if rest else [])]


def _french_below_hundred(number: int, *, last: bool) -> list[str]:
    if number < 17:
        return [FRENCH[number]]
    if number < 20:
        return ["dix", FRENCH[number - 10]]
    if number == 80 and last:
        return ["quatre", "vingts"]
    tens, ones = divmod(number, 10)
    ones += 10 * (tens in (7, 9))  # seventy is sixty and ten, ninety is eighty and ten
    linked = ["et"] if ones in (1, 11) and tens < 8 else []
    return [*FRENCH_TENS[tens], *linked, *(_french_below_hundred(ones, last=last) if ones else [])]


def _known(number: int) -> int:
    if not 0 <= number < LIMIT:
        raise ValueError(f"the words of {number} are not known here: expected a number from 0 to {LIMIT - 1:,}")
    return number


def generate_number_words(count: int, rng: np.random.Generator) -> list[Sample[tuple[str, ...]]]:
    """Generate different numbers from 0 to 999,999: their English words, labelled with the French ones."""
    numbers = rng.choice(LIMIT, size=count, replace=False)
    return [Sample(english_number(int(number)), french_number(int(number))) for number in numbers]
