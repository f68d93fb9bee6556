"""The gradebook as the grader and the instructor use it."""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import Engine, QueuePool, create_engine, event, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from autograder.errors import GradebookError
from autograder.gradebook.lock import sole_writer
from autograder.gradebook.rows import override_of, record_of, row_of
from autograder.gradebook.schema import APPLICATION, VERSION, GradeRow, OverrideRow, SeedRow, Table
from autograder.spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from sqlalchemy import ColumnElement, Connection

    from autograder.grade import GradeRecord, Override, Stamp

_IDENTITY = """
    SELECT application_id, user_version, (SELECT count(*) FROM sqlite_master)
    FROM pragma_application_id, pragma_user_version
"""


@dataclass(frozen=True)
class Gradebook:
    """Every grade ever given, of which the latest for each student and assignment is the current one."""

    path: Path
    engine: Engine

    @classmethod
    @contextmanager
    def open(cls, path: Path, *, write: bool) -> Iterator[Gradebook]:
        """Open the gradebook in this file, to read beside others or to `write` as the only one."""
        with ExitStack() as stack:
            if write:
                path.parent.mkdir(parents=True, exist_ok=True)
                stack.enter_context(sole_writer(path))
            engine = _engine(path, new=_is_new(path, write=write), write=write)
            stack.callback(engine.dispose)
            yield cls(path, engine)

    def find(self, student: str, digest: str, stamp: Stamp) -> GradeRecord | None:
        """Return the student's current grade if it was given for this very work under this very stamp."""
        key = {"student": student, "digest": digest, **vars(stamp)}
        found = self._current(*(getattr(GradeRow, name) == value for name, value in key.items()))
        return found[0] if found else None

    def save(self, record: GradeRecord) -> None:
        """Keep this grade as its student's current one, whole and for good; earlier ones stay as history."""
        with self._session() as session:
            former = GradeRow.current, *_whose(record.student, record.stamp.assignment)
            session.execute(update(GradeRow).where(*former).values(current=False))
            session.add(row_of(record))

    def records(self, assignment: str | None = None) -> list[GradeRecord]:
        """Return the current grades, of one assignment or of all, sorted by student."""
        return self._current(*([] if assignment is None else [GradeRow.assignment == assignment]))

    def records_of(self, student: str) -> list[GradeRecord]:
        """Return this student's current grades, sorted by assignment."""
        return self._current(GradeRow.student == student)

    def seed_of(self, assignment: str, assignment_digest: str) -> int | None:
        """Return the seed that was remembered for the class, if this assignment was ever graded as it stands."""
        with self._session() as session:
            row = session.get(SeedRow, (assignment, assignment_digest))
            return None if row is None else row.seed

    def remember_seed(self, assignment: str, assignment_digest: str, seed: int) -> None:
        """Keep the class's seed for this assignment as it stands, in the place of an earlier one."""
        with self._session() as session:
            session.merge(SeedRow(assignment=assignment, assignment_digest=assignment_digest, seed=seed))

    def override(self, student: str, assignment: str, task: str, points: float, why: str, who: str) -> GradeRecord:
        """Keep an instructor's decision on one task, and return the grade as it now stands."""
        record = self._record(student, assignment)
        _check_decision(record, task, points, why)
        row = OverrideRow(
            student=student, assignment=assignment, task=task, points=points, why=why, who=who, decided_at=_now()
        )  # fmt: skip
        with self._session() as session:
            session.add(row)
        return self._record(student, assignment)

    def _record(self, student: str, assignment: str) -> GradeRecord:
        graded = self.records()
        _known("assignment", assignment, {record.stamp.assignment for record in graded})
        of_assignment = {record.student: record for record in graded if record.stamp.assignment == assignment}
        _known(f"student with a grade for {assignment!r}", student, of_assignment)
        return of_assignment[student]

    def _current(self, *conditions: ColumnElement[bool]) -> list[GradeRecord]:
        with self._session() as session:
            rows = session.scalars(select(GradeRow).where(GradeRow.current, *conditions)).all()
            decisions = session.scalars(select(OverrideRow).order_by(OverrideRow.id)).all()
            records = [record_of(row, _decided(row, decisions)) for row in rows]
        return sorted(records, key=lambda record: (record.student, record.stamp.assignment))

    @contextmanager
    def _session(self) -> Iterator[Session]:
        """One transaction: all of it stands afterwards, or nothing."""
        try:
            with Session(self.engine) as session, session.begin():
                yield session
        except DBAPIError as error:
            raise GradebookError(f"{self.path}: {error.orig}") from error


def _whose(student: str, assignment: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return GradeRow.student == student, GradeRow.assignment == assignment


def _decided(row: GradeRow, decisions: Iterable[OverrideRow]) -> tuple[Override, ...]:
    """Return the latest decision on each task of this grade; one on a task that the grade no longer has is history."""
    tasks = {verdict.task for verdict in row.verdicts}
    mine = (d for d in decisions if (d.student, d.assignment) == (row.student, row.assignment) and d.task in tasks)
    return tuple({decision.task: override_of(decision) for decision in mine}.values())


def _check_decision(record: GradeRecord, task: str, points: float, why: str) -> None:
    if record.grade.problem:
        raise GradebookError(f"{record.file} has no tasks to decide on, as it was not graded: {record.grade.problem}")
    _known("task", task, {result.task for result in record.grade.results})
    most = round(sum(result.out_of for result in record.grade.results if result.task == task), 6)
    if not 0 <= points <= most:
        raise GradebookError(f"{task} is worth 0 to {most:g} points, so it cannot be given {points:g}")
    if not why.strip():
        raise GradebookError("an override needs a reason, which the student will read")


def _known(kind: str, name: str, names: Iterable[str]) -> None:
    """Raise unless the name is among these, with the one that it may have been meant to be."""
    names = set(names)
    if name not in names:
        raise GradebookError(f"there is no {kind} {name!r}{did_you_mean(name, names)}")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _is_new(path: Path, *, write: bool) -> bool:
    """Whether the file has yet to become a gradebook; raise if it is something else, or must not become one."""
    if not write and not path.is_file():
        raise GradebookError(f"{path}: there is no gradebook here; grade something first, or name another file")
    try:
        with closing(sqlite3.connect(path)) as connection:
            application, version, tables = connection.execute(_IDENTITY).fetchone()
    except sqlite3.OperationalError as error:
        raise GradebookError(f"{path}: {error}") from error
    except sqlite3.DatabaseError as error:
        raise GradebookError(f"{path}: this is no gradebook ({error}); name another file, or move it away") from error
    if application == 0 and tables == 0 and write:
        return True
    if application != APPLICATION:
        raise GradebookError(f"{path}: this file is not a gradebook of Gradmark; name another file, or move it away")
    if version != VERSION:
        other = f"its tables have version {version}, this Gradmark knows version {VERSION}"
        raise GradebookError(f"{path}: {other}; use the Gradmark that wrote it, or move the file away and grade again")
    return False


def _engine(path: Path, *, new: bool, write: bool) -> Engine:
    engine = create_engine("sqlite://", creator=partial(_connect, path, write=write), poolclass=QueuePool)
    # SQLAlchemy leaves BEGIN to sqlite3, which would leave it out before a SELECT and before CREATE TABLE.
    begin = "BEGIN IMMEDIATE" if write else "BEGIN"
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    if new:
        with engine.begin() as connection:
            _create(connection)
    return engine


def _connect(path: Path, *, write: bool) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA foreign_keys = ON")
    if write:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
    else:
        connection.execute("PRAGMA query_only = ON")
    return connection


def _create(connection: Connection) -> None:
    Table.metadata.create_all(connection)
    connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION}")
    connection.exec_driver_sql(f"PRAGMA user_version = {VERSION}")
