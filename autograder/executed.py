"""What the feedback page shows of a run: cells with their outputs, and remarks on what its author may not know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograder.grade import ExecutedCell
from autograder.spelling import nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograder.assignment import Assignment, Task
    from autograder.sandbox.session import Notebook
    from autograder.submission import Cell


def executed_cells(cells: Sequence[Cell], notebook: Notebook, assignment: Assignment) -> tuple[ExecutedCell, ...]:
    """Return the notebook's cells as they ran, each with the tasks whose function it defined last."""
    functions = {task.function for task in assignment.tasks}
    where = {name: number for name, number in notebook.defined.items() if name in functions}
    found: list[ExecutedCell] = []
    number = 0
    for cell in cells:
        if cell.kind != "code":
            found.append(ExecutedCell(cell.kind, cell.source))
            continue
        number += 1
        outcome = notebook.outcomes[number]
        defines = tuple(name for name, cell_number in where.items() if cell_number == number)
        found.append(ExecutedCell("code", cell.source, outcome.outputs, outcome.status, outcome.note, defines))
    return tuple(found)


def remarks_on(notebook: Notebook, tasks: Sequence[Task]) -> tuple[str, ...]:
    """Return what a student should know about the run as a whole."""
    remarks = []
    for task in tasks:
        if task.function not in notebook.defined:
            close = nearest(task.function, notebook.defined)
            hint = f" `{close}` was found: did you mean that?" if close else ""
            remarks.append(f"`{task.function}` was not defined when the notebook had run.{hint}")
    remarks.extend(f"Cell {n}: {outcome.note}" for n, outcome in sorted(notebook.outcomes.items()) if outcome.note)
    return tuple(remarks)
