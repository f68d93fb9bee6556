"""The gradebook: every grade ever given, in one SQLite file that an instructor can query."""

from autograder.gradebook.book import Gradebook

__all__ = ["Gradebook"]
