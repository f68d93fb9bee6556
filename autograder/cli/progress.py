"""The live table of a run."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Self

from rich.live import Live
from rich.table import Table
from rich.text import Text

from autograder.cli.words import console, one_line, score, state

if TYPE_CHECKING:
    from autograder.grade import GradeRecord

SHOWN = 12


class Progress:
    """Shows who is being graded, and the latest grades; on anything but a terminal it prints a line for each."""

    def __init__(self, title: str, tier: str, count: int, *, silent: bool) -> None:
        """Show a run of `count` submissions."""
        self.title, self.tier, self.count = title, tier, count
        self.console = console(quiet=silent)
        self.lock = threading.Lock()
        self.running: dict[str, float] = {}
        self.done: list[tuple[GradeRecord, bool]] = []
        self.live = Live(console=self.console, get_renderable=self._table, refresh_per_second=8, transient=True)

    def __enter__(self) -> Self:
        """Start the table."""
        if self.tier != "full":
            self.console.print(f"[bold yellow]Protection is {self.tier}, not full; every grade says so.[/]")
        if self.console.is_terminal:
            self.live.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End the table."""
        if self.console.is_terminal:
            self.live.stop()

    def started(self, student: str) -> None:
        """Show that a student's grading has begun; it is called from the grading threads."""
        with self.lock:
            self.running[student] = time.monotonic()

    def finished(self, record: GradeRecord, *, kept: bool) -> None:
        """Show a grade."""
        with self.lock:
            self.running.pop(record.student, None)
            self.done.append((record, kept))
        if not self.console.is_terminal:
            self.console.print(
                f"{len(self.done)}/{self.count} {one_line(record.student)}: {score(record)}",
                markup=False,
                highlight=False,
            )

    def _table(self) -> Table:
        table = Table(title=f"{self.title} · {len(self.done)} of {self.count}", title_justify="left", box=None)
        for name in ("student", "points", "", "seconds"):
            table.add_column(name, justify="right" if name in ("points", "seconds") else "left")
        with self.lock:
            for record, kept in self.done[-SHOWN:]:
                seconds = "kept" if kept else f"{record.grade.seconds:.1f}"
                table.add_row(Text(one_line(record.student)), f"{record.points:g}", state(record), seconds)
            for student, since in self.running.items():
                table.add_row(
                    Text(one_line(student)), "…", Text("running", style="cyan"), f"{time.monotonic() - since:.1f}"
                )
        return table
