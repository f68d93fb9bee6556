"""The table in a notebook and the text in a terminal say the same."""

from __future__ import annotations

import pytest

from autograder.build.bundle.report import Notice, Report
from autograder.conversation import Evidence, Verdict
from autograder.grade import CheckResult

EVIL = "<script>alert('&')</script>"
FAILED = Verdict(
    "failed", f"message {EVIL}", f"hint {EVIL}", "slip", evidence=Evidence(f"call {EVIL}", "case", expected="x" * 5000)
)
RESULTS = [
    CheckResult("f", "c", f"title {EVIL}", 0.0, 2.5, FAILED),
    CheckResult("f", "c", "title", 1.0, 1.0, Verdict("passed", "well done", carried_forward=True)),
    CheckResult("f", "c", "title", 0.0, 3.0, Verdict("unjudged", "later")),
]
REPORT = Report("f", RESULTS, f"printed {EVIL}", (f"remark {EVIL}",))


@pytest.mark.parametrize("thing", [REPORT, Notice(EVIL, (EVIL,))])
def test_nothing_of_a_student_is_markup(thing: Report | Notice) -> None:
    """What comes from functions, names and errors is escaped."""
    assert "<script" not in thing._repr_html_()
    assert "&lt;script&gt;alert(&#x27;&amp;&#x27;)" in thing._repr_html_()
    assert EVIL in repr(thing)


def test_both_say_the_same_in_words() -> None:
    """Outcome, points, message, hint, evidence and what was carried forward; nothing by colour alone."""
    for words in (
        "f: 1 of 3.5 points on the public cases, 3 still open", "✗ Failed", "0 of 2.5", "message", "A known slip:", "hint", "Called:", "case",
        "✓ Passed", "1 of 1", "well done", "An earlier part of yours", "… Not judged yet", "3 still open", "later",
        "Your function printed, which costs nothing:", "remark",
    ):  # fmt: skip
        assert words in repr(REPORT)
        assert words in REPORT._repr_html_()
    assert "color" not in REPORT._repr_html_()


def test_long_values_are_cut_and_lines_wrapped() -> None:
    """A terminal stays readable."""
    assert len(repr(REPORT)) < 3000
    words = Notice("long", ("word " * 100,))
    assert max(map(len, repr(words).splitlines())) <= 96


def test_a_task_of_which_nothing_is_judged_yet_does_not_look_lost() -> None:
    later = CheckResult("f", "accuracy", "title", 0.0, 3.0, Verdict("unjudged", "later"))
    assert Report("f", [later]).heading == "f: 3 points, all of them still open"
