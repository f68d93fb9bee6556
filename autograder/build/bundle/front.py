"""What a student calls: `check("name")`, and `check.before_submitting()`."""

from __future__ import annotations

import sys
from pathlib import Path

from autograder.build.bundle.judging import Assignment, judge
from autograder.build.bundle.report import Notice, Report, show
from autograder.build.bundle.submitting import look
from autograder.spelling import did_you_mean, nearest

HERE = Path(__file__).parent


class Check:
    """The checks of one assignment, as its students call them."""

    def __init__(self, folder: Path) -> None:
        """Find the public cases in this folder."""
        self.assignment = Assignment(folder)

    def __call__(self, function: str) -> None:
        """Judge one task in this notebook and show the verdicts; a function may be given in place of its name."""
        name = getattr(function, "__name__", None) or str(function)
        if name not in self.assignment.tasks:
            show(Notice(f"There is no task {name!r}", (did_you_mean(name, self.assignment.tasks).lstrip("; "),)))
            return
        namespace = vars(sys.modules["__main__"])
        show(Report(name, *judge(self.assignment, name, namespace), remarks=self._remarks(name, namespace)))

    def before_submitting(self, notebook: str | None = None) -> None:
        """Look at the notebook as a whole: names, a run from top to bottom, and which file to hand in."""
        look(self.assignment, vars(sys.modules["__main__"]), notebook)

    def __repr__(self) -> str:
        """Say what can be asked."""
        return f"check(…) for {self.assignment.title}: {', '.join(map(repr, self.assignment.tasks))}"

    def _remarks(self, name: str, namespace: dict[str, object]) -> tuple[str, ...]:
        if name in namespace:
            return ()
        others = [each for each, value in namespace.items() if callable(value) and each not in self.assignment.tasks]
        close = nearest(name, [each for each in others if not each.startswith("_")])
        return (f"`{close}` found, did you mean `{name}`?",) if close else ()


check = Check(HERE)
