"""Dates as people write them, and as a standard has them: a translation that can be learnt whole.

    "Thursday, 3 March 1994"   "3rd of march 1994"   "MAR 3, 94"   "03.03.1994"        all are "1994-03-03"

Letters are the tokens on both sides. A translator must find year, month and day wherever they stand, so that it shows
what attention is for; where it looked can be read off beside the letters. Two figures for a year stand for the one from
1950 to 2049. Samples are grouped by the date, so that another way to write a known date does not count as unknown.

Left out: month before day in figures alone, which nobody could tell from day before month; other languages.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from reference.data.sample import Sample

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

FIRST, LAST = date(1950, 1, 1), date(2049, 12, 31)
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
CASES: tuple[Callable[[str], str], ...] = (str, str, str.lower, str.upper)

FORMS = (
    "{day} {month} {year}",
    "{month} {day}, {year}",
    "{weekday}, {day} {month} {year}",
    "{weekday} {month} {day} {year}",
    "{ordinal} of {month} {year}",
    "{month} {ordinal}, {year}",
    "{day} {short} {year}",
    "{short} {day}, {two}",
    "{day}-{short}-{two}",
    "{day}.{number}.{year}",
    "{day:02}.{number:02}.{two}",
    "{day:02}/{number:02}/{year}",
    "{year}, {month} {day}",
    "{year}/{number}/{day}",
)


def write_date(when: date, form: str) -> str:
    """Write a date in one of the FORMS."""
    month = MONTHS[when.month - 1]
    return form.format(
        day=when.day,
        ordinal=ordinal(when.day),
        weekday=DAYS[when.weekday()],
        month=month,
        short=month[:3],
        number=when.month,
        year=when.year,
        two=f"{when.year % 100:02}",
    )


def ordinal(number: int) -> str:
    """Write 1 as 1st, 2 as 2nd, 11 as 11th."""
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def generate_dates(count: int, rng: np.random.Generator) -> list[Sample[tuple[str, ...]]]:
    """Generate different writings of dates, letter by letter, labelled with the ten of the standard's.

    count: how many, well below the half million that there are
    """
    samples: dict[str, Sample[tuple[str, ...]]] = {}
    while len(samples) < count:
        when = FIRST + timedelta(days=int(rng.integers((LAST - FIRST).days + 1)))
        form, case = FORMS[rng.integers(len(FORMS))], CASES[rng.integers(len(CASES))]
        written, standard = case(write_date(when, form)), when.isoformat()
        samples[written] = Sample(tuple(written), tuple(standard), standard)
    return list(samples.values())
