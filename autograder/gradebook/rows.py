"""Between the grades that the grader knows and the rows that the gradebook keeps."""

from __future__ import annotations

import json
import math
import zlib
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, cast

from autograder.conversation import Evidence, Outcome, Verdict
from autograder.grade import CheckResult, ExecutedCell, Grade, GradeRecord, Override, Stamp
from autograder.gradebook.schema import GradeRow, OverrideRow, VerdictRow

if TYPE_CHECKING:
    from collections.abc import Iterable

# Most of the bytes are pictures in base64, which no level makes much smaller; text shrinks well at the first.
_FASTEST = 1


def row_of(record: GradeRecord) -> GradeRow:
    """Return the rows of a grade; its overrides have rows of their own and are not among them."""
    return GradeRow(
        current=True,
        student=record.student,
        file=record.file,
        digest=record.digest,
        **asdict(record.stamp),
        title=record.title,
        total=record.total,
        problem=record.grade.problem,
        remarks=list(record.grade.remarks),
        seconds=record.grade.seconds,
        graded_at=record.graded_at,
        cells=pack(record.grade.cells),
        verdicts=[_verdict_row(result) for result in record.grade.results],
    )


def record_of(row: GradeRow, overrides: tuple[Override, ...] = ()) -> GradeRecord:
    """Return the grade that these rows hold."""
    stamp = Stamp(row.assignment, row.assignment_digest, row.versions, row.seed, row.tier, row.device, row.variant)
    results = tuple(_result(verdict) for verdict in row.verdicts)
    grade = Grade(results, unpack(row.cells), tuple(row.remarks), row.problem, row.seconds)
    return GradeRecord(
        row.student, row.file, row.digest, stamp, row.title, row.total, grade, row.graded_at, overrides
    )  # fmt: skip


def override_of(row: OverrideRow) -> Override:
    """Return the decision that this row holds."""
    return Override(row.task, row.points, row.why, row.who, row.decided_at)


def pack(cells: Iterable[ExecutedCell]) -> bytes:
    """Return cells as compressed JSON; what no JSON can hold is replaced by words, never an error."""
    text = "[" + ",".join(_cell_json(cell) for cell in cells) + "]"
    return zlib.compress(text.encode("utf-8", "surrogatepass"), _FASTEST)


def unpack(packed: bytes) -> tuple[ExecutedCell, ...]:
    """Return the cells that `pack` was given."""
    cells = json.loads(zlib.decompress(packed).decode("utf-8", "surrogatepass"))
    return tuple(
        ExecutedCell(**{**cell, "outputs": tuple(cell["outputs"]), "defines": tuple(cell["defines"])}) for cell in cells
    )


def _cell_json(cell: ExecutedCell) -> str:
    try:
        return _json(vars(cell))
    except (TypeError, ValueError, RecursionError):
        note = f"{cell.note} What this cell displayed cannot be kept: it is nested too deep, or no plain data.".strip()
        return _json(vars(replace(cell, outputs=(), note=note)))


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=repr)


def _verdict_row(result: CheckResult) -> VerdictRow:
    verdict = result.verdict
    return VerdictRow(
        task=result.task,
        check_name=result.check,
        title=result.title,
        outcome=verdict.outcome,
        points=result.points,
        out_of=result.out_of,
        message=verdict.message,
        hint=verdict.hint,
        slip=verdict.slip,
        cause=verdict.cause,
        carried_forward=verdict.carried_forward,
        evidence=_evidence_json(verdict.evidence),
    )


def _result(row: VerdictRow) -> CheckResult:
    evidence = None if row.evidence is None else _evidence(row.evidence)
    outcome = cast("Outcome", row.outcome)
    verdict = Verdict(outcome, row.message, row.hint, row.slip, row.carried_forward, evidence, cause=row.cause)
    return CheckResult(row.task, row.check_name, row.title, row.points, row.out_of, verdict)


def _evidence_json(evidence: Evidence | None) -> dict[str, Any] | None:
    # JSON has no words for infinity and for what is not a number, so these two travel as strings.
    if evidence is None:
        return None
    return {name: _word(value) if isinstance(value, float) else value for name, value in vars(evidence).items()}


def _word(value: float) -> float | str:
    return value if math.isfinite(value) else str(value)


def _evidence(kept: dict[str, Any]) -> Evidence:
    numbers = {name: None if kept[name] is None else float(kept[name]) for name in ("relative_error", "limit")}
    return Evidence(**{**kept, **numbers})
