"""What `check.before_submitting()` looks at: names, a run from top to bottom, and which file is to be handed in."""

from __future__ import annotations

import ast
import inspect
import textwrap
import time
from typing import TYPE_CHECKING, Any

from autograder.build.bundle.cells import NotFoundError, code_cells, definitions, find
from autograder.build.bundle.rehearsal import Ran, rehearse
from autograder.build.bundle.report import Notice, show
from autograder.spelling import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    from autograder.build.bundle.judging import Assignment


def look(assignment: Assignment, namespace: Mapping[str, Any], stated: str | None) -> None:
    """Show what there is to mend in the student's file before it is handed in."""
    try:
        path = find(assignment.tasks, namespace, stated)
        code = code_cells(path)
    except NotFoundError as problem:
        show(Notice(str(problem)))
        return
    show(Notice(f"Running {path.name} from top to bottom …"))
    rehearsal = rehearse(path, assignment.stated["run_seconds"])
    defined = definitions(code)
    lines = (
        *names(assignment.tasks, rehearsal.names | set(defined)),
        *untouched(assignment.tasks, defined),
        *runs(rehearsal.cells, len(code), assignment.stated),
        *saved(assignment.tasks, namespace, defined, path),
        f'Whether the answers are right is not looked at here: check("{assignment.tasks[0]}") and the others say so.',
    )
    mend = sum(line.startswith("✗") for line in lines)
    heading = f"{mend} thing{'s' if mend > 1 else ''} to look at" if mend else "Nothing is missing"
    show(Notice(f"{heading} in {path.name}", lines))


def names(tasks: list[str], defined: AbstractSet[str]) -> Iterator[str]:
    """Say which tasks the file lacks, with what was probably meant."""
    others = [name for name in defined if name not in tasks]
    for task in tasks:
        if task not in defined:
            close = nearest(task, others)
            yield f"✗ {task} is missing" + (f": `{close}` found, did you mean `{task}`?" if close else "")
    if all(task in defined for task in tasks):
        yield f"✓ All names are there: {', '.join(tasks)}"


def untouched(tasks: list[str], defined: Mapping[str, ast.stmt]) -> Iterator[str]:
    """Say which tasks are still as they were handed out."""
    for task in tasks:
        body = getattr(defined.get(task), "body", [])
        if body and ast.unparse(body[-1]) == "raise NotImplementedError":
            yield f"✗ {task} is still as it was handed out"


def runs(ran: Sequence[Ran], count: int, stated: Mapping[str, Any]) -> Iterator[str]:
    """Say which cells fail, do not end or take too long."""
    before = count
    for cell in ran:
        place = f"Cell {cell.number} (`{cell.first_line}`)"
        if cell.error:
            yield f"✗ {place} fails: {cell.error.rstrip(': ')}"
        elif cell.seconds is None:
            yield f"✗ {place} had not ended when the notebook's {stated['run_seconds']:g} seconds were over"
        elif cell.seconds > stated["cell_seconds"]:
            yield f"✗ {place} takes {cell.seconds:.0f} seconds; after {stated['cell_seconds']:g} it will be stopped"
        else:
            before -= 1
    if before == 0:
        yield "✓ The notebook runs from top to bottom in a fresh process"
    elif len(ran) < count:
        yield f"✗ {count - len(ran)} of {count} code cells were not reached"


def saved(tasks: list[str], namespace: Mapping[str, Any], defined: Mapping[str, ast.stmt], path: Path) -> Iterator[str]:
    """Say which file it is and when it was saved, and what in memory differs from it."""
    differ = [task for task in tasks if _differs(namespace.get(task), defined.get(task))]
    if differ:
        yield f"✗ Not saved, it seems: {', '.join(differ)} in memory is not what the file holds. Save it first."
    yield f"✓ This is the file to hand in: {path} ({_when(path.stat().st_mtime)})"


def _when(moment: float) -> str:
    """Return when a file was saved; in the zip its date is that of the first zip files, which is no date at all."""
    if time.localtime(moment).tm_year <= 1980:
        return "not saved since it was unpacked"
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(moment))
    return f"last saved {when}, {_ago(time.time() - moment)}"


def _differs(live: object, written: ast.stmt | None) -> bool:
    """Whether a function of the notebook has another source in memory than in the file."""
    if getattr(live, "__module__", None) != "__main__":
        return False
    try:
        source = textwrap.dedent(inspect.getsource(live))  # type: ignore[arg-type]
        node = ast.parse(source).body[0]
    except (OSError, TypeError, SyntaxError, IndexError):
        return False
    return written is None or ast.dump(node) != ast.dump(written)


def _ago(seconds: float) -> str:
    for size, word in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {word}{'s' if count > 1 else ''} ago"
    return "just now"
