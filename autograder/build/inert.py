"""What stands in the place of `check` while a notebook is graded: it answers, and judges nothing."""

from __future__ import annotations

from pathlib import Path

INERT_CHECK = (Path(__file__).parent / "bundle" / "inert.py").read_text(encoding="utf-8")
"""The source of a module that is to be importable as `check` beside the student's notebook."""
