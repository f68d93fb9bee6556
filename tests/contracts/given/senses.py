"""A helper module that the students' notebook imports."""

SENSES = {"bank": 2, "cat": 1}
