"""Written dates: each says the date that it is labelled with."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import pytest

from reference.data.dates import FORMS, generate_dates, ordinal, write_date

WHEN = date(1994, 3, 3)


def test_a_date_is_written_in_many_forms() -> None:
    written = {write_date(WHEN, form) for form in FORMS}
    assert len(written) == len(FORMS)
    assert {"Thursday, 3 March 1994", "3rd of March 1994", "Mar 3, 94", "03.03.94", "3.3.1994", "3-Mar-94"} <= written


@pytest.mark.parametrize(
    ("form", "parsed"),
    [("{weekday}, {day} {month} {year}", "%A, %d %B %Y"), ("{day:02}.{number:02}.{two}", "%d.%m.%y")],
)
def test_what_is_written_can_be_read_back_by_the_standard_library(form: str, parsed: str) -> None:
    for days in range(0, 10_000, 7):
        when = date(1970, 1, 1) + timedelta(days=days)
        assert datetime.strptime(write_date(when, form), parsed).date() == when  # noqa: DTZ007 (a day, no time)


def test_ordinals_have_their_endings() -> None:
    found = [ordinal(number) for number in (1, 2, 3, 4, 11, 12, 13, 21, 22, 23, 30, 31)]
    assert found == ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "22nd", "23rd", "30th", "31st"]


def test_samples_are_different_letter_by_letter_grouped_by_date_and_the_same_for_the_same_seed() -> None:
    drawn = [generate_dates(2000, np.random.default_rng(seed)) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1]
    assert drawn[0] != drawn[2]
    assert len({sample.tokens for sample in drawn[0]}) == 2000
    for sample in drawn[0]:
        assert "".join(sample.label) == sample.group == date.fromisoformat(sample.group).isoformat()
        assert all(len(token) == 1 for token in sample.tokens)
        assert sample.group[2:4] in "".join(sample.tokens)


def test_no_writing_stands_for_two_dates() -> None:
    meant: dict[tuple[str, ...], set[str]] = {}
    for seed in range(20):
        for sample in generate_dates(1000, np.random.default_rng(seed)):
            meant.setdefault(sample.tokens, set()).add(sample.group)
    assert {len(dates) for dates in meant.values()} == {1}
