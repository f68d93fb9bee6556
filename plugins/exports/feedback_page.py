"""The page that a student reads: one HTML file that needs nothing else and can do nothing but be read."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from autograder.hookspecs import hookimpl
from plugins.exports import write_whole

if TYPE_CHECKING:
    from pathlib import Path

    from autograder.grade import GradeRecord

# Capitals are not plain: there are disks on which `Ada.html` and `ada.html` are one file.
_PLAIN = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_ODD = re.compile(r"[^A-Za-z0-9_-]+")


@hookimpl
def grade_finished(record: GradeRecord, folder: Path) -> None:
    """Write the student's page into `feedback/` in the assignment's folder."""
    pages = folder / "feedback"
    pages.mkdir(parents=True, exist_ok=True)
    write_whole(pages / page_name(record.student), render(record))


def page_name(student: str) -> str:
    """Return the name of a student's page: theirs alone, and never a way out of its folder."""
    if _PLAIN.fullmatch(student):
        return f"{student}.html"
    digest = hashlib.sha256(student.encode("utf-8", "surrogatepass")).hexdigest()[:20]
    # No plain name has a dot in it, so none can be that of another student's digest.
    return f"{_ODD.sub('-', student)[:64].strip('-') or 'student'}.{digest}.html"


def render(record: GradeRecord) -> str:
    """Return the page for this grade as HTML."""
    # Jinja2, mistune and nh3 take a tenth of a second to import, which a command without pages need not wait for.
    from plugins.exports.page import page

    return page(record)
