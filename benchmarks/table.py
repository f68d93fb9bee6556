"""What every benchmark prints: a table of figures measured side by side in one run, also as JSON and in a document."""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import statistics
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

HERE = Path(__file__).resolve().parent
DOCUMENTS = (HERE.parent / "README.md", HERE / "README.md")


@dataclass(frozen=True)
class Row:
    """One figure: ours, a peer's where there is one, and the ratio of the two."""

    benchmark: str
    subject: str
    peer: str
    ours: float
    theirs: float | None
    ratio: float | None
    unit: str
    runs: int
    aim: str
    spread: str


def row(
    benchmark: str,
    subject: str,
    ours: Sequence[float],
    unit: str,
    aim: str = "",
    *,
    peer: str = "",
    theirs: Sequence[float] = (),
) -> Row:
    """Return the medians of two series with the ratio of theirs, and the spread of ours."""
    middle = statistics.median(ours)
    beside = statistics.median(theirs) if theirs else None
    ratio = middle / beside if beside else None
    spread = f"{min(ours):.3g} to {max(ours):.3g}"
    return Row(benchmark, subject, peer, middle, beside, ratio, unit, len(ours), aim, spread)


def lines(rows: Sequence[Row]) -> list[str]:
    """Return the table as text, the machine named in its first line."""
    machine = f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}"
    width = max(len(each.subject) for each in rows) + 1
    head = f"{'':{width}} {'ours':>10} {'':8} {'theirs':>9} {'ratio':>8}  {'spread of ours':20} aim"
    return [machine, head, *(_line(each, width) for each in rows)]


def _line(each: Row, width: int) -> str:
    ratio = f"{each.ratio:6.2f} x" if each.ratio is not None else ""
    theirs = f"{each.theirs:9.4g}" if each.theirs is not None else ""
    text = f"{each.subject:{width}} {each.ours:10.4g} {each.unit:8} {theirs:9} {ratio:>8}  {each.spread:20} {each.aim}"
    return text.rstrip()


def renew(benchmark: str, table: Sequence[str], documents: Sequence[Path] = DOCUMENTS) -> None:
    """Put a table between its two marks in the document that has them."""
    block = "\n".join([f"<!-- bench {benchmark} -->", "```text", *table, "```", "<!-- end -->"])
    marks = re.compile(rf"<!-- bench {benchmark} -->.*?<!-- end -->", re.DOTALL)
    for document in documents:
        text = document.read_text(encoding="utf-8")
        if marks.search(text):
            document.write_text(marks.sub(lambda _: block, text), encoding="utf-8")
            return
    raise SystemExit(f"no document has a place for the table: the line <!-- bench {benchmark} --> is missing")


def main(benchmark: str, about: str | None, measure: Callable[[bool], list[Row]]) -> None:
    """Measure, print, and write where it was asked for."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--quick", action="store_true", help="few runs: ends within a minute")
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    parser.add_argument("--readme", action="store_true", help="renew the table in the document that shows it")
    options = parser.parse_args()
    rows = measure(options.quick)
    table = lines(rows)
    print("\n".join(table))
    if options.json:
        options.json.write_text(json.dumps([asdict(each) for each in rows], indent=1), encoding="utf-8")
    if options.readme:
        renew(benchmark, table)
