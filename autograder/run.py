"""One run over a class: what is graded is kept, the rest is graded side by side, and every grade is saved at once."""

from __future__ import annotations

import hashlib
import platform
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.errors import SandboxError
from autograder.grade import Grade, GradeRecord, Stamp
from autograder.variant import in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from autograder.assignment import Assignment
    from autograder.gradebook import Gradebook
    from autograder.grading import Grader
    from autograder.registry import Registry
    from autograder.submission import Submission

ATTEMPTS = 2
"""A sandbox that fails is started anew: perhaps another notebook has brought it down."""
PACKAGES = ("numpy", "torch", "scipy", "gensim")


@dataclass(frozen=True)
class ClassRun:
    """A grader, the gradebook that its grades go to, and the stamp that they bear.

    `own` has the graders of students who have a variant of their own.
    """

    grader: Grader
    book: Gradebook
    stamp: Stamp
    jobs: int = 1
    own: Mapping[str, Grader] = field(default_factory=dict)

    def grade_all(
        self, submissions: tuple[Submission, ...], started: Callable[[str], None]
    ) -> Iterator[tuple[GradeRecord, bool]]:
        """Yield every student's record, and whether it was in the gradebook already.

        `started` is told each student whose grading begins. Ended early, it leaves all finished grades saved.
        """
        waiting = []
        for submission in submissions:
            kept = self.book.find(submission.student, submission.digest, self._stamp(submission.student))
            if kept is not None and kept.complete:
                yield kept, True
            else:
                waiting.append(submission)
        yield from ((record, False) for record in self._grade_new(waiting, started))

    def _grade_new(self, waiting: list[Submission], started: Callable[[str], None]) -> Iterator[GradeRecord]:
        pool = ThreadPoolExecutor(self.jobs)
        try:
            futures: dict[Future[Grade], Submission] = {
                pool.submit(self._grade, submission, started): submission for submission in waiting
            }
            for future in as_completed(futures):
                record = self._record(futures[future], future.result())
                self.book.save(record)
                yield record
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _grade(self, submission: Submission, started: Callable[[str], None]) -> Grade:
        started(submission.student)
        if submission.problem:
            return Grade(problem=submission.problem)
        for attempt in range(ATTEMPTS):
            try:
                return self._grader(submission.student).grade(submission.cells)
            except SandboxError as error:
                problem = f"The sandbox failed {attempt + 1} times: {error}"
        return Grade(problem=problem)

    def _stamp(self, student: str) -> Stamp:
        return replace(self.stamp, variant=in_words(self._grader(student).solution.values))

    def _grader(self, student: str) -> Grader:
        return self.own.get(student, self.grader)

    def _record(self, submission: Submission, grade: Grade) -> GradeRecord:
        assignment = self.grader.assignment
        return GradeRecord(
            student=submission.student,
            file=submission.file,
            digest=submission.digest,
            stamp=self._stamp(submission.student),
            title=assignment.title,
            total=assignment.points,
            grade=grade,
            graded_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )


def make_stamp(assignment: Assignment, registry: Registry, seed: int, tier: str, device: str = "cpu") -> Stamp:
    """Return what grades of this run depend on."""
    return Stamp(assignment.name, assignment.digest, versions(registry), seed, tier, device)


def versions(registry: Registry) -> str:
    """Return the versions of everything that a verdict depends on, with a digest of the code that judges."""
    packages = [f"{name} {version(name)}" for name in PACKAGES]
    code = [f"gradmark {version('gradmark')}", f"code {code_digest(registry)}"]
    return " · ".join([*code, f"Python {platform.python_version()}", *packages])


def code_digest(registry: Registry) -> str:
    """Return a digest of the core, the shipped plugins and the references, and of every other plugin's file."""
    home = Path(__file__).resolve().parent.parent
    files = {path for name in ("autograder", "plugins", "reference") for path in (home / name).rglob("*.py")}
    plugins = (getattr(plugin, "__file__", None) for plugin in registry.manager.get_plugins())
    files |= {Path(file) for file in plugins if file}
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]
