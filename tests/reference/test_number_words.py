"""Numbers in words, held against num2words."""

from __future__ import annotations

import numpy as np
import pytest
from num2words import num2words

from reference.data.number_words import english_number, french_number, generate_number_words

EDGES = [0, 1, 80, 100, 200, 1000, 1080, 2000, 80_000, 200_000, 280_200, 999_999]
NUMBERS = [*range(1200), *EDGES, *np.random.default_rng(1).integers(0, 1_000_000, 800).tolist()]


def by_num2words(number: int, language: str) -> tuple[str, ...]:
    return tuple(num2words(number, lang=language).replace("-", " ").replace(",", "").split())


def test_the_words_are_those_of_num2words() -> None:
    assert [english_number(number) for number in NUMBERS] == [by_num2words(number, "en") for number in NUMBERS]
    assert [french_number(number) for number in NUMBERS] == [by_num2words(number, "fr") for number in NUMBERS]


@pytest.mark.parametrize("number", [-1, 1_000_000])
def test_a_number_outside_is_refused_with_the_numbers_that_are_known(number: int) -> None:
    for write in (english_number, french_number):
        with pytest.raises(ValueError, match="expected a number from 0 to 999,999"):
            write(number)


def test_numbers_are_different_and_the_same_for_the_same_seed() -> None:
    drawn = [generate_number_words(500, np.random.default_rng(seed)) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1]
    assert drawn[0] != drawn[2]
    assert len({sample.tokens for sample in drawn[0]}) == len({sample.label for sample in drawn[0]}) == 500
