"""How good an answer is, as one number: what a metric is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Metric:
    """A function `score(answer, **hidden) -> float`; it raises ValueError, in words for the student, for a wrong form.

    The answer is a student's, so nothing about it may be taken for granted. `hidden` are the case's hidden entries.
    """

    score: Callable[..., float]
    lower_is_better: bool = False
