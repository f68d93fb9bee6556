"""The gradebook's tables, as an instructor meets them in SQL.

grade     one graded submission; `current` marks the one that counts for its student and assignment
verdict   what one check found, with the points that hang on it
override  an instructor's decision on one task; the latest counts
seed      the seed of a whole class, for one state of an assignment
"""

# ruff: noqa: ARG002 - SQLAlchemy says for which dialect it converts
from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import ForeignKey, Index, Text, TypeDecorator, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

if TYPE_CHECKING:
    from sqlalchemy import Dialect

APPLICATION = 0x47724D6B  # "GrMk", by which a SQLite file says whose it is
VERSION = 2


class Words(TypeDecorator[str]):
    """Any string at all: what UTF-8 cannot say (a lone surrogate) is kept as a blob."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> Any:
        """Return what SQLite is to keep."""
        return value if value is None or _speakable(value) else value.encode("utf-8", "surrogatepass")

    def process_result_value(self, value: str | bytes | None, dialect: Dialect) -> str | None:
        """Return the string as it was."""
        return value.decode("utf-8", "surrogatepass") if isinstance(value, bytes) else value


class Json(TypeDecorator[Any]):
    """Plain data as JSON text that SQLite's own functions can read.

    Lone surrogates come back as they were, but for two that make a pair: they come back as the character they mean.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Return readable JSON, in ASCII only where it must be."""
        if value is None:
            return None
        readable = json.dumps(value, ensure_ascii=False, allow_nan=False)
        return readable if _speakable(readable) else json.dumps(value, allow_nan=False)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Return the data."""
        return None if value is None else json.loads(value)


class Whole(TypeDecorator[int]):
    """An integer of any size, as digits: a seed may be wider than the 64 bits of SQLite."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> str | None:
        """Return the digits."""
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> int | None:
        """Return the number."""
        return None if value is None else int(value)


def _speakable(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


class Table(DeclarativeBase):
    """What all tables share."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {str: Words, dict[str, Any]: Json, list[str]: Json}


class GradeRow(Table):
    """One graded submission, with its notebook as it ran (JSON, compressed by zlib)."""

    __tablename__ = "grade"
    __table_args__ = (Index("one_current_grade", "student", "assignment", unique=True, sqlite_where=text("current")),)

    id: Mapped[int] = mapped_column(primary_key=True)
    current: Mapped[bool]
    student: Mapped[str]
    file: Mapped[str]
    digest: Mapped[str]
    assignment: Mapped[str]
    assignment_digest: Mapped[str]
    versions: Mapped[str]
    seed: Mapped[int] = mapped_column(Whole)
    tier: Mapped[str]
    device: Mapped[str]
    variant: Mapped[str]
    title: Mapped[str]
    total: Mapped[float]
    problem: Mapped[str]
    remarks: Mapped[list[str]]
    seconds: Mapped[float]
    graded_at: Mapped[str]
    cells: Mapped[bytes]
    verdicts: Mapped[list[VerdictRow]] = relationship(order_by="VerdictRow.id", lazy="selectin")


class VerdictRow(Table):
    """What one check found. The column is `check_name` because SQL has a word `check` of its own."""

    __tablename__ = "verdict"

    id: Mapped[int] = mapped_column(primary_key=True)
    grade_id: Mapped[int] = mapped_column(ForeignKey("grade.id"), index=True)
    task: Mapped[str]
    check_name: Mapped[str]
    title: Mapped[str]
    outcome: Mapped[str]
    points: Mapped[float]
    out_of: Mapped[float]
    message: Mapped[str]
    hint: Mapped[str]
    slip: Mapped[str]
    cause: Mapped[str]
    carried_forward: Mapped[bool]
    evidence: Mapped[dict[str, Any] | None] = mapped_column(Json)


class OverrideRow(Table):
    """An instructor's decision on one task."""

    __tablename__ = "override"

    id: Mapped[int] = mapped_column(primary_key=True)
    student: Mapped[str]
    assignment: Mapped[str]
    task: Mapped[str]
    points: Mapped[float]
    why: Mapped[str]
    who: Mapped[str]
    decided_at: Mapped[str]


class SeedRow(Table):
    """The seed of a whole class, so that an interrupted run goes on with the inputs that it began with."""

    __tablename__ = "seed"

    assignment: Mapped[str] = mapped_column(primary_key=True)
    assignment_digest: Mapped[str] = mapped_column(primary_key=True)
    seed: Mapped[int] = mapped_column(Whole)
