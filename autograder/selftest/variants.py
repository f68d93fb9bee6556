"""The other values of a student's own numbers: under each, the checks must say what they say under the default."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from autograder.registry import build_registry
from autograder.selftest.answers import load_answers
from autograder.selftest.findings import Finding, on_verdicts
from autograder.selftest.trial import Trial
from autograder.selftest.verdicts import Court, Seeds, everything_said
from autograder.solution import load_solution
from autograder.variant import in_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from autograder.assignment import Value

ONCE = Seeds(quick=1, trained=0)


def on_variants(trial: Trial) -> Iterator[Finding]:
    """Yield what is found under each other value of one constant at a time, by the checks that do not train.

    Of what comes out as it must there is one finding for a value, of the rest one for each.
    """
    for name, values in trial.assignment.variants.items():
        for value in values:
            if value != trial.solution.values[name]:
                yield from _on_variant(trial, {name: value})


def _on_variant(trial: Trial, variant: Mapping[str, Value]) -> Iterator[Finding]:
    assignment = replace(trial.assignment, variant=variant)
    registry = build_registry(assignment.folder, variant)
    own = Trial(assignment, load_solution(assignment), registry, trial.only)
    found = list(on_verdicts(everything_said(Court(own, load_answers(own)), ONCE, lambda: None)))
    wrong = [each for each in found if not each.right]
    subject = f"with {in_words(variant)}"
    yield from (replace(each, subject=f"{subject}: {each.subject}") for each in wrong)
    if not wrong:
        yield Finding(subject, right=True, words=f"{len(found)} findings as they must be")
